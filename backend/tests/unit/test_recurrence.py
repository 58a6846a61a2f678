"""The dates of a repeating task as its user sees them: which come, when they end, and the notes beside them."""

import sys
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from todo.domain.errors import Invalid
from todo.domain.recurrence import (
    Frequency,
    RecurrenceMode,
    Rule,
    Skip,
    Weekday,
    describe,
    local,
    occurrences,
    parse_rule,
    to_utc,
    validate,
)
from todo.domain.series import missed_between, successor

LONDON = "Europe/London"
NEW_YORK = "America/New_York"


def walls(text: str, start: str, count: int, zone: str = LONDON) -> list[str]:
    rule = parse_rule(text)
    dues = islice(occurrences(rule, datetime.fromisoformat(start), zone), count)
    return [local(each.due, zone).isoformat(" ", "minutes") for each in dues]


def dates(text: str, start: str, count: int, zone: str = LONDON) -> list[str]:
    return [wall.split()[0] for wall in walls(text, start, count, zone)]


def notes(text: str, start: str, count: int, zone: str = LONDON) -> list[str | None]:
    rule = parse_rule(text)
    return [o.note for o in islice(occurrences(rule, datetime.fromisoformat(start), zone), count)]


def following(
    text: str,
    anchor: str,
    *,
    scheduled_at: str | None = None,
    done: str | None = None,
    mode: RecurrenceMode = RecurrenceMode.FROM_DUE,
    zone: str = LONDON,
    occurrence: int | None = None,
) -> str | None:
    """The wall time of the successor; `scheduled_at` and `done` are wall times too, the anchor if not given."""
    found = successor(
        parse_rule(text),
        datetime.fromisoformat(anchor),
        zone,
        scheduled_at=to_utc(datetime.fromisoformat(scheduled_at or anchor), zone),
        mode=mode,
        completed_at=to_utc(datetime.fromisoformat(done or scheduled_at or anchor), zone),
        occurrence=occurrence,
    )
    return local(found.due, zone).isoformat(" ", "minutes") if found else None


# ── Month ends ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["monthly", "FREQ=MONTHLY;BYMONTHDAY=31"])
def test_the_31st_is_the_last_day_of_shorter_months_and_comes_back(text: str) -> None:
    assert dates(text, "2026-01-31T09:00", 5) == [
        *("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"),
    ]


def test_29_february_is_28_february_in_common_years_and_comes_back() -> None:
    assert dates("yearly", "2024-02-29T09:00", 5) == [
        *("2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"),
    ]


def test_a_century_that_is_no_leap_year() -> None:
    assert dates("yearly", "2096-02-29T09:00", 9)[3:] == [
        *("2099-02-28", "2100-02-28", "2101-02-28", "2102-02-28", "2103-02-28", "2104-02-29"),
    ]


def test_days_that_are_equal_in_february_are_one_occurrence() -> None:
    assert dates("FREQ=MONTHLY;BYMONTHDAY=28,30,31", "2026-02-28T09:00", 4) == [
        *("2026-02-28", "2026-03-28", "2026-03-30", "2026-03-31"),
    ]
    assert notes("FREQ=MONTHLY;BYMONTHDAY=28,30,31", "2026-02-28T09:00", 1) == [None]


def test_a_day_that_also_matches_without_skip_has_no_note() -> None:
    """31 January is the last day, and where February's 31st day from the end would go."""
    assert notes("FREQ=MONTHLY;BYMONTHDAY=-1,-31", "2026-01-01T09:00", 3, "UTC") == [None] * 3


def test_every_quarter_from_the_30th_of_november() -> None:
    assert dates("FREQ=MONTHLY;INTERVAL=3", "2025-11-30T09:00", 4) == [
        *("2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"),
    ]


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        # RFC 7529, section 4.1, and vectors worked out from it by hand
        ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT", "2012-02-29", "2016-02-29 2020-02-29"),
        ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD", "2012-02-29", "2013-03-01 2014-03-01"),
        ("RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD", "2012-02-29", "2013-02-28 2014-02-28"),
        ("FREQ=MONTHLY;SKIP=OMIT", "2014-01-31", "2014-03-31 2014-05-31 2014-07-31"),
        ("FREQ=MONTHLY;SKIP=BACKWARD", "2014-01-31", "2014-02-28 2014-03-31 2014-04-30"),
        ("FREQ=MONTHLY;SKIP=FORWARD", "2014-01-31", "2014-03-01 2014-03-31 2014-05-01"),
        ("FREQ=MONTHLY;INTERVAL=3;SKIP=FORWARD", "2014-01-31", "2014-05-01 2014-07-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-31;SKIP=FORWARD", "2015-01-01", "2015-02-01 2015-03-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=-31;SKIP=BACKWARD", "2015-01-01", "2015-01-31 2015-03-01"),
        ("FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD", "2012-12-31", "2014-01-01 2015-01-01"),
        ("FREQ=YEARLY;BYYEARDAY=366;SKIP=BACKWARD", "2012-12-31", "2013-12-31 2014-12-31"),
        ("FREQ=YEARLY;BYYEARDAY=-366;SKIP=BACKWARD", "2012-01-01", "2012-12-31 2013-12-31"),
        ("FREQ=YEARLY;BYYEARDAY=366;SKIP=OMIT", "2012-12-31", "2016-12-31 2020-12-31"),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;SKIP=FORWARD",
            "2015-02-28",
            "2015-03-01 2016-02-28 2016-02-29 2017-02-28",
        ),
        ("FREQ=MONTHLY;BYMONTH=2,4;BYMONTHDAY=30;SKIP=OMIT", "2026-04-30", "2027-04-30 2028-04-30"),
    ],
)
def test_skip_decides_about_a_day_that_the_month_lacks(
    text: str, start: str, expected: str
) -> None:
    days = expected.split()
    assert dates(text, f"{start}T12:00", len(days) + 1) == [start, *days]


def test_a_day_moved_into_the_next_month_comes_once_with_all_its_times() -> None:
    text = "FREQ=MONTHLY;BYMONTHDAY=1,31;BYHOUR=9,17;SKIP=FORWARD"
    assert walls(text, "2026-01-31T09:00", 7) == [
        *("2026-01-31 09:00", "2026-01-31 17:00", "2026-02-01 09:00", "2026-02-01 17:00"),
        *("2026-03-01 09:00", "2026-03-01 17:00", "2026-03-31 09:00"),
    ]


# ── RFC 5545, 3.8.5.3 ─────────────────────────────────────────────────────────────────────────────

# The examples of the RFC, in New York, from 2 September 1997 at nine unless another start is given.
# "…" after the dates: the rule goes on. Those that fire by the minute are refused (see below).
RFC_5545 = [
    ("FREQ=DAILY;COUNT=10", "09-02", " ".join(f"09-{day:02}" for day in range(2, 12))),
    ("FREQ=DAILY;INTERVAL=2", "09-02", "09-02 09-04 09-06 …"),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "09-02", "09-02 09-12 09-22 10-02 10-12"),
    ("FREQ=WEEKLY;COUNT=4", "09-02", "09-02 09-09 09-16 09-23"),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "09-02",
     "09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02"),
    ("FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "09-01",
     "09-01 09-03 09-05 09-15 09-17 09-19 09-29 10-01 10-03 10-13 10-15 10-17 10-27 10-29 10-31"
     " 11-10 11-12 11-14 11-24 11-26 11-28 12-08 12-10 12-12 12-22"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "09-02",
     "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16"),
    ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "09-05",
     "09-05 10-03 11-07 12-05 1998-01-02 1998-02-06 1998-03-06 1998-04-03 1998-05-01 1998-06-05"),
    ("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "09-05", "09-05 10-03 11-07 12-05"),
    ("FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "09-07",
     "09-07 09-28 11-02 11-30 1998-01-04 1998-01-25 1998-03-01 1998-03-29 1998-05-03 1998-05-31"),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "09-22",
     "09-22 10-20 11-17 12-22 1998-01-19 1998-02-16"),
    ("FREQ=MONTHLY;BYMONTHDAY=-3", "09-28", "09-28 10-29 11-28 12-29 1998-01-29 1998-02-26 …"),
    ("FREQ=MONTHLY;COUNT=6;BYMONTHDAY=2,15", "09-02", "09-02 09-15 10-02 10-15 11-02 11-15"),
    ("FREQ=MONTHLY;COUNT=6;BYMONTHDAY=1,-1", "09-30",
     "09-30 10-01 10-31 11-01 11-30 12-01"),
    ("FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "09-10",
     "09-10 09-11 09-12 09-13 09-14 09-15 1999-03-10 1999-03-11 1999-03-12 1999-03-13"),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "09-02",
     "09-02 09-09 09-16 09-23 09-30 11-04 11-11 11-18 11-25 1998-01-06 …"),
    ("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "06-10", "06-10 07-10 1998-06-10 1998-07-10"),
    ("FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3", "03-10",
     "03-10 1999-01-10 1999-02-10 1999-03-10"),
    ("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "01-01",
     "01-01 04-10 07-19 2000-01-01 2000-04-09 2000-07-18 2003-01-01 2003-04-10 2003-07-19"
     " 2006-01-01"),
    ("FREQ=YEARLY;BYDAY=20MO", "05-19", "05-19 1998-05-18 1999-05-17 …"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "05-12", "05-12 1998-05-11 1999-05-17 …"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "03-13", "03-13 03-20 03-27 1998-03-05 …"),
    ("FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "06-05",
     "06-05 06-12 06-19 06-26 07-03 07-10 07-17 07-24 07-31 08-07 08-14 08-21 08-28 1998-06-04 …"),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998-02-13",
     "1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13 …"),
    ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "09-13",
     "09-13 10-11 11-08 12-13 1998-01-10 …"),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05",
     "1996-11-05 2000-11-07 2004-11-02 …"),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "09-04", "09-04 10-07 11-06"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "09-29",
     "09-29 10-30 11-27 12-30 1998-01-29 1998-02-26 1998-03-30 …"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "08-05", "08-05 08-10 08-19 08-24"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "08-05", "08-05 08-17 08-19 08-31"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "expected"), RFC_5545)
def test_the_examples_of_rfc_5545(text: str, start: str, expected: str) -> None:
    days = [_with_year(day) for day in expected.removesuffix(" …").split()]
    ends = not expected.endswith("…")
    found = dates(text, f"{_with_year(start)}T09:00", len(days) + ends, NEW_YORK)
    assert found == days


def _with_year(day: str) -> str:
    return day if len(day) == len("1997-09-02") else f"1997-{day}"


def test_every_three_hours_during_an_office_day() -> None:
    text = "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000"
    assert walls(text, "1997-09-02T09:00", 9, NEW_YORK) == [
        *("1997-09-02 09:00", "1997-09-02 12:00", "1997-09-02 15:00"),
    ]


def test_every_twenty_minutes_from_nine_to_five() -> None:
    text = "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"
    found = walls(text, "1997-09-02T09:00", 25, NEW_YORK)
    assert found[:2] == ["1997-09-02 09:00", "1997-09-02 09:20"]
    assert found[23:] == ["1997-09-02 16:40", "1997-09-03 09:00"]


def test_numbered_and_plain_weekdays_in_one_rule_add_up() -> None:
    assert dates("FREQ=MONTHLY;BYDAY=MO,2TU", "2026-06-01T09:00", 7) == [
        *("2026-06-01", "2026-06-08", "2026-06-09", "2026-06-15", "2026-06-22", "2026-06-29"),
        "2026-07-06",
    ]


def test_week_numbers_are_those_of_the_iso_calendar() -> None:
    days = dates("FREQ=YEARLY;BYWEEKNO=1,52,53;BYDAY=MO,TU,WE,TH,FR,SA,SU", "1990-01-01T09:00", 900)
    first, last = datetime.fromisoformat(days[0]), datetime.fromisoformat(days[-1])
    every_day = (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    assert days == [f"{day:%Y-%m-%d}" for day in every_day if day.isocalendar().week in (1, 52, 53)]


def test_the_last_week_of_the_year_has_number_minus_one() -> None:
    assert dates("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO", "2019-12-23T09:00", 4) == [
        *("2019-12-23", "2020-12-28", "2021-12-27", "2022-12-26"),
    ]


def test_a_week_number_alone_takes_the_weekday_of_the_start() -> None:
    assert dates("FREQ=YEARLY;BYWEEKNO=20", "2026-05-13T09:00", 2) == ["2026-05-13", "2027-05-19"]


def test_a_start_that_the_rule_does_not_name_is_the_first_and_counts() -> None:
    assert dates("FREQ=WEEKLY;BYDAY=MO;COUNT=3", "2026-11-25T09:00", 9) == [
        *("2026-11-25", "2026-11-30", "2026-12-07"),
    ]


# ── The end of a series ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260603", "2026-06-03"),
        ("20260603T090000", "2026-06-03"),
        ("20260603T085959", "2026-06-02"),
        ("20260603T080000Z", "2026-06-03"),  # London is an hour ahead in June
        ("20260603T075959Z", "2026-06-02"),
    ],
)
def test_until_includes_its_day_or_instant(until: str, last: str) -> None:
    assert dates(f"FREQ=DAILY;UNTIL={until}", "2026-06-01T09:00", 9)[-1] == last


def test_an_all_day_task_ends_on_the_day_of_until() -> None:
    assert dates("FREQ=DAILY;UNTIL=20260603", "2026-06-01T00:00", 9)[-1] == "2026-06-03"


@pytest.mark.parametrize("text", ["FREQ=DAILY;UNTIL=20260603", "FREQ=DAILY;COUNT=3"])
def test_the_last_occurrence_has_no_successor(text: str) -> None:
    assert (
        following(text, "2026-06-01T09:00", scheduled_at="2026-06-02T09:00") == "2026-06-03 09:00"
    )
    assert following(text, "2026-06-01T09:00", scheduled_at="2026-06-03T09:00") is None


@pytest.mark.parametrize(
    ("text", "start", "known"),
    [
        ("daily", "9999-12-29T09:00", 2),
        ("weekly", "9999-12-20T09:00", 2),
        ("monthly", "9999-11-30T09:00", 2),
        ("yearly", "9998-06-01T09:00", 2),
        ("FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD", "9998-06-01T09:00", 2),
        ("FREQ=HOURLY;INTERVAL=9999", "9998-06-01T09:00", 2),
    ],
)
@pytest.mark.parametrize("zone", [NEW_YORK, "Pacific/Apia", "UTC"])
def test_a_series_ends_with_the_calendar(text: str, start: str, known: int, zone: str) -> None:
    found = list(islice(occurrences(parse_rule(text), datetime.fromisoformat(start), zone), 5_000))
    assert len(found) >= known - 1
    last = found[-1].due
    rule, anchor = parse_rule(text), datetime.fromisoformat(start)
    mode = RecurrenceMode.FROM_DUE
    assert successor(rule, anchor, zone, scheduled_at=last, mode=mode, completed_at=last) is None


# ── What follows a completion ─────────────────────────────────────────────────────────────────────

EVERY_3_DAYS = "FREQ=DAILY;INTERVAL=3"


def test_from_due_continues_from_the_scheduled_date_however_late_it_was_done() -> None:
    scheduled_at, done = "2026-11-04T09:00", "2026-11-20T22:00"
    assert (
        following(EVERY_3_DAYS, "2026-11-01T09:00", scheduled_at=scheduled_at, done=done)
        == "2026-11-07 09:00"
    )


def test_skip_missed_keeps_the_rhythm_and_passes_over_the_past() -> None:
    mode = RecurrenceMode.SKIP_MISSED
    late = following(
        EVERY_3_DAYS,
        "2026-11-01T09:00",
        scheduled_at="2026-11-04T09:00",
        done="2026-11-20T22:00",
        mode=mode,
    )
    early = following(
        EVERY_3_DAYS,
        "2026-11-01T09:00",
        scheduled_at="2026-11-04T09:00",
        done="2026-11-02T22:00",
        mode=mode,
    )
    assert (late, early) == ("2026-11-22 09:00", "2026-11-07 09:00")


@pytest.mark.parametrize(
    ("text", "done", "expected"),
    [
        (EVERY_3_DAYS, "2026-11-20T22:00", "2026-11-23 09:00"),
        (EVERY_3_DAYS, "2026-11-20T03:00", "2026-11-23 09:00"),
        ("weekly", "2026-11-20T22:00", "2026-11-27 09:00"),
        ("monthly", "2027-01-31T22:00", "2027-02-28 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-11-20T22:00", "2026-11-23 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-11-20T22:00", "2026-12-01 09:00"),
        ("FREQ=DAILY;BYHOUR=8,20", "2026-11-20T08:10", "2026-11-21 08:00"),
        ("FREQ=HOURLY;INTERVAL=4", "2026-11-20T10:13", "2026-11-20 14:13"),
    ],
)
def test_from_completion_counts_from_the_day_of_completion(
    text: str, done: str, expected: str
) -> None:
    mode = RecurrenceMode.FROM_COMPLETION
    found = following(
        text, "2026-11-01T09:00", scheduled_at="2026-11-04T09:00", done=done, mode=mode
    )
    assert found == expected


def test_the_day_of_completion_is_the_day_in_the_tasks_zone() -> None:
    """Half past eight in the evening of the 19th in New York is the 20th in UTC."""
    mode = RecurrenceMode.FROM_COMPLETION
    found = following(
        "daily", "2026-11-01T09:00", done="2026-11-19T20:30", mode=mode, zone=NEW_YORK
    )
    assert found == "2026-11-20 09:00"


def test_from_completion_ends_after_its_count() -> None:
    mode = RecurrenceMode.FROM_COMPLETION
    text, anchor = "FREQ=DAILY;COUNT=3", "2026-11-01T09:00"
    second = following(text, anchor, done="2026-11-20T12:00", mode=mode, occurrence=2)
    third = following(text, anchor, done="2026-11-21T12:00", mode=mode, occurrence=3)
    assert (second, third) == ("2026-11-21 09:00", None)


def test_from_completion_ends_with_until() -> None:
    mode = RecurrenceMode.FROM_COMPLETION
    text = "FREQ=DAILY;INTERVAL=3;UNTIL=20261122"
    assert following(text, "2026-11-01T09:00", done="2026-11-20T12:00", mode=mode) is None


def test_missed_dates_include_the_last_one() -> None:
    rule, anchor = parse_rule("daily"), datetime(2026, 11, 1, 9)
    scheduled_at, upto = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 5, 9, tzinfo=UTC)
    missed = missed_between(rule, anchor, LONDON, after=scheduled_at, until=upto)
    assert [each.due.day for each in missed] == [3, 4, 5]


def test_at_most_a_thousand_missed_dates_are_listed() -> None:
    rule, anchor = parse_rule("daily"), datetime(2006, 11, 1, 9)
    scheduled_at, upto = datetime(2006, 11, 1, 9, tzinfo=UTC), datetime(2026, 11, 5, 9, tzinfo=UTC)
    assert len(missed_between(rule, anchor, LONDON, after=scheduled_at, until=upto)) == 1_000


# ── Notes ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_moved_day_says_which_day_its_month_lacks() -> None:
    assert notes("monthly", "2026-01-31T09:00", 2, "UTC") == [None, "28 Feb: February has no 31st"]
    assert notes("yearly", "2024-02-29T09:00", 2)[1] == "28 Feb: February has no 29th in 2025"
    assert notes("FREQ=MONTHLY;SKIP=FORWARD", "2026-01-30T09:00", 2)[1] == (
        "1 Mar: February has no 30th"
    )
    assert notes("FREQ=MONTHLY;BYMONTHDAY=-31", "2027-01-01T09:00", 2)[1] == (
        "31 Jan: February has only 28 days"
    )
    assert notes("FREQ=YEARLY;BYYEARDAY=366", "2024-12-31T09:00", 2)[1] == (
        "31 Dec: 2025 has only 365 days"
    )


def test_the_first_date_after_a_clock_change_says_that_the_time_stays() -> None:
    stays = "stays 06:45, the clocks change"
    assert notes("daily", "2026-03-28T06:45", 3) == [None, stays, None]
    assert notes("weekly", "2026-10-19T06:45", 3) == [None, stays, None]


def test_a_gap_says_what_the_clocks_skip() -> None:
    gap = "03:30 instead of 02:30: the clocks skip that hour"
    assert notes("daily", "2026-03-07T02:30", 3, NEW_YORK) == [None, gap, None]
    half = "02:45 instead of 02:15: the clocks skip that half hour"
    assert notes("daily", "2026-10-03T02:15", 2, "Australia/Lord_Howe")[1] == half
    two = "03:30 instead of 01:30: the clocks skip 120 minutes"
    assert notes("daily", "2026-03-28T01:30", 2, "Antarctica/Troll")[1] == two
    day = "31 Dec instead of 30 Dec: the calendar skips that day"
    assert notes("weekly", "2011-12-23T09:00", 2, "Pacific/Apia")[1] == day


def test_the_note_of_a_fold_says_that_the_first_time_counts() -> None:
    first, stays = (
        "the first 01:30: the clocks go back and show it twice",
        "stays 01:30, the clocks change",
    )
    assert notes("daily", "2026-10-31T01:30", 4, NEW_YORK) == [None, first, stays, None]


def test_a_note_has_both_reasons() -> None:
    assert notes("FREQ=MONTHLY;INTERVAL=4", "2026-07-31T09:00", 2)[1] == (
        "30 Nov: November has no 31st; stays 09:00, the clocks change"
    )


def test_a_wall_time_that_a_gap_makes_equal_to_another_is_one_occurrence() -> None:
    text = "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30"
    assert walls(text, "2026-03-07T03:00", 5, NEW_YORK) == [
        *("2026-03-07 03:00", "2026-03-07 03:30", "2026-03-08 03:00", "2026-03-08 03:30"),
        "2026-03-09 02:00",
    ]


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("daily", "daily"),
        ("FREQ=HOURLY;INTERVAL=6", "every 6 hours"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", "every 3 days 5 times"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "every 2 weeks on Mon and Thu"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;BYDAY=SA,SU", "every weekend day"),
        ("FREQ=HOURLY", "every hour"),
        ("FREQ=WEEKLY;BYDAY=MO", "every Monday"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "every 2 weeks on Monday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Mon, Wed and Fri"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "monthly on the 31st, or the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=OMIT", "monthly on the 31st, where there is one"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
            "monthly on the 31st, or the day after the last",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "monthly on the 1st, 15th and last day"),
        ("FREQ=MONTHLY;BYDAY=2TU,-1FR", "monthly on the 2nd Tue and the last Fri"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "monthly on the 13th if it is Friday"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=MO,TU,WE,TH,FR",
            "monthly on the 1st if it is a weekday",
        ),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "monthly on the last weekday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-2", "monthly on the 1st and 2nd to last Mon or Tue"),
        (
            "FREQ=DAILY;BYHOUR=8,12,20;BYMINUTE=0;BYSETPOS=-1",
            "daily (only the last of these) at 08:00, 12:00 and 20:00",
        ),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "yearly on the 29th of Feb, or the last day"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=31", "yearly on the 31st of Jan and Jul"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "yearly on the last Sunday in Mar"),
        ("FREQ=YEARLY;BYWEEKNO=20,-1", "yearly in week 20 and the last week of the year"),
        ("FREQ=YEARLY;BYYEARDAY=100", "yearly on day 100 of the year"),
        ("FREQ=DAILY;BYHOUR=8,20;BYMINUTE=30", "daily at 08:30 and 20:30"),
        ("FREQ=DAILY;BYHOUR=8,20", "daily in the hours 8 and 20"),
        ("FREQ=DAILY;UNTIL=20261231", "daily until 31 Dec 2026"),
        ("FREQ=DAILY;COUNT=1", "daily once"),
    ],
)
def test_a_rule_in_words(text: str, words: str) -> None:
    assert describe(parse_rule(text), "UTC") == words


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("America/Los_Angeles", "8 Jan"), ("UTC", "9 Jan"), ("Asia/Tokyo", "9 Jan")],
)
def test_an_until_in_utc_is_a_day_of_the_zone(timezone: str, day: str) -> None:
    rule = parse_rule("FREQ=DAILY;UNTIL=20270109T020000Z")
    assert describe(rule, timezone) == f"daily until {day} 2027"


# ── Reading rules ─────────────────────────────────────────────────────────────────────────────────


def test_a_rule_is_read_in_any_order_case_and_prefix() -> None:
    rule = Rule(Frequency.MONTHLY, interval=2, by_day=(Weekday(0), Weekday(4, -1)), skip=Skip.OMIT)
    assert parse_rule(" rrule:byday=-1fr,MO,mo;Skip=omit;INTERVAL=2;FREQ=monthly ") == rule
    assert str(rule) == "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,-1FR;SKIP=OMIT"


@pytest.mark.parametrize("word", ["daily", "weekly", "monthly", "yearly"])
def test_one_word_is_shorthand(word: str) -> None:
    assert str(parse_rule(word)) == f"FREQ={word.upper()}"


REFUSED = {
    "": "is not a repeat rule",
    "every day": "is not a repeat rule",
    "FREQ=DAILY;": "is not a repeat rule",
    "INTERVAL=2": "needs FREQ",
    "FREQ=DAILY;FREQ=WEEKLY": "appears twice",
    "FREQ=FORTNIGHTLY": "FREQ is one of",
    "FREQ=MINUTELY;INTERVAL=90": "repeats hourly at most",
    "FREQ=SECONDLY": "repeats hourly at most",
    "FREQ=DAILY;BYMINUTE=0,1,2,3,4,5;BYHOUR=1,2,3,4,5": "at most 24 times a day",
    "FREQ=HOURLY;BYMINUTE=0,30": "at most 24 times a day",
    "FREQ=DAILY;BYSECOND=0,30": "is not a supported part",
    "FREQ=DAILY;X-COLOUR=RED": "is not a supported part",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL goes from 1",
    "FREQ=DAILY;INTERVAL=-1": "INTERVAL goes from 1",
    "FREQ=DAILY;INTERVAL=٣": "INTERVAL goes from 1",
    "FREQ=DAILY;INTERVAL=1e3": "INTERVAL goes from 1",
    "FREQ=DAILY;INTERVAL=99999": "INTERVAL goes from 1 to 9999",
    "FREQ=DAILY;COUNT=0": "COUNT goes from 1",
    "FREQ=DAILY;COUNT=1001": "COUNT goes from 1 to 1000",
    "FREQ=DAILY;COUNT=2;UNTIL=20301231": "not with both",
    "FREQ=DAILY;UNTIL=tomorrow": "UNTIL is a date",
    "FREQ=DAILY;UNTIL=20260230": "UNTIL is a date",
    "FREQ=DAILY;UNTIL=100000101": "UNTIL is a date",
    "FREQ=DAILY;UNTIL=20260101T240000": "UNTIL is a date",
    "FREQ=DAILY;UNTIL=18991231": "before the year 1900",
    "FREQ=DAILY;BYMONTH=13": "BYMONTH goes from 1 to 12",
    "FREQ=MONTHLY;BYMONTHDAY=0": "BYMONTHDAY goes from 1 to 31 (or -1 to -31 from the end)",
    "FREQ=MONTHLY;BYMONTHDAY=1,,2": "BYMONTHDAY goes",
    "FREQ=DAILY;BYHOUR=24": "BYHOUR goes from 0 to 23",
    "FREQ=YEARLY;BYDAY=54MO": "BYDAY goes from 1 to 53",
    "FREQ=YEARLY;BYDAY=0MO": "BYDAY goes from 1 to 53",
    "FREQ=YEARLY;BYDAY=XX": "takes days like MO",
    "FREQ=WEEKLY;BYDAY=2MO": "A numbered weekday",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=2MO": "A numbered weekday",
    "FREQ=WEEKLY;BYMONTHDAY=1": "does not go with weekly",
    "FREQ=MONTHLY;BYWEEKNO=20": "yearly rules only",
    "FREQ=DAILY;BYYEARDAY=20": "yearly rules only",
    "FREQ=YEARLY;BYYEARDAY=20;BYMONTHDAY=20": "use one of them",
    "FREQ=MONTHLY;BYSETPOS=1": "needs another BY part",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0": "BYSETPOS goes from 1 to 366",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367": "BYSETPOS goes from 1 to 366",
    "FREQ=HOURLY;BYDAY=MO;BYSETPOS=1": "does not go with hourly",
    "FREQ=WEEKLY;WKST=1": "is a day like MO",
    "FREQ=MONTHLY;SKIP=SIDEWAYS": "SKIP is one of",
    "RSCALE=CHINESE;FREQ=YEARLY": "Gregorian calendar",
    "FREQ=DAILY;BYMONTH=" + ",".join(["1"] * 300): "longer than 500 characters",
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items())
def test_a_wrong_rule_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rule(text)
    assert refused.value.field == "recurrence"
    assert sentence in refused.value.message
    assert refused.value.message.endswith(".")


NEVER = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;SKIP=OMIT",
    "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31;SKIP=OMIT",
    "FREQ=MONTHLY;BYDAY=6MO",
    "FREQ=MONTHLY;INTERVAL=2;BYMONTH=2",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;SKIP=OMIT",
    "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
    "FREQ=YEARLY;BYDAY=53MO;BYMONTH=1",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-2",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=7;BYDAY=FR",
    "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
]


@pytest.mark.parametrize("text", NEVER)
def test_a_rule_that_never_comes_due_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="never comes due") as refused:
        validate(parse_rule(text), datetime(2026, 1, 1, 9), NEW_YORK)
    assert refused.value.field == "recurrence"


@pytest.mark.parametrize("until", ["20251231", "20260101T085959", "20260101T135959Z"])
def test_an_end_before_the_start_is_refused(until: str) -> None:
    with pytest.raises(Invalid, match="before the task's first date"):
        validate(parse_rule(f"FREQ=DAILY;UNTIL={until}"), datetime(2026, 1, 1, 9), NEW_YORK)


def test_an_end_before_the_rule_first_comes_due_is_refused() -> None:
    rule = parse_rule("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260104")
    with pytest.raises(Invalid, match="for the first time"):
        validate(rule, datetime(2026, 1, 1, 9), NEW_YORK)


@pytest.mark.parametrize("text", ["FREQ=YEARLY;COUNT=102", "FREQ=MONTHLY;BYMONTH=2;COUNT=102"])
def test_a_count_that_takes_more_than_a_century_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="more than 100 years ahead"):
        validate(parse_rule(text), datetime(2026, 2, 1, 9), NEW_YORK)
    validate(parse_rule(text.replace("102", "101")), datetime(2026, 2, 1, 9), NEW_YORK)


def test_a_start_before_1900_is_refused() -> None:
    with pytest.raises(Invalid, match="in the year 1900 or later"):
        validate(parse_rule("daily"), datetime(1899, 12, 31, 9), NEW_YORK)


@pytest.mark.parametrize("text", ["daily", "FREQ=DAILY;UNTIL=20260101", "FREQ=DAILY;COUNT=1"])
def test_a_good_rule_is_accepted(text: str) -> None:
    validate(parse_rule(text), datetime(2026, 1, 1, 9), NEW_YORK)


def test_the_rarest_sensible_rule_is_found() -> None:
    """After Monday 29 February 2072 the next is 40 years later, as 2100 is no leap year."""
    text = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"
    assert dates(text, "2072-02-29T09:00", 2) == ["2072-02-29", "2112-02-29"]
    assert following(text, "2072-02-29T09:00") == "2112-02-29 09:00"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "America"])
def test_an_unknown_zone_is_refused_with_a_sentence(zone: str) -> None:
    with pytest.raises(Invalid, match="is not a time zone") as refused:
        to_utc(datetime(2026, 1, 1), zone)
    assert refused.value.field == "timezone"


def test_a_date_outside_the_calendar_is_refused() -> None:
    with pytest.raises(Invalid, match="The calendar ends"):
        local(datetime(9999, 12, 31, 23, tzinfo=UTC), "Pacific/Kiritimati")
    with pytest.raises(Invalid, match="The calendar ends"):
        to_utc(datetime(9999, 12, 31, 23), "America/Los_Angeles")


def test_the_next_of_a_daily_task_costs_the_same_after_twenty_years() -> None:
    """Counted in calendar periods looked at, not in time."""
    rule = parse_rule("daily")
    old, new = datetime(2006, 1, 31, 9), datetime(2026, 4, 25, 9)
    due = datetime(2026, 5, 4, 8, tzinfo=UTC)

    def steps(anchor: datetime) -> int:
        taken = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal taken
            taken += event == "call"

        sys.setprofile(count)
        successor(
            rule,
            anchor,
            LONDON,
            scheduled_at=due,
            mode=RecurrenceMode.FROM_DUE,
            completed_at=due,
        )
        sys.setprofile(None)
        return taken

    for anchor in (old, new):  # what is cached after the first call does not count
        steps(anchor)
    assert steps(old) == steps(new)
