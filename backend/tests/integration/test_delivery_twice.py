"""Events that arrive twice, late or in another order have no further effect."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from tests.harness.probe import an_event
from tests.harness.system import System, eventually
from todo.domain.events import Topic
from todo.runtime.db.database import open_database
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.runtime.events.delivery import SUCCESS, deliver, open_envelope
from todo.runtime.service import Subscription
from todo.services import RECURRING_TASK

CONSUMER = "todo-recurring-task"
(SUBSCRIPTION,) = RECURRING_TASK.on


async def test_repeated_and_reordered_events_create_one_successor(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00:00Z", recurrence="weekly")
        for _ in range(2):
            await ann.do(task, "complete")
            await ann.do(task, "reopen")
        await ann.do(task, "complete")
        await eventually(ann.tasks)
        rows = await system.fetch(
            "SELECT envelope FROM outbox WHERE key = $1 AND topic = 'task-events' ORDER BY id",
            ann.id,
        )
        known = [open_envelope(row["envelope"]) for row in rows]
        # The same events again, and copies of them under ids that the inbox does not know.
        again = known * 2 + [replace(envelope, id=uuid4()) for envelope in known] * 2
        random.Random(5).shuffle(again)
        for envelope in again:
            assert await deliver(system.context.db, CONSUMER, SUBSCRIPTION, [envelope]) == SUCCESS
        assert await deliver(system.context.db, CONSUMER, SUBSCRIPTION, again) == SUCCESS
        occurrences = await system.fetch(
            "SELECT occurrence FROM task WHERE user_id = $1 ORDER BY occurrence", ann.id
        )
        assert [row["occurrence"] for row in occurrences] == [1, 2]


async def test_a_completion_event_after_a_reopening_creates_nothing(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00:00Z", recurrence="weekly")
        await ann.do(task, "complete")
        await eventually(ann.tasks)
        await ann.do(task, "reopen")
        [row] = await system.fetch(
            """SELECT envelope FROM outbox WHERE key = $1 AND topic = 'task-events'
               AND envelope LIKE '%task.completed%'""",
            ann.id,
        )
        late = replace(open_envelope(row["envelope"]), id=uuid4())
        assert await deliver(system.context.db, CONSUMER, SUBSCRIPTION, [late]) == SUCCESS
        assert [t["id"] for t in await ann.tasks()] == [task["id"]]


async def test_two_replicas_with_the_same_event_at_once_handle_it_once(
    database_url: str,
) -> None:
    """After 60 s Kafka assigns a partition to another replica, even if the first still handles its event."""
    event = an_event("somebody")
    handling: list[UUID] = []

    async def react(_envelopes: Sequence[Envelope], unit: Unit) -> None:
        handling.append(event.id)
        await unit.connection.execute("INSERT INTO effect VALUES ($1)", event.id)
        await eventually(the_other_has_begun)

    async def the_other_has_begun() -> bool:
        """The other waits for the first transaction; with check-then-act it would handle the event as well."""
        waiting = """SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"""
        return len(handling) == 2 or await one.pool.fetchval(waiting) == 1

    subscription = Subscription(Topic.TASK_EVENTS, react)
    async with open_database(database_url, size=2) as one, open_database(database_url) as other:
        # Without a unique constraint, so that a second effect would be a second row.
        await one.pool.execute("CREATE TABLE effect (event_id uuid)")
        verdicts = await asyncio.gather(
            *(deliver(database, CONSUMER, subscription, [event]) for database in (one, other))
        )
        assert verdicts == [SUCCESS, SUCCESS]
        assert await one.pool.fetchval("SELECT array_agg(event_id) FROM effect") == [event.id]
        noted = await one.pool.fetch("SELECT consumer, event_id FROM inbox")
        assert [tuple(row) for row in noted] == [(CONSUMER, event.id)]
