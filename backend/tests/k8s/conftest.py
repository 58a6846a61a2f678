"""Tests of the installed chart. Only `make e2e-k8s` collects them, for the cluster of $KUBECONFIG."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.k8s.cluster import HERE, ROOT, Cluster, environment, run

if os.environ.get("TODO_E2E_K8S") != "1":
    collect_ignore_glob = ["*"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A namespace that refuses pods which are not "restricted", with PostgreSQL, Kafka and a mail server."""
    here = Cluster("todo-app")
    path = ROOT / "docs/reports/k8s.json"
    if environment("E2E_REUSE"):  # a release that an earlier run left with E2E_KEEP: go on with it
        here.report |= json.loads(path.read_text())
    else:
        names = ("todo-app", "todo-app-bad")
        run("kubectl", "delete", "namespace", *names, "--ignore-not-found", "--wait=true")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    for name in ("todo-app", "todo-app-bad"):
        here.apply_cluster(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        )
    scripts = {path.name: path.read_text() for path in (HERE / "client.py", HERE / "invariants.py")}
    here.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scripts"}, "data": scripts}
    )
    here.kubectl("apply", "-f", str(HERE / "backing.yaml"), "-f", str(HERE / "smtp.yaml"))
    for what in ("statefulset/postgres", "statefulset/kafka", "deployment/smtp"):
        here.kubectl("rollout", "status", what, "--timeout=180s")
    here.report["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    here.report["kubernetes"] = json.loads(run("kubectl", "version", "-o", "json"))[
        "serverVersion"
    ]["gitVersion"]
    sizes = Path(environment("XDG_CACHE_HOME") or Path.home() / ".cache", "todo/image-sizes.json")
    if sizes.exists():  # `make images` measured them
        here.report["images"] = json.loads(sizes.read_text())
    yield here
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(here.report, indent=1, ensure_ascii=False) + "\n")
    if not environment("E2E_KEEP"):
        run(
            "kubectl",
            "delete",
            "namespace",
            "todo-app",
            "todo-app-bad",
            "--ignore-not-found",
            "--wait=false",
        )
