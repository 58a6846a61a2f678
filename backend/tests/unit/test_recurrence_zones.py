"""Gaps and folds of eight zones. The expected values are calculated by hand from the offsets of the zone.

Each row is a wall time that the clocks skip or show twice on the second of three days. The wall time
stays, so the instants move: in a gap by what the clocks skip, in a fold to the first of the two.
"""

from datetime import UTC, datetime
from itertools import islice

import pytest

from todo.domain.recurrence import RecurrenceMode, local, occurrences, parse_rule, to_utc
from todo.domain.series import successor

# zone, first wall time of the daily series, its three instants in UTC
DAYS = [
    # 8 March 2026, 02:00 EST → 03:00 EDT; 1 November 2026, 02:00 EDT → 01:00 EST
    ("America/New_York", "2026-03-07 02:30", "03-07 07:30", "03-08 07:30", "03-09 06:30"),
    ("America/New_York", "2026-10-31 01:30", "10-31 05:30", "11-01 05:30", "11-02 06:30"),
    # 29 March 2026, 01:00 GMT → 02:00 BST; 25 October 2026, 02:00 BST → 01:00 GMT
    ("Europe/London", "2026-03-28 01:30", "03-28 01:30", "03-29 01:30", "03-30 00:30"),
    ("Europe/London", "2026-10-24 01:30", "10-24 00:30", "10-25 00:30", "10-26 01:30"),
    # Half an hour: 4 October 2026, 02:00 +10:30 → 02:30 +11; 5 April 2026, 02:00 +11 → 01:30 +10:30
    ("Australia/Lord_Howe", "2026-10-03 02:15", "10-02 15:45", "10-03 15:45", "10-04 15:15"),
    ("Australia/Lord_Howe", "2026-04-04 01:45", "04-03 14:45", "04-04 14:45", "04-05 15:15"),
    # 1 January 1986, 00:00 +5:30 → 00:15 +5:45, and never since
    ("Asia/Kathmandu", "1985-12-31 00:05", "12-30 18:35", "12-31 18:35", "01-01 18:20"),
    ("Asia/Kathmandu", "2026-03-28 06:45", "03-28 01:00", "03-29 01:00", "03-30 01:00"),
    # Ramadan 2019: 5 May, 03:00 +1 → 02:00 +0; 9 June, 02:00 +0 → 03:00 +1
    ("Africa/Casablanca", "2019-05-04 02:30", "05-04 01:30", "05-05 01:30", "05-06 02:30"),
    ("Africa/Casablanca", "2019-06-08 02:30", "06-08 02:30", "06-09 02:30", "06-10 01:30"),
    # At midnight: 28 April 2023, 00:00 +2 → 01:00 +3; 26 October 2023, 24:00 +3 → 23:00 +2
    ("Africa/Cairo", "2023-04-27 00:00", "04-26 22:00", "04-27 22:00", "04-28 21:00"),
    ("Africa/Cairo", "2023-10-25 23:30", "10-25 20:30", "10-26 20:30", "10-27 21:30"),
    # No 30 December 2011: the 29th at −10 is followed by the 31st at +14. Two wanted days, one instant
    ("Pacific/Apia", "2011-12-29 09:00", "12-29 19:00", "12-30 19:00", "12-31 19:00"),
    # 30 September 2012, 03:00 +13 → 04:00 +14; 1 April 2012, 04:00 +14 → 03:00 +13
    ("Pacific/Apia", "2012-09-29 03:30", "09-28 14:30", "09-29 14:30", "09-30 13:30"),
    ("Pacific/Apia", "2012-03-31 03:30", "03-30 13:30", "03-31 13:30", "04-01 14:30"),
    # At midnight: 4 November 2018, 00:00 −3 → 01:00 −2; 17 February 2018, 24:00 −2 → 23:00 −3
    ("America/Sao_Paulo", "2018-11-03 00:00", "11-03 03:00", "11-04 03:00", "11-05 02:00"),
    ("America/Sao_Paulo", "2018-02-16 23:30", "02-17 01:30", "02-18 01:30", "02-19 02:30"),
]


@pytest.mark.parametrize(("zone", "start", "first", "second", "third"), DAYS)
def test_a_daily_task_around_a_change(
    zone: str, start: str, first: str, second: str, third: str
) -> None:
    rule, anchor = parse_rule("daily"), datetime.fromisoformat(start)
    found = list(islice(occurrences(rule, anchor, zone), 3))
    assert [f"{each.due:%m-%d %H:%M}" for each in found] == [first, second, third]
    assert [each.due.tzinfo for each in found] == [UTC] * 3

    due = found[1].due
    mode = RecurrenceMode.FROM_DUE
    assert successor(rule, anchor, zone, scheduled_at=due, mode=mode, completed_at=due) == found[2]


@pytest.mark.parametrize(("zone", "start", "first", "second", "third"), DAYS)
def test_two_times_that_a_gap_makes_equal_are_one_occurrence(
    zone: str, start: str, first: str, second: str, third: str
) -> None:
    rule = parse_rule("FREQ=HOURLY")
    dues = [each.due for each in islice(occurrences(rule, datetime.fromisoformat(start), zone), 72)]
    assert dues == sorted(set(dues))


def test_the_friday_that_apia_skipped_becomes_saturday() -> None:
    dues = islice(occurrences(parse_rule("weekly"), datetime(2011, 12, 23, 9), "Pacific/Apia"), 3)
    shown = [local(each.due, "Pacific/Apia") for each in dues]
    assert [wall.day for wall in shown] == [23, 31, 6]


@pytest.mark.parametrize("text", ["FREQ=DAILY;BYHOUR=9,21", "FREQ=HOURLY;INTERVAL=6"])
def test_a_day_that_the_calendar_skips_adds_no_occurrence(text: str) -> None:
    dues = [
        each.due
        for each in islice(
            occurrences(parse_rule(text), datetime(2011, 12, 29, 9), "Pacific/Apia"), 12
        )
    ]
    assert dues == sorted(set(dues))
    assert len({local(due, "Pacific/Apia") for due in dues}) == len(dues)


def test_a_gap_before_midnight_keeps_the_order() -> None:
    """Toronto, 30 March 1919: 23:30 → 00:30, so 23:40 becomes 00:40, which is after the next 00:20."""
    rule = parse_rule("FREQ=DAILY;BYHOUR=0,23;BYMINUTE=20,40")
    found = islice(occurrences(rule, datetime(1919, 3, 30, 0, 20), "America/Toronto"), 6)
    shown = [local(each.due, "America/Toronto").strftime("%d %H:%M") for each in found]
    assert shown == ["30 00:20", "30 00:40", "30 23:20", "31 00:40", "31 01:20", "31 23:20"]


def test_an_instant_and_its_wall_time() -> None:
    assert to_utc(datetime(2026, 7, 1, 9), "Asia/Kathmandu") == datetime(
        2026, 7, 1, 3, 15, tzinfo=UTC
    )
    assert local(datetime(2026, 7, 1, 3, 15, tzinfo=UTC), "Asia/Kathmandu") == datetime(
        2026, 7, 1, 9
    )


@pytest.mark.parametrize("fold", [0, 1])
def test_a_wall_time_that_occurs_twice_is_the_first_whatever_its_fold(fold: int) -> None:
    wall = datetime(2026, 11, 1, 1, 30, fold=fold)
    assert to_utc(wall, "America/New_York") == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    first = next(occurrences(parse_rule("daily"), wall, "America/New_York"))
    assert first.due == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
