"""What connected assistants did, according to the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg.pool import PoolConnectionProxy

# The condition on 'client:' lets PostgreSQL use the partial index ix_audit_log_client.
_BY_CLIENT = (
    "FROM audit_log WHERE user_id = $1 AND actor = $2 AND actor LIKE 'client:%' AND at >= $3"
)


@dataclass(frozen=True, slots=True)
class Changes:
    count: int
    # The newest first: event_type, title, task_id, at.
    last: list[dict[str, Any]]


async def changes_by_client(
    connection: PoolConnectionProxy, user_id: str, actor: str, since: datetime
) -> Changes:
    """What a connected assistant changed since it was connected, with its last three changes."""
    count = await connection.fetchval(f"SELECT count(*) {_BY_CLIENT}", user_id, actor, since)
    last = await connection.fetch(
        f"""SELECT event_type, data->'task_data'->>'title' AS title, task_id, at {_BY_CLIENT}
            ORDER BY id DESC LIMIT 3""",
        user_id,
        actor,
        since,
    )
    return Changes(count, [dict(row) for row in last])
