"""Batches: changes that are made together, are recorded together and are undone together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from todo.accounts.caller import Caller
from todo.assistant import store
from todo.assistant.changes import Changed, lock, run
from todo.assistant.inputs import Change
from todo.assistant.outputs import Failure
from todo.domain.errors import Conflict, DomainError, NotFound
from todo.domain.task import Task
from todo.reminders import commands as reminders
from todo.reminders import queries as reminder_queries
from todo.runtime.db.unit import Unit
from todo.tasks import commands, queries
from todo.tasks.reverting import require_version, revert_task, snapshot


def may_use(caller: Caller, client: str) -> bool:
    """A person may use whatever was proposed or done in their name, a program only what it did itself."""
    return caller.client in ("person", client)


class BatchWriter:
    """Runs changes in one unit of work and records the values before them."""

    def __init__(self, caller: Caller, id_: UUID, unit: Unit, now: datetime) -> None:
        self.id = id_
        self.changed: list[Changed] = []
        self._caller = replace(caller, batch_id=id_)
        self._locked: dict[int, Task] = {}
        self._unit = unit
        self._now = now

    @classmethod
    async def begin(cls, caller: Caller, unit: Unit, now: datetime) -> "BatchWriter":
        id_ = uuid4()
        await store.add_batch(unit.connection, id_, caller, now)
        return cls(caller, id_, unit, now)

    async def lock(self, changes: Sequence[object]) -> None:
        """Read the tasks of the next changes in one query."""
        self._locked = await lock(self._caller, changes, self._unit)

    async def run(self, change: Change, version: int | None = None) -> None:
        """Raises DomainError; then nothing of this change was done."""
        changed = await run(
            self._caller, change, self._unit, self._now, version=version, locked=self._locked
        )
        position = len(self.changed)
        self.changed.append(changed)
        if changed.before is changed.after and change.action != "snooze":
            return
        store.add_batch_row(
            self._unit,
            self.id,
            position,
            change.action,
            changed.after.id,
            changed.after.version,
            _values_before(changed),
        )


def _values_before(changed: Changed) -> dict[str, Any] | None:
    if changed.before is None:
        return None
    values = snapshot(changed.before)
    if changed.snoozed is None:
        return values
    until, earlier = changed.snoozed
    earlier_text = earlier.isoformat() if earlier else None
    return {**values, "snoozed_until": until.isoformat(), "snoozed_before": earlier_text}


async def tasks_of(caller: Caller, id_: UUID, unit: Unit) -> list[Task]:
    """The tasks that a batch changed, as they are now."""
    rows = await store.batch_rows(unit.connection, id_)
    ids = [row["task_id"] for row in rows]
    return await queries.known_by_id(unit.connection, caller.user_id, ids)


async def undo(
    caller: Caller, id_: UUID, unit: Unit, now: datetime
) -> tuple[list[Task], list[Failure]]:
    """Restore the values before a batch. A task that was changed since stays as it is and is a failure."""
    found = await store.batch(unit.connection, caller.user_id, id_)
    if found is None or not may_use(caller, found["client"]):
        raise NotFound("There is no such batch of changes.")
    if found["undone_at"] is not None:
        raise Conflict("These changes were undone already.")
    author = replace(caller, batch_id=id_)
    rows = await store.batch_rows(unit.connection, id_)
    ids = [row["task_id"] for row in rows]
    locked = {
        task.id: task for task in await queries.known_by_id(unit.connection, caller.user_id, ids)
    }
    undone: list[Task] = []
    failures: list[Failure] = []
    for row in rows:
        try:
            undone.append(await _undo_row(author, locked.get(row["task_id"]), row, unit, now))
        except DomainError as error:
            title = row["before"]["title"] if row["before"] else f"Task {row['task_id']}"
            failures.append(Failure(index=row["position"], title=title, detail=error.message))
    await store.mark_undone(unit.connection, caller.user_id, id_, now)
    return undone, failures


async def _undo_row(
    caller: Caller, task: Task | None, row: asyncpg.Record, unit: Unit, now: datetime
) -> Task:
    if task is None:
        raise NotFound("There is no such task any more.")
    match row["action"]:
        case "add":
            require_version(task, row["version"])
            return await commands.delete_task(caller, task.id, unit, now)
        case "snooze":
            await _undo_snooze(caller, task, row["before"], unit)
            return task
        case _:
            return await revert_task(caller, task, row["before"], row["version"], unit, now)


async def _undo_snooze(caller: Caller, task: Task, before: dict[str, Any], unit: Unit) -> None:
    """Put the snooze that was replaced in place again. One whose time has passed by now rings at once."""
    planned = await reminder_queries.snoozed_until(unit.connection, caller.user_id, task.id)
    made = before.get("snoozed_until")  # a batch of an earlier version has none
    if planned is None or made is None or planned != datetime.fromisoformat(made):
        raise Conflict("The reminder has rung, or was snoozed again.")
    earlier = before["snoozed_before"]
    if earlier is None:
        reminders.end_snooze(caller.user_id, task.id, unit)
    else:
        reminders.snooze(caller.user_id, [task.id], datetime.fromisoformat(earlier), unit)
