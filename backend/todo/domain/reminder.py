"""When a task's reminders fall due.

A reminder is an ISO 8601 duration before the due date ("P1D", "PT1H30M", "PT0S") or an absolute RFC 3339 instant.
Days are wall-clock days of the task's zone ("one day before 9:00" is 9:00), smaller units are elapsed time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from todo.domain.errors import Invalid
from todo.domain.recurrence import local, to_utc

MAX_REMINDERS = 50
LATE_AFTER = timedelta(seconds=60)
DIGEST_FROM = 10
# Characters of each title in a digest's event: brokers refuse messages over a megabyte.
DIGEST_LINE = 200
# Reminders of a task that is due on a day, without a time, count back from this hour.
ALL_DAY_HOUR = 9
# From that hour to the end of the day: the latest that a reminder may come after it ("-PT9H" is 18:00).
_EVENING = timedelta(hours=24 - ALL_DAY_HOUR, seconds=-1)
# Reminders that are in no task's list: a snooze, and the repetition until somebody reacts.
SNOOZE = "snooze"
NAG = "nag"
# The reminder at the due time.
AT_DUE = "PT0S"

_DURATION = re.compile(
    r"(-(?=PT))?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1970, 9001)


class ReminderState(StrEnum):
    """PASSED: its time was over when it was planned. SUPERSEDED: another reminder's message covers it."""

    PLANNED = "planned"
    PASSED = "passed"
    FIRED = "fired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """Why a reminder was cancelled, or passed although it was planned in time (ZONE, RESTORED)."""

    DONE = "done"
    SKIPPED = "skipped"
    DELETED = "deleted"
    MOVED = "moved"
    EDITED = "edited"
    SNOOZED_AGAIN = "snoozed_again"
    UNDONE = "undone"
    ANSWERED = "answered"
    ZONE = "zone"
    RESTORED = "restored"


class DeliveryState(StrEnum):
    """CLAIMED: a process is sending it and holds a lease. FAILED: tried again if it has a next try."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Before:
    days: int
    elapsed: timedelta


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """Of an account: its default reminders, and the zone in which all-day tasks ring."""

    defaults: tuple[str, ...]
    timezone: str


@dataclass(frozen=True, slots=True)
class Alert:
    spec: str
    remind_at: datetime


def parse_reminder(spec: str) -> Before | datetime:
    match = _DURATION.fullmatch(spec)
    if match and any(group is not None for group in match.groups()[1:]):
        weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups()[1:])
        elapsed = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return Before(weeks * 7 + days, -elapsed if match[1] else elapsed)
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
        # Due on a day means due by the end of it; it is stored as its midnight.
        latest = to_utc(local(due_date, timezone) + timedelta(days=1), timezone)
    for spec in specs:
        parsed = parse_reminder(spec)
        if isinstance(parsed, Before):
            if due_date is None:
                raise Invalid("A reminder before the due date needs a due date.", "reminders")
            if -parsed.elapsed > (_EVENING if all_day else timedelta()):
                raise Invalid(f"The reminder {spec} would come after the task is due.", "reminders")
        elif latest is not None and parsed > latest:
            raise Invalid(f"The reminder {spec} would come after the task is due.", "reminders")


def alerts(
    specs: Sequence[str], *, due_date: datetime | None, timezone: str, all_day: bool
) -> tuple[Alert, ...]:
    """The reminders with their instants, in UTC. Of several for one instant the first is kept. Those before 1970
    are left out.
    """
    found: dict[datetime, Alert] = {}
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
            found.setdefault(instant, Alert(spec, instant))
    return tuple(found.values())


def to_plan(
    specs: Sequence[str] | None,
    defaults: Sequence[str],
    *,
    due_date: datetime | None,
    timezone: str,
    all_day: bool,
    at: datetime,
) -> tuple[Alert, ...]:
    """The reminders of an open task that is saved at `at`; `specs` None means the defaults. If all default ones
    have passed, one at the due time is added.
    """

    def of(specs: Sequence[str]) -> tuple[Alert, ...]:
        return alerts(specs, due_date=due_date, timezone=timezone, all_day=all_day)

    if specs is not None:
        return of(specs)
    if due_date is None:
        return ()
    usual = of(defaults)
    if usual and all(alert.remind_at < at for alert in usual):
        return (*usual, *(alert for alert in of((AT_DUE,)) if alert.remind_at >= at))
    return usual


def relative(spec: str, *, due_date: datetime, timezone: str, all_day: bool) -> str:
    """A reminder of a series as a duration before the due date, so that it holds for every occurrence."""
    instant = parse_reminder(spec)
    if isinstance(instant, Before):
        return spec
    wall = local(due_date, timezone)
    if all_day:
        wall = wall.replace(hour=ALL_DAY_HOUR)
    days = max((wall - local(instant, timezone)).days, 0)
    elapsed = to_utc(wall - timedelta(days=days), timezone) - instant
    if elapsed < timedelta() and days:  # a clock change in between made the day longer
        days -= 1
        elapsed = to_utc(wall - timedelta(days=days), timezone) - instant
    return _duration(days, elapsed)


def canonical(
    specs: Sequence[str], *, due_date: datetime | None, timezone: str, all_day: bool
) -> tuple[str, ...]:
    """The reminders in the form that a calendar file gives them back: each moment once, "PT90M" as "PT1H30M"."""
    found = []
    latest = due_date
    if due_date is not None and all_day:
        latest = to_utc(local(due_date, timezone) + timedelta(days=1), timezone)
        latest -= timedelta(seconds=1)
    for spec, instant in (
        (alert.spec, alert.remind_at)
        for alert in alerts(specs, due_date=due_date, timezone=timezone, all_day=all_day)
    ):
        if latest is not None and instant > latest:
            continue  # an import leaves it out
        parsed = parse_reminder(spec)
        written = instant.isoformat().replace("+00:00", "Z")
        if due_date is None or (isinstance(parsed, datetime) and instant != due_date):
            found.append(written)
        elif isinstance(parsed, Before):
            found.append(_on_wall(parsed) if all_day else _duration(parsed.days, parsed.elapsed))
        elif all_day:
            found.append(relative(written, due_date=due_date, timezone=timezone, all_day=True))
        else:
            found.append(AT_DUE)
    return tuple(found)


def _on_wall(before: Before) -> str:
    """A reminder of an all-day task, where 24 hours are a day."""
    length = timedelta(days=before.days) + before.elapsed
    if length < timedelta():
        return _duration(0, length)
    return _duration(length.days, timedelta(seconds=length.seconds))


def _duration(days: int, elapsed: timedelta) -> str:
    minutes, seconds = divmod(abs(int(elapsed.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{number}{unit}" for number, unit in parts if number)
    sign = "-" if elapsed < timedelta() else ""
    day = f"{days}D" if days else ""
    return f"{sign}P{day}" + (f"T{time}" if time else "") if day or time else AT_DUE


def digest_title(lines: Sequence[str], *, late: bool) -> str:
    if len(lines) == 1:
        return lines[0]
    return f"{len(lines)} reminders while {'the service was down' if late else 'you were away'}"


def reason_not_sent(
    state: ReminderState,
    cause: Cause | None,
    *,
    away: bool | None,
    late: bool | None,
    digest: bool | None,
) -> str | None:
    """Why a reminder was sent through no channel; None if it is still to come.

    `cause` is None if an older version ended it. `away`: whether its user is away now. `late` and `digest` are
    those of the notification that covers it; None if there is none yet.
    """
    match state:
        case ReminderState.PLANNED:
            return "You are away; the reminder waits until you are back." if away else None
        case ReminderState.PASSED:
            passed = "The time had already passed when the task was created or changed."
            return _CAUSES[cause] if cause else passed
        case ReminderState.CANCELLED:
            changed = "The task or its reminders were changed before it was sent."
            return _CAUSES[cause] if cause else changed
        case ReminderState.SUPERSEDED:
            return _covered(late, digest)
        case ReminderState.FIRED:
            return None


_CAUSES: Mapping[Cause, str] = {
    Cause.DONE: "The task was done before it was sent.",
    Cause.SKIPPED: "The occurrence was skipped before it was sent.",
    Cause.DELETED: "The task was deleted before it was sent.",
    Cause.MOVED: "The due date was changed before it was sent.",
    Cause.EDITED: "The reminders of the task were changed before it was sent.",
    Cause.SNOOZED_AGAIN: "You snoozed it again.",
    Cause.UNDONE: "The snooze was undone.",
    Cause.ANSWERED: "You had answered by then.",
    Cause.ZONE: "In your new time zone its time had already passed; a later reminder was sent at once.",
    Cause.RESTORED: "The server was restored from a backup; it may have been sent before that.",
}


def _covered(late: bool | None, digest: bool | None) -> str:
    if late is None:
        return "It was late; a later reminder covers it."
    cause = "The service was down" if late else "You were away"
    cover = "one message covers several reminders" if digest else "a later reminder covers it"
    return f"{cause} at its time; {cover}."


def _before(due_date: datetime, before: Before, timezone: str, all_day: bool) -> datetime:
    if not all_day and not before.days:
        # Computed on instants: a wall time that occurs twice would be read back as its first occurrence.
        return due_date.astimezone(UTC) - before.elapsed
    wall = local(due_date, timezone)
    if all_day:
        wall = wall.replace(hour=ALL_DAY_HOUR, minute=0, second=0, microsecond=0)
    return to_utc(wall - timedelta(days=before.days), timezone) - before.elapsed
