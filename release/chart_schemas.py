"""Write tools/schemas/*.json: strict JSON Schemas of the kinds that the chart may render, for kubeconform.

    chart-schemas

Run it when a version below changes; the checks read only its output. It downloads Go modules and, for Strimzi,
Maven artifacts. Every schema comes from its project's own published definition, without descriptions and with
unknown fields refused.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from release.programs import ROOT, must, run
from release.report import Refused

Schema = dict[str, Any]

OUT = ROOT / "tools" / "schemas"

KUBERNETES = ("k8s.io/kubernetes@v1.34.4", "api/openapi-spec/swagger.json")
NATIVE = {
    "Deployment": "io.k8s.api.apps.v1",
    "Service": "io.k8s.api.core.v1",
    "ServiceAccount": "io.k8s.api.core.v1",
    "Secret": "io.k8s.api.core.v1",
    "Pod": "io.k8s.api.core.v1",
    "ConfigMap": "io.k8s.api.core.v1",
    "Job": "io.k8s.api.batch.v1",
    "HorizontalPodAutoscaler": "io.k8s.api.autoscaling.v2",
    "PodDisruptionBudget": "io.k8s.api.policy.v1",
    "NetworkPolicy": "io.k8s.api.networking.v1",
    "Ingress": "io.k8s.api.networking.v1",
    "Role": "io.k8s.api.rbac.v1",
    "RoleBinding": "io.k8s.api.rbac.v1",
}
CRDS = {
    "github.com/dapr/dapr@v1.18.2": (
        "charts/dapr/crds",
        {"Component", "Configuration", "Resiliency", "Subscription"},
    ),
    "github.com/cert-manager/cert-manager@v1.21.2": (
        "deploy/crds",
        {"Certificate", "ClusterIssuer"},
    ),
    "sigs.k8s.io/gateway-api@v1.6.3": ("config/crd/standard", {"HTTPRoute"}),
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "example/prometheus-operator-crd",
        {"PodMonitor", "ServiceMonitor", "PrometheusRule"},
    ),
    "github.com/kedacore/keda/v2@v2.21.0": (
        "config/crd/bases",
        {"ScaledObject", "TriggerAuthentication"},
    ),
}
STRIMZI = {
    "Kafka": "io.strimzi.api.kafka.model.kafka.Kafka",
    "KafkaNodePool": "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
    "KafkaTopic": "io.strimzi.api.kafka.model.topic.KafkaTopic",
    "KafkaUser": "io.strimzi.api.kafka.model.user.KafkaUser",
}


class Loader(yaml.SafeLoader):
    """Reads a lone "=" as a string: Prometheus' matchers use it, and YAML 1.1 gives it a type of its own."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: chart-schemas")
    texts = dict([*native(), *custom(), *strimzi()])
    for old in OUT.glob("*.json"):
        old.unlink()
    for name, text in texts.items():
        (OUT / name).write_text(text)
    print(f"{len(texts)} schemas in {OUT.relative_to(ROOT)}")


def native() -> Iterator[tuple[str, str]]:
    """The schemas of Kubernetes' own kinds."""
    path, file = KUBERNETES
    definitions = json.loads((module(path) / file).read_text())["definitions"]
    for kind, package in NATIVE.items():
        schema = strict(definitions[f"{package}.{kind}"], definitions)
        schema["properties"]["apiVersion"] = {"type": "string"}
        *_, group, version = package.split(".")
        yield named("" if group == "core" else group, version, kind, schema, path)


def custom() -> Iterator[tuple[str, str]]:
    """The schemas of the custom resources that Go modules publish."""
    for path, (folder, kinds) in CRDS.items():
        found = set()
        for file in sorted((module(path) / folder).glob("*.yaml")):
            for document in yaml.load_all(file.read_text(), Loader):
                if not document or document.get("kind") != "CustomResourceDefinition":
                    continue
                kind = document["spec"]["names"]["kind"]
                if kind in kinds:
                    yield from crd(document, path)
                    found.add(kind)
        if found != kinds:
            raise Refused(f"{path} has no {', '.join(sorted(kinds - found))}")


def strimzi() -> Iterator[tuple[str, str]]:
    """The schemas of Strimzi's resources, which its own generator writes from Java classes."""
    with tempfile.TemporaryDirectory() as folder:
        must(
            "Strimzi's classes could not be fetched",
            *("mvn", "-q", "-B", "-f", OUT / "pom.xml", "dependency:copy-dependencies"),
            f"-DoutputDirectory={folder}/libs",
        )
        must(
            "Strimzi's resources could not be written",
            *("java", "-cp", f"{folder}/libs/*", "io.strimzi.crdgenerator.CrdGenerator", "--yaml"),
            *(f"{java}={folder}/{kind}.yaml" for kind, java in STRIMZI.items()),
        )
        for kind in STRIMZI:
            text = Path(folder, f"{kind}.yaml").read_text()
            document = yaml.load(text, Loader)  # noqa: S506 (a safe loader)
            versions = document["spec"]["versions"]
            document["spec"]["versions"] = [each for each in versions if each["name"] == "v1"]
            yield from crd(document, "io.strimzi:api:0.51.0")


def crd(document: Schema, source: str) -> Iterator[tuple[str, str]]:
    spec = document["spec"]
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema.setdefault("properties", {}).update(
            apiVersion={"type": "string"}, kind={"type": "string"}, metadata={"type": "object"}
        )
        schema["additionalProperties"] = False
        yield named(spec["group"], version["name"], spec["names"]["kind"], schema, source)


def named(group: str, version: str, kind: str, schema: Schema, source: str) -> tuple[str, str]:
    """A file's name, as kubeconform looks for it, and its text."""
    name = "-".join(part for part in (kind.lower(), group.split(".")[0], version) if part)
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": f"{kind} of {source}",
        **schema,
    }
    return f"{name}.json", json.dumps(whole, separators=(",", ":"), sort_keys=True) + "\n"


def module(path: str) -> Path:
    """The folder of a Go module in the module cache, downloaded when it is not there."""
    done = run("go", "mod", "download", "-json", path, cwd=Path("/"))
    answer = json.loads(done.stdout or "{}")
    if done.returncode or "Dir" not in answer:
        raise Refused(f"cannot download {path}: {answer.get('Error', done.stderr.strip())}")
    return Path(answer["Dir"])


def strict(schema: Any, definitions: Schema | None = None) -> Any:
    """The schema without descriptions, with references resolved, and with unknown fields refused."""
    if isinstance(schema, list):
        return [strict(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and definitions is not None:
        return strict(definitions[schema["$ref"].removeprefix("#/definitions/")], definitions)
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    out: dict[str, Any] = {}
    for key, value in schema.items():
        # `properties` maps names to schemas, and a field may be called "description".
        if key == "properties":
            out[key] = {name: strict(inner, definitions) for name, inner in value.items()}
        elif key in {"description", "default", "format"} or key.startswith("x-"):
            continue
        else:
            out[key] = strict(value, definitions)
    if (
        "properties" in out
        and "additionalProperties" not in out
        and not schema.get("x-kubernetes-preserve-unknown-fields")
    ):
        out["additionalProperties"] = False
    return out
