"""Days of months, weeks and years, their names, and the days that a month lacks (RFC 7529 4.1)."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, date, timedelta
from typing import Final

from todo.domain.recurrence.rule import Skip

DAY: Final = timedelta(days=1)
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# A day, and a note if it is not the day that the rule names.
Day = tuple[date, str | None]


def landing(first: date, length: int, nth: int, skip: Skip) -> Iterator[Day]:
    """The nth day of the month or year that starts at `first`; if it has none, the day that SKIP chooses."""
    passed = nth - 1 if nth > 0 else length + nth
    if 0 <= passed < length:
        yield first + passed * DAY, None
    elif skip is not Skip.OMIT:
        edge = first + (length if nth > 0 else 0) * DAY
        day = edge - DAY if skip is Skip.BACKWARD else edge
        yield day, f"{short_day(day)}: {lack_in_words(first, length, nth)}"


def each_weekday(weekday: int, first: date, length: int) -> Iterator[date]:
    start = (weekday - first.weekday()) % 7
    return (first + passed * DAY for passed in range(start, length, 7))


def first_of_month(number: int) -> date:
    year, month = divmod(number, 12)
    if year > MAXYEAR:
        raise OverflowError
    return date(year, month + 1, 1)


def month_number(day: date) -> int:
    return 12 * day.year + day.month - 1


def month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def year_day(day: date) -> int:
    return (day - day.replace(month=1, day=1)).days


def first_of_week(day: date, week_start: int) -> date:
    return day - (day.weekday() - week_start) % 7 * DAY


def week_numbers(day: date, week_start: int) -> tuple[int, int]:
    """The number of the day's week, from the start and from the end of the year of its fourth day."""
    middle = first_of_week(day, week_start) + 3 * DAY
    last = first_of_week(date(middle.year, 12, 28), week_start) + 3 * DAY  # always in the last week
    number, count = year_day(middle) // 7 + 1, year_day(last) // 7 + 1
    return number, number - count - 1


def short_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def lack_in_words(first: date, length: int, nth: int) -> str:
    if length > 31:
        return f"{first.year} has only {length} days"
    month = MONTHS[first.month - 1]
    if nth == 29:
        return f"{month} has no 29th in {first.year}"
    return f"{month} has no {ordinal(nth)}" if nth > 0 else f"{month} has only {length} days"


def ordinal(number: int) -> str:
    """1st, 2nd, last, 2nd to last."""
    if number == -1:
        return "last"
    if number < 0:
        return f"{ordinal(-number)} to last"
    teen = 10 < number % 100 < 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
