"""The table of reminders. A change of it needs a migration (todo.db.migrations)."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    text,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    moment,
    optional_moment,
    optional_text,
    owner,
    required_text,
)


class Reminder(SQLModel, table=True):
    """One alert of one task at one instant. Moving the task cancels its planned rows and adds new ones."""

    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    task_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("task.id", ondelete="CASCADE"), nullable=False)
    )
    spec: str = Field(sa_column=required_text())
    due_date: datetime | None = Field(sa_column=optional_moment())
    remind_at: datetime = Field(sa_column=moment())
    state: str = Field(sa_column=required_text(server_default=text("'planned'")))
    # Why it is cancelled or passed; empty if older code wrote the state.
    cause: str | None = Field(sa_column=optional_text())
    fired_at: datetime | None = Field(sa_column=optional_moment())
    acknowledged_at: datetime | None = Field(sa_column=optional_moment())
    # The later reminder of the task, or the first of a digest, whose notification covers this late one.
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
