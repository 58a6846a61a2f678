"""A phrase counts with all of its qualifiers or not at all, and the answer says what was not understood."""

from datetime import datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from todo.domain.quick_add import QuickAdd, parse

NEW_YORK = "America/New_York"
SUNDAY_NOON = datetime(2026, 11, 29, 12, 30, tzinfo=ZoneInfo(NEW_YORK))


def read(text: str, *, day_first: bool = False) -> QuickAdd:
    return parse(text, now=SUNDAY_NOON, timezone=NEW_YORK, day_first=day_first)


def due(task: QuickAdd) -> str | None:
    if task.due_date is None:
        return None
    wall = task.due_date.astimezone(ZoneInfo(NEW_YORK))
    return f"{wall:%a %d %b %Y}" if task.all_day else f"{wall:%a %d %b %Y %H:%M}"


def spans(text: str, kind: str) -> list[str]:
    return [text[span.start : span.end] for span in read(text).spans if span.kind == kind]


REPORTED = [
    ("dentist friday 3pm remind me 2 hours and 30 minutes before", "dentist", "Fri 04 Dec 2026 15:00", None),
    ("call Bob in am", "call Bob in am", None, None),
    ("trash every 2nd and 4th friday", "trash", "Fri 11 Dec 2026", "FREQ=MONTHLY;BYDAY=2FR,4FR"),
    ("gym every mon tue fri", "gym", "Mon 30 Nov 2026", "FREQ=WEEKLY;BYDAY=MO,TU,FR"),
    ("pills every day except weekends", "pills", "Mon 30 Nov 2026", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("bins every tuesday except dec 29", "bins except dec 29", "Tue 01 Dec 2026", "FREQ=WEEKLY;BYDAY=TU"),
    ("call friday next week", "call", "Fri 04 Dec 2026", None),
    ("send report two weeks from monday", "send report", "Mon 14 Dec 2026", None),
    ("rent end of every month", "rent", "Mon 30 Nov 2026", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("oven in an hour and a half", "oven", "Sun 29 Nov 2026 14:00", None),
    ("task @24/4 14:30", "task", "Sat 24 Apr 2027 14:30", None),
    ("remind me tomorrow at 9 to call Bob", "call Bob", "Mon 30 Nov 2026 09:00", None),
    ("dentist fri 3pm remind me thursday at 8pm", "dentist", "Fri 04 Dec 2026 15:00", None),
    ("call tonight at 1", "call", "Mon 30 Nov 2026 01:00", None),
    ("Watch Friday Night Lights", "Watch Friday Night Lights", None, None),
    ("vacation from dec 20 to jan 3", "vacation from dec 20 to jan 3", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "title", "when", "rule"), REPORTED)
def test_a_reported_phrase_is_read_whole(
    text: str, title: str, when: str | None, rule: str | None
) -> None:
    task = read(text)
    assert (task.title, due(task), task.recurrence) == (title, when, rule)


@pytest.mark.parametrize(
    ("text", "reminders"),
    [
        ("dentist friday 3pm remind me 2 hours and 30 minutes before", ("PT2H30M",)),
        ("remind me tomorrow at 9 to call Bob", ("PT0S",)),
        ("dentist fri 3pm remind me thursday at 8pm", ("2026-12-04T01:00:00Z",)),
        ("trash every tuesday remind me monday at 8pm", ("PT13H",)),
        ("trash every tuesday remind me at 6pm", ("-PT9H",)),
    ],
)
def test_a_date_behind_remind_me_belongs_to_the_reminder(
    text: str, reminders: tuple[str, ...]
) -> None:
    assert read(text).reminders == reminders


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bins every tuesday except dec 29", ["except dec 29"]),
        ("gym every day until I am fit", ["every day until I am"]),
        ("vacation from dec 20 to jan 3", ["from dec 20 to jan 3"]),
        ("meeting tomorrow from 3pm to 4pm", ["from 3pm to 4pm"]),
        ("call friday or saturday at 9", ["friday or saturday at 9"]),
        ("report early next week", ["early next week"]),
        ("every monday at 9 and friday at 10 standup", ["every monday at 9 and friday at 10"]),
        ("call bob friday, no, monday", ["friday"]),
        ("dentist fri 3pm remind me on wed and thu", ["remind me on wed and thu"]),
        ("call at 10am EST", ["at 10am EST"]),
        ("pay tue 30 nov", ["tue 30 nov"]),
        ("run every day for 0 times", ["every day for 0 times"]),
        ("call mom monday", []),
    ],
)
def test_words_that_are_not_understood_are_marked_and_stay_in_the_title(
    text: str, words: list[str]
) -> None:
    assert spans(text, "unclear") == words
    assert all(word in read(text).title for word in words)


def test_a_title_like_a_date_is_not_marked() -> None:
    for text in ("Watch Friday Night Lights", "the 10:10 train", "buy everyday shoes"):
        assert read(text).spans == ()


@pytest.mark.parametrize(
    ("text", "month_first", "day_first"),
    [
        ("pay 3/4/27", "Thu 04 Mar 2027", "Sat 03 Apr 2027"),
        ("pay 12/13/26", "Sun 13 Dec 2026", "Sun 13 Dec 2026"),
        ("pay 13/12/26", "Sun 13 Dec 2026", "Sun 13 Dec 2026"),
        ("pay on 1/2", "Sat 02 Jan 2027", "Mon 01 Feb 2027"),
    ],
)
def test_the_order_of_a_date_with_slashes_is_the_users(
    text: str, month_first: str, day_first: str
) -> None:
    assert due(read(text)) == month_first
    assert due(read(text, day_first=True)) == day_first


def test_an_exception_that_leaves_no_day_is_not_understood() -> None:
    assert read("gym every weekend except saturday and sunday").recurrence is None
    assert read("gym every monday except friday").recurrence is None


def test_the_words_of_the_title_keep_their_capitals() -> None:
    task = read("Email Anna About MARCH Numbers Tomorrow At 9AM")
    assert (task.title, due(task)) == ("Email Anna About MARCH Numbers", "Mon 30 Nov 2026 09:00")


HOSTILE = (
    "1 ", "1 h ", "in 1 ", "from 1 to ", "9 to ", "every mon and ", "1st and the ", "first and ", "to ", "or so ",
    "except ", "a week from ", "twenty-", "dec 3, 4, ", "remind me 1 day and ", '"a ', "every 1 or ", "half past ",
)  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_ten_thousand_characters_take_little_processor_time(words: str) -> None:
    text = (words * 10_000)[:10_000]
    read(text)  # compiles the phrases
    spent = min(_processor_time(text) for _ in range(3))
    assert spent <= 0.15


def _processor_time(text: str) -> float:
    started = process_time()
    read(text)
    return process_time() - started
