"""The effect of an edit on a series, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from todo.domain import task_changes as domain
from todo.domain.errors import Invalid
from todo.domain.recurrence import RecurrenceMode, local, start_of_day, to_utc
from todo.domain.series import next_occurrence
from todo.domain.task import Status, Task

NOW = datetime(2027, 1, 30, 10, 7, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def a_task(**fields: Any) -> Task:
    unset = dict.fromkeys(Task.__dataclass_fields__)
    made = {
        "id": 1,
        "user_id": "ann",
        "title": "Water plants",
        "completed": False,
        "status": Status.OPEN,
        "all_day": False,
        "recurrence_mode": RecurrenceMode.FROM_DUE,
        "priority": 0,
        "tags": (),
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return domain.create(Task(**{**unset, **made, **fields}))


def the_last_of_two(mode: RecurrenceMode) -> Task:
    first = a_task(
        due_date=datetime(2026, 12, 30, 23, 30, tzinfo=UTC),
        timezone="Europe/Berlin",
        recurrence="FREQ=DAILY;COUNT=2",
        recurrence_mode=mode,
    )
    assert first.due_date
    following = next_occurrence(domain.complete(first, first.due_date, NOW))
    assert following
    return replace(first, due_date=following.due, scheduled_at=following.due, occurrence=2)


@pytest.mark.parametrize("mode", RecurrenceMode)
@pytest.mark.parametrize(
    "close", [lambda t: domain.skip(t, NOW), lambda t: domain.complete(t, NOW, NOW)]
)
def test_a_series_that_has_ended_is_not_made_longer_by_edits(
    mode: RecurrenceMode, close: Any
) -> None:
    # In that zone the dates are ten hours earlier, so one more of them lies before this occurrence.
    task = close(the_last_of_two(mode))
    assert next_occurrence(task) is None
    for changes in (
        {"timezone": "Australia/Lord_Howe"},
        {"title": "Water the ferns"},
        {"priority": 1},
    ):
        task = domain.edit(task, changes, NOW)
        assert next_occurrence(task) is None, changes


@pytest.mark.parametrize("until", ["20270108", "20270108T000000Z", "20270108T080000Z"])
def test_the_until_of_an_all_day_series_is_a_date(until: str) -> None:
    zone = "America/Los_Angeles"
    task = a_task(
        due_date=datetime(2027, 1, 4, 8, tzinfo=UTC),
        all_day=True,
        timezone=zone,
        recurrence=f"FREQ=DAILY;UNTIL={until}",
    )
    assert task.recurrence == "FREQ=DAILY;UNTIL=20270108"


def test_a_reminder_at_a_fixed_moment_moves_with_the_dates_of_its_series() -> None:
    task = a_task(
        due_date=datetime(2027, 2, 2, 16, 30, tzinfo=UTC),
        timezone="America/Toronto",
        recurrence="daily",
        reminders=("2027-02-02T16:15:00Z",),
    )
    assert task.reminders == ("PT15M",)
    edited = domain.edit(task, {"reminders": ("2027-02-02T15:30:00Z",)}, NOW)
    assert edited.reminders == ("PT1H",)
    once = domain.edit(task, {"recurrence": None, "reminders": ("2027-02-02T15:30:00Z",)}, NOW)
    assert once.reminders == ("2027-02-02T15:30:00Z",)


def test_a_start_after_the_due_date_that_is_stored_already_refuses_no_other_edit() -> None:
    due = datetime(2027, 2, 1, 9, tzinfo=UTC)
    stored = replace(a_task(due_date=due, timezone="UTC"), start_date=due + timedelta(days=1))
    edited = domain.edit(stored, {"title": "Mine"}, NOW)
    assert (edited.title, edited.start_date) == ("Mine", stored.start_date)
    earlier = due - timedelta(days=1)
    assert domain.edit(stored, {"due_date": earlier}, NOW).start_date == earlier


BERLIN, CALCUTTA, HONOLULU = "Europe/Berlin", "Asia/Kolkata", "Pacific/Honolulu"


@pytest.mark.parametrize(
    ("before", "edit", "expected"),
    [
        # All-day: the same date, whatever the zone.
        ({"all_day": True}, {"timezone": HONOLULU}, "2027-01-27T00:00"),
        ({"all_day": True}, {"timezone": "Pacific/Kiritimati"}, "2027-01-27T00:00"),
        # Timed: the same instant; 09:00 in Berlin.
        ({"due_date": at("2027-01-26T08:00Z")}, {"timezone": CALCUTTA}, "2027-01-27T13:30"),
        ({"due_date": at("2027-01-26T08:00Z")}, {"timezone": HONOLULU}, "2027-01-26T22:00"),
        # Between the two: the day stays.
        (
            {"all_day": True},
            {"all_day": False, "due_date": at("2027-01-26T14:00Z")},
            "2027-01-27T15:00",
        ),
        (
            {"due_date": at("2027-01-26T08:00Z")},
            {"all_day": True, "due_date": at("2027-01-25T23:00Z")},
            "2027-01-27T00:00",
        ),
    ],
)
def test_a_closed_occurrence_stays_at_its_date_of_the_series(
    before: dict[str, Any], edit: dict[str, Any], expected: str
) -> None:
    values = {"due_date": at("2027-01-25T23:00Z"), "timezone": BERLIN, "recurrence": "daily"}
    closed = domain.complete(a_task(**values | before), NOW, NOW)
    if before.get("all_day") and "timezone" in edit:  # as the API changes the zone of a date
        edit = edit | {"due_date": start_of_day(date(2027, 1, 26), edit["timezone"])}
    edited = domain.edit(closed, edit, NOW)
    following = next_occurrence(edited)
    assert following
    assert f"{local(following.due, edited.timezone):%Y-%m-%dT%H:%M}" == expected
    reopened = domain.reopen(edited, NOW)
    assert next_occurrence(domain.complete(reopened, NOW, NOW)) == following


@pytest.mark.parametrize(
    ("task", "edit", "start"),
    [
        # It stays where it can.
        ({"due_date": "05-07", "start_date": "05-03"}, {"due_date": "05-20"}, "05-03"),
        ({"due_date": "05-07", "start_date": "05-03"}, {"due_date": "05-03"}, "05-03"),
        # Else it keeps its distance.
        ({"due_date": "05-07", "start_date": "05-03"}, {"due_date": "05-02"}, "04-28"),
        ({"due_date": "05-07", "start_date": "05-07"}, {"due_date": "05-02"}, "05-02"),
        (
            {"due_date": "05-07T09:00", "start_date": "05-06T17:00"},
            {"due_date": "05-02T10:00"},
            "05-01T18:00",
        ),
        # Also between whole days and times.
        (
            {"due_date": "05-07", "start_date": "05-03"},
            {"due_date": "05-02T10:00"},
            "04-28T10:00",
        ),
        (
            {"due_date": "05-07T20:00", "start_date": "05-03T09:00"},
            {"due_date": "05-02"},
            "04-28",
        ),
        # Without a distance it is the new due date.
        ({"start_date": "05-03"}, {"due_date": "05-02"}, "05-02"),
        ({"start_date": "05-03T09:00"}, {"due_date": "05-02T08:00"}, "05-02T08:00"),
        # In a series it moves with the due date, as for the occurrences to come.
        (
            {"due_date": "05-07", "start_date": "05-03", "recurrence": "weekly"},
            {"due_date": "05-20"},
            "05-16",
        ),
        # A start that is given stays as it is.
        (
            {"due_date": "05-07", "start_date": "05-03"},
            {"due_date": "05-02", "start_date": "05-01"},
            "05-01",
        ),
        ({"due_date": "05-07", "start_date": "05-03"}, {"due_date": None}, "05-03"),
    ],
)
def test_a_start_is_never_after_a_new_due_date(
    task: dict[str, Any], edit: dict[str, Any], start: str
) -> None:
    def form(text: str) -> datetime | date:
        wall = datetime.fromisoformat(f"2027-{text}")
        return to_utc(wall, BERLIN) if "T" in text else wall.date()

    def fields(values: dict[str, Any]) -> dict[str, Any]:
        found = dict(values)
        if "start_date" in values:
            found["start_date"] = form(values["start_date"])
        if values.get("due_date"):
            due = form(values["due_date"])
            found["all_day"] = not isinstance(due, datetime)
            found["due_date"] = due if isinstance(due, datetime) else start_of_day(due, BERLIN)
        return found

    old = a_task(timezone=BERLIN, **fields(task))
    assert domain.edit(old, fields(edit), NOW).start_date == form(start)


def test_a_start_that_would_move_out_of_the_calendar_is_refused_by_name() -> None:
    old = a_task(
        timezone="UTC", due_date=at("8999-01-01T00:00Z"), start_date=at("1970-01-02T00:00Z")
    )
    with pytest.raises(Invalid) as edited:
        domain.edit(old, {"due_date": at("1970-01-01T00:00Z")}, NOW)
    with pytest.raises(Invalid) as postponed:
        domain.postpone(old, at("2027-01-01T00:00Z"), NOW)
    assert {edited.value.field, postponed.value.field} == {"start_date"}


def test_the_start_of_a_series_keeps_its_days_when_its_zone_changes_too() -> None:
    zone = "Pacific/Kiritimati"
    day = date(2027, 5, 7)
    old = a_task(
        timezone=HONOLULU,
        due_date=start_of_day(day, HONOLULU),
        all_day=True,
        start_date=date(2027, 5, 3),
        recurrence="weekly",
    )
    due = start_of_day(date(2027, 5, 10), zone)
    edited = domain.edit(old, {"due_date": due, "timezone": zone}, NOW)
    assert (edited.due_on, edited.start_date) == (date(2027, 5, 10), date(2027, 5, 6))
