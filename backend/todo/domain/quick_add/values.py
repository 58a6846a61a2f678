"""What a line becomes, and what a phrase in it can mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Final, Literal, NamedTuple, get_args

from dateutil.relativedelta import relativedelta

from todo.domain.recurrence import (
    RecurrenceMode,
    Rule,
    local,
    to_utc,
)

Kind = Literal["date", "time", "recurrence", "reminder", "priority", "tag"]


@dataclass(frozen=True)
class Span:
    """Where something was understood, for highlighting; offsets count code points."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class QuickAdd:
    title: str
    due_date: datetime | None
    """Aware, in UTC; local midnight when all_day."""
    all_day: bool
    timezone: str
    recurrence: str | None
    """"daily" … "yearly", or an RRULE value in canonical form."""
    recurrence_mode: RecurrenceMode
    reminders: tuple[str, ...]
    """ISO 8601 durations before the due date, or RFC 3339 instants."""
    priority: int
    """RFC 5545: 0 none, 1 highest, 9 lowest."""
    tags: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Here:
    now: datetime
    timezone: str

    @cached_property
    def today(self) -> date:
        return local(self.now, self.timezone).date()

    def at(self, day: date, clock: time = time.min) -> datetime:
        return to_utc(datetime.combine(day, clock), self.timezone)


class Day(NamedTuple):
    date: date
    part: str | None = None
    instant: datetime | None = None
    """For "in 3 hours": elapsed time, not wall time."""


class Clock(NamedTuple):
    hour: int
    minute: int = 0
    settled: bool = False
    """By am, pm, noon or midnight: no part of the day moves it."""
    bare: bool = False
    """An hour without minutes, as in "at 5"."""


class Times(NamedTuple):
    clocks: tuple[Clock, ...]
    part: str | None = None


class Part(NamedTuple):
    part: str


class Repeat(NamedTuple):
    rule: Rule
    part: str | None = None
    from_completion: bool = False


class Ends(NamedTuple):
    until: date | None = None
    times: int | None = None
    length: relativedelta | None = None


class AfterCompletion(NamedTuple):
    from_completion: bool = True


class Priority(NamedTuple):
    level: int


class Tag(NamedTuple):
    pass


class Before(NamedTuple):
    durations: tuple[str, ...]


class RemindAt(NamedTuple):
    clocks: tuple[Clock, ...]


class RemindIn(NamedTuple):
    instant: datetime


_Reminder = Before | RemindAt | RemindIn
Value = Day | Times | Part | Repeat | Ends | AfterCompletion | Priority | Tag | _Reminder
# A task has many of these; of everything else the last one counts.
SEVERAL: Final = (Tag, *get_args(_Reminder))
Groups = Mapping[str, str]
