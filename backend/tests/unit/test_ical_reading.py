"""What is read from the files of other programs, and what is said about the rest."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import process_time

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from todo.calendars.ical import Calendar, ImportedTodo, read
from todo.domain.errors import Invalid
from todo.domain.recurrence import local, occurrences, parse_rule, to_utc

FIXTURES = Path(__file__).parent.parent / "fixtures" / "vtodo"
BERLIN = "Europe/Berlin"


def fixture(name: str) -> Calendar:
    data = (FIXTURES / name).read_bytes().replace(b"\n", b"\r\n")
    return read(data, default_timezone=BERLIN)


def calendar(*lines: str, around: str = "") -> Calendar:
    """A calendar with one task of these lines."""
    body = "\r\n".join(("BEGIN:VTODO", "UID:one", "SUMMARY:Task", *lines, "END:VTODO"))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{around}{body}\r\nEND:VCALENDAR\r\n"
    return read(text.encode(), default_timezone=BERLIN)


def task(*lines: str) -> ImportedTodo:
    (todo,) = calendar(*lines).todos
    return todo


def losses(found: Calendar) -> list[str]:
    return [loss.property for loss in found.unsupported]


def alarm(*lines: str) -> tuple[str, ...]:
    return ("BEGIN:VALARM", "ACTION:DISPLAY", *lines, "END:VALARM")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# ── The programs people come from ─────────────────────────────────────────────────────────────────


def test_apple_reminders() -> None:
    found = fixture("apple-reminders.ics")

    parcel, rent, plants, presents = found.todos  # in the order of Apple's list, not of the file
    assert (parcel.title, parcel.due_date, parcel.reminders) == ("Ask for the parcel", None, ())
    assert rent.due_date == at("2026-11-30T09:00+01:00")
    assert (rent.timezone, rent.recurrence) == (BERLIN, "FREQ=MONTHLY;BYMONTHDAY=-1")
    assert (rent.reminders, rent.priority, rent.sequence) == (("PT0S",), 1, 3)
    assert rent.created_at == at("2026-11-01T08:15:00Z")
    assert (plants.completed, plants.completed_at) == (True, at("2026-11-03T19:15:00Z"))
    assert (presents.all_day, presents.due_date) == (True, at("2026-12-24T00:00+01:00"))
    assert presents.reminders == ("P1D",)  # nine in the morning of the day before
    assert losses(found) == ["X-APPLE-PROXIMITY"]


def test_nextcloud_tasks() -> None:
    found = fixture("nextcloud-tasks.ics")

    tax, paper = found.todos
    assert tax.description == "Bring the receipts, all of them.\nAsk Anna; she knows."
    assert tax.tags == ("home", "paper work")
    assert (tax.due_date, tax.priority) == (at("2026-11-30T17:00+01:00"), 3)
    assert tax.reminders == ("P1D", "P14DT9H30M")  # the second counts from the start
    assert tax.created_at == at("2026-10-12T07:30+02:00")
    assert paper.completed
    assert losses(found) == [
        *("STATUS", "PERCENT-COMPLETE", "LOCATION", "RELATED-TO"),
        *("STATUS", "X-PINNED"),
    ]


def test_a_web_calendar() -> None:
    found = fixture("google-like.ics")

    bins, plumber = found.todos
    assert (bins.timezone, bins.recurrence) == ("America/New_York", "FREQ=WEEKLY;BYDAY=MO")
    assert bins.due_date == at("2026-11-30T20:00-05:00")
    assert bins.reminders == ("PT1H", "PT40M", "PT20M")
    assert plumber.due_date == at("2026-12-02T16:00Z")
    assert losses(found) == [
        *("X-WR-CALNAME", "ACTION", "ATTENDEE", "EXDATE"),
        *("ATTACH", "ORGANIZER", "VEVENT"),
    ]
    event = found.unsupported[-1]
    assert (event.uid, event.summary) == ("event-1@calendar.example", "Dentist")


def test_a_desktop_groupware() -> None:
    found = fixture("outlook-like.ics")

    report, call, noon, somewhere = found.todos
    assert (report.timezone, report.due_date) == (BERLIN, at("2026-12-15T12:00+01:00"))
    assert report.reminders == ("PT15M",)
    # A home-made zone is recognised by its clock changes …
    assert (call.timezone, call.due_date) == ("America/New_York", at("2026-07-15T09:00-04:00"))
    # … one that no country has keeps its moments, one that is not described is read at home.
    assert (noon.timezone, noon.due_date) == (BERLIN, at("2026-12-15T12:00+07:17"))
    assert (somewhere.timezone, somewhere.due_date) == (BERLIN, at("2026-12-15T12:00+01:00"))
    assert losses(found) == ["CLASS", "X-ALT-DESC", "DUE", "DUE"]
    assert "Ship time" in found.unsupported[2].reason


# ── Due dates ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20210210_1/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("America/New York", "America/New_York"),
        ("Tokyo Standard Time", "Asia/Tokyo"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("GMT+0100", "Etc/GMT-1"),
        ("UTC", "UTC"),
    ],
)
def test_a_time_zone_is_known_by_its_many_names(tzid: str, zone: str) -> None:
    found = calendar(f'DUE;TZID="{tzid}":20260701T120000')
    assert [todo.timezone for todo in found.todos] == [zone]
    assert not found.unsupported


def test_a_vtimezone_may_name_the_zone_it_describes() -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:X-Mine\r\nX-LIC-LOCATION:Asia/Kolkata\r\nEND:VTIMEZONE\r\n"
    (todo,) = calendar("DUE;TZID=X-Mine:20260701T120000", around=zone).todos
    assert (todo.timezone, todo.due_date) == ("Asia/Kolkata", at("2026-07-01T12:00+05:30"))


SUMMER_TIME = (
    *("BEGIN:VTIMEZONE", "TZID:{0}", "BEGIN:STANDARD", "DTSTART:20001029T030000"),
    *(
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZOFFSETFROM:{2}",
        "TZOFFSETTO:{1}",
        "END:STANDARD",
    ),
    *("BEGIN:DAYLIGHT", "DTSTART:20000326T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
    *("TZOFFSETFROM:{1}", "TZOFFSETTO:{2}", "END:DAYLIGHT", "END:VTIMEZONE", ""),
)


@pytest.mark.parametrize(
    ("tzid", "offsets", "due", "zone"),
    [
        ("GMT", ("+0000", "+0100"), "2027-07-23T09:20Z", "Europe/London"),
        ("EST", ("+0100", "+0200"), "2027-07-23T08:20Z", BERLIN),
        ("Europe/London", ("+0100", "+0200"), "2027-07-23T08:20Z", BERLIN),
        (BERLIN, ("+0100", "+0200"), "2027-07-23T08:20Z", BERLIN),
    ],
)
def test_the_vtimezone_of_the_file_takes_precedence_over_the_name(
    tzid: str, offsets: tuple[str, str], due: str, zone: str
) -> None:
    around = "\r\n".join(SUMMER_TIME).format(tzid, *offsets)
    found = calendar(f"DUE;TZID={tzid}:20270723T102000", around=around)

    assert (found.todos[0].due_date, found.todos[0].timezone) == (at(due), zone)
    assert bool(found.unsupported) == (tzid != BERLIN)


def test_a_vtimezone_with_one_offset_does_not_replace_a_region() -> None:
    around = "\r\n".join(
        (
            *("BEGIN:VTIMEZONE", f"TZID:{BERLIN}", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE", ""),
        )
    )
    (todo,) = calendar(f"DUE;TZID={BERLIN}:20271223T102000", around=around).todos
    assert (todo.due_date, todo.timezone) == (at("2027-12-23T09:20Z"), BERLIN)


def test_one_files_zone_is_not_the_next_files() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Private\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    (first,) = calendar("DUE;TZID=Private:20260701T120000", around=zone).todos
    (second,) = calendar("DUE;TZID=Private:20260701T120000").todos
    assert first.due_date == at("2026-07-01T12:00+03:00")
    assert second.due_date == at("2026-07-01T12:00+02:00")


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        (("DUE:20260701T120000",), "2026-07-01T12:00+02:00"),
        (("DUE:20260701T120000Z",), "2026-07-01T12:00Z"),
        (("DUE:2026-07-01T12:00:00Z",), "2026-07-01T12:00Z"),
        (("DUE:20260701",), "2026-07-01T00:00+02:00"),
        (("DUE:20260329T023000",), "2026-03-29T03:30+02:00"),  # in the hour that the clock skips
        (("DUE:20261025T023000",), "2026-10-25T02:30+02:00"),  # the first of two
        (("DTSTART:20260701T120000", "DURATION:P1DT2H"), "2026-07-02T14:00+02:00"),
        (("DTSTART:20260328T120000", "DURATION:P1D"), "2026-03-29T12:00+02:00"),  # a short day
        (("DTSTART;VALUE=DATE:20260701", "DURATION:P2D"), "2026-07-03T00:00+02:00"),
    ],
)
def test_a_due_date_is_an_instant(lines: tuple[str, ...], due: str) -> None:
    assert task(*lines).due_date == at(due)


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        (("DTSTART:20260701T120000",), at("2026-07-01T12:00+02:00")),
        (("DTSTART;VALUE=DATE:20260701",), date(2026, 7, 1)),
        (("DTSTART:20260701T120000", "DUE:20260702T120000"), at("2026-07-01T12:00+02:00")),
        (("DTSTART:20260701T120000", "DURATION:P1D"), at("2026-07-01T12:00+02:00")),
        (("DTSTART;VALUE=DATE:20260701", "DUE;VALUE=DATE:20260702"), date(2026, 7, 1)),
        (("DTSTART;VALUE=DATE:20260701", "DUE:20260702T120000"), at("2026-07-01T00:00+02:00")),
        (("DTSTART:20260701T120000Z", "DUE:20260702T120000"), at("2026-07-01T12:00Z")),
        # Many programs write the due date in both.
        (("DTSTART:20260701T120000", "DUE:20260701T120000"), None),
        (("DTSTART;VALUE=DATE:20260701", "DUE;VALUE=DATE:20260701"), None),
        (
            ("DTSTART:20260701T120000", "DUE:20260702T120000", "RRULE:FREQ=DAILY"),
            at("2026-07-01T12:00+02:00"),
        ),
    ],
)
def test_the_start_of_a_file_is_the_start_date(
    lines: tuple[str, ...], start: datetime | date | None
) -> None:
    found = calendar(*lines)
    assert [todo.start_date for todo in found.todos] == [start]
    assert not found.unsupported


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        (("DTSTART:20260703T120000", "DUE:20260702T120000"), None),
        (("DTSTART;VALUE=DATE:20260703", "DUE;VALUE=DATE:20260702"), None),
        (("DTSTART:20260701T120000", "DUE;VALUE=DATE:20260702"), date(2026, 7, 1)),
        (("DTSTART:soon", "DUE:20260702T120000"), None),
    ],
)
def test_a_start_that_cannot_be_kept_is_listed(lines: tuple[str, ...], start: date | None) -> None:
    found = calendar(*lines)
    assert [todo.start_date for todo in found.todos] == [start]
    assert losses(found) == ["DTSTART"]


def test_a_task_that_repeats_from_its_start_alone_is_due_then() -> None:
    found = calendar("DTSTART:20260701T120000", "RRULE:FREQ=DAILY")
    (todo,) = found.todos
    assert (todo.due_date, todo.start_date) == (at("2026-07-01T12:00+02:00"), None)
    assert losses(found) == ["DTSTART"]


def test_an_alarm_of_a_task_with_a_start_alone_rings_at_its_moment() -> None:
    todo = task("DTSTART:20260701T120000", *alarm("TRIGGER:-PT1H"))
    assert todo.reminders == ("2026-07-01T09:00:00Z",)


def test_each_occurrence_starts_as_long_before_it_is_due() -> None:
    series = ("DTSTART:20261130T080000", "DUE:20261201T090000", "RRULE:FREQ=DAILY")
    (todo,) = calendar(*series, "EXDATE:20261130T080000").todos
    assert todo.due_date == at("2026-12-02T09:00+01:00")
    assert todo.start_date == at("2026-12-01T08:00+01:00")


@pytest.mark.parametrize(
    "due", ["soon", "20260230T120000", "99991231T235959", "00010101", "20260701T250000", "19691231"]
)
def test_an_impossible_due_date_costs_the_date_and_not_the_task(due: str) -> None:
    found = calendar(f"DUE:{due}", "PRIORITY:2")
    assert [(todo.due_date, todo.priority) for todo in found.todos] == [(None, 2)]
    assert losses(found) == ["DUE"]


# ── Repeating ─────────────────────────────────────────────────────────────────────────────────────


def test_what_repeats_in_utc_keeps_the_weekdays_of_utc() -> None:
    todo = task("DUE:20261130T233000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    assert (todo.timezone, todo.recurrence) == ("UTC", "FREQ=WEEKLY;BYDAY=MO")


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=DAILY;UNTIL=19990101", "every week"])
def test_a_rule_that_cannot_be_kept_costs_the_rule_and_not_the_task(rule: str) -> None:
    found = calendar("DUE:20260701T120000", f"RRULE:{rule}")
    assert [todo.recurrence for todo in found.todos] == [None]
    assert losses(found) == ["RRULE"]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=30,31", "FREQ=YEARLY"],
)
def test_a_month_without_the_day_is_passed_over_as_in_the_calendar_it_came_from(rule: str) -> None:
    start = datetime(2028, 2, 29, 9) if rule == "FREQ=YEARLY" else datetime(2027, 1, 31, 9)
    imported = task(f"DTSTART:{start:%Y%m%dT%H%M%S}", f"DUE:{start:%Y%m%dT%H%M%S}", f"RRULE:{rule}")
    ours = occurrences(parse_rule(imported.recurrence or ""), start, BERLIN)
    theirs = rrulestr(f"RRULE:{rule}", dtstart=start)
    assert [local(each.due, BERLIN) for each in islice(ours, 9)] == list(islice(theirs, 9))


def test_a_rule_needs_a_date() -> None:
    assert losses(calendar("RRULE:FREQ=DAILY")) == ["RRULE"]


@pytest.mark.parametrize(
    ("rule", "counted_from_due"),
    [
        ("FREQ=WEEKLY", "FREQ=WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=WE"),
        ("FREQ=WEEKLY;BYDAY=MO,SA", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("FREQ=DAILY;UNTIL=20261231", "FREQ=DAILY;UNTIL=20270102"),
        ("FREQ=MONTHLY;BYMONTHDAY=30", None),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA", None),
    ],
)
def test_a_rule_counts_from_the_start_there_and_from_the_due_date_here(
    rule: str, counted_from_due: str | None
) -> None:
    """Monday to Wednesday, each time."""
    todo = task("DTSTART:20261130T090000", "DUE:20261202T090000", f"RRULE:{rule}")
    assert todo.recurrence == counted_from_due


@pytest.mark.parametrize(
    ("until", "zone"),
    [
        ("20270108", BERLIN),
        ("20270108T000000Z", "America/Los_Angeles"),
        ("20270108T000000Z", BERLIN),
        ("20270107T230000Z", BERLIN),  # midnight in Berlin
        ("20270108T080000Z", "America/Los_Angeles"),  # midnight in Los Angeles
        ("20270108T235959Z", BERLIN),
        ("20270108T235959", BERLIN),
    ],
)
def test_until_of_an_all_day_task_is_a_date(until: str, zone: str) -> None:
    (todo,) = calendar(
        "DUE;VALUE=DATE:20270104",
        f"RRULE:FREQ=DAILY;UNTIL={until}",
        around=f"X-WR-TIMEZONE:{zone}\r\n",
    ).todos

    assert todo.recurrence == "FREQ=DAILY;UNTIL=20270108"
    assert todo.due_date is not None
    days = occurrences(
        parse_rule(todo.recurrence), local(todo.due_date, todo.timezone), todo.timezone
    )
    assert [local(day.due, todo.timezone).day for day in days] == [4, 5, 6, 7, 8]


def test_an_occurrence_without_its_series_is_a_task() -> None:
    found = calendar("RECURRENCE-ID:20270105T080000Z", "DUE:20270105T100000Z")

    assert [todo.due_date for todo in found.todos] == [at("2027-01-05T10:00Z")]
    assert not found.unsupported


def test_two_occurrences_without_their_series_are_two_tasks() -> None:
    other = ("END:VTODO", "BEGIN:VTODO", "UID:one", "SUMMARY:Task")
    found = calendar(
        "RECURRENCE-ID:20270105T080000Z",
        "DUE:20270105T100000Z",
        *other,
        "RECURRENCE-ID:20270112T080000Z",
        "DUE:20270112T100000Z",
    )

    assert len({todo.uid for todo in found.todos}) == 2


SERIES = ("DTSTART:20261130T090000", "DUE:20261130T090000", "RRULE:FREQ=DAILY;COUNT=4")


def local_midnight(day: datetime) -> datetime:
    return to_utc(day, BERLIN)


def occurrence(day: str, *lines: str) -> tuple[str, ...]:
    """The lines that end a task and begin a changed occurrence of it."""
    return (
        *("END:VTODO", "BEGIN:VTODO", "UID:one", "SUMMARY:Changed"),
        *(f"RECURRENCE-ID:{day}T090000", *lines),
    )


def done(day: str) -> tuple[str, ...]:
    return occurrence(day, f"DUE:{day}T090000", "STATUS:COMPLETED", f"COMPLETED:{day}T100000Z")


def test_completed_occurrences_of_a_series_come_before_the_open_one() -> None:
    found = calendar(*SERIES, *done("20261130"), *done("20261201"))
    (todo,) = found.todos
    assert (todo.title, todo.completed) == ("Task", False)
    assert todo.due_date == todo.scheduled_at == at("2026-12-02T09:00+01:00")
    assert todo.starts == at("2026-11-30T09:00+01:00")
    assert [(past.due_date, past.closed_at, past.skipped) for past in todo.closed] == [
        (at("2026-11-30T09:00+01:00"), at("2026-11-30T10:00Z"), False),
        (at("2026-12-01T09:00+01:00"), at("2026-12-01T10:00Z"), False),
    ]
    assert not found.unsupported


def test_a_series_whose_dates_are_all_completed_is_completed() -> None:
    days = ("20261130", "20261201", "20261202", "20261203")
    (todo,) = calendar(*SERIES, *(line for day in days for line in done(day))).todos
    assert (todo.completed, todo.due_date) == (True, at("2026-12-03T09:00+01:00"))
    assert len(todo.closed) == 3


def test_a_series_starts_after_the_dates_that_the_file_leaves_out() -> None:
    found = calendar(*SERIES, "EXDATE:20261130T090000,20261201T090000")
    (todo,) = found.todos
    assert todo.due_date == at("2026-12-02T09:00+01:00")
    assert [past.skipped for past in todo.closed] == [True, True]
    assert not found.unsupported


def test_the_open_occurrence_of_a_series_may_be_moved() -> None:
    found = calendar(*SERIES, *occurrence("20261130", "DUE:20261130T150000"))
    (todo,) = found.todos
    assert todo.due_date == at("2026-11-30T15:00+01:00")
    assert todo.scheduled_at == at("2026-11-30T09:00+01:00")
    assert not found.unsupported


def test_the_dates_of_a_series_with_another_start_are_found_by_their_start() -> None:
    (todo,) = calendar(
        *("DTSTART:20261130T080000", "DUE:20261130T090000", "RRULE:FREQ=DAILY"),
        "EXDATE:20261130T080000",
    ).todos
    assert todo.due_date == at("2026-12-01T09:00+01:00")


def test_a_file_brings_a_limited_number_of_closed_dates() -> None:
    start = datetime(2000, 1, 1)
    days = ",".join(f"{start + timedelta(days=n):%Y%m%d}" for n in range(5001))
    found = calendar("DUE;VALUE=DATE:20000101", "RRULE:FREQ=DAILY", f"EXDATE;VALUE=DATE:{days}")
    (todo,) = found.todos
    assert (todo.closed, losses(found)) == ((), ["RECURRENCE-ID"])
    assert todo.due_date == local_midnight(start + timedelta(days=5001))


@pytest.mark.parametrize(
    ("lines", "reported"),
    [
        (occurrence("20261201", "DUE:20261201T150000"), "RECURRENCE-ID"),
        (done("20261202"), "RECURRENCE-ID"),
        (("EXDATE:20261202T090000",), "EXDATE"),
        (("EXDATE:soon",), "EXDATE"),
    ],
)
def test_a_change_of_a_later_date_is_listed(lines: tuple[str, ...], reported: str) -> None:
    found = calendar(*SERIES, *lines)
    assert [todo.title for todo in found.todos] == ["Task"]
    assert found.todos[0].due_date == at("2026-11-30T09:00+01:00")
    assert losses(found) == [reported]


# ── Reminders ─────────────────────────────────────────────────────────────────────────────────────

DUE = "DUE:20261130T090000"


@pytest.mark.parametrize(
    ("lines", "reminder"),
    [
        (("TRIGGER:-PT15M",), "PT15M"),
        (("TRIGGER:-P1W",), "P7D"),
        (("TRIGGER:PT0S",), "PT0S"),
        (("TRIGGER;RELATED=END:-P1DT2H",), "P1DT2H"),
        (
            ("TRIGGER;VALUE=DATE-TIME:20261130T080000Z",),
            "PT0S",
        ),  # as Apple writes “at the due date”
        (("TRIGGER;VALUE=DATE-TIME:20261129T170000Z",), "2026-11-29T17:00:00Z"),
    ],
)
def test_an_alarm_is_a_reminder(lines: tuple[str, ...], reminder: str) -> None:
    found = calendar(DUE, *alarm(*lines))
    assert found.todos[0].reminders == (reminder,)
    assert not found.unsupported


@pytest.mark.parametrize(
    ("trigger", "reminder"),
    [("-PT15H", "P1D"), ("PT9H", "PT0S"), ("-P1DT15H", "P2D"), ("PT0S", "PT9H")],
)
def test_an_all_day_task_is_reminded_of_from_nine(trigger: str, reminder: str) -> None:
    assert task("DUE;VALUE=DATE:20261130", *alarm(f"TRIGGER:{trigger}")).reminders == (reminder,)


@pytest.mark.parametrize(
    ("lines", "reported"),
    [
        ((DUE, *alarm("TRIGGER:PT10M")), "VALARM"),
        ((DUE, *alarm("TRIGGER;VALUE=DATE-TIME:20261130T080001Z")), "VALARM"),
        ((DUE, *alarm("TRIGGER:never")), "VALARM"),
        ((DUE, *alarm("REPEAT:1")), "VALARM"),
        ((*alarm("TRIGGER:-PT10M"),), "VALARM"),
        ((DUE, "BEGIN:VALARM", "ACTION:PROCEDURE", "TRIGGER:PT0S", "END:VALARM"), "VALARM"),
        ((DUE, "BEGIN:VALARM", "TRIGGER:PT0S"), "VALARM"),  # cut off
        ((DUE, *alarm("TRIGGER:PT0S", "PROXIMITY:ARRIVE")), "PROXIMITY"),
    ],
)
def test_an_alarm_that_cannot_be_a_reminder_is_listed(
    lines: tuple[str, ...], reported: str
) -> None:
    found = calendar(*lines)
    assert found.todos[0].reminders == ()
    assert losses(found) == [reported]


def test_an_alarm_at_a_fixed_time_moves_with_the_dates_of_a_series() -> None:
    todo = task(
        "DUE;TZID=America/Toronto:20270202T113000",
        "RRULE:FREQ=DAILY",
        *alarm("TRIGGER;VALUE=DATE-TIME:20270202T161500Z"),
    )
    assert todo.reminders == ("PT15M",)


def test_an_alarm_without_a_zone_is_in_the_zone_of_its_task() -> None:
    todo = task(
        "DUE;TZID=America/New_York:20270401T100000",
        *alarm("TRIGGER;VALUE=DATE-TIME:20270401T090000"),
    )
    assert todo.reminders == ("2027-04-01T13:00:00Z",)


def test_an_alarm_in_the_evening_of_an_all_day_task_is_kept() -> None:
    evening = "2026-11-30T19:00:00Z"
    todo = task("DUE;VALUE=DATE:20261130", *alarm("TRIGGER;VALUE=DATE-TIME:20261130T190000Z"))
    assert todo.reminders == (evening,)


def test_an_alarm_that_repeats_past_the_due_date_keeps_what_comes_before() -> None:
    found = calendar(DUE, *alarm("TRIGGER:-PT20M", "REPEAT:4", "DURATION:PT10M"))
    assert found.todos[0].reminders == ("PT20M", "PT10M", "PT0S")
    assert losses(found) == ["REPEAT"]


def test_apples_alarm_at_no_time_is_none() -> None:
    never = (
        "BEGIN:VALARM",
        "ACTION:NONE",
        "TRIGGER;VALUE=DATE-TIME:19760401T005545Z",
        "END:VALARM",
    )
    found = calendar(DUE, *never)
    assert found.todos[0].reminders == ()
    assert not found.unsupported


# ── State and the rest ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "completed", "reported"),
    [
        (("STATUS:COMPLETED",), True, []),
        (("COMPLETED:20261101T100000Z",), True, []),
        (("PERCENT-COMPLETE:100",), True, []),
        (("STATUS:CANCELLED",), True, ["STATUS"]),
        (("STATUS:NEEDS-ACTION", "PERCENT-COMPLETE:0"), False, []),
        (("STATUS:IN-PROCESS", "PERCENT-COMPLETE:30"), False, ["STATUS", "PERCENT-COMPLETE"]),
        (("STATUS:NEEDS-ACTION", "COMPLETED:20261101T100000Z"), False, ["COMPLETED"]),
        (("STATUS:PONDERED",), False, ["STATUS"]),
    ],
)
def test_completed_or_open(lines: tuple[str, ...], completed: bool, reported: list[str]) -> None:
    found = calendar(*lines)
    assert [todo.completed for todo in found.todos] == [completed]
    assert losses(found) == reported


@pytest.mark.parametrize(
    "lines",
    [
        ("LAST-MODIFIED:20261101T100000Z", "DUE:20261102T100000Z"),
        ("DTSTAMP:20261101T100000Z", "CREATED:20261001T100000Z"),
        ("DUE:20261101T100000Z", "DTSTART:20261001T100000Z"),
        ("DTSTART:20261101T100000Z", "CREATED:20261001T100000Z"),
        ("CREATED:20261101T100000Z",),
    ],
)
def test_a_completed_task_without_a_time_was_completed_when_it_was_last_changed(
    lines: tuple[str, ...],
) -> None:
    todo = task("STATUS:COMPLETED", *lines)
    assert todo.completed_at == at("2026-11-01T10:00Z")


@pytest.mark.parametrize(
    "line",
    [
        "ATTACH:https://example.org/a.pdf",
        "GEO:52.5;13.4",
        "LOCATION:Office",
        "RELATED-TO:other",
        "ATTENDEE;CN=Anna:mailto:anna@example.org",
        "RDATE:20261201T090000",
        "EXDATE:20261201T090000",
        "X-FAVOURITE:yes",
        "PRIORITY:urgent",
        "PRIORITY:10",
        "CATEGORIES:" + 61 * "x",
        "DURATION:P1D",
    ],
)
def test_nothing_is_dropped_in_silence(line: str) -> None:
    found = calendar(line)
    assert losses(found) == [line.partition(":")[0].partition(";")[0]]
    assert (found.unsupported[0].uid, found.unsupported[0].summary) == ("one", "Task")
    assert found.unsupported[0].reason.endswith(".")


@pytest.mark.parametrize(
    "line", ["LOCATION:", "CLASS:PUBLIC", "X-APPLE-SORT-ORDER:7", "DTSTAMP:20261101T100000Z"]
)
def test_bookkeeping_and_empty_lines_lose_nothing(line: str) -> None:
    assert not calendar(line).unsupported


def test_a_line_that_is_not_icalendar_costs_itself() -> None:
    found = calendar("PRIORITY:4", "what is this")
    assert found.todos[0].priority == 4
    assert losses(found) == ["VTODO"]


def test_a_task_without_a_title_gets_one() -> None:
    text = (
        "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:a\nDESCRIPTION:Milk\\nand eggs\nEND:VTODO\nEND:VCALENDAR"
    )
    found = read(text.encode(), default_timezone=BERLIN)
    assert [todo.title for todo in found.todos] == ["Milk"]
    assert losses(found) == ["SUMMARY"]


def test_a_task_without_a_uid_is_the_same_task_the_next_time() -> None:
    text = b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Milk\nDTSTAMP:%s\nEND:VTODO\nEND:VCALENDAR"
    first, again = (
        read(text % stamp, default_timezone=BERLIN).todos[0].uid
        for stamp in (b"20261101T100000Z", b"20261102T100000Z")
    )
    assert first == again


def test_of_two_versions_of_a_task_the_latest_counts() -> None:
    one = "BEGIN:VTODO\nUID:a\nSEQUENCE:{}\nSUMMARY:{}\nEND:VTODO\n"
    text = f"BEGIN:VCALENDAR\n{one.format(2, 'new')}{one.format(1, 'old')}END:VCALENDAR"
    found = read(text.encode(), default_timezone=BERLIN)
    assert [todo.title for todo in found.todos] == ["new"]
    assert losses(found) == ["UID"]


def test_a_task_that_is_cut_off_does_not_cost_the_others() -> None:
    text = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:a\nSUMMARY:A\nEND:VTODO\nBEGIN:VTODO\nUID:b\nSUMMA"
    found = read(text.encode(), default_timezone=BERLIN)
    assert [todo.uid for todo in found.todos] == ["a"]
    assert losses(found) == ["VCALENDAR", "VTODO"]


# ── Files that are none ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \r\n",
        b"\x89PNG\r\n\x1a\n\0\0\0",
        b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:a\0b\r\nEND:VTODO\r\nEND:VCALENDAR",
        b"Hello, this is a letter.",
        b'{"tasks": []}',
        b"BEGIN:VCARD\r\nFN:Anna\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\n" + 1024 * 1024 * b" ",
        b"BEGIN:VCALENDAR\r\n" + 20 * b"BEGIN:X-DEEP\r\n",
    ],
)
def test_what_is_no_calendar_of_tasks_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(data, default_timezone=BERLIN)
    assert refused.value.field == "file"
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_umlauts_arrive_whatever_the_encoding(encoding: str) -> None:
    text = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:a\nSUMMARY:Müll hinaus\nEND:VTODO\nEND:VCALENDAR\n"
    found = read(text.encode(encoding), default_timezone=BERLIN)
    assert [todo.title for todo in found.todos] == ["Müll hinaus"]
    assert bool(found.unsupported) == (encoding == "cp1252")  # a guess, so it says so


def test_a_line_may_be_folded_inside_a_character() -> None:
    text = "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:grüße\nEND:VTODO\nEND:VCALENDAR\n".encode()
    inside = text.index("ü".encode()) + 1
    data = text[:inside] + b"\n " + text[inside:]
    assert read(data, default_timezone=BERLIN).todos[0].title == "grüße"


def test_a_line_in_another_encoding_does_not_change_the_others() -> None:
    lines = ("BEGIN:VTODO", "SUMMARY:schön", "LOCATION:", "END:VTODO")
    other = b"BEGIN:VTODO\r\nSUMMARY:gr\xfc\xdfe\r\nEND:VTODO\r\n"
    data = b"BEGIN:VCALENDAR\r\n" + "\r\n".join(lines).encode() + b"\r\n" + other
    found = read(data + b"END:VCALENDAR\r\n", default_timezone=BERLIN)
    assert [todo.title for todo in found.todos] == ["schön", "grüße"]
    assert [loss.property for loss in found.unsupported if loss.uid is None][:1] == ["VCALENDAR"]


@pytest.mark.parametrize(
    ("line", "description"),
    [
        ("DESCRIPTION;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9", "café"),
        ("DESCRIPTION;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:caf=E9", "café"),
        ("DESCRIPTION;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo", "one\ntwo"),
        ("DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a long=\r\n line", "a long line"),
        ("DESCRIPTION;ENCODING=BASE64:aGVsbG8=", "hello"),
        ("DESCRIPTION;ENCODING=B:YTsgYiwgYw==", "a; b, c"),
    ],
)
def test_encoded_text_is_decoded(line: str, description: str) -> None:
    found = calendar(line)
    assert found.todos[0].description == description
    assert not found.unsupported


ALL_DAY = ("DTSTART;VALUE=DATE:20270104", "DUE;VALUE=DATE:20270104", "RRULE:FREQ=WEEKLY")
TIMED = (
    "DTSTART;TZID=Europe/Berlin:20270104T080000",
    "DUE;TZID=Europe/Berlin:20270104T080000",
    "RRULE:FREQ=WEEKLY",
)


@pytest.mark.parametrize(
    ("series", "form"),
    [
        (ALL_DAY, ";VALUE=DATE:20270104"),
        (ALL_DAY, ":20270104T000000Z"),  # midnight in UTC
        (ALL_DAY, ":20270103T230000Z"),  # midnight in Berlin
        (ALL_DAY, ":20270104T000000"),
        (ALL_DAY, ";TZID=America/New_York:20270104T000000"),
        (ALL_DAY[1:], ":20270104T000000Z"),
        (TIMED, ";TZID=Europe/Berlin:20270104T080000"),
        (TIMED, ";VALUE=DATE:20270104"),
        (TIMED, ":20270104T070000Z"),
    ],
)
def test_a_date_of_a_series_is_recognised_as_a_day_and_as_a_time(
    series: tuple[str, ...], form: str
) -> None:
    excluded = calendar(*series, f"EXDATE{form}")
    done = ("STATUS:COMPLETED", "COMPLETED:20270104T090000Z")
    other = ("END:VTODO", "BEGIN:VTODO", "UID:one", f"RECURRENCE-ID{form}", *done)
    completed = calendar(*series, *other)
    for found in (excluded, completed):
        assert [todo.due_date for todo in found.todos] == [
            at("2027-01-11T00:00+01:00" if series is not TIMED else "2027-01-11T08:00+01:00")
        ]
        assert not found.unsupported


def test_a_vcalendar_1_0_with_an_encoded_title_is_decoded() -> None:
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:1.0", "BEGIN:VTODO", "UID:case-i08"),
        "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9 =",
        "au lait",  # a soft line break of quoted-printable, without the blank of iCalendar
        *("DESCRIPTION;ENCODING=BASE64:aGVsbG8=", "END:VTODO", "END:VCALENDAR", ""),
    )
    found = read("\r\n".join(lines).encode(), default_timezone=BERLIN)
    assert [(todo.title, todo.description) for todo in found.todos] == [("café au lait", "hello")]


@pytest.mark.parametrize(
    "line",
    [
        "DESCRIPTION;ENCODING=BASE64:*",
        "DESCRIPTION;ENCODING=QUOTED-PRINTABLE;CHARSET=no:a",
        # Python decodes it, in a minute for a file of the largest size.
        "DESCRIPTION;ENCODING=QUOTED-PRINTABLE;CHARSET=punycode:a-b",
        "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=00b",
        "DESCRIPTION;ENCODING=BASE64:AA==",
        "DESCRIPTION;ENCODING=QUOTED-PRINTABLE;CHARSET=utf-7:+2AA-",
    ],
)
def test_encoded_text_that_cannot_be_decoded_is_listed(line: str) -> None:
    found = calendar(line)
    assert found.todos[0].description is None
    assert losses(found) == ["VTODO"]


def test_a_line_of_very_many_folds_is_read_in_little_time() -> None:
    data = b"BEGIN:VCALENDAR\nBEGIN:VTODO\nA;" + b"\n =" * 120_000 + b"\nEND:VTODO\nEND:VCALENDAR\n"
    began = process_time()
    assert len(read(data, default_timezone=BERLIN).todos) == 1
    assert process_time() - began < 5  # a minute when each fold reads the whole line again


def test_lines_may_end_as_on_any_system_and_be_folded() -> None:
    text = (
        "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:a\nSUMMARY:One lo\n ng title\nEND:VTODO\nEND:VCALENDAR\n"
    )
    for end in ("\n", "\r\n", "\r"):
        found = read(text.replace("\n", end).encode(), default_timezone=BERLIN)
        assert [todo.title for todo in found.todos] == ["One long title"]


_PIECES = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VTODO", "END:VTODO", "BEGIN:VALARM", "END:VALARM",
        "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD", "TZID:X", "SUMMARY:a", "UID:u",
        "DUE;TZID=X:20260101T000000", "DUE;VALUE=DATE:20260101", "DTSTART:19970101T000000", "RRULE:FREQ=DAILY",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:-2359", "TRIGGER:-P99999D",
        "TRIGGER;VALUE=DATE-TIME:99991231T235959Z", "DURATION:P9999W", "REPEAT:99999999", "COMPLETED:x",
        "CATEGORIES:\\", "X-APPLE-SORT-ORDER:1", ":", ";", "=", "PRIORITY:٣", "RRULE:=;=", " fold",
    ]
)  # fmt: skip


@given(st.lists(st.one_of(_PIECES, st.text(max_size=30)), max_size=40))
def test_no_file_does_worse_than_being_refused(lines: list[str]) -> None:
    text = "BEGIN:VCALENDAR\n" + "\n".join(lines)
    with suppress(Invalid):
        found = read(text.encode("utf-8", "replace"), default_timezone=BERLIN)
        assert all(loss.reason and loss.property for loss in found.unsupported)


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_being_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read(data, default_timezone=BERLIN)
