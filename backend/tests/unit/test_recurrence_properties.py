"""Properties of every rule, zone and start."""

from calendar import monthrange
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from unittest.mock import patch

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from todo.domain import recurrence, series
from todo.domain.errors import Invalid
from todo.domain.recurrence import (
    Occurrence,
    RecurrenceMode,
    describe,
    local,
    occurrences,
    parse_rule,
    to_utc,
    validate,
)
from todo.domain.recurrence.periods import Series
from todo.domain.series import missed_between, successor

ZONES = st.sampled_from(
    [
        *("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu"),
        *("Africa/Casablanca", "Africa/Cairo", "Pacific/Apia", "America/Sao_Paulo", "UTC"),
    ]
)
STARTS = st.one_of(
    st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)),
    st.datetimes(datetime(2011, 12, 25), datetime(2012, 1, 2)),  # Apia's lost day
    st.sampled_from(
        [
            datetime(2024, 2, 29),
            datetime(2026, 1, 31, 2, 30),
            datetime(2026, 12, 31, 23, 59, 59),
            datetime(2018, 11, 3),
        ]
    ),
)
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def numbers(*choices: int, most: int = 3) -> st.SearchStrategy[str]:
    chosen = st.lists(st.sampled_from(choices), min_size=1, max_size=most)
    return chosen.map(lambda each: ",".join(map(str, each)))


def weekdays(*nth: str) -> st.SearchStrategy[str]:
    each = st.tuples(st.sampled_from(nth), st.sampled_from(CODES)).map("".join)
    return st.lists(each, min_size=1, max_size=4).map(",".join)


TIMES = {
    "INTERVAL": numbers(1, 2, 3, 7, 12, 9999, most=1),
    "BYMONTH": numbers(*range(1, 13)),
    "BYHOUR": numbers(0, 1, 2, 3, 9, 23),
    "BYMINUTE": numbers(0, 15, 30, 59, most=2),
    "WKST": st.sampled_from(CODES),
    "SKIP": st.sampled_from(("OMIT", "BACKWARD", "FORWARD")),
}
POSITIONS = {"BYSETPOS": numbers(1, 2, -1, -2, most=2)}
MONTH_DAYS = {"BYMONTHDAY": numbers(1, 13, 28, 29, 30, 31, -1, -2, -29, -31)}
NUMBERED = {"BYDAY": weekdays("", "1", "2", "5", "-1", "-5")}
PLAIN = {"BYDAY": weekdays("")}
PARTS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "HOURLY": TIMES | MONTH_DAYS | PLAIN,
    "DAILY": TIMES | MONTH_DAYS | PLAIN | POSITIONS,
    "WEEKLY": TIMES | PLAIN | POSITIONS,
    "MONTHLY": TIMES | MONTH_DAYS | NUMBERED | POSITIONS,
    "YEARLY": TIMES
    | NUMBERED
    | POSITIONS
    | {
        "BYWEEKNO": numbers(1, 20, 52, 53, -1),
        "BYYEARDAY": numbers(1, 60, 100, 365, 366, -1, -366),
        "BYMONTHDAY": numbers(1, 13, 28, 29, 30, 31, -1, -2, -29, -31),
    },
}
ENDS = {"COUNT": numbers(1, 2, 5, 30, 1000, most=1), "UNTIL": st.just("20300101T000000Z")}


@st.composite
def rule_texts(draw: st.DrawFn, *, ends: bool = True) -> str:
    freq = draw(st.sampled_from(list(PARTS)))
    choices = PARTS[freq] | (ENDS if ends else {})
    names = draw(st.sets(st.sampled_from(sorted(choices)), max_size=5))
    return ";".join([f"FREQ={freq}", *(f"{name}={draw(choices[name])}" for name in sorted(names))])


def readable(text: str) -> recurrence.Rule:
    try:
        return parse_rule(text)
    except Invalid:
        assume(False)
        raise


def first_few(text: str, start: datetime, zone: str, count: int = 6) -> list[Occurrence]:
    return list(islice(occurrences(readable(text), start, zone), count))


@given(rule_texts())
def test_the_canonical_text_reads_as_the_same_rule(text: str) -> None:
    rule = readable(text)
    assert parse_rule(str(rule)) == rule
    assert hash(parse_rule(str(rule))) == hash(rule)
    assert str(parse_rule(str(rule))) == str(rule)


@given(rule_texts())
def test_every_rule_can_be_described(text: str) -> None:
    words = describe(readable(text), "Europe/Berlin")
    assert words == " ".join(words.split())
    assert words[0].islower()


@given(rule_texts(), STARTS, ZONES)
@settings(deadline=None)
def test_instants_are_in_order_and_begin_with_the_start(
    text: str, start: datetime, zone: str
) -> None:
    found = first_few(text, start, zone)
    assume(found)
    assert found[0].due == to_utc(start, zone)
    assert all(earlier.due < later.due for earlier, later in pairwise(found))
    assert all(each.due.tzinfo is UTC for each in found)


@given(rule_texts(), STARTS, ZONES)
@settings(deadline=None, max_examples=300)
@example("FREQ=MONTHLY;BYMONTHDAY=1,31;BYHOUR=9,17;SKIP=FORWARD", datetime(2026, 1, 31, 9), "UTC")
@example("FREQ=HOURLY;INTERVAL=7", datetime(2011, 12, 28, 1), "Pacific/Apia")
def test_the_successor_of_each_is_the_next_one(text: str, start: datetime, zone: str) -> None:
    """Including its note, so the preview equals what completing creates."""
    rule = readable(text)
    found = first_few(text, start, zone)
    for current, following in pairwise(found):
        assert following == successor(
            rule,
            start,
            zone,
            scheduled_at=current.due,
            mode=RecurrenceMode.FROM_DUE,
            completed_at=current.due + timedelta(days=400),
        )


@given(rule_texts(), STARTS, ZONES, st.timedeltas(timedelta(0), timedelta(days=900)))
@settings(deadline=None)
def test_skip_missed_lists_every_date_that_it_skips(
    text: str, start: datetime, zone: str, late: timedelta
) -> None:
    rule = readable(text)
    scheduled_at = to_utc(start, zone)
    done = scheduled_at + late
    missed = missed_between(rule, start, zone, after=scheduled_at, until=done)
    assume(len(missed) < series.MOST_MISSED)
    following = successor(
        rule,
        start,
        zone,
        scheduled_at=scheduled_at,
        mode=RecurrenceMode.SKIP_MISSED,
        completed_at=done,
    )
    told = [*missed, *([following] if following else [])]
    assert all(each.due <= done for each in missed)
    assert following is None or following.due > done
    in_order = (each for each in occurrences(rule, start, zone) if each.due > scheduled_at)
    assert told == list(islice(in_order, len(told)))


@given(rule_texts(), STARTS, ZONES, st.timedeltas(timedelta(0), timedelta(days=900)))
@settings(deadline=None)
def test_from_completion_comes_after_the_day_it_was_done(
    text: str, start: datetime, zone: str, late: timedelta
) -> None:
    assume("HOURLY" not in text)
    scheduled_at = to_utc(start, zone)
    done = scheduled_at + late
    following = successor(
        readable(text),
        start,
        zone,
        scheduled_at=scheduled_at,
        mode=RecurrenceMode.FROM_COMPLETION,
        completed_at=done,
    )
    if following is not None:
        assert local(following.due, zone).date() > local(done, zone).date()


@given(st.sampled_from(["daily", "weekly", "monthly", "yearly"]), STARTS, ZONES)
def test_the_wall_time_stays_unless_the_note_says_the_clocks_skip_it(
    text: str, start: datetime, zone: str
) -> None:
    for each in first_few(text, start, zone, count=40):
        skipped = each.note is not None and "instead of" in each.note
        assert skipped or local(each.due, zone).time() == start.time()


@given(STARTS, st.integers(1, 30))
def test_months_keep_to_the_day_of_the_start(start: datetime, interval: int) -> None:
    for index, each in enumerate(first_few(f"FREQ=MONTHLY;INTERVAL={interval}", start, "UTC", 30)):
        year, month = divmod(12 * start.year + start.month - 1 + index * interval, 12)
        day = min(start.day, monthrange(year, month + 1)[1])
        assert each.due.replace(tzinfo=None) == start.replace(year=year, month=month + 1, day=day)


@given(st.dates(date(1990, 1, 1), date(2050, 1, 1)), ZONES)
def test_an_all_day_task_is_due_at_the_first_moment_of_its_day(day: date, zone: str) -> None:
    midnight = datetime.combine(day, time.min)
    for each in first_few("daily", midnight, zone, count=10):
        minute_before = each.due - timedelta(minutes=1)
        assert local(minute_before, zone).date() < local(each.due, zone).date()


@given(
    st.one_of(
        st.text(max_size=60),
        st.text("FREQDAILYINTV=;,-+0123456789:BYMONTHUCSPW", max_size=60),
        rule_texts().flatmap(lambda text: st.permutations(list(text)).map("".join)),
    )
)
@settings(max_examples=300)
def test_a_text_is_a_rule_or_is_refused(text: str) -> None:
    refused: Invalid | None = None
    try:
        assert parse_rule(str(parse_rule(text))) == parse_rule(text)
    except Invalid as refusal:
        refused = refusal
    assert refused is None or (refused.field == "recurrence" and refused.message.endswith("."))


@given(rule_texts(), STARTS, ZONES)
@settings(deadline=None)
@example("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=1000", datetime(2026, 1, 1), "UTC")
@example("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", datetime(2026, 1, 1), "UTC")
@example("FREQ=DAILY;INTERVAL=9999;BYMONTHDAY=31;BYDAY=MO", datetime(2026, 1, 1), "UTC")
@example("FREQ=HOURLY;INTERVAL=9999;COUNT=1000", datetime(2026, 1, 1), "UTC")
@example("FREQ=HOURLY;INTERVAL=48;BYHOUR=3", datetime(2026, 1, 1), "UTC")
@example("FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2;COUNT=1000", datetime(2026, 1, 1), "UTC")
@example("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;COUNT=1000", datetime(2026, 1, 1), "UTC")
def test_every_search_ends(text: str, start: datetime, zone: str) -> None:
    """At worst it counts a century of days, or tries 400 years of months: about 0.3 s, once."""
    rule = readable(text)
    scheduled_at = to_utc(start, zone)
    mode = RecurrenceMode.FROM_DUE
    with patch.object(Series, "_walls", autospec=True, side_effect=Series._walls) as searched:
        with suppress(Invalid):
            validate(rule, start, zone)
        list(islice(occurrences(rule, start, zone), 3))
        successor(
            rule, start, zone, scheduled_at=scheduled_at, mode=mode, completed_at=scheduled_at
        )
    assert searched.call_count < 50_000
