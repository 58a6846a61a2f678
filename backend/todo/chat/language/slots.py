"""A sentence that no phrase of an order fits: a telling word, a value, and the words of a task, in any order.

"The priority of the cake: low", "I need an alarm 1 hour before the dentist". Never read so: what deletes.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from todo.chat.language.dates import LENGTH, LENGTHS, Today, read_period, read_when
from todo.chat.language.projects import MARKED
from todo.chat.language.reading import Reading
from todo.chat.language.requests import Action, Change, Period, Target
from todo.chat.language.targets import LEVELS, without_marks, without_project
from todo.chat.language.words import words_of
from todo.domain import quick_add

Slot = tuple[str, str]  # the value, and the sentence without it
_MOST_WORDS: Final = 6  # of a date
_NOT: Final = re.compile(
    r"\b(?:no|not|never|stop|off|end|remove|delete|clear|without|cancel|any ?more|any longer)\b|n't\b",
    re.IGNORECASE,
)
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


def changed(said: str, reading: Reading) -> Change | None:
    """The change that a telling word and a value say."""
    for cue, read in _CUES:
        if cue.search(said) is None:
            continue
        found = read(said, reading)
        if found is not None:
            action, value, rest = found
            return Change(action, _mention(rest, reading), value)
    return None


def _mention(rest: str, reading: Reading) -> Target:
    words = rest_words(reading.quotes.restore(rest))
    return Target(words=words, mentioned=True) if words else Target(pronoun=True)


Guess = tuple[Action, str, str]


def _repeat(said: str, reading: Reading) -> Guess | None:
    taken = _take(said, lambda phrase: _rule(phrase, reading.today))
    if taken is not None:
        return Action.REPEAT, taken[0], taken[1]
    return (Action.REPEAT, "none", said) if _NOT.search(said) else None


def _rule(phrase: str, today: Today) -> str | None:
    found = quick_add.parse(f"zq {phrase}", now=today.now, timezone=today.timezone)
    return found.recurrence if found.title == "zq" else None


_BEFORE: Final = re.compile(
    rf"({re.sub(r'[?]P<[a-z]+>', '?:', LENGTHS)}) (?:before(?:hand)?|ahead|earlier|in advance|prior to)",
    re.IGNORECASE,
)


def _remind(said: str, reading: Reading) -> Guess | None:
    if lengths := [found[1] for found in _BEFORE.finditer(said)]:
        return (
            Action.REMIND,
            " and ".join(f"{length} before" for length in lengths),
            _BEFORE.sub(" ", said),
        )
    if _NOT.search(said):
        return Action.REMIND, "none", said
    taken = _take(said, lambda phrase: read_when(phrase, reading.today))
    return (Action.REMIND, *taken) if taken else None


def _priority(said: str, reading: Reading) -> Guess | None:
    level = re.search(r"\b(highest|high|top|medium|normal|low|lowest|none|p?[123])\b", said, re.I)
    if level is None:
        return None
    value = LEVELS[level[1].lower().removeprefix("p")]
    return Action.PRIORITY, str(value), f"{said[: level.start()]} {said[level.end() :]}"


def _dated(action: Action) -> Callable[[str, Reading], Guess | None]:
    def read(said: str, reading: Reading) -> Guess | None:
        taken = _take(said, lambda phrase: read_when(phrase, reading.today))
        return (action, *taken) if taken else None

    return read


def _text(action: Action) -> Callable[[str, Reading], Guess | None]:
    """A text behind a colon, in quotes, or behind "is" and the like."""

    def read(said: str, reading: Reading) -> Guess | None:
        found = re.search(
            r"[\ue000-\uefff]|:\s*(?P<said>.+)|.*\s(?:is|to|be|should be|into)\s+(?P<new>.+)", said
        )
        if found is None:
            return None
        value = reading.quotes.restore(found["said"] or found["new"] or found[0])
        at = found.start("new") if found["new"] else found.start()
        return action, value, f"{said[:at]} {said[found.end() :]}"

    return read


def _file(said: str, reading: Reading) -> Guess | None:
    found = re.search(MARKED, said)
    project = reading.quotes.projects.get(found["project"]) if found else None
    return (Action.FILE, str(project.id), re.sub(MARKED, " ", said)) if project else None


def _later(said: str, _reading: Reading) -> Guess | None:
    found = re.search(rf"{LENGTH}\s+(later|earlier|sooner)\b", said, re.I)
    if found is None:
        return None
    sign = "+" if found[found.lastindex or 0].lower() == "later" else "-"
    value = f"{sign}{found['number']} {found['unit']}"
    return Action.MOVE, value, f"{said[: found.start()]} {said[found.end() :]}"


def _plain(action: Action, value: str = "") -> Callable[[str, Reading], Guess | None]:
    return lambda said, _reading: (action, value, said)


def _done(said: str, _reading: Reading) -> Guess | None:
    return (
        None
        if _NOT.search(said) or re.search(r"\b(?:will|must|should|to|by|until)\b", said)
        else (Action.COMPLETE, "", said)
    )


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


_CUES: Final[tuple[tuple[re.Pattern[str], Callable[[str, Reading], Guess | None]], ...]] = (
    (_cue(r"repetition|repeat\w*|recur\w*|series|(?:daily|weekly|monthly|yearly) task|from now on"), _repeat),
    (_cue(r"snooze"), lambda _said, _reading: None),
    (_cue(r"alarm|alert|notif\w+|remind\w*|notice"), _remind),
    (_cue(r"priority|prio|importance|urgency"), _priority),
    (_cue(r"start(?:s|ing)?|begins?|hide|(?:don't|not) (?:want to )?(?:see|show)(?=.+\b(?:before|until)\b)"), _dated(Action.START)),
    (_cue(r"notes?|description|comments?|details"), _text(Action.DESCRIBE)),
    (_cue(r"name|title|rename"), _text(Action.RENAME)),
    (re.compile(MARKED), _file),
    (_cue(r"trash|deleted"), _plain(Action.RESTORE)),
    (_cue(r"(?:undo|revert|cancel) the completion|reopen|uncheck"), _plain(Action.REOPEN)),
    (_cue(r"later|earlier|sooner"), _later),
    (_cue(r"(?:new |due )+date|deadline|due|moved?|postponed?|rescheduled?|shift(?:ed)?|instead|later|wait"), _dated(Action.MOVE)),
    (_cue(r"done|finished|completed?|ticked|over|finally"), _done),
)  # fmt: skip
