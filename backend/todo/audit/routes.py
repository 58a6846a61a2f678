"""/api/tasks/{id}/history: the changes of a task, each with its actor."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from todo.accounts.caller import CurrentCaller
from todo.domain.errors import NotFound
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext
from todo.tasks import queries as tasks
from todo.tasks.schemas import TaskId

router = APIRouter(prefix="/api", tags=["history"])

_PAGE = """
    SELECT id, event_type, actor, at, data->'changes' AS changes, (data->>'late_seconds')::int AS late_seconds
    FROM audit_log WHERE user_id = $1 AND task_id = $2 AND ($3::bigint IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4
"""
_IS_KNOWN = "SELECT EXISTS (SELECT FROM audit_log WHERE user_id = $1 AND task_id = $2)"


class Actor(BaseModel):
    kind: Literal["person", "token", "system"]
    name: str | None


class HistoryEntry(BaseModel):
    id: int
    event_type: str
    at: datetime
    actor: Actor
    changes: dict[str, tuple[Any, Any]]


class History(BaseModel):
    items: list[HistoryEntry]
    next_cursor: str | None


@router.get(
    "/tasks/{task_id}/history", operation_id="listTaskHistory", responses=problems(401, 404)
)
async def list_history(
    task_id: TaskId,
    caller: CurrentCaller,
    context: OpenContext,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> History:
    async with context.db.reading() as connection:
        # A task that was deleted for ever still has its history.
        if not await tasks.exists(connection, caller.user_id, task_id) and not (
            await connection.fetchval(_IS_KNOWN, caller.user_id, task_id)
        ):
            raise NotFound("There is no such task.")
        rows = await connection.fetch(_PAGE, caller.user_id, task_id, cursor, limit + 1)
    entries = [
        HistoryEntry(
            id=row["id"],
            event_type=row["event_type"],
            at=row["at"],
            actor=_actor(row["actor"]),
            changes=row["changes"] or {},
        )
        for row in rows[:limit]
    ]
    return History(items=entries, next_cursor=str(entries[-1].id) if len(rows) > limit else None)


def _actor(text: str) -> Actor:
    kind, _, name = text.partition(":")
    match kind:
        case "person" | "token":
            return Actor(kind=kind, name=name or None)
        case _:
            return Actor(kind="system", name=None)
