"""What other subjects read of reminders, and the one test of whether a reminder still matters."""

# For other subjects' statements: JOIN ({REMINDERS}) r. PostgreSQL inlines the subquery.
REMINDERS = """SELECT id, user_id, task_id, spec, due_date, remind_at, state, acknowledged_at, superseded_by
    FROM reminder"""


def still_relevant(task: str, due_at: str) -> str:
    """SQL: `task` (an alias of tasks.queries.TASKS) is open and still due at the time it was reminded of."""
    return f"({task}.is_open AND {task}.due_date IS NOT DISTINCT FROM {due_at})"
