"""Commands on the history."""

from todo.runtime.db.database import ERASE_SECONDS
from todo.runtime.db.unit import Unit


async def erase_history(user_id: str, unit: Unit) -> None:
    await unit.connection.execute(
        "DELETE FROM audit_log WHERE user_id = $1", user_id, timeout=ERASE_SECONDS
    )
