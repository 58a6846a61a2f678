"""Dates counted from completion, against a naive reference that walks day by day.

The reference shares no code with the product. TODO_COMPLETION_CASES sets the number of random cases.
"""

import os
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.domain.recurrence import RecurrenceMode, parse_rule, to_utc
from todo.domain.series import successor

CASES = int(os.environ.get("TODO_COMPLETION_CASES", "4000"))
DAY = timedelta(days=1)
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


def next_day(text: str, due: date, done: date, zone: str = "UTC") -> date | None:
    """The day after `due`, completed at noon of `done`; the series starts at `due`."""
    anchor = datetime(due.year, due.month, due.day, 9)
    found = successor(
        parse_rule(text),
        anchor,
        zone,
        scheduled_at=to_utc(anchor, zone),
        mode=RecurrenceMode.FROM_COMPLETION,
        completed_at=to_utc(datetime(done.year, done.month, done.day, 12), zone),
    )
    return found.due.astimezone(ZoneInfo(zone)).date() if found else None


@pytest.mark.parametrize(
    ("text", "due", "done", "expected"),
    [
        # Done early: the day that was due has been served.
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-10-31", "2026-10-30", "2026-11-30"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-11-30", "2026-11-28", "2026-12-07"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "2026-12-25", "2026-12-01", "2027-12-25"),
        ("daily", "2026-11-30", "2026-11-29", "2026-12-01"),
        ("FREQ=DAILY;INTERVAL=3", "2026-11-30", "2026-11-29", "2026-12-02"),
        # Done late: the interval counts.
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=SU", "2022-04-10", "2022-04-19", "2022-05-15"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1", "2026-01-01", "2026-02-20", "2026-05-01"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=-1SU", "2026-03-29", "2027-01-05", "2028-03-26"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", "2026-11-10", "2026-11-12", "2027-01-12"),
        # Done early with an interval: it counts from the day that was due.
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=SU", "2022-05-08", "2022-05-07", "2022-06-05"),
        # Several days of a week belong together.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026-11-02", "2026-11-03", "2026-11-05"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026-11-05", "2026-11-06", "2026-11-16"),
        # The day of the month moves out of a short month, and its interval with it.
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", "2026-03-02", "2026-03-31"),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31;SKIP=FORWARD",
            *("2026-02-28", "2026-03-02", "2026-05-01"),
        ),
        # Days that only filter: the first that is a full interval away.
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-11-30", "2026-12-01", "2026-12-14"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "2026-11-27", "2026-11-27", "2026-11-30"),
        # A rule that ends, and one that never had a date before.
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20261130", "2026-11-30", "2026-11-30", None),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;SKIP=OMIT", "2027-03-01", "2027-03-01", "2028-02-29"),
    ],
)
def test_the_next_day_counted_from_completion(
    text: str, due: str, done: str, expected: str | None
) -> None:
    found = next_day(text, date.fromisoformat(due), date.fromisoformat(done))
    assert found == (expected and date.fromisoformat(expected))


@dataclass(frozen=True)
class Case:
    text: str
    interval: int
    period: Callable[[date], int]
    matches: Callable[[date], bool] | None  # None: the rule names no day
    filters: bool = False  # the days that it names only filter its steps


def random_case(random: Random) -> Case:
    freq = random.choice(("WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "DAILY"))
    interval = random.choice((1, 1, 2, 3, 4, 6))
    text = f"FREQ={freq};INTERVAL={interval};SKIP=OMIT"
    if freq == "DAILY" and random.random() < 0.5:
        days = random.sample(range(7), random.randint(1, 5))
        text += f";BYDAY={','.join(CODES[d] for d in days)}"
        return Case(text, interval, date.toordinal, lambda day: day.weekday() in days, filters=True)
    if freq == "DAILY" or (freq == "WEEKLY" and random.random() < 0.2):
        return Case(text, interval, date.toordinal, None)
    match freq:
        case "WEEKLY":
            days = random.sample(range(7), random.randint(1, 3))
            sunday = random.random() < 0.5
            text += f";WKST={'SU' if sunday else 'MO'};BYDAY={','.join(CODES[d] for d in days)}"
            return Case(
                text,
                interval,
                lambda day: (day.toordinal() - (not sunday)) // 7,
                lambda day: day.weekday() in days,
            )
        case "MONTHLY":
            part, matches = random_days(random)
            return Case(text + part, interval, lambda day: 12 * day.year + day.month, matches)
        case _:
            months = random.sample(range(1, 13), random.randint(1, 2))
            part, matches = random_days(random, (1, 2, 13, 28, -1, -15))  # in every month
            text += f";BYMONTH={','.join(map(str, months))}{part}"
            return Case(
                text, interval, lambda d: d.year, lambda day: day.month in months and matches(day)
            )


def random_days(
    random: Random, choice: tuple[int, ...] = (1, 2, 13, 15, 28, 30, 31, -1, -2, -15)
) -> tuple[str, Callable[[date], bool]]:
    if random.random() < 0.5:
        days = random.sample(choice, random.randint(1, 2))
        return (
            f";BYMONTHDAY={','.join(map(str, days))}",
            lambda day: day.day in days or day.day - month_length(day) - 1 in days,
        )
    weekday, nth = random.randrange(7), random.choice((1, 2, 4, -1, -2))
    return (
        f";BYDAY={nth}{CODES[weekday]}",
        lambda day: (
            day.weekday() == weekday
            and nth in ((day.day - 1) // 7 + 1, -((month_length(day) - day.day) // 7) - 1)
        ),
    )


def month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def reference(case: Case, due: date, done: date) -> date:
    """Walk back to the named day that was served, then forward to the next one, period by period."""
    later = max(due, done)
    matches, served = case.matches, later
    if matches is None:
        step = case.interval * (7 if "WEEKLY" in case.text else 1)
        day = done + step * DAY
        while day <= later:
            day += step * DAY
        return day
    if case.filters:
        day = max(later + DAY, done + case.interval * DAY)
        while not matches(day):
            day += DAY
        return day
    while not matches(served):
        served -= DAY
    day = later + DAY
    while not (matches(day) and (case.period(day) - case.period(served)) % case.interval == 0):
        day += DAY
    return day


def test_an_hourly_rule_with_named_hours_goes_on_at_the_first_that_is_an_interval_away() -> None:
    """Steps of 4 hours from 10:13 would never meet one of its hours."""
    found = successor(
        parse_rule("FREQ=HOURLY;INTERVAL=4;BYHOUR=8,12,16,20"),
        datetime(2026, 11, 30, 8),
        "UTC",
        scheduled_at=datetime(2026, 11, 30, 8, tzinfo=UTC),
        mode=RecurrenceMode.FROM_COMPLETION,
        completed_at=datetime(2026, 11, 30, 10, 13, tzinfo=UTC),
    )
    assert found is not None
    assert found.due == datetime(2026, 11, 30, 16, 13, tzinfo=UTC)


def test_random_cases_agree_with_the_reference() -> None:
    random = Random(16)
    for number in range(CASES):
        case, zone = random_case(random), random.choice(ZONES)
        due = date(2000, 1, 1) + random.randrange(40 * 365) * DAY
        done = due + random.choice((0, 1, -1, random.randrange(-60, 400))) * DAY
        found, expected = next_day(case.text, due, done, zone), reference(case, due, done)
        assert found == expected, f"case {number}: {case.text} due {due} done {done} in {zone}"


@given(
    st.integers(0, 10**9),
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.timedeltas(timedelta(days=-500), timedelta(days=900)),
    st.sampled_from(ZONES),
)
def test_the_successor_is_later_than_due_and_done_and_a_full_interval_away(
    seed: int, due: datetime, late: timedelta, zone: str
) -> None:
    case = random_case(Random(seed))
    scheduled_at = due.replace(second=0, microsecond=0, tzinfo=UTC)
    done = scheduled_at + late
    found = successor(
        parse_rule(case.text),
        scheduled_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None),
        zone,
        scheduled_at=scheduled_at,
        mode=RecurrenceMode.FROM_COMPLETION,
        completed_at=done,
    )
    assert found is not None
    later = max(scheduled_at, done).astimezone(ZoneInfo(zone)).date()
    day = found.due.astimezone(ZoneInfo(zone)).date()
    assert day > later
    if case.matches is None or case.filters:
        assert day >= done.astimezone(ZoneInfo(zone)).date() + case.interval * DAY
    else:
        assert case.matches(day)
        served = later
        while not case.matches(served):
            served -= DAY
        periods = case.period(day) - case.period(served)
        assert periods == 0 or periods >= case.interval
