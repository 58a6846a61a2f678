"""Which of the found tasks a target means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from todo.chat.language.requests import Period, Target
from todo.chat.language.vocabulary import TASK_VERBS
from todo.chat.language.words import FILLERS, distance_is_one, fold, stem, stems, words_of


@dataclass(frozen=True)
class FoundTask:
    """A task as the tools describe it."""

    id: int
    title: str
    # In the user's zone; a whole day is its midnight.
    due_date: datetime | None
    all_day: bool
    recurrence: str | None
    tags: tuple[str, ...]
    priority: int
    description: str | None = None
    completed_at: datetime | None = None
    # Only of a task that starts later.
    starts: datetime | None = None
    # 0: the Inbox.
    project_id: int = 0

    @staticmethod
    def read(value: Mapping[str, Any], zone: tzinfo) -> "FoundTask":
        moment = _moment(value.get("due_date"), zone)
        return FoundTask(
            int(value["id"]),
            str(value["title"]),
            moment,
            bool(value.get("all_day")),
            value.get("recurrence"),
            tuple(value.get("tags") or ()),
            int(value.get("priority") or 0),
            value.get("description"),
            _moment(value.get("completed_at"), zone),
            _moment(value.get("start_date"), zone) if value.get("sleeping") else None,
            int(value.get("project_id") or 0),
        )


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    return moment.replace(tzinfo=zone) if moment and moment.tzinfo is None else moment


def choose(target: Target, tasks: Sequence[FoundTask]) -> list[FoundTask]:
    """The tasks that the target describes. One title that is exactly the words wins over titles that contain them."""
    described = [task for task in tasks if _fits(target, task)]
    described = _by_words(target, described) if target.words else described
    if not target.excluded:
        return described
    spared = {place for each in target.excluded for place in places(each.ordinals, len(described))}
    return [
        task
        for place, task in enumerate(described)
        if place not in spared
        and not any(is_excluded(each, task) for each in target.excluded if not each.ordinals)
    ]


def places(ordinals: Sequence[int], count: int) -> list[int]:
    """The indexes in a list of `count` that are meant: 1 is the first, -1 the last."""
    every = (number - 1 if number > 0 else count + number for number in ordinals)
    return [place for place in every if 0 <= place < count]


def is_title(target: Target, task: FoundTask) -> bool:
    return set(stems(target.words)) == set(stems(task.title))


def spares(exception: Target, tasks: Sequence[FoundTask]) -> bool:
    if exception.ordinals:
        return bool(places(exception.ordinals, len(tasks)))
    return any(is_excluded(exception, task) for task in tasks)


def is_excluded(exception: Target, task: FoundTask) -> bool:
    """An exception is read widely: sparing too many tasks is harmless."""
    if not _fits(exception, task):
        return False
    if not exception.words:
        return True
    wanted = set(stems(exception.words))
    tags = {stem for tag in task.tags for stem in stems(tag)}
    return wanted <= {*_stems_of(task), *tags} or _nearly(tuple(wanted), _stems_of(task))


def _fits(target: Target, task: FoundTask) -> bool:
    if target.tags and not {fold(tag) for tag in target.tags} <= {fold(tag) for tag in task.tags}:
        return False
    if target.project is not None and task.project_id != target.project.id:
        return False
    if target.priority is not None and not _has_priority(task.priority, target.priority):
        return False
    if target.repeating and task.recurrence is None:
        return False
    moment = task.completed_at if target.completed else task.due_date
    return target.period is None or _in_period(moment, target.period)


def _has_priority(priority: int, level: int) -> bool:
    """RFC 5545: 1 to 4 are high, 5 is medium, 6 to 9 are low."""
    match level:
        case 1:
            return 1 <= priority <= 4
        case 5:
            return priority == 5
        case 9:
            return priority >= 6
        case _:
            return priority == level


def _in_period(moment: datetime | None, period: Period) -> bool:
    if period.undated or moment is None:
        return period.undated and moment is None
    return (period.start is None or moment >= period.start) and (
        period.end is None or moment < period.end
    )


def _mentioned(sentence: str, tasks: Sequence[FoundTask]) -> list[FoundTask]:
    """The tasks with the most words of their titles in the sentence; a verb alone is no name."""
    said = set(stems(sentence))
    shared = [len(said & set(stems(task.title))) if said & _names_of(task) else 0 for task in tasks]
    most = max(shared, default=0)
    return [task for task, count in zip(tasks, shared, strict=True) if count == most > 0]


def _names_of(task: FoundTask) -> set[str]:
    every = set(stems(task.title))
    return every - {stem(verb) for verb in TASK_VERBS} or every


def _by_words(target: Target, tasks: Sequence[FoundTask]) -> list[FoundTask]:
    if target.mentioned:
        tagged = [
            task for task in tasks if set(stems(target.words)) <= {stem(tag) for tag in task.tags}
        ]
        return tagged if tagged and target.several else _mentioned(target.words, tasks)
    wanted = " ".join(words_of(target.words)) or fold(target.words)
    same = [
        task for task in tasks if (" ".join(words_of(task.title)) or fold(task.title)) == wanted
    ]
    if same and not target.several:
        return same
    if target.exact:
        return same or [task for task in tasks if fold(target.words) in fold(task.title)]
    searched = stems(target.words)
    if target.whole:
        return [task for task in tasks if is_title(target, task)]
    every = [task for task in tasks if set(searched) <= set(_stems_of(task))]
    if target.several:
        # "all shopping tasks": a tag is a name of a group.
        every = [
            task for task in tasks if set(searched) <= {*_stems_of(task), *map(stem, task.tags)}
        ]
    if every:
        return _closest(searched, every) if not target.several else every
    # "paid the rent" for "Rent": the verb of a statement need not be in the title.
    rest = tuple(word for word in searched[1:])
    if rest and target.did and not target.several and not re.search(r",|\band\b|&", target.words):
        fewer = [task for task in tasks if set(rest) == set(stems(task.title))]
        if fewer and not _has_verb(fewer, searched[0]):
            return fewer if _is_verb(target.words) else []
    close = [task for task in tasks if _nearly(searched, _stems_of(task))]
    # "the dentist appointment" for "Dentist".
    plain = tuple(word for word in searched if word not in _KINDS)
    if close or plain == searched or not plain:
        return close
    return [task for task in tasks if _nearly(plain, _stems_of(task))]


_KINDS: Final = frozenset(
    map(
        stem,
        "appointment meeting visit session class lesson event job errand chore reminder training thing".split(),
    )
)


def _closest(searched: tuple[str, ...], tasks: list[FoundTask]) -> list[FoundTask]:
    """A title of nothing but these words, in any order, wins."""
    whole = [task for task in tasks if set(_stems_of(task)) == set(searched)]
    return whole or tasks


def _has_verb(tasks: Sequence[FoundTask], verb: str) -> bool:
    return any(verb in _stems_of(task) for task in tasks)


def _is_verb(words: str) -> bool:
    first = next((word for word in words_of(words) if word not in FILLERS), "")
    return stem(first) in {stem(verb) for verb in TASK_VERBS}


def _stems_of(task: FoundTask) -> tuple[str, ...]:
    return tuple(stem(word) for word in words_of(task.title))


def _nearly(searched: tuple[str, ...], stems_: tuple[str, ...]) -> bool:
    """Every word is there, and long ones may have one wrong letter."""
    return all(
        word in stems_ or (len(word) >= 4 and any(distance_is_one(word, other) for other in stems_))
        for word in searched
    )
