"""The conditions under which a match counts: "monday" in "monday market" is not a date."""

import re
from typing import Final, NamedTuple

from todo.domain.quick_add.values import Groups, Kind
from todo.domain.quick_add.vocabulary import NAME_MONTHS, WORDY_MONTHS

_CLAUSE_END: Final = re.compile(
    r"\s*(?:\Z|[,;:.!?)\]…|]|[–—-]\s)|\s+(?:about|with|for|at|in|because|if|then|so|re|or|unless|except)\b",
    re.IGNORECASE,
)
_REMIND_ME: Final = re.compile(r"\s*(?:please )?remind me\b", re.IGNORECASE)
_TO: Final = re.compile(r"\s+to\b", re.IGNORECASE)
_CAPITAL: Final = re.compile(r"\s+[A-Z]")
_DETERMINER: Final = re.compile(
    r"\b(?:the|an?|my|our|his|her|their|your|this|that|every|each)\s+\Z", re.IGNORECASE
)
_DEPARTURE: Final = re.compile(r"\s+(?:bus|ferry|flight|plane|train|tram)\b", re.IGNORECASE)


class Context(NamedTuple):
    """A match and its neighbours. The match before it is not judged yet, the one after it counts."""

    text: str
    start: int
    end: int
    groups: Groups
    before: Kind | None
    before_groups: Groups
    before_start: int
    after: Kind | None
    """Directly behind it, or joined to it by a word such as "or"."""
    after_groups: Groups


def anywhere(context: Context) -> bool:
    return True


def closing(context: Context) -> bool:
    """A clause can end behind it: "call mom monday about rent", but not "monday market"."""
    if context.after is not None or _CLAUSE_END.match(context.text, context.end):
        return True
    return bool(_REMIND_ME.match(context.text) and _TO.match(context.text, context.end))


def closing_or_vouched(context: Context) -> bool:
    """A preposition or a year in the phrase confirms that it is a date."""
    return "by" in context.groups or "year" in context.groups or closing(context)


def closing_or_first(context: Context) -> bool:
    """Also as the first words: "end of month report"."""
    return closing_or_vouched(context) or leading(context)


def month_counts(context: Context) -> bool:
    """ "may 5" and "april 2" can be other words: "give April 2 cookies"."""
    words = context.groups["date"]
    if any(month in words for month in WORDY_MONTHS):
        return closing_or_vouched(context)
    if words.startswith(NAME_MONTHS):
        return closing_or_vouched(context) or leading(context)
    return True


def closing_uncapitalised(context: Context) -> bool:
    return context.text[context.start : context.end].islower() and closing(context)


def not_a_heading(context: Context) -> bool:
    """ "The Day After Tomorrow" and "watch Tomorrow Never Dies" are names."""
    words = context.text[context.start : context.end]
    if words.isupper() or leading(context) or closing(context):
        return words.isupper() or not any(word[0].isupper() for word in words.split()[1:])
    return not (
        words[-1:].islower()
        and words.split()[-1][0].isupper()
        and _CAPITAL.match(context.text, context.end)
    )


def wordy_day_counts(context: Context) -> bool:
    """ "sat" and "sun" beside a time or another weekday, or with a preposition."""
    if (
        "by" in context.groups
        or "time" in (context.before, context.after)
        or context.after == "unclear"
    ):
        return True
    if "weekday" in context.before_groups and closing(context):
        return True
    return "weekday" in context.after_groups and not _after_determiner(context)


def after_a_date(context: Context) -> bool:
    return context.before in ("date", "recurrence")


def part_of_a_date(context: Context) -> bool:
    """ "monday night" at the start or the end of a clause; not in "watch monday night football"."""
    if not after_a_date(context):
        return False
    named = context.before_groups
    if "weekday" not in named or "by" in named or "which" in named or closing(context):
        return True
    return not context.text[: context.before_start].strip()


def closing_after_a_date(context: Context) -> bool:
    return after_a_date(context) and closing(context)


def closing_beside_a_date(context: Context) -> bool:
    return context.after in ("date", "recurrence") or closing_after_a_date(context)


def after_a_rule(context: Context) -> bool:
    return context.before == "recurrence"


def closing_or_several_days(context: Context) -> bool:
    """ "every 2nd" alone; not "every 2nd page"."""
    return (
        "monthdays" not in context.groups
        or "day" in context.groups["monthdays"]
        or closing(context)
    )


def leading(context: Context) -> bool:
    return not context.text[: context.start].strip()


def before_a_date(context: Context) -> bool:
    return context.after in ("date", "time", "recurrence", "unclear")


def clock_counts(context: Context) -> bool:
    """Not in "the 9am meeting" and "10:10 train"."""
    if "by" in context.groups or context.before is not None:
        return True
    if _DEPARTURE.match(context.text, context.end) or _after_determiner(context):
        return False
    # "dilute 1:10 mix" has no time, "3pm" always is one.
    settled = not context.groups["times"].replace(":", "").isdigit()
    return settled or closing(context) or leading(context)


def _after_determiner(context: Context) -> bool:
    words = context.text[max(0, context.start - 12) : context.start]
    return _DETERMINER.search(words) is not None


def beside_a_date_or_outermost(context: Context) -> bool:
    """In "call bob at 9", "tomorrow at 9 call bob", "at 9 call bob"; not in "look at 3 houses"."""
    beside = context.before in ("date", "recurrence", "time")
    return beside or closing(context) or leading(context)


LEANING: Final = (part_of_a_date, closing_after_a_date)
