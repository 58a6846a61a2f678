"""A rule as text: read, checked, and written in its canonical form (RFC 5545 3.3.10, RFC 7529)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final, NamedTuple

from todo.domain.errors import Invalid

MOST_PER_DAY: Final = 24
MOST_TIMES: Final = 1_000
LONGEST_INTERVAL: Final = 9_999
LONGEST_TEXT: Final = 500
FIRST_YEAR: Final = 1900
WEEKDAY_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Frequency(StrEnum):
    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    HOURLY = "HOURLY"


class Skip(StrEnum):
    """What to do about a day that its month or year does not have (RFC 7529)."""

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
        return f"{self.nth or ''}{WEEKDAY_CODES[self.day]}"


@dataclass(frozen=True)
class Rule:
    """A rule as written. A missing day, hour or minute is taken from the anchor of the series.

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


def parse_rule(text: str) -> Rule:
    """Read daily, weekly, monthly, yearly or an RFC 5545 rule; anything else is Invalid."""
    if len(text) > LONGEST_TEXT:
        raise refusal(f"This repeat rule is longer than {LONGEST_TEXT} characters.")
    written = text.strip().upper().removeprefix("RRULE:")
    rule = _rule(_values(f"FREQ={written}" if written in _SHORTHANDS else written))
    for wrong, sentence in _objections(rule):
        if wrong:
            raise refusal(sentence)
    return rule


def refusal(sentence: str) -> Invalid:
    return Invalid(sentence, field="recurrence")


def _values(written: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in written.split(";"):
        name, _, value = part.partition("=")
        if not value:
            raise refusal(
                f"“{part[:40]}” is not a repeat rule; an example is FREQ=WEEKLY;BYDAY=MO."
            )
        if name in values:
            raise refusal(f"{name[:40]} appears twice in the repeat rule.")
        values[name] = value
    return values


def _rule(values: Mapping[str, str]) -> Rule:
    if values.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        raise refusal("Rules follow the Gregorian calendar; no other RSCALE is supported.")
    if "FREQ" not in values:
        raise refusal("A repeat rule needs FREQ, for example FREQ=DAILY.")
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name in _PARTS:
            read[_PARTS[name].field] = _PARTS[name].read(name, value)
        elif name != "RSCALE":
            raise refusal(f"“{name[:40]}” is not a supported part of a repeat rule.")
    return Rule(**read)


def _objections(rule: Rule) -> Iterator[tuple[bool, str]]:
    """(is wrong, message) for what RFC 5545 forbids and for what makes no sense for a task."""
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
        and (rule.freq not in CALENDAR_PERIODS or bool(rule.by_week_no)),
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
        raise refusal("A task repeats hourly at most, not every second or minute.")
    if text not in Frequency.__members__:
        raise refusal(f"FREQ is one of {', '.join(Frequency)}, not “{text[:40]}”.")
    return Frequency(text)


def _read_skip(_: str, text: str) -> Skip:
    if text not in Skip.__members__:
        raise refusal(f"SKIP is one of {', '.join(Skip)}, not “{text[:40]}”.")
    return Skip(text)


def _read_number(low: int, high: int, from_end: bool, name: str, text: str) -> int:
    number = int(text) if re.fullmatch(r"[+-]?\d{1,5}", text, re.ASCII) else None
    if number is None or not low <= (abs(number) if from_end else number) <= high:
        backwards = f" (or -{low} to -{high} from the end)" if from_end else ""
        raise refusal(f"{name} goes from {low} to {high}{backwards}; “{text[:40]}” does not fit.")
    return number


def _read_until(_: str, text: str) -> date | datetime:
    if not re.fullmatch(r"\d{8}(T\d{6}Z?)?", text, re.ASCII):
        raise _wrong_until(text)
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong_until(text) from None
    if until.year < FIRST_YEAR:
        raise refusal(f"UNTIL lies before the year {FIRST_YEAR}.")
    return until if "T" in text else until.date()


def _wrong_until(text: str) -> Invalid:
    return refusal(f"UNTIL is a date like 20301231 or 20301231T180000Z, not “{text[:40]}”.")


def _write_until(until: date | datetime) -> str:
    if isinstance(until, datetime) and until.tzinfo:
        return f"{_write_until(until.replace(tzinfo=None))}Z"
    return re.sub("[-:]", "", until.isoformat())


def _read_weekday(name: str, text: str) -> Weekday:
    found = re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text, re.ASCII)
    if not found:
        raise refusal(f"{name} takes days like MO, or -1FR for the last Friday, not “{text[:40]}”.")
    nth = _read_number(1, 53, True, name, found[1]) if found[1] else 0
    return Weekday(WEEKDAY_CODES.index(found[2]), nth)


def _read_week_start(name: str, text: str) -> int:
    if text not in WEEKDAY_CODES:
        raise refusal(f"{name} is a day like MO or SU, not “{text[:40]}”.")
    return WEEKDAY_CODES.index(text)


def _write_week_start(day: int) -> str:
    return WEEKDAY_CODES[day]


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
CALENDAR_PERIODS: Final = (Frequency.MONTHLY, Frequency.YEARLY)
# In the order of the canonical text. BYSECOND is left out: due times have no seconds.
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
