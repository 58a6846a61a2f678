"""A rule in words: “every Monday”, “monthly on the 31st, or the last day”."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import product
from typing import Final

from todo.domain.recurrence.days import MONTHS, month_length, ordinal, short_day
from todo.domain.recurrence.rule import Frequency, Rule, Skip
from todo.domain.recurrence.zones import local

WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_SHORT: Final = tuple(name[:3] for name in WEEKDAYS)


def describe(rule: Rule, timezone: str) -> str:
    """The rule in words: “every 2 weeks on Mon and Thu”, “monthly on the last day”. An UNTIL in UTC is the day in
    `timezone`.
    """
    words = (
        *(_pace(rule), _days_in_words(rule), _times_in_words(rule)),
        _end_in_words(rule, timezone),
    )
    return " ".join(filter(None, words))


_UNITS: Final[Mapping[Frequency, str]] = {
    Frequency.YEARLY: "years",
    Frequency.MONTHLY: "months",
    Frequency.WEEKLY: "weeks",
    Frequency.DAILY: "days",
    Frequency.HOURLY: "hours",
}
_GROUPS: Final[Mapping[tuple[int, ...], str]] = {
    (0, 1, 2, 3, 4): "weekday",
    (5, 6): "weekend day",
    (0, 1, 2, 3, 4, 5, 6): "day",
}


def _pace(rule: Rule) -> str:
    if rule.interval > 1:
        return f"every {rule.interval} {_UNITS[rule.freq]}"
    if _is_every_weekday(rule):
        return f"every {_group(rule) or _weekday_names(rule)}"
    return "every hour" if rule.freq is Frequency.HOURLY else rule.freq.lower()


def _is_every_weekday(rule: Rule) -> bool:
    """Whether the weekdays alone say how often, as in “every Monday”."""
    plain = rule.freq in (Frequency.WEEKLY, Frequency.DAILY) and rule.interval == 1
    return plain and bool(rule.by_day) and not (rule.by_month_day or rule.by_set_pos)


def _days_in_words(rule: Rule) -> str:
    words = filter(
        None,
        (
            _month_days_in_words(rule),
            _weekdays_in_words(rule),
            _numbered("week", rule.by_week_no),
            _numbered("day", rule.by_year_day),
            f"in {_months_in_words(rule)}" if rule.by_month and not rule.by_month_day else "",
            _positions_in_words(rule),
        ),
    )
    return " ".join(words)


def _month_days_in_words(rule: Rule) -> str:
    if not rule.by_month_day:
        return ""
    days = [
        f"{ordinal(nth)} day" if nth < 0 else ordinal(nth) for nth in _counted(rule.by_month_day)
    ]
    months = f" of {_months_in_words(rule)}" if rule.by_month else ""
    return f"on the {_listed(days)}{months}{_lacking_days_in_words(rule)}"


def _lacking_days_in_words(rule: Rule) -> str:
    shortest = min(month_length(date(2023, month, 1)) for month in rule.by_month or (2,))
    if max(rule.by_month_day) <= shortest:
        return ""
    match rule.skip:
        case Skip.BACKWARD:
            return ", or the last day"
        case Skip.FORWARD:
            return ", or the day after the last"
        case Skip.OMIT:
            return ", where there is one"


def _weekdays_in_words(rule: Rule) -> str:
    if not rule.by_day or _is_every_weekday(rule) or _chooses_weekday_by_position(rule):
        return ""
    group = _group(rule)
    days = f"{group}s" if group else _weekday_names(rule)
    return f"if it is {_either(rule)}" if rule.by_month_day else f"on {days}"


def _either(rule: Rule) -> str:
    group = _group(rule)
    return f"a {group}" if group else _weekday_names(rule, last="or")


def _weekday_names(rule: Rule, last: str = "and") -> str:
    """In full if there is only one, else short."""
    names = _SHORT if rule.by_day[1:] else WEEKDAYS
    return _listed(
        (
            f"the {ordinal(each.nth)} {names[each.day]}" if each.nth else names[each.day]
            for each in sorted(rule.by_day, key=lambda each: (each.nth < 0, each.nth, each.day))
        ),
        last,
    )


def _positions_in_words(rule: Rule) -> str:
    if not rule.by_set_pos:
        return ""
    positions = _listed(ordinal(nth) for nth in _counted(rule.by_set_pos))
    if not _chooses_weekday_by_position(rule):
        return f"(only the {positions} of these)"
    return f"on the {positions} {_group(rule) or _weekday_names(rule, last='or')}"


def _chooses_weekday_by_position(rule: Rule) -> bool:
    """As in “the last weekday”."""
    other_choice = rule.by_month_day or rule.by_week_no or rule.by_year_day
    several_times = len(rule.by_hour) > 1 or len(rule.by_minute) > 1
    plain = bool(rule.by_day) and not any(each.nth for each in rule.by_day)
    return bool(rule.by_set_pos) and plain and not other_choice and not several_times


def _group(rule: Rule) -> str | None:
    if any(each.nth for each in rule.by_day):
        return None
    return _GROUPS.get(tuple(each.day for each in rule.by_day))


def _numbered(unit: str, numbers: tuple[int, ...]) -> str:
    if not numbers:
        return ""
    names = [
        f"{unit} {nth}" if nth > 0 else f"the {ordinal(nth)} {unit}" for nth in _counted(numbers)
    ]
    return f"{'in' if unit == 'week' else 'on'} {_listed(names)} of the year"


def _months_in_words(rule: Rule) -> str:
    return _listed(MONTHS[month - 1][:3] for month in rule.by_month)


def _times_in_words(rule: Rule) -> str:
    if rule.by_hour and rule.by_minute:
        return f"at {_listed(f'{h:02}:{m:02}' for h, m in product(rule.by_hour, rule.by_minute))}"
    if rule.by_hour:
        return (
            f"in the hours {_listed(rule.by_hour)}"
            if rule.by_hour[1:]
            else f"in hour {rule.by_hour[0]}"
        )
    if rule.by_minute:
        return f"at minute {_listed(rule.by_minute)}"
    return ""


def _end_in_words(rule: Rule, timezone: str) -> str:
    if rule.count is not None:
        return "once" if rule.count == 1 else f"{rule.count} times"
    if rule.until is not None:
        until = rule.until
        if isinstance(until, datetime) and until.tzinfo:
            until = local(until, timezone)
        return f"until {short_day(until)} {until.year}"
    return ""


def _counted(numbers: Iterable[int]) -> list[int]:
    """Positive numbers first, then those counted from the end."""
    return sorted(numbers, key=lambda number: (number < 0, number))


def _listed(words: Iterable[object], last: str = "and") -> str:
    *most, final = map(str, words)
    return f"{', '.join(most)} {last} {final}" if most else final
