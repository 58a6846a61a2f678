"""Where a phrase counts: “monday” in “monday market” is no date."""

import re
from typing import Final, NamedTuple

from todo.domain.quick_add.values import Groups, Kind
from todo.domain.quick_add.vocabulary import WORDY_MONTHS

_CLAUSE_END: Final = re.compile(
    r"\s*(?:\Z|[,;:.!?)\]…]|[–—-]\s)|\s+(?:about|with|for|at|in|because|if|then|so|re)\b",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """A hit and what touches it: `after` is known to count, `before` is not judged yet."""

    text: str
    start: int
    end: int
    groups: Groups
    before: Kind | None
    after: Kind | None


def anywhere(place: Place) -> bool:
    return True


def closing(place: Place) -> bool:
    """A clause can end behind it: "call mom monday about rent", but not "monday market"."""
    return place.after is not None or bool(_CLAUSE_END.match(place.text, place.end))


def closing_or_vouched(place: Place) -> bool:
    """A preposition or a year in the phrase says that it is meant."""
    return "by" in place.groups or "year" in place.groups or closing(place)


def plain_month_or_closing(place: Place) -> bool:
    wordy = any(month in place.groups["date"] for month in WORDY_MONTHS)
    return not wordy or closing_or_vouched(place)


def closing_uncapitalised(place: Place) -> bool:
    return place.text[place.start : place.end].islower() and closing(place)


def vouched_or_beside_a_time(place: Place) -> bool:
    return "by" in place.groups or "time" in (place.before, place.after)


def after_a_date(place: Place) -> bool:
    return place.before in ("date", "recurrence")


def closing_after_a_date(place: Place) -> bool:
    return after_a_date(place) and closing(place)


def leading(place: Place) -> bool:
    return not place.text[: place.start].strip()


def beside_a_date_or_outermost(place: Place) -> bool:
    """In "call bob at 9", "tomorrow at 9 call bob", "at 9 call bob"; not in "look at 3 houses"."""
    beside = place.before in ("date", "recurrence", "time")
    return beside or closing(place) or leading(place)
