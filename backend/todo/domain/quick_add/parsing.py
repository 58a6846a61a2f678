"""From the chosen hits to a task: due date, rule and reminders."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from todo.domain.errors import Invalid
from todo.domain.quick_add.matches import Chosen, choose, last_of, with_support
from todo.domain.quick_add.titles import tags_of, title_of
from todo.domain.quick_add.values import (
    Before,
    Clock,
    Day,
    Ends,
    Here,
    Part,
    Priority,
    QuickAdd,
    RemindAt,
    RemindIn,
    Repeat,
    Span,
    Times,
    Value,
)
from todo.domain.quick_add.vocabulary import DAY_PARTS, SHORTHANDS
from todo.domain.recurrence import (
    Frequency,
    RecurrenceMode,
    Rule,
    local,
    occurrences,
    parse_rule,
    to_utc,
    validate,
)
from todo.domain.reminder import ALL_DAY_HOUR, MAX_REMINDERS


def parse(text: str, *, now: datetime, timezone: str) -> QuickAdd:
    """Read `text` as typed at `now` (aware) by somebody in `timezone` (IANA)."""
    here = Here(now.astimezone(UTC).replace(microsecond=0), timezone)
    return _assemble(text, with_support(choose(text, here)), here)


class _Plan(NamedTuple):
    due: datetime | None
    all_day: bool
    rule: Rule | None
    ends: bool = False


def _assemble(text: str, chosen: list[Chosen], here: Here) -> QuickAdd:
    plan = _bounded(_plan(chosen, here), last_of(chosen, Ends), here)
    kept = [one for one in chosen if _fits(one.value, plan, here)]
    priority = last_of(kept, Priority)
    from_completion = any(getattr(one.value, "from_completion", False) for one in kept)
    rule = str(plan.rule) if plan.rule else None
    spans = tuple(Span(one.start, one.end, one.kind) for one in kept)
    return QuickAdd(
        title=title_of(text, spans),
        due_date=plan.due,
        all_day=plan.all_day,
        timezone=here.timezone,
        recurrence=SHORTHANDS.get(rule, rule) if rule else None,
        recurrence_mode=(
            RecurrenceMode.FROM_COMPLETION if from_completion else RecurrenceMode.FROM_DUE
        ),
        reminders=_reminders(kept, plan, here),
        priority=priority.level if priority else 0,
        tags=tags_of(text, spans),
        spans=spans,
    )


def _plan(chosen: list[Chosen], here: Here) -> _Plan:
    day, repeat, walls = last_of(chosen, Day), last_of(chosen, Repeat), _walls(chosen)
    rule = repeat.rule if repeat else None
    if rule and len(walls) > 1:
        hours = tuple(wall.hour for wall in walls)
        rule = replace(rule, by_hour=hours, by_minute=(walls[0].minute,))
    if day and day.instant:
        return _Plan(day.instant, False, rule)
    if rule and rule.freq is Frequency.HOURLY and not walls:
        return _Plan(here.at(day.date) if day else _full_hour(here), False, rule)
    due = _first(rule, walls, day, here) if rule or day or walls else None
    return _Plan(due, due is not None and not walls, rule)


def _walls(chosen: list[Chosen]) -> list[time]:
    """The times of the day, in order: as typed, or those of "evening" and its like."""
    times = last_of(chosen, Times)
    parts = [getattr(last_of(chosen, kind), "part", None) for kind in (Times, Part, Day, Repeat)]
    part = next(filter(None, parts), None)
    if times:
        return sorted({_wall(clock, part) for clock in times.clocks})
    return [DAY_PARTS[part]] if part else []


def _wall(clock: Clock, part: str | None) -> time:
    hour = clock.hour
    match part:
        case _ if clock.settled:
            pass
        case None if clock.bare and 1 <= hour <= 5:  # nobody means "at 3" in the night
            hour += 12
        case "afternoon" | "evening" if hour < 12:
            hour += 12
        case "night" if 5 <= hour < 12:
            hour += 12
        case "morning" | "night" if hour == 12:
            hour = 0
    return time(hour, clock.minute)


def _first(rule: Rule | None, walls: list[time], day: Day | None, here: Here) -> datetime:
    """The first day and time that the rule names, not before the given day or, without, now."""
    start, wall = day.date if day else here.today, walls[0] if walls else time.min
    if day and day.date == here.today and walls == [time(0)]:
        start += timedelta(days=1)  # midnight today is the one to come
    if day and not rule:
        return here.at(start, wall)
    # Where the interval starts is for this first date to say, so it plays no part in finding it.
    probe = replace(rule, interval=1) if rule and _names_days(rule) else Rule(Frequency.DAILY)
    if rule:
        probe = replace(probe, by_hour=rule.by_hour, by_minute=rule.by_minute)
    # Anchored a day early: a series' anchor is an occurrence even where the rule does not name it.
    anchor = datetime.combine(start - timedelta(days=1), wall)
    floor = here.now if walls and not day else here.at(start)
    return next(one.due for one in occurrences(probe, anchor, here.timezone) if one.due >= floor)


def _names_days(rule: Rule) -> bool:
    return bool(rule.by_day or rule.by_month_day or rule.by_month)


def _full_hour(here: Here) -> datetime:
    return here.now.replace(minute=0, second=0) + timedelta(hours=1)


def _bounded(plan: _Plan, ends: Ends | None, here: Here) -> _Plan:
    """`plan` with its end, unless there would be nothing before it."""
    if not (ends and plan.rule and plan.due):
        return plan
    anchor, until = local(plan.due, here.timezone), ends.until
    if ends.length:
        until = anchor.date() + ends.length - timedelta(days=1)
    try:
        rule = parse_rule(str(replace(plan.rule, count=ends.times, until=until)))
        validate(rule, anchor, here.timezone)
    except (OverflowError, ValueError, Invalid):
        return plan
    return plan._replace(rule=rule, ends=True)


def _fits(value: Value, plan: _Plan, here: Here) -> bool:
    match value:
        case Ends():
            return plan.ends
        case Before() | RemindAt() | RemindIn():
            return bool(_specs(value, plan, here))
        case _:
            return True


def _reminders(chosen: list[Chosen], plan: _Plan, here: Here) -> tuple[str, ...]:
    specs = (spec for one in chosen for spec in _specs(one.value, plan, here))
    return tuple(dict.fromkeys(specs))[:MAX_REMINDERS]


def _specs(value: Value, plan: _Plan, here: Here) -> tuple[str, ...]:
    match value:
        case Before(durations):
            return durations
        case RemindAt(clocks):
            return tuple(_remind_at_wall(_wall(clock, None), plan, here) for clock in clocks)
        case RemindIn(instant) if plan.due is None or instant <= _latest(plan.due, plan, here):
            return (_rfc3339(instant),)
        case _:
            return ()


def _latest(due: datetime, plan: _Plan, here: Here) -> datetime:
    if not plan.all_day:
        return due
    return here.at(local(due, here.timezone).date() + timedelta(days=1))


def _remind_at_wall(wall: time, plan: _Plan, here: Here) -> str:
    """On the day it is due, or the evening before if that would be too late.

    As a distance where it must repeat, or move with a day that has no time; else as an instant.
    """
    if plan.due is None:
        return _rfc3339(_first(None, [wall], None, here))
    due = local(plan.due, here.timezone)
    if plan.all_day:
        due = due.replace(hour=ALL_DAY_HOUR, minute=0)
    remind = datetime.combine(due.date(), wall)
    if remind > due and not plan.all_day:
        remind -= timedelta(days=1)
    minutes = (due - remind) // timedelta(minutes=1)
    if (plan.rule or plan.all_day) and minutes >= 0:
        return f"PT{minutes}M" if minutes % 60 else f"PT{minutes // 60}H" if minutes else "PT0S"
    return _rfc3339(to_utc(remind, here.timezone))


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
