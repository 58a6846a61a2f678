"""Reactions of todo-recurring-task to task events."""

from collections.abc import Mapping

from todo.domain.task import Status
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.tasks import commands

# The fields that decide when the successor is due.
_DATING = {
    "fate",
    "completed_at",
    "due_date",
    "all_day",
    "timezone",
    "recurrence",
    "recurrence_mode",
}


def may_have_closed(envelope: Envelope) -> bool:
    """False for events of open tasks: they have no successor, and closing them is an event of its own."""
    task = envelope.data.get("task_data")
    return not isinstance(task, Mapping) or task.get("fate") != Status.OPEN


async def create_successor(envelope: Envelope, unit: Unit) -> None:
    """Create the successor of a closed occurrence, whichever event reports the closing."""
    task_id, user_id = envelope.data.get("task_id"), envelope.data.get("user_id")
    changes = envelope.data.get("changes")
    # Else the account may have moved to another zone since, where the completion was on another day.
    may_move = not isinstance(changes, Mapping) or not _DATING.isdisjoint(changes)
    if isinstance(task_id, int) and isinstance(user_id, str):
        await commands.add_successor(
            user_id, task_id, envelope.time, unit, unit.now(), may_move=may_move
        )
