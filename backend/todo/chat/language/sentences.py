"""The clauses of a message together: what "it" refers to, orders that are only divided by commas, corrections."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from todo.chat.language.clauses import ENDS, split
from todo.chat.language.dates import Today, read_when
from todo.chat.language.grammar import read_clause
from todo.chat.language.reading import Reading
from todo.chat.language.requests import Action, Add, Change, Offer, Request, Target, Tell
from todo.chat.language.targets import read_ordinals

Said = tuple[str, Request]
# Done again, they change nothing.
_ONCE: Final = (Action.COMPLETE, Action.REOPEN, Action.PRIORITY)
_GROUP: Final = re.compile(r"\b(?:everything|all|every|except|but)\b", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(r"(?:please )?(?:don't|do not|never) \w+", re.IGNORECASE)
_CORRECTION: Final = re.compile(
    r"(?:(?:no|wait|sorry|oops|actually|i mean|i meant|rather|better|instead)[,. ]+)+(?:make (?:it|that) )?"
    r"(?:(?:on|at|to|for) )?(?P<when>.+)",
    re.IGNORECASE,
)


def correction(text: str, today: Today) -> str | None:
    """ "no, on friday" after a change moves what was changed."""
    found = _CORRECTION.fullmatch(text.rstrip(ENDS))
    if found is None or read_when(found["when"], today) is None:
        return None
    return f"move it to {found['when']}"


def read_clauses(text: str, reading: Reading) -> Iterator[Said]:
    for clause in split(text):
        request = read_clause(clause, reading)
        yield from _parts(clause, request, reading) or [(clause, request)]


def _is_only_said(request: Request | None) -> bool:
    return isinstance(request, Offer) or (isinstance(request, Add) and request.stated)


def _parts(clause: str, request: Request, reading: Reading) -> list[Said]:
    """ "rent done, dentist to monday": orders that only a comma divides, if each is one."""
    parts = re.split(r"\s*,\s*(?:and\s+)?", clause)
    perhaps = _is_only_said(request) or (isinstance(request, Change) and request.otherwise)
    if not perhaps or not 1 < len(parts) < 10:
        return []
    read = [(part, read_clause(part, reading)) for part in parts if part]
    return read if all(_is_whole(each) for _, each in read) else []


def _is_whole(request: Request) -> bool:
    if not isinstance(request, Change):
        return False
    return bool(request.value) or request.action not in (Action.MOVE, Action.POSTPONE)


def joined(clauses: Iterator[Said]) -> Sequence[Said]:
    """An "it" means a task of the remark before, or repeats the order; remarks beside orders are no tasks."""
    every: list[Said] = []
    for clause, request in clauses:
        said, before = every[-1] if every else ("", None)
        if isinstance(request, Change) and request.target.pronoun and before is not None:
            if _is_only_said(before) or _FORBIDDEN.match(said):
                every[-1] = (f"{said}, {clause}", _about(said, request))
                continue
            if isinstance(before, Change) and before.action is request.action in _ONCE:
                continue
        every.append((clause, request))
    if all(isinstance(request, Offer) for _, request in every):
        return every
    return [(clause, _unless_offer(request)) for clause, request in every]


def _about(remark: str, request: Change) -> Request:
    if _GROUP.search(remark):
        return Tell(f"I do not understand “{remark}”, so nothing was changed.")
    ordinals = read_ordinals(re.sub(r"^(?:just|only)\s+", "", remark, flags=re.IGNORECASE))
    if ordinals:
        return replace(request, target=Target(ordinals=ordinals, several=len(ordinals) > 1))
    words = _FORBIDDEN.sub("", remark)
    return replace(request, target=Target(words=words, mentioned=True))


def _unless_offer(request: Request) -> Request:
    if isinstance(request, Offer):
        return Tell(f"I did not understand “{request.line}”.")
    return request
