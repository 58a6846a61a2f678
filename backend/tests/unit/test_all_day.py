"""The date of an all-day task is the same in every zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_task import a_task
from todo.domain import series
from todo.domain import task_changes as task
from todo.domain.recurrence import (
    RecurrenceMode,
    day_of,
    end_of_local_day,
    local,
    start_of_day,
)
from todo.domain.task import Task
from todo.domain.task_schedule import rule_from_here

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
DATES = st.dates(date(2027, 1, 1), date(2090, 12, 31))
RULES = st.sampled_from(
    ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=-1",
     "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5", "FREQ=YEARLY"],
)  # fmt: skip


def on(day: date, zone: str, **fields: Any) -> Task:
    values = {"due_date": start_of_day(day, zone), "all_day": True, "timezone": zone}
    return task.create(a_task(**values, **fields))


@given(DATES, ZONES)
def test_a_day_and_its_start_belong_together(day: date, zone: str) -> None:
    start = start_of_day(day, zone)
    assert day_of(start, zone) == day
    assert start <= end_of_local_day(day, zone)
    # The rules of a zone may change by some hours.
    assert {day_of(start + timedelta(hours=hours), zone) for hours in (-3, 3)} == {day}


@given(DATES, ZONES, ZONES)
def test_another_zone_of_the_task_or_the_account_keeps_the_date(
    day: date, zone: str, other: str
) -> None:
    before = on(day, zone)
    moved = task.edit(before, {"timezone": other, "due_date": start_of_day(day, other)}, NOW, other)
    assert before.due == before.due_on == moved.due_on == day
    assert "due_date" not in task.difference(before, moved)
    starts, home = moved.rings_from(zone)
    assert (starts, home) == (start_of_day(day, zone), zone)


@given(DATES, RULES, ZONES, ZONES, st.sampled_from(list(RecurrenceMode)))
def test_a_series_of_dates_is_the_same_in_every_zone(
    day: date, rule: str, zone: str, other: str, mode: RecurrenceMode
) -> None:
    def dates(label: str) -> list[date]:
        first = on(day, label, recurrence=rule, recurrence_mode=mode)
        return [day_of(each.due, label) for each in series.upcoming(first, 6, other)]

    assert dates(zone) == dates("UTC")
    assert sorted({*dates(zone)}) == dates(zone)
    first = on(day, zone, recurrence=rule)
    assert all("clock" not in (each.note or "") for each in series.upcoming(first, 6))
    assert rule_from_here(first) == rule_from_here(replace(first, title="x"))


@given(DATES, ZONES, ZONES, st.integers(0, 47))
def test_the_next_date_counts_from_the_day_of_the_completion_in_the_accounts_zone(
    day: date, zone: str, home: str, hours: int
) -> None:
    first = on(day, zone, recurrence="daily", recurrence_mode=RecurrenceMode.FROM_COMPLETION)
    at = start_of_day(day, home) + timedelta(hours=hours)
    following = series.next_occurrence(task.complete(first, at, at), home)
    assert following is not None
    assert day_of(following.due, zone) == local(at, home).date() + timedelta(days=1)
