"""Commands on tasks. Each loads, lets the domain decide, saves and emits events, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from todo.accounts import queries as accounts
from todo.accounts.caller import Caller
from todo.domain import series
from todo.domain import task_changes as domain
from todo.domain.errors import Conflict, Invalid, NotFound, StaleVersion
from todo.domain.events import SYSTEM, Attribution, TaskChange, task_changed
from todo.domain.project import INBOX, Project, takes_tasks
from todo.domain.recurrence import Occurrence, day_of, local
from todo.domain.reminder import ReminderSettings
from todo.domain.task import Status, Task
from todo.reminders.commands import plan
from todo.runtime.db.unit import Unit
from todo.tasks import places, series_store, store
from todo.tasks.project_store import ProjectStore
from todo.tasks.repeated import Keyed, carried_out, remember
from todo.tasks.schemas import NewTask, TaskChanges, read_due_date, read_start_date
from todo.tasks.store import TaskStore
from todo.tasks.view import plain, view


async def create_task(caller: Caller, wanted: NewTask, unit: Unit, now: datetime) -> Task:
    if wanted.project_id is not None:
        takes_tasks(await hold_project(caller, wanted.project_id, unit))
    return await add_task(caller, draft(caller, wanted, now), unit, now)


def draft(caller: Caller, wanted: NewTask, now: datetime) -> Task:
    """The task that `wanted` describes, neither checked nor stored (its id is 0)."""
    timezone = wanted.timezone or caller.timezone
    due_date, all_day = read_due_date(wanted.due_date, timezone, wanted.all_day)
    return domain.draft(
        user_id=caller.user_id,
        title=wanted.title,
        timezone=timezone,
        now=now,
        description=wanted.description,
        due_date=due_date,
        start_date=read_start_date(wanted.start_date, timezone),
        all_day=all_day,
        recurrence=wanted.recurrence,
        recurrence_mode=wanted.recurrence_mode,
        reminders=wanted.reminders,
        priority=wanted.priority,
        tags=wanted.tags,
        project_id=wanted.project_id,
    )


async def hold_project(caller: Caller, project_id: int | None, unit: Unit) -> Project | None:
    """A project, also a deleted one, which does not change until this unit ends; None if there is none."""
    if project_id is None:
        return None
    return await ProjectStore(unit.connection).find(caller.user_id, project_id, "FOR KEY SHARE")


async def add_task(caller: Caller, drafted: Task, unit: Unit, now: datetime) -> Task:
    task = replace(domain.create(drafted, caller.timezone), id=await store.new_id(unit))
    store.write_new(task, unit)
    series_store.begin(task, unit, now)
    plan(None, task, caller.reminder_settings, unit, now)
    _emit(TaskChange.CREATED, None, task, caller.attribution, unit, now)
    return task


async def add_series(
    caller: Caller, closed: Sequence[Task], current: Task, unit: Unit, now: datetime
) -> Task:
    """Add the occurrences of one series, each checked already and without an id; returns the current one."""
    following: Task | None = None
    for drafted in (current, *reversed(closed)):
        task = replace(
            drafted, id=await store.new_id(unit), successor_id=following.id if following else None
        )
        store.write_new(task, unit)
        series_store.begin(task, unit, now)
        if following is None:
            plan(None, task, caller.reminder_settings, unit, now)
            current = task
        _emit(TaskChange.CREATED, None, task, caller.attribution, unit, now)
        following = task
    return current


async def create_once(
    caller: Caller, wanted: NewTask, request: Keyed | None, unit: Unit, now: datetime
) -> Task:
    """Create a task, or return the task that the same request with this Idempotency-Key created."""
    if request is None:
        return await create_task(caller, wanted, unit, now)
    task_id = await carried_out(caller.user_id, request, unit)
    if task_id is not None:
        return await current(caller, task_id, unit)
    task = await create_task(caller, wanted, unit, now)
    await remember(caller.user_id, request, task.id, unit)
    return task


async def current(caller: Caller, task_id: int, unit: Unit) -> Task:
    return await TaskStore(unit.connection).owned_by(caller.user_id, task_id)


async def current_with_next(
    caller: Caller, task_id: int, unit: Unit
) -> tuple[Task, Occurrence | None]:
    """The task and the next date, as complete_task returns them."""
    task = await current(caller, task_id, unit)
    return task, series.next_occurrence(task, caller.timezone)


async def edit_task(
    caller: Caller,
    task_id: int,
    wanted: TaskChanges,
    version: int | None,
    unit: Unit,
    now: datetime,
) -> Task:
    project = await hold_project(caller, wanted.project_id, unit)
    old = await to_change(caller, task_id, unit, version)
    changes = _read_changes(old, wanted, caller.timezone)
    if wanted.project_id not in (None, old.project_id):
        takes_tasks(project)
    return await save_change(
        caller, old, domain.edit(old, changes, now, caller.timezone), unit, now
    )


def _read_changes(old: Task, wanted: TaskChanges, home: str) -> dict[str, Any]:
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
        due_date = wanted.due_date
        if all_day and due_date is not None:
            due_date = _day_for(due_date, home)
        changes["due_date"], changes["all_day"] = read_due_date(due_date, timezone, all_day)
    elif changes.get("all_day", old.all_day) and old.due_date:
        # An all-day date keeps its date in another zone; a due time keeps its instant.
        day = old.due_on or local(old.due_date, old.timezone).date()
        changes["due_date"], _ = read_due_date(day.isoformat(), timezone, True)
    if "start_date" in changes:
        changes["start_date"] = read_start_date(wanted.start_date, timezone)
    return changes


async def complete_task(
    caller: Caller, task_id: int, completed_at: datetime | None, unit: Unit, now: datetime
) -> tuple[Task, Occurrence | None]:
    """The completed task, and the next date, for which todo-recurring-task will create the successor."""
    old = await to_change(caller, task_id, unit)
    if old.status is Status.DONE and completed_at is None:
        return old, series.next_occurrence(old, caller.timezone)
    task = domain.complete(old, completed_at or now, now)
    await save_change(caller, old, task, unit, now, TaskChange.COMPLETED)
    return task, series.next_occurrence(task, caller.timezone)


async def skip_task(
    caller: Caller, task_id: int, unit: Unit, now: datetime
) -> tuple[Task, Occurrence | None]:
    """The skipped task and the next date, as in complete_task."""
    old = await to_change(caller, task_id, unit)
    task = await save_change(caller, old, domain.skip(old, now), unit, now)
    return task, series.next_occurrence(task, caller.timezone)


async def reopen_task(caller: Caller, task_id: int, unit: Unit, now: datetime) -> Task:
    """Undo a completion or a skip, and delete the successor if it is as it was created."""
    project = await ProjectStore(unit.connection).hold_of_task(caller.user_id, task_id)
    old = await to_change(caller, task_id, unit)
    task = domain.reopen(old, now)
    if task is not old:
        # Before saving: deleting the successor deletes its row of task_recurrence, which saving writes anew.
        task = await without_successor(caller, old, task, unit, now)
        task = places.in_usable_project(task, project)
    return await save_change(caller, old, task, unit, now)


async def without_successor(
    caller: Caller, closed: Task, reopened: Task, unit: Unit, now: datetime
) -> Task:
    """Delete the successor of `closed` if it is as it was created. The reopened task takes over its UID, by which
    the next import finds the series."""
    following = await TaskStore(unit.connection).successor(closed)
    if following and domain.is_untouched(following):
        await _delete_successor(following, caller.attribution, unit, now)
        return replace(reopened, successor_id=None, uid=closed.uid or following.uid)
    return replace(reopened, successor_id=closed.successor_id, uid=closed.uid)


async def _delete_successor(following: Task, by: Attribution, unit: Unit, now: datetime) -> None:
    await TaskStore(unit.connection).remove(following)
    await series_store.forget(following, unit)
    gone = replace(following, deleted_at=now, version=following.version + 1)
    _emit(TaskChange.DELETED, following, gone, by, unit, now)


async def postpone_task(
    caller: Caller,
    task_id: int,
    due_date: str,
    unit: Unit,
    now: datetime,
    *,
    allow_past: bool = False,
) -> Task:
    old = await to_change(caller, task_id, unit)
    moment = _read_due_date(caller, old, due_date)
    if moment is None:
        raise Invalid("That time has already passed.", "due_date")
    task = domain.postpone(old, moment, now, caller.timezone)
    today = local(now, caller.timezone).date()
    is_past = (task.due_on < today) if task.due_on else (moment < now)
    if is_past and not allow_past:
        raise Invalid("That time has already passed.", "due_date")
    return await save_change(caller, old, task, unit, now)


def _read_due_date(caller: Caller, old: Task, value: str) -> datetime | None:
    """A new due date for the task. Of an instant, an all-day task takes the day in the zone of the account."""
    if old.all_day:
        value = _day_for(value, caller.timezone)
    return read_due_date(value, old.timezone, old.all_day)[0]


def _day_for(value: str, home: str) -> str:
    moment, _ = read_due_date(value, home, True)
    return day_of(moment, home).isoformat() if moment else value


async def move_occurrence(
    caller: Caller, task_id: int, due_date: str, unit: Unit, now: datetime
) -> Task:
    """Move one occurrence to any date, also an earlier one; the dates of its series stay."""
    old = await to_change(caller, task_id, unit)
    moment = _read_due_date(caller, old, due_date)
    if moment is None:
        raise Invalid("An occurrence needs a due date.", "due_date")
    if moment == old.due_date:
        return old
    task = domain.postpone(old, moment, now, caller.timezone)
    return await save_change(caller, old, task, unit, now)


async def delete_task(caller: Caller, task_id: int, unit: Unit, now: datetime) -> Task:
    old = await TaskStore(unit.connection).owned_by(caller.user_id, task_id, lock=True)
    return await save_change(caller, old, domain.delete(old, now), unit, now, TaskChange.DELETED)


async def restore_task(caller: Caller, task_id: int, unit: Unit, now: datetime) -> Task:
    project = await ProjectStore(unit.connection).hold_of_task(caller.user_id, task_id)
    old = await TaskStore(unit.connection).owned_by(caller.user_id, task_id, lock=True)
    task = domain.restore(old, now)
    if task is not old:
        task = places.in_usable_project(task, project)
    return await save_change(caller, old, task, unit, now)


async def save_change(
    caller: Caller,
    old: Task,
    task: Task,
    unit: Unit,
    now: datetime,
    change: TaskChange = TaskChange.UPDATED,
    names: Mapping[int, str] | None = None,
) -> Task:
    """Save what the domain decided, with its history, reminders and events; nothing if it is unchanged.

    `names`: of the projects between which the task moves, if the caller knows them.
    """
    if task is old:
        return old
    if names is None and task.project_id != old.project_id:
        projects = ProjectStore(unit.connection)
        names = await projects.names(task.user_id, (old.project_id, task.project_id))
    store.write(task, unit)
    if task.series_id or old.series_id:
        await series_store.record(task, unit, now)
    plan(old, task, caller.reminder_settings, unit, now)
    _emit(change, old, task, caller.attribution, unit, now, names or _NOTHING)
    return task


async def save_system_change(
    old: Task, task: Task, settings: ReminderSettings, unit: Unit, now: datetime
) -> None:
    """Save a change that no person made, with its history, reminders and events."""
    store.write(task, unit)
    if task.series_id:
        await series_store.record(task, unit, now)
    plan(old, task, settings, unit, now)
    _emit(TaskChange.UPDATED, old, task, SYSTEM, unit, now)


async def add_successor(
    user_id: str,
    task_id: int,
    acted_at: datetime,
    unit: Unit,
    now: datetime,
    *,
    may_move: bool = True,
) -> None:
    """Create the successor of a closed occurrence unless it exists. Idempotent.

    An untouched successor that exists is moved to its new date only if `may_move`.

    The stored task decides, not the event: it may have been reopened since. `acted_at` is the time of the event,
    which may be delivered much later.
    """
    tasks = TaskStore(unit.connection)
    project = await ProjectStore(unit.connection).hold_of_task(user_id, task_id)
    try:
        task = await tasks.owned_by(user_id, task_id, lock=True)
    except NotFound:
        return
    if task.status is Status.OPEN or task.recurrence is None:
        return
    settings = await accounts.reminder_settings(unit.connection, user_id)
    following = series.next_occurrence(task, settings.timezone)
    if following is None:
        await series_store.record_end(task, unit)
        return
    made = await tasks.successor(task)
    moved = made is not None and may_move and made.due_date != following.due
    if made is not None and moved and domain.is_untouched(made):
        # The completion date was changed: recreate the untouched successor at its new date.
        await _delete_successor(made, SYSTEM, unit, now)
    elif made is not None or task.successor_id is not None:
        return
    fresh = series.create_successor(task, following, await store.new_id(unit), now)
    if made is not None:
        fresh = replace(fresh, uid=made.uid)  # by which the next import finds the series
    try:
        fresh = places.in_usable_project(fresh, project)
    except Conflict as moved:
        # No DomainError, after which the event would be a dead letter: it is delivered again.
        raise RuntimeError(moved.message) from moved
    store.write_new(fresh, unit)
    store.write_successor(task, fresh.id, unit)
    await series_store.record_missed(task, series.missed(task, following), unit, now)
    series_store.begin(fresh, unit, now)
    plan(None, fresh, settings, unit, acted_at)
    _emit(TaskChange.CREATED, None, fresh, SYSTEM, unit, now)


# The history has called this field `fate` since its first version.
_PUBLIC_NAME = {"status": "fate"}
_NOTHING: Mapping[int, str] = {}


async def to_change(caller: Caller, task_id: int, unit: Unit, version: int | None = None) -> Task:
    task = await TaskStore(unit.connection).owned_by(caller.user_id, task_id, lock=True)
    if task.deleted_at is not None:
        raise Conflict("This task is in the trash; restore it first.")
    if version is not None and version != task.version:
        raise StaleVersion(
            f"The task has changed (it is at version {task.version}); load it again.", "If-Match"
        )
    return task


def _emit(
    change: TaskChange,
    old: Task | None,
    task: Task,
    by: Attribution,
    unit: Unit,
    now: datetime,
    projects: Mapping[int, str] = _NOTHING,
) -> None:
    """`projects`: the names of the projects between which the task moves, as the history shows them."""
    changes = {
        _PUBLIC_NAME.get(name, name): [plain(before), plain(after)]
        for name, (before, after) in domain.difference(old, task).items()
    }
    if moved := changes.pop("project_id", None):
        changes["project"] = [projects.get(id_, INBOX) for id_ in moved]
    unit.emit(
        *task_changed(
            change,
            task_id=task.id,
            version=task.version,
            user_id=task.user_id,
            data=view(task),
            by=by,
            at=now,
            changes=changes,
        )
    )
