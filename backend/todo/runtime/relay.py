"""From the outbox to the broker: all that was committed is published, in order per key, by one relay per shard.

Rows are picked by being unpublished, never by `id > last seen`: ids are drawn before commits and become visible
out of order. Within a shard one relay at a time holds an advisory lock, so that the order of ids is the order of
publication however many replicas there are. A relay that dies between publishing and marking publishes again;
consumers know event ids.
"""

import asyncio
from itertools import groupby
from operator import itemgetter

from todo.runtime.context import Context
from todo.runtime.database import UNREACHABLE, Database
from todo.runtime.observe import log
from todo.runtime.ports import Message, Runtime, Unavailable
from todo.runtime.unit import SHARDS

_BATCH = 200  # rows per shard and round
_POLL_SECONDS = 0.5  # only when a notification was lost
_LOCK_SPACE = 7_082_011

_LOCK = f"""
    WITH waiting AS MATERIALIZED (
        SELECT s FROM generate_series(0, {SHARDS - 1}) s
        WHERE EXISTS (SELECT FROM outbox WHERE shard = s AND published_at IS NULL))
    SELECT s FROM waiting WHERE pg_try_advisory_xact_lock({_LOCK_SPACE}, s)
"""
_TAKE = f"""
    SELECT o.id, o.event_id, o.topic, o.key, o.envelope
    FROM unnest($1::int[]) AS mine(shard)
    CROSS JOIN LATERAL (
        SELECT * FROM outbox WHERE outbox.shard = mine.shard AND published_at IS NULL
        ORDER BY outbox.id LIMIT {_BATCH}) o
    ORDER BY o.topic, o.id
"""


async def publish_waiting(database: Database, runtime: Runtime) -> int:
    """One round: how many events were published. Raises Unavailable and leaves them waiting."""
    async with database.pool.acquire() as connection, connection.transaction():
        shards = [row["s"] for row in await connection.fetch(_LOCK)]
        if not shards:
            return 0
        rows = await connection.fetch(_TAKE, shards)
        for topic, group in groupby(rows, key=itemgetter("topic")):
            messages = [Message(r["event_id"], r["key"], r["envelope"].encode()) for r in group]
            await runtime.publish(topic, messages)
        # A lost mark is published again, so it need not wait for the disk.
        await connection.execute("SET LOCAL synchronous_commit = off")
        await connection.execute(
            "UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[])",
            [row["id"] for row in rows],
        )
        return len(rows)


async def relay(context: Context) -> None:
    """Companion of todo-backend; any number of replicas."""
    woken = asyncio.Event()
    context.db.listen("outbox", woken.set)
    while True:
        woken.clear()
        try:
            published = await publish_waiting(context.db, context.runtime)
            context.problems.report("events", None)
        except (Unavailable, *UNREACHABLE) as error:
            log.warning("events wait in the outbox", reason=str(error))
            context.problems.report("events", f"events wait in the outbox: {error}")
            published = 0
            await asyncio.sleep(_POLL_SECONDS)
        if published:
            continue
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue
