"""From the outbox to the broker: all that was committed is published, in order per key, by one relay per shard.

Rows are picked by being unpublished, never by `id > last seen`: ids are drawn before commits and become visible
out of order. A shard belongs to the relay that holds its advisory lock, so that the order of ids is the order of
publication however many replicas there are; the others stand by. A relay that dies between publishing and marking
publishes again; consumers know event ids.

A broker that comes back while a publish is failing can take its later events and not its earlier ones. So where it
is not known how the last publish of a topic ended, one event of each key is sent and waited for before there are
more. What remains: a leader that changes within seconds, amid a publish of several events of one key, can put a
later one first. No consumer depends on the order: each looks at what the task is now.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import asyncpg

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.db.unit import SHARDS
from todo.runtime.observe import log
from todo.runtime.ports import Message, Runtime, Unavailable

_BATCH = 200  # rows per shard and round
_POLL_SECONDS = 0.5  # only when a notification was lost
_HOLD_SECONDS = 0.5  # between the tries of a topic that fails, or as long as the last one took
_GIVE_UP_SECONDS = 5  # without a publish that arrives, before another replica may try
_LOCK_SPACE = 7_082_011

_CLAIM = "SELECT s FROM unnest($1::int[]) s WHERE pg_try_advisory_lock($2, s)"
# What the round before has published is marked on the way; this statement still sees it unmarked.
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
    """A burst goes at once. Of a steady stream each round gathers `seconds`, or every event would cost a round."""

    _BURST = 10

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rounds = float(self._BURST)
        self._at = asyncio.get_running_loop().time()

    async def keep(self) -> None:
        if not self._seconds:
            return
        if self._rounds < 1:
            await asyncio.sleep((1 - self._rounds) * self._seconds)
        now = asyncio.get_running_loop().time()
        self._rounds = min(self._BURST, self._rounds + (now - self._at) / self._seconds) - 1
        self._at = now


@dataclass(frozen=True, slots=True)
class Hold:
    """Of a topic that fails: it is left alone until then, and the others have that time for themselves."""

    until: float
    reason: str


class Relay:
    """Publishes by `connection`, which holds the locks of its shards: lost with it, they are somebody else's.

    `held` outlives it.
    """

    def __init__(
        self, connection: asyncpg.Connection, runtime: Runtime, held: dict[str, Hold] | None = None
    ) -> None:
        self._connection = connection
        self._runtime = runtime
        self._held = {} if held is None else held
        self._shards: list[int] = []
        self._published: list[int] = []
        # Whose last publish arrived whole; and when the last one of any did.
        self._flowing: set[str] = set()
        self._arrived_at = -inf

    @property
    def trouble(self) -> str | None:
        return "; ".join(hold.reason for hold in self._held.values()) or None

    async def claim(self) -> None:
        """The shards that nobody holds (any more)."""
        if others := sorted(set(range(SHARDS)) - set(self._shards)):
            rows = await self._connection.fetch(_CLAIM, others, _LOCK_SPACE)
            self._shards += (row["s"] for row in rows)
            if rows:  # how their last publish ended, whoever had them knew
                self._flowing.clear()

    async def publish_waiting(self) -> int:
        """One round: how many events were published; they are marked by the next. Raises what stands in the way if
        nothing has arrived for a while, and leaves all of it waiting."""
        clock = asyncio.get_running_loop().time
        began = clock()
        alone = [topic for topic, hold in self._held.items() if hold.until > began]
        rows = await self._connection.fetch(_TAKE, self._shards, self._published, alone)
        self._published = []
        topics = self._by_topic(rows)
        if len(rows) < _BATCH:  # all that waits is here
            for topic in self._held.keys() - topics.keys() - set(alone):
                del self._held[topic]  # another relay has published it
        # Order is promised per key within a topic, so topics do not wait for one another.
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
            else:
                self._hold(topic, outcome, max(_HOLD_SECONDS, clock() - began))
                failure = outcome
        if failure and clock() - self._arrived_at > _GIVE_UP_SECONDS:
            raise failure
        return len(self._published)

    def _hold(self, topic: str, failure: BaseException, seconds: float) -> None:
        if topic not in self._held:
            unforeseen = None if isinstance(failure, Unavailable) else failure
            log.warning("a topic waits", topic=topic, reason=str(failure), exc_info=unforeseen)
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
    """Companion of todo-backend; any number of replicas."""
    woken = asyncio.Event()
    context.db.listen("outbox", woken.set)
    held: dict[str, Hold] = {}
    while True:
        try:
            async with context.db.reader() as connection:
                await _publish_for_ever(Relay(connection, context.runtime, held), context, woken)
        except (Unavailable, *UNREACHABLE) as error:
            # Without its locks: another replica may be able to publish.
            log.warning("events wait in the outbox", reason=str(error))
            context.problems.report("events", f"events wait in the outbox: {error}")
            await asyncio.sleep(_POLL_SECONDS)


async def _publish_for_ever(mine: Relay, context: Context, woken: asyncio.Event) -> None:
    pace = Pace(context.runtime.gather_seconds)
    while True:
        await mine.claim()
        await pace.keep()
        woken.clear()
        published = await mine.publish_waiting()
        reason = f"events wait in the outbox: {mine.trouble}" if mine.trouble else None
        context.problems.report("events", reason)
        if published:
            continue
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue
