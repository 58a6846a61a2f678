"""Deletes the events of a user, which have titles of tasks.

The broker keeps its copies for the retention of the topic (see kafka_admin.py).
These tables have no index on the user, which every write would pay for, so a deletion reads each of them once.
"""

from todo.runtime.db.database import ERASE_SECONDS
from todo.runtime.db.unit import Unit


async def erase_events(user_id: str, unit: Unit) -> None:
    for table in ("outbox", "bus_event"):
        await unit.connection.execute(
            f"DELETE FROM {table} WHERE key = $1", user_id, timeout=ERASE_SECONDS
        )
    await unit.connection.execute(
        "DELETE FROM dead_letter WHERE strpos(envelope, $1) > 0",
        f'"{user_id}"',
        timeout=ERASE_SECONDS,
    )
