"""/api/recurrence: the next dates before anything is saved, by the function that will create them."""

from datetime import datetime
from itertools import islice

from fastapi import APIRouter

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
from todo.recurring.schemas import Preview, PreviewedOccurrence, PreviewRequest
from todo.runtime.responses import problems
from todo.tasks.schemas import read_due_date
from todo.tasks.view import recurrence_text

router = APIRouter(prefix="/api/recurrence", tags=["recurrence"])


@router.post("/preview", operation_id="previewRecurrence", responses=problems(401, 403))
async def preview(wanted: PreviewRequest, caller: CurrentCaller) -> Preview:
    timezone = wanted.timezone or caller.timezone
    due_date, _ = read_due_date(wanted.due_date, timezone, wanted.all_day)
    rule = parse_rule(wanted.recurrence)
    found: list[Occurrence] = []
    if due_date is not None:
        validate(rule, local(due_date, timezone), timezone)
        found = preview_of(rule, due_date, timezone, wanted.recurrence_mode, wanted.count)
    return Preview(
        recurrence_text=recurrence_text(wanted.recurrence),
        occurrences=[PreviewedOccurrence(due_date=o.due, note=o.note) for o in found],
    )


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
