"""/api/recurrence and the next dates of a task, from the functions that create the successors."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Annotated

from fastapi import APIRouter, Query

from todo.accounts.caller import CurrentCaller
from todo.domain import series
from todo.domain.recurrence import Occurrence, day_of, local, parse_rule, validate
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext
from todo.tasks.dates import dates, next_dates
from todo.tasks.recurrence_schemas import (
    MOST_DATES,
    NextDates,
    Preview,
    PreviewedOccurrence,
    PreviewRequest,
)
from todo.tasks.schemas import TaskId, read_due_date
from todo.tasks.view import recurrence_text

router = APIRouter(prefix="/api", tags=["recurrence"])


@router.post("/recurrence/preview", operation_id="previewRecurrence", responses=problems(401, 403))
async def preview(wanted: PreviewRequest, caller: CurrentCaller, context: OpenContext) -> Preview:
    timezone = wanted.timezone or caller.timezone
    due_date, all_day = read_due_date(wanted.due_date, timezone, wanted.all_day)
    rule = parse_rule(wanted.recurrence)
    found: list[Occurrence] = []
    if due_date is not None:
        if all_day:
            anchor = datetime.combine(day_of(due_date, timezone), time.min)
            validate(rule, anchor, "UTC")
        else:
            validate(rule, local(due_date, timezone), timezone)
        found = await dates(
            context,
            wanted.count,
            series.preview,
            rule,
            due_date,
            timezone,
            wanted.recurrence_mode,
            wanted.count,
            all_day=all_day,
        )
    text = recurrence_text(wanted.recurrence, timezone)
    return Preview(recurrence_text=text, occurrences=previewed(found, timezone, all_day=all_day))


@router.get(
    "/tasks/{task_id}/next-dates", operation_id="listNextDates", responses=problems(401, 403, 404)
)
async def list_next_dates(
    task_id: TaskId,
    caller: CurrentCaller,
    context: OpenContext,
    count: Annotated[int, Query(ge=1, le=MOST_DATES)] = 5,
) -> NextDates:
    """The dates that follow this occurrence in its series."""
    task, found = await next_dates(context, caller.user_id, caller.timezone, task_id, count)
    return NextDates(occurrences=previewed(found, task.timezone, all_day=task.all_day))


def previewed(
    found: Iterable[Occurrence], timezone: str, *, all_day: bool
) -> list[PreviewedOccurrence]:
    return [
        PreviewedOccurrence(due_date=day_of(o.due, timezone) if all_day else o.due, note=o.note)
        for o in found
    ]
