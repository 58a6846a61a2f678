"""Reactions of todo-recurring-task to task events."""

from collections.abc import Mapping
from typing import Any

from todo.domain.recurrence import RecurrenceMode
from todo.domain.task import Status
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.tasks import commands

# The fields of a closed occurrence that decide when its successor is due. In the mode from_completion its due date
# does too.
_DATING = {"fate", "completed_at", "recurrence", "recurrence_mode"}


def may_have_closed(envelope: Envelope) -> bool:
    """False for events of open tasks: they have no successor, and closing them is an event of its own."""
    task = envelope.data.get("task_data")
    return not isinstance(task, Mapping) or task.get("fate") != Status.OPEN


async def create_successor(envelope: Envelope, unit: Unit) -> None:
    """Create the successor of a closed occurrence, whichever event reports the closing."""
    task_id, user_id = envelope.data.get("task_id"), envelope.data.get("user_id")
    may_move = _moves_successor(envelope.data)
    if isinstance(task_id, int) and isinstance(user_id, str):
        await commands.add_successor(
            user_id, task_id, envelope.time, unit, unit.now(), may_move=may_move
        )


def _moves_successor(data: Mapping[str, Any]) -> bool:
    """Whether the change decides when the successor is due. After another one it must not be computed again: the
    account may have moved to a zone since, in which the completion was on another day."""
    changes, task = data.get("changes"), data.get("task_data")
    if not isinstance(changes, Mapping):
        return True
    counts_from_due = (
        isinstance(task, Mapping)
        and task.get("recurrence_mode") == RecurrenceMode.FROM_COMPLETION
        and "due_date" in changes
    )
    return counts_from_due or not _DATING.isdisjoint(changes)
