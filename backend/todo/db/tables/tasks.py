"""The tables of tasks and their series. A change of a table needs a migration (todo.db.migrations)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    XID8,
    identity,
    moment,
    now,
    optional_moment,
    optional_text,
    owner,
    required_text,
    texts,
)


class Task(SQLModel, table=True):
    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    title: str = Field(sa_column=required_text())
    description: str | None = Field(sa_column=optional_text())
    completed: bool = Field(sa_column_kwargs={"server_default": text("false")})
    completed_at: datetime | None = Field(sa_column=optional_moment())
    fate: str = Field(sa_column=required_text(server_default=text("'open'")))
    due_date: datetime | None = Field(sa_column=optional_moment())
    all_day: bool = Field(sa_column_kwargs={"server_default": text("false")})
    timezone: str = Field(sa_column=required_text(server_default=text("'UTC'")))
    recurrence: str | None = Field(sa_column=optional_text())
    recurrence_mode: str = Field(sa_column=required_text(server_default=text("'from_due'")))
    reminders: list[str] | None = Field(sa_column=Column(ARRAY(Text), nullable=True))
    priority: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    tags: list[str] = Field(sa_column=texts())
    version: int = Field(sa_column_kwargs={"server_default": text("1")})
    created_at: datetime = Field(sa_column=now())
    updated_at: datetime = Field(sa_column=now())
    deleted_at: datetime | None = Field(sa_column=optional_moment())
    series_id: UUID | None = None
    occurrence: int | None = None
    anchor: datetime | None = Field(sa_column=Column(DateTime(timezone=False), nullable=True))
    slot: datetime | None = Field(sa_column=optional_moment())
    uid: str | None = Field(sa_column=optional_text())
    # The successor that was made of this closed occurrence. It outlives that row, so it is no foreign key.
    successor_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    # The words that a search finds, and the version of the task that they are of (docs/decisions/0021).
    words: str | None = Field(sa_column=Column(TSVECTOR, nullable=True))
    words_version: int = Field(sa_column_kwargs={"server_default": text("0")})
    # Not before: an instant, or in start_on a date.
    start_date: datetime | None = Field(sa_column=optional_moment())
    start_on: date | None = Field(sa_column=Column(Date, nullable=True))
    system_changes: int = Field(sa_column_kwargs={"server_default": text("0")})
    # The date of an all-day task; its due_date is kept only for code older than 0008 (docs/decisions/0022).
    due_on: date | None = Field(sa_column=Column(Date, nullable=True))
    project_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    # Its place in the list of its project.
    position: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    changed_in: int = Field(
        sa_column=Column(XID8, nullable=False, server_default=text("pg_current_xact_id()"))
    )

    __table_args__ = (
        # At most one task per occurrence of a series.
        UniqueConstraint("series_id", "occurrence"),
        UniqueConstraint("user_id", "uid"),
        # With the owner: another user's project is impossible.
        ForeignKeyConstraint(["user_id", "project_id"], ["project.user_id", "project.id"]),
        CheckConstraint("all_day = (due_on IS NOT NULL)", name="date_if_all_day"),
        # The lists sort by exactly these columns, so that the generic plan uses the index too
        # (docs/decisions/0002). 'infinity' means "no date" and sorts last.
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
        # The same for timed and undated tasks and for all-day tasks, which are listed by their dates. They replace
        # ix_task_open and ix_task_all, which code older than 0008 uses.
        Index(
            "ix_task_open_timed",
            "user_id",
            text("coalesce(due_date, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text("NOT completed AND deleted_at IS NULL AND due_on IS NULL"),
        ),
        Index(
            "ix_task_open_all_day",
            "user_id",
            "due_on",
            "id",
            postgresql_where=text("NOT completed AND deleted_at IS NULL AND due_on IS NOT NULL"),
        ),
        Index(
            "ix_task_all_timed",
            "user_id",
            text("coalesce(due_date, 'infinity'::timestamptz)"),
            "id",
            postgresql_where=text("deleted_at IS NULL AND due_on IS NULL"),
        ),
        Index(
            "ix_task_all_all_day",
            "user_id",
            "due_on",
            "id",
            postgresql_where=text("deleted_at IS NULL AND due_on IS NOT NULL"),
        ),
        # The open tasks of a project in their own order; 0 is the Inbox.
        Index(
            "ix_task_project",
            "user_id",
            text("coalesce(project_id, 0)"),
            text("coalesce(position, 9223372036854775807)"),
            "id",
            postgresql_where=text("NOT completed AND deleted_at IS NULL"),
        ),
        # All tasks of a project, for its deletion and for the foreign key.
        Index(
            "ix_task_in_project",
            "user_id",
            "project_id",
            postgresql_where=text("project_id IS NOT NULL"),
        ),
        Index(
            "ix_task_trash",
            "user_id",
            "deleted_at",
            "id",
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        Index(
            "ix_task_starting",
            "user_id",
            postgresql_where=text(
                "(start_date IS NOT NULL OR start_on IS NOT NULL) AND due_date IS NULL"
                " AND NOT completed AND deleted_at IS NULL"
            ),
        ),
        Index("ix_task_changed", "user_id", "changed_in"),
        Index("ix_task_search", "words", postgresql_using="gin"),
        # Written by a version before 0009, which does not set `words`.
        Index("ix_task_words_missing", "id", postgresql_where=text("words_version <> version")),
    )


class TaskRecurrence(SQLModel, table=True):
    """Where a series stands: its current task, its next date and when that task was made (specification,
    TaskRecurrence).
    """

    __tablename__ = "task_recurrence"

    id: int = Field(sa_column=identity())
    series_id: UUID = Field(sa_column_kwargs={"unique": True})
    user_id: str = Field(sa_column=owner())
    task_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("task.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    recurrence_type: str = Field(sa_column=required_text())
    next_due_date: datetime | None = Field(sa_column=optional_moment())
    last_created_at: datetime = Field(sa_column=moment())


class TaskOccurrence(SQLModel, table=True):
    """The history of a series: a row per occurrence, also for missed ones, of which no task was made."""

    __tablename__ = "task_occurrence"

    series_id: UUID
    due_date: datetime = Field(sa_column=moment())
    user_id: str = Field(sa_column=owner())
    task_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("task.id", ondelete="SET NULL"), nullable=True)
    )
    # 0: missed, no task was made. Part of the key, because two tasks of a series can have the same date: a moved
    # one and the one that was there.
    occurrence: int = Field(sa_column_kwargs={"server_default": text("0")})
    fate: str = Field(sa_column=required_text())
    at: datetime = Field(sa_column=moment())

    __table_args__ = (
        PrimaryKeyConstraint("series_id", "due_date", "occurrence"),
        Index("ix_task_occurrence_task_id", "task_id"),
        Index("ix_task_occurrence_user_id", "user_id"),
    )


class IdempotencyKey(SQLModel, table=True):
    __tablename__ = "idempotency_key"

    user_id: str = Field(sa_column=owner())
    key: str = Field(sa_column=required_text())
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # What the request created: a task or a project.
    task_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    project_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    created_at: datetime = Field(sa_column=now())

    __table_args__ = (PrimaryKeyConstraint("user_id", "key"),)


class ZoneRules(SQLModel, table=True):
    """The UTC offsets of a time zone in use, as they were when they were seen last (todo.domain.zone_rules)."""

    __tablename__ = "zone_rules"

    timezone: str = Field(sa_column=Column(Text, primary_key=True))
    rules: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    seen_at: datetime = Field(sa_column=moment())
