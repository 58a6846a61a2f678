"""PostgreSQL, through one pool per process. Committing rouses the listeners, without making the request wait.

NOTIFY is sent beside the transaction, not in it: a transaction that notifies holds a lock on the whole database
until its commit is on disk, which would put every write of every user in one queue (docs/decisions/0003).
A lost NOTIFY costs a poll interval, never an event.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.runtime.observe import log
from todo.runtime.unit import Unit

# A process that was stopped in the middle of a transaction must not hold its locks for ever.
_SERVER_SETTINGS = {"idle_in_transaction_session_timeout": "15000", "timezone": "UTC", "jit": "off"}

# What a database that is away looks like.
UNREACHABLE = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
               asyncpg.CannotConnectNowError, asyncpg.OperatorInterventionError,
               asyncpg.TooManyConnectionsError, TimeoutError)  # fmt: skip


async def _keep(_connection: Any) -> None:
    """Instead of asyncpg's reset, a round trip per release: nothing here leaves settings behind."""


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
    )


class Database:
    def __init__(self, pool: asyncpg.Pool, url: str) -> None:
        self.pool = pool
        self._url = url
        self._listeners: dict[str, list[Callable[[], None]]] = defaultdict(list)
        self._pending: set[str] = set()
        self._to_send = asyncio.Event()
        self._bell: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def unit(self, source: str = "todo-backend") -> AsyncIterator[Unit]:
        """One transaction; commits when the block ends, and only then is anybody told."""
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                unit = Unit(connection, source)
                yield unit
                await unit.write_outbox()
        for channel in unit.woken:
            self.notify(channel)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PoolConnectionProxy]:
        """A connection for queries that change nothing."""
        async with self.pool.acquire() as connection:
            yield connection

    def notify(self, channel: str) -> None:
        self._pending.add(channel)
        self._to_send.set()

    def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """`callback` also runs after a reconnect, when notifications may have been missed."""
        self._listeners[channel].append(callback)

    async def _ring(self) -> None:
        """Own one connection for LISTEN and NOTIFY; on its loss, reconnect and rouse everybody."""
        while True:
            try:
                connection = await asyncpg.connect(self._url, server_settings=_SERVER_SETTINGS)
            except UNREACHABLE:
                await asyncio.sleep(0.5)
                continue
            try:
                for channel in self._listeners:
                    await connection.add_listener(channel, self._heard)
                    self._heard(connection, 0, channel, "")
                await self._send_from(connection)
            except UNREACHABLE as error:
                log.warning("the database connection for notifications was lost", reason=str(error))
            finally:
                connection.terminate()

    async def _send_from(self, connection: Any) -> None:
        while True:
            try:
                async with asyncio.timeout(5):
                    await self._to_send.wait()
            except TimeoutError:
                await connection.execute("SELECT 1")
                continue
            self._to_send.clear()
            channels, self._pending = self._pending, set()
            await connection.execute(";".join(f"NOTIFY {channel}" for channel in channels))

    def _heard(self, _connection: Any, _pid: int, channel: str, _payload: object) -> None:
        for callback in self._listeners[channel]:
            callback()

    def start_bell(self) -> None:
        self._bell = asyncio.create_task(self._ring(), name="database bell")

    async def close(self) -> None:
        if self._bell is not None:
            self._bell.cancel()
            await asyncio.gather(self._bell, return_exceptions=True)
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


@asynccontextmanager
async def open_database(url: str, *, size: int = 10) -> AsyncIterator[Database]:
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=_prepare,
        reset=_keep,
        server_settings=_SERVER_SETTINGS,
        command_timeout=30,
        timeout=5,
    )
    database = Database(pool, url)
    try:
        yield database
    finally:
        await database.close()
