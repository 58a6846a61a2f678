"""A question that no phrase fits: its filters in any order, and the words of the tasks that it names."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from todo.chat.language.dates import Today, read_period
from todo.chat.language.reading import Reading
from todo.chat.language.requests import Period, Target
from todo.chat.language.targets import without_marks, without_project
from todo.chat.language.words import words_of

_MOST_WORDS: Final = 6  # of a date
_STOP: Final = frozenset(
    """a an the my our your this that these those it its is are was were be been am do does did have has had will would
    can could should must may might need needs want wants i we you me us to of for on at in into from with by about as and or
    so then now just only also still already yet please there here if when what which who whom whose where why how many much
    anything something everything nothing all any some every each task tasks todo todos item items thing things stuff list lists
    show tell give see find get got go make set put change turn new date day due deadline time plan plans planned schedule scheduled
    open left tag tags tagged label project projects inbox details more most less next last first finally today's up out off let work's look
    looks like start starts begin name title called call rename note notes description comment alarm alert reminder reminders remind
    notify ping priority prio importance level repeat repeats repeating repetition recurring recurrence series done finish finished
    complete completed undo completion don't not no never doesn't isn't before until after later earlier instead move moved shift
    far during else again today tomorrow full really very status current currently""".split()
)  # fmt: skip


def rest_words(said: str) -> str:
    words = (word.removesuffix("'s") for word in words_of(said))
    return " ".join(word for word in words if word not in _STOP)


def _windows(said: str) -> list[tuple[int, int]]:
    """The parts of the sentence, longest first."""
    words = [(found.start(), found.end()) for found in re.finditer(r"\S+", said)][:40]
    return [
        (words[first][0], words[first + length - 1][1])
        for length in range(min(_MOST_WORDS, len(words)), 0, -1)
        for first in range(len(words) - length + 1)
    ]


def _take(said: str, read: Callable[[str], object | None]) -> tuple[str, str] | None:
    for start, end in _windows(said):
        phrase = said[start:end].strip(" ,:;?!.")
        if (
            phrase
            and phrase.lower() not in {"may", "sun", "sat", "mar", "it", "on"}
            and read(phrase) is not None
        ):
            return phrase, f"{said[:start]} {said[end:]}"
    return None


def shown(said: str, reading: Reading) -> Target:
    """The tasks that a question is about, from its filters in any order."""
    said, project = without_project(said, reading.quotes)
    said, target = without_marks(said, Target(project=project, several=True, mentioned=True))
    done = bool(_DONE.search(said)) and not _TO_BE_DONE.search(said)
    if _UNDATED.search(said):
        target = replace(target, period=Period("without a date", undated=True))
        said = _UNDATED.sub(" ", said)
    elif taken := _take(said, lambda phrase: read_period(phrase, reading.today)):
        target = replace(target, period=_period(taken[0], reading.today, done))
        said = taken[1]
    if re.search(r"\b(?:repeat|recur)\w*", said, re.I):
        target = replace(target, repeating=True)
    if target.priority is None and (level := _LEVEL_ASKED.search(said)):
        target = replace(target, priority=9 if level[0].lower().startswith("low") else 1)
        said = _LEVEL_ASKED.sub(" ", said)
    return replace(target, completed=done, words=rest_words(reading.quotes.restore(said)))


def _period(phrase: str, today: Today, done: bool) -> Period | None:
    period = read_period(phrase, today)
    if period is not None and done and period.name in {"this week", "this month"}:
        back = today.day.weekday() if period.name == "this week" else today.day.day - 1
        period = replace(period, start=today.start_of(today.day - timedelta(days=back)))
    return period


def is_filtered(target: Target) -> bool:
    return target != Target(several=True, mentioned=True, words=target.words)


_DONE: Final = re.compile(
    r"\b(?:completed|finish(?:ed)?|done|closed|accomplish(?:ed)?|ticked|achieved?)\b", re.IGNORECASE
)
_TO_BE_DONE: Final = re.compile(r"\b(?:must|should|to|needs?|can) (?:be|get) \w+", re.IGNORECASE)
_UNDATED: Final = re.compile(
    r"\b(?:no|without(?: any| a)?|missing(?: a)?) (?:due )?(?:dates?|deadlines?)\b|\bundated\b",
    re.IGNORECASE,
)
_LEVEL_ASKED: Final = re.compile(
    r"\b(?:highest|high|top|most important|important|urgent|lowest|low)\b(?:[ -]?(?:priority|prio))?",
    re.IGNORECASE,
)
