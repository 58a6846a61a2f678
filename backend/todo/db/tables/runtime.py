"""The tables of the runtime: events in transit, its state store and its secrets.
A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    moment,
    now,
    optional_moment,
    required_text,
)


class Outbox(SQLModel, table=True):
    """Committed events; the relay sets `published_at`."""

    id: int = Field(sa_column=identity())
    event_id: UUID = Field(sa_column_kwargs={"unique": True})
    topic: str = Field(sa_column=required_text())
    key: str = Field(sa_column=required_text())
    shard: int = Field(sa_column=Column(SmallInteger, nullable=False))
    envelope: str = Field(sa_column=required_text())
    created_at: datetime = Field(sa_column=moment(server_default=text("clock_timestamp()")))
    published_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (
        Index("ix_outbox_waiting", "shard", "id", postgresql_where=text("published_at IS NULL")),
        Index(
            "ix_outbox_published",
            "topic",
            "published_at",
            postgresql_where=text("published_at IS NOT NULL"),
        ),
    )


class Inbox(SQLModel, table=True):
    consumer: str = Field(sa_column=required_text())
    event_id: UUID
    received_at: datetime = Field(sa_column=now())

    __table_args__ = (
        PrimaryKeyConstraint("consumer", "event_id"),
        Index("ix_inbox_received_at", "received_at"),
    )


class BusEvent(SQLModel, table=True):
    """The topics of the embedded runtime, which has no Kafka."""

    __tablename__ = "bus_event"

    topic: str = Field(sa_column=required_text())
    partition: int = Field(sa_column=Column(SmallInteger, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, Identity(always=False), nullable=False))
    event_id: UUID = Field(sa_column_kwargs={"unique": True})
    key: str = Field(sa_column=required_text())
    envelope: str = Field(sa_column=required_text())
    published_at: datetime = Field(sa_column=moment(server_default=text("clock_timestamp()")))

    __table_args__ = (
        PrimaryKeyConstraint("topic", "partition", "position"),
        Index("ix_bus_event_published_at", "topic", "published_at"),
    )


class BusPosition(SQLModel, table=True):
    """How far each consumer group has read each partition."""

    __tablename__ = "bus_position"

    consumer: str = Field(sa_column=required_text())
    topic: str = Field(sa_column=required_text())
    partition: int = Field(sa_column=Column(SmallInteger, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))

    __table_args__ = (PrimaryKeyConstraint("consumer", "topic", "partition"),)


class DeadLetter(SQLModel, table=True):
    __tablename__ = "dead_letter"

    id: int = Field(sa_column=identity())
    topic: str = Field(sa_column=required_text())
    consumer: str = Field(sa_column=required_text())
    event_id: str = Field(sa_column=required_text())
    envelope: str = Field(sa_column=required_text())
    reason: str = Field(sa_column=required_text())
    created_at: datetime = Field(sa_column=now())
    redriven_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (UniqueConstraint("consumer", "event_id"),)


class StateEntry(SQLModel, table=True):
    """The embedded runtime's state store."""

    __tablename__ = "state_entry"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    etag: UUID
    expires_at: datetime | None = Field(sa_column=optional_moment())


class InstanceSecret(SQLModel, table=True):
    """Keys that this installation made at its first start (link signatures, VAPID)."""

    __tablename__ = "instance_secret"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=required_text())
