"""PostgreSQL and Kafka as plain pods beside a release on a test cluster, and the chart's values for them."""

import tempfile
from pathlib import Path

from release.engine import find_engine, load_into_nodes
from release.images import build_images
from release.programs import ROOT, must, run

MANIFESTS = ROOT / "backend/tests/k8s/backing.yaml"
# Small requests and a fixed number of pods, because a rehearsal shares a small cluster.
VALUES = """\
database: {{url: "postgres://todo:todo@postgres:5432/todo"}}
kafka: {{mode: external, brokers: ["kafka:9092"], auth: {{type: none}}, tls: {{enabled: false}}}}
ingress: {{enabled: false}}
networkPolicy: {{smtpNamespace: {namespace}}}
serviceDefaults: {{resources: {{requests: {{cpu: 10m}}}}, sidecar: {{cpuRequest: 5m}}}}
migrations: {{resources: {{requests: {{cpu: 10m}}}}}}
services:
  todo-backend: {{autoscaling: {{enabled: false}}, replicas: 2, resources: {{requests: {{cpu: 20m}}}}}}
"""


def start(namespace: str, work: Path) -> Path:
    """Install both in the namespace; returns the values file."""
    engine = find_engine()
    for name in ("postgres", "kafka"):
        image = f"localhost/todo-{name}:test"
        if not engine.has(image):
            build_images(engine, (name,))
        with tempfile.TemporaryDirectory() as scratch:
            load_into_nodes(engine, image, Path(scratch) / "image.tar")
    kubectl = ("kubectl", "--namespace", namespace)
    if run("kubectl", "get", "namespace", namespace).returncode:
        must("the namespace could not be made", "kubectl", "create", "namespace", namespace)
    must("PostgreSQL and Kafka could not be made", *kubectl, "apply", "-f", MANIFESTS)
    for name in ("statefulset/postgres", "statefulset/kafka"):
        options = ("rollout", "status", name, "--timeout=180s")
        must(f"{name} did not become ready in {namespace}", *kubectl, *options)
    values = work / "values.yaml"
    values.write_text(VALUES.format(namespace=namespace))
    return values
