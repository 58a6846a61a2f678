"""How long committed events have been waiting in the outbox."""

from asyncpg.pool import PoolConnectionProxy

from todo.runtime.db.unit import SHARDS

# The first of each shard, by the index: in an outage many events wait.
OLDEST_WAITING = f"""
    SELECT extract(epoch FROM clock_timestamp() - min(first.created_at))::float8
    FROM generate_series(0, {SHARDS - 1}) AS one(shard)
    CROSS JOIN LATERAL (
        SELECT created_at FROM outbox WHERE outbox.shard = one.shard AND published_at IS NULL
        ORDER BY outbox.id LIMIT 1) first
"""


async def oldest_waiting_seconds(connection: PoolConnectionProxy) -> float:
    """The age of the oldest event that is committed and not yet published; 0 when none waits."""
    seconds: float | None = await connection.fetchval(OLDEST_WAITING)
    return seconds or 0.0
