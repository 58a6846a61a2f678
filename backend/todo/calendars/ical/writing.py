"""Write tasks as a calendar file, for feeds. `read` returns the same tasks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from todo.calendars.ical.alarms import Span, trigger
from todo.calendars.ical.model import MODE, SCHEDULED, START, UNTITLED, ZONE, Exportable
from todo.calendars.ical.start_rules import rule_from_start
from todo.calendars.ical.zones import write_stamp
from todo.domain.recurrence import Rule, Skip, local, may_lack_a_day, parse_rule

# Years of clock changes that a VTIMEZONE lists after the last due date, for the later dates of repeating tasks.
_YEARS_AHEAD = 20
# A VTIMEZONE lists each clock change of its years. Dates in other years are written in UTC.
_ZONED_YEARS = range(1900, 2200)
_LONGEST_LINE = 75
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Lines = Iterator[str]


def write(tasks: Iterable[Exportable]) -> bytes:
    """A VCALENDAR with one VTODO per task and the VTIMEZONEs that they use."""
    tasks = list(tasks)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Todo//Todo//EN", "CALSCALE:GREGORIAN"]
    for zone, years in sorted(_zones(tasks).items()):
        lines += _timezone(zone, min(years) - 1, min(max(years) + _YEARS_AHEAD, 9998))
    for task in tasks:
        lines += _todo(task)
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines).encode()


def escape(text: str) -> str:
    """Escape TEXT (RFC 5545, 3.3.11). icalendar's function turns the N of “C:\\New” into a line break."""
    text = _printable(text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _printable(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _fold(line: str) -> str:
    """Lines of at most 75 octets, never folded inside a character."""
    if len(line) * 4 <= _LONGEST_LINE:
        return line
    octets = line.encode()
    parts, start, room = [], 0, _LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0b1100_0000 == 0b1000_0000:  # inside a character
            end -= 1
        parts.append(octets[start:end])
        start, room = end, _LONGEST_LINE - 1  # the space that marks a continuation
    return b"\r\n ".join([*parts, octets[start:]]).decode()


# ── A task ────────────────────────────────────────────────────────────────────────────────────────


def _todo(task: Exportable) -> Lines:
    yield "BEGIN:VTODO"
    yield f"UID:{escape(task.uid)}"
    yield f"DTSTAMP:{_utc(task.updated_at)}"
    yield f"LAST-MODIFIED:{_utc(task.updated_at)}"
    if task.created_at:
        yield f"CREATED:{_utc(task.created_at)}"
    yield f"SEQUENCE:{task.sequence}"
    title = escape(_printable(task.title).strip() or UNTITLED)
    yield f"SUMMARY:{title}"
    if task.description and _printable(task.description).strip():
        yield f"DESCRIPTION:{escape(task.description)}"
    yield from _dates(task)
    if task.priority:
        yield f"PRIORITY:{task.priority}"
    tags = dict.fromkeys(tag for each in task.tags if (tag := _printable(each).strip()))
    if tags:
        yield f"CATEGORIES:{','.join(map(escape, tags))}"
    yield f"STATUS:{'COMPLETED' if task.completed else 'NEEDS-ACTION'}"
    if task.completed:
        yield "PERCENT-COMPLETE:100"
        if task.completed_at:
            yield f"COMPLETED:{_utc(task.completed_at)}"
    for when in dict.fromkeys(_trigger(task, spec) for spec in task.reminders):
        if when:
            yield from (
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                f"DESCRIPTION:{title}",
                when,
                "END:VALARM",
            )
    yield "END:VTODO"


def _dates(task: Exportable) -> Lines:
    due, start = task.due_date, task.start_date
    if not (zoned := _needs_zone(task)):
        yield f"{ZONE}:{task.timezone}"
    if due is None:
        if start is not None:
            yield f"DTSTART{_value(start, task, zoned)}"
        return
    due_value = _value(_day(due, task) if task.all_day else due, task, zoned)
    start_value = _value(start, task, zoned) if start is not None else None
    rule = parse_rule(task.recurrence) if task.recurrence else None
    first, anchor = None, local(due, task.timezone)
    if rule and start is not None:
        moved = rule_from_start(rule, _wall(start, task), anchor)
        if moved:
            rule, first, anchor = moved, start_value, _wall(start, task)
    elif start_value != due_value:
        first = start_value
    if start_value and first is None:
        # DTSTART that equals DUE says nothing, and the dates of this rule cannot be counted from the start.
        yield f"{START}{start_value}"
    if rule and first is None:
        # RFC 5545 repeats DTSTART. Other programs write it equal to DUE too.
        first = due_value
    if first:
        yield f"DTSTART{first}"
    yield f"DUE{due_value}"
    if rule:
        yield f"RRULE:{_rule(rule, anchor)}"
        if task.recurrence_mode:
            yield f"{MODE}:{task.recurrence_mode}"
        if task.scheduled_at and task.scheduled_at != due:
            scheduled = _day(task.scheduled_at, task) if task.all_day else task.scheduled_at
            yield f"{SCHEDULED}{_value(scheduled, task, zoned)}"


def _value(date_: datetime | date, task: Exportable, zoned: bool) -> str:
    if not isinstance(date_, datetime):
        return f";VALUE=DATE:{write_stamp(datetime.combine(date_, time()), is_date=True)}"
    if zoned:
        return f";TZID={task.timezone}:{write_stamp(local(date_, task.timezone))}"
    return f":{_utc(date_)}"


def _day(start: datetime, task: Exportable) -> date:
    return local(start, task.timezone).date()


def _wall(start: datetime | date, task: Exportable) -> datetime:
    if isinstance(start, datetime):
        return local(start, task.timezone)
    return datetime.combine(start, time())


def _rule(rule: Rule, anchor: datetime) -> str:
    """The rule with SKIP (RFC 7529) where a month may lack the day: RFC 5545 alone omits that month."""
    plain = str(replace(rule, skip=Skip.BACKWARD))  # our default
    if rule.skip is Skip.OMIT or not may_lack_a_day(rule, anchor):
        return plain
    return f"RSCALE=GREGORIAN;{plain};SKIP={rule.skip}"


def _instants(task: Exportable) -> list[datetime]:
    """The dates that have a time."""
    if task.all_day:
        return []
    dates = (task.due_date, task.start_date, task.scheduled_at)
    return [moment for moment in dates if isinstance(moment, datetime)]


def _needs_zone(task: Exportable) -> bool:
    """Written as wall-clock time with TZID, except in years without a VTIMEZONE, and in the second of two equal
    hours, which TZID cannot express.
    """
    instants = _instants(task)
    if not instants or task.timezone == "UTC":
        return False
    if any(moment.year not in _ZONED_YEARS for moment in instants):
        return False
    return not any(moment.astimezone(ZoneInfo(task.timezone)).fold for moment in instants)


def _trigger(task: Exportable, spec: str) -> str | None:
    when = trigger(spec, due_date=task.due_date, timezone=task.timezone, all_day=task.all_day)
    if when is None:
        return None
    if isinstance(when, Span):
        return f"TRIGGER;RELATED=END:{when.iso}"
    return f"TRIGGER;VALUE=DATE-TIME:{_utc(when)}"


def _utc(moment: datetime) -> str:
    return write_stamp(moment.astimezone(UTC), is_utc=True)


# ── A time zone ───────────────────────────────────────────────────────────────────────────────────
# icalendar 7.3 writes the onset of summer time by the new offset, an hour late. RFC 5545, 3.6.5 wants the old one.


class _Change(NamedTuple):
    """A clock change: `onset` is the local time before the change."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    is_dst: bool


def _zones(tasks: list[Exportable]) -> dict[str, list[int]]:
    years: dict[str, list[int]] = {}
    for task in tasks:
        if _needs_zone(task):
            years.setdefault(task.timezone, []).extend(each.year for each in _instants(task))
    return years


@lru_cache(maxsize=256)
def _timezone(zone: str, first: int, last: int) -> tuple[str, ...]:
    changes = list(_changes(ZoneInfo(zone), first, last))
    kinds = sorted(changes, key=lambda change: (change[1:], change.onset))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}", f"X-LIC-LOCATION:{zone}"]
    for kind, group in groupby(kinds, key=lambda change: change[1:]):
        before, after, name, is_dst = kind
        onsets = [write_stamp(change.onset) for change in group]
        part = "DAYLIGHT" if is_dst else "STANDARD"
        lines += [f"BEGIN:{part}", f"DTSTART:{onsets[0]}"]
        lines += [f"RDATE:{onset}" for onset in onsets[1:]]
        lines += [f"TZOFFSETFROM:{_offset(before)}", f"TZOFFSETTO:{_offset(after)}"]
        lines += [f"TZNAME:{escape(name)}", f"END:{part}"]
    return (*lines, "END:VTIMEZONE")


def _changes(zone: ZoneInfo, first: int, last: int) -> Iterator[_Change]:
    """The clock changes of these years, after an entry for the offset at their start."""
    moment = datetime(max(first, 1), 1, 1, tzinfo=UTC)
    here = moment.astimezone(zone)
    offset = here.utcoffset() or timedelta()
    yield _Change(
        (moment + offset).replace(tzinfo=None),
        offset,
        offset,
        here.tzname() or "",
        bool(here.dst()),
    )
    end = datetime(last, 12, 31, tzinfo=UTC)
    # The shortest known period is Ramadan in Morocco, about five weeks.
    step = timedelta(days=14)
    while moment < end:
        later = moment + step
        if _state(zone, moment) != _state(zone, later):
            low, high = moment, later
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle -= timedelta(microseconds=middle.microsecond)
                low, high = (
                    (middle, high)
                    if _state(zone, middle) == _state(zone, moment)
                    else (low, middle)
                )
            before, after = _state(zone, low)[0], high.astimezone(zone)
            yield _Change(
                (high + before).replace(tzinfo=None),
                before,
                after.utcoffset() or timedelta(),
                after.tzname() or "",
                bool(after.dst()),
            )
        moment = later


def _state(zone: ZoneInfo, moment: datetime) -> tuple[timedelta, str | None, bool]:
    here = moment.astimezone(zone)
    return here.utcoffset() or timedelta(), here.tzname(), bool(here.dst())


def _offset(offset: timedelta) -> str:
    seconds = int(abs(offset).total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{hours:02}{minutes:02}" + (f"{seconds:02}" if seconds else "")
