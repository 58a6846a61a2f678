"""A corpus of typed lines with what they mean: nearly all right, and none confidently wrong.

The expectations are worked out by hand (tests/fixtures/quick_add/corpus.txt); the templates here only combine
them. An answer is confidently wrong if its date, rule or reminders are wrong and no span says "unclear".
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from todo.domain.quick_add import parse

CORPUS = Path(__file__).parent.parent / "fixtures" / "quick_add" / "corpus.txt"
NEW_YORK = "America/New_York"
NOW = datetime(2026, 11, 29, 12, 30, tzinfo=ZoneInfo(NEW_YORK))


class Meaning(NamedTuple):
    title: str
    due: str | None = None
    rule: str | None = None
    reminders: tuple[str, ...] = ()


class Line(NamedTuple):
    text: str
    meaning: Meaning
    doubtful: bool | None = None
    """Whether the answer has to show doubt; None: it may."""


def read(text: str) -> tuple[Meaning, bool]:
    task = parse(text, now=NOW, timezone=NEW_YORK)
    due = task.due_date.astimezone(ZoneInfo(NEW_YORK)) if task.due_date else None
    when = due.strftime("%Y-%m-%d" if task.all_day else "%Y-%m-%d %H:%M") if due else None
    meaning = Meaning(task.title, when, task.recurrence, task.reminders)
    return meaning, any(span.kind == "unclear" for span in task.spans)


def sections() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = rows = []
        elif line and not line.startswith("#"):
            rows.append([cell.strip() for cell in line.split("|")])
    return found


def corpus() -> Iterator[Line]:
    for section, rows in sections().items():
        for row in rows:
            yield from EXPANDED[section](*row)


def dates(phrase: str, day: str) -> Iterator[Line]:
    yield Line(f"buy milk {phrase}", Meaning("buy milk", day), False)
    yield Line(f"{phrase}: call Mom", Meaning("call Mom", day), False)
    yield Line(f"pay the rent {phrase} at 9am", Meaning("pay the rent", f"{day} 09:00"), False)
    yield Line(f"dinner at 7:30pm {phrase} !high #home", Meaning("dinner", f"{day} 19:30"), False)


def times(phrase: str, time: str) -> Iterator[Line]:
    when = f"2026-11-30 {time}"
    yield Line(f"call bob tomorrow {phrase}", Meaning("call bob", when), False)
    yield Line(f"call bob on monday {phrase} about Ann", Meaning("call bob about Ann", when), False)


def rules(phrase: str, rule: str, day: str, day_at_nine: str) -> Iterator[Line]:
    yield Line(f"water plants {phrase}", Meaning("water plants", day, rule), False)
    yield Line(f"Standup ({phrase})", Meaning("Standup", day, rule), False)
    yield Line(f"run {phrase} at 9am", Meaning("run", f"{day_at_nine} 09:00", rule), False)
    yield Line(f"run {phrase} #gym", Meaning("run", day, rule), False)


def reminders(phrase: str, specs: str) -> Iterator[Line]:
    expected = Meaning("dentist", "2026-12-04 15:00", None, tuple(specs.split()))
    yield Line(f"dentist friday 3pm {phrase}", expected, False)
    yield Line(f"friday 3pm dentist, {phrase}", expected, False)


def phrases(text: str, title: str, due: str, rule: str, specs: str = "") -> Iterator[Line]:
    yield Line(text, Meaning(title, due or None, rule or None, tuple(specs.split())), False)


def titles(text: str) -> Iterator[Line]:
    yield Line(text, Meaning(text))


def unclear(text: str) -> Iterator[Line]:
    yield Line(text, Meaning(text), True)


EXPANDED: dict[str, Callable[..., Iterator[Line]]] = {
    "dates": dates, "times": times, "rules": rules, "reminders": reminders, "phrases": phrases,
    "titles": titles, "unclear": unclear,
}  # fmt: skip
LINES = list(corpus())


def test_the_corpus_has_a_thousand_lines() -> None:
    assert len({line.text for line in LINES}) >= 1_000


def test_at_least_98_of_100_lines_are_read_right() -> None:
    wrong = [(line.text, read(line.text)) for line in LINES if not right(line)]
    assert len(wrong) <= len(LINES) * 0.02, wrong


@pytest.mark.parametrize("line", LINES, ids=[line.text for line in LINES])
def test_no_line_is_confidently_wrong(line: Line) -> None:
    meaning, doubt = read(line.text)
    assert doubt or meaning[1:] == line.meaning[1:]


def right(line: Line) -> bool:
    meaning, doubt = read(line.text)
    return meaning == line.meaning and line.doubtful in (None, doubt)
