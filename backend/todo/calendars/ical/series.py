"""Resolve the exceptions of a series (RECURRENCE-ID, EXDATE): which dates are closed, and which is open now.

A task here is one occurrence. The leading dates that are completed or excluded become closed occurrences, and the
first other date is the open one, which may have been moved. Later exceptions are listed as not imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from todo.calendars.ical.model import ClosedOccurrence, ImportedTodo
from todo.calendars.ical.unsupported import Report
from todo.domain.recurrence import local, occurrences, parse_rule
from todo.domain.start_date import start_before

_LATER = "Only the next open date of a series can be changed; this later change was not imported."
_LATER_EXDATE = (
    "Later dates cannot be left out in advance; skip those occurrences when they are due."
)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """By the scheduled date (UTC) of each: its VTODO, and the excluded dates."""

    changed: Mapping[datetime, ImportedTodo]
    excluded: frozenset[datetime]

    def __len__(self) -> int:
        return len(self.changed) + len(self.excluded)


def resolve(series: ImportedTodo, exceptions: Exceptions, report: Report) -> ImportedTodo:
    """`series` at its open occurrence, with the closed ones before it."""
    if not len(exceptions):
        return series
    if series.completed or series.recurrence is None or series.due_date is None:
        _report_rest(exceptions, set(), report)
        return series
    closed: list[ClosedOccurrence] = []
    seen: set[datetime] = set()
    anchor = local(series.due_date, series.timezone)
    for each in occurrences(parse_rule(series.recurrence), anchor, series.timezone):
        change = exceptions.changed.get(each.due)
        excluded = each.due in exceptions.excluded
        seen.add(each.due)
        if not excluded and not (change and change.completed):
            _report_rest(exceptions, seen, report)
            due = (change and change.due_date) or each.due
            return replace(
                series,
                due_date=due,
                start_date=_start(series, change, due),
                scheduled_at=each.due,
                starts=series.due_date,
                closed=tuple(closed),
            )
        closed.append(_closed(each.due, change, excluded))
    # Every date is closed: the last one stands for the series.
    _report_rest(exceptions, seen, report)
    last = closed.pop()
    return replace(
        series,
        due_date=last.due_date,
        start_date=_start(series, None, last.due_date),
        scheduled_at=last.scheduled_at,
        starts=series.due_date,
        closed=tuple(closed),
        completed=True,
        completed_at=last.closed_at,
    )


def _start(
    series: ImportedTodo, change: ImportedTodo | None, due: datetime
) -> datetime | date | None:
    if change and change.start_date:
        return change.start_date
    return start_before(due, start=series.start_date, due=series.due_date, timezone=series.timezone)


def _closed(due: datetime, change: ImportedTodo | None, excluded: bool) -> ClosedOccurrence:
    if change is None or excluded:
        return ClosedOccurrence(due, due, due, skipped=True)
    return ClosedOccurrence(due, change.due_date or due, change.completed_at or due, skipped=False)


def _report_rest(exceptions: Exceptions, seen: set[datetime], report: Report) -> None:
    if exceptions.changed.keys() - seen:
        report.add("RECURRENCE-ID", _LATER)
    if exceptions.excluded - seen:
        report.add("EXDATE", _LATER_EXDATE)


def distance(starts: datetime | None, due: datetime | None) -> timedelta:
    """From a series' DTSTART, which RECURRENCE-ID and EXDATE name, to its due date."""
    return due - starts if starts and due else timedelta()
