"""A project and its changes. Every change returns the new value; the caller saves it and emits events.

A task without a project is in the Inbox, which every account has and which is no row (docs/decisions/0034).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from todo.domain.errors import Conflict, Invalid
from todo.domain.search import fold_tag
from todo.domain.task import Status, Task

MAX_NAME: Final = 100
MOST_PROJECTS: Final = 500
INBOX: Final = "Inbox"
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class Colour(StrEnum):
    GREY = "grey"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    VIOLET = "violet"
    PINK = "pink"


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    user_id: str
    name: str
    colour: Colour
    # An emoji that is shown instead of the dot in its colour.
    icon: str | None
    position: int
    version: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    deleted_at: datetime | None = None
    # The tasks that its deletion moved to the Inbox; restoring it brings them back.
    moved_tasks: tuple[int, ...] = ()


# The fields that a person may set.
EDITABLE = ("name", "colour", "icon")


def name_key(name: str) -> str:
    """Names that differ only in case are the same name."""
    return fold_tag(name)


def clean_name(name: str) -> str:
    """The name with single spaces. Raises Invalid."""
    name = _BLANKS.sub(" ", name).strip()
    if not name:
        raise Invalid("A project needs a name.", "name")
    if name_key(name) == name_key(INBOX):
        raise Invalid("Every account has an Inbox; give the project another name.", "name")
    return name


def create(
    *,
    id_: int,
    user_id: str,
    name: str,
    colour: Colour,
    icon: str | None,
    position: int,
    now: datetime,
) -> Project:
    return Project(
        id=id_,
        user_id=user_id,
        name=clean_name(name),
        colour=colour,
        icon=icon,
        position=position,
        version=1,
        created_at=now,
        updated_at=now,
    )


def edit(project: Project, changes: Mapping[str, Any], now: datetime) -> Project:
    """Apply `changes` (a subset of EDITABLE)."""
    changed = replace(project, **changes)
    changed = replace(changed, name=clean_name(changed.name))
    return project if changed == project else _touch(changed, now)


def archive(project: Project, open_tasks: int, now: datetime) -> Project:
    """Put a finished project away. Open tasks would still be due, but out of sight, so it must have none."""
    if project.archived_at is not None:
        return project
    if open_tasks:
        tasks = "1 open task" if open_tasks == 1 else f"{open_tasks} open tasks"
        raise Conflict(f"“{project.name}” has {tasks}; complete, move or delete them first.")
    return _touch(replace(project, archived_at=now), now)


def unarchive(project: Project, now: datetime) -> Project:
    return (
        _touch(replace(project, archived_at=None), now)
        if project.archived_at is not None
        else project
    )


def delete(project: Project, moved_tasks: tuple[int, ...], now: datetime) -> Project:
    return _touch(replace(project, deleted_at=now, moved_tasks=moved_tasks), now)


def restore(project: Project, now: datetime) -> Project:
    return _touch(replace(project, deleted_at=None, moved_tasks=()), now)


def takes_tasks(project: Project | None) -> Project:
    """The project, if a task may be put into it. Raises Invalid; an absent and another user's look alike."""
    if project is None or project.deleted_at is not None:
        raise Invalid("There is no such project.", "project_id")
    if project.archived_at is not None:
        raise Invalid(f"“{project.name}” is archived; bring it back first.", "project_id")
    return project


def fitting(task: Task, project: Project | None) -> Task:
    """The task of this project; in the Inbox if the project was deleted, or is archived and the task open."""
    is_open = task.status is Status.OPEN and task.deleted_at is None
    if project and project.deleted_at is None and not (is_open and project.archived_at):
        return task
    return replace(task, project_id=None, position=None)


def _touch(project: Project, now: datetime) -> Project:
    return replace(project, version=project.version + 1, updated_at=now)


def difference(old: Project | None, new: Project) -> dict[str, list[Any]]:
    """{field: [before, after]} of the fields that the history shows."""
    if old is None:
        return {}
    names = (*EDITABLE, "position", "archived_at", "deleted_at")
    return {
        name: [getattr(old, name), getattr(new, name)]
        for name in names
        if getattr(old, name) != getattr(new, name)
    }
