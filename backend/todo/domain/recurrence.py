"""When a repeating task comes due.

What repeats is wall-clock time in the task's zone. One pipeline serves the preview, the next
occurrence and the history alike:

    text → Rule → periods (a year, month, week or day) → days → wall times → instants

Periods are reached by arithmetic, so the next occurrence costs the same after twenty years as after
one day. dateutil's rrule walks from the start, skips short months and may search for seconds: here
it is the tests' oracle.

Sources: RFC 5545 3.3.10 (rules), RFC 7529 4.1 (days a month lacks), PEP 495 (gaps and folds).
"""

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from itertools import islice, product, takewhile
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from todo.domain.errors import Invalid

MOST_PER_DAY: Final = 24
MOST_TIMES: Final = 1_000
MOST_MISSED: Final = 1_000
LONGEST_INTERVAL: Final = 9_999
LONGEST_TEXT: Final = 500
LONGEST_COUNTED_YEARS: Final = 100
FIRST_YEAR: Final = 1900

_DAY: Final = timedelta(days=1)
# A day for SKIP, a day for the longest gap (Apia had no 30 December 2011), one to be well before.
_REACH: Final = 3 * _DAY
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)
# West of Greenwich the last evening of 9999 is past what a datetime holds in UTC.
_LAST_DAY: Final = date(9999, 12, 30)
_LAST_WALL: Final = datetime.combine(_LAST_DAY, time.max)
_LAST_MONTH: Final = datetime(9999, 12, 1, tzinfo=UTC)

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAY_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Frequency(StrEnum):
    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    HOURLY = "HOURLY"


class Skip(StrEnum):
    """Where a day goes that its month or year does not have."""

    OMIT = "OMIT"
    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"


class RecurrenceMode(StrEnum):
    FROM_DUE = "from_due"
    FROM_COMPLETION = "from_completion"
    SKIP_MISSED = "skip_missed"


class Weekday(NamedTuple):
    """`day` 0 is Monday; `nth` 1 is the first, -1 the last, 0 every one."""

    day: int
    nth: int = 0

    def __str__(self) -> str:
        return f"{self.nth or ''}{_WEEKDAY_CODES[self.day]}"


@dataclass(frozen=True)
class Rule:
    """A rule as written; what it leaves open (day, hour, minute) comes from the series' anchor.

    `str(rule)` is its canonical text and parses to an equal rule.
    """

    freq: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_month: tuple[int, ...] = ()
    by_week_no: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[Weekday, ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0
    skip: Skip = Skip.BACKWARD

    def __str__(self) -> str:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return ";".join(
            f"{name}={part.write(values[part.field])}"
            for name, part in _PARTS.items()
            if values[part.field] != getattr(Rule, part.field, None)
        )


@dataclass(frozen=True)
class Occurrence:
    """`due` is aware and in UTC; `note` says in words why it is not quite what one expects."""

    due: datetime
    note: str | None = None


# ── Reading a rule ────────────────────────────────────────────────────────────────────────────────


def parse_rule(text: str) -> Rule:
    """Read daily, weekly, monthly, yearly or an RFC 5545 rule; anything else is Invalid."""
    if len(text) > LONGEST_TEXT:
        raise _refusal(f"This repeat rule is longer than {LONGEST_TEXT} characters.")
    written = text.strip().upper().removeprefix("RRULE:")
    rule = _rule(_values(f"FREQ={written}" if written in _SHORTHANDS else written))
    for wrong, sentence in _objections(rule):
        if wrong:
            raise _refusal(sentence)
    return rule


def _refusal(sentence: str) -> Invalid:
    return Invalid(sentence, field="recurrence")


def _values(written: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in written.split(";"):
        name, _, value = part.partition("=")
        if not value:
            raise _refusal(f"“{part[:40]}” is no repeat rule; an example is FREQ=WEEKLY;BYDAY=MO.")
        if name in values:
            raise _refusal(f"{name[:40]} appears twice in the repeat rule.")
        values[name] = value
    return values


def _rule(values: Mapping[str, str]) -> Rule:
    if values.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        raise _refusal("Rules follow the Gregorian calendar; no other RSCALE is supported.")
    if "FREQ" not in values:
        raise _refusal("A repeat rule needs FREQ, for example FREQ=DAILY.")
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name in _PARTS:
            read[_PARTS[name].field] = _PARTS[name].read(name, value)
        elif name != "RSCALE":
            raise _refusal(f"“{name[:40]}” is not a part that repeat rules have here.")
    return Rule(**read)


def _objections(rule: Rule) -> Iterator[tuple[bool, str]]:
    """What RFC 5545 forbids, and what nobody wants of a task."""
    by_calendar = bool(rule.by_week_no or rule.by_year_day)
    choices = by_calendar or rule.by_month or rule.by_month_day or rule.by_day
    yield (
        rule.count is not None and rule.until is not None,
        "A repeat rule ends with COUNT or with UNTIL, not with both.",
    )
    yield (
        _times_per_day(rule) > MOST_PER_DAY,
        f"A task repeats at most {MOST_PER_DAY} times a day, this one {_times_per_day(rule)}.",
    )
    yield (
        any(weekday.nth for weekday in rule.by_day)
        and (rule.freq not in _CALENDAR_PERIODS or bool(rule.by_week_no)),
        "A numbered weekday like 2MO goes with monthly rules, or yearly ones without BYWEEKNO.",
    )
    yield (
        bool(rule.by_month_day) and rule.freq is Frequency.WEEKLY,
        "BYMONTHDAY does not go with weekly rules; use a monthly one.",
    )
    yield (
        by_calendar and rule.freq is not Frequency.YEARLY,
        "BYWEEKNO and BYYEARDAY go with yearly rules only.",
    )
    yield (
        bool(rule.by_year_day and rule.by_month_day),
        "BYYEARDAY and BYMONTHDAY both choose the day; use one of them.",
    )
    yield (
        bool(rule.by_set_pos) and not (choices or rule.by_hour or rule.by_minute),
        "BYSETPOS needs another BY part to choose from.",
    )
    yield (
        bool(rule.by_set_pos) and rule.freq is Frequency.HOURLY,
        "BYSETPOS does not go with hourly rules.",
    )


def _times_per_day(rule: Rule) -> int:
    every = -(-24 // rule.interval) if rule.freq is Frequency.HOURLY else 1
    return (len(rule.by_hour) or every) * (len(rule.by_minute) or 1)


def _read_frequency(_: str, text: str) -> Frequency:
    if text in ("SECONDLY", "MINUTELY"):
        raise _refusal("A task repeats hourly at most; seconds and minutes are too often.")
    if text not in Frequency.__members__:
        raise _refusal(f"FREQ is one of {', '.join(Frequency)}, not “{text[:40]}”.")
    return Frequency(text)


def _read_skip(_: str, text: str) -> Skip:
    if text not in Skip.__members__:
        raise _refusal(f"SKIP is one of {', '.join(Skip)}, not “{text[:40]}”.")
    return Skip(text)


def _read_number(low: int, high: int, from_end: bool, name: str, text: str) -> int:
    number = int(text) if re.fullmatch(r"[+-]?\d{1,5}", text, re.ASCII) else None
    if number is None or not low <= (abs(number) if from_end else number) <= high:
        backwards = f" (or -{low} to -{high} from the end)" if from_end else ""
        raise _refusal(f"{name} goes from {low} to {high}{backwards}; “{text[:40]}” does not fit.")
    return number


def _read_until(_: str, text: str) -> date | datetime:
    if not re.fullmatch(r"\d{8}(T\d{6}Z?)?", text, re.ASCII):
        raise _wrong_until(text)
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong_until(text) from None
    if until.year < FIRST_YEAR:
        raise _refusal(f"UNTIL lies before the year {FIRST_YEAR}.")
    return until if "T" in text else until.date()


def _wrong_until(text: str) -> Invalid:
    return _refusal(f"UNTIL is a date like 20301231 or 20301231T180000Z, not “{text[:40]}”.")


def _write_until(until: date | datetime) -> str:
    if isinstance(until, datetime) and until.tzinfo:
        return f"{_write_until(until.replace(tzinfo=None))}Z"
    return re.sub("[-:]", "", until.isoformat())


def _read_weekday(name: str, text: str) -> Weekday:
    found = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text, re.ASCII)
    if not found:
        raise _refusal(
            f"{name} takes days like MO, or -1FR for the last Friday, not “{text[:40]}”."
        )
    nth = _read_number(1, 53, True, name, found[1]) if found[1] else 0
    return Weekday(_WEEKDAY_CODES.index(found[2]), nth)


def _read_week_start(name: str, text: str) -> int:
    if text not in _WEEKDAY_CODES:
        raise _refusal(f"{name} is a day like MO or SU, not “{text[:40]}”.")
    return _WEEKDAY_CODES.index(text)


def _write_week_start(day: int) -> str:
    return _WEEKDAY_CODES[day]


def _read_list(read: Callable[[str, str], Any], name: str, text: str) -> tuple[Any, ...]:
    return tuple(sorted({read(name, item) for item in text.split(",")}))


def _write_list(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


class _Part(NamedTuple):
    field: str
    read: Callable[[str, str], Any]
    write: Callable[[Any], str] = str


def _number(field: str, low: int, high: int) -> _Part:
    return _Part(field, partial(_read_number, low, high, False))


def _numbers(field: str, low: int, high: int, *, from_end: bool = False) -> _Part:
    return _Part(
        field, partial(_read_list, partial(_read_number, low, high, from_end)), _write_list
    )


_SHORTHANDS: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
# A rule that never comes due is found by giving up after so many empty periods in a row. For years
# and months that is proof, for the calendar repeats after 400 years. For the others it is judgement:
# the rarest rule with a sense to it (day by day, Monday 29 February) passes 1,120.
_MOST_EMPTY_PERIODS: Final[Mapping[Frequency, int]] = {
    Frequency.YEARLY: 400,
    Frequency.MONTHLY: 4_800,
    Frequency.WEEKLY: 2_500,
    Frequency.DAILY: 2_500,
    Frequency.HOURLY: 2_500,
}
_CALENDAR_PERIODS: Final = (Frequency.MONTHLY, Frequency.YEARLY)
# In the order of the canonical text. No BYSECOND: nothing here is due to the second.
_PARTS: Final[Mapping[str, _Part]] = {
    "FREQ": _Part("freq", _read_frequency),
    "INTERVAL": _number("interval", 1, LONGEST_INTERVAL),
    "COUNT": _number("count", 1, MOST_TIMES),
    "UNTIL": _Part("until", _read_until, _write_until),
    "BYMONTH": _numbers("by_month", 1, 12),
    "BYWEEKNO": _numbers("by_week_no", 1, 53, from_end=True),
    "BYYEARDAY": _numbers("by_year_day", 1, 366, from_end=True),
    "BYMONTHDAY": _numbers("by_month_day", 1, 31, from_end=True),
    "BYDAY": _Part("by_day", partial(_read_list, _read_weekday), _write_list),
    "BYHOUR": _numbers("by_hour", 0, 23),
    "BYMINUTE": _numbers("by_minute", 0, 59),
    "BYSETPOS": _numbers("by_set_pos", 1, 366, from_end=True),
    "WKST": _Part("week_start", _read_week_start, _write_week_start),
    "SKIP": _Part("skip", _read_skip),
}


# ── Asking a series ───────────────────────────────────────────────────────────────────────────────


def validate(rule: Rule, anchor: datetime, timezone: str) -> None:
    """Refuse a series that ends before it starts, or whose rule never comes due."""
    if anchor.year < FIRST_YEAR:
        raise _refusal(f"A series starts in the year {FIRST_YEAR} or later.")
    series = _series(rule, anchor, timezone)
    if series.until < to_utc(anchor, timezone):
        raise _refusal("The rule ends (UNTIL) before the task's first date.")
    first = next(series.named_by_rule(), None)
    if first is None:
        raise _refusal("This rule never comes due: no year has such a day.")
    if first.due > series.until:
        raise _refusal("The rule ends (UNTIL) before it comes due for the first time.")
    if rule.count is not None and series.last == series.horizon:
        years = LONGEST_COUNTED_YEARS
        raise _refusal(f"COUNT reaches more than {years} years ahead; end the rule with UNTIL.")


def occurrences(rule: Rule, anchor: datetime, timezone: str) -> Iterator[Occurrence]:
    """All of them, lazily. The anchor is the first and counts, even if the rule does not name it."""
    return _occurrences(_series(rule, anchor, timezone), after=None)


def successor(
    rule: Rule,
    anchor: datetime,
    timezone: str,
    *,
    slot: datetime,
    mode: RecurrenceMode,
    completed_at: datetime,
    occurrence: int | None = None,
) -> Occurrence | None:
    """The occurrence that follows the one at `slot`; None when the series has ended.

    `occurrence` is the number of the completed one. Only from_completion with a COUNT needs it:
    dates that follow completions do not tell how many have passed.
    """
    match mode:
        case RecurrenceMode.FROM_DUE:
            after = slot
        case RecurrenceMode.SKIP_MISSED:
            after = max(slot, completed_at)
        case RecurrenceMode.FROM_COMPLETION:
            if rule.count is not None and occurrence is not None and occurrence >= rule.count:
                return None
            rule = replace(rule, count=None)
            anchor, after = _restart(rule, anchor, timezone, completed_at)
    return next(_occurrences(_series(rule, anchor, timezone), after), None)


def missed_between(
    rule: Rule, anchor: datetime, timezone: str, *, slot: datetime, upto: datetime
) -> list[Occurrence]:
    """What skip_missed passes over: after `slot`, up to and with `upto`, the first 1,000 of them."""
    later = _occurrences(_series(rule, anchor, timezone), after=slot)
    return list(islice(takewhile(lambda missed: missed.due <= upto, later), MOST_MISSED))


def may_lack_a_day(rule: Rule, anchor: datetime) -> bool:
    """Whether the rule names a day that some month or year does not have, so that its SKIP matters."""
    if rule.freq not in _CALENDAR_PERIODS:
        return False
    named = with_days_of(rule, anchor)
    shortest = min(_month_length(date(2023, month, 1)) for month in named.by_month or (2,))
    return any(abs(day) > shortest for day in named.by_month_day) or any(
        abs(day) > 365 for day in named.by_year_day
    )


def local(utc: datetime, timezone: str) -> datetime:
    """What a clock in the zone shows, naive."""
    try:
        return utc.astimezone(_zone(timezone)).replace(tzinfo=None)
    except OverflowError:
        raise _too_far() from None


def to_utc(naive: datetime, timezone: str) -> datetime:
    """When a clock in the zone shows `naive`: in a gap later by the gap, in a fold the first."""
    try:
        return _instant(naive, _zone(timezone))
    except OverflowError:
        raise _too_far() from None


def _too_far() -> Invalid:
    return Invalid(f"The calendar ends in the years 1 and {MAXYEAR}.", field="due_date")


def _instant(naive: datetime, zone: ZoneInfo) -> datetime:
    # fold=0 means the offset before the transition, which is just that in a gap and in a fold.
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        sentence = f"“{timezone[:40]}” is not a time zone; an example is Europe/London."
        raise Invalid(sentence, field="timezone") from None


def _restart(
    rule: Rule, anchor: datetime, timezone: str, completed_at: datetime
) -> tuple[datetime, datetime]:
    """The anchor a completion sets, and the instant the next occurrence lies after."""
    done = local(completed_at, timezone)
    if rule.freq is Frequency.HOURLY:
        return done.replace(second=0, microsecond=0), completed_at
    return datetime.combine(done, anchor.time()), _end_of_day(done.date(), _zone(timezone))


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    if day > _LAST_DAY:
        return _FOREVER
    return _instant(datetime.combine(day + _DAY, time.min), zone) - timedelta.resolution


# ── Computing it ──────────────────────────────────────────────────────────────────────────────────

# With the reason, in words, when the day is not the one the rule names.
_Day = tuple[date, str | None]
_Wall = tuple[datetime, str | None]


class _Moment(NamedTuple):
    due: datetime
    shown: datetime  # by a clock in the zone when it is due
    wanted: datetime  # by the rule; differs in a gap
    note: str | None

    @property
    def is_odd(self) -> bool:
        return self.note is not None or self.shown != self.wanted


def _occurrences(series: "_Series", after: datetime | None) -> Iterator[Occurrence]:
    previous: _Moment | None = None
    for moment in series.moments(after):
        if after is None or moment.due > after:
            yield Occurrence(moment.due, _note(moment, previous, series.zone))
        previous = moment


@lru_cache(maxsize=4096)
def _series(rule: Rule, anchor: datetime, timezone: str) -> "_Series":
    anchor = anchor.replace(fold=0)
    return _Series(_completed(rule, anchor), anchor, _zone(timezone))


def _completed(rule: Rule, anchor: datetime) -> Rule:
    """The rule with what it leaves open taken from the anchor."""
    taken: dict[str, Any] = {}
    if not rule.by_minute:
        taken["by_minute"] = (anchor.minute,)
    if not rule.by_hour and rule.freq is not Frequency.HOURLY:
        taken["by_hour"] = (anchor.hour,)
    return replace(with_days_of(rule, anchor), **taken)


def with_days_of(rule: Rule, anchor: datetime) -> Rule:
    """The rule with the days that it leaves open taken from the anchor."""
    taken: dict[str, Any] = {}
    if not (rule.by_day or rule.by_month_day or rule.by_year_day):
        if rule.freq is Frequency.WEEKLY or rule.by_week_no:
            taken["by_day"] = (Weekday(anchor.weekday()),)
        elif rule.freq in _CALENDAR_PERIODS:
            taken["by_month_day"] = (anchor.day,)
            if rule.freq is Frequency.YEARLY and not rule.by_month:
                taken["by_month"] = (anchor.month,)
    return replace(rule, **taken)


@dataclass(frozen=True)
class _Series:
    rule: Rule
    anchor: datetime
    zone: ZoneInfo

    def moments(self, after: datetime | None) -> Iterator[_Moment]:
        """In order, each once: the last one up to `after`, if there is one, and all that follow."""
        index = 0 if after is None else self._index_before(min(after, _LAST_MONTH))
        return takewhile(lambda moment: moment.due <= self.last, self._from(index))

    def named_by_rule(self) -> Iterator[_Moment]:
        """Without the anchor's privilege and without an end."""
        return self._in_order(0, {})

    @cached_property
    def until(self) -> datetime:
        until = self.rule.until
        if until is None or until.year == MAXYEAR:
            return _FOREVER
        if not isinstance(until, datetime):
            return _end_of_day(until, self.zone)
        return until if until.tzinfo else _instant(until, self.zone)

    @cached_property
    def last(self) -> datetime:
        if self.rule.count is None:
            return self.until
        near = takewhile(lambda moment: moment.due < self.horizon, self._from(0))
        last = next(islice(near, self.rule.count - 1, None), None)
        return last.due if last else self.horizon

    @property
    def horizon(self) -> datetime:
        """Counting has to walk, so it has to stop."""
        year = min(self.anchor.year + LONGEST_COUNTED_YEARS, MAXYEAR)
        return datetime(year, 12, 31, tzinfo=UTC)

    def _from(self, index: int) -> Iterator[_Moment]:
        anchor = self._moment(self.anchor, None)
        return self._in_order(index, {anchor.due: anchor} if index == 0 else {})

    def _in_order(self, index: int, held: dict[datetime, _Moment]) -> Iterator[_Moment]:
        """Gaps and SKIP move moments past others: each is held until none can come before it."""
        empty = 0
        # Only SKIP moves a moment back, out of a month or year into the day before it.
        moved_back = _DAY if self.rule.freq in _CALENDAR_PERIODS else timedelta(0)
        with suppress(OverflowError):  # the calendar ends
            while empty < _MOST_EMPTY_PERIODS[self.rule.freq]:
                first = self._first_day(index)
                yield from _release(held, before=first - moved_back)
                walls = self._walls(first)
                for wall, note in walls:
                    _hold(held, self._moment(wall, note))
                empty = 0 if walls else empty + 1
                index = max(index + 1, self._index_of(self._next_possible(first)))
        yield from _release(held, before=date.max)

    def _moment(self, wanted: datetime, note: str | None) -> _Moment:
        offset = _offset(wanted, self.zone)
        gap = _offset(wanted.replace(fold=1), self.zone) - offset
        shown = wanted + gap if gap > timedelta(0) else wanted
        return _Moment((wanted - offset).replace(tzinfo=UTC), shown, wanted, note)

    # Periods, numbered from the anchor's

    def _first_day(self, index: int) -> date:
        step = index * self.rule.interval
        match self.rule.freq:
            case Frequency.YEARLY:
                return _first_of_month(12 * (self.anchor.year + step))
            case Frequency.MONTHLY:
                return _first_of_month(_month_number(self.anchor) + step)
            case Frequency.WEEKLY:
                return _first_of_week(self.anchor.date(), self.rule.week_start) + 7 * step * _DAY
            case Frequency.DAILY:
                return self.anchor.date() + step * _DAY
            case Frequency.HOURLY:  # every day is a period: its hours are counted from the anchor
                return self.anchor.date() + index * _DAY

    def _index_of(self, day: date) -> int:
        """The last period that starts at or before the day."""
        start, interval = self.anchor.date(), self.rule.interval
        match self.rule.freq:
            case Frequency.YEARLY:
                return (day.year - start.year) // interval
            case Frequency.MONTHLY:
                return (_month_number(day) - _month_number(start)) // interval
            case Frequency.WEEKLY:
                start = _first_of_week(start, self.rule.week_start)
                return (day - start).days // 7 // interval
            case Frequency.DAILY:
                return (day - start).days // interval
            case Frequency.HOURLY:
                return (day - start).days

    def _index_before(self, after: datetime) -> int:
        """A period early enough to know all that lies around `after`."""
        well_before = after.astimezone(self.zone).date() - _REACH
        index = max(0, self._index_of(well_before))
        while index > 0 and not self._begins_by(well_before, index):
            index -= 1
        return index

    def _begins_by(self, day: date, index: int) -> bool:
        walls = self._walls(self._first_day(index))
        return bool(walls) and walls[0][0].date() <= day

    def _next_possible(self, first: date) -> date:
        """Where the search goes on: past months that BYMONTH leaves out, past days without an hour."""
        months = self._chosen_months
        if self.rule.freq in _CALENDAR_PERIODS:
            return first
        if first.month not in months:
            later = next((month for month in months if month > first.month), months[0] + 12)
            return _first_of_month(12 * first.year + later - 1)
        if self.rule.freq is Frequency.HOURLY:
            wait = -self._hours_passed(first + _DAY) % self.rule.interval
            return first + (1 + wait // 24) * _DAY
        return first

    def _hours_passed(self, midnight: date) -> int:
        return 24 * (midnight - self.anchor.date()).days - self.anchor.hour

    # Days of a period, and times of a day

    def _walls(self, first: date) -> list[_Wall]:
        """The wall times that the rule names in the period, each with the reason for its day."""
        days = self._days(first)
        walls = [
            (datetime.combine(day, at), days[day])
            for day in sorted(days)
            for at in self._times(day)
        ]
        if self.rule.by_set_pos:
            walls = _at_positions(walls, self.rule.by_set_pos)
        return [wall for wall in walls if self.anchor <= wall[0] <= _LAST_WALL]

    def _times(self, day: date) -> list[time]:
        if self.rule.freq is not Frequency.HOURLY:
            return self._clock
        passed = self._hours_passed(day)
        return [at for at in self._clock if (passed + at.hour) % self.rule.interval == 0]

    @cached_property
    def _clock(self) -> list[time]:
        at = self.anchor.time()
        pairs = product(self.rule.by_hour or range(24), self.rule.by_minute)
        return [at.replace(hour=hour, minute=minute) for hour, minute in pairs]

    def _days(self, first: date) -> dict[date, str | None]:
        days: dict[date, str | None] = {}
        for day, note in self._candidates(first):
            if self._is_chosen_week(day) and self._is_chosen_weekday(day):
                days[day] = note and days.get(day, note)  # a day that needs no reason has none
        return days

    def _candidates(self, first: date) -> Iterator[_Day]:
        rule = self.rule
        if rule.freq not in _CALENDAR_PERIODS:
            length = 7 if rule.freq is Frequency.WEEKLY else 1
            days = (first + passed * _DAY for passed in range(length))
            yield from ((day, None) for day in days if self._is_in_limits(day))
        elif rule.by_year_day:
            length = 365 + isleap(first.year)
            for nth in rule.by_year_day:
                landed = _landing(first, length, nth, rule.skip)
                yield from (day for day in landed if day[0].month in self._chosen_months)
        else:
            for month in self._months(first):
                length = _month_length(month)
                for nth in rule.by_month_day:
                    yield from _landing(month, length, nth, rule.skip)
                if not rule.by_month_day:
                    for weekday in self._chosen_weekdays:
                        yield from ((day, None) for day in _each(weekday, month, length))

    @cached_property
    def _chosen_months(self) -> Sequence[int]:
        return self.rule.by_month or range(1, 13)

    def _months(self, first: date) -> list[date]:
        if self.rule.freq is Frequency.MONTHLY:
            return [first] if first.month in self._chosen_months else []
        return [first.replace(month=month) for month in self._chosen_months]

    def _is_in_limits(self, day: date) -> bool:
        """Short periods name no days of a month, so they have none to move: BYMONTHDAY only limits."""
        days = self.rule.by_month_day
        return day.month in self._chosen_months and (
            not days or day.day in days or day.day - _month_length(day) - 1 in days
        )

    def _is_chosen_week(self, day: date) -> bool:
        if not self.rule.by_week_no:
            return True
        number, from_end = _week_numbers(day, self.rule.week_start)
        return number in self.rule.by_week_no or from_end in self.rule.by_week_no

    def _is_chosen_weekday(self, day: date) -> bool:
        if not self.rule.by_day:
            return True
        numbers = self._chosen_weekdays.get(day.weekday(), ())
        return 0 in numbers or any(number in numbers for number in self._weekday_numbers(day))

    @cached_property
    def _chosen_weekdays(self) -> Mapping[int, set[int]]:
        chosen: dict[int, set[int]] = {}
        for day, nth in self.rule.by_day:
            chosen.setdefault(day, set()).add(nth)
        return chosen

    def _weekday_numbers(self, day: date) -> tuple[int, int]:
        """1 and -5 for the first of five: in its month, or its year if the rule has only that."""
        if self.rule.freq is Frequency.YEARLY and not self.rule.by_month:
            passed, left = _year_day(day), 364 + isleap(day.year) - _year_day(day)
        else:
            passed, left = day.day - 1, _month_length(day) - day.day
        return passed // 7 + 1, -(left // 7) - 1


def _hold(held: dict[datetime, _Moment], moment: _Moment) -> None:
    known = held.get(moment.due)
    if known is None or known.is_odd:
        held[moment.due] = moment


def _release(held: dict[datetime, _Moment], before: date) -> Iterator[_Moment]:
    for due in sorted(due for due, moment in held.items() if moment.shown.date() < before):
        yield held.pop(due)


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    return zone.utcoffset(wall) or timedelta(0)


def _landing(first: date, length: int, nth: int, skip: Skip) -> Iterator[_Day]:
    """The nth day of the month or year that starts at `first`, and where it goes if there is none."""
    passed = nth - 1 if nth > 0 else length + nth
    if 0 <= passed < length:
        yield first + passed * _DAY, None
    elif skip is not Skip.OMIT:
        edge = first + (length if nth > 0 else 0) * _DAY
        day = edge - _DAY if skip is Skip.BACKWARD else edge
        yield day, f"{_short(day)}: {_lack(first, length, nth)}"


def _at_positions(walls: list[_Wall], positions: Iterable[int]) -> list[_Wall]:
    wanted = {at - 1 if at > 0 else len(walls) + at for at in positions}
    return [wall for at, wall in enumerate(walls) if at in wanted]


def _each(weekday: int, first: date, length: int) -> Iterator[date]:
    start = (weekday - first.weekday()) % 7
    return (first + passed * _DAY for passed in range(start, length, 7))


def _first_of_month(number: int) -> date:
    year, month = divmod(number, 12)
    if year > MAXYEAR:
        raise OverflowError
    return date(year, month + 1, 1)


def _month_number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _year_day(day: date) -> int:
    return (day - day.replace(month=1, day=1)).days


def _first_of_week(day: date, week_start: int) -> date:
    return day - (day.weekday() - week_start) % 7 * _DAY


def _week_numbers(day: date, week_start: int) -> tuple[int, int]:
    """Counted from the start and from the end of the year that the week's fourth day falls in."""
    middle = _first_of_week(day, week_start) + 3 * _DAY
    last = (
        _first_of_week(date(middle.year, 12, 28), week_start) + 3 * _DAY
    )  # always in the last week
    number, count = _year_day(middle) // 7 + 1, _year_day(last) // 7 + 1
    return number, number - count - 1


# ── Saying it ─────────────────────────────────────────────────────────────────────────────────────


def _note(moment: _Moment, previous: _Moment | None, zone: ZoneInfo) -> str | None:
    return "; ".join(filter(None, (moment.note, _clock_note(moment, previous, zone)))) or None


def _clock_note(moment: _Moment, previous: _Moment | None, zone: ZoneInfo) -> str | None:
    shown = moment.shown
    if shown != moment.wanted:
        return _gap_note(shown, moment.wanted)
    if _offset(shown.replace(fold=1), zone) != _distance(moment):
        return f"the first {shown:%H:%M}: the clocks go back and show it twice"
    if previous and _distance(previous) != _distance(moment):
        return f"stays {shown:%H:%M}, the clocks change"
    return None


def _gap_note(shown: datetime, wanted: datetime) -> str:
    gap = shown - wanted
    if gap == _DAY:
        return f"{_short(shown)} instead of {_short(wanted)}: the calendar skips that day"
    minutes = gap // timedelta(minutes=1)
    skipped = {60: "that hour", 30: "that half hour"}.get(minutes, f"{minutes} minutes")
    return f"{shown:%H:%M} instead of {wanted:%H:%M}: the clocks skip {skipped}"


def _distance(moment: _Moment) -> timedelta:
    """From UTC."""
    return moment.shown - moment.due.replace(tzinfo=None)


def _short(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def _lack(first: date, length: int, nth: int) -> str:
    if length > 31:
        return f"{first.year} has only {length} days"
    month = _MONTHS[first.month - 1]
    if nth == 29:
        return f"{month} has no 29th in {first.year}"
    return f"{month} has no {_ordinal(nth)}" if nth > 0 else f"{month} has only {length} days"


def _ordinal(number: int) -> str:
    """1st, 2nd, last, 2nd to last."""
    if number == -1:
        return "last"
    if number < 0:
        return f"{_ordinal(-number)} to last"
    teen = 10 < number % 100 < 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def describe(rule: Rule) -> str:
    """The rule in a few words: “every 2 weeks on Mon and Thu”, “monthly on the last day”."""
    words = (_pace(rule), _days_in_words(rule), _times_in_words(rule), _end_in_words(rule))
    return " ".join(filter(None, words))


_UNITS: Final[Mapping[Frequency, str]] = {
    Frequency.YEARLY: "years",
    Frequency.MONTHLY: "months",
    Frequency.WEEKLY: "weeks",
    Frequency.DAILY: "days",
    Frequency.HOURLY: "hours",
}
_GROUPS: Final[Mapping[tuple[int, ...], str]] = {
    (0, 1, 2, 3, 4): "workday",
    (5, 6): "weekend day",
    (0, 1, 2, 3, 4, 5, 6): "day",
}


def _pace(rule: Rule) -> str:
    return f"every {rule.interval} {_UNITS[rule.freq]}" if rule.interval > 1 else rule.freq.lower()


def _days_in_words(rule: Rule) -> str:
    words = filter(
        None,
        (
            _month_days_in_words(rule),
            _weekdays_in_words(rule),
            _numbered("week", rule.by_week_no),
            _numbered("day", rule.by_year_day),
            f"in {_months_in_words(rule)}" if rule.by_month and not rule.by_month_day else "",
            _positions_in_words(rule),
        ),
    )
    return " ".join(words)


def _month_days_in_words(rule: Rule) -> str:
    if not rule.by_month_day:
        return ""
    days = [
        f"{_ordinal(nth)} day" if nth < 0 else _ordinal(nth) for nth in _counted(rule.by_month_day)
    ]
    months = f" of {_months_in_words(rule)}" if rule.by_month else ""
    return f"on the {_listed(days)}{months}{_lacking_days_in_words(rule)}"


def _lacking_days_in_words(rule: Rule) -> str:
    shortest = min(_month_length(date(2023, month, 1)) for month in rule.by_month or (2,))
    if max(rule.by_month_day) <= shortest:
        return ""
    match rule.skip:
        case Skip.BACKWARD:
            return ", or the last day"
        case Skip.FORWARD:
            return ", or the day after the last"
        case Skip.OMIT:
            return ", where there is one"


def _weekdays_in_words(rule: Rule) -> str:
    if not rule.by_day or _chooses_weekday_by_position(rule):
        return ""
    group = _group(rule)
    names = [
        f"the {_ordinal(each.nth)} {_WEEKDAYS[each.day]}" if each.nth else _WEEKDAYS[each.day]
        for each in sorted(rule.by_day, key=lambda each: (each.nth < 0, each.nth, each.day))
    ]
    days = f"{group}s" if group else _listed(names)
    return f"if on {days}" if rule.by_month_day else f"on {days}"


def _positions_in_words(rule: Rule) -> str:
    if not rule.by_set_pos:
        return ""
    positions = _listed(_ordinal(nth) for nth in _counted(rule.by_set_pos))
    if not _chooses_weekday_by_position(rule):
        return f"(only the {positions} of these)"
    names = _listed((_WEEKDAYS[each.day] for each in rule.by_day), last="or")
    return f"on the {positions} {_group(rule) or names}"


def _chooses_weekday_by_position(rule: Rule) -> bool:
    """As in “the last workday”."""
    other_choice = rule.by_month_day or rule.by_week_no or rule.by_year_day
    several_times = len(rule.by_hour) > 1 or len(rule.by_minute) > 1
    plain = bool(rule.by_day) and not any(each.nth for each in rule.by_day)
    return bool(rule.by_set_pos) and plain and not other_choice and not several_times


def _group(rule: Rule) -> str | None:
    if any(each.nth for each in rule.by_day):
        return None
    return _GROUPS.get(tuple(each.day for each in rule.by_day))


def _numbered(unit: str, numbers: tuple[int, ...]) -> str:
    if not numbers:
        return ""
    names = [
        f"{unit} {nth}" if nth > 0 else f"the {_ordinal(nth)} {unit}" for nth in _counted(numbers)
    ]
    return f"{'in' if unit == 'week' else 'on'} {_listed(names)} of the year"


def _months_in_words(rule: Rule) -> str:
    return _listed(_MONTHS[month - 1][:3] for month in rule.by_month)


def _times_in_words(rule: Rule) -> str:
    if rule.by_hour and rule.by_minute:
        return f"at {_listed(f'{h:02}:{m:02}' for h, m in product(rule.by_hour, rule.by_minute))}"
    if rule.by_hour:
        return (
            f"in the hours {_listed(rule.by_hour)}"
            if rule.by_hour[1:]
            else f"in hour {rule.by_hour[0]}"
        )
    if rule.by_minute:
        return f"at minute {_listed(rule.by_minute)}"
    return ""


def _end_in_words(rule: Rule) -> str:
    if rule.count is not None:
        return "once" if rule.count == 1 else f"{rule.count} times"
    if rule.until is not None:
        return f"until {_short(rule.until)} {rule.until.year}"
    return ""


def _counted(numbers: Iterable[int]) -> list[int]:
    """Forward ones first, then those from the end."""
    return sorted(numbers, key=lambda number: (number < 0, number))


def _listed(words: Iterable[object], last: str = "and") -> str:
    *most, final = map(str, words)
    return f"{', '.join(most)} {last} {final}" if most else final
