"""The macros that the grammar's patterns are written with: names for regular expressions."""

import re
from collections.abc import Iterable
from functools import cache
from string import ascii_uppercase
from typing import Final

from todo.domain.quick_add.values import Groups
from todo.domain.quick_add.vocabulary import (
    CARDINALS,
    DAY_PARTS,
    HOUR_WORDS,
    MONTHS,
    NAMED_AFTER,
    ONES,
    ORDINALS,
    TENS,
    TO_TOM,
    UNITS,
    WEEKDAYS,
    WORDY_DAYS,
)


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


def _not_behind(words: Iterable[str]) -> str:
    return "".join(rf"(?<!\b{word}\x20)" for word in words)


# The meaning of {name} in a phrase. A blank is any run of blanks, but no line break.
_MACROS: Final = {
    "tens": f"{_any_of(TENS)}(?:(?:-| ){_any_of(ONES)})?",
    "cardinal": f"(?:{{tens}}|{_any_of(word for word in CARDINALS if '-' not in word and word not in TENS)})",
    "n": r"(?:\d{1,4}|{cardinal})",
    "unit": _any_of(unit for unit in UNITS if len(unit) > 1),
    "half_hour": r"(?:a )?half (?:an )?hour|(?:a )?quarter (?:of )?(?:an )?hour|three quarters of an hour",
    # A single letter is a unit only behind digits: "in am" has no minutes.
    "length": r"(?:{half_hour}|{n} and a half {unit}|\d{1,4} ?h(?:(?:ou)?rs?)? ?(?:and )?\d\d? ?m(?:in(?:ute)?s?)?"
    r"|\d{1,2}h\d\d|(?:\d{1,4} ?|{cardinal} )h(?:ou)?rs? (?:and )?(?:\d\d? ?|{cardinal} )m(?:in(?:ute)?s?)"
    r"|(?:\d{1,4} ?|{cardinal} ){unit} and a half|\d{1,3}[.,]\d{1,2} ?{unit}|\d{1,3}[.,]\d{1,2} ?h"
    r"|\d{1,4} ?(?:{unit}|[mhdw])|{cardinal} {unit})",
    "lengths": r"(?:{n} ?{unit}(?:{and}{n} ?{unit}){1,4})",
    "nth": r"(?:\d\d?(?:st|nd|rd|th))",
    "ordinal": _any_of(ORDINALS),
    "not_a_person": _not_behind(TO_TOM),
    "not_a_name": _not_behind(NAMED_AFTER),
    "day_word": r"(?:today|tonight|tonite|tomorrow|tmrw|tmr|tmw|day after tomorrow)",
    "weekday": _any_of(WEEKDAYS),
    "plain_weekday": _any_of(WEEKDAYS.keys() - WORDY_DAYS),
    "wordy_weekday": _any_of(WORDY_DAYS),
    "month": _any_of(MONTHS),
    "short_month": "(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)",
    "long_month": _any_of(month for month in MONTHS if month != "mar"),
    "year": r"(?P<year>(?:19|20|21)\d\d|['’]\d\d)",
    "numeric_year": r"(?P<year>(?:19|20|21)\d\d|\d\d)",
    "part": _any_of(DAY_PARTS),
    "and": r"(?:, and |, ?| and | ?[&+] ?)",
    "until": r"(?:(?:until|till|til|up to|ending|ends|to end)(?: on| at| by| in)?|through|thru)",
    "starting": r"(?:{not_before}|(?:due|starting|beginning|start|from)(?: on| by| from| at| in)?)",
    "not_before": r"(?:not before|no earlier than|not earlier than)",
    "by": r"(?:(?P<by>{until}|{starting}|no later than|not later than|on or before|on|by|before) |(?P<at>@) ?)",
    # "for" says less than a preposition: "cook for sunday lunch" has no date.
    "by_for": r"(?:{by}|for )",
    "at": r"(?:(?P<by>at about|at around|at|by|around|before|@) ?)",
    "at_clock": r"(?:(?P<by>no later than|not later than|at about|at around|at|by|around|before"
    r"|starting at|starting|from|for|@) ?)",
    "day": r"(?:\d\d?(?:st|nd|rd|th|\.)?)",
    "date": r"(?:{day} (?:of )?{month}|(?:{month}|{short_month}\.) (?:the )?{day})",
    "dow": r"(?:(?P<dow>{weekday}),? (?:the )?)",
    "some_day": r"(?:(?P<day>{day_word})|(?:(?P<which>next|this|coming) )?(?P<weekday>{weekday})"
    r"|{dow}?(?P<date>{date})(?:,? {year})?|(?P<iso>\d{4}-\d\d?-\d\d?))",
    "month_ref": r"(?:(?:the|this|(?P<which>next)) month|(?P<in_month>{month})(?:,? {year})?)",
    "clock": r"(?:(?:\d\d?(?:[:.]\d\d)?|{hour_word}) ?[ap](?:m|\.m\.)|\d\d?:\d\d|\d\d?h\d\d|(?:1[3-9]|2[0-3])h"
    r"|(?:\d\d?|{hour_word}) ?o['’]clock|(?:12 )?(?:noon|midnight|mid-?day))",
    "hour_word": _any_of((*HOUR_WORDS, "one")),
    "military": r"(?:(?:[01]\d|2[0-3])[0-5]\d(?: ?h(?:(?:ou)?rs?)?)?)",
    "hour": r"(?:{clock}|{military}|\d\d?h|\d\d?\.\d\d|\d\d?|" + _any_of(HOUR_WORDS) + ")",
    "every": r"(?:(?:every|each)(?P<bang>!)? )",
    "count": r"(?:(?P<n>other|alternate|single|{ordinal}|{nth}|{n}) )",
    "every_or_ly": r"(?:{every}{count}?|(?=\w+ly))",
    "range": r"(?: ?[-–] ?| to | through | thru )",
    "weekday_s": r"(?:{weekday}s?)",
    "weekdays": r"(?P<weekdays>{weekday_s}(?:(?:{range}|{and}| ?/ ?| ){weekday_s})*)",
    "mondays": r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days)",
    "nth_word": r"(?:first|last|{ordinal}|{nth})",
    "one_day": r"(?P<one>{weekday}|weekday|workday|business day|working day)",
    "position": r"(?P<position>{nth_word}(?:{and}(?:the )?{nth_word}){0,4}) {one_day}",
    "month_days": r"(?:{position}|(?P<last_day>last day)"
    r"|(?P<monthdays>{nth}(?:{and}(?:the )?{nth}){0,11}(?:{and}(?:the )?last(?: day)?)?|first day))",
    "edge_day": r"(?:(?P<monthdays>first|beginning|start)|(?P<last_day>last|end))",
    "year_day": r"(?:{position} (?:of|in) (?P<in_month>{month})|(?P<date>{date}))",
    "months": r"(?P<months>{long_month}(?:{and}{long_month}){0,10})",
    "before": r"(?:{length}(?: before)?)",
    "except": r"(?:(?:except|excepting|excluding|but not|but|apart from|other than|besides|bar|minus|not|no"
    r"|skip|skipping|without)(?: for)?(?: on| in)?(?: the)? )",
    "remind": r"(?:(?:and )?(?:please )?(?:with (?:a )?)?remind(?:er)?(?: me)?)",
    # joined inside by a dot or a slash: #node.js, #home/garden
    "tag": r"""(?:[^\s\x00-\x1f\x7f-\x9f#!,;:.?"'“”‘’()\[\]{}<>\\|/]|[./](?=\w))""",
}
# ASCII alone, because str.lower can change the length of a text and with it every offset.
LOWER: Final = {ord(letter): letter.lower() for letter in ascii_uppercase}
# A phrase stands free: not inside a word, a number, an address or a path, nor behind a backslash.
START: Final = r"(?<![\w'’./:@&+#!\\$€£=-])"
END: Final = r"(?!\w|['’./:@&+=-]\w|[%°$€£])"
_BLANKS: Final = r"(?:[\x20\t\u00a0\u202f]++)"


@cache
def expand(pattern: str) -> str:
    while re.search(r"\{[a-z_]+\}", pattern):
        pattern = re.sub(r"\{([a-z_]+)\}", lambda name: _MACROS[name[1]], pattern)
    return pattern.replace(" ", _BLANKS)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(expand(pattern), re.ASCII)


def find(pattern: str, words: str) -> list[str]:
    return [found[0] for found in compiled(pattern).finditer(words)]


def parts_of(words: str) -> list[str]:
    """The parts of a list: "10, 20 and 30"."""
    return compiled("{and}").split(words)


def named_groups(found: re.Match[str] | None) -> Groups:
    """The named groups that took part in a match, with single blanks."""
    groups = found.groupdict() if found else {}
    return {name: " ".join(words.split()) for name, words in groups.items() if words}
