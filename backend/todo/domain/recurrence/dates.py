"""The dates of a rule, counted from its anchor: checked, listed and numbered."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice

from todo.domain.recurrence.days import month_length
from todo.domain.recurrence.occurrence import Moment, Occurrence, note_of
from todo.domain.recurrence.periods import LONGEST_COUNTED_YEARS, Series, completed, with_days_of
from todo.domain.recurrence.rule import (
    CALENDAR_PERIODS,
    FIRST_YEAR,
    MOST_TIMES,
    Rule,
    refusal,
)
from todo.domain.recurrence.zones import local, to_utc, zone_named


def day_of_until(until: datetime, timezone: str) -> date:
    """The last day of an all-day series whose UNTIL is a time. Programs write midnight or the end of the day in
    UTC, or midnight in their zone.
    """
    if until.tzinfo and until.time() not in (time.min, time(23, 59, 59)):
        return local(until, timezone).date()
    return until.date()


def validate(rule: Rule, anchor: datetime, timezone: str) -> None:
    """Refuse a series that ends before it starts, or that never has a date."""
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
    """All occurrences, or those after an instant, lazily. The anchor is always the first and counts, even if
    the rule does not match it.
    """
    return _occurrences(_series(rule, anchor, timezone), after)


def matching(rule: Rule, anchor: datetime, timezone: str) -> Iterator[datetime]:
    """The instants that match the rule from the anchor on, which is one of them only if it matches."""
    return (moment.due for moment in _series(rule, anchor, timezone).named_by_rule())


def number_before(rule: Rule, anchor: datetime, timezone: str, scheduled_at: datetime) -> int:
    """How many dates of the series lie before `scheduled_at`."""
    return _dates(replace(rule, count=None), anchor, timezone).before(scheduled_at)


class _Dates:
    """A series' dates, computed once and only as far as needed: a list may show hundreds of its occurrences."""

    def __init__(self, series: Series) -> None:
        self._known: list[datetime] = []
        self._more = (
            occurrence.due for occurrence in islice(_occurrences(series, None), MOST_TIMES)
        )

    def before(self, moment: datetime) -> int:
        while not self._known or self._known[-1] < moment:
            following = next(self._more, None)
            if following is None:
                break
            self._known.append(following)
        return bisect_left(self._known, moment)


@lru_cache(maxsize=64)
def _dates(rule: Rule, anchor: datetime, timezone: str) -> _Dates:
    return _Dates(_series(rule, anchor, timezone))


def last_period(rule: Rule, anchor: datetime, timezone: str, until: datetime) -> date | None:
    """The first day of the latest period in which the rule, without its interval, has a date up to `until`.

    Periods are the rule's weeks, months or years. The anchor only tells the time of day and the days that the
    rule leaves open: the series may be older. None if the rule has no such date.
    """
    plain = replace(completed(rule, anchor), interval=1, count=None, until=None)
    # The calendar repeats after 400 years, so a rule without a date in them has none.
    start = datetime.combine(date(max(until.year - 401, 1), 1, 1), anchor.time())
    return Series(plain, start, zone_named(timezone)).last_period(until)


def may_lack_a_day(rule: Rule, anchor: datetime) -> bool:
    """Whether the rule names a day that some month or year does not have, so that its SKIP matters."""
    if rule.freq not in CALENDAR_PERIODS:
        return False
    named = with_days_of(rule, anchor)
    shortest = min(month_length(date(2023, month, 1)) for month in named.by_month or (2,))
    return any(abs(day) > shortest for day in named.by_month_day) or any(
        abs(day) > 365 for day in named.by_year_day
    )


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
