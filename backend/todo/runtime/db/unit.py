"""A unit of work: one transaction, with the events that it commits to the outbox."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any, Protocol
from uuid import UUID
from zlib import crc32

from asyncpg.pool import PoolConnectionProxy

from todo.domain.events import Event
from todo.runtime import observe
from todo.runtime.envelope import Envelope, encode, wrap

# A key (a user) belongs to one shard of the outbox; a shard has one relay at a time.
SHARDS = 8

_OUTBOX = """
    INSERT INTO outbox (event_id, topic, key, shard, envelope)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int2[], $5::text[])
"""
_PARAMETER = re.compile(r"\$(\d+)")


def shard_of(key: str) -> int:
    return crc32(key.encode()) % SHARDS


def _shifted(statement: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", statement)


@lru_cache(maxsize=256)
def _as_one(statements: tuple[str, ...], sizes: tuple[int, ...]) -> str:
    """Combine `statements`, with `sizes` parameters each, into one atomic statement: a single round trip."""
    before = accumulate(sizes, initial=0)
    parts = ", ".join(
        f"write_{number} AS ({_shifted(statement, by)})"
        for number, (statement, by) in enumerate(zip(statements, before, strict=False))
    )
    return f"WITH {parts} SELECT"


class _Database(Protocol):
    def now(self) -> datetime: ...

    async def next_id(self, table: str, connection: PoolConnectionProxy | None) -> int: ...


class Unit:
    """Created by `Database.unit()` or `writes()`. Emitted events are outbox rows of the same transaction."""

    def __init__(
        self, database: _Database, source: str, connection: PoolConnectionProxy | None = None
    ) -> None:
        self.source = source
        self.woken: set[str] = set()
        self._database = database
        self._connection = connection
        self._envelopes: list[Envelope] = []
        self._topics: list[str] = []
        self._writes: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    @property
    def connection(self) -> PoolConnectionProxy:
        """The transaction's connection. A write-only unit has none until its end."""
        if self._connection is None:
            raise RuntimeError("this unit is write-only")
        return self._connection

    def emit(self, *events: Event) -> None:
        """Create events. There is no other way to publish one."""
        time, trace = self.now(), observe.traceparent()
        self._envelopes += (
            wrap(e, source=self.source, time=time, traceparent=trace) for e in events
        )
        self._topics += (event.topic for event in events)

    def wake(self, channel: str) -> None:
        """Notify the listeners of `channel` (Database.listen) in every process after the commit."""
        self.woken.add(channel)

    def write(self, statement: str, *values: Any) -> None:
        """Run `statement` at the end of the unit, combined with its other writes. They do not see each other's
        changes, so no two may change the same row.
        """
        self._writes[statement].append(values)

    async def next_id(self, table: str) -> int:
        """An id for a new row of `table`, known before the row is written."""
        return await self._database.next_id(table, self._connection)

    def now(self) -> datetime:
        """The current time by the clock of the database."""
        return self._database.now()

    async def first_times(self, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
        """Insert inbox rows for `event_ids`; returns those that this consumer has not handled before."""
        rows = await self.connection.fetch(
            """INSERT INTO inbox (consumer, event_id) SELECT $1, unnest($2::uuid[])
               ON CONFLICT DO NOTHING RETURNING event_id""",
            consumer,
            event_ids,
        )
        return {row["event_id"] for row in rows}

    async def flush(self, connection: "PoolConnectionProxy") -> None:
        """Called once, by the database, at the end of the unit."""
        if self._envelopes:
            self.woken.add("outbox")
            self.write(
                _OUTBOX,
                [envelope.id for envelope in self._envelopes],
                self._topics,
                [envelope.key for envelope in self._envelopes],
                [shard_of(envelope.key) for envelope in self._envelopes],
                [encode(envelope).decode() for envelope in self._envelopes],
            )
        if not self._writes:
            return
        if all(len(rows) == 1 for rows in self._writes.values()):
            rows = [values for (values,) in self._writes.values()]
            statement = _as_one(tuple(self._writes), tuple(map(len, rows)))
            await connection.execute(statement, *(value for values in rows for value in values))
            return
        for statement, many in self._writes.items():
            await self.connection.executemany(statement, many)
