"""One typed line becomes a task: "pay rent every month on the last day at 9am !high #home".

It is read in four steps:

    text → hits (one regular expression made of all of GRAMMAR, in one pass)
         → those that stand where they are ("monday" in "monday market" is no date)
         → the chosen ones (the last date, the last time, …, every tag and reminder)
         → due date, rule and reminders; whatever was not chosen is the title

To teach it a phrase, add a row to GRAMMAR. No text is refused: what is not understood stays in the
title. specs/quick-add/spec.md lists the choices made where English is ambiguous.
"""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from string import ascii_uppercase
from typing import Final, Literal, NamedTuple, TypeVar, get_args

from dateutil.relativedelta import relativedelta

from todo.domain.errors import Invalid
from todo.domain.recurrence import (
    Frequency,
    RecurrenceMode,
    Rule,
    Weekday,
    local,
    occurrences,
    parse_rule,
    to_utc,
    validate,
)
from todo.domain.reminder import ALL_DAY_HOUR, MAX_REMINDERS

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


def parse(text: str, *, now: datetime, timezone: str) -> QuickAdd:
    """Read `text` as typed at `now` (aware) by somebody in `timezone` (IANA)."""
    here = _Here(now.astimezone(UTC).replace(microsecond=0), timezone)
    return _assemble(text, _with_support(_choose(text, here)), here)


@dataclass(frozen=True)
class _Here:
    now: datetime
    timezone: str

    @cached_property
    def today(self) -> date:
        return local(self.now, self.timezone).date()

    def at(self, day: date, clock: time = time.min) -> datetime:
        return to_utc(datetime.combine(day, clock), self.timezone)


# ── Vocabulary ────────────────────────────────────────────────────────────────────────────────────

# Bounds on what one text can ask for; the rest of it stays in the title.
MANY: Final = 50
MOST_HITS: Final = 200
# Outside these a number is not a year, and date arithmetic stays far from its limits.
_YEARS: Final = range(1900, 2200)

# fmt: off
_WEEKDAYS: Final = {
    "monday": 0, "mon": 0, "tuesday": 1, "tues": 1, "tue": 1, "wednesday": 2, "wed": 2,
    "thursday": 3, "thurs": 3, "thur": 3, "thu": 3, "friday": 4, "fri": 4, "saturday": 5, "sat": 5,
    "sunday": 6, "sun": 6,
}
_MONTHS: Final = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8,
    "september": 9, "sept": 9, "sep": 9, "october": 10, "oct": 10, "november": 11, "nov": 11,
    "december": 12, "dec": 12,
}
# Ordinary words too, so they need company before they count: "the cat sat", "march on".
_WORDY_DAYS: Final = ("wed", "sat", "sun")
_WORDY_MONTHS: Final = ("mar", "may")
# After these "tom" is a person: "call tom".
_TO_TOM: Final = (
    "and", "ask", "at", "by", "call", "email", "for", "from", "help", "invite", "meet", "message",
    "of", "pay", "phone", "ping", "see", "tell", "text", "thank", "to", "uncle", "visit", "with",
)
_CARDINALS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}
_ORDINALS: Final = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}
_NUMBERS: Final = _CARDINALS | _ORDINALS | {"first": 1, "last": -1, "other": 2}
_UNITS: Final = {
    "minutes": "minutes", "minute": "minutes", "mins": "minutes", "min": "minutes", "m": "minutes",
    "hours": "hours", "hour": "hours", "hrs": "hours", "hr": "hours", "h": "hours",
    "days": "days", "day": "days", "d": "days",
    "weeks": "weeks", "week": "weeks", "wks": "weeks", "wk": "weeks", "w": "weeks",
    "months": "months", "month": "months",
    "years": "years", "year": "years", "yrs": "years", "yr": "years",
}
_ISO: Final = {"minutes": "PT{}M", "hours": "PT{}H", "days": "P{}D", "weeks": "P{}W"}
_NAMED_DAYS: Final = {
    "today": 0, "tonight": 0, "tomorrow": 1, "tom": 1, "tmrw": 1, "tmr": 1, "tmw": 1,
    "day after tomorrow": 2,
}
_DAY_PARTS: Final = {
    "morning": time(9), "afternoon": time(14), "evening": time(18), "night": time(20),
}
_PERIODS: Final = {
    "hour": Rule(Frequency.HOURLY),
    "day": Rule(Frequency.DAILY), "daily": Rule(Frequency.DAILY),
    "week": Rule(Frequency.WEEKLY), "weekly": Rule(Frequency.WEEKLY),
    "fortnightly": Rule(Frequency.WEEKLY, 2), "biweekly": Rule(Frequency.WEEKLY, 2),
    "month": Rule(Frequency.MONTHLY), "monthly": Rule(Frequency.MONTHLY),
    "quarter": Rule(Frequency.MONTHLY, 3), "quarterly": Rule(Frequency.MONTHLY, 3),
    "year": Rule(Frequency.YEARLY), "yearly": Rule(Frequency.YEARLY),
    "annually": Rule(Frequency.YEARLY),
}
_SHORTHANDS: Final = {
    "FREQ=DAILY": "daily", "FREQ=WEEKLY": "weekly", "FREQ=MONTHLY": "monthly",
    "FREQ=YEARLY": "yearly",
}
_PRIORITIES: Final = {
    "!high": 1, "!medium": 5, "!med": 5, "!low": 9, "!!!": 1, "!!": 5, "!": 9,
    "p1": 1, "p2": 5, "p3": 9,
}
# fmt: on
_WORKDAYS: Final = tuple(Weekday(day) for day in range(5))
_WEEKEND: Final = (Weekday(5), Weekday(6))


# ── What a phrase can mean ────────────────────────────────────────────────────────────────────────


class _Day(NamedTuple):
    date: date
    part: str | None = None
    instant: datetime | None = None
    """For "in 3 hours": elapsed time, not wall time."""


class _Clock(NamedTuple):
    hour: int
    minute: int = 0
    settled: bool = False
    """By am, pm, noon or midnight: no part of the day moves it."""
    bare: bool = False
    """An hour without minutes, as in "at 5"."""


class _Times(NamedTuple):
    clocks: tuple[_Clock, ...]
    part: str | None = None


class _Part(NamedTuple):
    part: str


class _Repeat(NamedTuple):
    rule: Rule
    part: str | None = None
    from_completion: bool = False


class _Ends(NamedTuple):
    until: date | None = None
    times: int | None = None
    length: relativedelta | None = None


class _AfterCompletion(NamedTuple):
    from_completion: bool = True


class _Priority(NamedTuple):
    level: int


class _Tag(NamedTuple):
    pass


class _Before(NamedTuple):
    durations: tuple[str, ...]


class _RemindAt(NamedTuple):
    clocks: tuple[_Clock, ...]


class _RemindIn(NamedTuple):
    instant: datetime


_Reminder = _Before | _RemindAt | _RemindIn
_Value = _Day | _Times | _Part | _Repeat | _Ends | _AfterCompletion | _Priority | _Tag | _Reminder
# A task has many of these; of everything else the last one counts.
_MANY: Final = (_Tag, *get_args(_Reminder))


# ── Readers: what the words of one hit mean. None, or ValueError: nothing after all ───────────────

_Groups = Mapping[str, str]
"""The named groups that took part, in lower case."""


def _number(word: str) -> int:
    """2 for "two", "2nd" and "2"."""
    found = re.match(r"[0-9]+", word)
    return int(found[0]) if found else _NUMBERS[word]


def _on(groups: _Groups, day: date) -> _Day | _Ends:
    if day.year not in _YEARS:
        raise ValueError(day)
    return _Ends(until=day) if groups.get("by") in ("until", "till", "through") else _Day(day)


def _named_day(groups: _Groups, here: _Here) -> _Value:
    word = " ".join(groups["day"].split())
    found = _on(groups, here.today + timedelta(days=_NAMED_DAYS[word]))
    return found._replace(part="night") if isinstance(found, _Day) and word == "tonight" else found


def _this_part(groups: _Groups, here: _Here) -> _Value:
    return _Day(here.today, part=groups["part"])


def _weekday(groups: _Groups, here: _Here) -> _Value:
    """Alone it comes after today; with "this" it may be today; with "next" it is next week's."""
    wanted, today = _WEEKDAYS[groups["weekday"]], here.today.weekday()
    match groups.get("which"):
        case "next":
            ahead = 7 - today + wanted
        case "this":
            ahead = (wanted - today) % 7
        case _:
            ahead = (wanted - today - 1) % 7 + 1
    return _on(groups, here.today + timedelta(days=ahead))


def _numeric_date(groups: _Groups, here: _Here) -> _Value:
    day, month = int(groups["d"]), int(groups["m"])
    if month > 12 and "slash" in groups:
        day, month = month, day
    return _on(groups, _calendar_day(day, month, groups.get("year"), here))


def _spelled_date(groups: _Groups, here: _Here) -> _Value:
    month, day = _month_and_day(groups["date"])
    return _on(groups, _calendar_day(day, month, groups.get("year"), here))


def _month_and_day(words: str) -> tuple[int, int]:
    return _MONTHS[_find("{month}", words)[-1]], int(_find(r"\d+", words)[0])


def _calendar_day(day: int, month: int, year: str | None, here: _Here) -> date:
    """Without a year the next such day, today included."""
    if year:
        return date(int(year), month, day)
    date(2000, month, day)  # refuses 31 June, accepts 29 February, which can be eight years off
    years = range(here.today.year, here.today.year + 9)
    days = (date(year, month, day) for year in years if day <= monthrange(year, month)[1])
    return next(day for day in days if day >= here.today)


def _day_of_month(groups: _Groups, here: _Here) -> _Value | None:
    wanted, first = _number(groups["nth"]), here.today.replace(day=1)
    months = [first + relativedelta(months=ahead) for ahead in range(3)]
    days = [month.replace(day=wanted) for month in months if wanted <= _days_in(month)]
    return next((_on(groups, day) for day in days if day >= here.today), None)


def _days_in(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def _from_now(groups: _Groups, here: _Here) -> _Value:
    length = _length(groups)
    if length.hours or length.minutes:
        instant = here.now + length
        return _Day(local(instant, here.timezone).date(), instant=instant)
    return _on(groups, here.today + length)


def _length(groups: _Groups) -> relativedelta:
    if "n" not in groups:  # half an hour
        return relativedelta(minutes=30)
    return relativedelta(**{_UNITS[groups["unit"]]: _number(groups["n"])})  # type: ignore[arg-type]


def _start_of(groups: _Groups, here: _Here) -> _Value:
    return _on(groups, _period(groups, here)[0])


def _end_of(groups: _Groups, here: _Here) -> _Value:
    return _on(groups, _period(groups, here)[1])


def _weekend(groups: _Groups, here: _Here) -> _Value:
    sunday = _period(groups, here)[1]
    return _on(groups, max(sunday - timedelta(days=1), here.today))


def _period(groups: _Groups, here: _Here) -> tuple[date, date]:
    """The first and the last day of this week, month or year, or of the next one."""
    ahead = int(groups.get("which") == "next")
    match groups.get("unit"):
        case "week":
            first = here.today + timedelta(weeks=ahead, days=-here.today.weekday())
            return first, first + timedelta(days=6)
        case "year":
            first = here.today.replace(month=1, day=1) + relativedelta(years=ahead)
            return first, first + relativedelta(years=1, days=-1)
        case _:
            first = here.today.replace(day=1) + relativedelta(months=ahead)
            return first, first + relativedelta(months=1, days=-1)


def _times(groups: _Groups, here: _Here) -> _Value | None:
    """8:00 and 20:00 fit into one rule, 8:00 and 20:30 would need two."""
    clocks = _clocks(groups["times"])
    if len({clock.minute for clock in clocks}) > 1:
        return None
    return _Times(clocks, groups.get("part"))


def _clocks(words: str) -> tuple[_Clock, ...]:
    return tuple(_clock(word) for word in _find("{hour}", words))


def _clock(word: str) -> _Clock:
    if word in ("noon", "midnight"):
        return _Clock(12 if word == "noon" else 0, settled=True)
    hour, *minute = [int(number) for number in _find(r"\d+", word)]
    at = time(hour, sum(minute))  # refuses 25:00
    half = re.search("[ap]", word)
    if not half:
        return _Clock(at.hour, at.minute, bare=not minute)
    if not 1 <= at.hour <= 12:
        raise ValueError(word)
    return _Clock(at.hour % 12 + (12 if half[0] == "p" else 0), at.minute, settled=True)


def _part(groups: _Groups, here: _Here) -> _Value:
    return _Part(groups["part"])


def _every_period(groups: _Groups, here: _Here) -> _Value:
    rule = _PERIODS[groups["period"].removesuffix("s")]
    count = _number(groups.get("n", "one"))
    return _repeat(groups, replace(rule, interval=rule.interval * count))


def _every_such_day(groups: _Groups, here: _Here) -> _Value:
    if "weekdays" in groups:
        return _repeat(groups, Rule(Frequency.WEEKLY, _number(groups.get("n", "one"))))
    return _repeat(groups, Rule(Frequency.YEARLY if "date" in groups else Frequency.MONTHLY))


def _every_named(groups: _Groups, here: _Here) -> _Value:
    match groups["name"].removesuffix("s"):
        case "weekend":
            return _repeat(groups, Rule(Frequency.WEEKLY, by_day=_WEEKEND))
        case "weekday" | "workday":
            return _repeat(groups, Rule(Frequency.WEEKLY, by_day=_WORKDAYS))
        case part:
            return _repeat(groups, Rule(Frequency.DAILY))._replace(part=part)


def _repeat(groups: _Groups, rule: Rule) -> _Repeat:
    """`rule` with the days its phrase chooses: "mon and thu", "last friday", "1st and 15th"."""
    if "weekdays" in groups:
        rule = replace(rule, by_day=_weekdays(groups["weekdays"]))
    if "position" in groups:
        rule = _nth_weekday(rule, _number(groups["position"]), groups["one"])
    if "monthdays" in groups:
        days = {_number(word) for word in _find(r"\d+|first", groups["monthdays"])}
        rule = replace(rule, by_month_day=tuple(sorted(days)))
    if "last_day" in groups:
        rule = replace(rule, by_month_day=(-1,))
    if "in_month" in groups:
        rule = replace(rule, freq=Frequency.YEARLY, by_month=(_MONTHS[groups["in_month"]],))
    if "date" in groups:
        month, day = _month_and_day(groups["date"])
        date(2000, month, day)
        rule = replace(rule, by_month=(month,), by_month_day=(day,))
    return _Repeat(parse_rule(str(rule)), from_completion="bang" in groups)


def _weekdays(words: str) -> tuple[Weekday, ...]:
    days = [_WEEKDAYS[word] for word in _find("{weekday}", words)]
    if re.search("[-–]|to|through", words):
        days = [day % 7 for day in range(days[0], days[0] + (days[1] - days[0]) % 7 + 1)]
    return tuple(Weekday(day) for day in sorted(set(days)))


def _nth_weekday(rule: Rule, nth: int, name: str) -> Rule:
    if nth not in (-1, 1, 2, 3, 4, 5):
        raise ValueError(nth)
    if name in ("weekday", "workday"):
        return replace(rule, by_day=_WORKDAYS, by_set_pos=(nth,))
    return replace(rule, by_day=(Weekday(_WEEKDAYS[name], nth),))


def _ends(groups: _Groups, here: _Here) -> _Value:
    if "unit" in groups:
        return _Ends(length=_length(groups))
    return _Ends(times=_number(groups["n"]))


def _after_completion(groups: _Groups, here: _Here) -> _Value:
    return _AfterCompletion()


def _before(groups: _Groups, here: _Here) -> _Value:
    lengths = _compiled("{length}").finditer(groups["before"])
    return _Before(tuple(_duration(_taking_part(length)) for length in lengths))


def _duration(groups: _Groups) -> str:
    if "n" not in groups:  # half an hour
        return "PT30M"
    return _ISO[_UNITS[groups["unit"]]].format(_number(groups["n"]))


def _when_due(groups: _Groups, here: _Here) -> _Value:
    return _Before(("PT0S",))


def _remind_at(groups: _Groups, here: _Here) -> _Value:
    return _RemindAt(_clocks(groups["times"]))


def _remind_in(groups: _Groups, here: _Here) -> _Value:
    return _RemindIn(here.now + _length(groups))


def _priority(groups: _Groups, here: _Here) -> _Value:
    return _Priority(_PRIORITIES[groups["level"]])


def _tag(groups: _Groups, here: _Here) -> _Value:
    return _Tag()


def _nothing(groups: _Groups, here: _Here) -> None:
    return None


# ── Where a phrase counts ─────────────────────────────────────────────────────────────────────────


class _Place(NamedTuple):
    """A hit and what touches it: `after` is known to count, `before` is not judged yet."""

    text: str
    start: int
    end: int
    groups: _Groups
    before: Kind | None
    after: Kind | None


def _anywhere(place: _Place) -> bool:
    return True


def _closing(place: _Place) -> bool:
    """A clause can end behind it: "call mom monday about rent", but not "monday market"."""
    return place.after is not None or bool(_CLAUSE_END.match(place.text, place.end))


def _closing_or_vouched(place: _Place) -> bool:
    """A preposition or a year in the phrase says that it is meant."""
    return "by" in place.groups or "year" in place.groups or _closing(place)


def _plain_month_or_closing(place: _Place) -> bool:
    wordy = any(month in place.groups["date"] for month in _WORDY_MONTHS)
    return not wordy or _closing_or_vouched(place)


def _closing_uncapitalised(place: _Place) -> bool:
    return place.text[place.start : place.end].islower() and _closing(place)


def _vouched_or_beside_a_time(place: _Place) -> bool:
    return "by" in place.groups or "time" in (place.before, place.after)


def _after_a_date(place: _Place) -> bool:
    return place.before in ("date", "recurrence")


def _closing_after_a_date(place: _Place) -> bool:
    return _after_a_date(place) and _closing(place)


def _leading(place: _Place) -> bool:
    return not place.text[: place.start].strip()


def _beside_a_date_or_outermost(place: _Place) -> bool:
    """In "call bob at 9", "tomorrow at 9 call bob", "at 9 call bob"; not in "look at 3 houses"."""
    beside = place.before in ("date", "recurrence", "time")
    return beside or _closing(place) or _leading(place)


# ── The grammar ───────────────────────────────────────────────────────────────────────────────────


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


# What {name} means in a phrase. A blank is any run of blanks, but no line break.
_MACROS: Final = {
    "n": _any_of((r"\d{1,4}", *_CARDINALS)),
    "unit": _any_of(_UNITS),
    "length": r"(?:(?P<n>{n}) ?(?P<unit>{unit})|half an hour)",
    "nth": r"(?:\d\d?(?:st|nd|rd|th))",
    "ordinal": _any_of(_ORDINALS),
    "not_a_person": "".join(rf"(?<!{word}\x20)" for word in _TO_TOM),
    "weekday": _any_of(_WEEKDAYS),
    "plain_weekday": _any_of(_WEEKDAYS.keys() - _WORDY_DAYS),
    "wordy_weekday": _any_of(_WORDY_DAYS),
    "month": _any_of(_MONTHS),
    "year": r"(?P<year>(?:19|20|21)\d\d)",
    "part": _any_of(_DAY_PARTS),
    "and": r"(?:, and |, ?| and | ?[&+] ?)",
    "by": r"(?:(?P<by>(?:due|starting) (?:on|by|from)|starting|due|on|by|before|from"
    r"|until|till|through) )",
    "at": r"(?:(?P<by>at|by|around|before|@) ?)",
    "day": r"(?:\d\d?(?:st|nd|rd|th|\.)?)",
    "date": r"(?:{day} (?:of )?{month}|{month} (?:the )?{day})",
    "clock": r"(?:\d\d?(?:[:.]\d\d)? ?[ap](?:m|\.m\.)|\d\d?:\d\d|\d\d? ?o'clock|noon|midnight)",
    "hour": r"(?:{clock}|\d\d?)",
    "every": r"(?:(?:every|each)(?P<bang>!)? )",
    "count": r"(?:(?P<n>other|{ordinal}|{nth}|{n}) )",
    "every_or_ly": r"(?:{every}{count}?|(?=\w+ly))",
    "weekdays": r"(?P<weekdays>{weekday}(?: ?[-–] ?| to | through ){weekday}"
    r"|{weekday}(?:(?:{and}| ?/ ?){weekday})*)",
    "mondays": r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days)",
    "position": r"(?P<position>first|last|{ordinal}|{nth}) (?P<one>{weekday}|weekday|workday)",
    "month_days": r"(?:{position}|(?P<last_day>last day)"
    r"|(?P<monthdays>{nth}(?:{and}(?:the )?{nth})*|first day))",
    "year_day": r"(?:{position} (?:of|in) (?P<in_month>{month})|(?P<date>{date}))",
    "before": r"(?:{n} ?(?:minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w)|half an hour)"
    r"(?: before)?",
    # joined inside by a dot or a slash: #node.js, #home/garden
    "tag": r"""(?:[^\s\x00-\x1f\x7f-\x9f#!,;:.?"'“”‘’()\[\]{}<>\\|/]|[./](?=\w))""",
}


class _Phrase(NamedTuple):
    kind: Kind
    pattern: str
    read: Callable[[_Groups, _Here], _Value | None]
    stands: Callable[[_Place], bool] = _anywhere


# Blocks of phrases, each behind what its phrases can begin with: most words of a text begin none,
# and that has to be found out quickly. Of the phrases that match at one place the first one counts.
# fmt: off
GRAMMAR: Final = (
    (r'["“h#!p]', (
        # Text in quotes and addresses is passed over, with whatever it contains.
        _Phrase("tag", r'"[^"\n]*"|“[^”\n]*”|https?://\S+', _nothing),
        _Phrase("tag", r"(?u:#(?!\d+(?!{tag})){tag}{1,50}+(?!{tag}))", _tag),
        _Phrase("priority", r"(?<!\S)(?P<level>!(?:high|medium|med|low)|!{1,3}(?!\S))", _priority),
        _Phrase("priority", r"(?P<level>p[1-3])", _priority, _closing),
    )),
    ("with|remind", (
        _Phrase("reminder", r"(?:with (?:a )?)?remind(?:er)?(?: me)? (?P<before>{before}(?:{and}{before})*)"
                r"(?: (?:earlier|ahead|in advance|beforehand))?(?! (?:after|later))", _before),
        _Phrase("reminder", r"remind(?:er)?(?: me)? at (?P<times>{hour}(?:{and}{hour})*)", _remind_at),
        _Phrase("reminder", r"remind(?: me)? in {length}(?: to)?", _remind_in),
        _Phrase("reminder", r"remind me to", _when_due, _leading),
    )),
    ("every|each|[a-z]{3,9}ly", (
        _Phrase("recurrence", r"{every}(?:the )?{month_days} of (?:the|every|each) month", _every_such_day),
        _Phrase("recurrence", r"{every_or_ly}(?P<period>week(?:s|ly)?|fortnightly|biweekly)"
                r" on {weekdays}", _every_period),
        _Phrase("recurrence", r"{every_or_ly}(?P<period>(?:month|quarter)(?:s|ly)?)"
                r" on (?:the )?{month_days}", _every_period),
        _Phrase("recurrence", r"{every_or_ly}(?P<period>year(?:s|ly)?|annually)"
                r" on (?:the )?{year_day}", _every_period),
        _Phrase("recurrence", r"{every}{count}?(?P<period>(?:hour|day|week|month|quarter|year)s?)",
                _every_period),
        _Phrase("recurrence", r"(?P<period>daily|(?:bi)?weekly|fortnightly|monthly|quarterly|yearly"
                r"|annually)", _every_period, _closing),
        _Phrase("recurrence", r"{every}{year_day}", _every_such_day),
        _Phrase("recurrence", r"{every}{month_days}", _every_such_day),
        _Phrase("recurrence", r"{every}(?:(?P<n>other) )?{weekdays}", _every_such_day),
        _Phrase("recurrence", r"{every}(?P<name>weekday|workday|weekend|{part})", _every_named),
    )),
    (r"[a-z]", (
        _Phrase("recurrence", r"(?:(?P<by>on) )?(?P<name>weekdays|workdays|weekends)", _every_named,
                _closing_or_vouched),
        _Phrase("recurrence", r"(?:(?P<by>on) )?(?P<weekdays>{mondays}(?:{and}{mondays})*)",
                _every_such_day, _closing_or_vouched),
        _Phrase("recurrence", r"for (?P<n>{n}) (?P<unit>(?:day|week|month|year)s?)", _ends),
        _Phrase("recurrence", r"(?:after|from|on) completion|(?:after|when) (?:it is )?(?:done|completed)",
                _after_completion),
        _Phrase("date", r"{by}?(?:the )?(?P<day>today|tonight|tomorrow|tmrw|tmr|tmw"
                r"|day after tomorrow)", _named_day),
        _Phrase("date", r"{not_a_person}(?P<day>tom)", _named_day, _closing_uncapitalised),
        _Phrase("date", r"this (?P<part>morning|afternoon|evening)", _this_part),
        _Phrase("date", r"{by}?(?P<which>next|this) (?P<weekday>{weekday})", _weekday),
        _Phrase("date", r"{by}?(?P<which>next) (?P<unit>week|month|year)", _start_of),
        _Phrase("date", r"{by}?(?:the )?(?:end of (?:(?:the|this|(?P<which>next)) )?"
                r"(?P<unit>week|month|year)|eom)", _end_of),
        _Phrase("date", r"{by}?(?:(?P<which>next)|this|the) (?P<unit>week)end", _weekend,
                _closing_or_vouched),
        _Phrase("date", r"in {length}", _from_now),
        _Phrase("time", r"(?:in the|at) (?P<part>{part})", _part),
        _Phrase("time", r"(?P<part>{part})", _part, _after_a_date),
    )),
    (r"[a-z0-9@]", (
        _Phrase("recurrence", r"(?:on )?(?:the )?{month_days} of (?:every|each) month", _every_such_day),
        _Phrase("recurrence", r"(?:for )?(?P<n>{n}) times", _ends),
        _Phrase("date", r"{by}?{year}-(?P<m>\d\d?)-(?P<d>\d\d?)", _numeric_date),
        _Phrase("date", r"{by}?(?P<d>\d\d?)\.(?P<m>\d\d?)\.{year}?", _numeric_date),
        _Phrase("date", r"{by}?(?!24/7)(?P<m>\d\d?)(?P<slash>/)(?P<d>\d\d?)(?:/{year})?",
                _numeric_date, _closing_or_vouched),
        _Phrase("date", r"{by}?(?:{weekday},? )?(?:the )?(?P<date>{date})(?:,? {year})?",
                _spelled_date, _plain_month_or_closing),
        _Phrase("date", r"(?:{by}(?:the )?|the )(?P<nth>{nth})", _day_of_month, _closing),
        _Phrase("date", r"{length} from (?:now|today)", _from_now),
        _Phrase("date", r"{by}?(?P<weekday>{plain_weekday})", _weekday, _closing_or_vouched),
        _Phrase("date", r"{by}?(?P<weekday>{wordy_weekday})", _weekday, _vouched_or_beside_a_time),
        _Phrase("time", r"{at}?(?P<times>{hour}) (?:in the|at|this) (?P<part>{part})", _times),
        _Phrase("time", r"{at}?(?P<times>noon|midnight)", _times, _closing_or_vouched),
        _Phrase("time", r"{at}?(?P<times>{clock}(?:{and}{clock})*)", _times),
        _Phrase("time", r"{at}(?P<times>{hour}(?:{and}{hour})*)", _times, _beside_a_date_or_outermost),
        _Phrase("time", r"(?P<times>\d\d?)", _times, _closing_after_a_date),
    )),
)
# fmt: on
_PHRASES: Final = tuple(phrase for _, block in GRAMMAR for phrase in block)

# ASCII alone, because str.lower can change the length of a text and with it every offset.
_LOWER: Final = {ord(letter): letter.lower() for letter in ascii_uppercase}
# A phrase stands free: not inside a word, a number, an address or a path, nor behind a backslash.
_START: Final = r"(?<![\w'’./:@&+#!\\$€£=-])"
_END: Final = r"(?!\w|['’./:@&+=-]\w|[%°$€£])"
_BLANKS: Final = r"(?:[\x20\t\u00a0\u202f]++)"
_CLAUSE_END: Final = re.compile(
    r"\s*(?:\Z|[,;:.!?)\]…]|[–—-]\s)|\s+(?:about|with|for|at|in|because|if|then|so|re)\b",
    re.IGNORECASE,
)


def _expand(pattern: str) -> str:
    while re.search(r"\{[a-z_]+\}", pattern):
        pattern = re.sub(r"\{([a-z_]+)\}", lambda name: _MACROS[name[1]], pattern)
    return pattern.replace(" ", _BLANKS)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_expand(pattern), re.ASCII)


@cache
def _phrase(index: int) -> re.Pattern[str]:
    return re.compile(f"{_START}(?a:{_expand(_PHRASES[index].pattern)}){_END}")


def _any_phrase() -> re.Pattern[str]:
    """With one group for each phrase, so that lastindex names it."""
    blocks = []
    for lead, block in GRAMMAR:
        unnamed = [re.sub("[?]P<[a-z_]+>", "?:", _expand(phrase.pattern)) for phrase in block]
        phrases = "|".join(f"(?a:({pattern})){_END}" for pattern in unnamed)
        blocks.append(f"(?={lead})(?:{phrases})")
    return re.compile(f"{_START}(?:{'|'.join(blocks)})")


_ANY_PHRASE: Final = _any_phrase()


def _find(pattern: str, words: str) -> list[str]:
    return [found[0] for found in _compiled(pattern).finditer(words)]


def _taking_part(found: re.Match[str] | None) -> _Groups:
    return {name: words for name, words in found.groupdict().items() if words} if found else {}


# ── From hits to a task ───────────────────────────────────────────────────────────────────────────


class _Hit(NamedTuple):
    phrase: _Phrase
    start: int
    end: int
    groups: _Groups


class _Chosen(NamedTuple):
    start: int
    end: int
    kind: Kind
    value: _Value


def _scan(text: str) -> list[_Hit]:
    line = text.translate(_LOWER)
    found = [((match.lastindex or 1) - 1, match.span()) for match in _ANY_PHRASE.finditer(line)]
    return [
        _Hit(_PHRASES[index], start, end, _taking_part(_phrase(index).match(line, start)))
        for index, (start, end) in found[-MOST_HITS:]
    ]


def _choose(text: str, here: _Here) -> list[_Chosen]:
    """From the last hit to the first, because what follows a phrase decides whether it stands."""
    chosen: list[_Chosen] = []
    taken: Counter[type] = Counter()
    hits = _scan(text)
    for before, hit in reversed(list(zip([None, *hits], hits, strict=False))):
        value = _read(text, before, hit, chosen[-1] if chosen else None, here)
        if value is None or taken[type(value)] == (MANY if isinstance(value, _MANY) else 1):
            continue
        taken[type(value)] += 1
        chosen.append(_Chosen(hit.start, hit.end, hit.phrase.kind, value))
    return chosen[::-1]


def _read(
    text: str, before: _Hit | None, hit: _Hit, after: _Chosen | None, here: _Here
) -> _Value | None:
    left = before.phrase.kind if before and _touch(text, before.end, hit.start) else None
    right = after.kind if after and _touch(text, hit.end, after.start) else None
    if not hit.phrase.stands(_Place(text, hit.start, hit.end, hit.groups, left, right)):
        return None
    try:
        return hit.phrase.read(hit.groups, here)
    except (ValueError, OverflowError, Invalid):
        return None


def _touch(text: str, end: int, start: int) -> bool:
    return not text[end:start].strip(" ,\t\u00a0\u202f")


def _with_support(chosen: list[_Chosen]) -> list[_Chosen]:
    """Leave out what hangs in the air: an end of no repetition, a reminder before no date."""
    day = _last(chosen, _Day)
    if day and day.instant:
        chosen = _without(chosen, _Times, _Part)
    if not _last(chosen, _Repeat):
        chosen = [one for one in _without(chosen, _Ends, _AfterCompletion) if not _several(one)]
    if not any(isinstance(one.value, _Day | _Times | _Part | _Repeat) for one in chosen):
        chosen = _without(chosen, _Before)
    return chosen


def _without(chosen: list[_Chosen], *kinds: type) -> list[_Chosen]:
    return [one for one in chosen if not isinstance(one.value, kinds)]


def _several(one: _Chosen) -> bool:
    return isinstance(one.value, _Times) and len(one.value.clocks) > 1


_V = TypeVar("_V")


def _last(chosen: list[_Chosen], kind: type[_V]) -> _V | None:
    return next((one.value for one in reversed(chosen) if isinstance(one.value, kind)), None)


class _Plan(NamedTuple):
    due: datetime | None
    all_day: bool
    rule: Rule | None
    ends: bool = False


def _assemble(text: str, chosen: list[_Chosen], here: _Here) -> QuickAdd:
    plan = _bounded(_plan(chosen, here), _last(chosen, _Ends), here)
    kept = [one for one in chosen if _fits(one.value, plan, here)]
    priority = _last(kept, _Priority)
    from_completion = any(getattr(one.value, "from_completion", False) for one in kept)
    rule = str(plan.rule) if plan.rule else None
    spans = tuple(Span(one.start, one.end, one.kind) for one in kept)
    return QuickAdd(
        title=_title(text, spans),
        due_date=plan.due,
        all_day=plan.all_day,
        timezone=here.timezone,
        recurrence=_SHORTHANDS.get(rule, rule) if rule else None,
        recurrence_mode=(
            RecurrenceMode.FROM_COMPLETION if from_completion else RecurrenceMode.FROM_DUE
        ),
        reminders=_reminders(kept, plan, here),
        priority=priority.level if priority else 0,
        tags=_tags(text, spans),
        spans=spans,
    )


def _plan(chosen: list[_Chosen], here: _Here) -> _Plan:
    day, repeat, walls = _last(chosen, _Day), _last(chosen, _Repeat), _walls(chosen)
    rule = repeat.rule if repeat else None
    if rule and len(walls) > 1:
        hours = tuple(wall.hour for wall in walls)
        rule = replace(rule, by_hour=hours, by_minute=(walls[0].minute,))
    if day and day.instant:
        return _Plan(day.instant, False, rule)
    if rule and rule.freq is Frequency.HOURLY and not walls:
        return _Plan(here.at(day.date) if day else _full_hour(here), False, rule)
    due = _first(rule, walls, day, here) if rule or day or walls else None
    return _Plan(due, due is not None and not walls, rule)


def _walls(chosen: list[_Chosen]) -> list[time]:
    """The times of the day, in order: as typed, or those of "evening" and its like."""
    times = _last(chosen, _Times)
    parts = [getattr(_last(chosen, kind), "part", None) for kind in (_Times, _Part, _Day, _Repeat)]
    part = next(filter(None, parts), None)
    if times:
        return sorted({_wall(clock, part) for clock in times.clocks})
    return [_DAY_PARTS[part]] if part else []


def _wall(clock: _Clock, part: str | None) -> time:
    hour = clock.hour
    match part:
        case _ if clock.settled:
            pass
        case None if clock.bare and 1 <= hour <= 5:  # nobody means "at 3" in the night
            hour += 12
        case "afternoon" | "evening" if hour < 12:
            hour += 12
        case "night" if 5 <= hour < 12:
            hour += 12
        case "morning" | "night" if hour == 12:
            hour = 0
    return time(hour, clock.minute)


def _first(rule: Rule | None, walls: list[time], day: _Day | None, here: _Here) -> datetime:
    """The first day and time that the rule names, not before the given day or, without, now."""
    start, wall = day.date if day else here.today, walls[0] if walls else time.min
    if day and day.date == here.today and walls == [time(0)]:
        start += timedelta(days=1)  # midnight today is the one to come
    if day and not rule:
        return here.at(start, wall)
    # Where the interval starts is for this first date to say, so it plays no part in finding it.
    probe = replace(rule, interval=1) if rule and _names_days(rule) else Rule(Frequency.DAILY)
    if rule:
        probe = replace(probe, by_hour=rule.by_hour, by_minute=rule.by_minute)
    # Anchored a day early: a series' anchor is an occurrence even where the rule does not name it.
    anchor = datetime.combine(start - timedelta(days=1), wall)
    floor = here.now if walls and not day else here.at(start)
    return next(one.due for one in occurrences(probe, anchor, here.timezone) if one.due >= floor)


def _names_days(rule: Rule) -> bool:
    return bool(rule.by_day or rule.by_month_day or rule.by_month)


def _full_hour(here: _Here) -> datetime:
    return here.now.replace(minute=0, second=0) + timedelta(hours=1)


def _bounded(plan: _Plan, ends: _Ends | None, here: _Here) -> _Plan:
    """`plan` with its end, unless there would be nothing before it."""
    if not (ends and plan.rule and plan.due):
        return plan
    anchor, until = local(plan.due, here.timezone), ends.until
    if ends.length:
        until = anchor.date() + ends.length - timedelta(days=1)
    try:
        rule = parse_rule(str(replace(plan.rule, count=ends.times, until=until)))
        validate(rule, anchor, here.timezone)
    except (OverflowError, ValueError, Invalid):
        return plan
    return plan._replace(rule=rule, ends=True)


def _fits(value: _Value, plan: _Plan, here: _Here) -> bool:
    match value:
        case _Ends():
            return plan.ends
        case _Before() | _RemindAt() | _RemindIn():
            return bool(_specs(value, plan, here))
        case _:
            return True


def _reminders(chosen: list[_Chosen], plan: _Plan, here: _Here) -> tuple[str, ...]:
    specs = (spec for one in chosen for spec in _specs(one.value, plan, here))
    return tuple(dict.fromkeys(specs))[:MAX_REMINDERS]


def _specs(value: _Value, plan: _Plan, here: _Here) -> tuple[str, ...]:
    match value:
        case _Before(durations):
            return durations
        case _RemindAt(clocks):
            return tuple(_remind_at_wall(_wall(clock, None), plan, here) for clock in clocks)
        case _RemindIn(instant) if plan.due is None or instant <= _latest(plan.due, plan, here):
            return (_rfc3339(instant),)
        case _:
            return ()


def _latest(due: datetime, plan: _Plan, here: _Here) -> datetime:
    if not plan.all_day:
        return due
    return here.at(local(due, here.timezone).date() + timedelta(days=1))


def _remind_at_wall(wall: time, plan: _Plan, here: _Here) -> str:
    """On the day it is due, or the evening before if that would be too late.

    As a distance where it must repeat, or move with a day that has no time; else as an instant.
    """
    if plan.due is None:
        return _rfc3339(_first(None, [wall], None, here))
    due = local(plan.due, here.timezone)
    if plan.all_day:
        due = due.replace(hour=ALL_DAY_HOUR, minute=0)
    remind = datetime.combine(due.date(), wall)
    if remind > due and not plan.all_day:
        remind -= timedelta(days=1)
    minutes = (due - remind) // timedelta(minutes=1)
    if (plan.rule or plan.all_day) and minutes >= 0:
        return f"PT{minutes}M" if minutes % 60 else f"PT{minutes // 60}H" if minutes else "PT0S"
    return _rfc3339(to_utc(remind, here.timezone))


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _tags(text: str, spans: tuple[Span, ...]) -> tuple[str, ...]:
    """Each once, as first written."""
    tags: dict[str, str] = {}
    for span in spans:
        if span.kind == "tag":
            tag = text[span.start + 1 : span.end]
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


_SEPARATORS: Final = " ,;:–—"
# Neither a database nor a terminal takes these: control characters and lone surrogates.
_UNPRINTABLE: Final = dict.fromkeys((*range(32), *range(127, 160), *range(0xD800, 0xE000)), " ")


def _title(text: str, spans: tuple[Span, ...]) -> str:
    """What no span covers, with the punctuation mended where something was taken out."""
    title = ""
    edges = [edge for span in spans for edge in (span.start, span.end)]
    starts, ends = [0, *edges[1::2]], [*edges[::2], len(text)]
    for start, end in zip(starts, ends, strict=True):
        piece = _plain(text[start:end])
        if start:
            piece = piece.lstrip(_SEPARATORS).removeprefix("- ")
        if end < len(text):
            piece = piece.rstrip(_SEPARATORS).removesuffix(" -")
        title = _join(title, "" if piece == "-" else piece)
    return title if title.strip(_SEPARATORS + ".!?()-") else _plain(text)


def _join(left: str, right: str) -> str:
    if left.endswith("(") and right.startswith(")"):
        return _join(left[:-1].rstrip(), right[1:].lstrip())
    glue = "" if not left or right.startswith((".", "!", "?", ")")) else " "
    return f"{left}{glue}{right}".rstrip()


def _plain(text: str) -> str:
    words = " ".join(text.translate(_UNPRINTABLE).split())
    return re.sub(r"\\([#!])", r"\1", words)
