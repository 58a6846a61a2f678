"""POST /api/tasks/parse: the task that a typed line would create."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from todo.accounts.caller import CurrentCaller
from todo.accounts.schemas import Input, Text, Zone
from todo.domain import quick_add, series
from todo.domain.project import INBOX
from todo.domain.recurrence import RecurrenceMode, day_of, parse_rule
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext
from todo.runtime.worker import SHORT_SECONDS
from todo.tasks import project_queries
from todo.tasks.recurrence_routes import previewed
from todo.tasks.recurrence_schemas import PreviewedOccurrence
from todo.tasks.schemas import Due
from todo.tasks.view import recurrence_text

router = APIRouter(prefix="/api/tasks", tags=["tasks"])

_PREVIEWED = 5
# Characters that are read in at most about 10 ms (tests/unit/test_costs.py).
_SHORT = 1_000


class Line(Input):
    text: Annotated[Text, StringConstraints(max_length=10_000, strip_whitespace=False)]
    timezone: Zone | None = None
    day_first: bool = Field(default=False, description="read 3/4 as 3 April, not as 4 March")


class ParsedTask(BaseModel):
    """The body for POST /api/tasks, plus recurrence_text."""

    title: str
    due_date: Due | None
    start_date: Due | None
    all_day: bool
    timezone: str
    recurrence: str | None
    recurrence_text: str | None
    recurrence_mode: RecurrenceMode
    reminders: list[str] | None
    priority: int
    tags: list[str]
    project_id: int | None = Field(description="null without a span of a project, or with +Inbox")


class Span(BaseModel):
    """Offsets count code points. "unclear": not understood as a whole; the words stay in the title."""

    start: int
    end: int
    kind: Literal[
        "date", "time", "recurrence", "reminder", "priority", "tag", "start", "project", "unclear"
    ]


class Parsed(BaseModel):
    task: ParsedTask
    spans: list[Span]
    occurrences: list[PreviewedOccurrence]


@router.post("/parse", operation_id="parseTask", responses=problems(401, 403))
async def parse(line: Line, caller: CurrentCaller, context: OpenContext, now: Now) -> Parsed:
    ids: dict[str, int | None] = {INBOX: None}
    if "+" in line.text:
        async with context.db.reading() as connection:
            projects = await project_queries.every(connection, caller.user_id)
        ids |= {project.name: project.id for project in projects if project.archived_at is None}
    read = partial(
        quick_add.parse,
        line.text,
        now=now,
        timezone=line.timezone or caller.timezone,
        day_first=line.day_first,
        projects=tuple(ids),
    )
    if len(line.text) <= _SHORT:
        found = read()
    else:
        found = await context.workers.run("Reading this line", "text", SHORT_SECONDS, read)
    fields: dict[str, Any] = {
        name: getattr(found, name) for name in ParsedTask.model_fields if hasattr(found, name)
    }
    if found.all_day and found.due_date:
        fields["due_date"] = day_of(found.due_date, found.timezone)
    task = ParsedTask(
        **fields | {"reminders": list(found.reminders) or None, "tags": list(found.tags)},
        recurrence_text=(
            recurrence_text(found.recurrence, found.timezone) if found.recurrence else None
        ),
        project_id=ids[found.project] if found.project else None,
    )
    spans: list[Any] = [{"start": s.start, "end": s.end, "kind": s.kind} for s in found.spans]
    return Parsed(task=task, spans=spans, occurrences=_occurrences(found))


def _occurrences(found: quick_add.QuickAdd) -> list[PreviewedOccurrence]:
    if found.recurrence is None or found.due_date is None:
        return []
    rule = parse_rule(found.recurrence)
    dates = series.preview(
        rule,
        found.due_date,
        found.timezone,
        found.recurrence_mode,
        _PREVIEWED,
        all_day=found.all_day,
    )
    return previewed(dates, found.timezone, all_day=found.all_day)
