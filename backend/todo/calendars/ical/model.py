"""The values that are read from and written to calendar files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from todo.domain.recurrence import RecurrenceMode

# Our own properties for what RFC 5545 cannot express: the zone of a DATE or UTC time, the recurrence mode, a start
# date that DTSTART cannot hold, the date by the rule of an occurrence that was postponed, and the project's name.
ZONE: Final = "X-TODO-TIMEZONE"
MODE: Final = "X-TODO-RECURRENCE-MODE"
START: Final = "X-TODO-START"
SCHEDULED: Final = "X-TODO-SCHEDULED"
PROJECT: Final = "X-TODO-PROJECT"
UNTITLED: Final = "Untitled task"


@dataclass(frozen=True, slots=True)
class ClosedOccurrence:
    """An earlier date of a series that is done, or that the file leaves out (`skipped`)."""

    scheduled_at: datetime
    due_date: datetime
    closed_at: datetime
    skipped: bool


@dataclass(frozen=True, slots=True)
class ImportedTodo:
    """One VTODO.

    `due_date` is aware UTC; an all-day task is due at midnight in `timezone`. `recurrence` is an RRULE value as
    the file has it. `reminders` are ISO 8601 durations before the due date ("P1D", "PT0S") or RFC 3339 instants;
    an empty tuple means no reminders, not the default ones.
    """

    uid: str
    title: str
    timezone: str
    description: str | None = None
    due_date: datetime | None = None
    # A date if the due date is all-day, or the file has no time; else an instant.
    start_date: datetime | date | None = None
    all_day: bool = False
    recurrence: str | None = None
    # None: the file does not say.
    recurrence_mode: RecurrenceMode | None = None
    reminders: tuple[str, ...] = ()
    priority: int = 0
    tags: tuple[str, ...] = ()
    completed: bool = False
    completed_at: datetime | None = None
    created_at: datetime | None = None
    last_modified: datetime | None = None
    sequence: int = 0
    # Of a series with exceptions: its first due date, that of the open one by the rule, and the closed ones.
    starts: datetime | None = None
    scheduled_at: datetime | None = None
    closed: tuple[ClosedOccurrence, ...] = ()
    # None: the file does not say, or it is in the Inbox.
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that was not imported. Without a uid it concerns the whole file."""

    uid: str | None
    summary: str | None
    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Calendar:
    todos: tuple[ImportedTodo, ...]
    unsupported: tuple[Unsupported, ...]


class Exportable(Protocol):
    """The task that `write` needs; fields mean the same as in ImportedTodo."""

    @property
    def uid(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def due_date(self) -> datetime | None: ...
    @property
    def start_date(self) -> datetime | date | None: ...
    @property
    def scheduled_at(self) -> datetime | None: ...
    @property
    def all_day(self) -> bool: ...
    @property
    def timezone(self) -> str: ...
    @property
    def recurrence(self) -> str | None: ...
    @property
    def recurrence_mode(self) -> RecurrenceMode | None: ...
    @property
    def reminders(self) -> Sequence[str]: ...
    @property
    def priority(self) -> int: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def project(self) -> str | None: ...
    @property
    def completed(self) -> bool: ...
    @property
    def completed_at(self) -> datetime | None: ...
    @property
    def created_at(self) -> datetime | None: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def sequence(self) -> int: ...
