"""Undoing a change of a task: its values before, as JSON, and the command that restores them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from todo.accounts.caller import Caller
from todo.domain.errors import Conflict
from todo.domain.events import TaskChange
from todo.domain.project import fitting
from todo.domain.task import Status, Task
from todo.runtime.db.unit import Unit
from todo.tasks import commands

_TASK = TypeAdapter(Task)


def snapshot(task: Task) -> dict[str, Any]:
    """All fields of a task as JSON, for `revert_task`."""
    values: dict[str, Any] = _TASK.dump_python(task, mode="json")
    return values


async def revert_task(
    caller: Caller,
    current: Task,
    before: Mapping[str, Any],
    version: int,
    unit: Unit,
    now: datetime,
) -> Task:
    """Give a task, which the unit has locked together with the user's lists, the values of a snapshot. Raises
    Conflict if it is not at `version` any more."""
    require_version(current, version)
    # A field that the snapshot does not know, because it was added later, stays as it is.
    values = {**snapshot(current), **before}
    restored: Task = _TASK.validate_python(values)
    if (start := values["start_date"]) and "T" not in start:
        # Pydantic would read a date as an instant.
        restored = replace(restored, start_date=date.fromisoformat(start))
    restored = replace(
        restored,
        version=current.version + 1,
        updated_at=now,
        successor_id=current.successor_id,
        uid=current.uid,
    )
    if restored.project_id is not None:
        project = await commands.hold_project(caller, restored.project_id, unit)
        restored = fitting(restored, project)
    if current.status is not Status.OPEN and restored.status is Status.OPEN:
        restored = await commands.without_successor(caller, current, restored, unit, now)
    return await commands.save_change(
        caller, current, restored, unit, now, _change(current, restored)
    )


def require_version(task: Task, version: int) -> None:
    if task.version != version:
        raise Conflict("This task was changed again in the meantime.")


def _change(current: Task, restored: Task) -> TaskChange:
    if restored.deleted_at is not None and current.deleted_at is None:
        return TaskChange.DELETED
    if restored.status is Status.DONE and current.status is not Status.DONE:
        return TaskChange.COMPLETED
    return TaskChange.UPDATED
