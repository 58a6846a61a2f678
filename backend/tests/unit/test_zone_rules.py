"""The rules of a zone as values, and instants that move when they change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.domain.recurrence import local
from todo.domain.zone_rules import moved, rules_of

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Africa/Casablanca", "Asia/Kolkata", "UTC")
instants = st.datetimes(datetime(2026, 1, 2), datetime(2029, 12, 30)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


def test_the_changes_of_berlin_are_found_to_the_second() -> None:
    rules = rules_of("Europe/Berlin", START, datetime(2027, 1, 1, tzinfo=UTC))
    assert [(datetime.fromtimestamp(at, UTC).isoformat(), offset) for at, offset in rules] == [
        ("2026-01-01T00:00:00+00:00", 3600),
        ("2026-03-29T01:00:00+00:00", 7200),
        ("2026-10-25T01:00:00+00:00", 3600),
    ]


@given(st.sampled_from(ZONES), instants)
def test_nothing_moves_while_the_rules_are_the_same(zone: str, instant: datetime) -> None:
    after = moved(instant, zone, rules_of(zone, START, END), END)
    # In the hour that a clock shows twice, the first one is meant.
    assert local(after, zone) == local(instant, zone)


@given(st.sampled_from(ZONES), instants, st.sampled_from([-3600, 1800, 3600]))
def test_the_wall_clock_time_stays_when_the_offset_changes(
    zone: str, instant: datetime, change: int
) -> None:
    old = [[at, offset + change] for at, offset in rules_of(zone, START, END)]
    wall = local(instant, zone) + timedelta(seconds=change)
    after = moved(instant, zone, old, END)
    # A time that the clock now leaves out comes later by the gap.
    assert local(after, zone) - wall in {timedelta(0), timedelta(hours=1)}


@pytest.mark.parametrize("outside", [START - timedelta(days=1), END + timedelta(days=200)])
def test_an_instant_outside_of_the_known_rules_stays(outside: datetime) -> None:
    rules = rules_of("Europe/Berlin", START, END)
    assert moved(outside, "Europe/Berlin", rules, END) == outside
