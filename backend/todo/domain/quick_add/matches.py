"""The matches of a text that count: one pass with the whole grammar, then the conditions."""

from types import MappingProxyType
from typing import NamedTuple

from todo.domain.errors import Invalid
from todo.domain.quick_add.gaps import joined, touch
from todo.domain.quick_add.grammar import PHRASES, Phrase, any_phrase, phrase_of
from todo.domain.quick_add.match_conditions import LEANING, Context
from todo.domain.quick_add.patterns import LOWER, named_groups
from todo.domain.quick_add.values import Groups, Kind, Reference, Unclear, Value
from todo.domain.quick_add.vocabulary import MOST_MATCHES


class Match(NamedTuple):
    phrase: Phrase
    start: int
    end: int
    groups: Groups


class Found(NamedTuple):
    """A match that counts, with its value."""

    start: int
    end: int
    kind: Kind
    value: Value
    groups: Groups = MappingProxyType({})
    leans: bool = False
    """It counts only behind a date."""

    def holds(self, *kinds: type) -> bool:
        return isinstance(self.value, kinds)


def find_all(text: str, ref: Reference) -> list[Found]:
    """In the order of the text. Judged from the last one to the first: the words behind decide."""
    found: list[Found] = []
    matches = _scan(text)
    for before, match in reversed(list(zip([None, *matches], matches, strict=False))):
        if _counts(text, before, match, found[-1] if found else None):
            value = _value(match, ref)
            if value is not None:
                kind: Kind = "unclear" if isinstance(value, Unclear) else match.phrase.kind
                leans = match.phrase.condition in LEANING
                found.append(Found(match.start, match.end, kind, value, match.groups, leans))
    return _supported(text, found[::-1])


def _supported(text: str, found: list[Found]) -> list[Found]:
    """Without a number or a part of the day that leans on a date which turned out not to count."""
    kept: list[Found] = []
    for one in found:
        if not one.leans or (kept and touch(text, kept[-1].end, one.start)):
            kept.append(one)
    return kept


def _scan(text: str) -> list[Match]:
    line = text.translate(LOWER)
    found = [((match.lastindex or 1) - 1, match.span()) for match in any_phrase().finditer(line)]
    return [
        Match(PHRASES[index], start, end, named_groups(phrase_of(index).match(line, start)))
        for index, (start, end) in found[-MOST_MATCHES:]
    ]


def _counts(text: str, before: Match | None, match: Match, after: Found | None) -> bool:
    beside = before is not None and touch(text, before.end, match.start)
    if before and not beside and not joined(text, before.end, match.start):
        before = None
    if after and not (touch(text, match.end, after.start) or joined(text, match.end, after.start)):
        after = None
    context = Context(
        text,
        match.start,
        match.end,
        match.groups,
        before.phrase.kind if before and beside else None,
        before.groups if before else {},
        before.start if before else match.start,
        after.kind if after else None,
        after.groups if after else {},
    )
    return match.phrase.condition(context)


def _value(match: Match, ref: Reference) -> Value | None:
    try:
        return match.phrase.read(match.groups, ref)
    except (ValueError, OverflowError, StopIteration, Invalid):
        return Unclear(match.phrase.kind)
