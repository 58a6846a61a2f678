"""The words between two matches, and whether they join them."""

import re
from typing import Final

_BLANKS: Final = r"[ ,\t\u00a0\u202f]"
_TOUCHING: Final = re.compile(rf"{_BLANKS}*")
_JOINED: Final = re.compile(
    rf"{_BLANKS}*(?:and|or|or maybe|to|until|till|til|through|thru|then|and then|and also|and not|rather than"
    rf"|instead of|vs\.?|[-–&+/~])(?: (?:on|the|at))*{_BLANKS}*",
    re.IGNORECASE,
)
_RANGED: Final = re.compile(
    rf"{_BLANKS}*(?:to|until|till|til|through|thru|[-–]){_BLANKS}*", re.IGNORECASE
)
_EXCEPTED: Final = re.compile(
    rf"{_BLANKS}*(?:except|excepting|excluding|but not|but|apart from|other than|besides|bar|minus|not|no|skip"
    rf"|skipping|without)(?: for)?(?: on| in)?(?: the)?{_BLANKS}+",
    re.IGNORECASE,
)


def touch(text: str, end: int, start: int) -> bool:
    return _TOUCHING.fullmatch(text, end, start) is not None


def joined(text: str, end: int, start: int) -> bool:
    return _JOINED.fullmatch(text, end, start) is not None


def ranged(text: str, end: int, start: int) -> bool:
    """ "dec 20 to jan 3"."""
    return _RANGED.fullmatch(text, end, start) is not None


def excepted(text: str, end: int, start: int) -> bool:
    return _EXCEPTED.fullmatch(text, end, start) is not None


def after_blanks(text: str, end: int) -> int:
    """The offset of the next word."""
    found = _TOUCHING.match(text, end)
    return found.end() if found else end
