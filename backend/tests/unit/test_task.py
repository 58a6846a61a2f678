"""The effect of an edit on a series, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from todo.domain import task as domain
from todo.domain.errors import Invalid
from todo.domain.recurrence import RecurrenceMode
from todo.domain.series import next_occurrence
from todo.domain.task import Status, Task

NOW = datetime(2027, 1, 30, 10, 7, tzinfo=UTC)


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
    with pytest.raises(Invalid):
        domain.edit(stored, {"due_date": due - timedelta(days=1)}, NOW)
