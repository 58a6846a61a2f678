"""The changes of a task. Every one returns the new value; the caller saves it and emits events."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from todo.domain.errors import Conflict, Invalid
from todo.domain.recurrence import RecurrenceMode, local, start_of_day, to_utc
from todo.domain.reminder import check_reminders, relative
from todo.domain.search import distinct_tags
from todo.domain.start_date import start_before, start_like_due, start_with
from todo.domain.task import EDITABLE, Status, Task, check_zone
from todo.domain.task_schedule import from_anchor, rule_from_here, schedule

_FROM_COMPLETION = RecurrenceMode.FROM_COMPLETION
_SCHEDULE = {"due_date", "all_day", "timezone", "recurrence"}
_DATES = {"start_date", "due_date", "all_day", "timezone"}
_COUNTED_BY = {"recurrence", "recurrence_mode"}
_RINGING = _SCHEDULE | {"reminders"}


def draft(
    *,
    user_id: str,
    title: str,
    timezone: str,
    now: datetime,
    description: str | None = None,
    due_date: datetime | None = None,
    start_date: datetime | date | None = None,
    all_day: bool = False,
    recurrence: str | None = None,
    recurrence_mode: RecurrenceMode = RecurrenceMode.FROM_DUE,
    reminders: Sequence[str] | None = None,
    priority: int = 0,
    tags: Sequence[str] = (),
    completed_at: datetime | None = None,
    created_at: datetime | None = None,
    uid: str | None = None,
    project_id: int | None = None,
) -> Task:
    """A task that is neither checked nor stored; its id is 0."""
    return Task(
        id=0,
        user_id=user_id,
        title=title,
        description=description,
        completed=completed_at is not None,
        completed_at=completed_at,
        status=Status.OPEN if completed_at is None else Status.DONE,
        due_date=due_date,
        all_day=all_day,
        timezone=timezone,
        recurrence=recurrence,
        recurrence_mode=recurrence_mode,
        reminders=None if reminders is None else tuple(reminders),
        priority=priority,
        tags=tuple(tags),
        version=1,
        created_at=created_at or now,
        updated_at=now,
        deleted_at=None,
        series_id=None,
        occurrence=None,
        anchor=None,
        scheduled_at=None,
        uid=uid,
        start_date=start_date,
        project_id=project_id,
    )


def create(task: Task, home: str | None = None) -> Task:
    """`home` is the account's zone, in which an all-day task rings; the task's own by default."""
    home = home or task.timezone
    task = replace(task, tags=distinct_tags(task.tags))
    task = _check_reminders(_check(task), home)
    return schedule(_with_relative_reminders(task, home))


def _check(task: Task, *, dates: bool = True) -> Task:
    """`dates`: also check the start date against the due date."""
    if task.all_day and task.due_date is None:
        task = replace(task, all_day=False)
    if dates:
        start = start_like_due(
            task.start_date, due=task.due_date, all_day=task.all_day, timezone=task.timezone
        )
        task = replace(task, start_date=start)
    if not task.title.strip():
        raise Invalid("A task needs a title.", "title")
    check_zone(task.timezone)
    if task.recurrence is not None and task.due_date is None:
        raise Invalid("A task that repeats needs a due date to start from.", "due_date")
    return task


def _check_reminders(task: Task, home: str) -> Task:
    due, zone = task.rings_from(home)
    check_reminders(task.reminders, due_date=due, timezone=zone, all_day=task.all_day)
    return task


def _with_relative_reminders(task: Task, home: str) -> Task:
    """The reminders of a series move with its dates: one at a fixed moment keeps its distance."""
    if task.recurrence is None or task.due_date is None or not task.reminders:
        return task
    due, zone = task.rings_from(home)
    moving = (
        relative(spec, due_date=due or task.due_date, timezone=zone, all_day=task.all_day)
        for spec in task.reminders
    )
    return replace(task, reminders=tuple(dict.fromkeys(moving)))


def edit(task: Task, changes: dict[str, Any], now: datetime, home: str | None = None) -> Task:
    """Apply `changes` (a subset of EDITABLE). Moving the due date of an open occurrence moves its series; the
    number of remaining occurrences stays the same. The start date moves along in a series, and where it would be
    later than the due date. `home` as in `create`.
    """
    seen = replace(task, recurrence=rule_from_here(task))
    changed = replace(seen, **changes)
    if "start_date" not in changes and changed.due != seen.due:
        changed = replace(changed, start_date=_start_of_moved(task, changed))
    if "tags" in changes:
        changed = replace(changed, tags=distinct_tags(changed.tags))
    if changed == seen:
        return task
    # An older version may have stored a start after the due date; it stays until a date is changed.
    dates = any(getattr(changed, name) != getattr(seen, name) for name in _DATES)
    changed = _check(changed, dates=dates)
    if any(getattr(changed, name) != getattr(seen, name) for name in _RINGING):
        home = home or changed.timezone
        changed = _with_relative_reminders(_check_reminders(changed, home), home)
    moved = any(getattr(changed, name) != getattr(seen, name) for name in _SCHEDULE)
    # Dates that followed completions are not dates of the rule: the series starts again here.
    moved |= (
        seen.recurrence_mode is _FROM_COMPLETION and changed.recurrence_mode is not _FROM_COMPLETION
    )
    if moved and task.status is Status.OPEN:
        changed = schedule(changed)
        rule = from_anchor(changed)
    elif all(getattr(changed, name) == getattr(seen, name) for name in _COUNTED_BY):
        rule = task.recurrence
    else:  # count in the old zone, where the earlier dates of the series are
        mode = changed.recurrence_mode
        rule = from_anchor(replace(task, recurrence=changed.recurrence, recurrence_mode=mode))
    if changed.project_id != task.project_id:
        changed = replace(changed, position=None)
    if task.status is not Status.OPEN:
        changed = _at_the_place_of(task, changed)
    return _touch(replace(changed, recurrence=rule), now)


def _start_of_moved(old: Task, new: Task) -> datetime | date | None:
    if old.recurrence is not None and new.due_date is not None and old.all_day == new.all_day:
        due = start_of_day(old.due_on, new.timezone) if old.due_on else old.due_date
        return start_before(new.due_date, start=old.start_date, due=due, timezone=new.timezone)
    return start_with(new.due, start=old.start_date, was_due=old.due, timezone=new.timezone)


def _at_the_place_of(closed: Task, edited: Task) -> Task:
    """Keep a closed occurrence at its date of the series when its zone changes, or it becomes all-day or timed."""
    frame = (closed.timezone, closed.all_day)
    if frame == (edited.timezone, edited.all_day) or edited.due_date is None:
        return edited
    if closed.anchor is None or closed.scheduled_at is None:
        return edited
    wall = local(closed.scheduled_at, closed.timezone)
    zone, scheduled_at = edited.timezone, closed.scheduled_at
    if edited.all_day:
        scheduled_at = start_of_day(wall.date(), zone)
    elif closed.all_day:
        time_of_day = local(edited.due_date, zone).time()
        scheduled_at = to_utc(datetime.combine(wall.date(), time_of_day), zone)
    anchor = closed.anchor + (local(scheduled_at, zone) - wall)
    return replace(edited, scheduled_at=scheduled_at, anchor=anchor)


def place(task: Task, project_id: int | None, position: int, now: datetime) -> Task:
    """Put the task at a place of a project's list."""
    if (task.project_id, task.position) == (project_id, position):
        return task
    return _touch(replace(task, project_id=project_id, position=position), now)


def postpone(task: Task, due_date: datetime, now: datetime, home: str | None = None) -> Task:
    """Move this occurrence only, with its start date; the dates of its series stay. `home` as in `create`."""
    _must_be_open(task)
    if task.due_date is None:
        raise Invalid("A task without a due date cannot be postponed.", "due_date")
    moved = _check_reminders(_check(moved_to(task, due_date)), home or task.timezone)
    return _touch(moved, now)


def moved_to(task: Task, due_date: datetime) -> Task:
    """The task with another due date, and its start date as long before it."""
    start = start_before(due_date, start=task.start_date, due=task.due_date, timezone=task.timezone)
    return replace(task, due_date=due_date, start_date=start)


def complete(task: Task, at: datetime, now: datetime) -> Task:
    return _close(task, Status.DONE, at, now)


def skip(task: Task, now: datetime) -> Task:
    if task.recurrence is None:
        raise Conflict("Only a task that repeats can be skipped.")
    if task.status is Status.DONE:
        raise Conflict("This occurrence is done; reopen it before skipping it.")
    return _close(task, Status.SKIPPED, now, now)


def _close(task: Task, status: Status, at: datetime, now: datetime) -> Task:
    if task.status is status and (
        status is not Status.DONE or at == now or at == task.completed_at
    ):
        return task
    if at > now:
        raise Invalid("A task cannot be completed in the future.", "completed_at")
    return _touch(replace(task, completed=True, completed_at=at, status=status), now)


def reopen(task: Task, now: datetime) -> Task:
    if task.status is Status.OPEN:
        return task
    reopened = replace(task, completed=False, completed_at=None, status=Status.OPEN)
    if (task.recurrence is None) != (task.series_id is None):
        # Its rule was set or removed while it was closed.
        reopened = schedule(reopened)
    return _touch(reopened, now)


def delete(task: Task, now: datetime) -> Task:
    return task if task.deleted_at else _touch(replace(task, deleted_at=now), now)


def restore(task: Task, now: datetime) -> Task:
    return _touch(replace(task, deleted_at=None), now) if task.deleted_at else task


def is_untouched(successor: Task) -> bool:
    """Whether the successor is as it was created, so that reopening its predecessor may remove it."""
    return (
        successor.version == 1 + successor.system_changes
        and successor.status is Status.OPEN
        and successor.deleted_at is None
    )


def _must_be_open(task: Task) -> None:
    if task.status is not Status.OPEN:
        raise Conflict("This task is closed; reopen it first.")


def _touch(task: Task, now: datetime) -> Task:
    return replace(task, version=task.version + 1, updated_at=now)


def move_by_system(task: Task, move: Callable[[datetime], datetime], now: datetime) -> Task:
    """Move every date of the task; the task itself if none moves."""
    due, scheduled = (moment and move(moment) for moment in (task.due_date, task.scheduled_at))
    if task.all_day:  # the date is stored, and does not move
        due = task.due_date
    start = task.start_date
    start = move(start) if isinstance(start, datetime) else start
    moved = replace(task, due_date=due, start_date=start, scheduled_at=scheduled)
    if moved == task:
        return task
    return replace(_touch(moved, now), system_changes=task.system_changes + 1)


def difference(old: Task | None, new: Task) -> dict[str, list[Any]]:
    """{field: [before, after]} of the fields that the history shows."""
    if old is None:
        return {}
    old, new = (replace(task, recurrence=rule_from_here(task)) for task in (old, new))
    names = (*EDITABLE, "status", "completed_at", "deleted_at", "position")
    # An all-day date is compared as the date that people see.
    shown = {"due_date": "due"}
    return {
        name: [getattr(old, attribute), getattr(new, attribute)]
        for name in names
        if getattr(old, attribute := shown.get(name, name)) != getattr(new, attribute)
    }
