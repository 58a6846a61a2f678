"""Keep a task's reminders in step with the task, in the transaction that changes it."""

from datetime import datetime

from todo.domain.reminder import Alert, alerts
from todo.domain.task import Status, Task
from todo.runtime.db.unit import Unit

_DECISIVE = ("due_date", "all_day", "timezone", "reminders", "status", "deleted_at")
_VOID = """
    UPDATE reminder r SET state = 'cancelled' WHERE r.task_id = $1 AND r.state = 'planned' AND NOT EXISTS (
        SELECT FROM unnest($2::text[], $3::timestamptz[]) AS w(spec, remind_at)
        WHERE w.spec = r.spec AND w.remind_at = r.remind_at)
"""
_PLAN = """
    INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at, state)
    SELECT $2, $1, spec, $5, remind_at, CASE WHEN remind_at < $6 THEN 'passed' ELSE 'planned' END
    FROM unnest($3::text[], $4::timestamptz[]) AS w(spec, remind_at)
    ON CONFLICT (task_id, spec, remind_at) DO UPDATE
    SET state = excluded.state, due_date = excluded.due_date
    WHERE reminder.state IN ('planned', 'cancelled')
"""


def plan(
    old: Task | None, task: Task, defaults: tuple[str, ...], unit: Unit, now: datetime
) -> None:
    """Plan what the task should send and void what it should not. Nothing to do costs nothing."""
    if old and all(getattr(old, name) == getattr(task, name) for name in _DECISIVE):
        return
    wanted = _schedule(task, defaults)
    specs, moments = [alert.spec for alert in wanted], [alert.remind_at for alert in wanted]
    if old:
        unit.write(_VOID, task.id, specs, moments)
    if wanted:
        unit.write(_PLAN, task.id, task.user_id, specs, moments, task.due_date, now)
    unit.wake("reminders")


def _schedule(task: Task, defaults: tuple[str, ...]) -> tuple[Alert, ...]:
    if task.status is not Status.OPEN or task.deleted_at is not None:
        return ()
    specs = task.reminders
    if specs is None:
        specs = defaults if task.due_date else ()
    return alerts(specs, due_date=task.due_date, timezone=task.timezone, all_day=task.all_day)
