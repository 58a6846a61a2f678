"""A series, period by period (a year, month, week or day). Periods are found by arithmetic."""

from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby, islice, product, takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from todo.domain.recurrence.days import (
    DAY,
    Day,
    each_weekday,
    first_of_month,
    first_of_week,
    landing,
    month_length,
    month_number,
    week_numbers,
    year_day,
)
from todo.domain.recurrence.occurrence import Moment, hold, release
from todo.domain.recurrence.rule import CALENDAR_PERIODS, Frequency, Rule, Weekday
from todo.domain.recurrence.zones import FOREVER, LAST_DAY, end_of_day, instant_of, offset_at

LONGEST_COUNTED_YEARS: Final = 100
# A day for SKIP, a day for the longest gap (Apia had no 30 December 2011), and a day of margin.
_REACH: Final = 3 * DAY
_LAST_WALL: Final = datetime.combine(LAST_DAY, time.max)
_LAST_MONTH: Final = datetime(9999, 12, 1, tzinfo=UTC)
# A rule that is never due is detected by this many empty periods in a row. For years and months that is
# proof, because the calendar repeats after 400 years. For the others it is an estimate: the rarest sensible
# rule (daily, on Monday 29 February) has 1,120 empty periods.
_MOST_EMPTY_PERIODS: Final[Mapping[Frequency, int]] = {
    Frequency.YEARLY: 400,
    Frequency.MONTHLY: 4_800,
    Frequency.WEEKLY: 2_500,
    Frequency.DAILY: 2_500,
    Frequency.HOURLY: 2_500,
}
_Wall = tuple[datetime, str | None]
_Layout = tuple[list[int], bool]


def completed(rule: Rule, anchor: datetime) -> Rule:
    """The rule with its missing day, hour and minute taken from the anchor."""
    taken: dict[str, Any] = {}
    if not rule.by_minute:
        taken["by_minute"] = (anchor.minute,)
    if not rule.by_hour and rule.freq is not Frequency.HOURLY:
        taken["by_hour"] = (anchor.hour,)
    return replace(with_days_of(rule, anchor), **taken)


def with_days_of(rule: Rule, anchor: datetime) -> Rule:
    """The rule with its missing days taken from the anchor."""
    taken: dict[str, Any] = {}
    if not (rule.by_day or rule.by_month_day or rule.by_year_day):
        if rule.freq is Frequency.WEEKLY or rule.by_week_no:
            taken["by_day"] = (Weekday(anchor.weekday()),)
        elif rule.freq in CALENDAR_PERIODS:
            taken["by_month_day"] = (anchor.day,)
            if rule.freq is Frequency.YEARLY and not rule.by_month:
                taken["by_month"] = (anchor.month,)
    return replace(rule, **taken)


@dataclass(frozen=True)
class Series:
    rule: Rule
    anchor: datetime
    zone: ZoneInfo

    def moments(self, after: datetime | None) -> Iterator[Moment]:
        """The last moment up to `after`, if any, and all later ones: in order, each once."""
        index = 0 if after is None else self._index_before(min(after, _LAST_MONTH))
        return takewhile(lambda moment: moment.due <= self.last, self._from(index))

    def last_period(self, until: datetime) -> date | None:
        """The first day of the latest period that has a date at or before `until`; None if none has."""
        index = self._index_of(until.astimezone(self.zone).date() + _REACH)
        for _ in range(_MOST_EMPTY_PERIODS[self.rule.freq]):
            first = self._first_day(index)
            if any(self._moment(wall, note).due <= until for wall, note in self._walls(first)):
                return first
            index -= 1
        return None

    def named_by_rule(self) -> Iterator[Moment]:
        """The moments that match the rule, excluding the anchor unless it matches, without an end."""
        return self._in_order(0, {})

    @cached_property
    def until(self) -> datetime:
        until = self.rule.until
        if until is None or until.year == MAXYEAR:
            return FOREVER
        if not isinstance(until, datetime):
            return end_of_day(until, self.zone)
        return until if until.tzinfo else instant_of(until, self.zone)

    @cached_property
    def last(self) -> datetime:
        if self.rule.count is None:
            return self.until
        near = takewhile(lambda moment: moment.due < self.horizon, self._from(0))
        last = next(islice(near, self.rule.count - 1, None), None)
        return last.due if last else self.horizon

    @property
    def horizon(self) -> datetime:
        """The last year in which occurrences are counted, since counting visits each one."""
        year = min(self.anchor.year + LONGEST_COUNTED_YEARS, MAXYEAR)
        return datetime(year, 12, 31, tzinfo=UTC)

    def _from(self, index: int) -> Iterator[Moment]:
        anchor = self._moment(self.anchor, None)
        return self._in_order(index, {anchor.due: anchor} if index == 0 else {})

    def _in_order(self, index: int, held: dict[datetime, Moment]) -> Iterator[Moment]:
        """Sort the moments: gaps and SKIP may move one past others, so each is held until none can be earlier."""
        empty = 0
        # Only SKIP moves a moment back: to the day before its month or year.
        moved_back = DAY if self.rule.freq in CALENDAR_PERIODS else timedelta(0)
        with suppress(OverflowError):  # the calendar ends
            while empty < _MOST_EMPTY_PERIODS[self.rule.freq]:
                first = self._first_day(index)
                yield from release(held, before=first - moved_back)
                empty += 1
                # Day by day: a year may have 366 × 24 moments, and mostly one of them is wanted.
                for day, walls in groupby(self._walls(first), key=_day_of_wall):
                    empty = 0
                    yield from release(held, before=day - moved_back)
                    for wall, note in walls:
                        hold(held, self._moment(wall, note))
                index = max(index + 1, self._index_of(self._next_possible(first)))
        yield from release(held, before=date.max)

    def _moment(self, wanted: datetime, note: str | None) -> Moment:
        offset = offset_at(wanted, self.zone)
        gap = offset_at(wanted.replace(fold=1), self.zone) - offset
        shown = wanted + gap if gap > timedelta(0) else wanted
        return Moment((wanted - offset).replace(tzinfo=UTC), shown, wanted, note)

    # Periods, numbered from the anchor's

    def _first_day(self, index: int) -> date:
        step = index * self.rule.interval
        match self.rule.freq:
            case Frequency.YEARLY:
                return first_of_month(12 * (self.anchor.year + step))
            case Frequency.MONTHLY:
                return first_of_month(month_number(self.anchor) + step)
            case Frequency.WEEKLY:
                return first_of_week(self.anchor.date(), self.rule.week_start) + 7 * step * DAY
            case Frequency.DAILY:
                return self.anchor.date() + step * DAY
            case Frequency.HOURLY:  # each day is a period; hours are counted from the anchor
                return self.anchor.date() + index * DAY

    def _index_of(self, day: date) -> int:
        """The last period that starts at or before the day."""
        start, interval = self.anchor.date(), self.rule.interval
        match self.rule.freq:
            case Frequency.YEARLY:
                return (day.year - start.year) // interval
            case Frequency.MONTHLY:
                return (month_number(day) - month_number(start)) // interval
            case Frequency.WEEKLY:
                start = first_of_week(start, self.rule.week_start)
                return (day - start).days // 7 // interval
            case Frequency.DAILY:
                return (day - start).days // interval
            case Frequency.HOURLY:
                return (day - start).days

    def _index_before(self, after: datetime) -> int:
        """The index of a period early enough to find every moment around `after`."""
        well_before = after.astimezone(self.zone).date() - _REACH
        index = max(0, self._index_of(well_before))
        while index > 0 and not self._begins_by(well_before, index):
            index -= 1
        return index

    def _begins_by(self, day: date, index: int) -> bool:
        earliest = next(self._walls(self._first_day(index)), None)
        return earliest is not None and earliest[0].date() <= day

    def _next_possible(self, first: date) -> date:
        """The next day that can match. Months outside BYMONTH, days outside BYMONTHDAY or BYDAY and days without
        an hour are skipped.
        """
        months = self._chosen_months
        if self.rule.freq in CALENDAR_PERIODS:
            return first
        if first.month not in months:
            later = next((month for month in months if month > first.month), months[0] + 12)
            return first_of_month(12 * first.year + later - 1)
        if self.rule.freq is Frequency.WEEKLY:
            return first
        possible = self._next_month_day(first) if self.rule.by_month_day else first + DAY
        if self._chosen_weekdays:
            possible += min((w - possible.weekday()) % 7 for w in self._chosen_weekdays) * DAY
        if self.rule.freq is Frequency.HOURLY:
            wait = -self._hours_passed(first + DAY) % self.rule.interval
            possible = max(possible, first + (1 + wait // 24) * DAY)
        return possible

    def _next_month_day(self, day: date) -> date:
        """The next day in BYMONTHDAY after `day`, or the first of the next month."""
        length = month_length(day)
        chosen = (nth if nth > 0 else length + 1 + nth for nth in self.rule.by_month_day)
        later = min((nth for nth in chosen if day.day < nth <= length), default=None)
        return day.replace(day=later) if later else first_of_month(month_number(day) + 1)

    def _hours_passed(self, midnight: date) -> int:
        return 24 * (midnight - self.anchor.date()).days - self.anchor.hour

    # Days of a period, and times of a day

    def _walls(self, first: date) -> Iterator[_Wall]:
        """The wall times that match the rule in the period, in order, each with the note of its day."""
        offsets, noted = self._layout(first)
        notes: Mapping[date, str | None] | None = None if noted else {}
        for offset, at in self._chosen_times(first, offsets):
            day = first + offset * DAY
            wall = datetime.combine(day, at)
            if self.anchor <= wall <= _LAST_WALL:
                if notes is None:
                    notes = self._days(first)
                yield wall, notes.get(day)

    def _chosen_times(self, first: date, offsets: Sequence[int]) -> Iterator[tuple[int, time]]:
        """The days of the period (counted from its first) and times; with BYSETPOS, those at its positions."""
        if not self.rule.by_set_pos:
            for offset in offsets:
                yield from ((offset, at) for at in self._times(first + offset * DAY))
            return
        count = len(offsets) * len(self._clock)
        places = {place - 1 if place > 0 else count + place for place in self.rule.by_set_pos}
        for place in sorted(places):
            if 0 <= place < count:
                day, at = divmod(place, len(self._clock))
                yield offsets[day], self._clock[at]

    def _layout(self, first: date) -> _Layout:
        """The days of the period that match, counted from its first, and whether SKIP has moved one.

        Years that begin on the same weekday are alike, and so are months: the layouts of 400 years are few.
        """
        leap = isleap(first.year)
        kind: tuple[int, ...]
        match self.rule.freq:
            case Frequency.YEARLY:  # a week may belong to the year before or after
                kind = (first.weekday(), leap, isleap(first.year - 1), isleap(first.year + 1))
            case Frequency.MONTHLY:
                kind = (first.weekday(), leap, first.month)
            case _:
                return self._new_layout(first)
        if kind not in self._layouts:
            self._layouts[kind] = self._new_layout(first)
        return self._layouts[kind]

    def _new_layout(self, first: date) -> _Layout:
        days = self._days(first)
        return [(day - first).days for day in sorted(days)], any(days.values())

    @cached_property
    def _layouts(self) -> dict[tuple[int, ...], _Layout]:
        return {}

    def _times(self, day: date) -> list[time]:
        if self.rule.freq is not Frequency.HOURLY:
            return self._clock
        passed = self._hours_passed(day)
        return [at for at in self._clock if (passed + at.hour) % self.rule.interval == 0]

    @cached_property
    def _clock(self) -> list[time]:
        at = self.anchor.time()
        pairs = product(self.rule.by_hour or range(24), self.rule.by_minute)
        return [at.replace(hour=hour, minute=minute) for hour, minute in pairs]

    def _days(self, first: date) -> dict[date, str | None]:
        days: dict[date, str | None] = {}
        for day, note in self._candidates(first):
            if self._is_chosen_week(day) and self._is_chosen_weekday(day):
                days[day] = note and days.get(
                    day, note
                )  # a day that also matches without SKIP has no note
        return days

    def _candidates(self, first: date) -> Iterator[Day]:
        rule = self.rule
        if rule.freq not in CALENDAR_PERIODS:
            length = 7 if rule.freq is Frequency.WEEKLY else 1
            days = (first + passed * DAY for passed in range(length))
            yield from ((day, None) for day in days if self._is_in_limits(day))
        elif rule.by_year_day:
            length = 365 + isleap(first.year)
            for nth in rule.by_year_day:
                landed = landing(first, length, nth, rule.skip)
                yield from (day for day in landed if day[0].month in self._chosen_months)
        else:
            for month in self._months(first):
                length = month_length(month)
                for nth in rule.by_month_day:
                    yield from landing(month, length, nth, rule.skip)
                if not rule.by_month_day:
                    for weekday in self._chosen_weekdays:
                        yield from ((day, None) for day in each_weekday(weekday, month, length))

    @cached_property
    def _chosen_months(self) -> Sequence[int]:
        return self.rule.by_month or range(1, 13)

    def _months(self, first: date) -> list[date]:
        if self.rule.freq is Frequency.MONTHLY:
            return [first] if first.month in self._chosen_months else []
        return [first.replace(month=month) for month in self._chosen_months]

    def _is_in_limits(self, day: date) -> bool:
        """In weeks and days BYMONTHDAY only filters, so SKIP does not apply."""
        days = self.rule.by_month_day
        return day.month in self._chosen_months and (
            not days or day.day in days or day.day - month_length(day) - 1 in days
        )

    def _is_chosen_week(self, day: date) -> bool:
        if not self.rule.by_week_no:
            return True
        number, from_end = week_numbers(day, self.rule.week_start)
        return number in self.rule.by_week_no or from_end in self.rule.by_week_no

    def _is_chosen_weekday(self, day: date) -> bool:
        if not self.rule.by_day:
            return True
        numbers = self._chosen_weekdays.get(day.weekday(), ())
        return 0 in numbers or any(number in numbers for number in self._weekday_numbers(day))

    @cached_property
    def _chosen_weekdays(self) -> Mapping[int, set[int]]:
        chosen: dict[int, set[int]] = {}
        for day, nth in self.rule.by_day:
            chosen.setdefault(day, set()).add(nth)
        return chosen

    def _weekday_numbers(self, day: date) -> tuple[int, int]:
        """The position of the weekday in its month (in its year if the rule has no months): 1 and -5 for the
        first of five.
        """
        if self.rule.freq is Frequency.YEARLY and not self.rule.by_month:
            passed, left = year_day(day), 364 + isleap(day.year) - year_day(day)
        else:
            passed, left = day.day - 1, month_length(day) - day.day
        return passed // 7 + 1, -(left // 7) - 1


def _day_of_wall(wall: _Wall) -> date:
    return wall[0].date()
