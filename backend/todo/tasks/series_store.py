"""Rows of `task_recurrence` (where a series stands) and `task_occurrence` (its history)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from todo.domain.recurrence import day_of
from todo.domain.task import Status, Task
from todo.runtime.db.unit import Unit

# For the download of everything about a person ($1).
SECTIONS = {
    "occurrences": """SELECT concat_ws(' ', series_id, due_date, occurrence) AS page_key, series_id, due_date,
        task_id, occurrence, fate AS status, at FROM task_occurrence WHERE user_id = $1""",
}

_OCCURRENCE = """
    INSERT INTO task_occurrence (series_id, due_date, task_id, user_id, occurrence, fate, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (series_id, due_date, occurrence) DO UPDATE
    SET task_id = excluded.task_id, fate = excluded.fate, at = excluded.at
"""
_NEXT = """
    INSERT INTO task_recurrence (series_id, user_id, task_id, recurrence_type, next_due_date, last_created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (series_id) DO UPDATE
    SET task_id = excluded.task_id, recurrence_type = excluded.recurrence_type,
        next_due_date = excluded.next_due_date, last_created_at = excluded.last_created_at
"""


def begin(task: Task, unit: Unit, now: datetime) -> None:
    """Record a new occurrence; an open one is where its series stands."""
    if task.series_id is None:
        return
    unit.write(
        _OCCURRENCE,
        task.series_id,
        task.scheduled_at,
        task.id,
        task.user_id,
        task.occurrence,
        task.status,
        now,
    )
    if task.status is Status.OPEN:
        unit.write(
            _NEXT, task.series_id, task.user_id, task.id, task.recurrence, task.due_date, now
        )


async def record(task: Task, unit: Unit, now: datetime) -> None:
    """Record the status of an occurrence; an open one is where its series stands."""
    if task.series_id is None or task.scheduled_at is None:
        # The task has left its series.
        await unit.connection.execute(
            """WITH ended AS (DELETE FROM task_recurrence WHERE task_id = $1)
               DELETE FROM task_occurrence WHERE task_id = $1""",
            task.id,
        )
        return
    await unit.connection.execute(
        f"""WITH moved AS (
                DELETE FROM task_occurrence WHERE task_id = $3 AND due_date <> $2)
            {_OCCURRENCE}""",
        task.series_id, task.scheduled_at, task.id, task.user_id, task.occurrence, task.status, now,
    )  # fmt: skip
    if task.status is Status.OPEN:
        await unit.connection.execute(
            _NEXT, task.series_id, task.user_id, task.id, task.recurrence, task.due_date, now
        )


async def record_missed(task: Task, missed: Sequence[datetime], unit: Unit, now: datetime) -> None:
    if not missed:
        return
    await unit.connection.execute(
        """INSERT INTO task_occurrence (series_id, due_date, user_id, fate, at)
           SELECT $1, unnest($2::timestamptz[]), $3, 'missed', $4 ON CONFLICT DO NOTHING""",
        task.series_id, missed, task.user_id, now,
    )  # fmt: skip


async def record_end(task: Task, unit: Unit) -> None:
    """Record that the rule has no further date."""
    await unit.connection.execute(
        "UPDATE task_recurrence SET next_due_date = NULL WHERE series_id = $1", task.series_id
    )


async def occurrences_of(task: Task, connection: PoolConnectionProxy) -> list[dict[str, Any]]:
    """The history of the task's series, newest first; at most 200."""
    rows = await connection.fetch(
        """SELECT nullif(o.occurrence, 0) AS occurrence, o.task_id, o.due_date, o.fate AS status, o.fate, o.at,
                  coalesce(t.all_day, $3) AS all_day, coalesce(t.timezone, $4) AS timezone
           FROM task_occurrence o LEFT JOIN task t ON t.id = o.task_id
           WHERE o.series_id = $1 AND o.user_id = $2 ORDER BY o.due_date DESC, o.occurrence DESC LIMIT 200""",
        task.series_id,
        task.user_id,
        task.all_day,
        task.timezone,
    )
    return [
        {**row, "due_date": day_of(row["due_date"], row["timezone"])} if row["all_day"] else {**row}
        for row in rows
    ]


async def current_task(
    connection: PoolConnectionProxy, user_id: str, series_id: UUID
) -> int | None:
    """The id of the task at which the series stands; None when it has ended."""
    task_id: int | None = await connection.fetchval(
        """SELECT task_id FROM task_recurrence
           WHERE series_id = $1 AND user_id = $2 AND next_due_date IS NOT NULL""",
        series_id,
        user_id,
    )
    return task_id


async def forget(task: Task, unit: Unit) -> None:
    """Remove a deleted successor from the history, with the dates missed before it."""
    await unit.connection.execute(
        """DELETE FROM task_occurrence o WHERE series_id = $1 AND user_id = $3 AND (
               occurrence = $4 OR fate = 'missed' AND due_date <= $2 AND due_date > coalesce((
                   SELECT max(p.due_date) FROM task_occurrence p
                   WHERE p.series_id = $1 AND p.occurrence = $4 - 1), '-infinity'))""",
        task.series_id,
        task.scheduled_at,
        task.user_id,
        task.occurrence,
    )
