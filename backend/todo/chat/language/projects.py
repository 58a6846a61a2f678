"""Projects in a sentence. "+Work", "the Work project" and "in Garden" become a plus and a mark, as quotes do."""

import re
from collections.abc import Sequence
from typing import Final

from todo.chat.language.clauses import Quotes
from todo.chat.language.requests import Project

_FIRST: Final = 0xF000
_MOST: Final = 0x800
MARKED: Final = rf"\+(?P<project>[{chr(_FIRST)}-{chr(_FIRST + _MOST - 1)}])"
_DATE: Final = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|next|this|last|noon|\d|an?\b"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
)
_IN: Final = r"(?:in|into|to|onto|under|inside|from|within|out\ of)"  # for verbose patterns
# Whether a sentence may name a project; only then the projects are asked for.
_HINT: Final = re.compile(
    rf"""(?<!\w)\+\w | \bprojects?\b
    | \b{_IN}\s+(?:my\s+|the\s+)?(?-i:(?!(?i:{_DATE}))[A-Z])
    | \bin\s+\w[\w ]*:
    | ^(?:show|list|open)\s+(?:me\s+)?(?:my\s+|the\s+)?(?-i:[A-Z])
    | ^(?:please\s+)?(?:move|put|file|transfer|show|list|what|whats|what's|how\ many|complete|delete)\b
        .*\b{_IN}\s+(?:my\s+|the\s+)?(?!{_DATE}|inbox|trash|bin)\w""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def may_be_named(text: str) -> bool:
    return _HINT.search(text) is not None


def mark(text: str, quotes: Quotes, projects: Sequence[Project]) -> tuple[str, Quotes]:
    """The text with a mark for each project that it names; the names are restored as quotes are."""
    texts, marked = dict(quotes.texts), {}
    numbered = sorted(enumerate(projects[:_MOST]), key=lambda each: -len(each[1].name))
    for number, project in numbered:
        sign = chr(_FIRST + number)
        for pattern in _mentions(re.escape(project.name)):
            text, count = pattern.subn(rf"\g<lead>+{sign}", text)
            if count:
                texts[sign], marked[sign] = project.name, project
    return text, Quotes(texts, marked)


def _mentions(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """With a plus or the word "project"; or the name alone, after "in" and the like."""
    said = rf"""(?<!\w)\+{name}(?!\w)(?:\s+project\b)?
        | (?:\b(?:my|the)\s+)?(?:\b(?<!\ba\s)(?<!\bnew\s)project\s+(?:called\s+|named\s+)?{name}(?!\w)|\b{name}(?:'s)?\s+project\b)"""
    alone = rf"""(?<!\bgo\s)(?P<lead>\b{_IN}\s+|^(?:show|list|open)\s+(?:me\s+)?)(?:(?:my|the)\s+)?{name}(?!['\w])(?!\s+(?:tag|label)\b)
        (?=\s*(?:[,.:;?!]|$)|\s+(?:to|on|by|at|until|into|from|tomorrow|today|tonight|this|right|now|still|already|next|due|\w+day|every|except|but|that|which|for|and
            |please|p\d)\b|\s+[!#])"""
    flags = re.IGNORECASE | re.VERBOSE
    return re.compile(f"(?P<lead>)(?:{said})", flags), re.compile(alone, flags)
