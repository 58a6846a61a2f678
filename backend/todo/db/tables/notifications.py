"""The tables of notifications. A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    json_object,
    now,
    optional_moment,
    optional_text,
    owner,
    required_text,
)


class Channel(SQLModel, table=True):
    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    kind: str = Field(sa_column=required_text())
    name: str = Field(sa_column=required_text())
    config: dict[str, Any] = Field(sa_column=json_object())
    enabled: bool = Field(sa_column_kwargs={"server_default": text("true")})
    # 0 is sent right away; 1, 2, … wait that many times `escalate_after` minutes for an acknowledgement.
    step: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    created_at: datetime = Field(sa_column=now())

    __table_args__ = (Index("ix_channel_user_id", "user_id"),)


class Delivery(SQLModel, table=True):
    """One row per reminder and channel, from planned to acknowledged."""

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_column=owner())
    reminder_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("reminder.id", ondelete="CASCADE"), nullable=False)
    )
    channel_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("channel.id", ondelete="SET NULL"), nullable=True)
    )
    channel: str = Field(sa_column=required_text())
    state: str = Field(sa_column=required_text(server_default=text("'planned'")))
    payload: dict[str, Any] = Field(sa_column=json_object())
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    next_try_at: datetime | None = Field(sa_column=optional_moment())
    lease_token: UUID | None = None
    sent_at: datetime | None = Field(sa_column=optional_moment())
    acknowledged_at: datetime | None = Field(sa_column=optional_moment())
    reason: str | None = Field(sa_column=optional_text())
    late_seconds: int = Field(sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_column=now())

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
    """The notifications in the page."""

    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
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
    title: str = Field(sa_column=required_text())
    body: str = Field(sa_column=required_text())
    due_at: datetime | None = Field(sa_column=optional_moment())
    late_seconds: int = Field(sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_column=now())
    read_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (
        Index("ix_notification_user", "user_id", "created_at", "id"),
        Index("ix_notification_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    )


class UsedLink(SQLModel, table=True):
    """The one-click links of mails that were used; each works once."""

    __tablename__ = "used_link"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    used_at: datetime = Field(sa_column=now())
