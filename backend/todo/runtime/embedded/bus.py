"""The runtime of the smallest size: topics, consumer groups, dead letters and state in PostgreSQL.

It keeps Kafka's meaning, so that a handler cannot tell the two apart: a topic has partitions, a key stays in one,
a consumer group reads each partition in order and remembers its position, what fails is tried again with backoff
while its partition waits, and what still fails goes to the dead letters with its reason.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import SHARDS
from todo.runtime.envelope import Envelope, Malformed
from todo.runtime.events import dead_letters
from todo.runtime.events.consumer import Note, Verdict, deliver, deliver_wire, open_envelope
from todo.runtime.observe import log
from todo.runtime.ports import (
    FanOut,
    Outcome,
    Subscription,
)

_BATCH = 100  # events per partition and round
_POLL_SECONDS = 1.0
_ATTEMPTS = 8
_BACKOFF = (0.1, 0.3, 1.0, 3.0, 6.0, 10.0, 15.0)  # 35 s in all, under the 45 s budget

_FETCH = f"""
    SELECT e.partition, e.position, e.event_id, e.envelope
    FROM unnest($2::int2[], $3::bigint[]) AS read(partition, position)
    CROSS JOIN LATERAL (
        SELECT * FROM bus_event b
        WHERE b.topic = $1 AND b.partition = read.partition AND b.position > read.position
        ORDER BY b.position LIMIT {_BATCH}) e
    ORDER BY e.partition, e.position
"""
# Of a reader's own progress likewise.
_NOTE = """
    INSERT INTO bus_position
    SELECT $1, $2, n.* FROM set_config('synchronous_commit', 'off', true),
        unnest($3::int2[], $4::int8[]) AS n(partition, position)
    ON CONFLICT (consumer, topic, partition) DO UPDATE SET position = excluded.position
"""


class Group:
    """One consumer group on one topic: reads its partitions, remembers how far."""

    def __init__(self, database: Database, app_id: str, subscription: Subscription) -> None:
        self._database = database
        self._app_id = app_id
        self._subscription = subscription
        self._positions: dict[int, int] = {}
        self._attempts: dict[int, int] = defaultdict(int)
        self._blocked: set[int] = set()
        self.woken = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. One process at a time reads for a group: an advisory lock says which."""
        while True:
            try:
                async with self._database.reader() as connection:
                    await self._read_on(connection)
            except UNREACHABLE as error:
                log.warning(
                    "a consumer waits for the database", consumer=self._app_id, reason=str(error)
                )
                await asyncio.sleep(_POLL_SECONDS)
            except Exception:
                log.exception("a consumer failed and reads on", consumer=self._app_id)
                await asyncio.sleep(_POLL_SECONDS)

    async def _read_on(self, connection: asyncpg.Connection) -> None:
        """The same connection holds the lock and reads, so what is read is ours to deliver."""
        name = f"{self._app_id} {self._subscription.topic}"
        while not await connection.fetchval(  # noqa: ASYNC110  (another process holds it)
            "SELECT pg_try_advisory_lock(hashtextextended($1, 7))", name
        ):
            await asyncio.sleep(_POLL_SECONDS)
        await self._read_positions(connection)
        while True:
            self.woken.clear()
            if not await self._round(connection):
                await _wait(self.woken, _POLL_SECONDS)
                if self._subscription.batch_window:
                    await asyncio.sleep(self._subscription.batch_window.total_seconds())

    async def _read_positions(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "SELECT partition, position FROM bus_position WHERE consumer = $1 AND topic = $2",
            self._app_id,
            self._subscription.topic,
        )
        # A new group begins at the oldest event that is kept.
        self._positions = dict.fromkeys(range(SHARDS), 0) | {
            r["partition"]: r["position"] for r in rows
        }

    async def _round(self, connection: asyncpg.Connection) -> bool:
        """Deliver what waits in the partitions that are not backing off. True if there may be more."""
        open_partitions = [p for p in self._positions if p not in self._blocked]
        rows = await connection.fetch(
            _FETCH,
            self._subscription.topic,
            open_partitions,
            [self._positions[p] for p in open_partitions],
        )
        if rows and not await self._deliver_together(rows):
            for partition, group in groupby(rows, key=itemgetter("partition")):
                await self._deliver_singly(partition, group)
        return len(rows) >= _BATCH

    async def _deliver_together(self, rows: Sequence[asyncpg.Record]) -> bool:
        """All in one transaction, with the positions; if anything is wrong with any of them, nothing happens."""
        try:
            envelopes = [open_envelope(row["envelope"]) for row in rows]
        except Malformed:
            return False
        reached = {row["partition"]: row["position"] for row in rows}
        verdict = await deliver(
            self._database, self._app_id, self._subscription, envelopes, self._noting(reached)
        )
        if verdict.outcome is not Outcome.SUCCESS:
            return False
        self._reached(reached)
        return True

    async def _deliver_singly(self, partition: int, rows: Iterable[asyncpg.Record]) -> None:
        """To find out which of them does not go well."""
        for row in rows:
            reached = {partition: row["position"]}
            verdict = await deliver_wire(
                self._database,
                self._app_id,
                self._subscription,
                row["envelope"],
                self._noting(reached),
            )
            match verdict.outcome:
                case Outcome.SUCCESS:
                    self._reached(reached)
                case Outcome.DROP:
                    await self._bury(partition, row, verdict)
                case Outcome.RETRY if verdict.outage:
                    self._back_off(partition)
                    return
                case Outcome.RETRY:
                    self._attempts[partition] += 1
                    if self._attempts[partition] < _ATTEMPTS:
                        self._back_off(partition)
                        return
                    await self._bury(partition, row, verdict)

    def _noting(self, reached: Mapping[int, int]) -> Note:
        async def note(connection: asyncpg.Pool | PoolConnectionProxy) -> None:
            await connection.execute(
                _NOTE, self._app_id, self._subscription.topic, list(reached), list(reached.values())
            )

        return note

    def _reached(self, positions: Mapping[int, int]) -> None:
        self._positions |= positions
        for partition in positions:
            self._attempts.pop(partition, None)

    async def _bury(self, partition: int, row: asyncpg.Record, verdict: Verdict) -> None:
        await dead_letters.bury(
            self._database,
            topic=self._subscription.topic,
            consumer=self._app_id,
            wire=row["envelope"],
            reason=verdict.reason,
        )
        reached = {partition: row["position"]}
        await self._noting(reached)(self._database.pool)
        self._reached(reached)

    def _back_off(self, partition: int) -> None:
        self._blocked.add(partition)
        delay = _BACKOFF[max(0, self._attempts[partition] - 1)]

        def reopen() -> None:
            self._blocked.discard(partition)
            self.woken.set()

        asyncio.get_running_loop().call_later(delay, reopen)


class Broadcast:
    """A fan-out: hears every event from the moment it starts, remembers nothing."""

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
                if not await self._round(positions):
                    await _wait(self.woken, _POLL_SECONDS)
            except UNREACHABLE as error:
                log.warning("the live updates wait for the database", reason=str(error))
                await asyncio.sleep(_POLL_SECONDS)
            except Exception:
                log.exception("the live updates failed and go on")
                await asyncio.sleep(_POLL_SECONDS)

    async def _newest(self) -> dict[int, int]:
        rows = await self._context.db.pool.fetch(
            "SELECT partition, max(position) AS position FROM bus_event WHERE topic = $1 GROUP BY partition",
            self._fan_out.topic,
        )
        return dict.fromkeys(range(SHARDS), 0) | {r["partition"]: r["position"] for r in rows}

    async def _round(self, positions: dict[int, int]) -> bool:
        rows = await self._context.db.pool.fetch(
            _FETCH, self._fan_out.topic, list(positions), list(positions.values())
        )
        for row in rows:
            positions[row["partition"]] = row["position"]
            try:
                envelope: Envelope = open_envelope(row["envelope"])
            except Malformed as error:
                log.warning("a live update was unreadable", reason=str(error))
                continue
            await self._fan_out.listen(envelope, self._context)
        return len(rows) >= _BATCH


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
