"""The project of a text: “+Work”, also with spaces in its name. Found before the grammar reads the rest."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from todo.domain.quick_add.values import Span

# Passed over with whatever it contains, as by the grammar.
_LITERAL: Final = r'"[^"\n]*"|“[^”\n]*”|https?://\S+'
_NAME: Final = r"[^\W\d_][^\s\x00-\x1f\x7f-\x9f,;:!?\"“”()\[\]{}<>\\]*"


class Filed(NamedTuple):
    """`rest` is the text with blanks where a project is named, so that offsets stay."""

    name: str | None
    rest: str
    spans: tuple[Span, ...]


def find_project(text: str, projects: Sequence[str]) -> Filed:
    """The last project that the text names. What looks like one, but is none, is "unclear"."""
    longest_first = sorted(projects, key=len, reverse=True)
    known = "|".join(rf"(?:{re.escape(name)})(?!\w)" for name in longest_first) or r"(?!)"
    pattern = re.compile(
        rf"{_LITERAL}|(?<![^\s(])\+(?:(?P<known>{known})|(?P<unknown>{_NAME}))", re.IGNORECASE
    )
    name, rest, spans = None, text, []
    for match in pattern.finditer(text):
        if match["known"]:
            name = next(one for one in projects if _is(one, match["known"]))
        elif not match["unknown"]:
            continue
        spans.append(Span(match.start(), match.end(), "project" if match["known"] else "unclear"))
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    return Filed(name, rest, tuple(spans))


def _is(name: str, written: str) -> bool:
    return re.fullmatch(re.escape(name), written, re.IGNORECASE) is not None
