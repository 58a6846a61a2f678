"""What other programs get to read, and that we read the same back."""

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from todo.calendars.ical import ImportedTodo, read, write
from todo.domain.recurrence import RecurrenceMode, local, occurrences, parse_rule, to_utc

EPOCH = datetime(2026, 11, 1, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Exported(ImportedTodo):
    updated_at: datetime = EPOCH


def exported(todo: ImportedTodo) -> Exported:
    values = {field.name: getattr(todo, field.name) for field in fields(ImportedTodo)}
    return Exported(**values, updated_at=todo.last_modified or EPOCH)


def a_task(**values: object) -> Exported:
    plain = ImportedTodo(uid="one", title="Task", timezone="Europe/Berlin", last_modified=EPOCH)
    return exported(replace(plain, **values))  # type: ignore[arg-type]


def lines_of(*tasks: Exported) -> list[str]:
    return write(tasks).decode().replace("\r\n ", "").split("\r\n")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# ── There and back ────────────────────────────────────────────────────────────────────────────────

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"),
)
RULES = (
    *("FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    *(
        "FREQ=MONTHLY",
        "FREQ=WEEKLY",
        "FREQ=YEARLY;COUNT=3",
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=HOURLY;INTERVAL=5",
    ),
    *("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=OMIT", "FREQ=MONTHLY;BYMONTHDAY=15,30;SKIP=BACKWARD"),
)

_seconds = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
_moments = _seconds.map(lambda moment: moment.replace(tzinfo=UTC))
_characters = st.characters(exclude_categories=("Cs", "Cc"))
_words = st.text(_characters, min_size=1).map(str.strip).filter(bool)
_texts = st.text(st.one_of(_characters, st.sampled_from("\n\t\\;,\"':N")), min_size=1)
_seldom = st.timedeltas(timedelta(), timedelta(hours=23, minutes=59))


def _iso(days: int, rest: timedelta) -> str:
    minutes = int(rest.total_seconds()) // 60
    parts = [(minutes // 60, "H"), (minutes % 60, "M")]
    time = "".join(f"{number}{unit}" for number, unit in parts if number)
    day = f"{days}D" if days else ""
    return f"P{day}" + (f"T{time}" if time else "") if day or time else "PT0S"


def _starts(
    due: datetime | None, zone: str, *, all_day: bool
) -> st.SearchStrategy[datetime | date]:
    """Not after the due date; often on the same day."""
    if due is None:
        return _moments | _moments.map(datetime.date)
    days = st.integers(0, 40)
    if all_day:
        return days.map(lambda number: local(due, zone).date() - timedelta(days=number))
    return st.builds(
        lambda number, minutes: due - timedelta(days=number, minutes=minutes),
        days,
        st.integers(0, 1439),
    )


@st.composite
def tasks(draw: st.DrawFn) -> ImportedTodo:
    zone = draw(st.sampled_from(ZONES))
    due = draw(st.none() | _moments)
    all_day = due is not None and draw(st.booleans())
    if due and all_day:
        midnight = local(due, zone).replace(hour=0, minute=0, second=0)
        due = to_utc(midnight, zone)
    specs: list[str] = []
    if due:
        befores = draw(st.lists(st.tuples(st.integers(0, 400), _seldom), max_size=3))
        specs = [_iso(days, rest) for days, rest in befores]
    recurrence = draw(st.none() | st.sampled_from(RULES)) if due else None
    if due and recurrence is None:  # the reminders of a series move with its dates
        earlier = draw(st.lists(st.integers(1, 10**7), max_size=2))
        specs += [f"{due - timedelta(seconds=s):%Y-%m-%dT%H:%M:%SZ}" for s in earlier]
    completed = draw(st.booleans())
    start_date = draw(st.none() | _starts(due, zone, all_day=all_day))
    scheduled_at = draw(_moments) if recurrence and not all_day and draw(st.booleans()) else None
    return ImportedTodo(
        uid=draw(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40)),
        title=draw(_words),
        timezone=zone,
        description=draw(st.none() | _texts.filter(str.strip)),
        due_date=due,
        start_date=start_date,
        starts=scheduled_at,
        scheduled_at=scheduled_at,
        all_day=all_day,
        recurrence=recurrence,
        recurrence_mode=draw(st.none() | st.sampled_from(RecurrenceMode)) if recurrence else None,
        reminders=tuple(dict.fromkeys(specs)),
        priority=draw(st.integers(0, 9)),
        tags=tuple(
            dict.fromkeys(draw(st.lists(_words.filter(lambda t: len(t) <= 60), max_size=4)))
        ),
        completed=completed,
        completed_at=draw(_moments) if completed else None,
        created_at=draw(st.none() | _moments),
        last_modified=draw(_moments),
        sequence=draw(st.integers(0, 1000)),
    )


def canonical(todo: ImportedTodo) -> ImportedTodo:
    """BACKWARD is the default of our rules, so files leave it out where no month lacks the day."""
    return replace(todo, recurrence=todo.recurrence and str(parse_rule(todo.recurrence)))


@given(st.lists(tasks(), min_size=1, max_size=3, unique_by=lambda todo: todo.uid))
@example([ImportedTodo("a", "C:\\New; folder, “Öl”", "UTC", last_modified=EPOCH)])
@example(
    [  # the clock changes in New York in the night of the reminder
        ImportedTodo(
            uid="a",
            title="Task",
            timezone="America/New_York",
            due_date=datetime(2026, 12, 31, 5, tzinfo=UTC),
            all_day=True,
            reminders=("P298DT9H",),
            last_modified=EPOCH,
        )
    ]
)
def test_what_is_written_is_read_back(todos: list[ImportedTodo]) -> None:
    found = read(write(map(exported, todos)), default_timezone="Asia/Tokyo")
    assert list(map(canonical, found.todos)) == list(map(canonical, todos))
    assert not found.unsupported
    assert write(map(exported, found.todos)) == write(map(exported, todos))


@given(tasks())
def test_icalendar_understands_what_is_written(todo: ImportedTodo) -> None:
    (component,) = icalendar.Calendar.from_ical(write([exported(todo)])).walk("VTODO")
    assert component["SUMMARY"] == todo.title
    due = component.get("DUE")
    if todo.due_date is None:
        assert due is None
    elif todo.all_day:
        assert due.dt == local(todo.due_date, todo.timezone).date()
    else:
        assert due.dt.astimezone(UTC) == todo.due_date


# ── The form ──────────────────────────────────────────────────────────────────────────────────────


def test_a_task_that_repeats() -> None:
    task = a_task(
        title="Pay rent; today, not tomorrow",
        due_date=at("2026-11-30T09:00+01:00"),
        recurrence="monthly",
        reminders=("P1D", "2026-11-29T17:00:00Z"),
        priority=1,
        tags=("home", "a,b"),
    )
    lines = lines_of(task)
    body = lines[lines.index("BEGIN:VTODO") : lines.index("END:VTODO")]
    assert body == [
        "BEGIN:VTODO",
        "UID:one",
        "DTSTAMP:20261101T100000Z",
        "LAST-MODIFIED:20261101T100000Z",
        "SEQUENCE:0",
        r"SUMMARY:Pay rent\; today\, not tomorrow",
        "DTSTART;TZID=Europe/Berlin:20261130T090000",
        "DUE;TZID=Europe/Berlin:20261130T090000",
        "RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
        "PRIORITY:1",
        r"CATEGORIES:home,a\,b",
        "STATUS:NEEDS-ACTION",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        r"DESCRIPTION:Pay rent\; today\, not tomorrow",
        "TRIGGER;RELATED=END:-P1D",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        r"DESCRIPTION:Pay rent\; today\, not tomorrow",
        "TRIGGER;VALUE=DATE-TIME:20261129T170000Z",
        "END:VALARM",
    ]


@pytest.mark.parametrize(
    ("recurrence", "due", "written"),
    [
        ("monthly", "2027-01-31T08:00Z", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD"),
        ("yearly", "2028-02-29T08:00Z", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD"),
        ("FREQ=MONTHLY;BYMONTHDAY=30;SKIP=FORWARD", "2027-01-30T08:00Z",
         "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=30;SKIP=FORWARD"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=OMIT", "2027-01-31T08:00Z", "FREQ=MONTHLY;BYMONTHDAY=31"),
        ("monthly", "2027-01-28T08:00Z", "FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31", "2027-01-31T08:00Z", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31"),
        ("weekly", "2027-01-31T08:00Z", "FREQ=WEEKLY"),
    ],
)  # fmt: skip
def test_where_a_month_lacks_the_day_the_rule_says_where_it_goes(
    recurrence: str, due: str, written: str
) -> None:
    task = a_task(recurrence=recurrence, due_date=at(due))
    assert f"RRULE:{written}" in lines_of(task)
    [back] = read(write([task]), default_timezone="UTC").todos
    kept = [parse_rule(text or "") for text in (recurrence, back.recurrence)]
    dates = [
        list(islice(occurrences(rule, local(at(due), "Europe/Berlin"), "Europe/Berlin"), 9))
        for rule in kept
    ]
    assert dates[0] == dates[1]


def test_an_all_day_task_is_a_date_and_its_alarm_counts_from_midnight() -> None:
    lines = lines_of(
        a_task(due_date=at("2026-11-30T00:00+01:00"), all_day=True, reminders=("P1D", "PT0S"))
    )
    assert "DUE;VALUE=DATE:20261130" in lines
    assert [line for line in lines if "TRIGGER" in line] == [
        "TRIGGER;RELATED=END:-PT15H",
        "TRIGGER;RELATED=END:PT9H",
    ]


def test_a_reminder_in_the_evening_of_an_all_day_series_comes_back() -> None:
    todo = a_task(
        due_date=at("2026-11-30T00:00+01:00"),
        all_day=True,
        recurrence="FREQ=DAILY",
        reminders=("-PT9H", "P1D"),
    )
    [found] = read(write([todo]), default_timezone="UTC").todos
    assert found.reminders == ("-PT9H", "P1D")


def test_a_completed_task() -> None:
    lines = lines_of(a_task(completed=True, completed_at=EPOCH))
    assert {"STATUS:COMPLETED", "PERCENT-COMPLETE:100", "COMPLETED:20261101T100000Z"} <= {*lines}


def test_the_second_of_an_hour_that_the_clock_shows_twice_is_written_in_utc() -> None:
    lines = lines_of(a_task(due_date=at("2026-10-25T02:30+01:00")))
    assert "DUE:20261025T013000Z" in lines


def test_nothing_written_is_longer_than_a_line_may_be() -> None:
    data = write([a_task(title="Ärger " * 200, description="x" * 500)])
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    data.decode()  # no character was cut in two


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone != "UTC"])
def test_the_time_zone_that_goes_with_it_is_the_zone(zone: str) -> None:
    """By RFC 5545's own rule: the offset is that of the latest onset, on the clock before it."""
    lines = lines_of(a_task(timezone=zone, due_date=at("2026-06-01T12:00Z")))
    text = "\n".join(lines)
    onsets = []
    for part in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)\n(.*?)\nEND:", text, re.DOTALL):
        stamps = re.findall(r"^(?:DTSTART|RDATE):(\d{8}T\d{6})$", part, re.MULTILINE)
        before, after = (
            timedelta(hours=int(f"{sign}{hours}"), minutes=int(f"{sign}{minutes}"))
            for sign, hours, minutes in re.findall(r"TZOFFSET(?:FROM|TO):([+-])(\d\d)(\d\d)", part)
        )
        onsets += [(datetime.strptime(stamp, "%Y%m%dT%H%M%S") - before, after) for stamp in stamps]  # noqa: DTZ007
    hour, end = datetime(2025, 6, 1), datetime(2030, 1, 1)
    while hour < end:
        told = max(onset for onset in onsets if onset[0] <= hour)[1]
        assert told == hour.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset(), hour
        hour += timedelta(hours=1)


def test_zones_are_written_once_and_only_those_that_are_used() -> None:
    due = at("2026-06-01T12:00Z")
    tasks = [
        a_task(uid="a", due_date=due),
        a_task(uid="b", due_date=due),
        a_task(uid="c", due_date=due, timezone="UTC"),
        a_task(uid="d", timezone="Asia/Tokyo"),
    ]
    assert [line for line in lines_of(*tasks) if line.startswith("TZID")] == ["TZID:Europe/Berlin"]


def test_a_calendar_without_tasks_is_a_calendar() -> None:
    assert lines_of() == [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Todo//Todo//EN", "CALSCALE:GREGORIAN"),
        *("END:VCALENDAR", ""),
    ]


def test_control_characters_do_not_break_a_line() -> None:
    assert "SUMMARY:ab\\nc" in lines_of(a_task(title="a\x07b\r\nc"))
