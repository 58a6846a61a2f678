"""The parsers of phrases for rules. ValueError: the phrase is not a rule after all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from todo.domain.quick_add.date_parsers import month_and_day
from todo.domain.quick_add.lengths import length_of, number_of
from todo.domain.quick_add.patterns import compiled, find
from todo.domain.quick_add.values import (
    AfterCompletion,
    Ends,
    Except,
    Groups,
    Reference,
    Repeat,
    Value,
)
from todo.domain.quick_add.vocabulary import MONTHS, PERIODS, WEEKDAYS, WEEKEND, WORKDAYS
from todo.domain.recurrence import Frequency, Rule, Weekday, parse_rule


def read_every_period(groups: Groups, ref: Reference) -> Value:
    rule = PERIODS[groups["period"].removesuffix("s")]
    count = number_of(groups.get("n", "one"))
    return _repeat(groups, replace(rule, interval=rule.interval * count))


def read_half_year(groups: Groups, ref: Reference) -> Value:
    return _repeat(groups, Rule(Frequency.MONTHLY, 6))


def read_every_such_day(groups: Groups, ref: Reference) -> Value:
    if "weekdays" in groups:
        return _repeat(groups, Rule(Frequency.WEEKLY, number_of(groups.get("n", "one"))))
    if "months" in groups:
        return _repeat(groups, Rule(Frequency.YEARLY, by_month_day=(1,)))
    freq = Frequency.YEARLY if "date" in groups else Frequency.MONTHLY
    return _repeat(groups, Rule(freq, number_of(groups.get("n", "one"))))


def read_edge_of_every(groups: Groups, ref: Reference) -> Value:
    """ "end of every month", "first of every quarter", "end of each year"."""
    last, n = "last_day" in groups, number_of(groups.get("n", "one"))
    rule = Rule(Frequency.MONTHLY, n, by_month_day=(-1 if last else 1,))
    match groups.get("period"):
        case "monthly" | "quarterly" | "months" | "quarters":
            rule = replace(rule, interval=n * PERIODS[groups["period"].removesuffix("s")].interval)
        case "quarter":
            rule = replace(rule, by_month=(3, 6, 9, 12) if last else (1, 4, 7, 10))
        case "year":
            month, day = (12, 31) if last else (1, 1)
            rule = replace(rule, freq=Frequency.YEARLY, by_month=(month,), by_month_day=(day,))
    return Repeat(parse_rule(str(rule)), from_completion="bang" in groups)


def read_every_named(groups: Groups, ref: Reference) -> Value:
    match groups["name"].removesuffix("s"):
        case "weekend":
            found = _repeat(groups, Rule(Frequency.WEEKLY, by_day=WEEKEND))
        case "weekday" | "workday" | "business day" | "working day":
            found = _repeat(groups, Rule(Frequency.WEEKLY, by_day=WORKDAYS))
        case "nightly":
            return _repeat(groups, Rule(Frequency.DAILY))._replace(part="night")
        case part:
            return _repeat(groups, Rule(Frequency.DAILY))._replace(part=part)
    return found._replace(part=groups.get("part"))


def read_every_weekday_part(groups: Groups, ref: Reference) -> Value:
    """ "every monday morning", "friday evenings"."""
    if "name" in groups:
        return read_every_named(groups, ref)
    rule = Rule(Frequency.WEEKLY, number_of(groups.get("n", "one")))
    return _repeat(groups, rule)._replace(part=groups["part"])


def _repeat(groups: Groups, rule: Rule) -> Repeat:
    """`rule` with the days its phrase names: "mon and thu", "last friday", "1st and 15th"."""
    if "weekdays" in groups:
        rule = replace(rule, by_day=_weekdays(groups["weekdays"]))
    if "position" in groups:
        rule = _nth_weekday(rule, groups["position"], groups["one"])
    if "monthdays" in groups:
        days = {number_of(word) for word in find(r"\d+|first|last", groups["monthdays"])}
        rule = replace(rule, by_month_day=tuple(sorted(days)))
    if "last_day" in groups:
        rule = replace(rule, by_month_day=(-1,))
    if "in_month" in groups:
        rule = replace(rule, freq=Frequency.YEARLY, by_month=(MONTHS[groups["in_month"]],))
    if "months" in groups:
        rule = replace(rule, by_month=_months(groups["months"]))
    if "date" in groups:
        month, day = month_and_day(groups["date"])
        date(2000, month, day)
        rule = replace(rule, by_month=(month,), by_month_day=(day,))
    return Repeat(parse_rule(str(rule)), from_completion="bang" in groups)


def _months(words: str) -> tuple[int, ...]:
    return tuple(sorted({MONTHS[word] for word in find("{long_month}", words)}))


def _weekdays(words: str) -> tuple[Weekday, ...]:
    return tuple(Weekday(day) for day in sorted(set(_each_weekday(words))))


def _each_weekday(words: str) -> Iterator[int]:
    """Lists and ranges, also mixed: "mon-wed, fri and sat"."""
    ranged = compiled("(?P<first>{weekday})s?(?:{range}(?P<last>{weekday}))?")
    for found in ranged.finditer(words):
        first = WEEKDAYS[found["first"]]
        last = WEEKDAYS[found["last"]] if found["last"] else first
        yield from (day % 7 for day in range(first, first + (last - first) % 7 + 1))


def _nth_weekday(rule: Rule, positions: str, name: str) -> Rule:
    """The first, the last, "2nd and 4th"."""
    nths = [number_of(word) for word in find("{nth_word}", positions)]
    if any(nth not in (-1, 1, 2, 3, 4, 5) for nth in nths):
        raise ValueError(positions)
    if name in WEEKDAYS:
        return replace(rule, by_day=tuple(Weekday(WEEKDAYS[name], nth) for nth in nths))
    return replace(rule, by_day=WORKDAYS, by_set_pos=tuple(nths))


def read_except(groups: Groups, ref: Reference) -> Value:
    if "months" in groups:
        return Except(months=_months(groups["months"]))
    match groups.get("name", "").removesuffix("s"):
        case "":
            return Except(_weekdays(groups["weekdays"]))
        case "weekend":
            return Except(WEEKEND)
        case _:
            return Except(WORKDAYS)


def without(rule: Rule, exception: Except) -> Rule:
    """`rule` without these days or months; ValueError if no rule says that."""
    if exception.months:
        rest = tuple(
            month for month in rule.by_month or range(1, 13) if month not in exception.months
        )
        if not rest or (rule.freq is Frequency.YEARLY and not rule.by_month):
            raise ValueError(exception)
        return replace(rule, by_month=rest)
    if any(day.nth for day in rule.by_day) or rule.by_set_pos:
        raise ValueError(exception)
    named = rule.by_day or rule.by_month_day or rule.freq in (Frequency.DAILY, Frequency.HOURLY)
    days = rule.by_day or tuple(Weekday(day) for day in range(7))
    rest_days = tuple(day for day in days if day not in exception.days)
    if not named or not rest_days or rest_days == days:
        raise ValueError(exception)
    freq = Frequency.WEEKLY if rule.freq is Frequency.DAILY and rule.interval == 1 else rule.freq
    return replace(rule, freq=freq, by_day=rest_days)


def in_months(rule: Rule, months: tuple[int, ...]) -> Rule:
    """`rule` in these months only: "every monday in december"."""
    if rule.by_month:
        raise ValueError(months)
    names_days = rule.by_day or rule.by_month_day
    if rule.freq in (Frequency.MONTHLY, Frequency.YEARLY) and not names_days:
        rule = replace(rule, by_month_day=(1,))
    return replace(rule, by_month=months)


def read_ends(groups: Groups, ref: Reference) -> Value:
    """ "for 2 hours" ends nothing but an hourly rule: elsewhere it is how long the task takes."""
    if "length" in groups:
        length = length_of(groups["length"])
        return Ends() if length.has_time else Ends(length=length.delta)
    return Ends(times=number_of(groups["n"]))


def read_after_completion(groups: Groups, ref: Reference) -> Value:
    return AfterCompletion()
