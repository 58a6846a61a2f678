"""A task: one value with all its fields."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from todo.domain.errors import Invalid
from todo.domain.recurrence import RecurrenceMode, day_of, start_of_day

MAX_TITLE = 10_000
MAX_DESCRIPTION = 20_000
MAX_TAGS = 50


class Status(StrEnum):
    """The status of an occurrence. MISSED is only in the history: no task of it was made."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Task:
    """One occurrence. `anchor` is the start of its series (local wall time, iCalendar's DTSTART); `scheduled_at`
    is the date by the rule (RECURRENCE-ID), and `due_date` differs from it when the occurrence was postponed.

    An all-day task is due on a date (`due_on`), not at an instant. Its `due_date` and `scheduled_at` are the
    starts of their dates in `timezone` and mean nothing else (docs/decisions/0022).
    """

    id: int
    user_id: str
    title: str
    description: str | None
    completed: bool
    completed_at: datetime | None
    status: Status
    due_date: datetime | None
    all_day: bool
    timezone: str
    # Its COUNT counts from `anchor` on; people see and set `rule_from_here`.
    recurrence: str | None
    recurrence_mode: RecurrenceMode
    # None: the user's defaults
    reminders: tuple[str, ...] | None
    priority: int
    tags: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    series_id: UUID | None
    occurrence: int | None
    anchor: datetime | None
    scheduled_at: datetime | None
    uid: str | None
    # Of a closed occurrence: the successor that was made. It stays when that successor is changed or deleted, so
    # that a second one is never made.
    successor_id: int | None = None
    # Not before: the task sleeps in lists until then. With a due date, a date if that is all-day, else an instant.
    start_date: datetime | date | None = None
    # How many of its versions no person made here.
    system_changes: int = 0
    # None: the Inbox.
    project_id: int | None = None
    # Its place in the list of its project; None: not placed by hand, so after those that are, the oldest first.
    position: int | None = None

    @property
    def due_on(self) -> date | None:
        """The date of an all-day task, the same in every zone."""
        return day_of(self.due_date, self.timezone) if self.all_day and self.due_date else None

    @property
    def due(self) -> datetime | date | None:
        """The date of an all-day task, the instant of another one."""
        return self.due_on or self.due_date

    def rings_from(self, home: str) -> tuple[datetime | None, str]:
        """What reminders count from, and the zone of their days. All-day tasks ring in the account's zone."""
        day = self.due_on
        return (self.due_date, self.timezone) if day is None else (start_of_day(day, home), home)


# The fields that a person may set.
EDITABLE = (
    "title",
    "description",
    "due_date",
    "start_date",
    "all_day",
    "timezone",
    "recurrence",
    "recurrence_mode",
    "reminders",
    "priority",
    "tags",
    "project_id",
)


def check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"“{name}” is not a time zone; use an IANA name such as Europe/Berlin.", "timezone"
        ) from None
    return name
