"""Convert VALARMs to reminders and back.

A reminder fires at the due date or before it. For an all-day task, a relative reminder counts from nine in the
morning (todo.domain.reminder), a relative VALARM from midnight. They are converted in UTC, because a clock change
of one zone must not alter what holds for every date of a series and for every zone.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from todo.calendars.ical.components import Component
from todo.calendars.ical.content_lines import Line
from todo.calendars.ical.unsupported import Report
from todo.calendars.ical.zones import Moment, Zones
from todo.domain.errors import Invalid
from todo.domain.events import rfc3339
from todo.domain.recurrence import day_of, start_of_day, to_utc
from todo.domain.reminder import MAX_REMINDERS, alerts, parse_reminder, relative

_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?",
    re.IGNORECASE,
)
# Apple's placeholder for an alarm without a time.
_NEVER = datetime(1976, 4, 1, 0, 55, 45, tzinfo=UTC)
_AFTER = "it comes after the task is due; reminders come at the due date or before."
_ACTIONS = {"DISPLAY", "AUDIO", "EMAIL"}
_HANDLED = {"ACTION", "TRIGGER", "REPEAT", "DURATION", "DESCRIPTION", "SUMMARY", "RELATED-TO"}


@dataclass(frozen=True, slots=True)
class Span:
    """A signed iCalendar duration: days on the wall clock, then elapsed time."""

    days: int
    elapsed: timedelta

    def __neg__(self) -> "Span":
        return Span(-self.days, -self.elapsed)

    def after(self, start: Moment) -> datetime:
        """The instant this long after `start`. Raises Invalid."""
        try:
            if not self.days:
                return start.utc + self.elapsed
            return to_utc(start.local + timedelta(days=self.days), start.zone) + self.elapsed
        except OverflowError:
            raise Invalid("it ends outside the calendar.") from None

    @property
    def iso(self) -> str:
        """ISO 8601, such as `-P1DT2H`. Days and elapsed time have the same sign."""
        seconds = int(self.elapsed.total_seconds())
        sign = "-" if self.days < 0 or seconds < 0 else ""
        minutes, seconds = divmod(abs(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
        day = f"{abs(self.days)}D" if self.days else ""
        time = "".join(f"{number}{unit}" for number, unit in parts if number)
        return f"{sign}P{day}" + (f"T{time}" if time else "") if day or time else "PT0S"


def read_span(value: str) -> Span:
    """An iCalendar DURATION. Raises Invalid."""
    match = _DURATION.fullmatch(value.strip())
    if match is None or not any(match.groups()[1:]):
        raise Invalid(f"“{value[:40]}” is not a duration.")
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups()[1:])
    span = Span(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    return -span if match[1] == "-" else span


@dataclass(frozen=True, slots=True)
class _Task:
    """What an alarm refers to. A task that repeats needs reminders that move with each occurrence."""

    zones: Zones
    start: Moment | None
    due: Moment | None
    repeats: bool


def read_alarms(
    todo: Component, zones: Zones, *, start: Moment | None, due: Moment | None, report: Report
) -> tuple[str, ...]:
    """The task's reminders. An alarm that cannot become one is listed in `report`."""
    start, due = _at_home(start, zones), _at_home(due, zones)
    task = _Task(zones, start, due, due is not None and todo.first("RRULE") is not None)
    found: dict[str, None] = {}
    for alarm in todo.children:
        if len(found) > MAX_REMINDERS:
            break
        if alarm.name != "VALARM":
            report.add(alarm.name, "Parts of a task other than alarms are not supported.")
            continue
        try:
            if _is_timed(alarm, report):
                found |= dict.fromkeys(_reminders(alarm, task, report))
        except Invalid as refusal:
            report.add("VALARM", f"An alarm was left out: {refusal.message}")
    if len(found) > MAX_REMINDERS:
        report.add("VALARM", f"Only the first {MAX_REMINDERS} reminders were kept.")
    return tuple(found)[:MAX_REMINDERS]


def _at_home(moment: Moment | None, zones: Zones) -> Moment | None:
    """An all-day date has no zone: it begins, and its alarms ring, in the account's."""
    if moment is None or not moment.all_day:
        return moment
    return replace(moment, utc=to_utc(moment.local, zones.account), zone=zones.account)


def _on_wall(moment: Moment | None) -> Moment | None:
    return moment and replace(moment, utc=moment.local.replace(tzinfo=UTC), zone="UTC")


def _is_timed(alarm: Component, report: Report) -> bool:
    """Whether the alarm rings at a time; else it is ignored or listed. Raises Invalid."""
    near = next((n for n in ("X-APPLE-PROXIMITY", "PROXIMITY") if alarm.first(n)), None)
    if near:
        report.add(near, "Reminders at a place are not supported, only at a time.")
        return False
    action = (alarm.text("ACTION") or "DISPLAY").upper()
    if action == "NONE":
        return False
    if action not in _ACTIONS:
        raise Invalid(f"alarms that do {action[:40]} are not supported.")
    return True


def _reminders(alarm: Component, task: _Task, report: Report) -> list[str]:
    """The alarm and its repeats as reminders; none for Apple's alarm without a time. Raises Invalid."""
    trigger = alarm.first("TRIGGER")
    if trigger is None or not alarm.whole:
        raise Invalid("it cannot be read.")
    is_duration = _DURATION.fullmatch(trigger.value.strip()) is not None
    if is_duration:
        if task.due and task.due.all_day:
            task = replace(task, start=_on_wall(task.start), due=_on_wall(task.due))
        first, spec = _relative(trigger, task)
    else:
        # A time without a zone is in the task's zone, as its due date is.
        first = task.zones.moment(trigger, home=task.due.zone if task.due else None).utc
        if first == _NEVER:
            return []
        spec = _spec(first, task.due, moving=task.repeats)
    if alarm.text("ACTION") == "EMAIL":
        report.add("ACTION", "An email alarm became a reminder, sent by your own channels.")
    report.add_rest(alarm, _HANDLED)
    repeats, gap = _repeats(alarm)
    kept = [spec]
    for count in range(1, repeats + 1):
        try:
            kept.append(_spec(first + count * gap, task.due, moving=is_duration or task.repeats))
        except Invalid as refusal:
            report.add("REPEAT", f"The alarm's later repeats were left out: {refusal.message}")
            break
    return kept


def _relative(trigger: Line, task: _Task) -> tuple[datetime, str]:
    """The instant of an alarm with a duration, and the reminder for it. Raises Invalid."""
    at_end = trigger.params.get("RELATED", "START").upper() == "END"
    base = task.due if at_end or task.start is None else task.start
    if base is None:
        raise Invalid("it counts from a date, and the task has none.")
    span = read_span(trigger.value)
    first = span.after(base)
    if task.due is None:
        return first, rfc3339(first)
    if base.utc == task.due.utc and not task.due.all_day and first <= task.due.utc:
        return first, (-span).iso
    return first, _spec(first, task.due, moving=True)


def _repeats(alarm: Component) -> tuple[int, timedelta]:
    count, gap = alarm.text("REPEAT"), alarm.text("DURATION")
    if not (count and gap):
        return 0, timedelta()
    span = read_span(gap)
    length = timedelta(days=span.days) + span.elapsed
    if not count.isdecimal() or length <= timedelta():
        raise Invalid(f"“{count[:20]}” repeats every “{gap[:20]}” cannot be read.")
    return min(int(count[:4]), MAX_REMINDERS), length


def _spec(instant: datetime, due: Moment | None, *, moving: bool) -> str:
    """The reminder for `instant`: a duration before the due date if it is `moving`, else the instant."""
    spec = rfc3339(instant)
    if due is None:
        return spec
    if instant > _latest(due):
        raise Invalid(_AFTER)
    if moving or instant == due.utc:
        spec = relative(spec, due_date=due.utc, timezone=due.zone, all_day=due.all_day)
    parse_reminder(spec)
    return spec


def _latest(due: Moment) -> datetime:
    """An all-day task is due until the last second of its day."""
    if not due.all_day:
        return due.utc
    return to_utc(due.local + timedelta(days=1), due.zone) - timedelta(seconds=1)


def trigger(
    spec: str, *, due_date: datetime | None, timezone: str, all_day: bool
) -> Span | datetime | None:
    """The TRIGGER of the VALARM for a reminder; None if the reminder never fires."""
    parsed = parse_reminder(spec)
    if isinstance(parsed, datetime):
        # Read back as a reminder at the due date.
        return Span(0, timedelta()) if parsed == due_date else parsed.astimezone(UTC)
    if due_date is None:
        return None
    if not all_day:
        return -Span(parsed.days, parsed.elapsed)
    midnight = start_of_day(day_of(due_date, timezone), "UTC")
    for alert in alerts((spec,), due_date=midnight, timezone="UTC", all_day=True):
        length = midnight - alert.remind_at
        days = max(length.days, 0)
        return -Span(days, length - timedelta(days=days))
    return None
