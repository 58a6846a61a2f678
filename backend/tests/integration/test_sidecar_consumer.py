"""Deliveries from a sidecar: one event per partition at a time, many partitions at once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import httpx2

from tests.harness.probe import an_event
from tests.harness.system import System
from todo.domain.events import Topic
from todo.runtime.dapr.subscriptions import SidecarSubscription
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope, encode
from todo.runtime.service import Subscription, each

Effect = Callable[[Envelope], Awaitable[None]]


class Group:
    """A consumer that records which events it handled in which transaction."""

    def __init__(self, system: System, name: str, effect: Effect) -> None:
        self._system = system
        self._name = name
        self._effect = effect
        self.transactions: dict[str, list[UUID]] = defaultdict(list)
        subscription = Subscription(
            Topic.TASK_EVENTS, each(self._react), only=lambda e: e.type == "todo.task.updated.v1"
        )
        self._consumer = SidecarSubscription(system.context, name, subscription)

    async def _react(self, envelope: Envelope, unit: Unit) -> None:
        own: str = await unit.connection.fetchval("SELECT pg_current_xact_id()::text")
        self.transactions[own].append(envelope.id)
        await self._effect(envelope)

    async def deliver(self, *envelopes: Envelope) -> list[str]:
        """Deliver one event per partition, all at the same time."""
        answers = await asyncio.gather(*(self._consumer.single(encode(e)) for e in envelopes))
        return [answer["status"] for answer in answers]

    async def had(self) -> set[UUID]:
        rows = await self._system.fetch(
            "SELECT event_id FROM inbox WHERE consumer = $1", self._name
        )
        return {row["event_id"] for row in rows}


async def test_deliveries_during_a_transaction_are_batched_into_the_next_one(
    system: System,
) -> None:
    begun, others_are_here = asyncio.Event(), asyncio.Event()

    async def effect(envelope: Envelope) -> None:
        if envelope.id == first.id:
            begun.set()
            await others_are_here.wait()

    group = Group(system, "sharing", effect)
    first, *others = events = [an_event(f"user {n}") for n in range(6)]
    earlier = asyncio.create_task(group.deliver(first))
    await begun.wait()
    assert await group.deliver(*others) == ["SUCCESS"] * 5
    others_are_here.set()
    assert await earlier == ["SUCCESS"]
    assert sorted(map(len, group.transactions.values())) == [1, 5]
    assert await group.had() == {event.id for event in events}


async def test_a_failing_and_a_hanging_delivery_delay_no_other(system: System) -> None:
    fails, hangs = an_event("fails"), an_event("hangs")
    well = [an_event(f"well {n}") for n in range(4)]
    first_tries: dict[UUID, asyncio.Event] = defaultdict(asyncio.Event)

    async def effect(envelope: Envelope) -> None:
        first_tries[envelope.id].set()
        if envelope.id == fails.id:
            raise RuntimeError("a mistake in the handler")
        if envelope.id == hangs.id:
            await asyncio.Event().wait()

    group = Group(system, "apart", effect)
    statuses = await group.deliver(well[0], fails, *well[1:], hangs)
    assert statuses == ["SUCCESS", "RETRY", "SUCCESS", "SUCCESS", "SUCCESS", "RETRY"]
    assert await group.had() == {event.id for event in well}

    # A retried event has its own transaction: events that arrive with it are handled before it ends.
    group.transactions.clear()
    late = [an_event(f"late {n}") for n in range(3)]
    hanging = asyncio.create_task(group.deliver(hangs))
    first_tries.pop(hangs.id)
    await first_tries[hangs.id].wait()
    assert await group.deliver(fails, *late) == ["RETRY", *["SUCCESS"] * 3]
    assert not hanging.done()
    assert [hangs.id] in group.transactions.values()
    assert await hanging == ["RETRY"]


async def test_a_database_that_accepts_no_writes_is_reported_to_the_sidecar(system: System) -> None:
    full = True

    async def effect(_envelope: Envelope) -> None:
        if full:
            raise asyncpg.DiskFullError("could not extend file")

    async def health() -> int:
        async with httpx2.AsyncClient(base_url=system.url) as client:
            return (await client.get("/dapr-health")).status_code

    group = Group(system, "full", effect)
    event = an_event("somebody")
    assert await health() == 200
    for _ in range(20):  # an outage never counts as a failure of the event
        assert await group.deliver(event) == ["RETRY"]
    assert await health() == 503
    # This event is filtered out without the database, so it does not end the outage.
    assert await group.deliver(an_event("somebody", type="todo.task.created.v1")) == ["SUCCESS"]
    assert await health() == 503
    full = False
    assert await group.deliver(event) == ["SUCCESS"]
    assert await health() == 200
