"""What stays in the title, typed on Tuesday 24 November 2026 at 10:00 in Berlin."""

import pytest

from tests.unit.test_quick_add import read, understood

LEFT_ALONE = [
    "buy 2 tickets for May Smith's monday market talk",
    "sunday roast recipe",
    "monday market",
    "black friday sale",
    "the cat sat",
    "they wed",
    "lie in the sun",
    "may",
    "march on",
    "may 5 people come",
    "a second look",
    "second",
    "call tom",
    "lunch with tom",
    "call Tom",
    "read daily news",
    "write the weekly report",
    "mondays gym",
    "fix the 3rd floor lamp",
    "the 2nd of three",
    "look at 3 houses",
    "buy 9",
    "add 1/2 cup sugar",
    "on call 24/7",
    "ratio 3:2",
    "high noon film",
    "fix p1 bug",
    "wow!!!",
    "buy milk!",
    "email a@monday.com",
    "see /tmp/2026-11-30 and x.2026-11-30",
    "mid-november numbers",
    "tomorrow's weather",
    "it costs 9%",
    "it costs $9:30",
    "31 june",
    "30.02.2027",
    "2026-13-01",
    "25:00",
    "13pm",
    "every 30 minutes",
    "every 0 days",
    "every 99th monday",
    "every month on the 32nd",
    "in 9999 years",
    "keep until friday",
    "10 times",
    "after completion",
    "remind 10 min before",
    "remind me to stretch",
    "remind bob about 5 things",
    "pills at 8am and 8pm",
    "",
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_a_title_that_only_looks_like_a_date_is_left_alone(text: str) -> None:
    task = read(text)
    assert (task.title, understood(task), task.due_date) == (text, [], None)


NOT_KEPT = [
    ("run every day until 2020-01-01", "run every day until 2020-01-01", None),
    ("run every day for 0 times", "run every day for 0 times", None),
    ("run every day at 8:30 and 20:15", "run every day at 8:30 and 20:15", None),
    ("run in 5 minutes remind in 10 minutes", "run remind in 10 minutes", None),
    ("run in 2 hours at 9am", "run in 2 hours at 9am", None),
    ("run today remind in 20 hours", "run remind in 20 hours", None),
    ("run friday or saturday", "run friday or saturday", None),
    ("!high run !low", "!high run", None),
]


@pytest.mark.parametrize(("text", "title", "recurrence"), NOT_KEPT)
def test_what_cannot_be_kept_stays_in_the_title(
    text: str, title: str, recurrence: str | None
) -> None:
    task = read(text)
    assert (task.title, task.recurrence) == (title, recurrence)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("monday: call mom", "call mom"),
        ("tomorrow, buy milk, eggs", "buy milk, eggs"),
        ("pay rent - tomorrow - !high", "pay rent"),
        ("pay rent (every month)", "pay rent"),
        ("is it done tomorrow?", "is it done?"),
        ("pay rent tomorrow.", "pay rent."),
        ("  pay \t rent\ntomorrow  ", "pay rent"),
        ("fix parse() tomorrow", "fix parse()"),
        ("🎉 tomorrow", "🎉"),
        ("pay\x00rent tomorrow", "pay rent"),
        ('film "Sunday" sunday', 'film "Sunday"'),
        ("“next friday” film tomorrow", "“next friday” film"),
        ('buy 24" monitor tomorrow', 'buy 24" monitor'),
        ('say "tomorrow tomorrow', 'say "tomorrow'),
        (r"not \#home and \!high", "not #home and !high"),
    ],
)
def test_the_title_is_what_remains(text: str, title: str) -> None:
    assert read(text).title == title


@pytest.mark.parametrize("text", ["tomorrow", "every monday at 9", "#home", "!!!", "tomorrow."])
def test_a_text_of_nothing_else_is_its_own_title(text: str) -> None:
    assert read(text).title == text
    assert read(text).spans
