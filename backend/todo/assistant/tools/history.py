"""The tool that reads who changed a task, and the occurrences of its series."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from todo.assistant.inputs import TaskId, ToolInput
from todo.assistant.outputs import Output, in_zone, moment_text
from todo.assistant.tools.registry import AnyTool, Scope, Tool, ToolContext
from todo.audit import queries as audit
from todo.tasks import queries


class GetHistory(ToolInput):
    task_id: TaskId
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class HistoryItem(BaseModel):
    at: str
    event: str
    actor: str = Field(description="person, chat, client NAME, token NAME or system")
    changes: dict[str, list[Any]] = Field(description="field: [before, after]")
    batch_id: str | None


class OccurrenceItem(BaseModel):
    due_date: str
    status: str
    task_id: int | None


class HistoryOut(Output):
    items: list[HistoryItem]
    next_cursor: str | None
    occurrences: list[OccurrenceItem] = Field(description="of a repeating task, the newest first")


async def _history(ctx: ToolContext, wanted: GetHistory) -> HistoryOut:
    user_id = ctx.caller.user_id
    async with ctx.context.db.reading() as connection:
        page = await audit.history(connection, user_id, wanted.task_id, wanted.limit, wanted.cursor)
        occurrences: list[OccurrenceItem] = []
        if await queries.exists(connection, user_id, wanted.task_id):
            past = await queries.past_occurrences(connection, user_id, wanted.task_id)
            occurrences = [_occurrence(one, ctx) for one in past]
    return HistoryOut(
        items=[_history_item(entry, ctx) for entry in page.items],
        next_cursor=page.next_cursor,
        occurrences=occurrences,
    )


def _occurrence(row: Mapping[str, Any], ctx: ToolContext) -> OccurrenceItem:
    return OccurrenceItem(
        due_date=moment_text(row["due_date"], ctx.timezone),
        status=row["status"],
        task_id=row["task_id"],
    )


def _history_item(entry: audit.HistoryEntry, ctx: ToolContext) -> HistoryItem:
    return HistoryItem(
        at=in_zone(entry.at, ctx.timezone) or "",
        event=entry.event_type.removeprefix("task_"),
        actor=" ".join(filter(None, (entry.actor.kind, entry.actor.name))),
        changes={
            name: [_moment(name, value, ctx) for value in pair]
            for name, pair in entry.changes.items()
        },
        batch_id=entry.batch_id,
    )


_MOMENTS = ("due_date", "start_date", "completed_at", "deleted_at")


def _moment(name: str, value: Any, ctx: ToolContext) -> Any:
    # A whole day is written without a time, and is the same day in every zone.
    if name in _MOMENTS and isinstance(value, str) and "T" in value:
        return in_zone(datetime.fromisoformat(value), ctx.timezone)
    return value


HISTORY: AnyTool = Tool(
    name="get_history",
    title="History of a task",
    description="Who changed a task, when and how, and the occurrences of a repeating task.",
    input=GetHistory,
    output=HistoryOut,
    handler=_history,
    scope=Scope.READ,
    read_only=True,
)
