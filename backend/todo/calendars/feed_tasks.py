"""Tasks as calendar programs see them. Pure, because a worker process writes the feed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from todo.calendars.ical import known_zone, write
from todo.domain.recurrence import (
    RecurrenceMode,
    day_of,
    local,
    parse_rule,
    start_of_day,
    with_days_of,
)
from todo.domain.reminder import ReminderSettings
from todo.domain.task import Task
from todo.domain.task_schedule import rule_from_here

_SAME = ("title", "description", "start_date", "all_day", "priority", "tags")


def write_feed(
    tasks: Iterable[Task], settings: ReminderSettings, projects: Mapping[int, str]
) -> bytes:
    return write([for_feed(task, settings, projects) for task in tasks])


@dataclass(frozen=True, slots=True)
class FeedTask:
    """A task for the feed, with its effective reminders. An all-day date begins in the account's zone."""

    uid: str
    title: str
    description: str | None
    due_date: datetime | None
    start_date: datetime | date | None
    # By the rule, if the occurrence was postponed.
    scheduled_at: datetime | None
    all_day: bool
    timezone: str
    recurrence: str | None
    recurrence_mode: RecurrenceMode
    reminders: tuple[str, ...]
    priority: int
    tags: tuple[str, ...]
    project: str | None
    completed: bool
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    sequence: int


def _rule(task: Task) -> str | None:
    """The rule, with the days of the series if this occurrence is on another day (the 31st, in February)."""
    recurrence = rule_from_here(task)
    if recurrence is None:
        return None
    rule = parse_rule(recurrence)
    if task.anchor and task.due_date:
        shown = local(task.due_date, task.timezone)
        if with_days_of(rule, task.anchor) != with_days_of(rule, shown):
            rule = with_days_of(rule, task.anchor)
    return str(rule)


def _scheduled_at(task: Task, timezone: str) -> datetime | None:
    """The date by the rule, if the occurrence was postponed."""
    scheduled, due = task.scheduled_at, task.due_date
    if scheduled is None or due is None:
        return None
    if not task.all_day:
        return scheduled if scheduled != due else None
    day = day_of(scheduled, task.timezone)
    return start_of_day(day, timezone) if day != task.due_on else None


def for_feed(task: Task, settings: ReminderSettings, projects: Mapping[int, str]) -> FeedTask:
    """`projects`: their names by id."""
    reminders = task.reminders
    if reminders is None:
        reminders = settings.defaults if task.due_date else ()
    due_date, timezone = task.rings_from(settings.timezone)
    return FeedTask(
        uid=task.uid or f"task-{task.id}@todo",
        due_date=due_date,
        scheduled_at=_scheduled_at(task, timezone),
        # "Etc/UTC" is read back as UTC.
        timezone="UTC" if known_zone(timezone) == "UTC" else timezone,
        recurrence=_rule(task),
        recurrence_mode=task.recurrence_mode,
        reminders=reminders,
        project=projects.get(task.project_id or 0),
        completed=task.completed,
        completed_at=task.completed_at,
        created_at=task.created_at,
        updated_at=task.updated_at,
        sequence=task.version,
        **{name: getattr(task, name) for name in _SAME},
    )
