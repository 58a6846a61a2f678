"""The relay: publishes the outbox to the broker, every committed event, in order per key, one relay per shard.

Rows are selected by being unpublished, never by `id > last seen`: ids are drawn before commits and become
visible out of order. A shard belongs to the relay that holds its advisory lock; the relays of other replicas
stand by, so events are published in the order of their ids. A relay that dies between publishing and marking
causes a duplicate, which consumers recognise by the event id.

A broker that recovers during a failing publish can accept its later events but not its earlier ones. So if
the result of a topic's last publish is unknown, only the first event of each key is published, and its result
awaited. One case remains: a leader election within seconds, during a publish of several events of one key,
can reorder them. No consumer depends on the order: each reads the task's current state.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import asyncpg

from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.db.reader import Reader
from todo.runtime.db.unit import SHARDS
from todo.runtime.observe import log
from todo.runtime.ports import Message, Runtime, Unavailable

_BATCH = 200  # rows per shard and round
_POLL_SECONDS = 0.5  # in case a notification was lost
_HOLD_SECONDS = (
    0.5  # between attempts to publish to a failing topic; more if the last attempt took longer
)
_GIVE_UP_SECONDS = 5  # without a successful publish, until another replica may try
_LOCK_SPACE = 7_082_011

_CLAIM = "SELECT s FROM unnest($1::int[]) s WHERE pg_try_advisory_lock($2, s)"
# Also marks what the last round published. The SELECT does not see that update yet, so it excludes those rows.
_TAKE = f"""
    WITH marked AS (
        UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($2::bigint[]))
    SELECT o.id, o.event_id, o.topic, o.key, o.envelope
    FROM unnest($1::int[]) AS mine(shard)
    CROSS JOIN LATERAL (
        SELECT * FROM outbox
        WHERE outbox.shard = mine.shard AND published_at IS NULL AND outbox.id <> ALL($2)
            AND outbox.topic <> ALL($3)
        ORDER BY outbox.id LIMIT {_BATCH}) o
    ORDER BY o.id
"""


class Pace:
    """A token bucket: a burst of rounds at once, then one per `seconds`, so that events share a round."""

    _BURST = 10

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rounds = float(self._BURST)
        self._at = asyncio.get_running_loop().time()

    async def wait(self) -> None:
        if not self._seconds:
            return
        if self._rounds < 1:
            await asyncio.sleep((1 - self._rounds) * self._seconds)
        now = asyncio.get_running_loop().time()
        self._rounds = min(self._BURST, self._rounds + (now - self._at) / self._seconds) - 1
        self._at = now


@dataclass(frozen=True, slots=True)
class Hold:
    """A failing topic is not tried again before `until`. The other topics go on."""

    until: float
    reason: str


class Relay:
    """Publishes over `connection`, which also holds the shards' locks: if it is lost, another relay takes them.

    `held`: the failing topics; the next relay of this process gets the same dictionary.
    """

    def __init__(
        self, connection: Reader, runtime: Runtime, held: dict[str, Hold] | None = None
    ) -> None:
        self._connection = connection
        self._runtime = runtime
        self._held = {} if held is None else held
        self._shards: list[int] = []
        self._published: list[int] = []
        # The topics whose last publish succeeded, and the time of the last success of any topic.
        self._flowing: set[str] = set()
        self._arrived_at = -inf

    @property
    def trouble(self) -> str | None:
        return "; ".join(hold.reason for hold in self._held.values()) or None

    async def claim(self) -> None:
        """Lock the shards that no relay holds."""
        if others := sorted(set(range(SHARDS)) - set(self._shards)):
            rows = await self._connection.fetch(_CLAIM, others, _LOCK_SPACE)
            self._shards += (row["s"] for row in rows)
            if rows:  # the previous owner's last result is unknown
                self._flowing.clear()

    async def publish_waiting(self) -> int:
        """One round; returns how many events were published. The next round marks them.

        Raises the failure if no publish has succeeded for a while. The events stay in the outbox.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        excluded = [topic for topic, hold in self._held.items() if hold.until > began]
        rows = await self._connection.fetch(_TAKE, self._shards, self._published, excluded)
        self._published = []
        topics = self._by_topic(rows)
        if len(rows) < _BATCH:  # these are all unpublished events
            for topic in self._held.keys() - topics.keys() - set(excluded):
                del self._held[topic]  # another relay has published it
        # Order is guaranteed per key within a topic, so topics are published concurrently.
        outcomes = await asyncio.gather(
            *(self._publish(topic, rows) for topic, rows in topics.items()), return_exceptions=True
        )
        failure = None
        for (topic, sent), outcome in zip(topics.items(), outcomes, strict=True):
            if outcome is None:
                self._held.pop(topic, None)
                self._flowing.add(topic)
                self._arrived_at = clock()
                self._published += (row["id"] for row in sent)
                metrics.events_published.labels(topic).inc(len(sent))
            else:
                self._hold(topic, outcome, max(_HOLD_SECONDS, clock() - began))
                metrics.publish_failures.labels(topic).inc()
                failure = outcome
        if failure and clock() - self._arrived_at > _GIVE_UP_SECONDS:
            raise failure
        return len(self._published)

    def _hold(self, topic: str, failure: BaseException, seconds: float) -> None:
        if topic not in self._held:
            unexpected = None if isinstance(failure, Unavailable) else failure
            log.warning("a topic waits", topic=topic, reason=str(failure), exc_info=unexpected)
        until = asyncio.get_running_loop().time() + seconds
        self._held[topic] = Hold(until, str(failure) or type(failure).__name__)
        self._flowing.discard(topic)

    def _by_topic(self, rows: Iterable[asyncpg.Record]) -> dict[str, list[asyncpg.Record]]:
        topics: dict[str, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            topics[row["topic"]].append(row)
        return {
            topic: waiting if topic in self._flowing else _first_of_each_key(waiting)
            for topic, waiting in topics.items()
        }

    async def _publish(self, topic: str, rows: Iterable[asyncpg.Record]) -> None:
        await self._runtime.publish(
            topic, [Message(row["event_id"], row["key"], row["envelope"].encode()) for row in rows]
        )


def _first_of_each_key(rows: Iterable[asyncpg.Record]) -> list[asyncpg.Record]:
    first: dict[str, asyncpg.Record] = {}
    for row in rows:
        first.setdefault(row["key"], row)
    return list(first.values())


async def relay(context: Context) -> None:
    """Background task of todo-backend, in any number of replicas."""
    woken = asyncio.Event()
    context.db.listen("outbox", woken.set)
    held: dict[str, Hold] = {}
    while True:
        try:
            async with context.db.reader() as connection:
                await _publish_forever(Relay(connection, context.runtime, held), context, woken)
        except (Unavailable, *UNREACHABLE) as error:
            # The locks are released by now: another replica may be able to publish.
            log.warning("events wait in the outbox", reason=str(error))
            context.health.report("events", f"events wait in the outbox: {error}")
            await asyncio.sleep(_POLL_SECONDS)


async def _publish_forever(mine: Relay, context: Context, woken: asyncio.Event) -> None:
    pace = Pace(context.runtime.publish_interval)
    while True:
        await mine.claim()
        await pace.wait()
        woken.clear()
        published = await mine.publish_waiting()
        reason = f"events wait in the outbox: {mine.trouble}" if mine.trouble else None
        context.health.report("events", reason)
        metrics.round_done("relay")
        if published:
            continue
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue
