"""How long committed events have been waiting in the outbox."""

from asyncpg.pool import PoolConnectionProxy


async def oldest_waiting_seconds(connection: PoolConnectionProxy) -> float:
    """The age of the oldest event that is committed and not yet published; 0 when none waits."""
    seconds: float | None = await connection.fetchval(
        """SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8 FROM outbox
           WHERE published_at IS NULL"""
    )
    return seconds or 0.0
