"""The chart, checked without a cluster: lint, unit tests, schemas, Pod Security, scores and sizes."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
import yaml
from release.chart_docs import flat, keys

from tests.repository.chart import (
    CHART,
    DIGEST,
    PRODUCTION,
    ROOT,
    WAYS,
    Object,
    objects,
    of_kind,
    rendered,
    run,
    template,
    values,
)

pytestmark = pytest.mark.timeout(1200)  # the first run builds the tools
every_way = pytest.mark.parametrize("way", WAYS)


def test_helm_lints_strictly() -> None:
    done = run("helm", "lint", "--strict", CHART, "-f", CHART / "values-local.yaml")
    assert done.returncode == 0, done.stdout


def test_every_guard_and_every_kind_has_a_case() -> None:
    done = run("helm-unittest", "--strict", CHART)
    assert done.returncode == 0, done.stdout[-4000:]
    cases = "".join(path.read_text() for path in (CHART / "tests").glob("*_test.yaml"))
    patterns = re.findall(r"errorPattern: ['\"]?(.+?)['\"]?\}", cases)
    sentences = re.findall(
        r"fail \(?(?:printf )?\"([^\"]+)", (CHART / "templates/validate.yaml").read_text()
    )
    unguarded = [s for s in sentences if not any(_begins(pattern, s) for pattern in patterns)]
    # The schema refuses these two before any template runs (test below).
    assert unguarded == [
        "services.%s.image must be backend or frontend, not %q",
        "kafka.mode must be external or strimzi, not %q",
    ]
    unnamed = {each["kind"] for way in WAYS for each in objects(way)} - {"Deployment", "Service"}
    assert not [kind for kind in unnamed if kind not in cases]


def _begins(pattern: str, sentence: str) -> bool:
    """Whether a case expects the words of this guard before and after its first placeholder."""
    return all(words[:20] in pattern for words in re.split(r"%[svq]", sentence)[:2])


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("kafka.mode=foo", r"/kafka/mode.*'external', 'strimzi'"),
        ("kafka.borkers={a:1}", r"/kafka.*'borkers' not allowed"),
        ("services.todo-backend.replcas=3", r"/services/todo-backend.*'replcas' not allowed"),
        ("services.todo-audit.image=rust", r"/services/todo-audit/image.*'backend', 'frontend'"),
        ("database.poolSize=many", r"/database/poolSize.*integer"),
        ("kafka.brokers=null", r"kafka.brokers is required when kafka.mode is external"),
        (
            "services.todo-audit.replicas=0",
            r"services.todo-audit.replicas is 0: nothing would serve",
        ),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_key(setting: str, says: str) -> None:
    done = template(("local",), (setting,))
    assert done.returncode != 0
    assert re.search(says, done.stderr, re.DOTALL), done.stderr


def test_a_tag_or_a_host_without_tls_is_refused_in_production() -> None:
    by_tag = template(("prod",), tuple(s.replace(DIGEST, "") for s in PRODUCTION))
    assert "image.backend.digest is required in production" in by_tag.stderr
    plain = template(("prod",), (*PRODUCTION, "ingress.tls.enabled=false"))
    assert "ingress.tls.enabled must be true in production: todo.example.org" in plain.stderr


@every_way
def test_every_object_fits_its_published_schema(way: str) -> None:
    location = ROOT / "tools/schemas" / "{{ .ResourceKind }}{{ .KindSuffix }}.json"
    done = run(
        "kubeconform", "-strict", "-output", "json", "-kubernetes-version", "1.34.4",
        "-schema-location", location, stdin=rendered(way),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@every_way
def test_every_pod_is_restricted_as_rendered_and_as_injected(way: str) -> None:
    done = run("podsecurity", stdin=rendered(way))
    pods = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, [pod for pod in pods if pod["violations"]] or done.stderr
    injected = {pod["name"] for pod in pods if pod["injected"] and "daprd" in pod["containers"]}
    assert injected == set(values()["services"])


def test_no_check_is_newly_failed() -> None:
    """The findings of kube-score are exactly those in a list with reasons."""
    done = run("kube-score", "score", "--output-format", "json", "-", stdin=rendered("prod"))
    found = {
        f"{each['check']['id']} {scored['object_meta']['name']}"
        for scored in json.loads(done.stdout)
        for each in scored["checks"] or []
        if each["grade"] < 5 and not each["skipped"]
    }
    baseline = yaml.safe_load((CHART / "tests/kube-score.yaml").read_text())
    accepted = {f"{check} {name}" for check, entry in baseline.items() for name in entry["objects"]}
    assert found == accepted


def test_components_of_one_machine_and_of_a_cluster_are_the_same() -> None:
    """Same names, scopes, retries and settings; only the sources of secrets and addresses differ."""
    here = {}
    for path in (ROOT / "dapr/components").glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        here[document["metadata"]["name"]] = document
    there = of_kind("local", "Component", "Resiliency")
    assert set(here) - {"local-secrets"} == set(there) - {"kubernetes-secrets"}
    for name in set(here) - {"local-secrets"}:
        if here[name]["kind"] == "Resiliency":
            assert there[name]["spec"] == here[name]["spec"]
            continue
        assert set(there[name]["scopes"]) == set(here[name]["scopes"]), name
        assert there[name]["spec"]["type"] == here[name]["spec"]["type"]
        assert _settings(there[name]) == _settings(here[name]), name


def _settings(component: Object) -> dict[str, Any]:
    settings = {
        entry["name"]: entry["value"] for entry in component["spec"]["metadata"] if "value" in entry
    }
    for scoped in ("publishingScopes", "subscriptionScopes"):
        if scoped in settings:
            pairs = (pair.split("=") for pair in settings[scoped].split(";"))
            settings[scoped] = {app: set(filter(None, topics.split(","))) for app, topics in pairs}
    return {name: value for name, value in settings.items() if name not in {"brokers", "authType"}}


def test_every_value_is_read_by_a_template() -> None:
    """Except those of `services`, which have the shape of `serviceDefaults`, and what `free` objects hold."""
    text = "".join(path.read_text() for path in (CHART / "templates").rglob("*.*"))
    read = {
        word for word in re.findall(r"\.([A-Za-z]+)|\"([A-Za-z]+)\"", text) for word in word if word
    }
    root = yaml.compose((CHART / "values.yaml").read_text(), yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    found = flat(keys(root, (CHART / "values.yaml").read_text().splitlines()))
    assert [".".join(key.path) for key in found if key.path[-1] not in read] == []


@every_way
def test_every_secret_is_read_by_name_only(way: str) -> None:
    for role in of_kind(way, "Role").values():
        for rule in role["rules"]:
            assert rule["verbs"] == ["get"]
            assert rule["resourceNames"]
    assert not of_kind(way, "ClusterRole", "ClusterRoleBinding")


@every_way
def test_nothing_is_taken_by_a_tag_in_production(way: str) -> None:
    if way == "local":
        return
    images = re.findall(r"image: \"?([^\s\"]+)", rendered(way))
    assert images
    assert all("@sha256:" in image for image in images)


# Requests of everything else on the free shape: the provider's pods and agents on two nodes, Dapr's control plane,
# operators. CPU in cores, memory in MiB.
BESIDE = {
    "cluster": (
        Decimal("0.60"),
        1200,
    ),  # CoreDNS, kube-proxy, CNI, metrics, provider's agents on both nodes
    "dapr": (Decimal("0.60"), 700),  # operator, sentry, injector, placement, three schedulers
    "ingress, cert-manager, external-dns": (Decimal("0.25"), 400),
    "strimzi operator": (Decimal("0.20"), 384),
    "prometheus operator, prometheus, alertmanager": (Decimal("0.40"), 1500),
}
FREE = (Decimal(4), 24 * 1024)


def test_everything_at_its_largest_fits_the_free_shape() -> None:
    cpu, memory = (
        sum((c for c, _ in BESIDE.values()), Decimal(0)),
        sum(m for _, m in BESIDE.values()),
    )
    way = "oke, all on, strimzi"
    most = {
        name: hpa["spec"]["maxReplicas"]
        for name, hpa in of_kind(way, "HorizontalPodAutoscaler").items()
    }
    most |= {
        name: scaled["spec"]["maxReplicaCount"]
        for name, scaled in of_kind(way, "ScaledObject").items()
    }
    for name, deployment in of_kind(way, "Deployment").items():
        pod = deployment["spec"]["template"]
        # and one more during a rolling update
        pods = most.get(name, deployment["spec"].get("replicas", 1)) + 1
        app = pod["spec"]["containers"][0]["resources"]["requests"]
        notes = pod["metadata"]["annotations"]
        cpu += pods * (_cores(app["cpu"]) + _cores(notes["dapr.io/sidecar-cpu-request"]))
        memory += pods * (_mib(app["memory"]) + _mib(notes["dapr.io/sidecar-memory-request"]))
    for pool in of_kind(way, "KafkaNodePool").values():
        requests = pool["spec"]["resources"]["requests"]
        cpu += pool["spec"]["replicas"] * _cores(requests["cpu"])
        memory += pool["spec"]["replicas"] * _mib(requests["memory"])
    for kafka in of_kind(way, "Kafka").values():
        for operator in kafka["spec"]["entityOperator"].values():
            cpu += _cores(operator["resources"]["requests"]["cpu"])
            memory += _mib(operator["resources"]["requests"]["memory"])
    assert cpu <= FREE[0], f"{cpu} cores"
    assert memory <= FREE[1], f"{memory} MiB"


def _cores(text: str) -> Decimal:
    return Decimal(text[:-1]) / 1000 if text.endswith("m") else Decimal(text)


def _mib(text: str) -> int:
    number, unit = int(text[:-2]), text[-2:]
    return number * {"Mi": 1, "Gi": 1024}[unit]
