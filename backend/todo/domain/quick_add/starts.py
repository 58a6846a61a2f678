"""Start dates: "from monday" and "starting 3 jan" without a rule, whose first date it would be."""

from typing import Final

from todo.domain.quick_add.matches import Found
from todo.domain.quick_add.patterns import compiled
from todo.domain.quick_add.values import Day, Month, Part, Start, Times, Unclear

_STARTING: Final = r"(?:{not_before}|(?:starting|beginning|start|from)(?: on| from| at| in)?)"
_TIMES: Final = (Times, Part)


def as_start(one: Found) -> Found:
    """A date behind "from" or "starting" is the start of the task."""
    if not isinstance(one.value, Day) or one.value.instant:
        return one
    if not compiled(_STARTING).fullmatch(one.groups.get("by", "")):
        return one
    return one._replace(kind="start", value=Start(one.value.date))


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
