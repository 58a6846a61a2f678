"""A unit of work: one transaction, and the events that become true with it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID
from zlib import crc32

from todo.domain.events import Event
from todo.runtime import clock, observe
from todo.runtime.envelope import Envelope, encode, wrap

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

# A key (a user) belongs to one shard of the outbox, and a shard has one relay at a time.
SHARDS = 8


def shard_of(key: str) -> int:
    return crc32(key.encode()) % SHARDS


class Unit:
    """Made by `Database.unit()`. What it emits is an outbox row in this same transaction."""

    def __init__(self, connection: "PoolConnectionProxy", source: str) -> None:
        self.connection = connection
        self.source = source
        self.woken: set[str] = set()
        self._envelopes: list[Envelope] = []
        self._topics: list[str] = []

    def emit(self, *events: Event) -> None:
        """The only way an event is born."""
        time, trace = clock.now(), observe.traceparent()
        self._envelopes += (
            wrap(e, source=self.source, time=time, traceparent=trace) for e in events
        )
        self._topics += (event.topic for event in events)

    def wake(self, channel: str) -> None:
        """After the commit, rouse whoever listens to `channel` (Database.listen) in any process."""
        self.woken.add(channel)

    async def first_times(self, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
        """Which of `event_ids` this consumer has not had; from here on it has, if the unit commits."""
        rows = await self.connection.fetch(
            """INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[])
               ON CONFLICT DO NOTHING RETURNING event_id""",
            consumer,
            event_ids,
        )
        return {row["event_id"] for row in rows}

    async def write_outbox(self) -> None:
        """Called once, by the database, as the last statement of the transaction."""
        if not self._envelopes:
            return
        await self.connection.execute(
            """INSERT INTO outbox (event_id, topic, key, shard, envelope)
               SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int2[], $5::text[])""",
            [envelope.id for envelope in self._envelopes],
            self._topics,
            [envelope.key for envelope in self._envelopes],
            [shard_of(envelope.key) for envelope in self._envelopes],
            [encode(envelope).decode() for envelope in self._envelopes],
        )
        self.woken.add("outbox")
