"""The table of projects. A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    now,
    optional_moment,
    optional_text,
    owner,
    required_text,
)


class Project(SQLModel, table=True):
    """A task without a project is in the Inbox, which is no row (docs/decisions/0034)."""

    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    name: str = Field(sa_column=required_text())
    # The name without the differences that make no other name (todo.domain.project.name_key).
    name_key: str = Field(sa_column=required_text())
    colour: str = Field(sa_column=required_text())
    icon: str | None = Field(sa_column=optional_text())
    position: int
    version: int
    created_at: datetime = Field(sa_column=now())
    updated_at: datetime = Field(sa_column=now())
    archived_at: datetime | None = Field(sa_column=optional_moment())
    deleted_at: datetime | None = Field(sa_column=optional_moment())
    # The tasks that its deletion moved to the Inbox.
    moved_tasks: list[int] = Field(
        sa_column=Column(ARRAY(BigInteger), nullable=False, server_default=text("'{}'"))
    )

    __table_args__ = (
        # The foreign key of `task` includes the owner, so that a task cannot be in another user's project.
        UniqueConstraint("user_id", "id"),
        Index(
            "uq_project_name",
            "user_id",
            "name_key",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )
