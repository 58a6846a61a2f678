"""Writes the table `reminder`; only firing.py writes it too. Each command is part of its caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from todo.db.relations import TASKS
from todo.domain.recurrence import start_of_day
from todo.domain.reminder import (
    NAG,
    SNOOZE,
    Alert,
    Cause,
    ReminderSettings,
    ReminderState,
    alerts,
    to_plan,
)
from todo.domain.task import Status, Task
from todo.reminders.queries import still_relevant
from todo.runtime.db.unit import Unit

_DECISIVE = ("due_date", "all_day", "timezone", "reminders", "status", "deleted_at")
_CANCEL_UNWANTED = f"""
    UPDATE reminder r SET state = '{ReminderState.CANCELLED}', cause = $5
    WHERE r.task_id = $1 AND r.state = '{ReminderState.PLANNED}'
        AND NOT ($4 AND r.spec IN ('{SNOOZE}', '{NAG}')) AND NOT EXISTS (
        SELECT FROM unnest($2::text[], $3::timestamptz[]) AS w(spec, remind_at)
        WHERE w.spec = r.spec AND w.remind_at = r.remind_at)
"""
_MOVE_KEPT = f"""
    UPDATE reminder SET due_date = $2
    WHERE task_id = $1 AND state = '{ReminderState.PLANNED}' AND spec IN ('{SNOOZE}', '{NAG}')
"""
_PLAN = f"""
    INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at, state)
    SELECT $2, $1, spec, $5, remind_at,
        CASE WHEN remind_at < $6 THEN '{ReminderState.PASSED}' ELSE '{ReminderState.PLANNED}' END
    FROM unnest($3::text[], $4::timestamptz[]) AS w(spec, remind_at)
    ON CONFLICT (task_id, spec, remind_at) DO UPDATE
    SET due_date = excluded.due_date,
        -- It was planned before its time, so it is only late.
        state = CASE WHEN reminder.state = '{ReminderState.PLANNED}' THEN reminder.state ELSE excluded.state END,
        cause = NULL
    WHERE reminder.state IN ('{ReminderState.PLANNED}', '{ReminderState.CANCELLED}')
"""
_ACKNOWLEDGE = """
    UPDATE reminder SET acknowledged_at = coalesce(acknowledged_at, $3)
    WHERE user_id = $1 AND id = ANY($2::bigint[])
"""
_STOP_NAGGING = f"""
    UPDATE reminder SET state = '{ReminderState.CANCELLED}', cause = '{Cause.ANSWERED}'
    WHERE user_id = $1 AND state = '{ReminderState.PLANNED}' AND spec = '{NAG}'
        AND task_id IN (SELECT task_id FROM reminder WHERE user_id = $1 AND id = ANY($2::bigint[]))
"""
_END_EARLIER_SNOOZE = f"""
    UPDATE reminder SET state = '{ReminderState.CANCELLED}', cause = '{Cause.SNOOZED_AGAIN}'
    WHERE user_id = $1 AND task_id = ANY($2::bigint[]) AND spec = '{SNOOZE}' AND remind_at <> $3
        AND state = '{ReminderState.PLANNED}'
"""
_END_SNOOZE = f"""
    UPDATE reminder SET state = '{ReminderState.CANCELLED}', cause = '{Cause.UNDONE}'
    WHERE user_id = $1 AND task_id = $2 AND spec = '{SNOOZE}' AND state = '{ReminderState.PLANNED}'
"""
_SNOOZE = f"""
    INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
    SELECT t.user_id, t.id, '{SNOOZE}', t.due_date, $3 FROM ({TASKS}) t
    WHERE t.user_id = $1 AND t.id = ANY($2::bigint[]) AND t.is_open
    ON CONFLICT (task_id, spec, remind_at) DO UPDATE SET state = '{ReminderState.PLANNED}', cause = NULL
"""
_NAG = f"""
    INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
    SELECT user_id, task_id, '{NAG}', due_date, $2 FROM reminder WHERE id = $1
    ON CONFLICT DO NOTHING
"""
# The reminders of open all-day tasks that count from the date and have not rung, locked. OFFSET 0 keeps a look-up
# of each task by its id: PostgreSQL would compare every pair for a new user, whom its statistics do not know.
_OF_ALL_DAY = f"""
    SELECT r.id, r.task_id, r.spec, r.state, t.due_on FROM reminder r
    CROSS JOIN LATERAL (SELECT * FROM ({TASKS}) its WHERE its.id = r.task_id OFFSET 0) t
    WHERE r.user_id = ANY($1::text[]) AND t.due_on IS NOT NULL
        AND r.spec ~ '^-?P' AND r.state IN ('{ReminderState.PLANNED}', '{ReminderState.PASSED}')
        AND {still_relevant("t", "r.due_date")}
    ORDER BY r.id FOR UPDATE OF r
"""
# A cancelled reminder at the same moment never rang, so nothing refers to it.
_MAKE_ROOM = f"""
    DELETE FROM reminder c USING unnest($1::bigint[], $2::timestamptz[]) AS moved(id, remind_at), reminder r
    WHERE r.id = moved.id AND c.task_id = r.task_id AND c.spec = r.spec AND c.remind_at = moved.remind_at
        AND c.id <> r.id AND c.state = '{ReminderState.CANCELLED}'
"""
_MOVE = f"""
    UPDATE reminder r SET remind_at = moved.remind_at, state = moved.state,
        cause = CASE WHEN moved.state = '{ReminderState.PASSED}' THEN '{Cause.ZONE}' END
    FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS moved(id, remind_at, state) WHERE r.id = moved.id
"""
_WITHDRAW = f"""
    UPDATE reminder r SET state = '{ReminderState.CANCELLED}', superseded_by = NULL,
        cause = CASE WHEN t.is_deleted THEN '{Cause.DELETED}' WHEN t.is_open THEN '{Cause.MOVED}' ELSE t.status END
    FROM ({TASKS}) t
    WHERE (r.id = ANY($1::bigint[]) OR r.superseded_by = ANY($1::bigint[] || $2::bigint[])) AND t.id = r.task_id
        AND NOT {still_relevant("t", "r.due_date")}
"""


def plan(
    old: Task | None, task: Task, settings: ReminderSettings, unit: Unit, acted_at: datetime
) -> None:
    """Plan the reminders of a changed task and cancel those it no longer has.

    A reminder has passed if it was in the past when the person acted. If the system planned it too late, it is
    sent late instead.
    """
    if old and all(getattr(old, name) == getattr(task, name) for name in _DECISIVE):
        return
    wanted = _schedule(task, settings, acted_at)
    specs, moments = [alert.spec for alert in wanted], [alert.remind_at for alert in wanted]
    if old:
        # A snooze and a repetition stay while the task is open and due at the same time.
        stays = bool(task.status is Status.OPEN and not task.deleted_at) and (old.due == task.due)
        unit.write(_CANCEL_UNWANTED, task.id, specs, moments, stays, _cause(old, task))
        if stays and old.due_date != task.due_date:
            # The same day, which begins at another moment in another zone.
            unit.write(_MOVE_KEPT, task.id, task.due_date)
    if wanted:
        unit.write(_PLAN, task.id, task.user_id, specs, moments, task.due_date, acted_at)
    unit.wake("reminders")


def _cause(old: Task, task: Task) -> Cause:
    if task.deleted_at is not None:
        return Cause.DELETED
    match task.status:
        case Status.DONE:
            return Cause.DONE
        case Status.SKIPPED:
            return Cause.SKIPPED
        case Status.OPEN | Status.MISSED:
            return Cause.MOVED if old.due != task.due else Cause.EDITED


def _schedule(task: Task, settings: ReminderSettings, acted_at: datetime) -> tuple[Alert, ...]:
    if task.status is not Status.OPEN or task.deleted_at is not None:
        return ()
    due_date, timezone = task.rings_from(settings.timezone)
    return to_plan(
        task.reminders,
        settings.defaults,
        due_date=due_date,
        timezone=timezone,
        all_day=task.all_day,
        at=acted_at,
    )


async def ring_in_zone(timezone: str, user_ids: Sequence[str], unit: Unit, now: datetime) -> None:
    """Move the reminders of these users' all-day tasks to the hours of `timezone`, in which their accounts are.

    What has rung does not ring again. What has not rung, and whose new time has passed, rings now.
    """
    rows = await unit.connection.fetch(_OF_ALL_DAY, user_ids)
    moved: dict[int, tuple[datetime, str]] = {}
    rings_now: dict[int, int] = {}  # by task: several that rang at once would say the same
    for row in rows:
        due = start_of_day(row["due_on"], timezone)
        for alert in alerts((row["spec"],), due_date=due, timezone=timezone, all_day=True):
            if alert.remind_at > now:
                moved[row["id"]] = alert.remind_at, ReminderState.PLANNED
            elif row["state"] == ReminderState.PLANNED:
                moved[row["id"]] = alert.remind_at, ReminderState.PASSED
                newest = rings_now.setdefault(row["task_id"], row["id"])
                if moved[newest][0] < alert.remind_at:
                    rings_now[row["task_id"]] = row["id"]
    moved |= dict.fromkeys(rings_now.values(), (now, ReminderState.PLANNED))
    if not moved:
        return
    moments = [remind_at for remind_at, _ in moved.values()]
    await unit.connection.execute(_MAKE_ROOM, list(moved), moments)
    await unit.connection.execute(_MOVE, list(moved), moments, [s for _, s in moved.values()])
    unit.wake("reminders")


def acknowledge(user_id: str, reminder_ids: Sequence[int], unit: Unit, now: datetime) -> None:
    """Mark reminders as seen, so that they are not repeated. In a unit that also closes the task, `plan` cancels
    the same repetitions; both causes are true, so it does not matter which of them PostgreSQL keeps."""
    unit.write(_ACKNOWLEDGE, user_id, reminder_ids, now)
    unit.write(_STOP_NAGGING, user_id, reminder_ids)


def snooze(user_id: str, task_ids: Sequence[int], until: datetime, unit: Unit) -> None:
    """Remind again of those tasks that are still open. It replaces an earlier snooze."""
    unit.write(_END_EARLIER_SNOOZE, user_id, task_ids, until)
    unit.write(_SNOOZE, user_id, task_ids, until)
    unit.wake("reminders")


def end_snooze(user_id: str, task_id: int, unit: Unit) -> None:
    unit.write(_END_SNOOZE, user_id, task_id)


def nag(reminder_id: int, at: datetime, unit: Unit) -> None:
    """Repeat a reminder at `at`, unless it is acknowledged before."""
    unit.write(_NAG, reminder_id, at)


async def withdraw(irrelevant: Sequence[int], digests: Sequence[int], unit: Unit) -> None:
    """Cancel fired reminders whose tasks were closed or moved: of `irrelevant`, which were not shown, and of
    those that `irrelevant` or `digests` supersede."""
    if irrelevant or digests:
        await unit.connection.execute(_WITHDRAW, irrelevant, digests)
