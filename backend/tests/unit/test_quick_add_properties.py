"""For any text, time and zone: a task that can be saved, and nothing lost that was not understood."""

import re
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from todo.domain.quick_add import GRAMMAR, QuickAdd, parse
from todo.domain.quick_add.grammar import Phrase
from todo.domain.quick_add.patterns import compiled
from todo.domain.recurrence import local, occurrences, parse_rule, validate
from todo.domain.reminder import MAX_REMINDERS, check_reminders, parse_reminder
from todo.domain.task import MAX_TAGS

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Africa/Casablanca", "Africa/Cairo", "Pacific/Apia", "America/Sao_Paulo", "Pacific/Kiritimati",
)  # fmt: skip
SHORTHANDS = {"daily", "weekly", "monthly", "yearly"}
KINDS = {"date", "time", "start", "recurrence", "reminder", "priority", "tag", "project", "unclear"}

PROJECTS = ("Inbox", "Work", "Work at home", "ß")

# No deadline: the first example compiles the phrases, and the machine may be busy.
unhurried = settings(deadline=None, max_examples=300)
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))

# Words of the grammar in any order form phrases that random letters never would.
_WORDS = r"""
every each every! other first second last 1st 2nd 15th 31st 99th 0th 0 1 2 3 9 12 24 99 9999 a an
day days week weeks month months year hour hours minutes min h monday mon tue wed sat sun friday
weekday workdays weekend mondays daily weekly monthly yearly quarterly today tonight tomorrow tom
next this the of on at in by from until for times before after completion end eom noon midnight
morning evening night 9am 13pm 9:30 25:00 17:00 2026-11-30 30.11. 11/30 31/02 nov feb may 29 30
remind me to reminder half before and , - ( ) . : ! !! !!! !high p1 p9 #home #1 \#x " “ ” buy milk
except but not or through ending starting eod fortnight quarter past +3d '27 12/13/26 @24/4 15h twice
in january december last nine twenty a couple of 1.5 early late after since everyday once second
+Work +at +home +Inbox +monday
"""
_typed = st.lists(st.sampled_from(_WORDS.split()) | st.text(max_size=3), max_size=14).map(" ".join)
_phrases = [(lead, phrase) for lead, block in GRAMMAR for phrase in block]


def check(task: QuickAdd, text: str) -> None:
    assert [span for span in task.spans if not 0 <= span.start < span.end <= len(text)] == []
    assert all(left.end <= right.start for left, right in pairwise(task.spans))
    assert {span.kind for span in task.spans} <= KINDS
    assert bool(task.title.strip()) == bool(
        re.search(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]", text)
    )
    assert task.priority in (0, 1, 5, 9)
    assert len(task.tags) <= MAX_TAGS
    assert all(0 < len(tag) <= 50 for tag in task.tags)
    check_due(task)
    check_start(task)
    check_reminders_of(task)


def check_start(task: QuickAdd) -> None:
    if task.start_date is None:
        return
    assert task.recurrence is None
    if isinstance(task.start_date, datetime):
        assert task.start_date.tzinfo is UTC
        assert task.due_date is None or task.start_date <= task.due_date
    elif task.due_date is not None:
        assert task.start_date <= local(task.due_date, task.timezone).date()


def check_due(task: QuickAdd) -> None:
    if task.due_date is None:
        assert (task.all_day, task.recurrence) == (False, None)
        return
    assert task.due_date.tzinfo is UTC
    anchor = local(task.due_date, task.timezone)
    if task.all_day:
        midnight = datetime.combine(anchor.date(), time.min, ZoneInfo(task.timezone))
        assert task.due_date == midnight.astimezone(UTC)
    if task.recurrence is not None:
        rule = parse_rule(task.recurrence)
        assert task.recurrence in SHORTHANDS or task.recurrence == str(rule)
        validate(rule, anchor, task.timezone)
        assert next(occurrences(rule, anchor, task.timezone)).due == task.due_date


def check_reminders_of(task: QuickAdd) -> None:
    assert len(task.reminders) <= MAX_REMINDERS
    check_reminders(
        task.reminders, due_date=task.due_date, timezone=task.timezone, all_day=task.all_day
    )
    assert all(parse_reminder(spec) for spec in task.reminders)


@unhurried
@given(st.text(max_size=200), moments, zones)
def test_any_text_becomes_a_task(text: str, now: datetime, zone: str) -> None:
    check(parse(text, now=now, timezone=zone, projects=PROJECTS), text)


@unhurried
@given(_typed, moments, zones)
@example("every 99th weekday", datetime(2026, 11, 24, tzinfo=UTC), "UTC")
@example("every fifth monday of february", datetime(2099, 3, 1, tzinfo=UTC), "UTC")
@example("x in 9999 months every 29 feb", datetime(2026, 11, 24, tzinfo=UTC), "UTC")
@example("every +Work 1st", datetime(2026, 11, 24, tzinfo=UTC), "UTC")
def test_any_words_become_a_task(text: str, now: datetime, zone: str) -> None:
    check(parse(text, now=now, timezone=zone, projects=PROJECTS), text)


@pytest.mark.parametrize(("lead", "phrase"), _phrases)
@settings(deadline=None, max_examples=5)
@given(st.data(), moments, zones)
def test_a_block_lets_through_whatever_its_phrases_match(
    lead: str, phrase: Phrase, data: st.DataObject, now: datetime, zone: str
) -> None:
    """The letters that guard a block make it fast; they must not hide a phrase."""
    words = data.draw(st.from_regex(compiled(phrase.pattern), fullmatch=True))
    assert re.match(lead, words)
    check(parse(f"x {words}", now=now, timezone=zone), f"x {words}")


@unhurried
@given(_typed, moments, zones)
def test_the_same_text_is_read_the_same_way(text: str, now: datetime, zone: str) -> None:
    assert parse(text, now=now, timezone=zone) == parse(text, now=now, timezone=zone)


@unhurried
@given(_typed, moments)
def test_every_word_is_either_highlighted_or_in_the_title(text: str, now: datetime) -> None:
    task = parse(text, now=now, timezone="UTC")
    left, position = "", 0
    for span in task.spans:
        if span.kind == "unclear":
            continue
        left, position = left + text[position : span.start], span.end
    left = letters(left + text[position:])
    assert letters(task.title) in (left, letters(text))


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@unhurried
@given(_typed, moments)
def test_a_quoted_text_is_taken_literally(text: str, now: datetime) -> None:
    inside = re.sub(r'["“”\\]|\s+', " ", text).strip()
    task = parse(f'say "{inside}"', now=now, timezone="UTC")
    assert (letters(task.title), task.spans) == (f"say{letters(inside)}", ())


@unhurried
@given(moments, zones, st.times())
def test_a_wall_time_reads_back_as_it_was_typed(now: datetime, zone: str, wall: time) -> None:
    typed = f"{wall:%H:%M}"
    task = parse(f"call tomorrow {typed}", now=now, timezone=zone)
    assert task.due_date is not None
    shown = local(task.due_date, zone)
    tomorrow = local(now, zone).date() + timedelta(days=1)
    wanted = datetime.combine(tomorrow, wall.replace(second=0, microsecond=0))
    if exists(wanted, zone):
        assert shown == wanted
    else:
        assert wanted < shown <= wanted + timedelta(days=1)  # Apia once skipped a whole day


def exists(wall: datetime, zone: str) -> bool:
    return (
        wall.replace(tzinfo=ZoneInfo(zone))
        .astimezone(UTC)
        .astimezone(ZoneInfo(zone))
        .replace(tzinfo=None)
        == wall
    )


@unhurried
@given(
    moments,
    zones,
    st.sampled_from(["9am", "at noon", "23:59", "in the evening", "every monday 9:00"]),
)
def test_without_a_date_the_first_time_is_never_past(now: datetime, zone: str, words: str) -> None:
    now = now.replace(microsecond=0)
    task = parse(f"call {words}", now=now, timezone=zone)
    assert task.due_date is not None
    assert now <= task.due_date <= now + timedelta(days=9)
