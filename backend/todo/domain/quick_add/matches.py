"""From a text to the hits that count: all of the grammar in one pass, then those that stand where they are."""

from collections import Counter
from typing import NamedTuple, TypeVar

from todo.domain.errors import Invalid
from todo.domain.quick_add.grammar import ANY_PHRASE, PHRASES, Phrase, phrase_of
from todo.domain.quick_add.match_conditions import Place
from todo.domain.quick_add.patterns import LOWER, taking_part
from todo.domain.quick_add.values import (
    SEVERAL,
    AfterCompletion,
    Before,
    Day,
    Ends,
    Groups,
    Here,
    Kind,
    Part,
    Repeat,
    Times,
    Value,
)
from todo.domain.quick_add.vocabulary import MANY, MOST_HITS


class _Hit(NamedTuple):
    phrase: Phrase
    start: int
    end: int
    groups: Groups


class Chosen(NamedTuple):
    start: int
    end: int
    kind: Kind
    value: Value


def _scan(text: str) -> list[_Hit]:
    line = text.translate(LOWER)
    found = [((match.lastindex or 1) - 1, match.span()) for match in ANY_PHRASE.finditer(line)]
    return [
        _Hit(PHRASES[index], start, end, taking_part(phrase_of(index).match(line, start)))
        for index, (start, end) in found[-MOST_HITS:]
    ]


def choose(text: str, here: Here) -> list[Chosen]:
    """From the last hit to the first, because what follows a phrase decides whether it stands."""
    chosen: list[Chosen] = []
    taken: Counter[type] = Counter()
    hits = _scan(text)
    for before, hit in reversed(list(zip([None, *hits], hits, strict=False))):
        value = _read(text, before, hit, chosen[-1] if chosen else None, here)
        if value is None or taken[type(value)] == (MANY if isinstance(value, SEVERAL) else 1):
            continue
        taken[type(value)] += 1
        chosen.append(Chosen(hit.start, hit.end, hit.phrase.kind, value))
    return chosen[::-1]


def _read(
    text: str, before: _Hit | None, hit: _Hit, after: Chosen | None, here: Here
) -> Value | None:
    left = before.phrase.kind if before and _touch(text, before.end, hit.start) else None
    right = after.kind if after and _touch(text, hit.end, after.start) else None
    if not hit.phrase.stands(Place(text, hit.start, hit.end, hit.groups, left, right)):
        return None
    try:
        return hit.phrase.read(hit.groups, here)
    except (ValueError, OverflowError, Invalid):
        return None


def _touch(text: str, end: int, start: int) -> bool:
    return not text[end:start].strip(" ,\t\u00a0\u202f")


def with_support(chosen: list[Chosen]) -> list[Chosen]:
    """Leave out what hangs in the air: an end of no repetition, a reminder before no date."""
    day = last_of(chosen, Day)
    if day and day.instant:
        chosen = _without(chosen, Times, Part)
    if not last_of(chosen, Repeat):
        chosen = [one for one in _without(chosen, Ends, AfterCompletion) if not _several(one)]
    if not any(isinstance(one.value, Day | Times | Part | Repeat) for one in chosen):
        chosen = _without(chosen, Before)
    return chosen


def _without(chosen: list[Chosen], *kinds: type) -> list[Chosen]:
    return [one for one in chosen if not isinstance(one.value, kinds)]


def _several(one: Chosen) -> bool:
    return isinstance(one.value, Times) and len(one.value.clocks) > 1


_V = TypeVar("_V")


def last_of(chosen: list[Chosen], kind: type[_V]) -> _V | None:
    return next((one.value for one in reversed(chosen) if isinstance(one.value, kind)), None)
