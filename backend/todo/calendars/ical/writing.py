"""Write tasks as a calendar file, for feeds. `read` returns the same tasks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from todo.calendars.ical.alarms import Span, trigger
from todo.calendars.ical.model import MODE, ZONE, Exportable
from todo.calendars.ical.zones import write_stamp
from todo.domain.recurrence import Skip, local, may_lack_a_day, parse_rule

# Years of clock changes that a VTIMEZONE lists after the last due date, for the later dates of repeating tasks.
_YEARS_AHEAD = 20
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
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _fold(line: str) -> str:
    """Lines of at most 75 octets, never folded inside a character."""
    if len(line) * 4 <= _LONGEST_LINE or len(line.encode()) <= _LONGEST_LINE:
        return line
    parts, size = [""], 0
    for char in line:
        width = len(char.encode())
        if size + width > _LONGEST_LINE:
            parts.append("")
            size = 1  # the space that marks a continuation
        parts[-1] += char
        size += width
    return "\r\n ".join(parts)


# ── A task ────────────────────────────────────────────────────────────────────────────────────────


def _todo(task: Exportable) -> Lines:
    yield "BEGIN:VTODO"
    yield f"UID:{escape(task.uid)}"
    yield f"DTSTAMP:{_utc(task.updated_at)}"
    yield f"LAST-MODIFIED:{_utc(task.updated_at)}"
    if task.created_at:
        yield f"CREATED:{_utc(task.created_at)}"
    yield f"SEQUENCE:{task.sequence}"
    yield f"SUMMARY:{escape(task.title)}"
    if task.description:
        yield f"DESCRIPTION:{escape(task.description)}"
    yield from _due(task)
    if task.priority:
        yield f"PRIORITY:{task.priority}"
    if task.tags:
        yield f"CATEGORIES:{','.join(map(escape, task.tags))}"
    yield f"STATUS:{'COMPLETED' if task.completed else 'NEEDS-ACTION'}"
    if task.completed:
        yield "PERCENT-COMPLETE:100"
        if task.completed_at:
            yield f"COMPLETED:{_utc(task.completed_at)}"
    for spec in task.reminders:
        yield from _alarm(task, spec)
    yield "END:VTODO"


def _due(task: Exportable) -> Lines:
    due = task.due_date
    if due is None:
        yield f"{ZONE}:{task.timezone}"
        return
    if _needs_zone(task):
        value = f";TZID={task.timezone}:{write_stamp(local(due, task.timezone))}"
    else:
        yield f"{ZONE}:{task.timezone}"
        day = f";VALUE=DATE:{write_stamp(local(due, task.timezone), is_date=True)}"
        value = day if task.all_day else f":{_utc(due)}"
    if task.recurrence:
        # RFC 5545 repeats DTSTART. Other programs write it equal to DUE too.
        yield f"DTSTART{value}"
    yield f"DUE{value}"
    if task.recurrence:
        yield f"RRULE:{_rule(task.recurrence, local(due, task.timezone))}"
        if task.recurrence_mode:
            yield f"{MODE}:{task.recurrence_mode}"


def _rule(text: str, due: datetime) -> str:
    """The rule with SKIP (RFC 7529) where a month may lack the day: RFC 5545 alone omits that month."""
    rule = parse_rule(text)
    plain = str(replace(rule, skip=Skip.BACKWARD))  # our default
    if rule.skip is Skip.OMIT or not may_lack_a_day(rule, due):
        return plain
    return f"RSCALE=GREGORIAN;{plain};SKIP={rule.skip}"


def _needs_zone(task: Exportable) -> bool:
    """Written as wall-clock time with TZID, except in the second of two equal hours, which TZID cannot express."""
    if task.due_date is None or task.all_day or task.timezone == "UTC":
        return False
    return not task.due_date.astimezone(ZoneInfo(task.timezone)).fold


def _alarm(task: Exportable, spec: str) -> Lines:
    when = trigger(spec, due_date=task.due_date, timezone=task.timezone, all_day=task.all_day)
    if when is None:
        return
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{escape(task.title)}"
    if isinstance(when, Span):
        yield f"TRIGGER;RELATED=END:{when.iso}"
    else:
        yield f"TRIGGER;VALUE=DATE-TIME:{_utc(when)}"
    yield "END:VALARM"


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
        if task.due_date and _needs_zone(task):
            years.setdefault(task.timezone, []).append(task.due_date.year)
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
