"""Import tasks from a calendar file, matched by UID, and open or close the calendar feed."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from todo.accounts import commands as accounts
from todo.accounts.caller import Caller
from todo.calendars.ical import Calendar, ImportedTodo, Unsupported
from todo.domain import task as domain
from todo.domain.errors import DomainError
from todo.domain.recurrence import RecurrenceMode, local, parse_rule, with_days_of
from todo.domain.task import Status, Task, rule_from_here
from todo.runtime.db.unit import Unit
from todo.tasks import commands, queries

_CARRIED = (
    "title", "description", "due_date", "all_day", "timezone", "recurrence", "reminders", "priority", "tags",
)  # fmt: skip

_OWN_UID = re.compile(r"task-(\d{1,18})@todo")


@dataclass(slots=True)
class Imported:
    created: int
    updated: int
    unchanged: int
    unsupported: list[Unsupported]


async def import_calendar(
    caller: Caller, calendar: Calendar, unit: Unit, now: datetime
) -> Imported:
    result = Imported(0, 0, 0, list(calendar.unsupported))
    uids = [todo.uid for todo in calendar.todos]
    known = await queries.known_by_uid(unit.connection, caller.user_id, uids)
    known |= await _our_own(caller, calendar, unit)
    for todo in calendar.todos:
        try:
            old = known.get(todo.uid)
            if old is None:
                known[todo.uid] = await commands.add_task(
                    caller, _draft(caller, todo, now), unit, now
                )
                result.created += 1
            elif (task := _merge(caller, old, todo, now)) is old:
                result.unchanged += 1
            else:
                known[todo.uid] = await commands.save_change(caller, old, task, unit, now)
                result.updated += 1
        except DomainError as error:
            result.unsupported.append(
                Unsupported(todo.uid, todo.title, (error.field or "VTODO").upper(), error.message)
            )
    return result


async def _our_own(caller: Caller, calendar: Calendar, unit: Unit) -> dict[str, Task]:
    """Tasks of our own feed. Those without a UID of another program are found by their id."""
    ids = {
        int(match[1]): todo.uid
        for todo in calendar.todos
        if (match := _OWN_UID.fullmatch(todo.uid))
    }
    tasks = await queries.known_by_id(unit.connection, caller.user_id, list(ids))
    return {ids[task.id]: task for task in tasks if task.uid is None}


def _draft(caller: Caller, todo: ImportedTodo, now: datetime) -> Task:
    return Task(
        id=0,
        user_id=caller.user_id,
        completed=todo.completed,
        completed_at=_completed_at(todo, now),
        status=Status.DONE if todo.completed else Status.OPEN,
        recurrence_mode=todo.recurrence_mode or RecurrenceMode.FROM_DUE,
        version=1,
        created_at=min(todo.created_at or now, now),
        updated_at=now,
        deleted_at=None,
        series_id=None,
        occurrence=None,
        anchor=None,
        scheduled_at=None,
        uid=todo.uid,
        **{name: getattr(todo, name) for name in _CARRIED},
    )


def _completed_at(todo: ImportedTodo, now: datetime) -> datetime | None:
    return min(todo.completed_at or now, now) if todo.completed else None


def _merge(caller: Caller, old: Task, todo: ImportedTodo, now: datetime) -> Task:
    """`old` with the values of the file; `old` itself if they are the same."""
    if old.deleted_at is not None:
        old = domain.restore(old, now)
    said = {name: getattr(todo, name) for name in _CARRIED}
    if todo.recurrence_mode:
        said["recurrence_mode"] = todo.recurrence_mode
    # Our feed writes the rule in full and the default reminders as alarms, which is not a change.
    fed = for_feed(old, caller.default_reminders)
    if fed.recurrence and todo.recurrence and _same_rule(fed.recurrence, todo.recurrence):
        said["recurrence"] = domain.rule_from_here(old)
    if old.reminders is None and said["reminders"] == fed.reminders:
        said["reminders"] = None
    task = domain.edit(old, said, now)
    if todo.completed and task.status is not Status.DONE:
        return domain.complete(task, _completed_at(todo, now) or now, now)
    if not todo.completed and task.status is not Status.OPEN:
        return domain.reopen(task, now)
    return task


def _same_rule(one: str, other: str) -> bool:
    return parse_rule(one) == parse_rule(other)


async def new_feed(user_id: str, unit: Unit) -> str:
    """A new secret address for the user's calendar feed; the earlier one stops working."""
    secret = secrets.token_urlsafe(32)
    await accounts.set_feed_secret(user_id, secret, unit)
    return secret


async def close_feed(user_id: str, unit: Unit) -> None:
    await accounts.set_feed_secret(user_id, None, unit)


@dataclass(frozen=True, slots=True)
class FeedTask:
    """A task for the feed, with its effective reminders."""

    uid: str
    title: str
    description: str | None
    due_date: datetime | None
    all_day: bool
    timezone: str
    recurrence: str | None
    recurrence_mode: RecurrenceMode
    reminders: tuple[str, ...]
    priority: int
    tags: tuple[str, ...]
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


def for_feed(task: Task, defaults: tuple[str, ...]) -> FeedTask:
    reminders = task.reminders
    if reminders is None:
        reminders = defaults if task.due_date else ()
    return FeedTask(
        uid=task.uid or f"task-{task.id}@todo",
        recurrence=_rule(task),
        recurrence_mode=task.recurrence_mode,
        reminders=reminders,
        completed=task.completed,
        completed_at=task.completed_at,
        created_at=task.created_at,
        updated_at=task.updated_at,
        sequence=task.version,
        **{
            name: getattr(task, name)
            for name in _CARRIED
            if name not in {"recurrence", "reminders"}
        },
    )
