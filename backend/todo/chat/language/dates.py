"""Dates in words: a date at the end of an order, a length of time, a period to look at. Quick add reads dates."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from todo.chat.language.requests import Period
from todo.domain import quick_add
from todo.domain.recurrence import local, to_utc

_LEAD: Final = re.compile(
    r"^(?:to|onto|until|till|til|for|on|by|at|into|as|be|due|it)\s+", re.IGNORECASE
)
_NUMBERS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "couple of": 2,
    "a couple of": 2, "a few": 3, "half an": 0.5, "half a": 0.5,
}  # fmt: skip
_NUMBER: Final = "|".join(sorted(_NUMBERS, key=len, reverse=True))
LENGTH: Final = rf"(?P<number>\d{{1,4}}|{_NUMBER})\s*(?P<unit>min(?:ute)?s?|h(?:ou)?rs?|h|d|days?|weeks?|w|months?|years?)"
_ONE_LENGTH: Final = re.sub(r"\?P<\w+>", "?:", LENGTH)
# "1 day and 2 hours": a reminder for each.
LENGTHS: Final = rf"{_ONE_LENGTH}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_ONE_LENGTH})*"
_LENGTH: Final = re.compile(rf"(?:by |for |another )?{LENGTH}", re.IGNORECASE)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks", "y": "years"}
_MONTHS: Final = frozenset(
    "january february march april may june july august september october november december".split()
)
_DAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()


@dataclass(frozen=True)
class Today:
    """When and where a sentence is said."""

    now: datetime
    timezone: str

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)

    @property
    def day(self) -> date:
        return local(self.now, self.timezone).date()

    def start_of(self, day: date) -> datetime:
        return to_utc(datetime.combine(day, time()), self.timezone)


@dataclass(frozen=True)
class When:
    """A date that was said: the local wall time. `has_day`: the words name a day, not only a time of day."""

    wall: datetime
    all_day: bool
    has_day: bool


def read_when(phrase: str, today: Today) -> When | None:
    """The date that the whole phrase says, else None."""
    phrase = bare(phrase)
    while True:
        shorter = _LEAD.sub("", phrase)
        if shorter == phrase:
            break
        phrase = shorter
    if not phrase or len(phrase) > 80:
        return None
    phrase = _plain_day(phrase)
    # A title in front shows whether every word was understood.
    for words in (f"zq {phrase}", f"zq on {phrase}"):
        found = _read(words, today)
        if found is not None:
            return found
    # "9" and "at 9" are a time of day when a day stands beside.
    if re.fullmatch(r"\d{1,2}(?: o'?clock)?", phrase):
        found = _read(f"zq today at {phrase}", today)
        return None if found is None else replace(found, has_day=False)
    return None


def bare(phrase: str) -> str:
    """Without the punctuation around it; the last dot of 24.12. stays."""
    phrase = phrase.strip(" !?,")
    return phrase if re.search(r"\d\.$", phrase) else phrase.strip(" .!?,")


def _read(words: str, today: Today) -> When | None:
    found = quick_add.parse(words, now=today.now, timezone=today.timezone)
    kinds = {span.kind for span in found.spans}
    if found.due_date is None or found.title != "zq" or not kinds <= {"date", "time"}:
        return None
    wall = local(found.due_date, today.timezone).replace(tzinfo=None)
    return When(wall, found.all_day, "date" in kinds)


def _plain_day(phrase: str) -> str:
    """Words that only people say: "the same day next week" stays, "this coming friday" → "friday"."""
    phrase = re.sub(r"^(?:the |this )?(?:coming|upcoming) ", "", phrase, flags=re.IGNORECASE)
    phrase = re.sub(r"^(?:the|this) (?=\w+day\b)", "", phrase, flags=re.IGNORECASE)
    return re.sub(r" instead$", "", phrase, flags=re.IGNORECASE)


def split_when(text: str, today: Today) -> tuple[str, str, When] | None:
    """Divide "the dentist to friday at 5pm" at the longest date at its end: (head, phrase, when)."""
    starts = [found.start() for found in re.finditer(r"(?<=\s)\S", text)]
    for start in starts:
        if len(text) - start > 80:
            continue
        # "everything from thursday": the day says which tasks are meant.
        if re.search(r"\b(?:from|since)\s+$", text[:start], re.IGNORECASE):
            continue
        when = read_when(text[start:], today)
        if when is not None:
            head = re.sub(
                r"\s+(?:to|onto|until|till|for|on|by|at|into|is|due|be)$",
                "",
                text[:start].rstrip(),
                flags=re.I,
            )
            return head.strip(" ,"), text[start:].strip(), when
    return None


def read_length(phrase: str) -> relativedelta | None:
    """ "2 days", "by a week", "half an hour"; None if the phrase is something else."""
    found = _LENGTH.fullmatch(phrase.strip(" .!?,"))
    if not found:
        return None
    said = found["number"].lower()
    amount: float = int(said) if said.isdigit() else _NUMBERS[said]
    unit = found["unit"].lower()
    name = "months" if unit.startswith("mo") else _UNITS[unit[0]]
    if amount == 0.5:
        return relativedelta(minutes=30) if name == "hours" else relativedelta(hours=12)
    return relativedelta(**{name: int(amount)})  # type: ignore[arg-type]


def read_period(phrase: str, today: Today) -> Period | None:
    """The due dates that a phrase such as "overdue", "this week" or "before friday" stands for."""
    said = re.sub(
        r"^(?:due|from|on|for|in|during|of|at|scheduled(?: for)?|planned(?: for)?)\s+",
        "",
        bare(phrase).lower(),
    )
    said = re.sub(r"^(?:due|from|on|for|in|during|of|the)\s+", "", said)
    day = today.day
    monday = day - timedelta(days=day.weekday())
    named = {
        "overdue": (None, day), "late": (None, day), "past due": (None, day),
        "today": (day, day + timedelta(days=1)), "tonight": (day, day + timedelta(days=1)),
        "yesterday": (day - timedelta(days=1), day),
        "tomorrow": (day + timedelta(days=1), day + timedelta(days=2)),
        "this week": (day, monday + timedelta(days=7)), "week": (day, monday + timedelta(days=7)),
        "rest of the week": (day, monday + timedelta(days=7)),
        "next week": (monday + timedelta(days=7), monday + timedelta(days=14)),
        "last week": (monday - timedelta(days=7), monday),
        "this month": (day, _month(day, 1)), "next month": (_month(day, 1), _month(day, 2)),
        "last month": (_month(day, -1), _month(day, 0)),
        "weekend": _weekend(monday), "this weekend": _weekend(monday), "next weekend": _weekend(monday + timedelta(days=7)),
        "this year": (day, date(day.year + 1, 1, 1)),
        "upcoming": (day + timedelta(days=1), None), "coming up": (day + timedelta(days=1), None),
        "future": (day + timedelta(days=1), None),
    }  # fmt: skip
    if said in named:
        start, end = named[said]
        return _period(said, start, end, today)
    if not said.startswith("with ") and re.fullmatch(
        r"(?:with(?:out)?(?: an?y?)? (?:due )?(?:dates?|deadlines?)|undated|no (?:due )?(?:date|deadline)|someday|unscheduled)",
        said,
    ):
        return Period("without a date", undated=True)
    return _bounded(said, today) or _two_days(said, today) or _one_day(said, today)


def _month(day: date, months: int) -> date:
    return day.replace(day=1) + relativedelta(months=months)


def _weekend(monday: date) -> tuple[date, date]:
    return monday + timedelta(days=5), monday + timedelta(days=7)


def _period(name: str, start: date | None, end: date | None, today: Today) -> Period:
    return Period(
        name,
        None if start is None else today.start_of(start),
        None if end is None else today.start_of(end),
    )


def _bounded(said: str, today: Today) -> Period | None:
    if found := re.fullmatch(rf"(?:the )?(?:next|coming|following) {LENGTH}", said):
        length = read_length(f"{found['number']} {found['unit']}")
        return _period(
            said, today.day, today.day + (length or relativedelta()) + timedelta(days=1), today
        )
    if found := re.fullmatch(r"(?:between|from) (.+) (?:and|to|until|through) (.+)", said):
        first, last = _day_of(found[1], today), _day_of(found[2], today)
        if first and last:
            last += timedelta(days=7 if last < first else 0)
            return _period(said, first, last + timedelta(days=1), today)
    if found := re.fullmatch(r"(before|until|by|through|after|since|starting) (.+)", said):
        day = _day_of(found[2], today)
        if day is None:
            return None
        match found[1]:
            case "before":
                return _period(said, None, day, today)
            case "until" | "by" | "through":
                return _period(said, None, day + timedelta(days=1), today)
            case "after":
                return _period(said, day + timedelta(days=1), None, today)
            case _:
                return _period(said, day, None, today)
    return None


def _two_days(said: str, today: Today) -> Period | None:
    """ "today and tomorrow"."""
    if found := re.fullmatch(r"(.+?) (?:and|or) (.+)", said):
        first, last = _day_of(found[1], today), _day_of(found[2], today)
        if first and last and last - first == timedelta(days=1):
            return _period(said, first, last + timedelta(days=1), today)
    return None


def _day_of(said: str, today: Today) -> date | None:
    said = said.removeprefix("the ")
    if said == "yesterday":
        return today.day - timedelta(days=1)
    if said.removeprefix("this ") in _DAYS:
        # Of what is listed or moved, "thursday" is today on a Thursday.
        ahead = (_DAYS.index(said.removeprefix("this ")) - today.day.weekday()) % 7
        return today.day + timedelta(days=ahead)
    if said.startswith("last ") and said.removeprefix("last ") in _DAYS:
        back = (today.day.weekday() - _DAYS.index(said.removeprefix("last "))) % 7 or 7
        return today.day - timedelta(days=back)
    when = read_when(said, today)
    return when.wall.date() if when and when.has_day else None


def _one_day(said: str, today: Today) -> Period | None:
    if said in _MONTHS:
        when = read_when(said, today)
        if when is not None:
            return _period(said, _month(when.wall.date(), 0), _month(when.wall.date(), 1), today)
    day = _day_of(re.sub(r"'s$", "", said), today)
    return None if day is None else _period(said, day, day + timedelta(days=1), today)
