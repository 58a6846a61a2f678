"""A connection outside the pool that holds advisory locks for as long as its process responds.

The server closes a session that is idle for too long, which releases its locks. So a process that is stopped or
hangs loses them, and another replica takes over. A heartbeat keeps the session of a process that is only waiting.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

# Must be several heartbeats: a busy machine delays them.
_IDLE_SECONDS = 5.0
_HEARTBEAT_SECONDS = 1.0


class Reader:
    """Runs one statement at a time; the heartbeat runs only if there was none for a while."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._used_at = 0.0

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        async with self._lock:
            rows: list[asyncpg.Record] = await self._connection.fetch(query, *values)
            self._used_at = asyncio.get_running_loop().time()
            return rows

    async def fetchval(self, query: str, *values: Any) -> Any:
        rows = await self.fetch(query, *values)
        return rows[0][0] if rows else None

    async def keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            if asyncio.get_running_loop().time() - self._used_at < _HEARTBEAT_SECONDS:
                continue
            try:
                await self.fetch("SELECT 1")
            except Exception:  # the connection is lost: its next use raises the error
                return


@asynccontextmanager
async def open_reader(url: str, server_settings: Mapping[str, str]) -> AsyncIterator[Reader]:
    connection = await asyncpg.connect(
        url,
        server_settings={
            **server_settings,
            "idle_session_timeout": str(round(_IDLE_SECONDS * 1000)),
            # Its progress need not wait for the disk: if a power failure loses it, the events are read again.
            "synchronous_commit": "off",
        },
        timeout=5,
        command_timeout=10,
    )
    reader = Reader(connection)
    heartbeat = asyncio.create_task(reader.keep_alive(), name="database heartbeat")
    try:
        yield reader
    finally:
        heartbeat.cancel()
        await asyncio.gather(heartbeat, return_exceptions=True)
        connection.terminate()
