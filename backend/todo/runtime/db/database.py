"""PostgreSQL: one connection pool per process, units of work, LISTEN and NOTIFY.

NOTIFY is sent after the transaction, not in it: a transaction that notifies holds a lock on the whole
database until its commit is on disk, which would serialise all writes (docs/decisions/0003). A lost NOTIFY
costs a poll interval, never an event.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from todo.runtime import metrics
from todo.runtime.db.clock import DatabaseClock
from todo.runtime.db.reader import Reader, open_reader
from todo.runtime.db.unit import Unit
from todo.runtime.observe import log

# A process that was stopped in a transaction must not hold its locks for ever.
_SERVER_SETTINGS = {"idle_in_transaction_session_timeout": "15000", "timezone": "UTC", "jit": "off"}

# The errors of a database that is unreachable or cannot write.
UNREACHABLE = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
               asyncpg.CannotConnectNowError, asyncpg.OperatorInterventionError,
               asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError, TimeoutError,
               # a connection that broke during asyncpg's own protocol work
               asyncpg.InternalClientError,
               # this process was stopped for so long that the server closed the session
               asyncpg.IdleInTransactionSessionTimeoutError)  # fmt: skip


# The timeout of a statement that deletes all that a user has in a table; others have 30 seconds.
ERASE_SECONDS = 300
_SLOW_SECONDS = 1.0


async def _no_reset(_connection: Any) -> None:
    """Replaces asyncpg's reset on release, a round trip: no code here leaves session settings behind."""


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_json, decoder=orjson.loads
    )
    connection.add_query_logger(_report_slow)


def _report_slow(done: asyncpg.connection.LoggedQuery) -> None:
    """Without the arguments: they hold what users wrote."""
    if done.elapsed >= _SLOW_SECONDS:
        metrics.slow_statements.inc()
        log.warning("a slow statement", seconds=round(done.elapsed, 1), statement=done.query[:300])


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


# How often the database's clock is read at least.
_CLOCK_SECONDS = 2


class IdBlock:
    """Ids of a table, reserved in advance, so that a row and the events that name it are one write."""

    _SIZE = 20

    def __init__(self, pool: asyncpg.Pool, table: str) -> None:
        self._pool = pool
        self._table = table
        self._drawn: deque[int] = deque()

    async def next(self, connection: PoolConnectionProxy | None) -> int:
        """Uses `connection` if the caller has one: waiting for a second one could deadlock the pool."""
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
        self.clock = DatabaseClock(pool)
        self._ids: dict[str, IdBlock] = {}
        self._url = url
        self._listeners: dict[str, list[Callable[[], None]]] = defaultdict(list)
        self._pending: set[str] = set()
        self._to_send = asyncio.Event()
        self._notifier: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def unit(
        self, source: str = "todo-backend", *, durable: bool = True
    ) -> AsyncIterator[Unit]:
        """One transaction, committed when the block ends; listeners are notified after that.

        durable=False: the commit does not wait for the disk. Only for work that is repeated if it is lost.
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
        """A write-only unit with one write per kind of row: a single statement, one round trip."""
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
        """A connection for read-only queries."""
        async with self.pool.acquire() as connection:
            yield connection

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """A connection outside the pool, to hold an advisory lock. Closing it releases the lock."""
        return open_reader(self._url, _SERVER_SETTINGS)

    def now(self) -> datetime:
        """The current time by the clock of the database."""
        return self.clock.now()

    def notify(self, channel: str) -> None:
        """Call the listeners: of this process at once, of other processes after a NOTIFY."""
        for callback in self._listeners.get(channel, ()):
            callback()
        self._pending.add(channel)
        self._to_send.set()

    def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """`callback` also runs after a reconnect, because notifications may have been lost."""
        self._listeners[channel].append(callback)

    async def _run_notifier(self) -> None:
        """Keep one connection for LISTEN and NOTIFY; after a reconnect, call every listener."""
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
                await self.clock.read_with(connection)
                await self._send_from(connection)
            except UNREACHABLE as error:
                log.warning("the database connection for notifications was lost", reason=str(error))
            finally:
                connection.terminate()

    async def _send_from(self, connection: Any) -> None:
        while True:
            try:
                async with asyncio.timeout(_CLOCK_SECONDS):
                    await self._to_send.wait()
            except TimeoutError:
                await self.clock.read_with(connection)  # it also notices a lost connection
                continue
            if self.clock.age > _CLOCK_SECONDS:
                await self.clock.read_with(connection)
            self._to_send.clear()
            channels, self._pending = self._pending, set()
            await connection.execute(";".join(f"NOTIFY {channel}" for channel in channels))

    def _heard(self, connection: Any, sender: int, channel: str, _payload: object) -> None:
        if sender == connection.get_server_pid():
            return  # sent by this process: `notify` has called the listeners
        for callback in self._listeners.get(channel, ()):
            callback()

    def start_notifier(self) -> None:
        self._notifier = asyncio.create_task(self._run_notifier(), name="database notifier")

    async def close(self) -> None:
        if self._notifier is not None:
            self._notifier.cancel()
            await asyncio.gather(self._notifier, return_exceptions=True)
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
        reset=_no_reset,
        server_settings=_SERVER_SETTINGS,
        command_timeout=30,
        timeout=5,
    )
    database = Database(pool, url)
    metrics.database_connections_max.set(size)
    metrics.database_connections.labels("idle").set_function(pool.get_idle_size)
    metrics.database_connections.labels("used").set_function(
        lambda: pool.get_size() - pool.get_idle_size()
    )
    try:
        yield database
    finally:
        await database.close()
