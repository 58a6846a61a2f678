"""Dates, durations and titles as text for a terminal."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_PRIORITIES = {"none": 0, "high": 1, "medium": 5, "med": 5, "low": 9}
_SHORT_SPAN = re.compile(
    r"(?:(\d+)\s*w(?:eeks?)?)?\s*(?:(\d+)\s*d(?:ays?)?)?\s*"
    r"(?:(\d+)\s*h(?:ours?)?)?\s*(?:(\d+)\s*m(?:in(?:utes?)?)?)?",
    re.IGNORECASE,
)
# A terminal would execute escape sequences in a title; bidirectional marks could disguise its text.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def printable(text: str) -> str:
    return _UNPRINTABLE.sub(" ", text).strip()


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def read_due(text: str, zone: str, *, all_day: bool) -> datetime | date:
    """A date if it is all-day, else an instant. Older servers answer the midnight of an all-day date."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.astimezone(_zone(zone) or UTC).date() if all_day else moment


def _wall(due: datetime | date, zone: str) -> datetime:
    """On the clock of the zone. A date is the same in every zone."""
    there = _zone(zone) or UTC
    if isinstance(due, datetime):
        return due.astimezone(there)
    return datetime.combine(due, time.min, there)


def day(due: datetime | date, zone: str, *, now: datetime) -> str:
    """`Mon 30 Nov` in the zone, with the year if it is not the current one."""
    then, today = _wall(due, zone), _wall(now, zone)
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then:%a} {then.day} {then:%b}{year}"


def is_later(start: datetime | date, home: str, *, now: datetime) -> bool:
    """Whether a start date has not come; a day begins in the account's zone."""
    return start > now if isinstance(start, datetime) else start > _wall(now, home).date()


def when(due: datetime | date, zone: str, *, now: datetime, home: str | None = None) -> str:
    """`Today 09:00`, `Tomorrow`, `Mon 30 Nov 09:00`; with the zone if clocks at `home` show another time.

    `home` is the zone of the account, in which an all-day date is today or not.
    """
    all_day = not isinstance(due, datetime)
    zone = (home or zone) if all_day else zone
    then, today = _wall(due, zone), _wall(now, zone)
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    words = near.get((then.date() - today.date()).days) or day(due, zone, now=now)
    if all_day:
        return words
    at_home = then.astimezone((_zone(home) if home else None) or then.tzinfo)
    elsewhere = then.utcoffset() != at_home.utcoffset()
    name = zone.rpartition("/")[2].replace("_", " ")
    return f"{words} {then:%H:%M}" + (f" ({name})" if elsewhere else "")


def is_overdue(due: datetime | date, home: str, *, now: datetime) -> bool:
    """Whether the due time has passed; for an all-day task, its day in the account's zone."""
    if isinstance(due, datetime):
        return due < now
    return due < _wall(now, home).date()


_ALL_DAY_RINGS = datetime(1970, 1, 1, 9, tzinfo=UTC)
_AFTER = re.compile(r"-PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def reminder(spec: str) -> str:
    """`PT1H30M` → `1 h 30 min before`; `-PT9H`, nine hours after the nine of an all-day task, → `at 18:00`."""
    if match := _AFTER.fullmatch(spec):
        hours, minutes, seconds = (int(group or 0) for group in match.groups())
        late = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return f"at {_ALL_DAY_RINGS + late:%H:%M}"
    match = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", spec)
    if match is None:
        return spec
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    days += weeks * 7
    units = (
        (days, "day" if days == 1 else "days"),
        (hours, "h"),
        (minutes, "min"),
        (seconds, "s"),
    )
    text = " ".join(f"{number} {unit}" for number, unit in units if number)
    return f"{text} before" if text else "when it is due"


def read_reminder(text: str) -> str:
    """`1d`, `2h 30m` → ISO 8601. Other texts stay as they are; the server checks them."""
    match = _SHORT_SPAN.fullmatch(text.strip())
    if text.strip() == "0":
        return "PT0S"
    if match is None or not any(match.groups()):
        return text.strip()
    weeks, days, hours, minutes = (int(group or 0) for group in match.groups())
    date = f"{weeks * 7 + days}D" if weeks or days else ""
    span = timedelta(hours=hours, minutes=minutes)
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return f"P{date}" + (f"T{time}" if time else "") if date or time else "PT0S"


def read_priority(text: str) -> int | None:
    text = text.strip().lower()
    if re.fullmatch("[0-9]", text):
        return int(text)
    return _PRIORITIES.get(text)


def priority(number: int) -> str:
    """RFC 5545: 1 to 4 high, 5 medium, 6 to 9 low."""
    if not number:
        return ""
    return "high" if number < 5 else "medium" if number == 5 else "low"
