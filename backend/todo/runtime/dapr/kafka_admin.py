"""Kafka administration for the operator's commands: create topics, read a topic from a point in time."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    for_code,
)

from todo.domain.events import Topic
from todo.runtime.settings import Settings, SettingsInvalid

_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Declared:
    partitions: int
    retention: timedelta


# Inbox rows are kept for 42 days, longer than any event that could be redelivered: Kafka deletes a log
# segment, of up to seven days, only when its newest event is too old.
TOPICS: Mapping[str, Declared] = {
    Topic.TASK_EVENTS: Declared(6, timedelta(days=14)),
    Topic.REMINDERS: Declared(6, timedelta(days=14)),
    # live updates; a browser that missed some fetches the state
    Topic.TASK_UPDATES: Declared(6, timedelta(days=1)),
    Topic.TASK_EVENTS.dead_letter: Declared(1, timedelta(days=28)),
    Topic.REMINDERS.dead_letter: Declared(1, timedelta(days=28)),
}


async def apply_topics(settings: Settings) -> list[str]:
    """Create missing topics, add partitions, adjust the settings. One line per change."""
    async with _admin(settings) as admin:
        replicas = min(3, len((await admin.describe_cluster())["brokers"]))
        present = set(await admin.list_topics())
        done = []
        missing = [name for name in TOPICS if name not in present]
        if missing:
            _expect(
                await admin.create_topics([_new(name, TOPICS[name], replicas) for name in missing])
            )
            done += [
                f"{name}: created with {TOPICS[name].partitions} partitions" for name in missing
            ]
        there = [name for name in TOPICS if name in present]
        for topic in await admin.describe_topics(there) if there else []:
            name, wanted = topic["topic"], TOPICS[topic["topic"]].partitions
            if len(topic["partitions"]) < wanted:
                _expect(await admin.create_partitions({name: NewPartitions(wanted)}))
                done.append(f"{name}: {len(topic['partitions'])} → {wanted} partitions")
        for name in there:
            wanted_settings = _configuration(name, replicas)
            if await _configured(admin, name, wanted_settings) != wanted_settings:
                await admin.alter_configs(
                    [ConfigResource(ConfigResourceType.TOPIC, name, wanted_settings)]
                )
                done.append(
                    f"{name}: {', '.join(f'{key}={value}' for key, value in wanted_settings.items())}"
                )
        return done


async def read_from(settings: Settings, topic: str, since: datetime) -> AsyncIterator[str]:
    """Every event of `topic` from `since` up to the current end, in order within each partition.

    Reads without a consumer group, so the services' groups are not rebalanced.
    """
    await _reachable(settings)
    async with _consumer(settings) as consumer:
        ends = await _seek(consumer, topic, since)
        while ends:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=500)
            for partition, records in fetched.items():
                for record in records:
                    if record.offset < ends[partition]:
                        # A tombstone is read as `null`, as a sidecar delivers it.
                        value = b"null" if record.value is None else record.value
                        yield value.decode(errors="surrogateescape")
            for partition in list(ends):
                if await consumer.position(partition) >= ends[partition]:
                    del ends[partition]
                    consumer.pause(partition)


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, request_timeout_ms=_TIMEOUT_MS, **_connection(settings)
    )
    try:
        await consumer.start()
        yield consumer
    except KafkaError as error:
        raise SettingsInvalid(f"KAFKA_BROKERS: the broker refused: {error}") from None
    finally:
        # aiokafka raises CancelledError if it is stopped before its tasks have begun.
        await asyncio.sleep(0)
        await consumer.stop()


async def _seek(
    consumer: AIOKafkaConsumer, topic: str, since: datetime
) -> dict[TopicPartition, int]:
    """Assign the partitions that have events from `since` on, at their first one. Returns their end offsets."""
    known = await consumer._client.fetch_all_metadata()
    partitions = [
        TopicPartition(topic, number) for number in known.partitions_for_topic(topic) or ()
    ]
    if not partitions:
        raise SettingsInvalid(f"KAFKA_BROKERS: there is no topic “{topic}” there")
    moment = int(since.timestamp() * 1000)
    begins = await consumer.offsets_for_times(dict.fromkeys(partitions, moment))
    ends = await consumer.end_offsets(partitions)
    left = {p: ends[p] for p in partitions if begins[p] and begins[p].offset < ends[p]}
    consumer.assign(list(left))
    for partition in left:
        consumer.seek(partition, begins[partition].offset)
    return left


async def log_ends(settings: Settings, topics: Collection[str]) -> tuple[str, dict[str, list[int]]]:
    """The cluster's id, and the end offsets of each partition of `topics`. A missing topic is left out."""
    async with _admin(settings) as admin:
        cluster = str((await admin.describe_cluster())["cluster_id"])
        present = [name for name in await admin.list_topics() if name in topics]
        described = await admin.describe_topics(present) if present else []
    partitions = {
        topic["topic"]: [TopicPartition(topic["topic"], n) for n in range(len(topic["partitions"]))]
        for topic in described
    }
    if not partitions:
        return cluster, {}
    async with _consumer(settings) as consumer:
        ends = await consumer.end_offsets([one for of in partitions.values() for one in of])
    return cluster, {name: [ends[one] for one in of] for name, of in partitions.items()}


@asynccontextmanager
async def open_offsets(
    settings: Settings,
) -> AsyncIterator[Callable[[str, str], Awaitable[dict[int, tuple[int, int]]]]]:
    """A function that returns per partition of a topic its end and the offset that a consumer group has committed.

    A partition without a committed offset counts from its first event that is still there.
    """
    async with _admin(settings) as admin, _consumer(settings) as consumer:

        async def offsets_of(group: str, topic: str) -> dict[int, tuple[int, int]]:
            described = await admin.describe_topics([topic])
            partitions = [TopicPartition(topic, n) for n in range(len(described[0]["partitions"]))]
            ends = await consumer.end_offsets(partitions)
            begins = await consumer.beginning_offsets(partitions)
            committed = await admin.list_consumer_group_offsets(group, partitions=partitions)
            return {
                one.partition: (ends[one], max(committed[one].offset, begins[one]))
                for one in partitions
            }

        yield offsets_of


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    await _reachable(settings)
    admin = AIOKafkaAdminClient(request_timeout_ms=_TIMEOUT_MS, **_connection(settings))
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise SettingsInvalid(f"KAFKA_BROKERS: the broker refused: {error}") from None
    finally:
        await admin.close()


async def _reachable(settings: Settings) -> None:
    """Connect to any broker; else one line that names the wrong setting, which the client's error does not."""
    # The client logs every attempt as an error, in addition to our one line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    connection = _connection(settings)
    reason = ""
    for host, port in _addresses(settings):
        options = {k: v for k, v in connection.items() if k != "bootstrap_servers"}
        try:
            async with asyncio.timeout(5):
                conn = await create_conn(host, port, request_timeout_ms=5000, **options)
        except UnsupportedSaslMechanismError as error:
            raise SettingsInvalid(f"KAFKA_SASL_MECHANISM: the broker refused: {error}") from None
        except (AuthenticationFailedError, SaslAuthenticationFailed):
            raise SettingsInvalid(
                "KAFKA_PASSWORD: the broker does not accept this user and password"
                " (KAFKA_USERNAME, KAFKA_SASL_MECHANISM)"
            ) from None
        except (OSError, KafkaError, TimeoutError) as error:
            reason = reason or str(error) or type(error).__name__
            continue
        conn.close()
        return
    raise SettingsInvalid(f"KAFKA_BROKERS: {settings.kafka_brokers} does not answer: {reason}")


def _addresses(settings: Settings) -> list[tuple[str, int]]:
    if not settings.kafka_brokers:
        raise SettingsInvalid("KAFKA_BROKERS: is not set; give host:port of a Kafka broker")
    found = []
    for broker in settings.kafka_brokers.split(","):
        host, _, port = broker.strip().rpartition(":")
        if not host or not port.isdigit():
            raise SettingsInvalid(f"KAFKA_BROKERS: “{broker.strip()}” is not of the form host:port")
        found.append((host, int(port)))
    return found


def _connection(settings: Settings) -> dict[str, Any]:
    known: dict[str, Any] = {"bootstrap_servers": settings.kafka_brokers}
    if settings.kafka_username is None:
        return known
    if settings.kafka_password is None:
        raise SettingsInvalid("KAFKA_PASSWORD: is not set, but KAFKA_USERNAME is")
    known |= {
        "security_protocol": "SASL_SSL" if settings.kafka_tls else "SASL_PLAINTEXT",
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
    }
    if settings.kafka_tls:
        known["ssl_context"] = _tls(settings)
    return known


def certificates(settings: Settings) -> str | None:
    """The CA certificates to trust instead of the system's, as PEM."""
    if settings.kafka_ca is None:
        return None
    _tls(settings)
    return settings.kafka_ca.read_text(errors="replace")  # a comment may be in any encoding


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.kafka_ca)
    except OSError as error:  # also SSLError
        raise SettingsInvalid(
            f"KAFKA_CA: {settings.kafka_ca} holds no certificate that can be read: {error}"
        ) from None


def _configuration(name: str, replicas: int) -> dict[str, str]:
    kept = TOPICS[name].retention
    settings = {
        "retention.ms": str(int(kept.total_seconds() * 1000)),
        # with three replicas one may fail without losing acknowledged events
        "min.insync.replicas": "2" if replicas == 3 else "1",
    }
    # A single broker has the only copy, and must not lose it in a power failure. A live update may be lost.
    if replicas == 1 and name != Topic.TASK_UPDATES:
        settings["flush.messages"] = "1"
    return settings


def _new(name: str, wanted: Declared, replicas: int) -> NewTopic:
    return NewTopic(name, wanted.partitions, replicas, topic_configs=_configuration(name, replicas))


async def _configured(
    admin: AIOKafkaAdminClient, name: str, wanted: Mapping[str, str]
) -> dict[str, str]:
    """The present values of the settings that are in `wanted`."""
    resource = ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(wanted))
    return {
        entry[0]: entry[1]
        for response in await admin.describe_configs([resource])
        for described in response.resources
        for entry in described[4]
        if entry[0] in wanted
    }


def _expect(response: Any) -> None:
    """Raise the errors that the admin client returns as codes."""
    for error in getattr(response, "topic_errors", None) or response.topic_error_codes:
        if error[1]:
            raise for_code(error[1])(f"{error[0]}: {error[2] if len(error) > 2 else ''}")
