"""Runs a change through the commands of REST: for real, or in a transaction that is rolled back, as a preview."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from todo.accounts.caller import Caller
from todo.assistant.inputs import (
    Add,
    Change,
    Complete,
    Delete,
    Postpone,
    Reopen,
    Reschedule,
    Restore,
    SetReminders,
    Skip,
    Snooze,
    Update,
)
from todo.domain.errors import Conflict, Invalid, StaleVersion
from todo.domain.recurrence import Occurrence, local, to_utc
from todo.domain.task import Status, Task
from todo.reminders import commands as reminders
from todo.reminders import queries as reminder_queries
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit
from todo.tasks import commands, queries
from todo.tasks.schemas import TaskChanges

# The length of a date without a time.
_DATE = len("2026-11-30")
_NOTHING: Mapping[int, Task] = {}


@dataclass(frozen=True, slots=True)
class Changed:
    """`before` is None for an added task; `following` is the next date of a closed occurrence."""

    before: Task | None
    after: Task
    following: Occurrence | None = None
    # Of a snooze: when it will ring, and when the snooze that it replaced would have rung.
    snoozed: tuple[datetime, datetime | None] | None = None


@asynccontextmanager
async def preview(unit: Unit, context: Context) -> AsyncIterator[Unit]:
    """A unit whose changes are rolled back and whose writes and events are dropped."""
    transaction = unit.connection.transaction()
    await transaction.start()
    try:
        yield Unit(context.db, unit.source, unit.connection)
    finally:
        await transaction.rollback()


async def lock(caller: Caller, changes: Sequence[object], unit: Unit) -> dict[int, Task]:
    """Read and lock the tasks of the changes, in one query."""
    ids = [id_ for change in changes if (id_ := getattr(change, "task_id", None))]
    found = await queries.known_by_id(unit.connection, caller.user_id, ids)
    return {task.id: task for task in found}


async def run(
    caller: Caller,
    change: Change,
    unit: Unit,
    now: datetime,
    *,
    version: int | None = None,
    locked: Mapping[int, Task] = _NOTHING,
) -> Changed:
    """Run one change. With `version`: only if the task is still at it. `locked` spares a query for each task
    that this unit has read and locked. Raises DomainError, before any write."""
    if isinstance(change, Add):
        return Changed(None, await commands.create_task(caller, change, unit, now))
    before = locked.get(change.task_id) or await queries.owned_by(
        unit.connection, caller.user_id, change.task_id
    )
    if version is None and isinstance(change, Update | Reschedule):
        version = change.version
    if version is not None and version != before.version:
        raise StaleVersion("This task was changed in the meantime; look at it again.", "version")
    if isinstance(change, Snooze):
        return Changed(before, before, snoozed=await _snooze(caller, change, before, unit, now))
    after, following = await _after(caller, change, before, unit, now)
    return Changed(before, after, following)


async def _after(
    caller: Caller, change: Change, before: Task, unit: Unit, now: datetime
) -> tuple[Task, Occurrence | None]:
    task_id = before.id
    match change:
        case Update():
            wanted = _new_values(change.changes(), caller)
            return await commands.edit_task(caller, task_id, wanted, None, unit, now), None
        case Reschedule():
            return await _reschedule(caller, change.due_date, before, unit, now), None
        case Complete():
            return await commands.complete_task(caller, task_id, change.completed_at, unit, now)
        case Reopen():
            return await commands.reopen_task(caller, task_id, unit, now), None
        case Skip():
            return await commands.skip_task(caller, task_id, unit, now)
        case Postpone():
            due = _keeping_time(change.due_date, before, caller)
            return await commands.postpone_task(caller, task_id, due, unit, now), None
        case Delete():
            return await commands.delete_task(caller, task_id, unit, now), None
        case Restore():
            return await commands.restore_task(caller, task_id, unit, now), None
        case SetReminders():
            specs = TaskChanges(reminders=change.reminders)
            return await commands.edit_task(caller, task_id, specs, None, unit, now), None
        case Add() | Snooze():
            raise AssertionError("these are run apart")


async def _reschedule(
    caller: Caller, due_date: str, before: Task, unit: Unit, now: datetime
) -> Task:
    """Move the due date. Of a repeating task only this occurrence moves; its series stays."""
    moved = _keeping_time(due_date, before, caller)
    if before.recurrence is None:
        wanted = TaskChanges(due_date=moved, all_day=len(moved) == _DATE)
        return await commands.edit_task(caller, before.id, wanted, None, unit, now)
    if before.all_day and len(moved) != _DATE:
        raise Invalid(
            "This task repeats on whole days; give a date without a time, or change the series with update_tasks.",
            "due_date",
        )
    return await commands.move_occurrence(caller, before.id, moved, unit, now)


def _keeping_time(due_date: str, before: Task, caller: Caller) -> str:
    """A date without a time moves a task to that day, at the time of day that it has."""
    if len(due_date) == _DATE and before.due_date is not None and not before.all_day:
        time = local(before.due_date, caller.timezone).time()
        due_date = f"{due_date}T{time.isoformat()}"
    return _in_zone(due_date, caller.timezone)


def _new_values(wanted: TaskChanges, caller: Caller) -> TaskChanges:
    """The dates in the user's zone. With a time a due date is no whole day, unless `all_day` says so."""
    timezone = wanted.timezone or caller.timezone
    values: dict[str, Any] = {}
    if wanted.start_date is not None:
        values["start_date"] = _in_zone(wanted.start_date, timezone)
    if wanted.due_date is None:
        return wanted.model_copy(update=values)
    due_date = values["due_date"] = _in_zone(wanted.due_date, timezone)
    if "all_day" not in wanted.model_fields_set:
        values["all_day"] = len(due_date) == _DATE
    return wanted.model_copy(update=values)


def _in_zone(due_date: str, timezone: str) -> str:
    """Give a local time the offset of the user's zone. A whole day is the same day in every zone."""
    if len(due_date) == _DATE:
        return due_date
    try:
        moment = datetime.fromisoformat(due_date)
    except ValueError:
        return due_date  # the command explains what is wrong with it
    return due_date if moment.tzinfo else to_utc(moment, timezone).isoformat()


async def _snooze(
    caller: Caller, change: Snooze, task: Task, unit: Unit, now: datetime
) -> tuple[datetime, datetime | None]:
    if task.deleted_at is not None or task.status is not Status.OPEN:
        raise Conflict("Only an open task can be reminded of.")
    until = snoozed_until(caller, change, now)
    earlier = await reminder_queries.snoozed_until(unit.connection, caller.user_id, task.id)
    reminders.snooze(caller.user_id, [task.id], until, unit)
    return until, earlier


def snoozed_until(caller: Caller, change: Snooze, now: datetime) -> datetime:
    if change.minutes is not None:
        return now + timedelta(minutes=change.minutes)
    try:
        until = datetime.fromisoformat(change.until or "")
    except ValueError:
        raise Invalid(f"“{change.until}” is not a date and time.", "until") from None
    if until.tzinfo is None:
        until = to_utc(until, caller.timezone)
    if until <= now:
        raise Invalid("That time has already passed.", "until")
    return until


def fixed(caller: Caller, change: Change, now: datetime) -> Change:
    """The change with its relative times replaced, so that it means the same when it is applied later."""
    if isinstance(change, Snooze):
        until = snoozed_until(caller, change, now).isoformat()
        return change.model_copy(update={"minutes": None, "until": until})
    return change
