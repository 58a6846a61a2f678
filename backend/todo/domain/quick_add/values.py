"""The result of a parse, and the values that phrases stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Final, Literal, NamedTuple, get_args

from dateutil.relativedelta import relativedelta

from todo.domain.recurrence import (
    RecurrenceMode,
    Rule,
    Weekday,
    local,
    to_utc,
)

Kind = Literal[
    "date", "time", "recurrence", "reminder", "priority", "tag", "start", "project", "unclear"
]


@dataclass(frozen=True)
class Span:
    """Where something was understood, or "unclear": it looks like a date or a rule and stays in the title.

    Offsets count code points.
    """

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class QuickAdd:
    title: str
    due_date: datetime | None
    """Aware, in UTC; local midnight when all_day."""
    all_day: bool
    start_date: datetime | date | None
    """An instant in UTC, or a whole day."""
    timezone: str
    recurrence: str | None
    """"daily" … "yearly", or an RRULE value in canonical form."""
    recurrence_mode: RecurrenceMode
    reminders: tuple[str, ...]
    """ISO 8601 durations before the due date, or RFC 3339 instants."""
    priority: int
    """RFC 5545: 0 none, 1 highest, 9 lowest."""
    tags: tuple[str, ...]
    project: str | None
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Reference:
    """When and where a text was typed: relative dates count from here."""

    now: datetime
    timezone: str
    day_first: bool = False
    """Read 3/4 as 3 April, not as 4 March."""

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


class Start(NamedTuple):
    """ "from monday", "starting 3 jan at 9": not before."""

    date: date
    times: "Times | Part | None" = None


class Month(NamedTuple):
    """ "in january": the first of it, or the months that a rule is limited to."""

    first: date
    months: tuple[int, ...]


class EndOfDay(NamedTuple):
    """ "eod": due on the day, without a time."""


class Clock(NamedTuple):
    hour: int
    minute: int = 0
    settled: bool = False
    """With am, pm, noon or midnight: no part of the day moves it."""
    bare: bool = False
    """An hour on a 12-hour clock, as in "at 5" and "half past 5"."""


class Times(NamedTuple):
    clocks: tuple[Clock, ...]
    part: str | None = None


class Part(NamedTuple):
    part: str


class Repeat(NamedTuple):
    rule: Rule
    part: str | None = None
    from_completion: bool = False


class Except(NamedTuple):
    days: tuple[Weekday, ...] = ()
    months: tuple[int, ...] = ()


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
    days: int | None = None
    """How many days before the due date; None: the last such time before it."""
    part: str | None = None


class RemindIn(NamedTuple):
    instant: datetime


class RemindOn(NamedTuple):
    day: Day
    clocks: tuple[Clock, ...]
    part: str | None


class RemindMe(NamedTuple):
    """ "remind me" alone: the words behind it say when."""


class Unclear(NamedTuple):
    """Words that look like a date, a time or a rule, but are not understood as a whole."""

    kind: Kind
    spares_rule: bool = False
    """An exception to a rule: the rule itself is understood."""


_Reminder = Before | RemindAt | RemindIn | RemindOn
When = Day | Start | Month | EndOfDay | Times | Part | Repeat | Except | Ends | AfterCompletion
Value = When | Priority | Tag | _Reminder | RemindMe | Unclear
WHEN: Final = get_args(When)
# A task has many of these; of everything else the last one counts.
SEVERAL: Final = (Tag, Unclear, *get_args(_Reminder))
Groups = Mapping[str, str]
