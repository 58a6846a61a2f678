"""The network policies, evaluated as Kubernetes defines them, allow exactly the connections of one table."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

import pytest

from tests.repository.chart import Object, objects

NAMESPACE = "todo-app"
WAY = "oke, all on, strimzi"


@dataclass(frozen=True)
class Peer:
    """A pod (namespace and labels) or an address outside the cluster (namespace empty)."""

    name: str
    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = field(default=())
    address: str = "10.244.0.9"


def _our_pods(way: str) -> list[Peer]:
    found = []
    for each in objects(way):
        if each["kind"] in {"Deployment", "Job"}:
            labels = each["spec"]["template"]["metadata"]["labels"]
        elif each["kind"] == "Pod":
            labels = each["metadata"]["labels"]
        else:
            continue
        found.append(Peer(each["metadata"]["name"], NAMESPACE, tuple(sorted(labels.items()))))
    return found


OTHERS = [
    Peer("edge", "traefik"),
    Peer("prometheus", "monitoring"),
    Peer("dns", "kube-system"),
    Peer("dapr", "dapr-system"),
    Peer("kafka", NAMESPACE, (("strimzi.io/cluster", "todo-kafka"),)),
    Peer("a pod beside", NAMESPACE, (("app", "curl"),)),
    Peer("a pod elsewhere", "default"),
    Peer("database", address="203.0.113.5"),
    Peer("mail, push, webhooks", address="198.51.100.7"),
    Peer("a private address", address="10.20.30.40"),
    Peer("the cloud's metadata", address="169.254.169.254"),
]
PORTS = (
    22,
    25,
    53,
    80,
    443,
    587,
    1025,
    3000,
    3500,
    4317,
    5432,
    6443,
    8000,
    8443,
    9090,
    9091,
    9092,
    9093,
    50001,
    50002,
)
ALL = set(PORTS)
# The addresses of the database and of the Kubernetes API are not known, so their ports are open to all addresses.
DATABASE = {
    "database": {5432},
    "mail, push, webhooks": {5432},
    "a private address": {5432},
    "the cloud's metadata": {5432},
}
PODS_5432 = {
    "a pod beside": {5432},
    "a pod elsewhere": {5432},
    "edge": {5432},
    "prometheus": {5432},
    "kafka": {5432},
    "dns": {5432},
    "dapr": {5432},
}

TABLE: dict[str, dict[str, set[int]]] = {
    "edge": {"todo-backend": {8000}, "todo-websocket": {8000}, "todo-frontend": {3000}},
    "todo-test": {"todo-backend": {8000}, "todo-websocket": {8000}, "todo-frontend": {3000}},
    "prometheus": {
        "todo-frontend": {9091},
        **{
            app: {9090, 9091}
            for app in (
                "todo-backend",
                "todo-recurring-task",
                "todo-notification",
                "todo-audit",
                "todo-websocket",
            )
        },
    },
    "todo-frontend": {"todo-backend": {50002}},
    "todo-websocket": {"todo-backend": {50002}, "kafka": {9093}},
    "todo-backend": {"kafka": {9093}, "database": {5432, 25, 443, 587}},
    "todo-recurring-task": {"kafka": {9093}, "database": {5432}},
    "todo-notification": {"kafka": {9093}, "database": {5432, 25, 443, 587}},
    "todo-audit": {"kafka": {9093}, "database": {5432}},
    "todo-migrate": {"database": {5432}},
}


def _selects(selector: Object, labels: tuple[tuple[str, str], ...]) -> bool:
    return dict(labels).items() >= selector.get("matchLabels", {}).items() and not selector.get(
        "matchExpressions"
    )


def _is(peer: Peer, entry: Object) -> bool:
    if block := entry.get("ipBlock"):
        address = ip_address(peer.address)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(cidr) for cidr in block.get("except", [])
        )
    if not peer.namespace:
        return False
    if "namespaceSelector" in entry:
        if not _selects(
            entry["namespaceSelector"], (("kubernetes.io/metadata.name", peer.namespace),)
        ):
            return False
    elif peer.namespace != NAMESPACE:
        return False
    return "podSelector" not in entry or _selects(entry["podSelector"], peer.labels)


def _side(pod: Peer, other: Peer, port: int, direction: str, way: str) -> bool:
    policies = [
        each["spec"]
        for each in objects(way)
        if each["kind"] == "NetworkPolicy"
        and pod.namespace == NAMESPACE
        and _selects(each["spec"]["podSelector"], pod.labels)
        and direction in each["spec"]["policyTypes"]
    ]
    if not policies:
        return True
    rules = [rule for spec in policies for rule in spec.get(direction.lower()) or []]
    peers = "from" if direction == "Ingress" else "to"
    return any(
        (not rule.get(peers) or any(_is(other, entry) for entry in rule[peers]))
        and (
            not rule.get("ports")
            or any(
                each.get("port") == port
                for each in rule["ports"]
                if each.get("protocol", "TCP") == "TCP"
            )
        )
        for rule in rules
    )


def reachable(source: Peer, target: Peer, way: str = WAY) -> set[int]:
    return {
        port
        for port in PORTS
        if _side(source, target, port, "Egress", way)
        and _side(target, source, port, "Ingress", way)
    }


OURS = _our_pods(WAY)


@pytest.mark.parametrize(
    "source", [*OURS, *(peer for peer in OTHERS if peer.namespace)], ids=lambda peer: peer.name
)
def test_into_our_pods_come_only_those_in_the_table(source: Peer) -> None:
    open_to = {
        target.name: ports
        for target in OURS
        if target != source and (ports := reachable(source, target))
    }
    assert open_to == {
        name: ports
        for name, ports in TABLE.get(source.name, {}).items()
        if name in {pod.name for pod in OURS}
    }


@pytest.mark.parametrize("source", OURS, ids=lambda peer: peer.name)
def test_out_of_our_pods_goes_only_what_is_in_the_table(source: Peer) -> None:
    peers = {peer.name: peer for peer in OTHERS}
    row = TABLE.get(source.name, {})
    assert reachable(source, peers["database"]) == row.get("database", set())
    assert reachable(source, peers["kafka"]) - {5432, 443, 6443} == row.get("kafka", set())
    assert reachable(source, peers["dns"]) - {5432, 443, 6443} == {53}
    sidecar = source.name not in {"todo-test", "todo-migrate", "todo-topics"}
    assert reachable(source, peers["dapr"]) - {5432, 443, 6443} == (
        (ALL - {5432, 443, 6443}) if sidecar else set()
    )
    # To all other pods only the ports with unknown addresses are open.
    unknown = {5432} if 5432 in row.get("database", set()) else set()
    for name in ("a pod beside", "a pod elsewhere", "a private address", "the cloud's metadata"):
        assert reachable(source, peers[name]) == unknown, name


def test_nobody_beside_the_product_gets_in() -> None:
    for peer in OTHERS:
        if peer.name in {"a pod beside", "a pod elsewhere", "kafka", "dns", "dapr"}:
            assert not [target.name for target in OURS if reachable(peer, target)]


def test_strangers_are_let_in_where_a_policy_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests the evaluation itself: without the default deny, a pod without rules is open."""
    without = tuple(
        each
        for each in objects(WAY)
        if each["metadata"]["name"] not in {"todo-default-deny", "todo-audit"}
        or each["kind"] != "NetworkPolicy"
    )
    monkeypatch.setattr(f"{__name__}.objects", lambda way: without)
    beside = next(peer for peer in OTHERS if peer.name == "a pod beside")
    audit = next(pod for pod in OURS if pod.name == "todo-audit")
    assert reachable(beside, audit) == ALL
