"""The bus of the smallest size: topics, partitions, consumer groups and their positions in PostgreSQL.

It behaves like Kafka: a key stays in one partition, a consumer group reads each partition in order and stores its
position, and a partition waits while an event in it is retried. How events are delivered: `events/consumer.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.reader import Reader
from todo.runtime.db.unit import SHARDS
from todo.runtime.events.consumer import Consumer, Received
from todo.runtime.events.delivery import Connection
from todo.runtime.events.fan_out import broadcast
from todo.runtime.observe import log
from todo.runtime.ports import Outcome
from todo.runtime.service import FanOut, Subscription

_BATCH = 100  # events per partition and round
_POLL_SECONDS = 1.0
# After each failure of an event: 35 s in all, less than the 45 s that a delivery may take over Dapr.
_BACKOFF = (0.1, 0.3, 1.0, 3.0, 6.0, 10.0, 15.0)

_FETCH = f"""
    SELECT e.partition, e.position, e.envelope
    FROM unnest($2::int2[], $3::bigint[]) AS read(partition, position)
    CROSS JOIN LATERAL (
        SELECT * FROM bus_event b
        WHERE b.topic = $1 AND b.partition = read.partition AND b.position > read.position
        ORDER BY b.position LIMIT {_BATCH}) e
    ORDER BY e.partition, e.position
"""
_NEWEST = f"""
    SELECT one.partition, newest.position
    FROM generate_series(0, {SHARDS - 1}) AS one(partition)
    CROSS JOIN LATERAL (
        SELECT position FROM bus_event b WHERE b.topic = $1 AND b.partition = one.partition
        ORDER BY position DESC LIMIT 1) newest
"""
# The commit need not wait for the disk: a lost position means that the events are read again.
_SAVE_POSITIONS = """
    INSERT INTO bus_position
    SELECT $1, $2, n.* FROM set_config('synchronous_commit', 'off', true),
        unnest($3::int2[], $4::int8[]) AS n(partition, position)
    ON CONFLICT (consumer, topic, partition) DO UPDATE SET position = excluded.position
"""

# In each partition: to count more would read all of them every ten seconds while a consumer is away.
MOST_COUNTED = 10_000
# The lag of each consumer: how many events wait for it, and since when.
LAG = f"""
    SELECT c.consumer, c.topic, sum(waiting.count), extract(epoch FROM clock_timestamp() - min(waiting.oldest))
    FROM (SELECT DISTINCT consumer, topic FROM bus_position) c
    CROSS JOIN generate_series(0, {SHARDS - 1}) AS one(partition)
    LEFT JOIN bus_position p
        ON p.consumer = c.consumer AND p.topic = c.topic AND p.partition = one.partition
    CROSS JOIN LATERAL (
        SELECT count(*), min(published_at) AS oldest FROM (
            SELECT published_at FROM bus_event b
            WHERE b.topic = c.topic AND b.partition = one.partition AND b.position > coalesce(p.position, 0)
            ORDER BY b.position LIMIT {MOST_COUNTED}) next) waiting
    GROUP BY c.consumer, c.topic
"""


class ConsumerGroup:
    """One consumer group of one topic: reads its partitions and stores its positions."""

    def __init__(self, context: Context, app_id: str, subscription: Subscription) -> None:
        self._database = context.db
        self._app_id = app_id
        self._subscription = subscription
        self._consumer = Consumer(
            context, app_id, subscription, save_positions=self._save_positions
        )
        self._positions: dict[int, int] = {}
        self._paused: set[int] = set()
        self.woken = asyncio.Event()

    async def run(self) -> None:
        """Runs until cancelled. Only one process at a time reads for a group: the holder of its advisory lock."""
        while True:
            try:
                async with self._database.reader() as connection:
                    await self._read(connection)
            except UNREACHABLE as error:
                log.warning(
                    "a consumer waits for the database", consumer=self._app_id, reason=str(error)
                )
                await asyncio.sleep(_POLL_SECONDS)
            except Exception:
                log.exception("a consumer failed and is restarted", consumer=self._app_id)
                await asyncio.sleep(_POLL_SECONDS)

    async def _read(self, connection: Reader) -> None:
        """Lock and read by one connection: while it reads, the lock is held."""
        name = f"{self._app_id} {self._subscription.topic}"
        while not await connection.fetchval(  # noqa: ASYNC110  (another process holds it)
            "SELECT pg_try_advisory_lock(hashtextextended($1, 7))", name
        ):
            await asyncio.sleep(_POLL_SECONDS)
        await self._load_positions(connection)
        while True:
            self.woken.clear()
            if not await self._read_once(connection):
                await _wait(self.woken, _POLL_SECONDS)
                if self._subscription.batch_window:
                    await asyncio.sleep(self._subscription.batch_window.total_seconds())

    async def _load_positions(self, connection: Reader) -> None:
        rows = await connection.fetch(
            "SELECT partition, position FROM bus_position WHERE consumer = $1 AND topic = $2",
            self._app_id,
            self._subscription.topic,
        )
        # A new group starts at the oldest retained event.
        self._positions = dict.fromkeys(range(SHARDS), 0) | {
            r["partition"]: r["position"] for r in rows
        }

    async def _read_once(self, connection: Reader) -> bool:
        """Deliver the next events of the partitions that are not paused. True if there may be more."""
        reading = [p for p in self._positions if p not in self._paused]
        positions = [self._positions[p] for p in reading]
        rows = await connection.fetch(_FETCH, self._subscription.topic, reading, positions)
        events = [Received(row["envelope"], row["partition"], row["position"]) for row in rows]
        outcomes = await self._consumer.handle(events)
        for row, event, outcome in zip(rows, events, outcomes, strict=True):
            if outcome is not Outcome.RETRY:
                self._positions[row["partition"]] = event.position
            elif row["partition"] not in self._paused:
                self._pause(row["partition"], self._consumer.failures_of(event))
        return len(rows) >= _BATCH

    def _pause(self, partition: int, failures: int) -> None:
        self._paused.add(partition)

        def resume() -> None:
            self._paused.discard(partition)
            self.woken.set()

        delay = _BACKOFF[min(max(failures, 1), len(_BACKOFF)) - 1]
        asyncio.get_running_loop().call_later(delay, resume)

    async def _save_positions(self, events: Sequence[Received], connection: Connection) -> None:
        reached = {event.partition: event.position for event in events}
        await connection.execute(
            _SAVE_POSITIONS,
            self._app_id,
            self._subscription.topic,
            list(reached),
            list(reached.values()),
        )


class Broadcast:
    """A fan-out: passes on every event from its start on, and stores no position."""

    def __init__(self, context: Context, fan_out: FanOut) -> None:
        self._context = context
        self._fan_out = fan_out
        self.woken = asyncio.Event()

    async def run(self) -> None:
        positions: dict[int, int] | None = None
        while True:
            try:
                if positions is None:
                    positions = await self._newest()
                self.woken.clear()
                if not await self._read_once(positions):
                    await _wait(self.woken, _POLL_SECONDS)
            except UNREACHABLE as error:
                log.warning("live updates wait for the database", reason=str(error))
                await asyncio.sleep(_POLL_SECONDS)
            except Exception:
                log.exception("live updates failed and are restarted")
                await asyncio.sleep(_POLL_SECONDS)

    async def _newest(self) -> dict[int, int]:
        rows = await self._context.db.pool.fetch(_NEWEST, self._fan_out.topic)
        return dict.fromkeys(range(SHARDS), 0) | {r["partition"]: r["position"] for r in rows}

    async def _read_once(self, positions: dict[int, int]) -> bool:
        rows = await self._context.db.pool.fetch(
            _FETCH, self._fan_out.topic, list(positions), list(positions.values())
        )
        for row in rows:
            positions[row["partition"]] = row["position"]
            await broadcast(self._context, self._fan_out, row["envelope"])
        return len(rows) >= _BATCH


async def read_from(database: Database, topic: str, since: datetime) -> AsyncIterator[str]:
    """Every retained event of `topic` from `since` on, in order."""
    last = 0
    while True:
        rows = await database.pool.fetch(
            """SELECT position, envelope FROM bus_event
               WHERE topic = $1 AND published_at >= $2 AND position > $3 ORDER BY position LIMIT 500""",
            topic,
            since,
            last,
        )
        if not rows:
            return
        for row in rows:
            yield row["envelope"]
        last = rows[-1]["position"]


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
