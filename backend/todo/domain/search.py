"""The words of a task, and the search for them.

A task is found by words that begin like those typed, in any order. Case, accents and compatibility forms are
folded (müller = Muller, ﬁ = fi, ß = ss), and a hyphenated word is found in one piece too (e-mail = email).
Scripts without spaces (Chinese, Japanese, Thai, …) are found by pairs of characters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import category, combining, normalize
from zlib import crc32

# A longer word or tag is cut, in tasks and in searches alike.
_LONGEST: Final = 60
_LONGEST_TAG: Final = 200
# A URL or a number with more parts is not joined to one word.
_MOST_PARTS: Final = 5
# PostgreSQL refuses a tsvector over 1 MiB. Only text made for that purpose comes near.
_MOST_BYTES: Final = 900_000
# One character (ﷺ) may become eighteen. Text beyond this length is not searched.
_MOST_FOLDED: Final = 50_000
_MOST_MARKS: Final = 30
_FRAGMENT: Final = 2

# Letters that NFKD does not take apart.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)  # fmt: skip
# Accents of Latin, Greek, Cyrillic, Hebrew and Arabic; the marks of other scripts are vowels.
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]"
    # Invisible: soft hyphens, joiners, directions
    "|[\u00ad\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_DENSE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN: Final = re.compile(
    rf"(?P<dense>[{_DENSE}]+)|(?P<word>(?:(?![{_DENSE}])[^\W_]|[\u0900-\u0dff])+)|(?P<mark>\S)"
)
_JOINS: Final = frozenset("-\u2010\u2013'\u2019._")
_QUOTE: Final = str.maketrans({"'": "''", "\\": "\\\\"})


def fold(text: str) -> str:
    """The text without the differences that a search ignores."""
    if text.isascii():
        return text.casefold()
    bare = _stream_safe(_ACCENTS.sub("", text.replace("\u200b", " ")))
    bare = _ACCENTS.sub("", normalize("NFKD", bare))
    bare = _ACCENTS.sub("", normalize("NFKD", bare.casefold())).translate(_LETTERS)
    return normalize("NFC", bare)


def _stream_safe(text: str) -> str:
    """At most 30 marks after a letter (UAX #15): normalizing a longer run takes quadratic time."""
    marks, kept = 0, []
    for char in text:
        marks = marks + 1 if combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def fold_tag(tag: str) -> str:
    """Tags that differ only in case are the same tag."""
    return normalize("NFKC", normalize("NFKC", tag).casefold())


def distinct_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, as it is written first."""
    found: dict[str, str] = {}
    for tag in tags:
        found.setdefault(fold_tag(tag), tag)
    return tuple(found.values())


# ── The words of a text ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of a text: a word (with `joined` to those it is hyphenated with), dense script, or a mark."""

    kind: str
    text: str


def _compounds(text: str) -> Iterator[list[_Piece]]:
    """The pieces of a text; words that a hyphen, a dot or an apostrophe connects are one list."""
    last_end, connected, compound = -1, False, list[_Piece]()
    for match in _TOKEN.finditer(fold(text)[:_MOST_FOLDED]):
        piece = _Piece(match.lastgroup or "", match[0])
        touches = match.start() == last_end
        last_end = match.end()
        if piece.kind == "word" and touches and connected:
            compound.append(piece)
            connected = False
            continue
        if piece.kind == "mark" and touches and piece.text in _JOINS and compound and not connected:
            connected = True
            yield [piece]
            continue
        if compound:
            yield compound
        connected = False
        compound = [piece] if piece.kind == "word" else []
        if not compound:
            yield [piece]
    if compound:
        yield compound


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def _indexed(text: str) -> Iterator[str]:
    for compound in _compounds(text):
        first = compound[0]
        if first.kind == "dense":
            yield from _pairs(first.text)
            continue
        parts = [piece.text for piece in compound]
        yield from (part[:_LONGEST] for part in parts)
        if 1 < len(parts) <= _MOST_PARTS:
            yield from ("".join(parts[at:])[:_LONGEST] for at in range(len(parts) - 1))


def owner_key(user_id: str) -> str:
    """The prefix of a user's lexemes. Two users may share it, so a query compares the owner too."""
    return f"{crc32(user_id.encode()):08x}"


def vector(
    user_id: str, *, title: str, description: str | None, tags: Sequence[str], is_open: bool
) -> str:
    """The words of a task as a tsvector. Each lexeme begins with the state and the owner, so that the index
    reads only this owner's words. Weights: A in the title, B in a tag, D in the description.
    """
    prefix = _prefix(user_id, is_open)
    weights = {_tag_lexeme(prefix, tag): "" for tag in tags}
    for weight, texts in ((":1A", [title]), (":1B", tags), (":1", [description or ""])):
        for text in texts:
            for word in _indexed(text):
                weights.setdefault(prefix + word, weight)
    left, entries = _MOST_BYTES, []
    for lexeme, weight in weights.items():
        left -= len(lexeme.encode()) + 4
        if left < 0:
            break
        entries.append(_quoted(lexeme) + weight)
    return " ".join(entries)


def _prefix(user_id: str, is_open: bool) -> str:
    return ("o" if is_open else "c") + owner_key(user_id)


def _tag_lexeme(prefix: str, tag: str) -> str:
    return f"#{prefix}{fold_tag(tag)[:_LONGEST_TAG]}"


def _quoted(lexeme: str) -> str:
    return f"'{lexeme.translate(_QUOTE)}'"


# ── What is searched for ──────────────────────────────────────────────────────────────────────────────────


def tag_query(user_id: str, tag: str, is_open: bool) -> str:
    """The tsquery of the tasks with this tag."""
    return _quoted(_tag_lexeme(_prefix(user_id, is_open), tag))


@dataclass(frozen=True, slots=True)
class Query:
    """The tsqueries of a search: all words as typed, only the last one as a beginning, or all as beginnings."""

    exact: str
    unfinished: str
    prefixes: str


def query(user_id: str, text: str, is_open: bool, weights: str = "") -> Query | None:
    """What finds the words of `text` in this owner's open or closed tasks; None if there are no words.

    Punctuation counts only if there is nothing else. `weights`: only in the title ("A"), or in tags too ("AB").
    """
    prefix = _prefix(user_id, is_open)
    compounds = list(_compounds(text))
    wanted = [compound for compound in compounds if not _is_punctuation(compound)] or compounds
    terms = [_term(compound, prefix, weights) for compound in wanted]
    if not terms:
        return None
    exact, prefixes = zip(*dict.fromkeys(terms), strict=True)
    # A fragment of two letters is rarely a whole word.
    complete = all(len(compound[0].text) > _FRAGMENT for compound in wanted[:-1])
    unfinished = (*exact[:-1], prefixes[-1]) if complete else prefixes
    return Query(" & ".join(exact), " & ".join(unfinished), " & ".join(prefixes))


def _is_punctuation(compound: list[_Piece]) -> bool:
    return compound[0].kind == "mark" and category(compound[0].text)[0] != "S"


def _term(compound: list[_Piece], prefix: str, weights: str) -> tuple[str, str]:
    """The exact and the prefix form of one typed word."""
    first = compound[0]
    if first.kind == "dense":
        pairs = _pairs(first.text)[:-1] or [first.text]
        whole = " & ".join(_lexeme(prefix + pair, weights, len(pair) < 2) for pair in pairs)
        return whole, whole
    parts = [piece.text for piece in compound]
    return _word(parts, prefix, weights, False), _word(parts, prefix, weights, True)


def _word(parts: list[str], prefix: str, weights: str, as_prefix: bool) -> str:
    """A word; a hyphenated one in one piece or in several."""
    separate = " & ".join(_lexeme(prefix + part[:_LONGEST], weights, as_prefix) for part in parts)
    if not 1 < len(parts) <= _MOST_PARTS:
        return separate
    joined = _lexeme(prefix + "".join(parts)[:_LONGEST], weights, as_prefix)
    return f"({joined} | ({separate}))"


def _lexeme(lexeme: str, weights: str, as_prefix: bool) -> str:
    labels = ("*" if as_prefix else "") + weights
    return _quoted(lexeme) + (f":{labels}" if labels else "")
