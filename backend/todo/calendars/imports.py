"""Import tasks from a calendar file. A task that was imported before is found by its UID and merged."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from todo.accounts.caller import Caller
from todo.calendars import store
from todo.calendars.feed_tasks import for_feed
from todo.calendars.ical import Calendar, ImportedTodo, Unsupported
from todo.calendars.merging import PROPERTIES, Merge, as_dates, values_of
from todo.calendars.projects import Projects, projects_of
from todo.calendars.store import LastImport
from todo.domain import task_changes as domain
from todo.domain.errors import DomainError
from todo.domain.recurrence import RecurrenceMode, day_of
from todo.domain.task import Status, Task
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit
from todo.tasks import commands, queries
from todo.tasks.quota import require_room

_CARRIED = (
    "title", "description", "due_date", "start_date", "all_day", "timezone", "recurrence", "reminders", "priority",
    "tags",
)  # fmt: skip
_AT_A_TIME = 20
# Far from the end of the column: later changes count on from here.
_MAX_VERSION = 10**9
_OWN_UID = re.compile(r"task-(\d{1,18})@todo")


@dataclass(slots=True)
class Imported:
    created: int
    updated: int
    unchanged: int
    unsupported: list[Unsupported]


@dataclass(frozen=True, slots=True)
class Known:
    """An existing task that the file updates, at its newest occurrence, and its last imported values."""

    task: Task
    last: LastImport | None
    # The series has moved to a later occurrence here since the last import.
    advanced: bool


async def import_calendar(
    caller: Caller, calendar: Calendar, context: Context, unit: Unit, now: datetime
) -> Imported:
    result = Imported(0, 0, 0, list(calendar.unsupported))
    projects = await projects_of(caller, calendar, result.unsupported, unit, now)
    known = await _known(caller, calendar, unit)
    await require_room(context, caller.user_id, len(calendar.todos) - len(known), unit.connection)
    changed: dict[int, Task] = {}  # two UIDs of a file may mean one task
    for number, read in enumerate(calendar.todos):
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)  # other requests, because a new task waits for nothing
        todo = _without_future(read, now)
        try:
            found = known.get(todo.uid)
            if found is None:
                task = await _create(caller, todo, projects, unit, now)
                result.created += 1
            else:
                found = replace(found, task=changed.get(found.task.id, found.task))
                task = await _update(caller, found, todo, projects, unit, now, result)
                changed[task.id] = task
            store.remember(caller.user_id, todo, values_of(todo), task.id, unit, now)
        except DomainError as error:
            result.unsupported.append(
                Unsupported(todo.uid, todo.title, (error.field or "VTODO").upper(), error.message)
            )
    return result


def _without_future(todo: ImportedTodo, now: datetime) -> ImportedTodo:
    """A file of a host whose clock is ahead would count as the newest for years."""
    if todo.last_modified is None or todo.last_modified <= now:
        return todo
    return replace(todo, last_modified=now)


async def _known(caller: Caller, calendar: Calendar, unit: Unit) -> dict[str, Known]:
    """The tasks with the UIDs of the file. A series is found by the UID of any of its occurrences."""
    uids = [todo.uid for todo in calendar.todos]
    last = await store.last_imports(unit.connection, caller.user_id, uids)
    ids = [(entry.task_id, uid) for uid, entry in last.items()]
    ids += [(int(match[1]), uid) for uid in uids if (match := _OWN_UID.fullmatch(uid))]
    known = await queries.known(unit.connection, caller.user_id, uids, ids)
    found = {}
    for uid, (task, newest) in known.items():
        entry = last.get(uid)
        found[uid] = Known(newest, entry, newest.id != (entry.task_id if entry else task.id))
    return found


async def _create(
    caller: Caller, todo: ImportedTodo, projects: Projects, unit: Unit, now: datetime
) -> Task:
    drafted = _draft(caller, todo, projects, now)
    if todo.starts is None or todo.scheduled_at is None:
        return await commands.add_task(caller, drafted, unit, now)
    first = domain.create(domain.moved_to(drafted, todo.starts), caller.timezone)
    closed = [
        replace(
            domain.moved_to(first, past.due_date),
            uid=None,
            occurrence=number,
            scheduled_at=past.scheduled_at,
            completed=True,
            completed_at=min(past.closed_at, now),
            status=Status.SKIPPED if past.skipped else Status.DONE,
        )
        for number, past in enumerate(todo.closed, start=1)
    ]
    current = replace(
        first,
        occurrence=len(closed) + 1,
        due_date=todo.due_date,
        start_date=todo.start_date,
        scheduled_at=todo.scheduled_at,
    )
    return await commands.add_series(caller, closed, current, unit, now)


async def _update(
    caller: Caller,
    known: Known,
    todo: ImportedTodo,
    projects: Projects,
    unit: Unit,
    now: datetime,
    result: Imported,
) -> Task:
    merge = _merge_of(caller, known, todo, projects)
    old = known.task
    kept = merge.kept()
    if old.deleted_at is not None and not _restores(old, merge, todo):
        result.unchanged += 1
        _report(todo, {"STATUS"}, "It was deleted here, and stays in the trash.", result)
        return old
    reason = "It was changed here after this file was written, and stays as it is here."
    if merge.outdated:
        reason = "This file is older than the one imported last; it stays as it is here."
    _report(todo, {PROPERTIES[name] for name in kept}, reason, result)
    task = _merged(old, todo, merge.taken(), projects, now, caller.timezone)
    if task is old:
        result.unchanged += 1
        return old
    result.updated += 1
    return await commands.save_change(
        caller, old, projects.fitting(task), unit, now, names=projects.all_names
    )


def _report(todo: ImportedTodo, properties: set[str], reason: str, result: Imported) -> None:
    result.unsupported += (
        Unsupported(todo.uid, todo.title, name, reason) for name in sorted(properties)
    )


def _merge_of(caller: Caller, known: Known, todo: ImportedTodo, projects: Projects) -> Merge:
    task, last = known.task, known.last
    # The feed writes whole seconds.
    changed_here = task.updated_at.replace(microsecond=0)
    return Merge(
        base=as_dates(last.said) if last else None,
        theirs=values_of(todo),
        ours=values_of(for_feed(task, caller.reminder_settings, projects.names)),
        newer=None if todo.last_modified is None else todo.last_modified > changed_here,
        outdated=last is not None and _is_older(todo, last),
        behind=known.advanced and _is_earlier(todo, task),
    )


def _is_earlier(todo: ImportedTodo, task: Task) -> bool:
    """Whether the file is at an earlier date of the series."""
    if todo.due_date is None or task.scheduled_at is None:
        return False
    if todo.all_day and task.all_day:
        return day_of(todo.due_date, todo.timezone) < day_of(task.scheduled_at, task.timezone)
    return todo.due_date < task.scheduled_at


def _is_older(todo: ImportedTodo, last: LastImport) -> bool:
    """LAST-MODIFIED decides; SEQUENCE only where a date is missing, because some programs reset it."""
    if todo.last_modified and last.last_modified:
        return todo.last_modified < last.last_modified
    return todo.sequence < last.sequence


def _restores(task: Task, merge: Merge, todo: ImportedTodo) -> bool:
    """Whether the file was changed after the task was deleted here."""
    later = todo.last_modified and task.deleted_at and todo.last_modified > task.deleted_at
    return bool(later) and merge.changed_there()


def _merged(
    old: Task, todo: ImportedTodo, taken: set[str], projects: Projects, now: datetime, home: str
) -> Task:
    """`old` with the `taken` fields of the file; `old` itself if none changes it."""
    task = domain.restore(old, now)
    changes: dict[str, Any] = {
        name: getattr(todo, name) for name in taken - {"completed", "project"}
    }
    if "project" in taken and (project_id := projects.id_of(todo.project)):
        changes["project_id"] = project_id
    if changes.keys() & {"due_date", "all_day", "timezone"}:
        changes |= {name: getattr(todo, name) for name in ("due_date", "all_day", "timezone")}
    task = domain.edit(task, changes, now, home) if changes else task
    if "completed" not in taken:
        return task
    if todo.completed:
        return domain.complete(task, _completed_at(todo, now) or now, now)
    return domain.reopen(task, now)


def _draft(caller: Caller, todo: ImportedTodo, projects: Projects, now: datetime) -> Task:
    drafted = domain.draft(
        user_id=caller.user_id,
        now=now,
        completed_at=_completed_at(todo, now),
        recurrence_mode=todo.recurrence_mode or RecurrenceMode.FROM_DUE,
        created_at=min(todo.created_at or now, now),
        uid=todo.uid,
        project_id=projects.id_of(todo.project),
        **{name: getattr(todo, name) for name in _CARRIED},
    )
    # Its versions before the import count on, as SEQUENCE does.
    version = min(max(todo.sequence, 1), _MAX_VERSION)
    return replace(
        drafted,
        version=version,
        system_changes=version - 1,
        updated_at=todo.last_modified or now,
    )


def _completed_at(todo: ImportedTodo, now: datetime) -> datetime | None:
    return min(todo.completed_at or now, now) if todo.completed else None
