"""Whether a cron schedule ever fires: `@every 5m`, `@daily`, or five or six fields (with seconds)."""

import re
from calendar import monthrange

_NAMED = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_EVERY = re.compile(r"@every ((?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+)")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("seconds", 0, 59, []),
    ("minutes", 0, 59, []),
    ("hours", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)


def why_never(schedule: str) -> str:
    """Why the schedule cannot be read or never fires, in a sentence; empty if it fires."""
    if schedule.startswith("@"):
        every = _EVERY.fullmatch(schedule)
        if every and any(float(number) for number in re.findall(r"[0-9.]+", every[1])):
            return ""
        if schedule in _NAMED:
            return ""
        return f"“{schedule}” never fires: use @every 5m, @daily or the like, or five fields"
    fields = schedule.split()
    if len(fields) not in (5, 6):
        return f"“{schedule}” has {len(fields)} fields instead of five, or six with seconds"
    try:
        values = [
            _values(text, *kind)
            for text, kind in zip(fields, _FIELDS[6 - len(fields) :], strict=True)
        ]
    except ValueError as error:
        return str(error)
    days, months = values[-3], values[-2]
    by_week = fields[-1] not in ("*", "?")
    if by_week or any(day <= monthrange(2024, month)[1] for month in months for day in days):
        return ""
    return f"“{schedule}” never fires: no such day in any of its months"


def _values(text: str, name: str, low: int, high: int, words: list[str]) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if step and not (step.isdigit() and int(step)):
            raise ValueError(f"{name}: “{step}” is no step; it is 1 or more")
        if span in ("*", "?"):
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, name, low, high, words)
            last = _number(end, name, low, high, words) if dash else (high if step else first)
        if last < first:
            raise ValueError(f"{name}: “{span}” ends before it begins")
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def _number(text: str, name: str, low: int, high: int, words: list[str]) -> int:
    if text.upper() in words:
        return words.index(text.upper()) + low
    if not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{name}: “{text}” is not between {low} and {high}")
    return int(text)
