"""Rows of the table `task` and of `idempotency_key`. Every query names the owner."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from todo.domain import search
from todo.domain.errors import NotFound
from todo.domain.recurrence import RecurrenceMode, start_of_day
from todo.domain.task import Status, Task
from todo.runtime.db.unit import Unit

# For the download of everything about a person ($1), the trash included.
SECTIONS = {
    "tasks": """SELECT id AS page_key, id, uid, title, description, fate AS status, completed_at, due_date, due_on,
        start_date, start_on, all_day, timezone, recurrence, recurrence_mode, reminders, priority, tags,
        project_id, position, series_id, occurrence, created_at, updated_at, deleted_at FROM task
        WHERE user_id = $1""",
}

RETENTION = (
    "DELETE FROM task WHERE deleted_at < now() - interval '90 days'",
    # A page that was offline repeats its requests when it is back, which can be weeks later.
    "DELETE FROM idempotency_key WHERE created_at < now() - interval '30 days'",
)

# After a restore: transaction ids begin anew, and open pages catch up from theirs (queries.changed_since).
AFTER_RESTORE = ("UPDATE task SET changed_in = pg_current_xact_id()",)

# Columns that have another name than the field of Task.
_COLUMN = {"status": "fate", "scheduled_at": "slot"}
_FIELDS = tuple(field.name for field in fields(Task))
_COLUMNS = (*(_COLUMN.get(name, name) for name in _FIELDS), "due_on", "start_on")
COLUMNS = ", ".join(_COLUMNS)
_WORDS = f"${len(_COLUMNS) + 1}::text::tsvector"
_INSERT = f"""
    INSERT INTO task ({COLUMNS}, words_version, words)
    VALUES ({", ".join(f"${i}" for i in range(1, len(_COLUMNS) + 1))}, ${_COLUMNS.index("version") + 1}, {_WORDS})
"""
_UPDATE = f"""
    UPDATE task SET {", ".join(f"{name} = ${i}" for i, name in enumerate(_COLUMNS[1:], start=2))},
        words_version = ${_COLUMNS.index("version") + 1}, words = {_WORDS}, changed_in = pg_current_xact_id()
    WHERE id = $1 AND user_id = $2
"""


def task_of(row: Iterable[Any]) -> Task:
    """The task of a row with COLUMNS."""
    (id_, user_id, title, description, completed, completed_at, status, due_date, all_day, timezone,
     recurrence, mode, reminders, priority, tags, *rest, start_date, system_changes, project_id, position,
     due_on, start_on) = row  # fmt: skip
    if due_on is not None:
        due_date = start_of_day(due_on, timezone)
    return Task(
        id_, user_id, title, description, completed, completed_at, Status(status), due_date, all_day, timezone,
        recurrence, RecurrenceMode(mode), None if reminders is None else tuple(reminders), priority,
        tuple(tags), *(*rest, start_on or start_date, system_changes, project_id, position),
    )  # fmt: skip


def _row(task: Task) -> list[Any]:
    row = [*(getattr(task, name) for name in _FIELDS), task.due_on]
    start = task.start_date
    if start is None or isinstance(start, datetime):
        return [*row, None, words_of(task)]
    row[_FIELDS.index("start_date")] = None
    return [*row, start, words_of(task)]


def _place(task: Task) -> tuple[bool, int, int]:
    """A task without a place stands behind the others of its project."""
    return task.position is None, task.position or 0, task.id


def words_of(task: Task) -> str:
    return search.vector(
        task.user_id,
        title=task.title,
        description=task.description,
        tags=task.tags,
        is_open=not task.completed and task.deleted_at is None,
    )


async def new_id(unit: Unit) -> int:
    """An id for a task that is about to be written."""
    return await unit.next_id("task")


def write_new(task: Task, unit: Unit) -> None:
    """Insert a task whose id comes from `new_id`, so that it cannot exist yet."""
    unit.write(_INSERT, *_row(task))


def write(task: Task, unit: Unit) -> None:
    """Update a task that this unit has locked."""
    unit.write(_UPDATE, *_row(task))


def write_successor(task: Task, successor_id: int, unit: Unit) -> None:
    """Record the successor of a closed task that this unit has locked. People see no change of the task."""
    unit.write(
        "UPDATE task SET successor_id = $3 WHERE id = $1 AND user_id = $2",
        task.id, task.user_id, successor_id,
    )  # fmt: skip


# What a request with an Idempotency-Key has made.
KeyOf = Literal["task_id", "project_id"]


class TaskStore:
    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._db = connection

    async def owned_by(self, user_id: str, task_id: int, *, lock: bool = False) -> Task:
        """Raises NotFound for an absent task and for another user's, which look alike."""
        row = await self._db.fetchrow(
            f"SELECT {COLUMNS} FROM task WHERE id = $1 AND user_id = $2 {'FOR UPDATE' if lock else ''}",
            task_id,
            user_id,
        )
        if row is None:
            raise NotFound("There is no such task.")
        return task_of(row)

    async def successor(self, task: Task) -> Task | None:
        """The successor that was made of `task`, locked; None if there is none, or it was deleted."""
        if task.series_id is None:
            return None
        if task.successor_id is not None:
            where: str = "id = $2"
            values: list[Any] = [task.successor_id]
        else:  # made by a version before 0004, which does not set successor_id
            where, values = (
                "series_id = $2 AND occurrence = $3 + 1",
                [task.series_id, task.occurrence],
            )
        row = await self._db.fetchrow(
            f"SELECT {COLUMNS} FROM task WHERE user_id = $1 AND {where} FOR UPDATE",
            task.user_id,
            *values,
        )
        return task_of(row) if row else None

    async def remove(self, task: Task) -> None:
        """Delete the row itself. Only for a successor that is as it was created."""
        await self._db.execute(
            "DELETE FROM task WHERE id = $1 AND user_id = $2", task.id, task.user_id
        )

    async def by_uid(self, user_id: str, uids: Sequence[str]) -> dict[str, Task]:
        rows = await self._db.fetch(
            f"""SELECT {COLUMNS} FROM task WHERE user_id = $1 AND uid = ANY($2::text[])
                ORDER BY id FOR UPDATE""",
            user_id,
            uids,
        )
        return {task.uid: task for task in map(task_of, rows) if task.uid}

    async def by_ids(self, user_id: str, ids: Sequence[int]) -> list[Task]:
        rows = await self._db.fetch(
            f"""SELECT {COLUMNS} FROM task WHERE user_id = $1 AND id = ANY($2::bigint[])
                ORDER BY id FOR UPDATE""",
            user_id,
            ids,
        )
        return [task_of(row) for row in rows]

    async def of_project(
        self, user_id: str, project_id: int, *, trashed_at: datetime | None = None
    ) -> list[Task]:
        """The tasks of a project in its order, without the trash, or those moved to the trash at `trashed_at`; all
        are locked."""
        rows = await self._db.fetch(
            f"""SELECT {COLUMNS} FROM task WHERE user_id = $1 AND project_id = $2
                    AND deleted_at IS NOT DISTINCT FROM $3 ORDER BY id FOR UPDATE""",
            user_id,
            project_id,
            trashed_at,
        )
        return sorted(map(task_of, rows), key=_place)

    async def newest_occurrences(
        self, user_id: str, series_ids: Sequence[UUID]
    ) -> dict[UUID, Task]:
        rows = await self._db.fetch(
            f"""SELECT {COLUMNS} FROM task t WHERE user_id = $1 AND series_id = ANY($2::uuid[])
                    AND NOT EXISTS (SELECT FROM task later WHERE later.series_id = t.series_id
                        AND later.occurrence > t.occurrence) ORDER BY id FOR UPDATE""",
            user_id,
            series_ids,
        )
        return {task.series_id: task for task in map(task_of, rows) if task.series_id}

    async def keyed(
        self, user_id: str, key: str, request_hash: bytes, of: KeyOf = "task_id"
    ) -> tuple[int, bool] | None:
        """The task that an Idempotency-Key created, and whether the request was the same; None for a new key.
        `of` "project_id": the project.

        Concurrent requests with the same key wait here for each other.
        """
        await self._db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 8))", f"{user_id} {key}"
        )
        row = await self._db.fetchrow(
            f"SELECT {of} AS made, request_hash FROM idempotency_key WHERE user_id = $1 AND key = $2",
            user_id,
            key,
        )
        if row is None:
            return None
        return row["made"], row["made"] is not None and row["request_hash"] == request_hash

    async def remember_key(
        self, user_id: str, key: str, request_hash: bytes, id_: int, of: KeyOf = "task_id"
    ) -> None:
        await self._db.execute(
            f"INSERT INTO idempotency_key (user_id, key, request_hash, {of}) VALUES ($1, $2, $3, $4)",
            user_id, key, request_hash, id_,
        )  # fmt: skip
