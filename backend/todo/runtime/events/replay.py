"""What an operator does to events, the same in both sizes: replay them, and deal with the dead letters.

Both deliver in this process, through the same transaction with the same inbox row as the service does, to one
consumer and nobody else. The services may keep running: whoever is second finds the inbox row.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from todo.runtime.db.database import Database
from todo.runtime.envelope import Envelope, Malformed
from todo.runtime.events.consumer import Verdict, deliver, deliver_wire, open_envelope
from todo.runtime.ports import Outcome, Service, Subscription
from todo.runtime.settings import Settings, SettingsInvalid

_BATCH = 200


class NoSuchConsumer(SettingsInvalid):
    """One line: which consumers there are."""


@dataclass(slots=True)
class Replayed:
    events: int = 0
    # neither had before, nor built again
    failed: int = 0
    reasons: list[str] = field(default_factory=list)


def subscription_of(
    services: Sequence[Service], consumer: str, topic: str
) -> tuple[str, Subscription]:
    """`audit` and `todo-audit` are the same."""
    known = [(s.app_id, on) for s in services for on in s.on]
    for app_id, on in known:
        if on.topic == topic and consumer in {app_id, app_id.removeprefix("todo-")}:
            return app_id, on
    listed = ", ".join(f"{app_id} of {on.topic}" for app_id, on in known)
    raise NoSuchConsumer(f"there is no consumer “{consumer}” of “{topic}”; there are {listed}")


def where_kept(settings: Settings) -> str:
    if settings.runtime == "dapr":
        return f"Kafka at {settings.kafka_brokers}"
    return "the database (TODO_RUNTIME=dapr and KAFKA_BROKERS would read Kafka)"


async def kept_events(
    database: Database, settings: Settings, topic: str, since: datetime
) -> AsyncIterator[str]:
    """Where this size keeps its events."""
    if settings.runtime == "dapr":
        from todo.runtime.dapr import kafka_admin

        async for wire in kafka_admin.read_from(settings, topic, since):
            yield wire
        return
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


async def replay(
    database: Database, app_id: str, subscription: Subscription, events: AsyncIterator[str]
) -> Replayed:
    """Deliver `events` again. A consumer that rebuilds something forgets that it has had them; any other does
    only what it had missed, so nothing that was sent is sent twice."""
    done = Replayed()
    batch: list[Envelope] = []
    async for wire in events:
        done.events += 1
        try:
            batch.append(open_envelope(wire))
        except Malformed as error:
            _failed(done, str(error))
        if len(batch) == _BATCH:
            await _deliver(database, app_id, subscription, batch, done)
            batch = []
    if batch:
        await _deliver(database, app_id, subscription, batch, done)
    return done


async def _deliver(
    database: Database,
    app_id: str,
    subscription: Subscription,
    batch: Sequence[Envelope],
    done: Replayed,
) -> None:
    if subscription.rebuilds:
        await database.pool.execute(
            "DELETE FROM inbox WHERE consumer = $1 AND event_id = ANY($2::uuid[])",
            app_id,
            [envelope.id for envelope in batch],
        )
    verdict = await deliver(database, app_id, subscription, batch)
    if verdict.outcome is Outcome.SUCCESS:
        return
    for envelope in batch:
        verdict = await deliver(database, app_id, subscription, [envelope])
        if verdict.outcome is not Outcome.SUCCESS:
            _failed(done, f"{envelope.id}: {verdict.reason}")


def _failed(done: Replayed, reason: str) -> None:
    done.failed += 1
    if len(done.reasons) < 20:
        done.reasons.append(reason)


# What a consumer has handled after all (by itself, or by a replay) is no dead letter any more.
_OPEN = """
    FROM dead_letter d WHERE redriven_at IS NULL AND NOT EXISTS (
        SELECT FROM inbox i WHERE i.consumer = d.consumer AND i.event_id::text = d.event_id)
"""


async def dead_letters(database: Database, consumer: str | None = None) -> list[dict[str, Any]]:
    rows = await database.pool.fetch(
        f"""SELECT id, topic, consumer, event_id, reason, created_at {_OPEN}
            AND ($1::text IS NULL OR $1 IN (consumer, replace(consumer, 'todo-', ''))) ORDER BY id""",
        consumer,
    )
    return [dict(row) for row in rows]


async def dead_letter(database: Database, number: int) -> dict[str, Any] | None:
    row = await database.pool.fetchrow("SELECT * FROM dead_letter WHERE id = $1", number)
    return dict(row) if row else None


async def redrive(database: Database, services: Sequence[Service], number: int) -> Verdict | None:
    """Deliver one letter again, to its consumer only. None: there is no such letter."""
    letter = await dead_letter(database, number)
    if letter is None:
        return None
    app_id, subscription = subscription_of(services, letter["consumer"], letter["topic"])
    verdict = await deliver_wire(database, app_id, subscription, letter["envelope"])
    if verdict.outcome is Outcome.SUCCESS:
        await database.pool.execute(
            "UPDATE dead_letter SET redriven_at = now() WHERE id = $1", number
        )
    elif not verdict.outage:
        await database.pool.execute(
            "UPDATE dead_letter SET reason = $2 WHERE id = $1", number, verdict.reason
        )
    return verdict


async def discard(database: Database, number: int) -> bool:
    """Gone for good; that is the operator's decision."""
    return bool(
        await database.pool.fetchval("DELETE FROM dead_letter WHERE id = $1 RETURNING true", number)
    )
