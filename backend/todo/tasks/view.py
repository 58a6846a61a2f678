"""A task as JSON, the same in the API and in events. Fields are added, never renamed or removed."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from todo.domain.events import rfc3339
from todo.domain.project import Project
from todo.domain.recurrence import Occurrence, day_of, describe, parse_rule
from todo.domain.task import Task
from todo.domain.task_schedule import rule_from_here


@lru_cache(maxsize=1024)
def recurrence_text(recurrence: str, timezone: str) -> str:
    return describe(parse_rule(recurrence), timezone)


def view(task: Task) -> dict[str, Any]:
    recurrence = rule_from_here(task)
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "completed": task.completed,
        "completed_at": _moment(task.completed_at),
        "status": task.status,
        "fate": task.status,  # the name before `status`; readers of older events and clients use it
        # "2026-11-30" if all-day, else an instant
        "due_date": plain(task.due),
        "start_date": plain(task.start_date),
        "all_day": task.all_day,
        "timezone": task.timezone,
        "recurrence": recurrence,
        "recurrence_text": recurrence_text(recurrence, task.timezone) if recurrence else None,
        "recurrence_mode": task.recurrence_mode,
        "reminders": None if task.reminders is None else list(task.reminders),
        "priority": task.priority,
        "tags": list(task.tags),
        "project_id": task.project_id,
        "position": task.position,
        "series_id": str(task.series_id) if task.series_id else None,
        "occurrence": task.occurrence,
        "version": task.version,
        "created_at": _moment(task.created_at),
        "updated_at": _moment(task.updated_at),
        "deleted_at": _moment(task.deleted_at),
    }


def project_data(project: Project) -> dict[str, Any]:
    """A project as JSON, in events and in the export."""
    return {
        "id": project.id,
        "name": project.name,
        "colour": project.colour,
        "icon": project.icon,
        "archived": project.archived_at is not None,
        "version": project.version,
    }


def _moment(value: Any) -> str | None:
    return rfc3339(value) if value else None


def plain(value: Any) -> Any:
    """A field's value as JSON."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value


def date_of(task: Task, occurrence: Occurrence) -> datetime | date:
    """When an occurrence of the task's series is due, as `Task.due`."""
    return day_of(occurrence.due, task.timezone) if task.all_day else occurrence.due
