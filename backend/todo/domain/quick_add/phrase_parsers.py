"""What the words of one hit mean. None, or ValueError: nothing after all."""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, time, timedelta

from dateutil.relativedelta import relativedelta

from todo.domain.quick_add.patterns import compiled, find, taking_part
from todo.domain.quick_add.values import (
    AfterCompletion,
    Before,
    Clock,
    Day,
    Ends,
    Groups,
    Here,
    Part,
    Priority,
    RemindAt,
    RemindIn,
    Repeat,
    Tag,
    Times,
    Value,
)
from todo.domain.quick_add.vocabulary import (
    ISO,
    MONTHS,
    NAMED_DAYS,
    NUMBERS,
    PERIODS,
    PRIORITIES,
    UNITS,
    WEEKDAYS,
    WEEKEND,
    WORKDAYS,
    YEARS,
)
from todo.domain.recurrence import (
    Frequency,
    Rule,
    Weekday,
    local,
    parse_rule,
)


def _number(word: str) -> int:
    """2 for "two", "2nd" and "2"."""
    found = re.match(r"[0-9]+", word)
    return int(found[0]) if found else NUMBERS[word]


def _on(groups: Groups, day: date) -> Day | Ends:
    if day.year not in YEARS:
        raise ValueError(day)
    return Ends(until=day) if groups.get("by") in ("until", "till", "through") else Day(day)


def read_named_day(groups: Groups, here: Here) -> Value:
    word = " ".join(groups["day"].split())
    found = _on(groups, here.today + timedelta(days=NAMED_DAYS[word]))
    return found._replace(part="night") if isinstance(found, Day) and word == "tonight" else found


def read_this_part(groups: Groups, here: Here) -> Value:
    return Day(here.today, part=groups["part"])


def read_weekday(groups: Groups, here: Here) -> Value:
    """Alone it comes after today; with "this" it may be today; with "next" it is next week's."""
    wanted, today = WEEKDAYS[groups["weekday"]], here.today.weekday()
    match groups.get("which"):
        case "next":
            ahead = 7 - today + wanted
        case "this":
            ahead = (wanted - today) % 7
        case _:
            ahead = (wanted - today - 1) % 7 + 1
    return _on(groups, here.today + timedelta(days=ahead))


def read_numeric_date(groups: Groups, here: Here) -> Value:
    day, month = int(groups["d"]), int(groups["m"])
    if month > 12 and "slash" in groups:
        day, month = month, day
    return _on(groups, _calendar_day(day, month, groups.get("year"), here))


def read_spelled_date(groups: Groups, here: Here) -> Value:
    month, day = _month_and_day(groups["date"])
    return _on(groups, _calendar_day(day, month, groups.get("year"), here))


def _month_and_day(words: str) -> tuple[int, int]:
    return MONTHS[find("{month}", words)[-1]], int(find(r"\d+", words)[0])


def _calendar_day(day: int, month: int, year: str | None, here: Here) -> date:
    """Without a year the next such day, today included."""
    if year:
        return date(int(year), month, day)
    date(2000, month, day)  # refuses 31 June, accepts 29 February, which can be eight years off
    years = range(here.today.year, here.today.year + 9)
    days = (date(year, month, day) for year in years if day <= monthrange(year, month)[1])
    return next(day for day in days if day >= here.today)


def read_day_of_month(groups: Groups, here: Here) -> Value | None:
    wanted, first = _number(groups["nth"]), here.today.replace(day=1)
    months = [first + relativedelta(months=ahead) for ahead in range(3)]
    days = [month.replace(day=wanted) for month in months if wanted <= _days_in(month)]
    return next((_on(groups, day) for day in days if day >= here.today), None)


def _days_in(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def read_from_now(groups: Groups, here: Here) -> Value:
    length = _length(groups)
    if length.hours or length.minutes:
        instant = here.now + length
        return Day(local(instant, here.timezone).date(), instant=instant)
    return _on(groups, here.today + length)


def _length(groups: Groups) -> relativedelta:
    if "n" not in groups:  # half an hour
        return relativedelta(minutes=30)
    return relativedelta(**{UNITS[groups["unit"]]: _number(groups["n"])})  # type: ignore[arg-type]


def read_start_of(groups: Groups, here: Here) -> Value:
    return _on(groups, _period(groups, here)[0])


def read_end_of(groups: Groups, here: Here) -> Value:
    return _on(groups, _period(groups, here)[1])


def read_weekend(groups: Groups, here: Here) -> Value:
    sunday = _period(groups, here)[1]
    return _on(groups, max(sunday - timedelta(days=1), here.today))


def _period(groups: Groups, here: Here) -> tuple[date, date]:
    """The first and the last day of this week, month or year, or of the next one."""
    ahead = int(groups.get("which") == "next")
    match groups.get("unit"):
        case "week":
            first = here.today + timedelta(weeks=ahead, days=-here.today.weekday())
            return first, first + timedelta(days=6)
        case "year":
            first = here.today.replace(month=1, day=1) + relativedelta(years=ahead)
            return first, first + relativedelta(years=1, days=-1)
        case _:
            first = here.today.replace(day=1) + relativedelta(months=ahead)
            return first, first + relativedelta(months=1, days=-1)


def read_times(groups: Groups, here: Here) -> Value | None:
    """8:00 and 20:00 fit into one rule, 8:00 and 20:30 would need two."""
    clocks = _clocks(groups["times"])
    if len({clock.minute for clock in clocks}) > 1:
        return None
    return Times(clocks, groups.get("part"))


def _clocks(words: str) -> tuple[Clock, ...]:
    return tuple(_clock(word) for word in find("{hour}", words))


def _clock(word: str) -> Clock:
    if word in ("noon", "midnight"):
        return Clock(12 if word == "noon" else 0, settled=True)
    hour, *minute = [int(number) for number in find(r"\d+", word)]
    at = time(hour, sum(minute))  # refuses 25:00
    half = re.search("[ap]", word)
    if not half:
        return Clock(at.hour, at.minute, bare=not minute)
    if not 1 <= at.hour <= 12:
        raise ValueError(word)
    return Clock(at.hour % 12 + (12 if half[0] == "p" else 0), at.minute, settled=True)


def read_part(groups: Groups, here: Here) -> Value:
    return Part(groups["part"])


def read_every_period(groups: Groups, here: Here) -> Value:
    rule = PERIODS[groups["period"].removesuffix("s")]
    count = _number(groups.get("n", "one"))
    return _repeat(groups, replace(rule, interval=rule.interval * count))


def read_every_such_day(groups: Groups, here: Here) -> Value:
    if "weekdays" in groups:
        return _repeat(groups, Rule(Frequency.WEEKLY, _number(groups.get("n", "one"))))
    return _repeat(groups, Rule(Frequency.YEARLY if "date" in groups else Frequency.MONTHLY))


def read_every_named(groups: Groups, here: Here) -> Value:
    match groups["name"].removesuffix("s"):
        case "weekend":
            return _repeat(groups, Rule(Frequency.WEEKLY, by_day=WEEKEND))
        case "weekday" | "workday":
            return _repeat(groups, Rule(Frequency.WEEKLY, by_day=WORKDAYS))
        case part:
            return _repeat(groups, Rule(Frequency.DAILY))._replace(part=part)


def _repeat(groups: Groups, rule: Rule) -> Repeat:
    """`rule` with the days its phrase chooses: "mon and thu", "last friday", "1st and 15th"."""
    if "weekdays" in groups:
        rule = replace(rule, by_day=_weekdays(groups["weekdays"]))
    if "position" in groups:
        rule = _nth_weekday(rule, _number(groups["position"]), groups["one"])
    if "monthdays" in groups:
        days = {_number(word) for word in find(r"\d+|first", groups["monthdays"])}
        rule = replace(rule, by_month_day=tuple(sorted(days)))
    if "last_day" in groups:
        rule = replace(rule, by_month_day=(-1,))
    if "in_month" in groups:
        rule = replace(rule, freq=Frequency.YEARLY, by_month=(MONTHS[groups["in_month"]],))
    if "date" in groups:
        month, day = _month_and_day(groups["date"])
        date(2000, month, day)
        rule = replace(rule, by_month=(month,), by_month_day=(day,))
    return Repeat(parse_rule(str(rule)), from_completion="bang" in groups)


def _weekdays(words: str) -> tuple[Weekday, ...]:
    days = [WEEKDAYS[word] for word in find("{weekday}", words)]
    if re.search("[-–]|to|through", words):
        days = [day % 7 for day in range(days[0], days[0] + (days[1] - days[0]) % 7 + 1)]
    return tuple(Weekday(day) for day in sorted(set(days)))


def _nth_weekday(rule: Rule, nth: int, name: str) -> Rule:
    if nth not in (-1, 1, 2, 3, 4, 5):
        raise ValueError(nth)
    if name in ("weekday", "workday"):
        return replace(rule, by_day=WORKDAYS, by_set_pos=(nth,))
    return replace(rule, by_day=(Weekday(WEEKDAYS[name], nth),))


def read_ends(groups: Groups, here: Here) -> Value:
    if "unit" in groups:
        return Ends(length=_length(groups))
    return Ends(times=_number(groups["n"]))


def read_after_completion(groups: Groups, here: Here) -> Value:
    return AfterCompletion()


def read_before(groups: Groups, here: Here) -> Value:
    lengths = compiled("{length}").finditer(groups["before"])
    return Before(tuple(_duration(taking_part(length)) for length in lengths))


def _duration(groups: Groups) -> str:
    if "n" not in groups:  # half an hour
        return "PT30M"
    return ISO[UNITS[groups["unit"]]].format(_number(groups["n"]))


def read_when_due(groups: Groups, here: Here) -> Value:
    return Before(("PT0S",))


def read_remind_at(groups: Groups, here: Here) -> Value:
    return RemindAt(_clocks(groups["times"]))


def read_remind_in(groups: Groups, here: Here) -> Value:
    return RemindIn(here.now + _length(groups))


def read_priority(groups: Groups, here: Here) -> Value:
    return Priority(PRIORITIES[groups["level"]])


def read_tag(groups: Groups, here: Here) -> Value:
    return Tag()


def read_nothing(groups: Groups, here: Here) -> None:
    return None
