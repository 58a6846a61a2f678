"""/api/recurrence: the next dates before anything is saved, by the function that will create them."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query

from todo.accounts.caller import CurrentCaller
from todo.domain.recurrence import (
    Occurrence,
    RecurrenceMode,
    Rule,
    local,
    occurrences,
    parse_rule,
    successor,
    validate,
)
from todo.recurring.schemas import (
    MOST_DATES,
    NextDates,
    Preview,
    PreviewedOccurrence,
    PreviewRequest,
)
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext
from todo.tasks.commands import following_dates
from todo.tasks.routes import TaskId
from todo.tasks.schemas import read_due_date
from todo.tasks.view import recurrence_text

router = APIRouter(prefix="/api", tags=["recurrence"])


@router.post("/recurrence/preview", operation_id="previewRecurrence", responses=problems(401, 403))
async def preview(wanted: PreviewRequest, caller: CurrentCaller) -> Preview:
    timezone = wanted.timezone or caller.timezone
    due_date, _ = read_due_date(wanted.due_date, timezone, wanted.all_day)
    rule = parse_rule(wanted.recurrence)
    found: list[Occurrence] = []
    if due_date is not None:
        validate(rule, local(due_date, timezone), timezone)
        found = preview_of(rule, due_date, timezone, wanted.recurrence_mode, wanted.count)
    return Preview(
        recurrence_text=recurrence_text(wanted.recurrence), occurrences=_previewed(found)
    )


@router.get(
    "/tasks/{task_id}/next-dates", operation_id="listNextDates", responses=problems(401, 403, 404)
)
async def list_next_dates(
    task_id: TaskId,
    caller: CurrentCaller,
    context: OpenContext,
    count: Annotated[int, Query(ge=1, le=MOST_DATES)] = 5,
) -> NextDates:
    """What follows this occurrence in its series: of a series of the 31st also while it is due on the 28th."""
    async with context.db.reading() as connection:
        found = await following_dates(caller.user_id, task_id, count, connection)
    return NextDates(occurrences=_previewed(found))


def _previewed(found: Iterable[Occurrence]) -> list[PreviewedOccurrence]:
    return [PreviewedOccurrence(due_date=o.due, note=o.note) for o in found]


def preview_of(
    rule: Rule, due_date: datetime, timezone: str, mode: RecurrenceMode, count: int
) -> list[Occurrence]:
    """The first `count` dates. From completion, each is supposed to be done on the day it is due."""
    anchor = local(due_date, timezone)
    if mode is not RecurrenceMode.FROM_COMPLETION:
        return list(islice(occurrences(rule, anchor, timezone), count))
    found = [next(iter(occurrences(rule, anchor, timezone)))]
    while len(found) < count:
        following = successor(
            rule,
            anchor,
            timezone,
            slot=found[-1].due,
            mode=mode,
            completed_at=found[-1].due,
            occurrence=len(found),
        )
        if following is None:
            break
        found.append(following)
    return found
