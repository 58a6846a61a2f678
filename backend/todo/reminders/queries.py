"""What other subjects read of reminders, and the one test of whether a reminder still matters."""

from datetime import datetime
from typing import Any

from todo.domain.reminder import SNOOZE, Cause, ReminderState

# For other subjects' statements: JOIN ({REMINDERS}) r. PostgreSQL inlines the subquery.
REMINDERS = """SELECT id, user_id, task_id, spec, due_date, remind_at, state, cause, acknowledged_at,
    superseded_by
    FROM reminder"""

# For the download of everything about a person ($1).
SECTIONS = {
    "reminders": """SELECT id AS page_key, task_id, spec, due_date, remind_at, state, cause, fired_at,
        acknowledged_at FROM reminder WHERE user_id = $1""",
}

# After a restore: nobody knows which reminders were sent since the backup, so they are not sent a second time.
AFTER_RESTORE = (
    f"""UPDATE reminder SET state = '{ReminderState.PASSED}', cause = '{Cause.RESTORED}'
        WHERE state = '{ReminderState.PLANNED}' AND remind_at <= now()""",
)


def still_relevant(task: str, due_at: str) -> str:
    """SQL: `task` (an alias of tasks.queries.TASKS) is open and still due at the time it was reminded of.

    Of an all-day task, `due_at` is the midnight of its date; changed rules of the zone may have moved it by hours.
    """
    return f"""({task}.is_open AND CASE WHEN {task}.due_on IS NULL
        THEN {task}.due_date IS NOT DISTINCT FROM {due_at}
        ELSE coalesce({task}.due_date - {due_at} BETWEEN interval '-12 hours' AND interval '12 hours', false)
        END)"""


async def snoozed_until(connection: Any, user_id: str, task_id: int) -> datetime | None:
    """When the snooze of a task will ring; None if there is none, or if it has rung."""
    until: datetime | None = await connection.fetchval(
        f"""SELECT remind_at FROM reminder WHERE user_id = $1 AND task_id = $2 AND spec = '{SNOOZE}'
            AND state = '{ReminderState.PLANNED}'""",
        user_id,
        task_id,
    )
    return until
