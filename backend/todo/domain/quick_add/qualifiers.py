"""The words around a phrase that change its meaning: "early", "or so", "except", "to"."""

import re
from typing import Final

from todo.domain.quick_add.gaps import after_blanks, excepted, joined, ranged, touch
from todo.domain.quick_add.matches import Found
from todo.domain.quick_add.values import (
    AfterCompletion,
    Day,
    Ends,
    Except,
    Unclear,
)

# Words before a phrase that change its meaning.
_BEFORE_ANY: Final = (
    r"not|never|except|than|twice|times|excluding|between|or|since|without|instead of|unlike|almost"
    r"|half"
)
_BEFORE: Final = {
    "date": r"after|to|of|about|(?:at )?(?:this|the same|same) (?:time|day)|last|previous|past|week|an?|any"
    r"|some|one|no|each|every|most|my|our|per"
    r"|middle of|mid|until|till",
    "time": r"in|to|until|till|til|through|up to|about|after|past|of",
    "recurrence": r"the|an?|my|our|after|last|until|till",
}
# These change only a longer period: "early next week", but "get up early tomorrow".
_BEFORE_PERIOD: Final = r"early|late|later|mid|sometime|some time|anytime"
# Words behind a phrase that change its meaning, with the words that follow them.
_AFTER_ANY: Final = (
    r"and a half|or so|or later|or earlier|or sooner|after next|if not|unless|except\w*|excluding|but not"
    r"|but only|apart from|other than|besides|weeks? from|weeks? after|(?:of )?last (?:week|month|year)"
)
_AFTER: Final = {
    "date": r"ago|or",
    "time": r"or|[ecmp][sd]?t|gmt|utc|ces?t|bst|ist|jst|(?:local|eastern|central|mountain|pacific|london"
    r"|berlin|paris|tokyo|new york|their|your|his|her) time",
    "recurrence": r"is|or|between|this (?:week|month|quarter|year)|for (?:the )?(?:rest|remainder|whole|now)"
    r"|and (?:morning|afternoon|evening|night|noon|midnight|weekends?)"
    r"|and (?:the )?(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|last)"
    r"|until|till|til|ending|through|during|starting|beginning|as long as|while|only|minus|bar"
    r"|(?:in|over) (?:the )?(?:summer|winter|spring|fall|autumn)|of",
}
_WORDS: Final = r"(?:[\s,]+[^\s,;.!?#]+){0,2}"


def _qualifier(words: str, form: str) -> re.Pattern[str]:
    return re.compile(form.replace("WORDS", words), re.IGNORECASE)


_QUALIFIED_BEFORE: Final = {
    kind: _qualifier(f"{words}|{_BEFORE_ANY}", r"(?<![\w'’-])(?:WORDS)\s+(?:(?:the|on|in)\s+)?\Z")
    for kind, words in _BEFORE.items()
}
_PERIOD_BEFORE: Final = _qualifier(
    _BEFORE_PERIOD, r"(?<![\w'’-])(?:WORDS)\s+(?:in\s+)?(?:the\s+)?\Z"
)
_QUALIFIED_AFTER: Final = {
    kind: _qualifier(f"{words}|{_AFTER_ANY}".strip("|"), r"[\s,]+(?:WORDS)(?![\w'’-])" + _WORDS)
    for kind, words in _AFTER.items()
}
_NUMBER: Final = r"(?:\d{1,2}(?:st|nd|rd|th)?|first|second|third|fourth|last)"
_NUMBER_BEFORE: Final = re.compile(
    rf"(?<![\w'’:.-]){_NUMBER}\s*(?:,|and|or|&|\+|to)\s*(?:the\s+)?\Z", re.IGNORECASE
)
_NUMBER_AFTER: Final = re.compile(
    rf"(?:\s*,\s*{_NUMBER}){{0,11}}\s*(?:and|or|&|\+|to|until|through|[-–])\s*(?:the\s+)?{_NUMBER}(?![\w:])",
    re.IGNORECASE,
)
# "1st and 3rd tuesday" without a month or "every"
_ORDINAL_BEFORE: Final = re.compile(
    r"(?<![\w'’:.-])(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth)\s+\Z", re.IGNORECASE
)
_ON_AFTER: Final = re.compile(rf"\s+on\b{_WORDS}", re.IGNORECASE)
_LENGTH_BEFORE: Final = re.compile(
    r"(?<!\w)(?:minutes?|hours?|days?|weeks?|fortnights?|months?|years?)\s+\Z", re.IGNORECASE
)
_LONGEST_NAME: Final = 80
_TITLE_BEFORE: Final = re.compile(
    r"\s*(?i:(?:re)?watch|read|listen to|play|see|stream|hear)\s+"
    r"(?:(?:[A-Z0-9][\w'’-]*|an?|and|in|of|the|with|who)\s+){0,12}\Z"
)
_LONGEST_QUALIFIER: Final = 24


def qualified(text: str, found: list[Found]) -> list[Found]:
    """The matches; those with a qualifier that no phrase includes are unclear."""
    neighbours = zip([None, *found], found, [*found[1:], None], strict=False)
    return [_with_qualifiers(text, before, one, after) for before, one, after in neighbours]


def _with_qualifiers(text: str, before: Found | None, one: Found, after: Found | None) -> Found:
    kind: str = one.value.kind if isinstance(one.value, Unclear) else one.kind
    if kind not in _BEFORE or one.holds(Except, AfterCompletion):
        return one
    start, end = one.start, one.end
    if _is_name(text, one):
        return Found(start, end, "unclear", Unclear("date"))
    if before and before.kind == "reminder" and _is_added(text, before, one):
        return Found(after_blanks(text, before.end), end, "unclear", Unclear("date"))
    if not one.holds(Ends) and not (before and _is_joint(text, before, one)):
        start = _start(text, before.end if before else 0, one, kind)
    if not (after and _is_joint(text, one, after)):
        end = _end(text, after.start if after else len(text), one, kind)
    if (start, end) == (one.start, one.end):
        return one
    return Found(start, end, "unclear", Unclear("time" if kind == "time" else "date"))


def _start(text: str, floor: int, one: Found, kind: str) -> int:
    """Where the qualifier before a match starts; the start of the match if there is none."""
    left = text[max(floor, one.start - _LONGEST_QUALIFIER) : one.start]
    patterns = (
        (_QUALIFIED_BEFORE[kind], True),
        (_PERIOD_BEFORE, _is_period(one)),
        (_LENGTH_BEFORE, one.groups.get("by") in ("before", "from", "on")),
        (_NUMBER_BEFORE, _is_numbered(one)),
        (_ORDINAL_BEFORE, "weekday" in one.groups),
    )
    found = next(
        (hit for each, applies in patterns if applies and (hit := each.search(left))), None
    )
    return one.start - (len(left) - found.start() if found else 0)


def _end(text: str, ceiling: int, one: Found, kind: str) -> int:
    """Where the qualifier behind a match ends; the end of the match if there is none."""
    patterns = (
        (_QUALIFIED_AFTER[kind], True),
        (_ON_AFTER, _is_long_rule(one)),
        (_NUMBER_AFTER, _is_numbered(one)),
    )
    hits = (each.match(text, one.end, ceiling) for each, applies in patterns if applies)
    found = next((hit for hit in hits if hit), None)
    return found.end() if found else one.end


def _is_long_rule(one: Found) -> bool:
    """Weekly or longer: "on" behind it names its day."""
    return one.groups.get("period", "").startswith(
        ("week", "fort", "month", "quarter", "year", "annual")
    )


def _is_numbered(one: Found) -> bool:
    """ "dec 3", "the 4th tuesday of the month": another number beside it would be a second date."""
    return bool(one.groups.keys() & {"date", "nth", "d"})


def _is_name(text: str, one: Found) -> bool:
    """A capitalised date in the name of a film, a book or a song: "Watch Freaky Friday"."""
    words = text[one.start : one.end]
    if not words[0].isupper() or words.isupper() or one.start > _LONGEST_NAME:
        return False
    return _TITLE_BEFORE.match(text, 0, one.start) is not None


def _is_added(text: str, reminder: Found, one: Found) -> bool:
    """ "remind me 1 hour before and at 8am"."""
    gap = (text, reminder.end, one.start)
    return joined(*gap) and not touch(*gap)


def _is_joint(text: str, last: Found, one: Found) -> bool:
    return joined(text, last.end, one.start) or excepted(text, last.end, one.start)


def _is_period(one: Found) -> bool:
    """A week, a month or a year, not a day of it."""
    return (
        bool(one.groups.keys() & {"unit", "short", "in_month", "months"})
        and "one" not in one.groups
    )


def joins(text: str, last: Found, one: Found, has_rule: bool) -> Found | bool:
    """How words join two matches: what they mean together, True if that is unclear, False if they do not."""
    start = after_blanks(text, last.end)
    if has_rule and excepted(text, last.end, one.start):
        return Found(start, one.end, "unclear", Unclear("recurrence", spares_rule=one.holds(Day)))
    weekdays = "weekday" in last.groups or "weekday" in one.groups
    until = one.value.date if isinstance(one.value, Day) and last.holds(Day) else None
    if has_rule and until and not weekdays and ranged(text, last.end, one.start):
        return Found(start, one.end, "recurrence", Ends(until=until))
    return joined(text, last.end, one.start)
