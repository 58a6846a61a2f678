"""Convert the components of a calendar file to tasks."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from hashlib import sha256

from todo.calendars.ical.alarms import read_alarms
from todo.calendars.ical.components import Component, parse
from todo.calendars.ical.content_lines import split_list
from todo.calendars.ical.dates import date_of_series, dates_of, moment_of, stamp_of
from todo.calendars.ical.model import MODE, UNTITLED, Calendar, ImportedTodo, Unsupported
from todo.calendars.ical.series import Exceptions, distance, resolve
from todo.calendars.ical.start_rules import counted_from_due
from todo.calendars.ical.unsupported import Report, other_component
from todo.calendars.ical.zones import Moment, Zones, known_zone, read_stamp, write_stamp
from todo.domain.errors import Invalid
from todo.domain.recurrence import (
    RecurrenceMode,
    Skip,
    day_of_until,
    may_lack_a_day,
    parse_rule,
    validate,
)
from todo.domain.search import distinct_tags
from todo.domain.task import MAX_DESCRIPTION, MAX_TAGS, MAX_TITLE

MAX_TAG = 60
MAX_UID = 500
MAX_LISTED = 2000
MAX_CLOSED = 5000
_HANDLED = {
    "SUMMARY", "DESCRIPTION", "DUE", "DTSTART", "DURATION", "RRULE", "PRIORITY", "CATEGORIES", "STATUS",
    "COMPLETED", "PERCENT-COMPLETE", "RECURRENCE-ID", "EXDATE",
}  # fmt: skip


def read(data: bytes, *, default_timezone: str) -> Calendar:
    """The tasks of a calendar file. Times without a zone are read in `default_timezone`.

    Raises Invalid(field="file") if the file is not a calendar. A bad task is listed; the others are imported.
    """
    calendars, is_utf8 = parse(data)
    whole_file = Report()
    if not is_utf8:
        whole_file.add("VCALENDAR", "Lines that are not UTF-8 were read as Windows-1252.")
    found: list[_Found] = []
    others: list[Unsupported] = []
    for calendar in calendars:
        if not calendar.whole:
            whole_file.add("VCALENDAR", "The file ends early; something may be missing.")
        whole_file.add_rest(calendar, set())
        own = known_zone(calendar.text("X-WR-TIMEZONE") or "")
        zones = Zones(
            (child for child in calendar.children if child.name == "VTIMEZONE"),
            default_timezone,
            named_default=own,
        )
        components = [child for child in calendar.children if child.name == "VTODO"]
        series = {child.text("UID") for child in components if not child.first("RECURRENCE-ID")}
        changes: dict[str, list[Component]] = defaultdict(list)
        masters = []
        for child in components:
            uid = child.text("UID")
            if uid and uid in series and child.whole and child.first("RECURRENCE-ID"):
                changes[uid].append(child)
            else:
                masters.append(child)
        found += (_read_one(child, zones, changes) for child in masters)
        others += (
            other_component(child)
            for child in calendar.children
            if child.name not in {"VTODO", "VTIMEZONE"}
        )
    if not found:
        raise Invalid(_no_tasks(others), "file")
    kept = list(_newest_of_each(found))
    # In the user's order if the file has one (Apple Reminders), else in the order of the file.
    todos = [item.todo for item in sorted(kept, key=lambda item: item.rank) if item.todo]
    todos = list(_with_closed_up_to(MAX_CLOSED, todos, whole_file))
    report = [loss for item in kept for loss in item.report.items]
    return Calendar(tuple(todos), _readable([*whole_file.items, *report, *others]))


def _with_closed_up_to(
    limit: int, todos: Iterable[ImportedTodo], report: Report
) -> Iterator[ImportedTodo]:
    """The tasks; closed dates beyond the limit of a file are left out, and the series go on after them."""
    for todo in todos:
        limit -= len(todo.closed)
        if limit >= 0 or not todo.closed:
            yield todo
        else:
            report.add("RECURRENCE-ID", f"Only {MAX_CLOSED:,} closed dates of a file are imported.")
            yield replace(todo, closed=())


def _readable(report: list[Unsupported]) -> tuple[Unsupported, ...]:
    if len(report) > MAX_LISTED:
        rest = f"{len(report) - MAX_LISTED:,} more things that were not imported are not listed."
        report[MAX_LISTED:] = [Unsupported(None, None, "VCALENDAR", rest)]
    return tuple(report)


def _no_tasks(others: list[Unsupported]) -> str:
    events = sum(other.property == "VEVENT" for other in others)
    if events:
        return f"The file has no tasks (VTODO), only calendar events ({events})."
    return "The file has no tasks (VTODO)."


@dataclass(frozen=True, slots=True)
class _Found:
    todo: ImportedTodo | None
    report: Report
    rank: float = 0


def _newest_of_each(found: list[_Found]) -> Iterator[_Found]:
    """For each UID, the latest version of the task."""
    latest: dict[str, _Found] = {}
    for item in found:
        if item.todo is None:
            continue
        other = latest.get(item.todo.uid)
        if other is None or _version(item.todo) >= _version(other.todo):
            latest[item.todo.uid] = item
    for item in found:
        if item.todo is None or latest[item.todo.uid] is item:
            yield item
        else:
            item.report.items.clear()
            item.report.add("UID", "The file has this task more than once; the latest was taken.")
            yield replace(item, todo=None)


def _version(todo: ImportedTodo | None) -> tuple[int, datetime]:
    oldest = datetime.min.replace(tzinfo=UTC)
    return (todo.sequence, todo.last_modified or oldest) if todo else (-1, oldest)


def _read_one(
    component: Component, zones: Zones, changes: Mapping[str, Sequence[Component]]
) -> _Found:
    """`changes` has the changed occurrences of each series, by UID."""
    report = Report.of(component)
    if not component.whole:
        report.add("VTODO", "The task is cut off in the middle and was not imported.")
        return _Found(None, report)
    try:
        todo = _todo(component, zones, report)
        if not component.first("RECURRENCE-ID"):
            changed = changes.get(component.text("UID") or "", ())
            todo = resolve(todo, _exceptions(component, changed, todo, zones, report), report)
    except (Invalid, ValueError, OverflowError):
        # Each property reports its own errors; this catches the unexpected ones.
        report.items.clear()
        report.add("VTODO", "The task cannot be read and was not imported.")
        return _Found(None, report)
    order = component.text("X-APPLE-SORT-ORDER") or ""
    return _Found(todo, report, float(order) if re.fullmatch(r"-?\d{1,18}", order) else 0)


def _exceptions(
    component: Component,
    changed: Sequence[Component],
    todo: ImportedTodo,
    zones: Zones,
    report: Report,
) -> Exceptions:
    """The changed and excluded dates of a series, by the due date that the rule gives them."""
    home = todo.timezone
    name = "DTSTART" if component.first("DTSTART") else "DUE"
    start = moment_of(component, name, zones, Report(), home)
    shift = distance(start.utc if start else None, todo.due_date)
    by_date = {}
    for change in changed:
        line = change.first("RECURRENCE-ID")
        if line and moment_of(change, "RECURRENCE-ID", zones, report, home):
            date = date_of_series(line, start, zones, home)
            by_date[date + shift] = _todo(change, zones, Report())
    excluded = set()
    for line in component.every("EXDATE"):
        for value in line.value.split(","):
            try:
                date = date_of_series(replace(line, value=value), start, zones, home)
                excluded.add(date + shift)
            except Invalid as refusal:
                report.add("EXDATE", f"The date was ignored: {refusal.message}")
    return Exceptions(by_date, frozenset(excluded))


def _todo(component: Component, zones: Zones, report: Report) -> ImportedTodo:
    dates = dates_of(component, zones, report)
    start, due = dates.start, dates.due
    recurrence = _recurrence(component, start, due, dates.scheduled or due, report)
    scheduled_at = dates.scheduled.utc if dates.scheduled and recurrence else None
    modified = stamp_of(component, "LAST-MODIFIED", zones, report)
    completed, completed_at = _completion(component, zones, report)
    todo = ImportedTodo(
        uid=_uid(component, report),
        title=_title(component, report),
        description=_description(component, report),
        due_date=due.utc if due else None,
        start_date=dates.start_date,
        all_day=due.all_day if due else False,
        timezone=dates.zone,
        recurrence=recurrence,
        reminders=read_alarms(component, zones, start=start, due=due, report=report),
        recurrence_mode=_mode(component),
        priority=_number(component, "PRIORITY", 9, report),
        tags=_tags(component, report),
        completed=completed,
        completed_at=completed_at
        or (_closed_by(component, due or start, modified, zones) if completed else None),
        created_at=stamp_of(component, "CREATED", zones, report),
        last_modified=modified,
        sequence=_number(component, "SEQUENCE", 2**31 - 1, report),
        starts=scheduled_at,
        scheduled_at=scheduled_at,
    )
    report.add_rest(component, _HANDLED)
    return todo


# ── Text, tags, numbers ────────────────────────────────────────────────────────────────────────────────────


def _uid(component: Component, report: Report) -> str:
    uid = component.text("UID")
    if uid and len(uid) <= MAX_UID:
        occurrence = component.text("RECURRENCE-ID")
        # An occurrence whose series is not in the file is a task of its own.
        return f"{uid}/{occurrence}"[:MAX_UID] if occurrence else uid
    said = "\n".join(
        f"{line.name}:{line.value}" for line in component.lines if line.name != "DTSTAMP"
    )
    report.add(
        "UID",
        "The task has no UID; a changed copy of it will be imported as a second task.",
    )
    return f"{sha256(said.encode()).hexdigest()[:32]}@import"


def _title(component: Component, report: Report) -> str:
    title = component.text("SUMMARY")
    if title is None:
        lines = (component.text("DESCRIPTION") or "").splitlines()
        title = lines[0].strip() if lines else UNTITLED
        report.add("SUMMARY", f"The task has no title and got one: “{title[:60]}”.")
    if len(title) > MAX_TITLE:
        report.add("SUMMARY", f"The title was cut after {MAX_TITLE:,} characters.")
    return title[:MAX_TITLE].rstrip()


def _description(component: Component, report: Report) -> str | None:
    line = component.first("DESCRIPTION")
    text = line.text if line else ""
    if len(text) > MAX_DESCRIPTION:
        report.add("DESCRIPTION", f"The description was cut after {MAX_DESCRIPTION:,} characters.")
    return text[:MAX_DESCRIPTION] if text.strip() else None


def _tags(component: Component, report: Report) -> tuple[str, ...]:
    items = (item for line in component.every("CATEGORIES") for item in split_list(line.value))
    tags = distinct_tags(tag for item in items if (tag := item.strip()))
    fitting = [tag for tag in tags if len(tag) <= MAX_TAG][:MAX_TAGS]
    if left_out := [tag for tag in tags if tag not in fitting]:
        some = ", ".join(f"“{tag[:MAX_TAG]}”" for tag in left_out[:3])
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        limit = f"a task has up to {MAX_TAGS} tags of {MAX_TAG} characters"
        report.add("CATEGORIES", f"Left out: {some}{more}; {limit}.")
    return tuple(fitting)


def _number(component: Component, name: str, most: int, report: Report) -> int:
    text = component.text(name)
    if text is None:
        return 0
    if re.fullmatch(r"\+?\d{1,10}", text, re.ASCII) and int(text) <= most:
        return int(text)
    report.add(name, f"“{text[:40]}” is not a number from 0 to {most}.")
    return 0


# ── Recurrence and completion ────────────────────────────────────────────────────────────────────


def _recurrence(
    component: Component,
    start: Moment | None,
    due: Moment | None,
    first: Moment | None,
    report: Report,
) -> str | None:
    """The rule for due dates. `first` is the date that it starts from: the due date, unless that was postponed."""
    rules = [line.value.strip() for line in component.every("RRULE") if line.value.strip()]
    if not rules:
        return None
    if len(rules) > 1:
        report.add("RRULE", "Only one repeat rule per task is supported; the first was taken.")
    try:
        if due is None or first is None:
            raise Invalid("a task that repeats needs a date.")
        text = counted_from_due(_until_as_date(rules[0].upper(), due), start, due)
        text = text.removeprefix("RSCALE=GREGORIAN;")
        rule = parse_rule(text)
        if "SKIP=" not in text and may_lack_a_day(rule, due.local):
            # RFC 5545 omits a month without the day; our rules move it by default.
            rule, text = replace(rule, skip=Skip.OMIT), f"{text};SKIP={Skip.OMIT}"
        validate(rule, first.local, first.zone)
    except Invalid as refusal:
        report.add("RRULE", f"Imported without repeating: {refusal.message}")
        return None
    return text


def _mode(component: Component) -> RecurrenceMode | None:
    """The recurrence mode from our own property (see writing.py); None in files of other programs."""
    try:
        return RecurrenceMode((component.text(MODE) or "").lower())
    except ValueError:
        return None


def _closed_by(
    component: Component, date: Moment | None, modified: datetime | None, zones: Zones
) -> datetime | None:
    """The best guess for a task without COMPLETED: its last change, else its date, else when it was made."""
    stamp = stamp_of(component, "DTSTAMP", zones, Report())
    found = modified or stamp or (date.utc if date else None)
    return found or stamp_of(component, "CREATED", zones, Report())


def _until_as_date(rule: str, due: Moment) -> str:
    """The rule of an all-day task with UNTIL as a DATE."""
    match = re.search(r"(?<=UNTIL=)[^;]*", rule)
    if match is None or not due.all_day:
        return rule
    until, is_date, is_utc = read_stamp(match[0])
    if is_date:
        return rule
    day = day_of_until(until.replace(tzinfo=UTC) if is_utc else until, due.zone)
    return rule.replace(match[0], write_stamp(datetime.combine(day, time.min), is_date=True))


def _completion(component: Component, zones: Zones, report: Report) -> tuple[bool, datetime | None]:
    at = stamp_of(component, "COMPLETED", zones, report)
    percent = _number(component, "PERCENT-COMPLETE", 100, report)
    status = (component.text("STATUS") or "").upper()
    match status:
        case "COMPLETED":
            return True, at
        case "CANCELLED":
            report.add("STATUS", "The task was cancelled; it was imported as completed.")
            return True, at
        case "":
            completed = at is not None or percent == 100
            if completed:
                return True, at
        case "IN-PROCESS" | "NEEDS-ACTION":
            if status == "IN-PROCESS":
                report.add("STATUS", "“In process” is not kept; the task was imported as open.")
            if at:
                report.add(
                    "COMPLETED", "The task is open again; the earlier completion is not kept."
                )
        case _:
            report.add("STATUS", f"The status “{status[:40]}” is unknown; imported as open.")
    if percent:
        report.add(
            "PERCENT-COMPLETE", f"The task was {percent} % done; only open or completed is kept."
        )
    return False, None
