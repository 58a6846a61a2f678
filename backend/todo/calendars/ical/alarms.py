"""VALARMs and the product's reminders, both ways.

Ours fire at the due date or before it. An all-day task has no time of day to count back from: here its reminders
count from nine in the morning (todo.domain.reminder), in iCalendar from the midnight before.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from todo.calendars.ical.lines import Component
from todo.calendars.ical.unsupported import Losses
from todo.calendars.ical.zones import Moment, Zones
from todo.domain.errors import Invalid
from todo.domain.events import rfc3339
from todo.domain.recurrence import local, to_utc
from todo.domain.reminder import ALL_DAY_HOUR, MAX_REMINDERS, alerts, parse_reminder

_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?",
    re.IGNORECASE,
)
# What Apple writes where an alarm must have a time and has none.
_NEVER = datetime(1976, 4, 1, 0, 55, 45, tzinfo=UTC)
_AFTER = "it comes after the task is due; reminders come at the due date or before."
_ACTIONS = {"DISPLAY", "AUDIO", "EMAIL"}
_HANDLED = {"ACTION", "TRIGGER", "REPEAT", "DURATION", "DESCRIPTION", "SUMMARY", "RELATED-TO"}


@dataclass(frozen=True, slots=True)
class Span:
    """A signed duration as calendars mean it: days of the wall clock, then elapsed time."""

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
            raise Invalid("it leads out of the calendar.") from None

    @property
    def iso(self) -> str:
        """`-P1DT2H`. Days and time of one sign each; the caller has no others."""
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


def span_before(wall: datetime, zone: str, instant: datetime) -> Span:
    """How long before a wall-clock time `instant` is; negative `elapsed` when it is after."""
    days = max((wall - local(instant, zone)).days, 0)
    elapsed = to_utc(wall - timedelta(days=days), zone) - instant
    if elapsed < timedelta() and days:  # a clock change in between made the day longer
        days -= 1
        elapsed = to_utc(wall - timedelta(days=days), zone) - instant
    return Span(days, elapsed)


def read_alarms(
    todo: Component, zones: Zones, *, start: Moment | None, due: Moment | None, losses: Losses
) -> tuple[str, ...]:
    """The task's reminders; what cannot be one is listed."""
    found: dict[str, None] = {}
    for alarm in todo.children:
        if len(found) > MAX_REMINDERS:
            break
        if alarm.name != "VALARM":
            losses.add(alarm.name, "Parts of a task other than alarms are not supported.")
            continue
        try:
            found |= dict.fromkeys(_alarm(alarm, zones, start, due, losses))
        except Invalid as refusal:
            losses.add("VALARM", f"An alarm was left out: {refusal.message}")
    if len(found) > MAX_REMINDERS:
        losses.add("VALARM", f"Only the first {MAX_REMINDERS} reminders were kept.")
    return tuple(found)[:MAX_REMINDERS]


def _alarm(
    alarm: Component, zones: Zones, start: Moment | None, due: Moment | None, losses: Losses
) -> list[str]:
    action = (alarm.text("ACTION") or "DISPLAY").upper()
    near = next((n for n in ("X-APPLE-PROXIMITY", "PROXIMITY") if alarm.first(n)), None)
    if near:
        losses.add(near, "Reminders at a place are not supported, only at a time.")
        return []
    if action == "NONE":
        return []
    if action not in _ACTIONS:
        raise Invalid(f"alarms that do {action[:40]} are not supported.")
    trigger = alarm.first("TRIGGER")
    if trigger is None or not alarm.whole:
        raise Invalid("it cannot be read.")

    exact: str | None = None
    relative = _DURATION.fullmatch(trigger.value.strip()) is not None
    if relative:
        if due is None:
            raise Invalid("it counts from a date, and the task has none.")
        at_end = trigger.params.get("RELATED", "START").upper() == "END"
        base = due if at_end or start is None else start
        span = read_span(trigger.value)
        first = span.after(base)
        if base.utc == due.utc and not due.all_day and first <= due.utc:
            exact = (-span).iso
    else:
        first = zones.moment(trigger).utc
        if first == _NEVER:
            return []
    kept = [exact or _spec(first, due, relative)]

    if action == "EMAIL":
        losses.add("ACTION", "An email alarm became a reminder, sent by your own channels.")
    losses.add_rest(alarm, _HANDLED)
    repeats, gap = _repeats(alarm)
    for count in range(1, repeats + 1):
        try:
            kept.append(_spec(first + count * gap, due, relative))
        except Invalid as refusal:
            losses.add("REPEAT", f"The alarm's later repeats were left out: {refusal.message}")
            break
    return kept


def _repeats(alarm: Component) -> tuple[int, timedelta]:
    count, gap = alarm.text("REPEAT"), alarm.text("DURATION")
    if not (count and gap):
        return 0, timedelta()
    span = read_span(gap)
    length = timedelta(days=span.days) + span.elapsed
    if not count.isdecimal() or length <= timedelta():
        raise Invalid(f"“{count[:20]}” repeats every “{gap[:20]}” cannot be read.")
    return min(int(count[:4]), MAX_REMINDERS), length


def _spec(instant: datetime, due: Moment | None, relative: bool) -> str:
    """A reminder for `instant`: counted back from the due date if it should move with it."""
    if due is None:
        return rfc3339(instant)
    if relative or instant == due.utc or (due.all_day and instant > due.utc):
        wall = due.local.replace(hour=ALL_DAY_HOUR) if due.all_day else due.local
        span = span_before(wall, due.zone, instant)
        if span.elapsed < timedelta():
            raise Invalid(_AFTER)
        spec = span.iso
    elif instant > due.utc:
        raise Invalid(_AFTER)
    else:
        spec = rfc3339(instant)
    parse_reminder(spec)
    return spec


def trigger(
    spec: str, *, due_date: datetime | None, timezone: str, all_day: bool
) -> Span | datetime | None:
    """The VALARM's TRIGGER for one of our reminders; None for one that never fires."""
    parsed = parse_reminder(spec)
    if isinstance(parsed, datetime):
        return parsed.astimezone(UTC)
    if due_date is None:
        return None
    if not all_day:
        return -Span(parsed.days, parsed.elapsed)
    alert = alerts((spec,), due_date=due_date, timezone=timezone, all_day=True)
    midnight = local(due_date, timezone)
    return -span_before(midnight, timezone, alert[0].remind_at) if alert else None
