"""The table of imported iCalendar tasks. A change of it needs a migration (todo.db.migrations)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import now, optional_moment, owner, required_text


class ImportedTodo(SQLModel, table=True):
    """The values of an iCalendar UID at its last import. The next import is compared with them."""

    __tablename__ = "imported_todo"

    user_id: str = Field(sa_column=owner())
    uid: str = Field(sa_column=required_text())
    # The occurrence that the import created or changed. It may be deleted, so it is no foreign key.
    task_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_modified: datetime | None = Field(sa_column=optional_moment())
    said: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    imported_at: datetime = Field(sa_column=now())

    __table_args__ = (PrimaryKeyConstraint("user_id", "uid"),)
