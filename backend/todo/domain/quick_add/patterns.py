"""The language that the grammar's patterns are written in: macros over regular expressions."""

import re
from collections.abc import Iterable
from functools import cache
from string import ascii_uppercase
from typing import Final

from todo.domain.quick_add.values import Groups
from todo.domain.quick_add.vocabulary import (
    CARDINALS,
    DAY_PARTS,
    MONTHS,
    ORDINALS,
    TO_TOM,
    UNITS,
    WEEKDAYS,
    WORDY_DAYS,
)


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


# What {name} means in a phrase. A blank is any run of blanks, but no line break.
_MACROS: Final = {
    "n": _any_of((r"\d{1,4}", *CARDINALS)),
    "unit": _any_of(UNITS),
    "length": r"(?:(?P<n>{n}) ?(?P<unit>{unit})|half an hour)",
    "nth": r"(?:\d\d?(?:st|nd|rd|th))",
    "ordinal": _any_of(ORDINALS),
    "not_a_person": "".join(rf"(?<!{word}\x20)" for word in TO_TOM),
    "weekday": _any_of(WEEKDAYS),
    "plain_weekday": _any_of(WEEKDAYS.keys() - WORDY_DAYS),
    "wordy_weekday": _any_of(WORDY_DAYS),
    "month": _any_of(MONTHS),
    "year": r"(?P<year>(?:19|20|21)\d\d)",
    "part": _any_of(DAY_PARTS),
    "and": r"(?:, and |, ?| and | ?[&+] ?)",
    "by": r"(?:(?P<by>(?:due|starting) (?:on|by|from)|starting|due|on|by|before|from"
    r"|until|till|through) )",
    "at": r"(?:(?P<by>at|by|around|before|@) ?)",
    "day": r"(?:\d\d?(?:st|nd|rd|th|\.)?)",
    "date": r"(?:{day} (?:of )?{month}|{month} (?:the )?{day})",
    "clock": r"(?:\d\d?(?:[:.]\d\d)? ?[ap](?:m|\.m\.)|\d\d?:\d\d|\d\d? ?o'clock|noon|midnight)",
    "hour": r"(?:{clock}|\d\d?)",
    "every": r"(?:(?:every|each)(?P<bang>!)? )",
    "count": r"(?:(?P<n>other|{ordinal}|{nth}|{n}) )",
    "every_or_ly": r"(?:{every}{count}?|(?=\w+ly))",
    "weekdays": r"(?P<weekdays>{weekday}(?: ?[-–] ?| to | through ){weekday}"
    r"|{weekday}(?:(?:{and}| ?/ ?){weekday})*)",
    "mondays": r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days)",
    "position": r"(?P<position>first|last|{ordinal}|{nth}) (?P<one>{weekday}|weekday|workday)",
    "month_days": r"(?:{position}|(?P<last_day>last day)"
    r"|(?P<monthdays>{nth}(?:{and}(?:the )?{nth})*|first day))",
    "year_day": r"(?:{position} (?:of|in) (?P<in_month>{month})|(?P<date>{date}))",
    "before": r"(?:{n} ?(?:minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w)|half an hour)"
    r"(?: before)?",
    # joined inside by a dot or a slash: #node.js, #home/garden
    "tag": r"""(?:[^\s\x00-\x1f\x7f-\x9f#!,;:.?"'“”‘’()\[\]{}<>\\|/]|[./](?=\w))""",
}
# ASCII alone, because str.lower can change the length of a text and with it every offset.
LOWER: Final = {ord(letter): letter.lower() for letter in ascii_uppercase}
# A phrase stands free: not inside a word, a number, an address or a path, nor behind a backslash.
START: Final = r"(?<![\w'’./:@&+#!\\$€£=-])"
END: Final = r"(?!\w|['’./:@&+=-]\w|[%°$€£])"
_BLANKS: Final = r"(?:[\x20\t\u00a0\u202f]++)"


def expand(pattern: str) -> str:
    while re.search(r"\{[a-z_]+\}", pattern):
        pattern = re.sub(r"\{([a-z_]+)\}", lambda name: _MACROS[name[1]], pattern)
    return pattern.replace(" ", _BLANKS)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(expand(pattern), re.ASCII)


def find(pattern: str, words: str) -> list[str]:
    return [found[0] for found in compiled(pattern).finditer(words)]


def taking_part(found: re.Match[str] | None) -> Groups:
    return {name: words for name, words in found.groupdict().items() if words} if found else {}
