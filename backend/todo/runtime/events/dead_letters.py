"""Dead letters: the events given up on, each with its consumer and its reason, in a table that people can ask."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import orjson

from todo.runtime import metrics
from todo.runtime.db.database import Database
from todo.runtime.observe import log


def letter_id(wire: str) -> str:
    """The event's own id; for what has none of ours, one of its bytes."""
    try:
        body = orjson.loads(wire)
    except ValueError:
        body = None
    known = _as_uuid(body.get("id")) if isinstance(body, dict) else None
    as_bytes = wire.encode(errors="surrogateescape")
    return known or f"sha256:{hashlib.sha256(as_bytes).hexdigest()[:32]}"


def _as_uuid(value: object) -> str | None:
    """As the inbox has it, however it was spelled."""
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


async def bury(database: Database, *, topic: str, consumer: str, wire: str, reason: str) -> None:
    """Kept by (consumer, event): given up on again, it is the same letter with a new reason."""
    event_id = letter_id(wire)
    await database.pool.execute(
        """INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT (consumer, event_id)
           DO UPDATE SET reason = excluded.reason, redriven_at = NULL""",
        topic, consumer, event_id, _storable(wire), _storable(reason)[:2000],
    )  # fmt: skip
    metrics.dead_letters.labels(consumer).inc()
    log.error("dead letter", consumer=consumer, event_id=event_id, reason=reason)


async def bury_unaccounted(
    database: Database, *, topic: str, consumers: Sequence[str], wire: str, reason: str
) -> None:
    """A letter from the broker whose consumer did not write it down itself (it was dead, or the bytes never came
    to it). It belongs to those that have not handled the event."""
    event_id = letter_id(wire)
    rows = await database.pool.fetch(
        """INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
           SELECT $1, c, $3, $4, $5 FROM unnest($2::text[]) c
           WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.consumer = c AND i.event_id::text = $3)
             AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.topic = $1 AND d.event_id = $3)
           ON CONFLICT (consumer, event_id) DO NOTHING RETURNING consumer""",
        topic, list(consumers), event_id, _storable(wire), reason,
    )  # fmt: skip
    for row in rows:
        metrics.dead_letters.labels(row["consumer"]).inc()
        log.error("dead letter", consumer=row["consumer"], event_id=event_id, reason=reason)


def _storable(text: str) -> str:
    """PostgreSQL's text holds every character but NUL."""
    return text.encode(errors="replace").decode().replace("\x00", "\ufffd")
