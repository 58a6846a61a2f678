"""The dates of a VTODO: DTSTART, DUE, DURATION and stamps."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from todo.calendars.ical.alarms import read_span
from todo.calendars.ical.components import Component
from todo.calendars.ical.content_lines import Line
from todo.calendars.ical.model import SCHEDULED, START, ZONE
from todo.calendars.ical.unsupported import Report
from todo.calendars.ical.zones import Moment, Zones, known_zone
from todo.domain.errors import Invalid
from todo.domain.recurrence import day_of_until, local, start_of_day, to_utc

# The same span that the API accepts for a due date.
_YEARS = range(1970, 9001)


@dataclass(frozen=True, slots=True)
class Dates:
    """DTSTART, the due date, the zone and the start date of a VTODO; `scheduled` is its due date by the rule."""

    start: Moment | None
    due: Moment | None
    zone: str
    start_date: datetime | date | None
    scheduled: Moment | None


def dates_of(component: Component, zones: Zones, report: Report) -> Dates:
    home = _home(component, zones)
    start = moment_of(component, "DTSTART", zones, report, home)
    due = moment_of(component, "DUE", zones, report, home)
    duration = component.first("DURATION")
    if due is None and start and duration:
        due = _after(start, duration, report)
    elif duration and duration.value.strip():
        report.add("DURATION", "A duration counts only from a start date, and without a due date.")
    repeats = component.first("RRULE") is not None
    if due is None and start and repeats and component.first("DUE") is None:
        due = start
        report.add("DTSTART", "The task repeats without a due date; its start became the due date.")
    own = moment_of(component, START, zones, report, home)
    return Dates(
        start,
        due,
        due.zone if due else start.zone if start else home or zones.default,
        _start_date(own or start, due, report, exact=own is not None),
        moment_of(component, SCHEDULED, zones, report, home),
    )


def _start_date(
    start: Moment | None, due: Moment | None, report: Report, *, exact: bool
) -> datetime | date | None:
    """A DTSTART that equals DUE says nothing: many programs write it in every task. Ours is exact."""
    if start is None:
        return None
    if due is None:
        return start.local.date() if start.all_day else start.utc
    found: datetime | date
    if due.all_day:
        day, due_day = start.local.date(), due.local.date()
        if not start.all_day:
            report.add("DTSTART", "The due date has no time, so that of the start was left out.")
        found, is_late, is_same = day, day > due_day, day == due_day
    else:
        instant = to_utc(start.local, due.zone) if start.all_day else start.utc
        found, is_late, is_same = instant, instant > due.utc, instant == due.utc
    if is_late:
        report.add("DTSTART", "The start date is after the due date and was left out.")
    return None if is_late or (is_same and not exact) else found


def _home(component: Component, zones: Zones) -> str | None:
    """The zone of a task whose due date has none: a DATE, an instant in UTC, or no due date."""
    own = known_zone(component.text(ZONE) or "")
    if own:
        return own
    # A rule with a start in UTC uses UTC's weekdays (RFC 5545, 3.3.10), unless the file has a zone.
    due = component.first("DUE") or component.first("DTSTART")
    if component.first("RRULE") and due and due.value.strip().upper().endswith("Z"):
        return zones.named_default or "UTC"
    return None


def moment_of(
    component: Component, name: str, zones: Zones, report: Report, home: str | None
) -> Moment | None:
    line = component.first(name)
    if line is None or not line.value.strip():
        return None
    try:
        moment = zones.moment(line, home=home)
        if moment.utc.year not in _YEARS:
            raise Invalid(f"“{line.value[:40]}” is not between the years 1970 and 9000.")
    except Invalid as refusal:
        report.add(name, f"The date was left out: {refusal.message}")
        return None
    if moment.note:
        report.add(name, moment.note)
    return moment


def date_of_series(line: Line, first: Moment | None, zones: Zones, home: str) -> datetime:
    """The instant of the date of a series that EXDATE or RECURRENCE-ID names. Raises Invalid.

    RFC 5545 wants the form of DTSTART (`first`). Some programs name a whole day by a time, or a time by its day.
    """
    moment = zones.moment(line, home=home)
    if first is None or moment.all_day == first.all_day:
        return moment.utc
    if first.all_day:
        is_utc = line.value.strip().upper().endswith("Z")
        day = day_of_until(moment.utc, home) if is_utc else moment.local.date()
        return start_of_day(day, home)
    return to_utc(datetime.combine(moment.local, first.local.time()), first.zone)


def _after(start: Moment, duration: Line, report: Report) -> Moment | None:
    try:
        span = read_span(duration.value)
        end = span.after(start)
        if end.year not in _YEARS:
            raise Invalid("it ends beyond the years 1970 to 9000.")
        # The end of an all-day task is all-day too if the duration has only days.
        return replace(
            start, utc=end, local=local(end, start.zone), all_day=start.all_day and not span.elapsed
        )
    except Invalid as refusal:
        report.add("DURATION", f"The duration was left out: {refusal.message}")
        return None


def stamp_of(component: Component, name: str, zones: Zones, report: Report) -> datetime | None:
    line = component.first(name)
    if line is None or not line.value.strip():
        return None
    try:
        return zones.moment(line).utc
    except Invalid as refusal:
        report.add(name, f"The time was left out: {refusal.message}")
        return None
