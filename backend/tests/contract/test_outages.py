"""Outages and poison: no event is lost or handled twice, and other events are not blocked."""

import asyncio
import contextlib
import signal
from uuid import uuid4

import httpx2
import pytest

from tests.harness.probe import CONSUMERS, a_message, an_event, failing, refusing
from tests.harness.worlds import Cluster, World, until
from todo.domain.events import Topic
from todo.runtime.dapr.kafka_admin import TOPICS
from todo.runtime.envelope import Envelope
from todo.runtime.events import replay
from todo.runtime.events.dead_letters import event_id_of
from todo.runtime.ports import Outcome, Unavailable

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

# Longer than the sidecar retries a delivery (16 s failing at once, 43 s hanging), so that retries are not enough.
_AWAY_SECONDS = 60.0


async def publish(world: World, events: list[Envelope]) -> None:
    await world.runtime.publish(str(Topic.TASK_EVENTS), [a_message(event) for event in events])


async def test_a_database_that_is_away_makes_no_dead_letter(around: Cluster, dapr: World) -> None:
    """Under load, and for longer than all retries: the subscription pauses and the events wait."""
    key = f"user-{uuid4()}"
    events: list[Envelope] = []
    buried = len(await around.read(Topic.TASK_EVENTS.dead_letter))
    letters = len(await dapr.letters())

    async def load() -> None:
        while True:
            more = [an_event(f"{key}-{n}", n) for n in range(10)]
            events.extend(more)
            await publish(dapr, more)
            await asyncio.sleep(0.5)

    loading = asyncio.create_task(load())
    await dapr.probe.until(lambda: bool(events) and events[0].id in dapr.probe.ids["todo-audit"])
    await around.kill_database()
    await asyncio.sleep(_AWAY_SECONDS)
    await around.start_database()
    loading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loading
    await publish(dapr, events[-10:])  # the last publish may have been interrupted
    assert len(events) > 500
    for consumer in CONSUMERS:
        await dapr.probe.until_all(consumer, {event.id for event in events}, within=60)
    assert len(await dapr.letters()) == letters
    assert len(await around.read(Topic.TASK_EVENTS.dead_letter)) == buried


async def test_poison_among_thousands_is_dead_lettered_and_redriven_without_duplicates(
    around: Cluster, dapr: World
) -> None:
    keys = [f"user-{uuid4()}" for _ in range(60)]
    events = [an_event(keys[n % 60], n) for n in range(3000)]
    poison = {event.id for event in events[50::100]}
    broken = {
        event.id for event in events[150:351:200]
    }  # these raise an exception; the others are refused by a rule
    assert len(poison) == 30
    assert broken < poison

    def manner(consumer: str, count: int) -> None:
        last = dapr.probe.tries[consumer][-1].id
        if last in broken:
            failing(99)(consumer, count)
        if last in poison:
            refusing(consumer, count)

    # Without a unique constraint, so that a second effect would be a second row.
    await dapr.database.pool.execute("CREATE TABLE effect (consumer text, event_id uuid)")
    dapr.probe.leaving_rows.update(keys)
    dapr.probe.manners.update(dict.fromkeys(keys, manner))
    for n in range(0, 3000, 500):
        await publish(dapr, events[n : n + 500])
    good = {event.id for event in events} - poison
    for consumer in CONSUMERS:
        await dapr.probe.until_all(consumer, good, within=100)

    wanted = [str(event_id) for event_id in poison]

    async def buried() -> bool:
        rows = await dapr.letters("event_id = ANY($1)", wanted)
        return {(row["consumer"], row["event_id"]) for row in rows} == {
            (consumer, event_id) for consumer in CONSUMERS for event_id in wanted
        }

    await until(buried, within=60)
    letters = await dapr.letters("event_id = ANY($1)", wanted)
    reasons = {
        letter["reason"].partition(",")[0] for letter in letters
    }  # the rest, "…, 8 of 99", differs
    assert reasons == {"this can never be right", "RuntimeError: failed on purpose"}
    kept = {event_id_of(wire) for wire in await around.read(Topic.TASK_EVENTS.dead_letter)}
    assert set(wanted) <= kept

    for key in keys:  # the fix
        del dapr.probe.manners[key]
    services = list(dapr.probe.services().values())
    for letter in letters:
        verdict = await replay.redrive(dapr.database, services, letter["id"])
        assert verdict is not None
        assert verdict.outcome is Outcome.SUCCESS
    effects = "SELECT count(*), count(DISTINCT event_id) FROM effect WHERE consumer = $1"
    for consumer in CONSUMERS:
        counted = await dapr.database.pool.fetchrow(effects, consumer)
        assert counted is not None
        assert tuple(counted) == (3000, 3000)
    assert not {letter["id"] for letter in letters} & {
        row["id"] for row in await replay.dead_letters(dapr.database)
    }


async def test_a_handler_that_hangs_blocks_its_partition_for_a_limited_time(
    around: Cluster, dapr: World
) -> None:
    """All its tries together take less than the 60 s after which Kafka reassigns the partition."""
    topic = str(Topic.TASK_EVENTS)
    hangs, behind, *elsewhere = (
        an_event(f"user-{uuid4()}") for _ in range(TOPICS[topic].partitions + 1)
    )
    dapr.probe.manners[hangs.key] = lambda *_: asyncio.Event().wait()
    began = asyncio.get_running_loop().time()
    await around.send(topic, map(a_message, [hangs, behind]), partition=0)
    for consumer in CONSUMERS:
        await dapr.probe.until(lambda c=consumer: dapr.probe.tried(c, hangs.key) > 0)  # type: ignore[misc]
    for partition, event in enumerate(elsewhere, 1):
        await around.send(topic, [a_message(event)], partition=partition)
    # daprd 1.18.2 delivers one partition of a bulk subscription at a time, so todo-audit has to wait.
    await dapr.probe.until_all("todo-recurring-task", {event.id for event in elsewhere}, within=10)
    assert behind.id not in dapr.probe.ids["todo-recurring-task"]
    for consumer in CONSUMERS:
        left = began + 60 - asyncio.get_running_loop().time()
        await dapr.probe.until_all(consumer, {event.id for event in (behind, *elsewhere)}, left)
    letters = await dapr.letters("event_id = $1", str(hangs.id))
    assert {letter["consumer"]: letter["reason"] for letter in letters} == dict.fromkeys(
        CONSUMERS, "not handled within 2.5 s"
    )


async def test_a_normal_restart_handles_nothing_twice(around: Cluster, dapr: World) -> None:
    """On SIGTERM the sidecar finishes the deliveries it has begun; fetched events go to the next one."""
    key = f"user-{uuid4()}"
    events = [an_event(key, n) for n in range(120)]
    await publish(dapr, events)
    await dapr.probe.until(lambda: len(dapr.probe.handled("todo-recurring-task", key)) > 20)
    await dapr.nodes["todo-recurring-task"].stop()
    dapr.nodes["todo-recurring-task"] = await around.node(
        dapr.probe.services()["todo-recurring-task"]
    )
    await dapr.probe.until_count("todo-recurring-task", key, 120)
    assert [e.id for e in dapr.probe.tries["todo-recurring-task"] if e.key == key] == [
        event.id for event in events
    ]


async def test_readiness_reports_a_missing_sidecar_and_no_event_is_lost(
    around: Cluster, dapr: World
) -> None:
    node = dapr.nodes["todo-audit"]
    assert node.sidecar is not None
    await node.sidecar.stop()
    async with httpx2.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"http://127.0.0.1:{node.port}/readyz")
        assert ready.status_code == 503
        assert "sidecar" in ready.json()["checks"]["runtime"]
        alive = await client.get(f"http://127.0.0.1:{node.port}/healthz")
        assert alive.status_code == 200
    key = f"user-{uuid4()}"
    events = [an_event(key, n) for n in range(10)]
    await publish(dapr, events)
    await node.stop()
    dapr.nodes["todo-audit"] = await around.node(dapr.probe.services()["todo-audit"])
    await dapr.probe.until_count("todo-audit", key, 10)
    assert dapr.probe.handled("todo-audit", key) == [event.id for event in events]


async def test_without_the_state_store_only_its_own_calls_are_unavailable(
    around: Cluster, dapr: World
) -> None:
    state, key = dapr.runtime.state, f"user-{uuid4()}"
    await state.save(key, b"kept")
    await dapr.database.pool.execute("ALTER ROLE dapr NOLOGIN")
    await dapr.database.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dapr'"
    )
    try:
        with pytest.raises(Unavailable, match="state store"):
            await state.get(key)
        event = an_event(key)
        await publish(dapr, [event])
        for consumer in CONSUMERS:
            await dapr.probe.until_event(consumer, event)
        assert await dapr.runtime.ready() is None
    finally:
        await dapr.database.pool.execute("ALTER ROLE dapr LOGIN")
    entry = await state.get(key)
    assert entry is not None
    assert entry.value == b"kept"


async def test_a_broker_that_hangs_is_unavailable_and_nothing_counts_as_published(
    around: Cluster, dapr: World
) -> None:
    key = f"user-{uuid4()}"
    events = [an_event(key, n) for n in range(30)]
    around.kafka.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            await publish(dapr, events)
    finally:
        around.kafka.process.send_signal(signal.SIGCONT)

    async def published() -> bool:
        try:
            await publish(dapr, events)
        except Unavailable:
            return False
        return True

    await until(published)
    for consumer in CONSUMERS:
        await dapr.probe.until_all(consumer, {event.id for event in events})
