"""The files of the stack: they match the services, and avoid the traps of Dapr and Kafka (test_traps.py)."""

import contextlib
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from todo.domain.events import Topic
from todo.launch import frontend, kafka
from todo.launch.dapr_template import daprd_arguments, load
from todo.launch.progress import CannotStart
from todo.services import SERVICES

ROOT = Path(__file__).resolve().parents[3]
COMPONENTS = {
    document["metadata"]["name"]: document
    for file in sorted((ROOT / "dapr/components").glob("*.yaml"))
    for document in [yaml.safe_load(file.read_text())]
}
RESILIENCY = COMPONENTS["resiliency"]["spec"]
CONFIG = yaml.safe_load((ROOT / "dapr/config.yaml").read_text())["spec"]


def metadata(name: str) -> dict[str, Any]:
    return {entry["name"]: entry.get("value") for entry in COMPONENTS[name]["spec"]["metadata"]}


def scoped(name: str, scopes: str) -> dict[str, set[str]]:
    """Parse Dapr's scopes, `a=x,y;b=`. An app that is listed without a topic may use none."""
    parts = (app.split("=") for app in metadata(name)[scopes].split(";"))
    return {app: set(topics.split(",")) - {""} for app, topics in parts}


def seconds(text: str) -> float:
    return float(text.removesuffix("ms")) / 1000 if text.endswith("ms") else float(text[:-1])


def test_the_template_has_every_service_and_the_pages() -> None:
    apps = [app.app_id for app in load(ROOT / "dapr.yaml")]
    assert sorted(apps) == sorted([*(s.app_id for s in SERVICES), "todo-frontend"])


def test_the_arguments_of_a_sidecar_come_from_the_template() -> None:
    app = next(a for a in load(ROOT / "dapr.yaml") if a.app_id == "todo-audit")
    words = daprd_arguments(app)
    for flag, value in (
        ("--app-id", "todo-audit"),
        ("--dapr-listen-addresses", "127.0.0.1"),
        ("--resources-path", str(ROOT / "dapr/components")),
        ("--config", str(ROOT / "dapr/config.yaml")),
        ("--app-health-check-path", "/dapr-health"),
        ("--app-health-probe-interval", "3"),
        ("--app-health-threshold", "3"),
    ):
        assert words[words.index(flag) + 1] == value
    assert "--enable-app-health-check" in words
    assert app.env == {"TODO_RUNTIME": "dapr", "TODO_HOST": "127.0.0.1"}


APP = "version: 1\napps: [{appID: a, appDirPath: ., appPort: 1, command: [b]}]"


def test_only_the_pages_have_no_app_health_check() -> None:
    """Without the check, a sidecar delivers to a service that has lost its database."""
    unchecked = [app.app_id for app in load(ROOT / "dapr.yaml") if not app.enable_app_health_check]
    assert unchecked == ["todo-frontend"]


def test_false_in_an_app_does_not_override_common_as_in_the_dapr_cli(tmp_path: Path) -> None:
    """`dapr run -f` replaces zero values of an app, so a template must not rely on them."""
    file = tmp_path / "dapr.yaml"
    file.write_text(
        "version: 1\ncommon: {enableAppHealthCheck: true, resourcesPaths: [all]}\n"
        "apps:\n- {appID: a, appDirPath: a, appPort: 1, command: [b], enableAppHealthCheck: false}\n"
        "- {appID: b, appDirPath: b, appPort: 1, command: [b], resourcesPaths: [own]}\n"
    )
    first, second = load(file)
    assert first.enable_app_health_check
    assert first.resources_paths == [tmp_path / "all"]
    assert second.resources_paths == [tmp_path / "b" / "own"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{APP}\nkommon: {{}}", "kommon"),
        ("version: 1\napps: [{appID: a, appDirPath: ., appPort: x, command: [b]}]", "appPort"),
        ("version: [", "expected"),
    ],
)
def test_an_error_in_the_template_names_the_file_and_the_key(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "dapr.yaml"
    file.write_text(text)
    with pytest.raises(CannotStart) as reason:
        load(file)
    assert words in str(reason.value)
    assert str(file) in str(reason.value)


def test_every_service_is_a_consumer_group_of_its_own() -> None:
    """With one group for all, one service received 106 of 300 events and the other 194."""
    for name in ("kafka-pubsub", "kafka-pubsub-dead-letter"):
        assert not {"consumerGroup", "consumerID"} & metadata(name).keys()
        # The default loses events that are published before the first commit of a group.
        assert metadata(name)["initialOffset"] == "oldest"


def test_every_replica_of_the_live_service_is_a_group_of_its_own() -> None:
    assert metadata("kafka-fanout")["consumerGroup"] == "{appID}-{uuid}"
    assert metadata("kafka-fanout")["initialOffset"] == "newest"


def test_no_component_uses_the_placeholder_that_renames_topics() -> None:
    for file in (ROOT / "dapr/components").glob("*.yaml"):
        assert "{namespace}" not in file.read_text()


def test_the_retries_of_a_component_are_unlimited() -> None:
    """With a limit the component continues after the last attempt, and the event is lost without a dead letter."""
    for name in ("kafka-pubsub", "kafka-pubsub-dead-letter", "kafka-fanout"):
        assert "backOffMaxRetries" not in metadata(name)


def test_only_the_relay_publishes_and_consumers_only_their_dead_letters() -> None:
    publishing = scoped("kafka-pubsub", "publishingScopes")
    assert publishing.pop("todo-backend") == {str(topic) for topic in Topic}
    consumed = {s.app_id: {on.topic.dead_letter for on in s.on} for s in SERVICES if s.on}
    assert publishing == consumed


def test_subscriptions_are_limited_to_what_the_services_declare() -> None:
    wanted: dict[str, dict[str, set[str]]] = {
        "kafka-pubsub": {s.app_id: {str(on.topic) for on in s.on} for s in SERVICES if s.on},
        "kafka-fanout": {
            s.app_id: {str(f.topic) for f in s.fan_out} for s in SERVICES if s.fan_out
        },
        "kafka-pubsub-dead-letter": {
            s.app_id: {d.topic.dead_letter for d in s.dead_letters}
            for s in SERVICES
            if s.dead_letters
        },
    }
    for name, services in wanted.items():
        allowed = {a: t for a, t in scoped(name, "subscriptionScopes").items() if t}
        assert allowed == services
        assert set(COMPONENTS[name]["scopes"]) >= services.keys()


def test_the_cron_components_match_the_services() -> None:
    declared = {every.name: (s.app_id, every.interval) for s in SERVICES for every in s.every}
    crons = {n: c for n, c in COMPONENTS.items() if c["spec"].get("type") == "bindings.cron"}
    assert crons.keys() == declared.keys()
    for name, (app_id, interval) in declared.items():
        assert COMPONENTS[name]["scopes"] == [app_id]
        minutes = int(interval.total_seconds()) // 60
        assert metadata(name) == {"schedule": f"@every {minutes}m", "direction": "input"}


def test_no_circuit_breaker_stands_before_a_consumer() -> None:
    """An open breaker moves the whole backlog to the dead letters without a try, and also stops publishing."""
    for target in RESILIENCY["targets"]["components"].values():
        for direction in target.values():
            assert "circuitBreaker" not in direction
    for target in RESILIENCY["targets"]["apps"].values():
        assert target["circuitBreaker"] in RESILIENCY["policies"]["circuitBreakers"]


def test_retries_last_longer_than_the_health_check_and_end_before_kafkas_rebalance() -> None:
    inbound = RESILIENCY["targets"]["components"]["kafka-pubsub"]["inbound"]
    retry = RESILIENCY["policies"]["retries"][inbound["retry"]]
    pause, again = seconds(retry["duration"]), retry["maxRetries"]
    hang = seconds(RESILIENCY["policies"]["timeouts"][inbound["timeout"]])
    app = load(ROOT / "dapr.yaml")[0]
    detection = (app.app_health_probe_interval or 0) * (app.app_health_threshold or 0)
    assert retry["policy"] == "constant"
    assert pause * again > detection + (app.app_health_probe_interval or 0)
    assert pause * again + hang * (again + 1) < 45


def test_sidecars_allow_only_the_apis_that_the_services_use() -> None:
    allowed = {(api["name"], api["protocol"]) for api in CONFIG["api"]["allowed"]}
    names = ("publish", "invoke", "state", "secrets", "metadata", "healthz")
    assert allowed == {(name, "http") for name in names}
    (secrets,) = CONFIG["secrets"]["scopes"]
    assert secrets["defaultAccess"] == "deny"
    assert "kafka-password" not in secrets["allowedSecrets"]


def test_the_state_store_has_its_own_schema() -> None:
    assert COMPONENTS["statestore"]["spec"]["version"] == "v2"
    assert metadata("statestore")["tablePrefix"] == "dapr."
    assert metadata("statestore")["metadataTableName"] == "dapr.dapr_metadata"
    assert COMPONENTS["statestore"]["scopes"] == ["todo-backend"]


def test_the_broker_listens_on_loopback_and_creates_no_topics(tmp_path: Path) -> None:
    lines = dict(line.split("=", 1) for line in kafka.properties(tmp_path, 9092, 9093).splitlines())
    assert lines["auto.create.topics.enable"] == "false"
    assert all("//127.0.0.1:" in address for address in lines["listeners"].split(","))


@pytest.mark.parametrize("content", [None, "", "version=1\n"])
async def test_a_storage_without_a_cluster_id_is_formatted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    """As a format that was killed, a power failure or an emptied folder leaves it."""
    fake = (
        "import sys, pathlib; lines = pathlib.Path(sys.argv[1]).read_text().splitlines();"
        " home = pathlib.Path(next(l for l in lines if l.startswith('log.dirs='))[9:]); home.mkdir();"
        " (home / 'meta.properties').write_text('cluster.id=x')"
    )
    monkeypatch.setattr(
        kafka, "_java", lambda main, *words: [sys.executable, "-c", fake, words[-1]]
    )
    synced: set[int] = set()
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
    storage = tmp_path / "kafka" / "log"
    if content is not None:
        storage.mkdir(parents=True)
        (storage / "meta.properties").write_text(content)
        (storage / "old-0").mkdir()
    await kafka.prepare(tmp_path / "kafka", tmp_path, 9092, 9093)
    assert [file.name for file in storage.iterdir()] == ["meta.properties"]
    assert {storage.stat().st_ino, (storage / "meta.properties").stat().st_ino} <= synced
    (storage / "new-0").mkdir()
    await kafka.prepare(tmp_path / "kafka", tmp_path, 9092, 9093)
    assert (storage / "new-0").exists(), "a storage that was formatted is kept"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a child bind a reserved port")
def test_a_port_stays_reserved_while_its_server_is_down() -> None:
    """Otherwise the broker of another installation could use it, and our sidecars would publish there."""
    with contextlib.ExitStack() as exits:
        held = exits.enter_context(frontend.hold_port())
        port = held.getsockname()[1]
        for _life in range(2):
            socket.create_server(
                ("127.0.0.1", port)
            ).close()  # it allows reuse, like all our servers
            assert frontend.free_port(port) != port
    assert frontend.free_port(port) == port
