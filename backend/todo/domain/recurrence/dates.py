"""What may be asked of a series. The preview, the next occurrence and the history ask the same pipeline."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import islice, takewhile
from typing import Final

from todo.domain.recurrence.days import month_length
from todo.domain.recurrence.occurrence import Moment, Occurrence, note_of
from todo.domain.recurrence.periods import LONGEST_COUNTED_YEARS, Series, completed, with_days_of
from todo.domain.recurrence.rule import (
    CALENDAR_PERIODS,
    FIRST_YEAR,
    MOST_TIMES,
    Frequency,
    RecurrenceMode,
    Rule,
    refusal,
)
from todo.domain.recurrence.zones import end_of_day, local, to_utc, zone_named

MOST_MISSED: Final = 1_000


def validate(rule: Rule, anchor: datetime, timezone: str) -> None:
    """Refuse a series that ends before it starts, or whose rule never comes due."""
    if anchor.year < FIRST_YEAR:
        raise refusal(f"A series starts in the year {FIRST_YEAR} or later.")
    series = _series(rule, anchor, timezone)
    if series.until < to_utc(anchor, timezone):
        raise refusal("The rule ends (UNTIL) before the task's first date.")
    first = next(series.named_by_rule(), None)
    if first is None:
        raise refusal("This rule never comes due: no year has such a day.")
    if first.due > series.until:
        raise refusal("The rule ends (UNTIL) before it comes due for the first time.")
    if rule.count is not None and series.last == series.horizon:
        years = LONGEST_COUNTED_YEARS
        raise refusal(f"COUNT reaches more than {years} years ahead; end the rule with UNTIL.")


def occurrences(
    rule: Rule, anchor: datetime, timezone: str, after: datetime | None = None
) -> Iterator[Occurrence]:
    """All of them, or those after an instant, lazily. The anchor is the first and counts, even if the rule does
    not name it.
    """
    return _occurrences(_series(rule, anchor, timezone), after)


def successor(
    rule: Rule,
    anchor: datetime,
    timezone: str,
    *,
    slot: datetime,
    mode: RecurrenceMode,
    completed_at: datetime,
    occurrence: int | None = None,
) -> Occurrence | None:
    """The occurrence that follows the one at `slot`; None when the series has ended.

    `occurrence` is the number of the completed one. Only from_completion with a COUNT needs it:
    dates that follow completions do not tell how many have passed.
    """
    match mode:
        case RecurrenceMode.FROM_DUE:
            after = slot
        case RecurrenceMode.SKIP_MISSED:
            after = max(slot, completed_at)
        case RecurrenceMode.FROM_COMPLETION:
            if rule.count is not None and occurrence is not None and occurrence >= rule.count:
                return None
            rule = replace(rule, count=None)
            anchor, after = _restart(rule, anchor, timezone, completed_at)
    return next(_occurrences(_series(rule, anchor, timezone), after), None)


def number_before(rule: Rule, anchor: datetime, timezone: str, slot: datetime) -> int:
    """How many dates of the series lie before `slot`."""
    return _dates(replace(rule, count=None), anchor, timezone).before(slot)


class _Dates:
    """A series' dates as far as anybody has asked: a list may show hundreds of its occurrences."""

    def __init__(self, series: Series) -> None:
        self._known: list[datetime] = []
        self._more = (
            occurrence.due for occurrence in islice(_occurrences(series, None), MOST_TIMES)
        )

    def before(self, slot: datetime) -> int:
        while not self._known or self._known[-1] < slot:
            following = next(self._more, None)
            if following is None:
                break
            self._known.append(following)
        return bisect_left(self._known, slot)


@lru_cache(maxsize=64)
def _dates(rule: Rule, anchor: datetime, timezone: str) -> _Dates:
    return _Dates(_series(rule, anchor, timezone))


def missed_between(
    rule: Rule, anchor: datetime, timezone: str, *, slot: datetime, upto: datetime
) -> list[Occurrence]:
    """What skip_missed passes over: after `slot`, up to and with `upto`, the first 1,000 of them."""
    later = _occurrences(_series(rule, anchor, timezone), after=slot)
    return list(islice(takewhile(lambda missed: missed.due <= upto, later), MOST_MISSED))


def may_lack_a_day(rule: Rule, anchor: datetime) -> bool:
    """Whether the rule names a day that some month or year does not have, so that its SKIP matters."""
    if rule.freq not in CALENDAR_PERIODS:
        return False
    named = with_days_of(rule, anchor)
    shortest = min(month_length(date(2023, month, 1)) for month in named.by_month or (2,))
    return any(abs(day) > shortest for day in named.by_month_day) or any(
        abs(day) > 365 for day in named.by_year_day
    )


def _restart(
    rule: Rule, anchor: datetime, timezone: str, completed_at: datetime
) -> tuple[datetime, datetime]:
    """The anchor a completion sets, and the instant the next occurrence lies after."""
    done = local(completed_at, timezone)
    if rule.freq is Frequency.HOURLY:
        return done.replace(second=0, microsecond=0), completed_at
    return datetime.combine(done, anchor.time()), end_of_day(done.date(), zone_named(timezone))


def _occurrences(series: Series, after: datetime | None) -> Iterator[Occurrence]:
    previous: Moment | None = None
    for moment in series.moments(after):
        if after is None or moment.due > after:
            yield Occurrence(moment.due, note_of(moment, previous, series.zone))
        previous = moment


@lru_cache(maxsize=4096)
def _series(rule: Rule, anchor: datetime, timezone: str) -> Series:
    anchor = anchor.replace(fold=0)
    return Series(completed(rule, anchor), anchor, zone_named(timezone))
