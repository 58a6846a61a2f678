"""The start date of a task ("not before"): never after the due date, and a day if that is all-day.

All dates are those of one task. Without a due date it starts at an instant or on a day, as it was entered.
"""

from datetime import date, datetime

from todo.domain.errors import Invalid
from todo.domain.recurrence import day_of, local, start_of_day, to_utc
from todo.domain.recurrence.rule import FIRST_YEAR

Start = datetime | date | None


def sleeps(start: Start, now: datetime, home: str) -> bool:
    """Whether the start is still to come. A day begins in `home`, the account's zone."""
    if isinstance(start, datetime):
        return start > now
    return start is not None and start > local(now, home).date()


def start_like_due(start: Start, *, due: datetime | None, all_day: bool, timezone: str) -> Start:
    """The start as a day or as an instant, as the due date is. Raises Invalid if it is after the due date."""
    if start is None or due is None:
        return start
    start = _in_form(start, all_day=all_day, timezone=timezone)
    if start > (due if isinstance(start, datetime) else day_of(due, timezone)):
        raise Invalid("The start date must not be after the due date.", "start_date")
    return start


def start_before(due_date: datetime, *, start: Start, due: datetime | None, timezone: str) -> Start:
    """The start of a task for another due date: as long before it on the wall clock as `start` is before `due`.

    Raises Invalid if that is too early.
    """
    if start is None or due is None:
        return start
    try:
        if not isinstance(start, datetime):
            moved = day_of(due_date, timezone) - (day_of(due, timezone) - start)
        else:
            length = local(due, timezone) - local(start, timezone)
            # A clock change in between can move it past the due date.
            moved = min(to_utc(local(due_date, timezone) - length, timezone), due_date)
    except OverflowError:
        moved = date.min
    if moved.year < FIRST_YEAR:
        raise Invalid(
            f"The start date would move before the year {FIRST_YEAR}; change it too.", "start_date"
        )
    return moved


def start_with(
    due: datetime | date | None, *, start: Start, was_due: datetime | date | None, timezone: str
) -> Start:
    """The start of a task of which only the due date was changed: where it was. If that is after the new due
    date, it keeps its distance; without an earlier due date, it is the new one.

    A due date is a day or an instant, as `Task.due`.
    """
    if start is None or due is None:
        return start
    all_day = not isinstance(due, datetime)
    as_due = _in_form(start, all_day=all_day, timezone=timezone)
    if as_due <= due:
        return start
    if was_due is None:
        return due
    before = _in_form(was_due, all_day=all_day, timezone=timezone)
    moved = start_before(
        _instant(due, timezone), start=as_due, due=_instant(before, timezone), timezone=timezone
    )
    return moved and min(moved, due)


def _in_form(moment: datetime | date, *, all_day: bool, timezone: str) -> datetime | date:
    if all_day:
        return local(moment, timezone).date() if isinstance(moment, datetime) else moment
    return _instant(moment, timezone)


def _instant(moment: datetime | date, timezone: str) -> datetime:
    return moment if isinstance(moment, datetime) else start_of_day(moment, timezone)
