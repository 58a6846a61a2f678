"""PostgreSQL, through one pool per process. Committing rouses the listeners, without making the request wait.

NOTIFY is sent beside the transaction, not in it: a transaction that notifies holds a lock on the whole database
until its commit is on disk, which would put every write of every user in one queue (docs/decisions/0003).
A lost NOTIFY costs a poll interval, never an event.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from todo.runtime.db.unit import Unit
from todo.runtime.observe import log

# A process that was stopped in the middle of a transaction must not hold its locks for ever.
_SERVER_SETTINGS = {"idle_in_transaction_session_timeout": "15000", "timezone": "UTC", "jit": "off"}
# Nor must one that was stopped keep its advisory locks. And what a reader notes of its own progress need not wait
# for the disk: lost with the power, it is done again.
_READER_SETTINGS = {
    **_SERVER_SETTINGS,
    "idle_session_timeout": "15000",
    "synchronous_commit": "off",
}

# What a database that is away looks like.
UNREACHABLE = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
               asyncpg.CannotConnectNowError, asyncpg.OperatorInterventionError,
               asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError, TimeoutError,
               # a connection that broke in the middle of asyncpg's own work
               asyncpg.InternalClientError,
               # we were stopped for so long that it gave us up
               asyncpg.IdleInTransactionSessionTimeoutError)  # fmt: skip


async def _keep(_connection: Any) -> None:
    """Instead of asyncpg's reset, a round trip per release: nothing here leaves settings behind."""


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_json, decoder=orjson.loads
    )


@asynccontextmanager
async def _transaction(connection: PoolConnectionProxy, durable: bool) -> AsyncIterator[None]:
    if durable:
        async with connection.transaction():
            yield
        return
    await connection.execute("BEGIN; SET LOCAL synchronous_commit = off")
    try:
        yield
    except BaseException:
        await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


class IdBlock:
    """Ids drawn ahead from a table's identity sequence, so that a row can be written together with the events
    that name it. Gaps are harmless.
    """

    _SIZE = 20

    def __init__(self, pool: asyncpg.Pool, table: str) -> None:
        self._pool = pool
        self._table = table
        self._drawn: deque[int] = deque()

    async def next(self, connection: PoolConnectionProxy | None) -> int:
        """Uses `connection` if the caller has one: waiting for a second could deadlock the pool."""
        while not self._drawn:
            rows = await (connection or self._pool).fetch(
                "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2)",
                self._table,
                self._SIZE,
            )
            self._drawn += (row["id"] for row in rows)
        return self._drawn.popleft()


class Database:
    def __init__(self, pool: asyncpg.Pool, url: str) -> None:
        self.pool = pool
        self._ids: dict[str, IdBlock] = {}
        self._url = url
        self._listeners: dict[str, list[Callable[[], None]]] = defaultdict(list)
        self._pending: set[str] = set()
        self._to_send = asyncio.Event()
        self._bell: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def unit(
        self, source: str = "todo-backend", *, durable: bool = True
    ) -> AsyncIterator[Unit]:
        """One transaction; commits when the block ends, and only then is anybody told.

        Only what would be done again if it were lost may do without `durable`.
        """
        async with self.pool.acquire() as connection:
            async with _transaction(connection, durable):
                unit = Unit(self, source, connection)
                yield unit
                await unit.flush(connection)
        for channel in unit.woken:
            self.notify(channel)

    @asynccontextmanager
    async def writes(self, source: str = "todo-backend") -> AsyncIterator[Unit]:
        """A unit that reads nothing and writes each kind of row once: one statement, one round trip."""
        unit = Unit(self, source)
        yield unit
        async with self.pool.acquire() as connection:
            await unit.flush(connection)
        for channel in unit.woken:
            self.notify(channel)

    async def next_id(self, table: str, connection: PoolConnectionProxy | None) -> int:
        """An id for a new row of `table`."""
        if table not in self._ids:
            self._ids[table] = IdBlock(self.pool, table)
        return await self._ids[table].next(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PoolConnectionProxy]:
        """A connection for queries that change nothing."""
        async with self.pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of one's own, to hold an advisory lock and note progress on; the lock ends with it."""
        connection = await asyncpg.connect(
            self._url, server_settings=_READER_SETTINGS, timeout=5, command_timeout=10
        )
        try:
            yield connection
        finally:
            connection.terminate()

    def notify(self, channel: str) -> None:
        """Here at once, in the other processes within a round trip or two."""
        for callback in self._listeners.get(channel, ()):
            callback()
        self._pending.add(channel)
        self._to_send.set()

    def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """`callback` also runs after a reconnect, when notifications may have been missed."""
        self._listeners[channel].append(callback)

    async def _ring(self) -> None:
        """Own one connection for LISTEN and NOTIFY; on its loss, reconnect and rouse everybody."""
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url, server_settings=_SERVER_SETTINGS, timeout=5, command_timeout=10
                )
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

    def _heard(self, connection: Any, sender: int, channel: str, _payload: object) -> None:
        if sender == connection.get_server_pid():
            return  # our own: those were called when it was sent
        for callback in self._listeners.get(channel, ()):
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
