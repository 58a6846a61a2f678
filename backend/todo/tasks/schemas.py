"""Requests and answers about tasks, and how a due date is read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from todo.accounts.schemas import Input, Moment, ReminderSpec, Text, Zone, domain_check
from todo.domain.errors import Invalid
from todo.domain.recurrence import RecurrenceMode, day_of, local, parse_rule, to_utc
from todo.domain.reminder import MAX_REMINDERS
from todo.domain.task import MAX_DESCRIPTION, MAX_TAGS, MAX_TITLE, Status

T = TypeVar("T")
TaskId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _bare(tag: str) -> str:
    """`#home` and `home` are the same tag."""
    bare = tag.removeprefix("#").strip()
    if not bare:
        raise ValueError("a tag needs a name")
    return bare


def _title(title: str) -> str:
    if not title:
        raise ValueError("a task needs a title")
    return title


Title = Annotated[
    Text,
    StringConstraints(max_length=MAX_TITLE),
    AfterValidator(_title),
    Field(json_schema_extra={"minLength": 1}),
]
Description = Annotated[Text, StringConstraints(max_length=MAX_DESCRIPTION, strip_whitespace=False)]
Tag = Annotated[Text, StringConstraints(min_length=1, max_length=60), AfterValidator(_bare)]
Rule = Annotated[Text, StringConstraints(max_length=500), domain_check(parse_rule)]
DueDate = Annotated[
    Text,
    StringConstraints(max_length=40),
    Field(
        description="RFC 3339 with an offset, or local time (2026-11-30T09:00) or a whole day (2026-11-30) "
        "in the task's time zone",
        examples=["2026-11-30T09:00:00+01:00", "2026-11-30"],
    ),
]


ProjectNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]
Due = Annotated[datetime | date, Field(description="a date if it is all-day, else an instant")]


def read_due_date(
    value: str | datetime | None, timezone: str, all_day: bool | None, field: str = "due_date"
) -> tuple[datetime | None, bool]:
    """The instant in UTC, and whether it stands for a whole day. Raises Invalid(field)."""
    if value is None:
        return None, False
    whole = bool(all_day)
    if isinstance(value, datetime):
        moment = value
    elif _DATE.fullmatch(value):
        whole = all_day is not False
        moment = datetime.combine(_parse(date.fromisoformat, value, field), time())
    else:
        moment = _parse(datetime.fromisoformat, value, field)
    if not 1970 <= moment.year <= 9000:
        raise Invalid("A date must lie between the years 1970 and 9000.", field)
    wall = local(moment, timezone) if moment.tzinfo else moment
    if whole:
        wall = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    elif moment.tzinfo:
        # An instant stays that instant, also in the hour that a zone has twice.
        return moment.astimezone(UTC), False
    return to_utc(wall, timezone), whole


def read_start_date(value: str | None, timezone: str) -> datetime | date | None:
    """The date, or the instant in UTC. Raises Invalid(field "start_date")."""
    start, whole = read_due_date(value, timezone, None, "start_date")
    return day_of(start, timezone) if start and whole else start


def _parse(parse: Callable[[str], T], value: str, field: str) -> T:
    try:
        return parse(value)
    except ValueError:
        raise Invalid(
            f"“{value}” is not a date; use 2026-11-30 or 2026-11-30T09:00:00Z.", field
        ) from None


class NewTask(Input):
    title: Title
    description: Description | None = None
    due_date: DueDate | None = None
    start_date: DueDate | None = Field(
        None, description="not before: the task sleeps in lists until then"
    )
    all_day: bool | None = None
    timezone: Zone | None = Field(None, description="IANA name; the account's by default")
    recurrence: Rule | None = Field(
        None,
        description="daily, weekly, monthly, yearly, or an RFC 5545 RRULE; its COUNT counts from this task on",
        examples=["weekly"],
    )
    recurrence_mode: RecurrenceMode = RecurrenceMode.FROM_DUE
    reminders: Annotated[list[ReminderSpec], Field(max_length=MAX_REMINDERS)] | None = Field(
        None,
        description="ISO 8601 durations before the due date, or RFC 3339 moments; null: the defaults",
    )
    priority: Annotated[
        int, Field(ge=0, le=9, description="RFC 5545: 0 none, 1 highest, 9 lowest")
    ] = 0
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS, default_factory=list)]
    project_id: ProjectNumber | None = Field(None, description="null: the Inbox")


class TaskChanges(Input):
    title: Title | None = None
    description: Description | None = None
    due_date: DueDate | None = None
    start_date: DueDate | None = None
    all_day: bool | None = None
    timezone: Zone | None = None
    recurrence: Rule | None = None
    recurrence_mode: RecurrenceMode | None = None
    reminders: Annotated[list[ReminderSpec], Field(max_length=MAX_REMINDERS)] | None = None
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] | None = None
    project_id: ProjectNumber | None = Field(None, description="null: the Inbox")


class Completion(Input):
    completed_at: Moment | None = Field(None, description="when it was really done; now by default")


class Postponement(Input):
    due_date: DueDate
    allow_past: bool = Field(
        False, description="also to a date that has passed, as undoing an earlier move needs"
    )


class Task(BaseModel):
    id: int
    title: str
    description: str | None
    completed: bool
    completed_at: datetime | None
    status: Status
    fate: Status = Field(deprecated=True, description="the same as `status`")
    due_date: Due | None
    start_date: Due | None
    all_day: bool
    timezone: str
    recurrence: str | None = Field(
        description="with the number of remaining occurrences, including this one, as its COUNT"
    )
    recurrence_text: str | None = Field(description="the recurrence in words")
    recurrence_mode: RecurrenceMode
    reminders: list[str] | None
    priority: int
    tags: list[str]
    project_id: int | None = Field(description="null: the Inbox")
    position: int | None = Field(
        description="its place in the list of its project; those with null follow, in the order of their ids"
    )
    series_id: UUID | None
    occurrence: int | None
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class CompletedTask(Task):
    next_due_date: Due | None = Field(description="when the next occurrence is due")


class TaskPage(BaseModel):
    items: list[Task]
    next_cursor: str | None


class Count(BaseModel):
    value: int
    capped: bool = Field(description="there are more than `value`")


class Counts(BaseModel):
    inbox: Count
    today: Count
    overdue: Count
    upcoming: Count
    open: Count
    completed: Count


class PastOccurrence(BaseModel):
    occurrence: int | None
    task_id: int | None
    due_date: Due
    status: Status
    fate: Status = Field(deprecated=True, description="the same as `status`")
    at: datetime


class PastOccurrences(BaseModel):
    items: list[PastOccurrence]
    next_cursor: str | None


class Change(BaseModel):
    task_id: int
    version: int


class Changes(BaseModel):
    changes: list[Change]
    cursor: str


ProjectFilter = Annotated[
    str,
    StringConstraints(pattern=r"^(inbox|[1-9]\d{0,17})$"),
    Field(description="the id of a project, or inbox; its open tasks come in their own order"),
]


def project_key(project: str | None) -> int | None:
    """The id of a project; 0 for "inbox"."""
    if project is None:
        return None
    return 0 if project == "inbox" else int(project)


ListStatus = Literal["open", "completed", "all", "trash"]
