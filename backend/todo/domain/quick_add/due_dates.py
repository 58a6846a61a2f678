"""From the chosen phrases to the due date and the rule."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from todo.domain.errors import Invalid
from todo.domain.quick_add.chains import last_of
from todo.domain.quick_add.matches import Found
from todo.domain.quick_add.rule_parsers import in_months, without
from todo.domain.quick_add.values import (
    Clock,
    Day,
    EndOfDay,
    Ends,
    Except,
    Month,
    Part,
    Reference,
    Repeat,
    Start,
    Times,
)
from todo.domain.quick_add.vocabulary import DAY_PARTS
from todo.domain.recurrence import Frequency, Rule, local, occurrences, parse_rule, validate

_END_OF_NIGHT = 5


class Plan(NamedTuple):
    due: datetime | None
    all_day: bool
    rule: Rule | None
    start: datetime | date | None = None


def plan_of(chosen: list[Found], ref: Reference) -> Plan:
    """ValueError or Invalid: no rule says all of it together, or it starts after it is due."""
    plan = _due_plan(chosen, ref)
    start = last_of(chosen, Start)
    if start is None:
        return plan
    times = start.times
    walls = _walls(times if isinstance(times, Times) else None, times and times.part)
    if len(walls) > 1 or (walls and plan.due and plan.all_day):
        raise ValueError(start)
    begins = ref.at(start.date, walls[0] if walls else time.min)
    if plan.due and begins > plan.due:
        raise ValueError(start)
    return plan._replace(start=begins if walls else start.date)


def _due_plan(chosen: list[Found], ref: Reference) -> Plan:
    repeat = last_of(chosen, Repeat)
    day, part = _day(chosen, ref), part_of(chosen)
    walls = _walls(last_of(chosen, Times), part)
    rule = _limited(repeat.rule, chosen) if repeat else None
    if rule and len(walls) > 1:
        hours = tuple(wall.hour for wall in walls)
        rule = replace(rule, by_hour=hours, by_minute=(walls[0].minute,))
    if day and day.instant:
        return Plan(day.instant, False, rule)
    if rule and rule.freq is Frequency.HOURLY and not walls:
        return _bounded(
            Plan(ref.at(day.date) if day else _full_hour(ref), False, rule), chosen, ref
        )
    if day and not rule and part == "night" and walls[0].hour < _END_OF_NIGHT:
        day = day._replace(date=day.date + timedelta(days=1))  # "tonight at 1" is after midnight
    due = first_of(rule, walls, day, ref) if rule or day or walls else None
    return _bounded(Plan(due, due is not None and not walls, rule), chosen, ref)


def _day(chosen: list[Found], ref: Reference) -> Day | None:
    if day := last_of(chosen, Day):
        return day
    repeats = last_of(chosen, Repeat)
    if repeats:
        return None
    if month := last_of(chosen, Month):
        return Day(month.first)
    return Day(ref.today) if last_of(chosen, EndOfDay) is not None else None


def _limited(rule: Rule, chosen: list[Found]) -> Rule:
    """With the months it is limited to and without its exceptions."""
    if month := last_of(chosen, Month):
        rule = in_months(rule, month.months)
    if exception := last_of(chosen, Except):
        rule = without(rule, exception)
    return parse_rule(str(rule))


def part_of(chosen: list[Found]) -> str | None:
    parts = [getattr(last_of(chosen, kind), "part", None) for kind in (Times, Part, Day, Repeat)]
    return next(filter(None, parts), None)


def _walls(times: Times | None, part: str | None) -> list[time]:
    """The times of the day, in order: as typed, or the one of "evening" and the like."""
    if times:
        return sorted({wall_of(clock, part) for clock in times.clocks})
    return [DAY_PARTS[part]] if part else []


def wall_of(clock: Clock, part: str | None) -> time:
    hour = clock.hour
    match part:
        case _ if clock.settled:
            pass
        case None if clock.bare and 1 <= hour <= 5:  # "at 3" is not at night
            hour += 12
        case "afternoon" | "evening" if hour < 12:
            hour += 12
        case "night" if 5 <= hour < 12:
            hour += 12
        case "morning" | "night" if hour == 12:
            hour = 0
    return time(hour, clock.minute)


def first_of(rule: Rule | None, walls: list[time], day: Day | None, ref: Reference) -> datetime:
    """The first day and time of the rule, not before the given day or, without one, now."""
    start, wall = day.date if day else ref.today, walls[0] if walls else time.min
    if day and day.date == ref.today and walls == [time(0)]:
        start += timedelta(days=1)  # midnight today is the one to come
    if day and not rule:
        return ref.at(start, wall)
    # The interval counts from the first date, so it plays no part in finding that date.
    probe = (
        replace(rule, interval=1)
        if rule and (rule.by_day or rule.by_month_day)
        else Rule(Frequency.DAILY)
    )
    if rule:
        probe = replace(
            probe, by_month=rule.by_month, by_hour=rule.by_hour, by_minute=rule.by_minute
        )
    # A day early, because the anchor of a series is an occurrence even if the rule does not name it.
    anchor = datetime.combine(start - timedelta(days=1), wall)
    floor = ref.now if walls and not day else ref.at(start)
    return next(one.due for one in occurrences(probe, anchor, ref.timezone) if one.due >= floor)


def _full_hour(ref: Reference) -> datetime:
    return ref.now.replace(minute=0, second=0) + timedelta(hours=1)


def _bounded(plan: Plan, chosen: list[Found], ref: Reference) -> Plan:
    """The plan with its end. Invalid if no date comes before the end."""
    ends = last_of(chosen, Ends)
    if not (ends and plan.rule and plan.due):
        return plan
    anchor, until = local(plan.due, ref.timezone), ends.until
    if ends.length:
        until = anchor.date() + ends.length - timedelta(days=1)
    rule = parse_rule(str(replace(plan.rule, count=ends.times, until=until)))
    validate(rule, anchor, ref.timezone)
    if until and until < anchor.date():
        raise Invalid("The end comes before the first date.", "recurrence")
    return plan._replace(rule=rule)
