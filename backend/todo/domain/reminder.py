"""When a task's reminders fall due.

A reminder is an ISO 8601 duration before the due date ("P1D", "PT1H30M", "PT0S") or an absolute RFC 3339 instant.
Days are wall-clock days of the task's zone ("one day before 9:00" is 9:00), smaller units are elapsed time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from todo.domain.errors import Invalid
from todo.domain.recurrence import local, to_utc

MAX_REMINDERS = 50
LATE_AFTER = timedelta(seconds=60)
DIGEST_FROM = 10
# What a line of a digest may take of an event: brokers refuse more than a megabyte.
DIGEST_LINE = 200
# A day without a time begins at midnight, when nobody wants to hear of it: its reminders count from nine.
ALL_DAY_HOUR = 9

_DURATION = re.compile(
    r"P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1970, 9001)


@dataclass(frozen=True, slots=True)
class Before:
    days: int
    elapsed: timedelta


@dataclass(frozen=True, slots=True)
class Alert:
    spec: str
    remind_at: datetime


def parse_reminder(spec: str) -> Before | datetime:
    match = _DURATION.fullmatch(spec)
    if match and any(group is not None for group in match.groups()):
        weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
        return Before(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    try:
        instant = datetime.fromisoformat(spec)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Invalid(
            f"“{spec}” is not a reminder; use a duration before the due date such as P1D or PT1H, "
            "or a moment with its offset such as 2026-11-30T08:00:00+01:00.",
            "reminders",
        )
    if instant.year not in _YEARS:
        raise Invalid("A reminder must lie between the years 1970 and 9000.", "reminders")
    return instant


def check_reminders(
    specs: Sequence[str] | None, *, due_date: datetime | None, timezone: str, all_day: bool
) -> None:
    """Raises Invalid(field "reminders")."""
    if specs is None:
        return
    if len(specs) > MAX_REMINDERS:
        raise Invalid(f"A task can have at most {MAX_REMINDERS} reminders.", "reminders")
    latest = due_date
    if due_date is not None and all_day:
        # Due on a day is due by its end; its midnight is only how the day is written down.
        latest = to_utc(local(due_date, timezone) + timedelta(days=1), timezone)
    for spec in specs:
        parsed = parse_reminder(spec)
        if isinstance(parsed, Before):
            if due_date is None:
                raise Invalid("A reminder before the due date needs a due date.", "reminders")
        elif latest is not None and parsed > latest:
            raise Invalid(f"The reminder {spec} would come after the task is due.", "reminders")


def alerts(
    specs: Sequence[str], *, due_date: datetime | None, timezone: str, all_day: bool
) -> tuple[Alert, ...]:
    """Each distinct reminder with its instant, in UTC; those before 1970 are left out."""
    found: dict[str, Alert] = {}
    for spec in specs:
        parsed = parse_reminder(spec)
        if isinstance(parsed, Before):
            if due_date is None:
                continue
            try:
                instant = _before(due_date, parsed, timezone, all_day)
            except OverflowError:
                continue
        else:
            instant = parsed.astimezone(UTC)
        if instant >= _EARLIEST:
            found[spec] = Alert(spec, instant)
    return tuple(found.values())


def digest_title(lines: Sequence[str], *, late: bool) -> str:
    if len(lines) == 1:
        return lines[0]
    return f"{len(lines)} reminders while {'the service was down' if late else 'you were away'}"


def why_not_by_itself(
    state: str, spec: str, *, away: bool | None, late: bool | None, digest: bool | None
) -> str | None:
    """What the ledger cannot tell of a reminder that went through no channel; None if it is still to come.

    `away`: its user is, now. `late` and `digest` are of what told of it instead; None: nothing yet.
    """
    match state:
        case "planned" if away:
            return "You are away: it waits until you are back."
        case "passed":
            return "Its time had already passed when the task was made or changed."
        case "cancelled" if spec == "nag":
            return "You had answered by then, or the task was done, moved or deleted."
        case "cancelled":
            return "The task was done, moved or deleted before it was sent."
        case "superseded" if late is None:
            return "It was held up, and another one tells of it."
        case "superseded":
            missed = "the service was down" if late else "you were away"
            told = "one message for several told" if digest else "a newer one of the task told"
            return f"At its time {missed}; {told} of it."
    return None


def _before(due_date: datetime, before: Before, timezone: str, all_day: bool) -> datetime:
    if not all_day and not before.days:
        # From instant to instant: a wall time may come twice, and reading it again would find the first.
        return due_date.astimezone(UTC) - before.elapsed
    wall = local(due_date, timezone)
    if all_day:
        wall = wall.replace(hour=ALL_DAY_HOUR, minute=0, second=0, microsecond=0)
    return to_utc(wall - timedelta(days=before.days), timezone) - before.elapsed
