"""The table of the audit log. A change of it needs a migration (todo.db.migrations)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    text,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    json_object,
    moment,
    required_text,
)


class AuditLog(SQLModel, table=True):
    __tablename__ = "audit_log"

    id: int = Field(sa_column=identity())
    event_id: UUID = Field(sa_column_kwargs={"unique": True})
    type: str = Field(sa_column=required_text())
    event_type: str = Field(sa_column=required_text())
    user_id: str = Field(sa_column=required_text())
    task_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    actor: str = Field(sa_column=required_text())
    data: dict[str, Any] = Field(sa_column=json_object())
    at: datetime = Field(sa_column=moment())

    __table_args__ = (
        Index("ix_audit_log_task", "user_id", "task_id", "at", "id"),
        # What the connected assistants did.
        Index(
            "ix_audit_log_client",
            "user_id",
            "actor",
            "id",
            postgresql_where=text("actor LIKE 'client:%'"),
        ),
    )
