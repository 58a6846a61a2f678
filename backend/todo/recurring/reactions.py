"""What todo-recurring-task does with task events."""

from todo.runtime import clock
from todo.runtime.envelope import Envelope
from todo.runtime.unit import Unit
from todo.tasks import commands


async def create_successor(envelope: Envelope, unit: Unit) -> None:
    """A closed occurrence gets its successor, whichever event told of the closing."""
    task_id, user_id = envelope.data.get("task_id"), envelope.data.get("user_id")
    if isinstance(task_id, int) and isinstance(user_id, str):
        await commands.add_successor(user_id, task_id, unit, clock.now())
