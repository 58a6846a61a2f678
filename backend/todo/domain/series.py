"""The series of a repeating task: its next date, its successor, what was missed, and the dates to come.

Every caller asks here, so the preview, `next_due_date` and the successor that is created agree.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from typing import Final

from todo.domain.recurrence import (
    Frequency,
    Occurrence,
    RecurrenceMode,
    Rule,
    day_of,
    end_of_local_day,
    last_period,
    local,
    occurrences,
    parse_rule,
    start_of_day,
    to_utc,
    with_days_of,
)
from todo.domain.task import Status, Task
from todo.domain.task_changes import moved_to
from todo.domain.task_schedule import as_dates

MOST_MISSED: Final = 1_000


def successor(
    rule: Rule,
    anchor: datetime,
    timezone: str,
    *,
    scheduled_at: datetime,
    mode: RecurrenceMode,
    completed_at: datetime,
    occurrence: int | None = None,
) -> Occurrence | None:
    """The occurrence that follows the one at `scheduled_at`; None when the series has ended.

    `occurrence` is the number of the completed one. Only from_completion with a COUNT needs it:
    its dates depend on completions, so they do not tell how many have passed.
    """
    match mode:
        case RecurrenceMode.FROM_DUE:
            after = scheduled_at
        case RecurrenceMode.SKIP_MISSED:
            after = max(scheduled_at, completed_at)
        case RecurrenceMode.FROM_COMPLETION:
            if rule.count is not None and occurrence is not None and occurrence >= rule.count:
                return None
            try:
                rule, anchor, after = _restart(rule, anchor, timezone, scheduled_at, completed_at)
            except OverflowError:  # the calendar ends
                return None
    return next(occurrences(rule, anchor, timezone, after), None)


def _restart(
    rule: Rule, anchor: datetime, timezone: str, due: datetime, completed_at: datetime
) -> tuple[Rule, datetime, datetime]:
    """The series that a completion starts: its rule and anchor, and the instant its first date lies after.

    That date is later than the day of the completion and than the day that was due, which a task completed early
    has already served.
    """
    done, later = local(completed_at, timezone), max(due, completed_at)
    rule = replace(rule, count=None)
    if rule.freq is Frequency.HOURLY:
        anchor, after = done.replace(second=0, microsecond=0), later
        step = timedelta(hours=rule.interval)
    else:
        anchor = datetime.combine(done, anchor.time())
        after = end_of_local_day(local(later, timezone).date(), timezone)
        step = timedelta(days=rule.interval)
    if not _chooses(rule):
        return rule, anchor, after
    if rule.freq in (Frequency.HOURLY, Frequency.DAILY):
        # The first chosen hour or day that is a full interval away: exact steps may never meet one.
        earliest = to_utc(anchor + step, timezone) - timedelta.resolution
        return replace(rule, interval=1), anchor, max(after, earliest)
    # Count the interval from the last chosen day, which this completion serves: “every 4 weeks on Sunday”, done
    # on Tuesday, is due 4 weeks after the Sunday before.
    rule = with_days_of(rule, anchor)
    period = last_period(rule, anchor, timezone, until=after)
    return rule, datetime.combine(period or done, anchor.time()), after


def _chooses(rule: Rule) -> bool:
    """Whether the rule itself names days (or hours, if it is hourly)."""
    days = rule.by_month or rule.by_week_no or rule.by_year_day or rule.by_month_day or rule.by_day
    return bool(days or (rule.freq is Frequency.HOURLY and rule.by_hour))


def next_occurrence(task: Task, home: str | None = None) -> Occurrence | None:
    """The date that follows a closed occurrence; None if it is open, or its series has ended.

    `home` is the account's zone: it tells the day on which an all-day task was completed.
    """
    found = _next_occurrence(as_dates(task, home))
    return found and _of_task(task, found)


def _of_task(task: Task, found: Occurrence) -> Occurrence:
    """An occurrence computed from `as_dates(task)`, in the task's zone."""
    if not task.all_day:
        return found
    return replace(found, due=start_of_day(found.due.date(), task.timezone))


def _next_occurrence(task: Task) -> Occurrence | None:
    if (
        task.recurrence is None
        or task.anchor is None
        or task.scheduled_at is None
        or task.completed_at is None
    ):
        return None
    # An occurrence skipped ahead of time must not come again: its successor lies after it.
    skipped = task.status is Status.SKIPPED
    closed_at = max(task.completed_at, task.scheduled_at) if skipped else task.completed_at
    return successor(
        parse_rule(task.recurrence),
        task.anchor,
        task.timezone,
        scheduled_at=_last_date(task, task.scheduled_at),
        mode=task.recurrence_mode,
        completed_at=closed_at,
        occurrence=task.occurrence,
    )


def _last_date(task: Task, scheduled_at: datetime) -> datetime:
    """The date that the next one must be later than. From completion, a postponed date counts too."""
    if task.recurrence_mode is RecurrenceMode.FROM_COMPLETION and task.due_date is not None:
        return max(scheduled_at, task.due_date)
    return scheduled_at


def create_successor(task: Task, following: Occurrence, task_id: int, now: datetime) -> Task:
    """The open task that follows the closed `task`."""
    return replace(
        moved_to(task, following.due),
        id=task_id,
        completed=False,
        completed_at=None,
        status=Status.OPEN,
        scheduled_at=following.due,
        occurrence=(task.occurrence or 0) + 1,
        reminders=_relative(task.reminders),
        version=1,
        created_at=now,
        updated_at=now,
        uid=None,
        successor_id=None,
        system_changes=0,
        deleted_at=None,
    )


def _relative(specs: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The reminders without those at a fixed moment, which older versions kept for one occurrence."""
    return None if specs is None else tuple(s for s in specs if s.startswith(("P", "-P")))


def missed(task: Task, following: Occurrence) -> list[datetime]:
    """The dates between a closed occurrence and its successor that skip_missed passed over."""
    if task.recurrence_mode is not RecurrenceMode.SKIP_MISSED:
        return []
    dated = as_dates(replace(task, due_date=following.due))
    after, until = dated.scheduled_at, dated.due_date
    if dated.recurrence is None or dated.anchor is None or after is None or until is None:
        return []
    rule = parse_rule(dated.recurrence)
    found = missed_between(rule, dated.anchor, dated.timezone, after=after, until=until)
    return [_of_task(task, each).due for each in found if each.due < until]


def missed_between(
    rule: Rule, anchor: datetime, timezone: str, *, after: datetime, until: datetime
) -> list[Occurrence]:
    """The occurrences later than `after` and not later than `until`; at most MOST_MISSED."""
    later = occurrences(rule, anchor, timezone, after=after)
    return list(islice(takewhile(lambda each: each.due <= until, later), MOST_MISSED))


def upcoming(task: Task, count: int, home: str | None = None) -> list[Occurrence]:
    """The next `count` dates after this occurrence, if each is completed when it is due."""
    return [_of_task(task, each) for each in _upcoming(as_dates(task, home), count)]


def _upcoming(task: Task, count: int) -> list[Occurrence]:
    if task.recurrence is None or task.anchor is None or task.scheduled_at is None:
        return []
    first = _next_occurrence(task)
    if first is None and task.status is not Status.OPEN:
        return []
    dates = _dates_after(
        parse_rule(task.recurrence),
        task.anchor,
        task.timezone,
        scheduled_at=first.due if first else _last_date(task, task.scheduled_at),
        mode=task.recurrence_mode,
        occurrence=(task.occurrence or 1) + (first is not None),
    )
    return list(islice(chain((first,) if first else (), dates), count))


def preview(
    rule: Rule,
    due_date: datetime,
    timezone: str,
    mode: RecurrenceMode,
    count: int,
    *,
    all_day: bool = False,
) -> list[Occurrence]:
    """The first `count` dates of a series that starts at `due_date`, each completed when it is due."""
    if all_day:
        start = start_of_day(day_of(due_date, timezone), "UTC")
        dated = preview(rule, start, "UTC", mode, count)
        return [replace(each, due=start_of_day(each.due.date(), timezone)) for each in dated]
    anchor = local(due_date, timezone)
    first = next(occurrences(rule, anchor, timezone))
    dates = _dates_after(rule, anchor, timezone, scheduled_at=first.due, mode=mode, occurrence=1)
    return list(islice(chain((first,), dates), count))


def _dates_after(
    rule: Rule,
    anchor: datetime,
    timezone: str,
    *,
    scheduled_at: datetime,
    mode: RecurrenceMode,
    occurrence: int,
) -> Iterator[Occurrence]:
    if mode is not RecurrenceMode.FROM_COMPLETION:
        # One walk: with a COUNT, each call of `successor` would start at the anchor again.
        yield from occurrences(rule, anchor, timezone, after=scheduled_at)
        return
    while following := successor(
        rule,
        anchor,
        timezone,
        scheduled_at=scheduled_at,
        mode=mode,
        completed_at=scheduled_at,
        occurrence=occurrence,
    ):
        yield following
        scheduled_at, occurrence = following.due, occurrence + 1
