"""What may be done to tasks. Each loads, lets the domain decide, saves, and tells."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from todo.accounts.caller import Caller
from todo.domain import task as domain
from todo.domain.errors import Conflict, Invalid, NotFound, StaleVersion
from todo.domain.events import TaskChange, task_changed
from todo.domain.recurrence import (
    Occurrence,
    RecurrenceMode,
    local,
    missed_between,
    occurrences,
    parse_rule,
    successor,
)
from todo.domain.task import Fate, Task
from todo.recurring import history
from todo.reminders.commands import plan
from todo.runtime.db.unit import Unit
from todo.tasks import store
from todo.tasks.schemas import NewTask, TaskChanges, read_due_date
from todo.tasks.store import TaskStore
from todo.tasks.view import plain, view


async def create_task(caller: Caller, wanted: NewTask, unit: Unit, now: datetime) -> Task:
    return await add_task(caller, draft(caller, wanted, now), unit, now)


def draft(caller: Caller, wanted: NewTask, now: datetime) -> Task:
    """The task that `wanted` asks for, not yet checked nor stored (its id is 0)."""
    timezone = wanted.timezone or caller.timezone
    due_date, all_day = read_due_date(wanted.due_date, timezone, wanted.all_day)
    return Task(
        id=0,
        user_id=caller.user_id,
        title=wanted.title,
        description=wanted.description,
        completed=False,
        completed_at=None,
        fate=Fate.OPEN,
        due_date=due_date,
        all_day=all_day,
        timezone=timezone,
        recurrence=wanted.recurrence,
        recurrence_mode=wanted.recurrence_mode,
        reminders=None if wanted.reminders is None else tuple(wanted.reminders),
        priority=wanted.priority,
        tags=tuple(wanted.tags),
        version=1,
        created_at=now,
        updated_at=now,
        deleted_at=None,
        series_id=None,
        occurrence=None,
        anchor=None,
        slot=None,
        uid=None,
    )


async def add_task(caller: Caller, drafted: Task, unit: Unit, now: datetime) -> Task:
    task = replace(domain.create(drafted), id=await unit.task_id())
    store.write_new(task, unit)
    history.begin(task, unit, now)
    plan(None, task, caller.default_reminders, unit, now)
    _tell(TaskChange.CREATED, None, task, caller.actor, unit, now)
    return task


async def create_once(
    caller: Caller, wanted: NewTask, key: str, body: bytes, unit: Unit, now: datetime
) -> Task:
    """Create, or answer with what the same request with the same Idempotency-Key created before."""
    tasks = TaskStore(unit.connection)
    digest = hashlib.sha256(body).digest()
    used = await tasks.keyed(caller.user_id, key, digest)
    if used is None:
        task = await create_task(caller, wanted, unit, now)
        await tasks.remember_key(caller.user_id, key, digest, task.id)
        return task
    task_id, same = used
    if not same:
        raise Invalid("This Idempotency-Key was used for another request.", "Idempotency-Key")
    return await tasks.owned_by(caller.user_id, task_id)


async def edit_task(
    caller: Caller,
    task_id: int,
    wanted: TaskChanges,
    version: int | None,
    unit: Unit,
    now: datetime,
) -> Task:
    old = await _to_change(caller, task_id, unit, version)
    changes = _read_changes(old, wanted)
    return await save_change(caller, old, domain.edit(old, changes, now), unit, now)


def _read_changes(old: Task, wanted: TaskChanges) -> dict[str, Any]:
    changes: dict[str, Any] = wanted.model_dump(exclude_unset=True)
    for required in ("title", "all_day", "timezone", "recurrence_mode", "priority", "tags"):
        if required in changes and changes[required] is None:
            raise Invalid("This cannot be empty.", required)
    for many in ("tags", "reminders"):
        if changes.get(many) is not None:
            changes[many] = tuple(changes[many])
    timezone = changes.get("timezone", old.timezone)
    if "due_date" in changes:
        all_day = changes.get("all_day", old.all_day if old.due_date else None)
        changes["due_date"], changes["all_day"] = read_due_date(wanted.due_date, timezone, all_day)
    elif changes.get("all_day", old.all_day) and old.due_date:
        # A day stays that day in another zone; only a moment is the same moment everywhere.
        day = local(old.due_date, old.timezone).date()
        changes["due_date"], _ = read_due_date(day.isoformat(), timezone, True)
    return changes


async def complete_task(
    caller: Caller, task_id: int, completed_at: datetime | None, unit: Unit, now: datetime
) -> tuple[Task, Occurrence | None]:
    """The task, and the occurrence that todo-recurring-task will make of it."""
    old = await _to_change(caller, task_id, unit)
    if old.fate is Fate.DONE and completed_at is None:
        return old, next_occurrence(old)
    task = domain.complete(old, completed_at or now, now)
    await save_change(caller, old, task, unit, now, TaskChange.COMPLETED)
    return task, next_occurrence(task)


async def skip_task(
    caller: Caller, task_id: int, unit: Unit, now: datetime
) -> tuple[Task, Occurrence | None]:
    """As complete_task does: a skipped occurrence has a successor too."""
    old = await _to_change(caller, task_id, unit)
    task = await save_change(caller, old, domain.skip(old, now), unit, now)
    return task, next_occurrence(task)


async def reopen_task(caller: Caller, task_id: int, unit: Unit, now: datetime) -> Task:
    """Undo a completion or a skip, and take back the successor if nobody has touched it."""
    old = await _to_change(caller, task_id, unit)
    task = domain.reopen(old, now)
    if task is not old:
        # First, for the series' next date goes with the successor, and is then this one's.
        following = await _following(task, unit)
        if following and domain.is_untouched(following):
            await _take_back(following, caller.actor, unit, now)
    return await save_change(caller, old, task, unit, now)


async def _following(task: Task, unit: Unit) -> Task | None:
    if task.series_id is None or task.occurrence is None:
        return None
    tasks = TaskStore(unit.connection)
    return await tasks.occurrence(task.user_id, task.series_id, task.occurrence + 1)


async def _take_back(following: Task, actor: str, unit: Unit, now: datetime) -> None:
    await TaskStore(unit.connection).remove(following)
    await history.forget(following, unit)
    gone = replace(following, deleted_at=now, version=following.version + 1)
    _tell(TaskChange.DELETED, following, gone, actor, unit, now)


async def postpone_task(
    caller: Caller, task_id: int, due_date: str, unit: Unit, now: datetime
) -> Task:
    old = await _to_change(caller, task_id, unit)
    moment, _ = read_due_date(due_date, old.timezone, old.all_day)
    if moment is None or moment < now:
        raise Invalid("A task cannot be postponed into the past.", "due_date")
    return await save_change(caller, old, domain.postpone(old, moment, now), unit, now)


async def delete_task(caller: Caller, task_id: int, unit: Unit, now: datetime) -> Task:
    old = await TaskStore(unit.connection).owned_by(caller.user_id, task_id, lock=True)
    return await save_change(caller, old, domain.delete(old, now), unit, now, TaskChange.DELETED)


async def restore_task(caller: Caller, task_id: int, unit: Unit, now: datetime) -> Task:
    old = await TaskStore(unit.connection).owned_by(caller.user_id, task_id, lock=True)
    return await save_change(caller, old, domain.restore(old, now), unit, now)


async def save_change(
    caller: Caller,
    old: Task,
    task: Task,
    unit: Unit,
    now: datetime,
    change: TaskChange = TaskChange.UPDATED,
) -> Task:
    """Store what the domain decided, with its history, its reminders and its events; nothing if it is the same."""
    if task is old:
        return old
    store.write(task, unit)
    if task.series_id or old.series_id:
        await history.record(task, unit, now)
    plan(old, task, caller.default_reminders, unit, now)
    _tell(change, old, task, caller.actor, unit, now)
    return task


def next_occurrence(task: Task) -> Occurrence | None:
    """What follows a closed occurrence: the one computation of it."""
    if (
        task.recurrence is None
        or task.anchor is None
        or task.slot is None
        or task.completed_at is None
    ):
        return None
    # Skipped ahead of time, it must not come again: what follows lies after the one that was skipped.
    skipped = task.fate is Fate.SKIPPED
    closed_at = max(task.completed_at, task.slot) if skipped else task.completed_at
    return successor(
        parse_rule(task.recurrence),
        task.anchor,
        task.timezone,
        slot=task.slot,
        mode=task.recurrence_mode,
        completed_at=closed_at,
        occurrence=task.occurrence,
    )


async def following_dates(
    user_id: str, task_id: int, count: int, connection: PoolConnectionProxy
) -> list[Occurrence]:
    """What will follow, if each is done on the day it is due."""
    task = await TaskStore(connection).owned_by(user_id, task_id)
    anchor, slot, from_completion = task.anchor, task.slot, RecurrenceMode.FROM_COMPLETION
    if task.recurrence and anchor and slot and task.recurrence_mode is not from_completion:
        # One walk: with a COUNT each step would begin at the anchor again.
        rule = parse_rule(task.recurrence)
        return list(islice(occurrences(rule, anchor, task.timezone, after=slot), count))
    found: list[Occurrence] = []
    while len(found) < count:
        done = replace(task, fate=Fate.DONE, completed_at=task.slot)
        following = next_occurrence(done)
        if following is None:
            break
        found.append(following)
        task = replace(task, slot=following.due, occurrence=(task.occurrence or 0) + 1)
    return found


async def add_successor(user_id: str, task_id: int, unit: Unit, now: datetime) -> None:
    """Make the occurrence that follows a closed one, unless it exists. Repeating this changes nothing.

    Decided by what the task is now, not by what an event said it was: it may have been reopened since.
    """
    tasks = TaskStore(unit.connection)
    try:
        task = await tasks.owned_by(user_id, task_id, lock=True)
    except NotFound:
        return
    if task.fate is Fate.OPEN or task.recurrence is None or task.deleted_at is not None:
        return
    following = next_occurrence(task)
    if following is None:
        await history.record_end(task, unit)
        return
    fresh = replace(
        task,
        id=await unit.task_id(),
        completed=False,
        completed_at=None,
        fate=Fate.OPEN,
        due_date=following.due,
        slot=following.due,
        occurrence=(task.occurrence or 0) + 1,
        reminders=_relative(task.reminders),
        version=1,
        created_at=now,
        updated_at=now,
        uid=None,
    )
    if not await tasks.add(fresh):
        # There is one already. Closed on another day than it seemed, what nobody has touched moves along.
        made = await _following(task, unit)
        if made is None or made.due_date == fresh.due_date or not domain.is_untouched(made):
            return
        await _take_back(made, "system", unit, now)
        if not await tasks.add(fresh):
            return
    await history.record_missed(task, _missed(task, following), unit, now)
    history.begin(fresh, unit, now)
    plan(None, fresh, await _defaults(user_id, unit), unit, now)
    _tell(TaskChange.CREATED, None, fresh, "system", unit, now)


def _relative(specs: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """A reminder at a fixed moment belongs to the occurrence it was set for, not to those that follow."""
    return None if specs is None else tuple(spec for spec in specs if spec.startswith("P"))


def _missed(task: Task, following: Occurrence) -> Sequence[datetime]:
    if task.recurrence_mode is not RecurrenceMode.SKIP_MISSED:
        return ()
    if task.recurrence is None or task.anchor is None or task.slot is None:
        return ()
    rule = parse_rule(task.recurrence)
    passed = missed_between(rule, task.anchor, task.timezone, slot=task.slot, upto=following.due)
    return [occurrence.due for occurrence in passed if occurrence.due < following.due]


async def _defaults(user_id: str, unit: Unit) -> tuple[str, ...]:
    row = await unit.connection.fetchval(
        "SELECT default_reminders FROM account WHERE id = $1", user_id
    )
    return tuple(row or ())


async def _to_change(caller: Caller, task_id: int, unit: Unit, version: int | None = None) -> Task:
    task = await TaskStore(unit.connection).owned_by(caller.user_id, task_id, lock=True)
    if task.deleted_at is not None:
        raise Conflict("This task is in the trash; restore it first.")
    if version is not None and version != task.version:
        raise StaleVersion(
            f"The task is at version {task.version} by now; load it again.", "If-Match"
        )
    return task


def _tell(
    change: TaskChange, old: Task | None, task: Task, actor: str, unit: Unit, now: datetime
) -> None:
    changes = {
        name: [plain(before), plain(after)]
        for name, (before, after) in domain.difference(old, task).items()
    }
    unit.emit(
        *task_changed(
            change,
            task_id=task.id,
            version=task.version,
            user_id=task.user_id,
            data=view(task),
            actor=actor,
            at=now,
            changes=changes,
        )
    )
