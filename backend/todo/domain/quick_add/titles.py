"""The title: the words that no phrase covers."""

import re
from typing import Final

from todo.domain.quick_add.values import Span
from todo.domain.search import distinct_tags


def tags_of(text: str, spans: tuple[Span, ...]) -> tuple[str, ...]:
    """Each once, as first written."""
    return distinct_tags(text[span.start + 1 : span.end] for span in spans if span.kind == "tag")


_SEPARATORS: Final = " ,;:–—"
# Databases and terminals refuse these: control characters and lone surrogates.
_UNPRINTABLE: Final = dict.fromkeys((*range(32), *range(127, 160), *range(0xD800, 0xE000)), " ")


def title_of(text: str, spans: tuple[Span, ...]) -> str:
    """The words outside the spans, with the punctuation repaired where words were removed."""
    title = ""
    edges = [edge for span in spans for edge in (span.start, span.end)]
    starts, ends = [0, *edges[1::2]], [*edges[::2], len(text)]
    for start, end in zip(starts, ends, strict=True):
        piece = _plain(text[start:end])
        if start:
            piece = piece.lstrip(_SEPARATORS).removeprefix("- ")
        if end < len(text):
            piece = piece.rstrip(_SEPARATORS).removesuffix(" -")
        title = _join(title, "" if piece == "-" else piece)
    return title if title.strip(_SEPARATORS + ".!?()-") else _plain(text)


def _join(left: str, right: str) -> str:
    if left.endswith("(") and right.startswith(")"):
        return _join(left[:-1].rstrip(), right[1:].lstrip())
    glue = "" if not left or right.startswith((".", "!", "?", ")")) else " "
    return f"{left}{glue}{right}".rstrip()


def _plain(text: str) -> str:
    words = " ".join(text.translate(_UNPRINTABLE).split())
    return re.sub(r"\\([#!+])", r"\1", words)
