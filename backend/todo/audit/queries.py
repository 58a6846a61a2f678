"""The history of a task: its changes, each with its actor."""

from datetime import datetime
from typing import Any, Literal

from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel

from todo.domain.errors import NotFound
from todo.domain.recurrence import day_of
from todo.tasks import queries as tasks

_PAGE = """
    SELECT id, event_type, actor, at, data->'changes' AS changes, data->>'conversation_id' AS conversation_id,
        data->>'batch_id' AS batch_id, (data->'task_data'->>'all_day')::bool AS all_day,
        data->'task_data'->>'timezone' AS timezone
    FROM audit_log WHERE user_id = $1 AND task_id = $2 AND ($3::bigint IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4
"""
_IS_KNOWN = "SELECT EXISTS (SELECT FROM audit_log WHERE user_id = $1 AND task_id = $2)"

# For the download of everything about a person ($1).
SECTIONS = {
    "history": """SELECT id AS page_key, type, actor, at, task_id, data FROM audit_log
        WHERE user_id = $1""",
}


class Actor(BaseModel):
    """A person, the chat, a named program (`client` by OAuth, `token` by access token), or the system."""

    kind: Literal["person", "chat", "client", "token", "system"]
    name: str | None


class HistoryEntry(BaseModel):
    id: int
    event_type: str
    at: datetime
    actor: Actor
    conversation_id: str | None
    batch_id: str | None
    changes: dict[str, tuple[Any, Any]]


class History(BaseModel):
    items: list[HistoryEntry]
    next_cursor: str | None


async def history(
    connection: PoolConnectionProxy, user_id: str, task_id: int, limit: int, cursor: int | None
) -> History:
    """A page of the history, the newest first. Raises NotFound."""
    # A task that was deleted for ever still has its history.
    if not await tasks.exists(connection, user_id, task_id) and not (
        await connection.fetchval(_IS_KNOWN, user_id, task_id)
    ):
        raise NotFound("There is no such task.")
    rows = await connection.fetch(_PAGE, user_id, task_id, cursor, limit + 1)
    entries = [
        HistoryEntry(
            id=row["id"],
            event_type=row["event_type"],
            at=row["at"],
            actor=_actor(row["actor"]),
            conversation_id=row["conversation_id"],
            batch_id=row["batch_id"],
            changes=_with_dates(row["changes"] or {}, row["all_day"], row["timezone"]),
        )
        for row in rows[:limit]
    ]
    return History(items=entries, next_cursor=str(entries[-1].id) if len(rows) > limit else None)


def _with_dates(
    changes: dict[str, tuple[Any, Any]], all_day: bool | None, timezone: str | None
) -> dict[str, tuple[Any, Any]]:
    """The due dates of an all-day task as dates: events before 0008 have the midnights in its zone.

    `all_day` and `timezone` are the task's after the change.
    """
    if "due_date" not in changes:
        return changes
    whole = changes.get("all_day", (all_day, all_day))
    zones = changes.get("timezone", (timezone, timezone))
    before, after = map(_due_date, changes["due_date"], whole, zones)
    return {**changes, "due_date": (before, after)}


def _due_date(value: str | None, all_day: bool | None, timezone: str | None) -> str | None:
    if not (value and all_day and timezone and "T" in value):
        return value
    return day_of(datetime.fromisoformat(value), timezone).isoformat()


def _actor(text: str) -> Actor:
    kind, _, name = text.partition(":")
    match kind:
        case "person" | "chat" | "client" | "token":
            return Actor(kind=kind, name=name or None)
        case _:
            return Actor(kind="system", name=None)
