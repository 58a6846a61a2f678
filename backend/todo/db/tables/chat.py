"""The tables of the chat. A change of a table needs a migration (todo.db.migrations)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    json_object,
    moment,
    optional_text,
    owner,
    required_text,
)


class Conversation(SQLModel, table=True):
    __tablename__ = "conversations"

    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    user_id: str = Field(sa_column=owner())
    title: str = Field(sa_column=required_text())
    created_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())

    __table_args__ = (Index("ix_conversations_user_id", "user_id", "updated_at", "id"),)


class Message(SQLModel, table=True):
    """What a person or the assistant said. `alive_at`: a streaming answer is renewed until it ends."""

    __tablename__ = "messages"

    position: int = Field(sa_column=identity())
    id: UUID = Field(sa_column=Column(Uuid, nullable=False, unique=True))
    conversation_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    )
    role: str = Field(sa_column=required_text())
    parts: list[Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'[]'")))
    status: str = Field(sa_column=required_text())
    # What the local model refers to with "it" and "the second one".
    memory: dict[str, Any] = Field(sa_column=json_object())
    # A paused run of the Agents SDK that waits for an approval. It never leaves the server.
    run_state: str | None = Field(sa_column=optional_text())
    created_at: datetime = Field(sa_column=moment())
    alive_at: datetime = Field(sa_column=moment())

    __table_args__ = (
        Index("ix_messages_conversation_id", "conversation_id", "position"),
        # Two answers at once in one conversation are impossible.
        Index(
            "uq_messages_streaming",
            "conversation_id",
            unique=True,
            postgresql_where=text("status = 'streaming'"),
        ),
    )


class ChatUsage(SQLModel, table=True):
    """The tokens that a user's chats used on a day (UTC)."""

    __tablename__ = "chat_usage"

    user_id: str = Field(
        sa_column=Column(Text, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    )
    day: date = Field(sa_column=Column(Date, primary_key=True))
    tokens: int = Field(sa_column=Column(BigInteger, nullable=False))
