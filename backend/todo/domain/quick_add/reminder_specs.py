"""From the reminders of a text to the specs of `todo.domain.reminder`."""

from datetime import date, datetime, time, timedelta

from todo.domain.quick_add.due_dates import Plan, first_of, wall_of
from todo.domain.quick_add.values import (
    Before,
    Clock,
    Reference,
    RemindAt,
    RemindIn,
    RemindOn,
    Value,
)
from todo.domain.quick_add.vocabulary import DAY_PARTS
from todo.domain.recurrence import local, to_utc
from todo.domain.reminder import ALL_DAY_HOUR


def specs_of(value: Value, plan: Plan, ref: Reference) -> tuple[str, ...]:
    """Empty for other values, and for reminders after the due date."""
    match value:
        case Before(durations):
            return durations
        case RemindAt(clocks, days, part):
            return tuple(_at_wall(wall, days, plan, ref) for wall in _walls(clocks, part))
        case RemindOn(day, clocks, part):
            walls = _walls(clocks, part or day.part) or [time(ALL_DAY_HOUR)]
            instants = [day.instant or ref.at(day.date, wall) for wall in walls]
            if plan.rule and plan.due:
                due = _due_wall(plan.due, plan.all_day, ref)
                reminds = [local(instant, ref.timezone) for instant in instants]
                return tuple(_distance(due - wall) for wall in reminds if wall <= due)
            return tuple(_rfc3339(one) for one in instants if _in_time(one, plan, ref))
        case RemindIn(instant) if _in_time(instant, plan, ref):
            return (_rfc3339(instant),)
        case _:
            return ()


def _walls(clocks: tuple[Clock, ...], part: str | None) -> list[time]:
    if clocks:
        return [wall_of(clock, part) for clock in clocks]
    return [DAY_PARTS[part]] if part else []


def _in_time(instant: datetime, plan: Plan, ref: Reference) -> bool:
    if plan.due is None:
        return True
    if not plan.all_day:
        return instant <= plan.due
    return instant <= ref.at(local(plan.due, ref.timezone).date() + timedelta(days=1))


def _due_wall(due: datetime, all_day: bool, ref: Reference) -> datetime:
    wall = local(due, ref.timezone)
    return wall.replace(hour=ALL_DAY_HOUR, minute=0) if all_day else wall


def _at_wall(wall: time, days: int | None, plan: Plan, ref: Reference) -> str:
    """Some days before it is due; without a number on the day, or the evening before if that is too late.

    As a distance where it must repeat, or move with a day that has no time; else as an instant. The distance of a
    repeating day after nine is negative ("-PT9H").
    """
    if plan.due is None:
        return _rfc3339(_first_at(wall, plan.start, ref))
    due = _due_wall(plan.due, plan.all_day, ref)
    remind = datetime.combine(due.date() - timedelta(days=days or 0), wall)
    if remind > due and not plan.all_day:
        remind -= timedelta(days=1)
    if plan.rule or (plan.all_day and remind <= due):
        return _distance(due - remind)
    return _rfc3339(to_utc(remind, ref.timezone))


def _first_at(wall: time, start: datetime | date | None, ref: Reference) -> datetime:
    """The next such time, not before the day on which the task starts."""
    if start is None:
        return first_of(None, [wall], None, ref)
    day = local(start, ref.timezone).date() if isinstance(start, datetime) else start
    if day <= ref.today:
        return first_of(None, [wall], None, ref)
    return ref.at(day, wall)


def _distance(before: timedelta) -> str:
    minutes = abs(before) // timedelta(minutes=1)
    sign = "-" if before < timedelta() else ""
    length = f"PT{minutes}M" if minutes % 60 else f"PT{minutes // 60}H" if minutes else "PT0S"
    return sign + length


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
