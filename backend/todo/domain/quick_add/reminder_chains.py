"""Dates and times behind "remind me": those of the reminder, or those of the task if it has no others."""

import re
from typing import Final

from todo.domain.quick_add.gaps import touch
from todo.domain.quick_add.matches import Found
from todo.domain.quick_add.values import (
    Before,
    Day,
    Part,
    RemindAt,
    RemindMe,
    RemindOn,
    Times,
    Unclear,
)

_AT: Final = re.compile(r"\s+(?=at\s)", re.IGNORECASE)
_TO: Final = re.compile(r"\s+(?:to|about|that)(?!\S)", re.IGNORECASE)


def with_reminder(text: str, found: tuple[Found, ...], dated: bool) -> tuple[Found, ...]:
    """The chain of a reminder. `dated`: the task has a date or a rule elsewhere."""
    head, rest = found[0], found[1:]
    leading = not text[: head.start].strip()
    if isinstance(head.value, RemindMe):
        if not rest:
            return (head,) if head.kind == "unclear" else ()
        if leading or not dated:
            head = head._replace(value=Before(("PT0S",)))
            return _through_to(text, (head, *rest)) if leading else (head, *rest)
        return (_of_reminder(found),)
    if rest and dated and not leading:
        return (_of_reminder(found),)
    if rest and leading and isinstance(head.value, RemindAt) and head.value.days is None:
        return _through_to(text, (*_due_then(text, head, head.value), *rest))
    return _through_to(text, found) if leading else found


def _due_then(text: str, head: Found, value: RemindAt) -> tuple[Found, ...]:
    """ "remind me at 8pm every friday": due at 8pm, with a reminder then."""
    at = _AT.search(text, head.start, head.end)
    if at is None:
        return (head,)
    reminder = Found(head.start, at.start(), "reminder", Before(("PT0S",)))
    return reminder, Found(at.end(), head.end, "time", Times(value.clocks, value.part))


def through_to(text: str, chosen: list[Found]) -> list[Found]:
    """With "to" as a part of what it follows in "remind me 2 days before friday to pack"."""
    if not chosen or chosen[0].kind != "reminder" or text[: chosen[0].start].strip():
        return chosen
    last = 0
    while last + 1 < len(chosen) and touch(text, chosen[last].end, chosen[last + 1].start):
        last += 1
    return [*_through_to(text, tuple(chosen[: last + 1])), *chosen[last + 1 :]]


def _through_to(text: str, found: tuple[Found, ...]) -> tuple[Found, ...]:
    """With "to" behind "remind me tomorrow at 9" as a part of it."""
    to = _TO.match(text, found[-1].end)
    return (*found[:-1], found[-1]._replace(end=to.end())) if to else found


def _of_reminder(found: tuple[Found, ...]) -> Found:
    head = found[0].value
    days = [one.value for one in found if isinstance(one.value, Day)]
    times = [one.value for one in found if isinstance(one.value, Times)]
    parts = [one.value.part for one in found if isinstance(one.value, Part)]
    span = Found(found[0].start, found[-1].end, "reminder", head)
    known = all(one.holds(Day, Times, Part, RemindMe, RemindAt) for one in found)
    if not known or len(days) > 1 or len(times) > 1 or len(parts) > 1:
        return span._replace(kind="unclear", value=Unclear("reminder"))
    part = parts[0] if parts else None
    clocks = times[0].clocks if times else head.clocks if isinstance(head, RemindAt) else ()
    part = part or (times[0].part if times else None)
    if days:
        return span._replace(value=RemindOn(days[0], clocks, part))
    return span._replace(value=RemindAt(clocks, None, part))
