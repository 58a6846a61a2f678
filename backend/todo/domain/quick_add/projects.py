"""The project of a text: “+Work”, also with spaces in its name. Found before the grammar reads the rest."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from todo.domain.quick_add.values import Span

# Texts in which a plus names no project: what stands in quotes, and addresses of pages.
_LITERAL: Final = r'"[^"\n]*"|“[^”\n]*”|https?://\S+'
_NAME: Final = r"[^\W\d_][^\s\x00-\x1f\x7f-\x9f,;:!?\"“”()\[\]{}<>\\]*"
_PLUS: Final = re.compile(rf"{_LITERAL}|(?<![^\s(])\+(?P<word>{_NAME})?", re.IGNORECASE)
_WORD: Final = re.compile(r"\w")
_TURKISH: Final = str.maketrans("İı", "ii")


class NamedProject(NamedTuple):
    """The project that a text names, or None. `rest` is the text with blanks where a project is named, so that
    offsets stay."""

    name: str | None
    rest: str
    spans: tuple[Span, ...]


def find_project(text: str, projects: Sequence[str]) -> NamedProject:
    """The last project that the text names. What looks like one, but is none, is "unclear"."""
    names: dict[str, str] = {}
    for project in projects:
        names.setdefault(_folded(project), project)
    longest_first = sorted({len(name) for name in names}, reverse=True)
    folded = _folded(text)
    found, rest, spans, end = None, text, [], 0
    while match := _PLUS.search(text, end):
        start, end = match.span()
        if text[start] != "+":
            continue
        known = _starting_at(folded, start + 1, names, longest_first)
        if known is not None:
            found, end = known, start + 1 + len(known)
        elif not match["word"]:
            continue
        spans.append(Span(start, end, "unclear" if known is None else "project"))
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return NamedProject(found, rest, tuple(spans))


def _starting_at(
    folded: str, start: int, names: dict[str, str], longest_first: Sequence[int]
) -> str | None:
    """The longest project whose name starts there and does not end within a word."""
    for length in longest_first:
        end = start + length
        name = names.get(folded[start:end])
        if name is not None and not _WORD.match(folded, end):
            return name
    return None


def _folded(text: str) -> str:
    """The text without its case, with as many characters as before."""
    text = text.translate(_TURKISH)
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    # “ß” has no single character without its case.
    return "".join(one if len(one := char.casefold()) == 1 else char.lower() for char in text)
