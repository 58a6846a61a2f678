"""Start dates: "from monday" and "starting 3 jan" without a rule, whose first date it would be."""

import re
from typing import Final

from todo.domain.quick_add.matches import Found
from todo.domain.quick_add.patterns import compiled
from todo.domain.quick_add.values import Day, Month, Part, Start, Times, Unclear

_STARTING: Final = r"(?:{not_before}|(?:starting|beginning|start|from)(?: on| from| at| in)?)"
_TIMES: Final = (Times, Part)
_WORD: Final = re.compile(r"\w")
# What comes from a day: "photos from saturday".
_ORIGINATED: Final = re.compile(
    r"\b(?:notes?|news|lessons?|letters?|e?mails?|messages?|photos?|pictures?|leftovers|results?|minutes)\W+\Z",
    re.IGNORECASE,
)


def with_starts(text: str, found: list[Found]) -> list[Found]:
    """A date behind "from" or "starting" is the start of the task."""
    return [_as_start(text, one, found[i:]) for i, one in enumerate(found, start=1)]


def _as_start(text: str, one: Found, behind: list[Found]) -> Found:
    by = one.groups.get("by", "")
    if not isinstance(one.value, Day) or one.value.instant:
        return one
    if not compiled(_STARTING).fullmatch(by):
        return one
    if by.split()[0] == "from" and not _begins(text, one, behind):
        return one._replace(kind="unclear", value=Unclear("date"))
    return one._replace(kind="start", value=Start(one.value.date))


def _begins(text: str, one: Found, behind: list[Found]) -> bool:
    """ "pay taxes from monday", not "notes from monday meeting" and "news from today"."""
    bare_month = "months" in one.groups and "year" not in one.groups
    if bare_month or one.groups.get("day") == "today":
        return False
    if _ORIGINATED.search(text, 0, one.start):
        return False
    starts = [*(other.start for other in behind), len(text)]
    ends = [one.end, *(other.end for other in behind)]
    return not any(_WORD.search(text, *gap) for gap in zip(ends, starts, strict=True))


def with_times(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """The chain of a start date. Its time is part of it, unless the chain has a due date with that time."""
    kinds = [
        "start"
        if one.holds(Start)
        else "time"
        if one.holds(*_TIMES)
        else "due"
        if one.holds(Day, Month)
        else ""
        for one in found
    ]
    if "start" not in kinds or "time" not in kinds:
        return found
    value = next(one.value for one in found if isinstance(one.value, Start))
    span = found[0]._replace(end=found[-1].end, kind="start")
    if kinds in (["start", "time"], ["time", "start"]):
        times = next(one.value for one in found if isinstance(one.value, Times | Part))
        return (span._replace(value=value._replace(times=times)),)
    if kinds in (["start", "due", "time"], ["due", "time", "start"], ["time", "due", "start"]):
        return found
    return (span._replace(kind="unclear", value=Unclear("date")),)
