"""The operator's commands for events, the same for every runtime: replay events, list and redrive dead letters.

They deliver in this process and to one consumer only, by the same transaction and inbox as the service itself. The
services may keep running: an event that both deliver is handled once. `republish` is for a broker that has lost
its log: it lets the relay publish events again, to every consumer.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from todo.domain.events import Topic
from todo.runtime.db.database import Database
from todo.runtime.envelope import Envelope, Malformed
from todo.runtime.events.dead_letters import HANDLED
from todo.runtime.events.delivery import Verdict, deliver, deliver_wire, open_envelope
from todo.runtime.ports import Outcome
from todo.runtime.service import Service, Subscription
from todo.runtime.settings import SettingsInvalid

_BATCH = 200
_REASONS = 20
# Without the live updates: a browser that has missed some fetches the state.
REPUBLISHED = (Topic.TASK_EVENTS, Topic.REMINDERS)


class NoSuchConsumer(SettingsInvalid):
    """One line that lists the consumers that exist."""


@dataclass(slots=True)
class Replayed:
    events: int = 0
    # undeliverable events
    failed: int = 0
    reasons: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        self.failed += 1
        if len(self.reasons) < _REASONS:
            self.reasons.append(reason)


def subscription_of(
    services: Sequence[Service], consumer: str, topic: str
) -> tuple[str, Subscription]:
    """The subscription of a consumer, named with or without the prefix: `audit` or `todo-audit`."""
    known = [(s.app_id, on) for s in services for on in s.on]
    for app_id, on in known:
        if on.topic == topic and consumer in {app_id, app_id.removeprefix("todo-")}:
            return app_id, on
    listed = ", ".join(f"{app_id} of {on.topic}" for app_id, on in known)
    raise NoSuchConsumer(f"there is no consumer “{consumer}” of “{topic}”; there are {listed}")


async def republish(database: Database, topics: Sequence[str], since: datetime) -> int:
    """Mark the events committed since then as not published; returns how many.

    The relay publishes them with the same ids, so a consumer handles only those that it has missed.
    """
    done: int = await database.pool.fetchval(
        """WITH again AS (
             UPDATE outbox SET published_at = NULL
             WHERE topic = ANY($1) AND created_at >= $2 AND published_at IS NOT NULL RETURNING 1)
           SELECT count(*) FROM again""",
        topics,
        since,
        timeout=300,
    )
    return done


def after_restore(notifying: str) -> tuple[str, ...]:
    """Statements for the database after a restore; $1 is the moment of the backup.

    Events that were handled since the backup are handled again, because their effects are lost. Reminders count as
    handled by `notifying`, the service that sends them, because nobody knows which were sent.
    """
    return (
        f"""INSERT INTO inbox (consumer, event_id) SELECT '{notifying}', event_id FROM outbox
            WHERE topic = '{Topic.REMINDERS}' ON CONFLICT DO NOTHING""",
        f"""UPDATE outbox SET published_at = NULL
            WHERE topic = '{Topic.TASK_EVENTS}' AND published_at > $1::timestamptz - interval '1 day'""",
    )


async def replay(
    database: Database, app_id: str, subscription: Subscription, events: AsyncIterator[str]
) -> Replayed:
    """Deliver `events` again. A consumer that rebuilds data handles all of them again; any other one handles only
    those it has missed, so that nothing is sent twice.
    """
    done = Replayed()
    batch: list[Envelope] = []
    async for wire in events:
        done.events += 1
        try:
            batch.append(open_envelope(wire))
        except Malformed as error:
            done.fail(str(error))
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
            done.fail(f"{envelope.id}: {verdict.reason}")


# An event that its consumer has handled since, by itself or in a replay, is no longer a dead letter.
OPEN_DEAD_LETTERS = f"""
    FROM dead_letter d WHERE redriven_at IS NULL AND NOT EXISTS (SELECT FROM inbox i WHERE {HANDLED})
"""


async def dead_letters(database: Database, consumer: str | None = None) -> list[dict[str, Any]]:
    rows = await database.pool.fetch(
        f"""SELECT id, topic, consumer, event_id, reason, created_at {OPEN_DEAD_LETTERS}
            AND ($1::text IS NULL OR $1 IN (consumer, replace(consumer, 'todo-', ''))) ORDER BY id""",
        consumer,
    )
    return [dict(row) for row in rows]


async def dead_letter(database: Database, number: int) -> dict[str, Any] | None:
    row = await database.pool.fetchrow("SELECT * FROM dead_letter WHERE id = $1", number)
    return dict(row) if row else None


async def redrive(database: Database, services: Sequence[Service], number: int) -> Verdict | None:
    """Deliver one dead letter again, to its consumer only. None: there is no such dead letter."""
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
    """Delete a dead letter for good."""
    return bool(
        await database.pool.fetchval("DELETE FROM dead_letter WHERE id = $1 RETURNING true", number)
    )
