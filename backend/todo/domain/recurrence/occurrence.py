"""One date of a series: its instant, its wall time, and a note if clocks or the calendar changed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from todo.domain.recurrence.days import DAY, short_day
from todo.domain.recurrence.zones import offset_at


@dataclass(frozen=True)
class Occurrence:
    """`due` is aware and in UTC; `note` says in words why the date or time is not the usual one."""

    due: datetime
    note: str | None = None


class Moment(NamedTuple):
    due: datetime
    shown: datetime  # the wall time when it is due
    wanted: datetime  # the wall time of the rule; differs in a gap
    note: str | None

    @property
    def is_odd(self) -> bool:
        return self.note is not None or self.shown != self.wanted


def hold(held: dict[datetime, Moment], moment: Moment) -> None:
    """Add a moment. Of two at the same instant, keep the one without a note."""
    known = held.get(moment.due)
    if known is None or known.is_odd:
        held[moment.due] = moment


def release(held: dict[datetime, Moment], before: date) -> Iterator[Moment]:
    """Remove and yield the moments of earlier days, in order."""
    for due in sorted(due for due, moment in held.items() if moment.shown.date() < before):
        yield held.pop(due)


def note_of(moment: Moment, previous: Moment | None, zone: ZoneInfo) -> str | None:
    return "; ".join(filter(None, (moment.note, _clock_note(moment, previous, zone)))) or None


def _clock_note(moment: Moment, previous: Moment | None, zone: ZoneInfo) -> str | None:
    shown = moment.shown
    if shown != moment.wanted:
        return _gap_note(shown, moment.wanted)
    if offset_at(shown.replace(fold=1), zone) != _distance(moment):
        return f"the first {shown:%H:%M}: the clocks go back and show it twice"
    if previous and _distance(previous) != _distance(moment):
        return f"stays {shown:%H:%M}, the clocks change"
    return None


def _gap_note(shown: datetime, wanted: datetime) -> str:
    gap = shown - wanted
    if gap == DAY:
        return f"{short_day(shown)} instead of {short_day(wanted)}: the calendar skips that day"
    minutes = gap // timedelta(minutes=1)
    skipped = {60: "that hour", 30: "that half hour"}.get(minutes, f"{minutes} minutes")
    return f"{shown:%H:%M} instead of {wanted:%H:%M}: the clocks skip {skipped}"


def _distance(moment: Moment) -> timedelta:
    """The UTC offset."""
    return moment.shown - moment.due.replace(tzinfo=None)
