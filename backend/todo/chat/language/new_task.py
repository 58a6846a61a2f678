"""A new task: the arguments of `add_tasks`, read by quick add."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from todo.chat.language.dates import Today
from todo.chat.language.grammar_add import plain_dates
from todo.chat.language.requests import Add, Project
from todo.domain import quick_add


def new_task(add: Add, today: Today, projects: Sequence[Project] = ()) -> dict[str, Any]:
    """The arguments for a task, with everything that quick add understands."""
    ids = {project.name: project.id for project in projects}
    found = quick_add.parse(
        plain_dates(add.line), now=today.now, timezone=today.timezone, projects=list(ids) or None
    )
    title = add.title if add.title is not None else _tidy(found.title)
    task: dict[str, Any] = {"title": title}
    if found.due_date is not None:
        wall = found.due_date.astimezone(today.zone)
        task["due_date"] = wall.date().isoformat() if found.all_day else wall.isoformat()
    start = found.start_date
    if start is not None:
        wall_start = start.astimezone(today.zone) if isinstance(start, datetime) else start
        task["start_date"] = wall_start.isoformat()
    if found.recurrence:
        task |= {"recurrence": found.recurrence, "recurrence_mode": str(found.recurrence_mode)}
    if found.reminders:
        task["reminders"] = list(found.reminders)
    if found.priority:
        task["priority"] = found.priority
    if found.tags:
        task["tags"] = list(found.tags)
    if found.project is not None:
        task["project_id"] = ids[found.project]
    return task


def _tidy(title: str) -> str:
    title = re.sub(r"^(?:to|a task to|that i|:)\s+", "", title.strip(" ,:"), flags=re.IGNORECASE)
    return title.strip()
