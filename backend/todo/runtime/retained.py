"""The events that this installation still retains: in Kafka or, in the smallest size, in the database."""

from collections.abc import AsyncIterator
from datetime import datetime

from todo.runtime.dapr import kafka_admin
from todo.runtime.db.database import Database
from todo.runtime.embedded import bus
from todo.runtime.settings import Settings


def where_retained(settings: Settings) -> str:
    if settings.runtime == "dapr":
        return f"Kafka at {settings.kafka_brokers}"
    return "the database (TODO_RUNTIME=dapr and KAFKA_BROKERS would read Kafka)"


def retained_events(
    database: Database, settings: Settings, topic: str, since: datetime
) -> AsyncIterator[str]:
    if settings.runtime == "dapr":
        return kafka_admin.read_from(settings, topic, since)
    return bus.read_from(database, topic, since)
