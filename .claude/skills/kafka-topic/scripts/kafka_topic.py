# /// script
# requires-python = ">=3.11"
# dependencies = ["pyyaml>=6", "jsonschema>=4", "aiokafka>=0.12"]
# ///
"""Generate Kafka topics from a short spec, for Strimzi and for Kafka's own tools.

kafka_topic.py generate SPEC FOLDER         writes topics.yaml, create-topics.sh and TOPICS.md
kafka_topic.py check SPEC HOST:PORT         asks a broker whether it would create them; creates nothing
"""

import asyncio
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from specfile import Spec, Wrong, load, refuse, write

SCHEMA = Path(__file__).parents[1] / "assets" / "topics.schema.json"
MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
DEAD_LETTER = ".dead-letter"
READERS_AND_WRITERS = (
    "- Each service has a consumer group of its own. In a shared group each record would reach one of them only.",
    "- A new group has to start at the oldest record (`auto.offset.reset=earliest`). The default, `latest`, skips "
    "what was written before the group's first commit.",
    "- Records of one key stay in order. Partitions can be added, never removed; after that a key may be in "
    "another partition than before.",
    "- A producer sets `acks=all` and `enable.idempotence=true`.",
)


@dataclass(frozen=True)
class Topic:
    name: str
    purpose: str
    partitions: int
    replicas: int
    config: dict[str, str]


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["generate", spec, folder]:
                print("\n".join(write(Path(folder), generated(read(Path(spec))))))
            case ["check", spec, brokers]:
                print("\n".join(asyncio.run(dry_run(read(Path(spec)), brokers))))
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def read(path: Path) -> Spec:
    """Raises Wrong with the line of each fault."""
    spec = load(path, SCHEMA)
    refuse(_faults(spec))
    return spec


def _faults(spec: Spec) -> Iterator[str]:
    yield from _clashes(spec)
    groups: dict[tuple[str, str], str] = {}
    for number, topic in enumerate(spec.data["topics"]):
        at: list[str | int] = ["topics", number]
        letters = topic.get("deadLetter")
        if letters and milliseconds(letters["retention"]) < milliseconds(topic["retention"]):
            yield spec.fault(
                [*at, "deadLetter", "retention"],
                f"is shorter than that of {topic['name']}, so the failed record is gone before the others",
            )
        for index, consumer in enumerate(topic["consumers"]):
            service, group = consumer["service"], consumer.get("group", consumer["service"])
            other = groups.setdefault((topic["name"], group), service)
            if other != service:
                yield spec.fault(
                    [*at, "consumers", index],
                    f"{service} and {other} share the group {group}: each record would reach one of them only",
                )
            if consumer.get("each") == "replica" and "group" in consumer:
                yield spec.fault(
                    [*at, "consumers", index, "group"],
                    "with each: replica every replica has a group of its own; leave it out",
                )


def _clashes(spec: Spec) -> Iterator[str]:
    """Kafka's metrics write “.” as “_”, and the name of a Kubernetes resource is lower case without “_”."""
    seen: dict[str, tuple[int, str]] = {}
    for number, topic in enumerate(spec.data["topics"]):
        for name in [
            topic["name"],
            *([topic["name"] + DEAD_LETTER] if "deadLetter" in topic else []),
        ]:
            other = seen.setdefault(resource_name(name).replace(".", "-"), (number, name))
            if other != (number, name):
                yield spec.fault(
                    ["topics", number, "name"],
                    f"{name} clashes with {other[1]}: they differ at most in case, “.”, “_” and “-”",
                )


def resource_name(topic: str) -> str:
    return topic.lower().replace("_", "-")


def topics(spec: Spec) -> Iterator[Topic]:
    """Every topic with its settings, each followed by its dead letters."""
    replicas = min(3, spec.data["brokers"])
    for topic in spec.data["topics"]:
        durable = topic.get("loss", "never") == "never"
        settings = _settings(topic["retention"], replicas, durable)
        yield Topic(topic["name"], topic["purpose"], topic["partitions"], replicas, settings)
        if letters := topic.get("deadLetter"):
            settings = _settings(letters["retention"], replicas, durable)
            purpose = f"Records of {topic['name']} that a consumer has given up on"
            name = topic["name"] + DEAD_LETTER
            yield Topic(name, purpose, letters.get("partitions", 1), replicas, settings)


def _settings(retention: str, replicas: int, durable: bool) -> dict[str, str]:
    settings = {
        "retention.ms": str(milliseconds(retention)),
        "min.insync.replicas": str(max(1, replicas - 1)),
    }
    if replicas == 1 and durable:
        settings["flush.messages"] = "1"
    return settings


def milliseconds(time: str) -> int:
    return int(time[:-1]) * MINUTES[time[-1]] * 60_000


def generated(spec: Spec) -> dict[str, str]:
    found = [*topics(spec)]
    return {
        "topics.yaml": _strimzi(spec, found),
        "create-topics.sh": _script(spec, found),
        "TOPICS.md": _explained(spec, found),
    }


def _strimzi(spec: Spec, found: list[Topic]) -> str:
    cluster = spec.data.get("cluster", spec.data["project"])
    resources = [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {
                "name": resource_name(topic.name),
                "labels": {"strimzi.io/cluster": cluster},
            },
            "spec": {
                "topicName": topic.name,
                "partitions": topic.partitions,
                "replicas": topic.replicas,
                "config": {key: int(value) for key, value in topic.config.items()},
            },
        }
        for topic in found
    ]
    return yaml.safe_dump_all(resources, sort_keys=False, explicit_start=True)


def _script(spec: Spec, found: list[Topic]) -> str:
    lines = [
        "#!/usr/bin/env bash",
        f"# Creates the topics of {spec.data['project']}, or adjusts their settings. It may run again.",
        "# BROKERS: host:port. KAFKA_BIN: folder of Kafka's scripts, unless they are on the PATH.",
        "set -euo pipefail",
        "brokers=${BROKERS:?BROKERS is not set: give host:port}",
        "bin=${KAFKA_BIN:+$KAFKA_BIN/}",
        "",
    ]
    for topic in found:
        name = shlex.quote(topic.name)
        settings = ",".join(f"{key}={value}" for key, value in topic.config.items())
        lines += [
            f'"${{bin}}kafka-topics.sh" --bootstrap-server "$brokers" --create --if-not-exists --topic {name} \\',
            f"  --partitions {topic.partitions} --replication-factor {topic.replicas}",
            f'"${{bin}}kafka-configs.sh" --bootstrap-server "$brokers" --alter --topic {name} \\',
            f"  --add-config {settings}",
        ]
    return "\n".join(lines) + "\n"


def _explained(spec: Spec, found: list[Topic]) -> str:
    lines = [
        f"# Topics of {spec.data['project']}",
        "",
        "| topic | purpose | key | partitions | kept | read by (group) |",
        "|---|---|---|---|---|---|",
    ]
    for topic in spec.data["topics"]:
        read_by = ", ".join(map(_reader, topic["consumers"])) or "nobody yet"
        lines.append(_row(topic["name"], topic["purpose"], topic["key"], topic, read_by))
        if letters := topic.get("deadLetter"):
            name = topic["name"] + DEAD_LETTER
            purpose = "records that a consumer has given up on"
            lines.append(_row(name, purpose, topic["key"], letters, "operators"))
    replicas = found[0].replicas
    lines += ["", "## Why these settings", "", f"- {_copies(replicas)}"]
    if replicas == 1:
        lines.append(
            "- `flush.messages=1`: the only copy is on disk before it is acknowledged. Topics that may lose their "
            "last records do without."
        )
    lines += READERS_AND_WRITERS
    return "\n".join(lines) + "\n"


def _row(name: str, purpose: str, key: str, kept: dict[str, Any], read_by: str) -> str:
    partitions, retention = kept.get("partitions", 1), kept["retention"]
    return f"| {name} | {purpose} | {key} | {partitions} | {retention} | {read_by} |"


def _reader(consumer: dict[str, Any]) -> str:
    if consumer.get("each") == "replica":
        return f"every replica of {consumer['service']} (a group each)"
    return f"{consumer['service']} ({consumer.get('group', consumer['service'])})"


def _copies(replicas: int) -> str:
    if replicas == 1:
        return "One broker has the only copy of every record. Use three where a record must survive it."
    if replicas == 2:
        return (
            "2 copies. Writing goes on while one broker is away; what is written meanwhile has one copy. "
            "Use three where it must have two."
        )
    return "3 copies, of which 2 must have a record before it is acknowledged: one broker may fail without a loss."


async def dry_run(spec: Spec, brokers: str) -> list[str]:
    """What a broker says to each topic (`validate_only`). Raises Wrong if it refuses one."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic
    from aiokafka.errors import KafkaError, for_code

    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    try:
        await admin.start()
    except KafkaError as error:
        raise Wrong(f"{brokers}: no broker answers: {error}") from None
    try:
        present = set(await admin.list_topics())
        said, refused = [], []
        for topic in topics(spec):
            if topic.name in present:
                said.append(f"{topic.name}: exists")
                continue
            new = NewTopic(topic.name, topic.partitions, topic.replicas, topic_configs=topic.config)
            answer = await admin.create_topics([new], validate_only=True)
            _, code, *reason = answer.topic_errors[0]
            if code:
                why = reason[0] if reason and reason[0] else for_code(code).__name__
                refused.append(f"{topic.name}: the broker refuses it: {why}")
            else:
                said.append(f"{topic.name}: would be created")
        if refused:
            raise Wrong("\n".join(refused))
        return said
    finally:
        await admin.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
