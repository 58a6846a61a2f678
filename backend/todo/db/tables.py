"""The schema, declared once. Alembic compares the database with these classes (`alembic check`).

The classes are not used to read or write: stores speak SQL to asyncpg, since the ORM's unit of work
costs three to six times the requests per second (docs/decisions/0002).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class XID8(UserDefinedType[int]):
    """A 64-bit transaction id: what a client may have missed was written at or after its xmin."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def _key() -> Any:
    return Column(BigInteger, Identity(always=False), primary_key=True)


def _text(**kwargs: Any) -> Any:
    return Column(Text, nullable=False, **kwargs)


def _optional_text() -> Any:
    return Column(Text, nullable=True)


def _moment(**kwargs: Any) -> Any:
    return Column(DateTime(timezone=True), nullable=False, **kwargs)


def _optional_moment() -> Any:
    return Column(DateTime(timezone=True), nullable=True)


def _now() -> Any:
    return _moment(server_default=text("now()"))


def _owner() -> Any:
    return Column(Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False)


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))


def _json() -> Any:
    return Column(JSONB, nullable=False, server_default=text("'{}'"))


class Account(SQLModel, table=True):
    id: str = Field(sa_column=Column(Text, primary_key=True))
    email: str = Field(sa_column=_text(unique=True))
    name: str = Field(sa_column=_text(server_default=text("''")))
    password_hash: str = Field(sa_column=_text())
    is_admin: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    timezone: str = Field(sa_column=_text(server_default=text("'UTC'")))
    default_reminders: list[str] = Field(
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{P1D,PT1H}'"))
    )
    quiet_from: str | None = Field(sa_column=_optional_text())
    quiet_until: str | None = Field(sa_column=_optional_text())
    away_from: datetime | None = Field(sa_column=_optional_moment())
    away_until: datetime | None = Field(sa_column=_optional_moment())
    escalate_after: int | None = None
    nag_every: int | None = None
    calendar_secret: str | None = Field(sa_column=Column(Text, nullable=True, unique=True))
    created_at: datetime = Field(sa_column=_now())


class Session(SQLModel, table=True):
    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: str = Field(sa_column=_owner())
    created_at: datetime = Field(sa_column=_now())
    expires_at: datetime = Field(sa_column=_moment())

    __table_args__ = (Index("ix_session_user_id", "user_id"),)


class AccessToken(SQLModel, table=True):
    __tablename__ = "access_token"

    id: int = Field(sa_column=_key())
    user_id: str = Field(sa_column=_owner())
    name: str = Field(sa_column=_text())
    scope: str = Field(sa_column=_text())
    prefix: str = Field(sa_column=_text())
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    created_at: datetime = Field(sa_column=_now())
    expires_at: datetime | None = Field(sa_column=_optional_moment())
    last_used_at: datetime | None = Field(sa_column=_optional_moment())

    __table_args__ = (Index("ix_access_token_user_id", "user_id"),)


class Task(SQLModel, table=True):
    id: int = Field(sa_column=_key())
    user_id: str = Field(sa_column=_owner())
    title: str = Field(sa_column=_text())
    description: str | None = Field(sa_column=_optional_text())
    completed: bool = Field(sa_column_kwargs={"server_default": text("false")})
    completed_at: datetime | None = Field(sa_column=_optional_moment())
    fate: str = Field(sa_column=_text(server_default=text("'open'")))
    due_date: datetime | None = Field(sa_column=_optional_moment())
    all_day: bool = Field(sa_column_kwargs={"server_default": text("false")})
    timezone: str = Field(sa_column=_text(server_default=text("'UTC'")))
    recurrence: str | None = Field(sa_column=_optional_text())
    recurrence_mode: str = Field(sa_column=_text(server_default=text("'from_due'")))
    reminders: list[str] | None = Field(sa_column=Column(ARRAY(Text), nullable=True))
    priority: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    tags: list[str] = Field(sa_column=_texts())
    position: float = Field(sa_column_kwargs={"server_default": text("0")})
    version: int = Field(sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = Field(sa_column=_now())
    updated_at: datetime = Field(sa_column=_now())
    deleted_at: datetime | None = Field(sa_column=_optional_moment())
    series_id: UUID | None = None
    occurrence: int | None = None
    anchor: datetime | None = Field(sa_column=Column(DateTime(timezone=False), nullable=True))
    slot: datetime | None = Field(sa_column=_optional_moment())
    uid: str | None = Field(sa_column=_optional_text())
    changed_in: int = Field(
        sa_column=Column(XID8, nullable=False, server_default=text("pg_current_xact_id()"))
    )

    __table_args__ = (
        # One successor per occurrence: a constraint, not hope.
        UniqueConstraint("series_id", "occurrence"),
        UniqueConstraint("user_id", "uid"),
        # The lists. Ordered by exactly these columns, so that the generic plan takes the index too
        # (docs/decisions/0002). 'infinity' stands for "no date": last, and one index for both.
        Index(
            "ix_task_open",
            "user_id",
            text("coalesce(due_date, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text("NOT completed AND deleted_at IS NULL"),
        ),
        Index(
            "ix_task_completed",
            "user_id",
            "completed_at",
            "id",
            postgresql_where=text("completed AND deleted_at IS NULL"),
        ),
        Index(
            "ix_task_all",
            "user_id",
            text("coalesce(due_date, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_task_trash",
            "user_id",
            "deleted_at",
            "id",
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        Index("ix_task_changed", "user_id", "changed_in"),
        Index("ix_task_tags", "tags", postgresql_using="gin"),
        Index(
            "ix_task_words",
            text("(title || ' ' || coalesce(description, '')) gin_trgm_ops"),
            postgresql_using="gin",
        ),
    )


class TaskRecurrence(SQLModel, table=True):
    """The specification's table: what repeats, when next, and when it last made a task."""

    __tablename__ = "task_recurrence"

    id: int = Field(sa_column=_key())
    series_id: UUID = Field(sa_column_kwargs={"unique": True})
    user_id: str = Field(sa_column=_owner())
    task_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("task.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    recurrence_type: str = Field(sa_column=_text())
    next_due_date: datetime | None = Field(sa_column=_optional_moment())
    last_created_at: datetime = Field(sa_column=_moment())


class TaskOccurrence(SQLModel, table=True):
    """The history of a series: a row per occurrence, also of those that never became a task."""

    __tablename__ = "task_occurrence"

    series_id: UUID
    due_date: datetime = Field(sa_column=_moment())
    user_id: str = Field(sa_column=_owner())
    task_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("task.id", ondelete="SET NULL"), nullable=True)
    )
    # 0: missed, it never became a task. Two tasks of a series may be due at the same moment: done a day early,
    # "every day from completion" comes on the day it was for.
    occurrence: int = Field(sa_column_kwargs={"server_default": text("0")})
    fate: str = Field(sa_column=_text())
    at: datetime = Field(sa_column=_moment())

    __table_args__ = (
        PrimaryKeyConstraint("series_id", "due_date", "occurrence"),
        Index("ix_task_occurrence_task_id", "task_id"),
        Index("ix_task_occurrence_user_id", "user_id"),
    )


class Reminder(SQLModel, table=True):
    """One alert of one task at one instant: a moved task has new ones and the old are void."""

    id: int = Field(sa_column=_key())
    user_id: str = Field(sa_column=_owner())
    task_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("task.id", ondelete="CASCADE"), nullable=False)
    )
    spec: str = Field(sa_column=_text())
    due_date: datetime | None = Field(sa_column=_optional_moment())
    remind_at: datetime = Field(sa_column=_moment())
    state: str = Field(sa_column=_text(server_default=text("'planned'")))
    fired_at: datetime | None = Field(sa_column=_optional_moment())
    acknowledged_at: datetime | None = Field(sa_column=_optional_moment())
    # Late, it was told by this one: the newest of its task, or the first of a digest.
    superseded_by: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("reminder.id", ondelete="SET NULL"), nullable=True)
    )

    __table_args__ = (
        Index(
            "uq_reminder_occurrence",
            "task_id",
            "spec",
            "remind_at",
            unique=True,
        ),
        Index(
            "ix_reminder_superseded_by",
            "superseded_by",
            postgresql_where=text("superseded_by IS NOT NULL"),
        ),
        Index("ix_reminder_planned", "remind_at", postgresql_where=text("state = 'planned'")),
        Index("ix_reminder_user_id", "user_id"),
    )


class Channel(SQLModel, table=True):
    id: int = Field(sa_column=_key())
    user_id: str = Field(sa_column=_owner())
    kind: str = Field(sa_column=_text())
    name: str = Field(sa_column=_text())
    config: dict[str, Any] = Field(sa_column=_json())
    enabled: bool = Field(sa_column_kwargs={"server_default": text("true")})
    # 0 goes at once; 1, 2, … wait for an acknowledgement, `escalate_after` minutes each.
    step: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (Index("ix_channel_user_id", "user_id"),)


class Delivery(SQLModel, table=True):
    """The ledger: one row per reminder and channel, from planned to acknowledged."""

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_column=_owner())
    reminder_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("reminder.id", ondelete="CASCADE"), nullable=False)
    )
    channel_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("channel.id", ondelete="SET NULL"), nullable=True)
    )
    channel: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text(server_default=text("'planned'")))
    payload: dict[str, Any] = Field(sa_column=_json())
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    next_try_at: datetime | None = Field(sa_column=_optional_moment())
    lease_token: UUID | None = None
    sent_at: datetime | None = Field(sa_column=_optional_moment())
    acknowledged_at: datetime | None = Field(sa_column=_optional_moment())
    reason: str | None = Field(sa_column=_optional_text())
    late_seconds: int = Field(sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (
        Index(
            "uq_delivery_reminder_channel",
            "reminder_id",
            "channel",
            unique=True,
        ),
        Index(
            "ix_delivery_due",
            "next_try_at",
            postgresql_where=text("state IN ('planned', 'claimed', 'failed')"),
        ),
        Index("ix_delivery_user_id", "user_id"),
        Index("ix_delivery_channel_id", "channel_id"),
    )


class Notification(SQLModel, table=True):
    """What the bell shows."""

    id: int = Field(sa_column=_key())
    user_id: str = Field(sa_column=_owner())
    task_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("task.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    reminder_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("reminder.id", ondelete="CASCADE"), nullable=False, unique=True
        )
    )
    title: str = Field(sa_column=_text())
    body: str = Field(sa_column=_text())
    due_at: datetime | None = Field(sa_column=_optional_moment())
    late_seconds: int = Field(sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_column=_now())
    read_at: datetime | None = Field(sa_column=_optional_moment())

    __table_args__ = (
        Index("ix_notification_user", "user_id", "created_at", "id"),
        Index("ix_notification_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    )


class UsedLink(SQLModel, table=True):
    """One-click links of mails that were used; they work once."""

    __tablename__ = "used_link"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    used_at: datetime = Field(sa_column=_now())


class AuditLog(SQLModel, table=True):
    __tablename__ = "audit_log"

    id: int = Field(sa_column=_key())
    event_id: UUID = Field(sa_column_kwargs={"unique": True})
    type: str = Field(sa_column=_text())
    event_type: str = Field(sa_column=_text())
    user_id: str = Field(sa_column=_text())
    task_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    actor: str = Field(sa_column=_text())
    data: dict[str, Any] = Field(sa_column=_json())
    at: datetime = Field(sa_column=_moment())

    __table_args__ = (Index("ix_audit_log_task", "user_id", "task_id", "at", "id"),)


class Outbox(SQLModel, table=True):
    """Events as they were committed; the relay sets `published_at`."""

    id: int = Field(sa_column=_key())
    event_id: UUID = Field(sa_column_kwargs={"unique": True})
    topic: str = Field(sa_column=_text())
    key: str = Field(sa_column=_text())
    shard: int = Field(sa_column=Column(SmallInteger, nullable=False))
    envelope: str = Field(sa_column=_text())
    created_at: datetime = Field(sa_column=_moment(server_default=text("clock_timestamp()")))
    published_at: datetime | None = Field(sa_column=_optional_moment())

    __table_args__ = (
        Index("ix_outbox_waiting", "shard", "id", postgresql_where=text("published_at IS NULL")),
        Index("ix_outbox_published_at", "published_at"),
    )


class Inbox(SQLModel, table=True):
    consumer: str = Field(sa_column=_text())
    event_id: UUID
    received_at: datetime = Field(sa_column=_now())

    __table_args__ = (
        PrimaryKeyConstraint("consumer", "event_id"),
        Index("ix_inbox_received_at", "received_at"),
    )


class BusEvent(SQLModel, table=True):
    """The embedded runtime's topics: what Kafka keeps elsewhere."""

    __tablename__ = "bus_event"

    topic: str = Field(sa_column=_text())
    partition: int = Field(sa_column=Column(SmallInteger, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, Identity(always=False), nullable=False))
    event_id: UUID = Field(sa_column_kwargs={"unique": True})
    key: str = Field(sa_column=_text())
    envelope: str = Field(sa_column=_text())
    published_at: datetime = Field(sa_column=_moment(server_default=text("clock_timestamp()")))

    __table_args__ = (
        PrimaryKeyConstraint("topic", "partition", "position"),
        Index("ix_bus_event_published_at", "topic", "published_at"),
    )


class BusPosition(SQLModel, table=True):
    """How far each consumer group has read each partition."""

    __tablename__ = "bus_position"

    consumer: str = Field(sa_column=_text())
    topic: str = Field(sa_column=_text())
    partition: int = Field(sa_column=Column(SmallInteger, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))

    __table_args__ = (PrimaryKeyConstraint("consumer", "topic", "partition"),)


class DeadLetter(SQLModel, table=True):
    __tablename__ = "dead_letter"

    id: int = Field(sa_column=_key())
    topic: str = Field(sa_column=_text())
    consumer: str = Field(sa_column=_text())
    event_id: str = Field(sa_column=_text())
    envelope: str = Field(sa_column=_text())
    reason: str = Field(sa_column=_text())
    created_at: datetime = Field(sa_column=_now())
    redriven_at: datetime | None = Field(sa_column=_optional_moment())

    __table_args__ = (UniqueConstraint("consumer", "event_id"),)


class StateEntry(SQLModel, table=True):
    """The embedded runtime's state store."""

    __tablename__ = "state_entry"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    etag: UUID
    expires_at: datetime | None = Field(sa_column=_optional_moment())


class Ticket(SQLModel, table=True):
    """A WebSocket's way in: single use, half a minute."""

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: str = Field(sa_column=_owner())
    expires_at: datetime = Field(sa_column=_moment())


class IdempotencyKey(SQLModel, table=True):
    __tablename__ = "idempotency_key"

    user_id: str = Field(sa_column=_owner())
    key: str = Field(sa_column=_text())
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    task_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=_now())

    __table_args__ = (PrimaryKeyConstraint("user_id", "key"),)


class InstanceSecret(SQLModel, table=True):
    """Keys this installation made for itself at its first start (link signatures, VAPID)."""

    __tablename__ = "instance_secret"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=_text())
