"""When reminders are due, and which ones are refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.domain.errors import Invalid
from todo.domain.recurrence import local, to_utc
from todo.domain.reminder import MAX_REMINDERS, alerts, check_reminders, parse_reminder, relative

BERLIN = "Europe/Berlin"
DUE = datetime(2027, 11, 30, 8, tzinfo=UTC)  # 9:00 in Berlin


def moments(
    *specs: str, due: datetime | None = DUE, zone: str = BERLIN, all_day: bool = False
) -> list[str]:
    found = alerts(specs, due_date=due, timezone=zone, all_day=all_day)
    return [f"{alert.remind_at:%Y-%m-%dT%H:%M:%S}" for alert in found]


def refusal(
    *specs: str, due: datetime | None = DUE, zone: str = BERLIN, all_day: bool = False
) -> str | None:
    try:
        check_reminders(specs, due_date=due, timezone=zone, all_day=all_day)
    except Invalid as error:
        return error.message if error.field == "reminders" else None
    return None


def test_durations_count_back_from_the_due_date() -> None:
    assert moments("P1D", "PT1H", "PT0S", "P1W", "P1DT2H30M") == [
        "2027-11-29T08:00:00",
        "2027-11-30T07:00:00",
        "2027-11-30T08:00:00",
        "2027-11-23T08:00:00",
        "2027-11-29T05:30:00",
    ]


def test_a_day_before_is_the_same_wall_time_across_a_clock_change() -> None:
    after_the_change = datetime(2027, 3, 28, 7, tzinfo=UTC)  # 9:00, the first day of summer time
    assert moments("P1D", due=after_the_change) == ["2027-03-27T08:00:00"]
    assert moments("PT24H", due=after_the_change) == ["2027-03-27T07:00:00"]


def test_an_hour_before_is_one_elapsed_hour_in_the_repeated_hour_of_a_clock_change() -> None:
    second_half_past_two = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert moments("PT1H", "PT0S", "PT15M", due=second_half_past_two) == [
        "2027-10-31T00:30:00",
        "2027-10-31T01:30:00",
        "2027-10-31T01:15:00",
    ]
    assert moments("P1D", due=second_half_past_two) == ["2027-10-30T00:30:00"]


@given(
    due=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    zone=st.sampled_from(
        [BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]
    ),
    minutes=st.integers(0, 60 * 48),
)
def test_elapsed_time_is_elapsed_time_in_every_zone(due: datetime, zone: str, minutes: int) -> None:
    moment = due.replace(tzinfo=UTC)
    [alert] = alerts([f"PT{minutes}M"], due_date=moment, timezone=zone, all_day=False)
    assert moment - alert.remind_at == timedelta(minutes=minutes)


@given(
    due=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
    days=st.integers(1, 400),
)
def test_days_before_keep_the_wall_time(due: datetime, zone: str, days: int) -> None:
    moment = due.replace(tzinfo=UTC)
    [alert] = alerts([f"P{days}D"], due_date=moment, timezone=zone, all_day=False)
    assert alert.remind_at == to_utc(local(moment, zone) - timedelta(days=days), zone)


def test_reminders_of_an_all_day_task_count_back_from_nine() -> None:
    midnight = datetime(2027, 11, 29, 23, tzinfo=UTC)
    assert moments("P1D", "PT0S", due=midnight, all_day=True) == [
        "2027-11-29T08:00:00",
        "2027-11-30T08:00:00",
    ]


def test_an_absolute_reminder_of_an_all_day_task_may_be_at_any_time_of_that_day() -> None:
    midnight = datetime(2027, 11, 29, 23, tzinfo=UTC)
    assert refusal("2027-11-30T18:00:00+01:00", due=midnight, all_day=True) is None
    assert refusal("2027-12-01T00:00:00+01:00", due=midnight, all_day=True) is None
    assert refusal("2027-12-01T00:00:01+01:00", due=midnight, all_day=True)
    assert refusal("2027-11-30T00:00:01+01:00", due=midnight)


def test_a_day_with_a_clock_change_ends_at_its_own_midnight() -> None:
    midnight = datetime(2027, 10, 30, 22, tzinfo=UTC)  # 31 October in Berlin has 25 hours
    assert refusal("2027-10-31T23:59:00+01:00", due=midnight, all_day=True) is None
    assert refusal("2027-11-01T00:01:00+01:00", due=midnight, all_day=True)


def test_only_a_relative_reminder_needs_a_due_date() -> None:
    assert refusal("2027-11-30T08:00:00Z", due=None) is None
    assert moments("2027-11-30T09:00:00+01:00", due=None) == ["2027-11-30T08:00:00"]
    assert refusal("PT1H", due=None) == "A reminder before the due date needs a due date."
    assert moments("PT1H", due=None) == []


@pytest.mark.parametrize(
    "spec",
    ["", "P", "PT", "1D", "-P1D", "P1M", "P1Y", "soon", "2027-11-30", "2027-11-30T08:00:00", "P1D ", "PT1.5H",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "P123456D"],
)  # fmt: skip
def test_an_invalid_reminder_is_refused_with_a_sentence(spec: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_reminder(spec)
    assert refused.value.field == "reminders"
    assert refused.value.message.endswith(".")


def test_too_many_reminders_and_reminders_after_the_due_date_are_refused() -> None:
    assert refusal(*(f"PT{n}M" for n in range(MAX_REMINDERS))) is None
    assert (
        refusal(*(f"PT{n}M" for n in range(MAX_REMINDERS + 1)))
        == "A task can have at most 50 reminders."
    )
    assert refusal("2027-11-30T08:00:01Z")


def test_duplicate_reminders_are_merged_and_those_before_1970_dropped() -> None:
    assert moments("PT1H", "PT1H") == ["2027-11-30T07:00:00"]
    assert moments("P99999D") == []
    assert moments("P9999W99999D") == []


@pytest.mark.parametrize(
    ("spec", "due", "all_day", "duration"),
    [
        ("2027-02-02T16:15:00Z", "2027-02-02T16:30:00+00:00", False, "PT15M"),
        ("2027-02-01T16:30:00Z", "2027-02-02T16:30:00+00:00", False, "P1D"),
        ("2027-02-02T16:30:00Z", "2027-02-02T16:30:00+00:00", False, "PT0S"),
        ("2026-12-01T18:00:00+01:00", "2026-11-30T23:00:00+00:00", True, "-PT9H"),
        ("2026-11-30T18:00:00+01:00", "2026-11-30T23:00:00+00:00", True, "PT15H"),
        ("PT1H", "2027-02-02T16:30:00+00:00", False, "PT1H"),
    ],
)
def test_a_reminder_of_a_series_keeps_its_distance(
    spec: str, due: str, all_day: bool, duration: str
) -> None:
    due_date = datetime.fromisoformat(due)
    found = relative(spec, due_date=due_date, timezone="Europe/Berlin", all_day=all_day)
    assert found == duration
    [before] = alerts((spec,), due_date=due_date, timezone="Europe/Berlin", all_day=all_day)
    [after] = alerts((found,), due_date=due_date, timezone="Europe/Berlin", all_day=all_day)
    assert after.remind_at == before.remind_at


def test_a_reminder_after_nine_is_for_whole_days_only() -> None:
    day = datetime(2026, 12, 1, 23, tzinfo=UTC)
    check_reminders(("-PT9H", "-PT14H59M59S"), due_date=day, timezone="Europe/Berlin", all_day=True)
    for spec, all_day in (("-PT15H", True), ("-PT1M", False)):
        with pytest.raises(Invalid, match="after the task is due"):
            check_reminders((spec,), due_date=day, timezone="Europe/Berlin", all_day=all_day)
