"""Dead letters: undeliverable events, each with its consumer and the reason, in a table."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import orjson

from todo.runtime import metrics
from todo.runtime.db.database import Database
from todo.runtime.observe import log

# The inbox row `i` proves that its consumer has handled the dead letter `d`. The inbox has an index of uuids; an
# event without an id has a hash instead, which is no uuid.
HANDLED = """
    i.consumer = d.consumer
    AND i.event_id = CASE WHEN d.event_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                          THEN d.event_id::uuid END
"""
STORE_UNCLAIMED = """
    INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
    SELECT $1, c, $3, $4, $5 FROM unnest($2::text[]) c
    WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.consumer = c AND i.event_id = $6)
        AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.topic = $1 AND d.event_id = $3)
    ON CONFLICT (consumer, event_id) DO NOTHING RETURNING consumer
"""


def event_id_of(wire: str) -> str:
    """The event id, or a hash of the payload if it has none."""
    try:
        body = orjson.loads(wire)
    except ValueError:
        body = None
    known = _as_uuid(body.get("id")) if isinstance(body, dict) else None
    as_bytes = wire.encode(errors="surrogateescape")
    return known or f"sha256:{hashlib.sha256(as_bytes).hexdigest()[:32]}"


def _as_uuid(value: object) -> str | None:
    """In the spelling that the inbox uses."""
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


async def store(database: Database, *, topic: str, consumer: str, wire: str, reason: str) -> None:
    """One row per consumer and event: giving up again updates the reason."""
    event_id = event_id_of(wire)
    await database.pool.execute(
        """INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT (consumer, event_id)
           DO UPDATE SET reason = excluded.reason, redriven_at = NULL""",
        topic, consumer, event_id, _storable(wire), _storable(reason)[:2000],
    )  # fmt: skip
    _report(consumer, event_id, reason)


async def store_unclaimed(
    database: Database, *, topic: str, consumers: Sequence[str], wire: str, reason: str
) -> None:
    """Store an event of the dead-letter topic for each of `consumers` that has neither handled nor stored it.

    A consumer could not store it itself if it crashed, or if the broker never passed the event to it.
    """
    event_id = event_id_of(wire)
    rows = await database.pool.fetch(
        STORE_UNCLAIMED,
        topic, list(consumers), event_id, _storable(wire), reason, _as_uuid(event_id),
    )  # fmt: skip
    for row in rows:
        _report(row["consumer"], event_id, reason)


def _report(consumer: str, event_id: str, reason: str) -> None:
    metrics.dead_letters.labels(consumer).inc()
    log.error("dead letter", consumer=consumer, event_id=event_id, reason=reason)


def _storable(text: str) -> str:
    """PostgreSQL's text type takes every character except NUL."""
    return text.encode(errors="replace").decode().replace("\x00", "\ufffd")
