"""The names that clients give themselves, made safe to show."""

import unicodedata
from typing import Final

_LONGEST: Final = 80
NAMELESS: Final = "Unnamed program"
# Invisible characters (control, format, private use, unassigned, surrogates): they hide or reverse text.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})


def readable(name: object) -> str:
    """The name in one line, without invisible characters, at most 80 characters long."""
    if not isinstance(name, str):
        return NAMELESS
    text = unicodedata.normalize("NFC", name[: _LONGEST * 10])
    seen = (" " if c.isspace() else c for c in text)
    visible = "".join(c for c in seen if unicodedata.category(c) not in _INVISIBLE)
    short = " ".join(visible.split())[:_LONGEST].strip()
    return short or NAMELESS
