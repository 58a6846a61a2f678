"""The traps of Dapr and Kafka, put back on purpose: what our settings and answers are there to prevent."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from tests.harness.probe import Probe, a_message, an_event
from tests.harness.worlds import APP_TOKEN, Cluster, World, until
from todo.domain.events import Topic
from todo.runtime.dapr import bulk_body
from todo.runtime.http import from_an_app
from todo.runtime.ports import Service

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

# The component's own line; what is put beside it is the trap.
_OLDEST = "- {name: initialOffset, value: oldest}"


async def publish(world: World, events: list[Any]) -> None:
    await world.runtime.publish(str(Topic.TASK_EVENTS), [a_message(event) for event in events])


def handwritten(
    app_id: str, heard: Callable[[dict[str, Any]], Awaitable[tuple[dict[str, str], int]]]
) -> Service:
    """A subscriber as one would write it without the runtime: no inbox, its own answer."""
    router = APIRouter(dependencies=[Depends(from_an_app)])

    @router.get("/dapr/subscribe", include_in_schema=False)
    async def listed() -> list[dict[str, str]]:
        return [{"pubsubname": "kafka-pubsub", "topic": "task-events", "route": "/naive"}]

    @router.post("/naive")
    async def naive(body: dict[str, Any]) -> JSONResponse:
        return JSONResponse(*await heard(body))

    return Service(app_id, routers=(router,), database=False)


def in_group(group: str, begin: str = "oldest") -> dict[str, str]:
    """The component with a consumer group written into it."""
    group_line = f"- {{name: consumerGroup, value: {group}}}"
    return {_OLDEST: f"- {{name: initialOffset, value: {begin}}}\n    {group_line}"}


@pytest.mark.parametrize("shared", [True, False])
async def test_every_service_gets_every_event_unless_they_share_a_group(
    around: Cluster, dapr: World, shared: bool
) -> None:
    """The specification's `consumerGroup: todo-services` hands each event to one service only."""
    probe = Probe()
    events = [an_event(f"user-{uuid4()}", n) for n in range(60)]
    wanted = {str(event.id) for event in events}
    got: dict[str, set[str]] = {"todo-recurring-task": set(), "todo-audit": set()}

    def listening(app_id: str) -> Service:
        async def heard(body: dict[str, Any]) -> tuple[dict[str, str], int]:
            if body["id"] in wanted:
                got[app_id].add(body["id"])
                await probe.tell()
            return {"status": "SUCCESS"}, 200

        return handwritten(app_id, heard)

    run = uuid4()
    async with AsyncExitStack() as exits:
        nodes = await asyncio.gather(
            *(
                around.node(
                    listening(app_id),
                    changed=in_group(f"todo-services-{run}" if shared else f"{app_id}-{run}"),
                )
                for app_id in got
            )
        )
        for node in nodes:
            exits.push_async_callback(node.stop)
        await publish(dapr, events)
        if shared:
            await probe.until(lambda: set.union(*got.values()) == wanted, within=100)
            assert min(len(ids) for ids in got.values()) < len(wanted)
        else:
            await probe.until(lambda: all(ids == wanted for ids in got.values()), within=100)


async def test_a_new_group_begins_at_the_oldest_event(around: Cluster, dapr: World) -> None:
    """Nothing is lost before the first commit: the component's default, newest, would skip what is there."""
    events = [an_event(f"user-{uuid4()}", n) for n in range(10)]
    await publish(dapr, events)
    probe = Probe()
    group = f"fresh-{uuid4()}"
    node = await around.node(probe.services()["todo-audit"], changed=in_group(group))
    wanted = {event.id for event in events}
    try:
        # its inbox already knows them, so they reach the group's sidecar but no handler: ask the broker instead
        async def committed() -> bool:
            return await _lag(around, group) == 0

        await until(committed, within=60)
    finally:
        await node.stop()
    assert not wanted & {e.id for e in probe.tries["todo-audit"]}


async def _lag(around: Cluster, group: str) -> int | None:
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=around.brokers)
    await admin.start()
    consumer = AIOKafkaConsumer(bootstrap_servers=around.brokers)
    await consumer.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        mine = {tp: o.offset for tp, o in offsets.items() if tp.topic == "task-events"}
        ends = await consumer.end_offsets([TopicPartition("task-events", n) for n in range(6)])
        starts = {tp: end for tp, end in ends.items() if end > 0}
        if not mine or set(starts) - set(mine):
            return None
        return int(sum(end - mine[tp] for tp, end in starts.items()))
    finally:
        await consumer.stop()
        await admin.close()


@pytest.mark.parametrize(
    ("answer", "status", "again"),
    [({"status": "ok"}, 200, True), ({"detail": "no such task"}, 404, False)],
)
async def test_an_answer_other_than_the_three_words(
    around: Cluster, dapr: World, answer: dict[str, str], status: int, again: bool
) -> None:
    """`{"status": "ok"}` is redelivered, 404 is taken for done: what a handler written without this page does."""
    calls = 0
    probe = Probe()
    key = f"user-{uuid4()}"

    async def heard(body: dict[str, Any]) -> tuple[dict[str, str], int]:
        nonlocal calls
        if body["partitionkey"] != key:
            return {"status": "SUCCESS"}, 200
        calls += 1
        await probe.tell()
        return answer, status

    node = await around.node(
        handwritten("todo-recurring-task", heard), changed=in_group(f"naive-{uuid4()}", "newest")
    )
    try:

        async def called() -> bool:  # from newest on, so publish until it listens
            await publish(dapr, [an_event(key)])
            return calls > 0

        await until(called, within=60)
        if again:
            await probe.until(lambda: calls >= 3)
        else:
            before = calls
            marker = an_event(key)
            await publish(dapr, [marker])
            await probe.until(lambda: calls > before)
    finally:
        await node.stop()


def test_without_its_own_traceid_an_event_would_get_a_new_trace() -> None:
    """daprd overwrites `traceparent` unless there is a `traceid`; `test_bytes_cross_unchanged` sees it arrive."""
    assert b'"traceid":""' in bulk_body([a_message(an_event("somebody"))])


async def test_a_normal_restart_handles_nothing_twice(around: Cluster, dapr: World) -> None:
    """SIGTERM to the sidecar drains what it has handed over; what it had only fetched is the next one's."""
    key = f"user-{uuid4()}"
    events = [an_event(key, n) for n in range(120)]
    await publish(dapr, events)
    await dapr.probe.until(lambda: len(dapr.probe.handled("todo-recurring-task", key)) > 20)
    await dapr.nodes["todo-recurring-task"].stop()
    seen = len(dapr.probe.handled("todo-recurring-task", key))
    dapr.nodes["todo-recurring-task"] = await around.node(
        dapr.probe.services()["todo-recurring-task"]
    )
    await dapr.probe.until_count("todo-recurring-task", key, 120)
    assert seen <= 120
    assert [e.id for e in dapr.probe.tries["todo-recurring-task"] if e.key == key] == [
        event.id for event in events
    ]


async def test_a_sidecar_that_is_away_is_told_and_loses_nothing(
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
    assert APP_TOKEN  # what the new sidecar shows


async def test_a_broker_that_hangs_or_dies_is_unavailable_and_nothing_is_taken_for_published(
    around: Cluster, dapr: World
) -> None:
    import signal

    from todo.runtime.ports import Unavailable

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
    for consumer in ("todo-recurring-task", "todo-audit"):
        await dapr.probe.until_all(consumer, {event.id for event in events})
