"""The project of a typed line, on Tuesday 24 November 2026 at 10:00 in Berlin."""

import pytest

from tests.unit.test_quick_add import BERLIN, TUESDAY_AT_TEN, due
from todo.domain.quick_add import QuickAdd, parse

PROJECTS = (
    "Inbox",
    "Work",
    "Work at home",
    "Today",
    "C++",
    "Ölofen",
    "2027",
    "a.b",
    "İstanbul",
    "Straße",
)


def read(text: str, projects: tuple[str, ...] | None = PROJECTS) -> QuickAdd:
    return parse(text, now=TUESDAY_AT_TEN, timezone=BERLIN, projects=projects)


@pytest.mark.parametrize(
    ("text", "title", "project", "day"),
    [
        ("call Bo +Work", "call Bo", "Work", None),
        ("+work call Bo", "call Bo", "Work", None),
        ("call Bo tomorrow +WORK #x", "call Bo", "Work", "2026-11-25"),
        ("call Bo +Work tomorrow", "call Bo", "Work", "2026-11-25"),
        ("call Bo +Work at home tomorrow at 9", "call Bo", "Work at home", "2026-11-25 09:00"),
        ("call Bo +Work at noon", "call Bo", "Work", "2026-11-24 12:00"),
        ("call Bo (+Work)", "call Bo", "Work", None),
        ("pay +2027", "pay", "2027", None),
        ("learn +C++", "learn", "C++", None),
        ("fly +istanbul", "fly", "İstanbul", None),
        ("walk +STRAẞE", "walk", "Straße", None),
        ("tile +ölofen, please", "tile please", "Ölofen", None),
        ("read +a.b", "read", "a.b", None),
        ("call Bo +Today", "call Bo", "Today", None),
        ("call Bo +Inbox", "call Bo", "Inbox", None),
        ("call Bo +Work +Today", "call Bo", "Today", None),
        ("+Work", "+Work", "Work", None),
    ],
)
def test_a_project_is_taken_out_of_the_title_whole(
    text: str, title: str, project: str, day: str | None
) -> None:
    task = read(text)
    assert (task.title, task.project, due(task)) == (title, project, day)


@pytest.mark.parametrize("text", ["call Bo +Works", "buy +monday", "x +Wörk,", "a +b.c"])
def test_an_unknown_project_stays_in_the_title_and_is_unclear(text: str) -> None:
    task = read(text)
    assert (task.title, task.project, due(task)) == (text, None, None)
    [span] = task.spans
    assert span.kind == "unclear"
    assert text[span.start : span.end].startswith("+")


@pytest.mark.parametrize(
    "text", ["call +49 30 1234", "a+Work", 'say "+Work"', "see https://x.de/ +1", "1 + 1", "+"]
)
def test_a_plus_that_names_nothing_is_text(text: str) -> None:
    task = read(text)
    assert (task.title, task.project, task.spans) == (text, None, ())


def test_a_backslash_keeps_the_plus_as_text() -> None:
    task = read(r"call Bo \+Work")
    assert (task.title, task.project) == ("call Bo +Work", None)


def test_without_projects_a_plus_means_nothing() -> None:
    task = read("call Bo +Work", None)
    assert (task.title, task.project, task.spans) == ("call Bo +Work", None, ())
