"""Rows of `imported_todo`: the values of each iCalendar UID at its last import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg.pool import PoolConnectionProxy

from todo.calendars.ical import ImportedTodo
from todo.calendars.merging import Values
from todo.runtime.db.unit import Unit

# For the download of everything about a person ($1).
SECTIONS = {
    "imported_calendar_tasks": """SELECT uid AS page_key, uid, task_id, sequence, last_modified, said, imported_at
        FROM imported_todo WHERE user_id = $1""",
}

_REMEMBER = """
    INSERT INTO imported_todo (user_id, uid, task_id, sequence, last_modified, said, imported_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (user_id, uid) DO UPDATE SET task_id = excluded.task_id, sequence = excluded.sequence,
        last_modified = excluded.last_modified, said = excluded.said, imported_at = excluded.imported_at
    WHERE CASE WHEN imported_todo.last_modified IS NULL OR excluded.last_modified IS NULL
               THEN imported_todo.sequence <= excluded.sequence
               ELSE imported_todo.last_modified <= excluded.last_modified END
"""


@dataclass(frozen=True, slots=True)
class LastImport:
    task_id: int
    sequence: int
    last_modified: datetime | None
    said: Values


async def last_imports(
    connection: PoolConnectionProxy, user_id: str, uids: Sequence[str]
) -> dict[str, LastImport]:
    rows = await connection.fetch(
        """SELECT uid, task_id, sequence, last_modified, said FROM imported_todo
           WHERE user_id = $1 AND uid = ANY($2::text[])""",
        user_id,
        uids,
    )
    return {
        row["uid"]: LastImport(row["task_id"], row["sequence"], row["last_modified"], row["said"])
        for row in rows
    }


def remember(
    user_id: str, todo: ImportedTodo, said: Values, task_id: int, unit: Unit, now: datetime
) -> None:
    """Record what the file said, unless a newer version was imported before."""
    unit.write(_REMEMBER, user_id, todo.uid, task_id, todo.sequence, todo.last_modified, said, now)
