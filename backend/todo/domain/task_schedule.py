"""How a repeating task counts its series: where the series starts, and the rule from there and from here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import uuid4

from todo.domain.recurrence import (
    MOST_TIMES,
    RecurrenceMode,
    day_of,
    day_of_until,
    local,
    number_before,
    parse_rule,
    start_of_day,
    validate,
)
from todo.domain.task import Task


def as_dates(task: Task, home: str | None = None) -> Task:
    """An all-day task with its dates as midnights in UTC, where no clock change moves them; a timed task as it is.

    The completion is on the wall clock of `home`, the account's zone; of the task's zone by default.
    """
    if not task.all_day:
        return task

    def midnight(moment: datetime | None) -> datetime | None:
        return moment and start_of_day(day_of(moment, task.timezone), "UTC")

    done = task.completed_at and local(task.completed_at, home or task.timezone)
    return replace(
        task,
        timezone="UTC",
        due_date=midnight(task.due_date),
        scheduled_at=midnight(task.scheduled_at),
        anchor=task.anchor and datetime.combine(task.anchor, time.min),
        completed_at=done and done.replace(tzinfo=UTC),
        recurrence=task.recurrence and _until_as_date(task.recurrence, task.timezone),
    )


def _until_as_date(recurrence: str, timezone: str) -> str:
    """The rule of an all-day series, which ends on a date."""
    if "UNTIL" not in recurrence.upper():
        return recurrence
    rule = parse_rule(recurrence)
    if not isinstance(rule.until, datetime):
        return recurrence
    return str(replace(rule, until=day_of_until(rule.until, timezone)))


def schedule(task: Task) -> Task:
    """Start the series (again) at the due date, or end it."""
    if task.recurrence is None or task.due_date is None:
        return replace(task, series_id=None, occurrence=None, anchor=None, scheduled_at=None)
    anchor, zone, recurrence = local(task.due_date, task.timezone), task.timezone, task.recurrence
    if task.due_on:
        anchor, zone = datetime.combine(task.due_on, time.min), "UTC"
        recurrence = _until_as_date(recurrence, task.timezone)
    validate(parse_rule(recurrence), anchor, zone)
    return replace(
        task,
        recurrence=recurrence,
        series_id=task.series_id or uuid4(),
        occurrence=task.occurrence or 1,
        anchor=anchor,
        scheduled_at=task.due_date,
    )


def rule_from_here(task: Task) -> str | None:
    """The rule with the number of remaining occurrences, including this one, as its COUNT."""
    return _recounted(task, lambda count, before: max(count - before, 1))


def from_anchor(task: Task) -> str | None:
    """The inverse of `rule_from_here`."""
    return _recounted(task, lambda count, before: min(count + before, MOST_TIMES))


def _recounted(task: Task, count: Callable[[int, int], int]) -> str | None:
    if task.anchor is None or task.scheduled_at is None:
        return task.recurrence
    if task.recurrence is None or "COUNT" not in task.recurrence.upper():
        return task.recurrence
    rule = parse_rule(task.recurrence)
    if rule.count is None:
        return task.recurrence
    if task.recurrence_mode is RecurrenceMode.FROM_COMPLETION:
        before = (task.occurrence or 1) - 1
    else:
        before = _number_before(as_dates(task))
    return str(replace(rule, count=count(rule.count, before)))


def _number_before(task: Task) -> int:
    if task.recurrence is None or task.anchor is None or task.scheduled_at is None:
        return 0
    return number_before(parse_rule(task.recurrence), task.anchor, task.timezone, task.scheduled_at)
