"""The tables of proposals, batches of changes and answered tool calls.
A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import moment, now, optional_moment, owner, required_text


class Proposal(SQLModel, table=True):
    """Changes that a person has to approve. `rows_hash` is the SHA-256 of `rows`, which never change."""

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_column=owner())
    client: str = Field(sa_column=required_text())
    actor: str = Field(sa_column=required_text())
    conversation_id: UUID | None = None
    summary: str = Field(sa_column=required_text())
    rows: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    rows_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    status: str = Field(sa_column=required_text(server_default=text("'open'")))
    created_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment())
    batch_id: UUID | None = None

    __table_args__ = (Index("ix_proposal_user_id", "user_id", "created_at"),)


class ChangeBatch(SQLModel, table=True):
    """Changes that were made together and are undone together."""

    __tablename__ = "change_batch"

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_column=owner())
    client: str = Field(sa_column=required_text())
    actor: str = Field(sa_column=required_text())
    conversation_id: UUID | None = None
    created_at: datetime = Field(sa_column=moment())
    undone_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (Index("ix_change_batch_user_id", "user_id", "created_at"),)


class ChangeBatchRow(SQLModel, table=True):
    """One changed task. `before` is null for a task that the batch added; `version` is the one it made."""

    __tablename__ = "change_batch_row"

    batch_id: UUID = Field(
        sa_column=Column(ForeignKey("change_batch.id", ondelete="CASCADE"), nullable=False)
    )
    position: int = Field(sa_column=Column(SmallInteger, nullable=False))
    action: str = Field(sa_column=required_text())
    task_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    version: int
    before: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))

    __table_args__ = (PrimaryKeyConstraint("batch_id", "position"),)


class ToolCall(SQLModel, table=True):
    """The answer of a tool call that wrote, for a client that repeats the call."""

    __tablename__ = "tool_call"

    user_id: str = Field(sa_column=owner())
    client: str = Field(sa_column=required_text())
    key: str = Field(sa_column=required_text())
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_column=now())

    __table_args__ = (
        PrimaryKeyConstraint("user_id", "client", "key"),
        Index("ix_tool_call_created_at", "created_at"),
    )
