"""The delivery engine: what it does with a batch, whatever the runtime."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.conftest import settings_for
from tests.harness.probe import an_event
from todo.domain.errors import Invalid
from todo.domain.events import Topic
from todo.runtime.context import Context
from todo.runtime.db.database import open_database
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope, encode
from todo.runtime.events.consumer import ATTEMPTS, Consumer, Received
from todo.runtime.events.delivery import Connection
from todo.runtime.ports import Outcome
from todo.runtime.service import Subscription, each

NAME = "todo-audit"
SUCCESS, RETRY, DROP = Outcome.SUCCESS, Outcome.RETRY, Outcome.DROP


@dataclass
class Handler:
    """Notes the events of each transaction; fails as `manner` says."""

    manner: Callable[[Envelope], None] = lambda _envelope: None
    # ids in the order of their calls, by transaction; also of those that were rolled back
    called: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    async def __call__(self, envelope: Envelope, unit: Unit) -> None:
        transaction = await unit.connection.fetchval("SELECT pg_current_xact_id()::text")
        self.called[transaction].append(envelope.id)
        self.manner(envelope)

    @property
    def subscription(self) -> Subscription:
        return Subscription(Topic.TASK_EVENTS, each(self))


def failing(error: Exception, *bad: Envelope) -> Callable[[Envelope], None]:
    ids = {event.id for event in bad}

    def manner(envelope: Envelope) -> None:
        if envelope.id in ids:
            raise error

    return manner


def received(*events: Envelope) -> list[Received]:
    """By a source that knows no partitions, so a lane is a key."""
    return [Received(encode(event).decode()) for event in events]


def in_partitions(count: int, *events: Envelope) -> list[Received]:
    return [
        Received(encode(event).decode(), number * count // len(events), number + 1)
        for number, event in enumerate(events)
    ]


@pytest.fixture
async def context(database_url: str) -> AsyncIterator[Context]:
    runtime: Any = None
    async with open_database(database_url, size=4) as database:
        yield Context(settings_for(database_url), runtime, database)


async def handled(context: Context) -> set[UUID]:
    rows = await context.db.pool.fetch("SELECT event_id FROM inbox WHERE consumer = $1", NAME)
    return {row["event_id"] for row in rows}


async def dead_letters(context: Context) -> dict[str, str]:
    rows = await context.db.pool.fetch("SELECT event_id, reason FROM dead_letter")
    return {row["event_id"]: row["reason"] for row in rows}


async def test_events_that_succeed_share_one_transaction(context: Context) -> None:
    handler, events = Handler(), [an_event(f"user {n}") for n in range(100)]
    consumer = Consumer(context, NAME, handler.subscription)
    assert await consumer.handle(received(*events)) == [SUCCESS] * 100
    assert list(handler.called.values()) == [[event.id for event in events]]


async def test_one_bad_event_in_a_batch_is_found_by_halving(context: Context) -> None:
    events = [an_event(f"user {n}") for n in range(64)]
    handler = Handler(failing(Invalid("not allowed"), events[37]))
    consumer = Consumer(context, NAME, handler.subscription)
    outcomes = await consumer.handle(received(*events))
    assert outcomes == [DROP if n == 37 else SUCCESS for n in range(64)]
    assert len(handler.called) <= 13, "all, and two halves of each size down to one event"
    assert await handled(context) == {event.id for event in events} - {events[37].id}
    assert await dead_letters(context) == {str(events[37].id): "not allowed"}


@pytest.mark.parametrize("partitions", [False, True])
async def test_behind_an_event_to_be_retried_only_its_own_lane_waits(
    context: Context, partitions: bool
) -> None:
    keys = ["ann"] * 4 + ["bob"] * 4 if partitions else ["ann", "bob"] * 4
    events = [an_event(key, n) for n, key in enumerate(keys)]
    [_, bad, *behind] = [event for event in events if event.key == "ann"]
    handler = Handler(failing(RuntimeError("a bug"), bad))
    consumer = Consumer(context, NAME, handler.subscription)
    batch = in_partitions(2, *events) if partitions else received(*events)
    outcomes = await consumer.handle(batch)
    waits = {event.id for event in (bad, *behind)}
    assert outcomes == [RETRY if event.id in waits else SUCCESS for event in events]
    assert await handled(context) == {event.id for event in events} - waits


async def test_an_event_that_failed_before_is_tried_alone(context: Context) -> None:
    bad, *good = events = [an_event(f"user {n}") for n in range(8)]
    handler = Handler(failing(RuntimeError("a bug"), bad))
    consumer = Consumer(context, NAME, handler.subscription)
    assert await consumer.handle(received(bad)) == [RETRY]
    handler.called.clear()
    assert await consumer.handle(received(*events)) == [RETRY, *[SUCCESS] * 7]
    tried = [ids for ids in handler.called.values() if bad.id in ids]
    assert tried == [[bad.id]]
    assert await handled(context) == {event.id for event in good}


async def test_the_eighth_failure_makes_a_dead_letter_and_a_success_forgets_the_failures(
    context: Context,
) -> None:
    first, second = an_event("ann"), an_event("ann")
    handler = Handler(failing(RuntimeError("a bug"), first, second))
    consumer = Consumer(context, NAME, handler.subscription)
    outcomes = [(await consumer.handle(received(first)))[0] for _ in range(ATTEMPTS)]
    assert outcomes == [RETRY] * (ATTEMPTS - 1) + [DROP]
    assert await dead_letters(context) == {str(first.id): "RuntimeError: a bug"}

    [event] = received(second)
    await consumer.handle([event])
    assert consumer.failures_of(event) == 1
    handler.manner = lambda _envelope: None
    assert await consumer.handle([event]) == [SUCCESS]
    assert consumer.failures_of(event) == 0


async def test_an_outage_is_never_counted_and_is_reported_until_a_success(context: Context) -> None:
    events = [an_event(f"user {n}") for n in range(16)]
    handler = Handler(failing(asyncpg.DiskFullError("no space"), *events))
    consumer = Consumer(context, NAME, handler.subscription)
    for _ in range(ATTEMPTS + 2):
        handler.called.clear()
        assert await consumer.handle(received(*events)) == [RETRY] * 16
        assert len(handler.called) == 17, "all together, then one transaction per lane"
    assert await dead_letters(context) == {}
    assert "no space" in (context.health.outage or "")
    handler.manner = lambda _envelope: None
    assert await consumer.handle(received(*events)) == [SUCCESS] * 16
    assert context.health.outage is None


async def test_the_position_is_saved_in_the_transaction_of_the_effect(context: Context) -> None:
    events = [an_event(f"user {n}") for n in range(8)]
    handler = Handler(failing(Invalid("not allowed"), events[2]))
    saved: list[list[int]] = []
    broken = True

    async def save(batch: Sequence[Received], connection: Connection) -> None:
        if broken:
            raise RuntimeError("the position was not saved")
        saved.append([event.position for event in batch])

    consumer = Consumer(context, NAME, handler.subscription, save_positions=save)
    batch = in_partitions(1, *events)
    assert await consumer.handle(batch) == [RETRY] * 8
    assert await handled(context) == set(), "without its position the effect is rolled back"
    broken = False
    assert await consumer.handle(batch) == [SUCCESS, SUCCESS, DROP, *[SUCCESS] * 5]
    assert [position for positions in saved for position in positions] == list(range(1, 9))
    assert await handled(context) == {event.id for event in events} - {events[2].id}


@pytest.mark.parametrize(("topic", "outcome"), [(False, RETRY), (True, DROP)])
async def test_a_dead_letter_that_cannot_be_stored_is_dropped_only_if_the_broker_keeps_it(
    context: Context, topic: bool, outcome: Outcome
) -> None:
    await context.db.pool.execute("ALTER TABLE dead_letter RENAME TO moved_away")
    event = an_event("ann")
    handler = Handler(failing(Invalid("not allowed"), event))
    consumer = Consumer(context, NAME, handler.subscription, has_dead_letter_topic=topic)
    assert await consumer.handle(received(event)) == [outcome]
