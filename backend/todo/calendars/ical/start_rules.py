"""Rules that count from the start date, as in RFC 5545, and from the due date, as in our tasks.

In RFC 5545 the start repeats, and the due date keeps its distance to it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from todo.calendars.ical.zones import Moment, read_stamp, write_stamp
from todo.domain.errors import Invalid
from todo.domain.recurrence import Frequency, Rule, Weekday

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Every month has these days.
_SAFE_DAYS = 28


def counted_from_due(rule: str, start: Moment | None, due: Moment) -> str:
    """The rule for the due date. Raises Invalid if there is none."""
    if start is None or start.local == due.local:
        return rule
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    chosen = {name for name in parts if name.startswith("BY")}
    if start.local.date() == due.local.date():
        chosen &= {"BYHOUR", "BYMINUTE", "BYSECOND"}
    if chosen:
        days = parts.get("BYDAY", "").split(",")
        # With an interval, days that move into the next week would come one interval late.
        weekly = parts.get("FREQ") == "WEEKLY" and (
            len(days) == 1 or parts.get("INTERVAL", "1") == "1"
        )
        if not (weekly and chosen == {"BYDAY"} and set(days) <= set(_WEEKDAYS)):
            raise Invalid(
                "the rule repeats the start date, and the due date is another day or time."
            )
        moved = due.local.toordinal() - start.local.toordinal()
        numbers = sorted((_WEEKDAYS.index(day) + moved) % 7 for day in days)
        parts["BYDAY"] = ",".join(_WEEKDAYS[number] for number in numbers)
    if "UNTIL" in parts:
        until, is_date, is_utc = read_stamp(parts["UNTIL"])
        parts["UNTIL"] = write_stamp(until + (due.local - start.local), is_date, is_utc)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def rule_from_start(rule: Rule, start: datetime, due: datetime) -> Rule | None:
    """The inverse of `counted_from_due`; None if no rule for the start date has the same dates."""
    days = due.toordinal() - start.toordinal()
    if start == due or rule.by_hour or rule.by_minute:
        return None
    if rule.until is not None:
        if isinstance(rule.until, datetime) or due.time() != start.time():
            return None
        rule = replace(rule, until=rule.until - timedelta(days=days))
    if days == 0:
        return rule
    if _chooses_other_than_weekdays(rule):
        return None
    if rule.by_day:
        steady = rule.freq is Frequency.WEEKLY and (len(rule.by_day) == 1 or rule.interval == 1)
        return _moved_weekdays(rule, days) if steady else None
    if rule.freq in (Frequency.MONTHLY, Frequency.YEARLY):
        same_month = (start.year, start.month) == (due.year, due.month)
        return rule if same_month and due.day <= _SAFE_DAYS else None
    return rule


def _chooses_other_than_weekdays(rule: Rule) -> bool:
    return bool(
        rule.by_month
        or rule.by_week_no
        or rule.by_year_day
        or rule.by_month_day
        or rule.by_set_pos
        or any(day.nth for day in rule.by_day)
    )


def _moved_weekdays(rule: Rule, days: int) -> Rule:
    moved = sorted((each.day - days) % 7 for each in rule.by_day)
    return replace(rule, by_day=tuple(Weekday(day) for day in moved))
