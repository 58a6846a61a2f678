"""Traps of Dapr and Kafka: each test shows what one of our settings or answers prevents.

Each test uses the product's components with one line changed, on a topic of its own. Most tests run twice, with
the trap and with the product's setting, and only the run with the trap loses or delays events.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from tests.harness.probe import Probe, a_message, an_event
from tests.harness.worlds import Cluster, Node, until
from todo.domain.events import Topic
from todo.runtime.envelope import encode
from todo.runtime.http.routing import from_an_app
from todo.runtime.ports import Message, Unavailable
from todo.runtime.service import Every, Service, Subscription

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

# Lines of the product's components. A test replaces one of them with a trap.
_OLDEST = "- {name: initialOffset, value: oldest}"
_HEARTBEAT = "- {name: heartbeatInterval, value: 2s}"
_READ = "- {name: readTimeout, value: 5s}"
_VERSION = "- {name: version, value: 2.4.0}"
_INBOUND = "inbound: {timeout: delivery, retry: delivery}"
_OUTBOUND = "outbound: {timeout: publish, retry: none}"
_PATIENCE = "delivery: {policy: constant, duration: 2s, maxRetries: 8}"
# As many retries as the product's, but quicker, for tests that are not about their time.
_QUICKER = {_PATIENCE: _PATIENCE.replace("2s", "200ms")}

Answer = tuple[dict[str, str], int]
_SUCCESS: Answer = ({"status": "SUCCESS"}, 200)
_FAILURE: Answer = ({"detail": "failed on purpose"}, 500)


@dataclass
class Naive(Probe):
    """A subscriber without our runtime: no inbox, its own answers to the sidecar."""

    app_id: str = "todo-recurring-task"
    topic: str = ""
    dead_letters: bool = False
    bulk: bool = False
    raw: bool = False
    # In the consumer group of its app id it would share the events with the other tests. Their members come and
    # go, and each time all deliveries are aborted and started again.
    own_group: bool = True
    answer: Callable[[str, int], Answer] = lambda _id, _count: _SUCCESS
    # ids in the order of arrival
    heard: list[str] = field(default_factory=list)

    def service(self) -> Service:
        router = APIRouter(dependencies=[Depends(from_an_app)])
        more: dict[str, Any] = {}
        if self.dead_letters:
            more["deadLetterTopic"] = f"{self.topic}.dead-letter"
        if self.bulk:
            more["bulkSubscribe"] = {"enabled": True, "maxAwaitDurationMs": 20}
        if self.raw:
            more["metadata"] = {"rawPayload": "true"}

        @router.get("/dapr/subscribe", include_in_schema=False)
        async def listed() -> list[dict[str, Any]]:
            return [{"pubsubname": "kafka-pubsub", "topic": self.topic, "route": "/naive", **more}]

        @router.post("/naive")
        async def naive(body: dict[str, Any]) -> JSONResponse:
            # These tests send bulks of one event.
            [entry] = body["entries"] if self.bulk else [{"event": body}]
            event = json.loads(b64decode(body["data_base64"])) if self.raw else entry["event"]
            event_id = event["id"]
            self.heard.append(event_id)
            said, status = self.answer(event_id, self.heard.count(event_id))
            if self.bulk:
                return JSONResponse({"statuses": [{**said, "entryId": entry["entryId"]}]}, status)
            return JSONResponse(said, status)

        return Service(self.app_id, routers=(router,), database=False)

    async def start(self, around: Cluster, changed: Mapping[str, str] = {}) -> Node:
        group = in_group(self.group) if self.own_group else {}
        return await around.node(
            self.service(), changed={**group, **changed, "task-events": self.topic}
        )

    @property
    def group(self) -> str:
        return f"{self.app_id}-{self.topic}"


def in_group(group: str, begin: str = "oldest") -> dict[str, str]:
    """The change that writes a consumer group into the component."""
    group_line = f"- {{name: consumerGroup, value: {group}}}"
    return {_OLDEST: f"- {{name: initialOffset, value: {begin}}}\n    {group_line}"}


def events_of(count: int, people: int = 40) -> list[Any]:
    keys = [f"user-{uuid4()}" for _ in range(people)]
    return [an_event(keys[n % people], n) for n in range(count)]


def ids(events: list[Any]) -> set[str]:
    return {str(event.id) for event in events}


@pytest.mark.parametrize("shared", [True, False])
async def test_every_service_gets_every_event_unless_they_share_a_group(
    around: Cluster, shared: bool
) -> None:
    """The specification's `consumerGroup: todo-services` delivers each event to one service only."""
    topic = await around.topic()
    events = events_of(1000)
    services = [
        Naive(app_id=name, topic=topic, own_group=False)
        for name in ("todo-recurring-task", "todo-audit")
    ]
    async with AsyncExitStack() as exits:
        trap = in_group(f"todo-services-{topic}") if shared else {}
        for node in await asyncio.gather(*(service.start(around, trap) for service in services)):
            exits.push_async_callback(node.stop)
        if shared:
            await until(lambda: _all_joined(around, f"todo-services-{topic}", len(services)))
        await around.send(topic, map(a_message, events))

        async def drained() -> bool:
            return set().union(*(service.heard for service in services)) == ids(events)

        await until(drained)
        if shared:
            # Nobody gets the rest: what one service has committed the other never receives.
            assert sum(len(set(service.heard)) for service in services) < 2 * len(events)
            assert all(set(service.heard) != ids(events) for service in services)
        else:
            for service in services:
                await service.until(lambda mine=service: set(mine.heard) == ids(events))  # type: ignore[misc]


@pytest.mark.parametrize("begin", ["oldest", "newest"])
async def test_nothing_is_lost_before_the_first_commit_of_a_group(
    around: Cluster, begin: str
) -> None:
    """The component's default, newest, skips events that were published while a new or an idle group was away."""
    topic = await around.topic()
    before, while_away, last = events_of(20), events_of(20), events_of(50)
    service = Naive(topic=topic)
    group = in_group(service.group, begin)
    await around.send(topic, map(a_message, before))
    node = await service.start(around, group)
    try:
        if begin == "oldest":
            await service.until(lambda: set(service.heard) == ids(before))
        else:
            await until(lambda: _all_joined(around, service.group, 1))
        # When it dies it has committed nothing, or the offsets of some partitions only.
        assert node.sidecar is not None
        node.sidecar.process.kill()
        await node.sidecar.process.wait()
        await around.send(topic, map(a_message, while_away))
    finally:
        await node.stop()
    node = await service.start(around, group)
    try:

        async def listens() -> bool:
            await around.send(topic, map(a_message, last))
            return ids(last) <= set(service.heard)

        await until(listens)
        missed = (ids(before) | ids(while_away)) - set(service.heard)
        assert len(missed) == (0 if begin == "oldest" else 40)
    finally:
        await node.stop()


async def _all_joined(around: Cluster, group: str, members: int) -> bool:
    """The group is stable and has so many members."""
    state, joined = await _described(around, group)
    return state == "Stable" and len(joined) == members


async def _described(around: Cluster, group: str) -> tuple[str, list[Any]]:
    """The state and the members of a consumer group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=around.brokers)
    await admin.start()
    try:
        [described] = await admin.describe_consumer_groups([group])
        [(_error, _group, state, _type, _protocol, joined)] = [g[:6] for g in described.groups]
        return state, joined
    except GroupCoordinatorNotAvailableError:
        return "", []  # the broker has no group yet
    finally:
        await admin.close()


async def _is_committed(around: Cluster, group: str, topic: str, count: int) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=around.brokers)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        ends = [o.offset for tp, o in offsets.items() if tp.topic == topic and o.offset > 0]
        return bool(sum(ends) == count)
    finally:
        await admin.close()


@pytest.mark.parametrize(
    ("answer", "again"),
    [(({"status": "ok"}, 200), True), (({"detail": "no such task"}, 404), False)],
)
async def test_any_other_answer_is_redelivered_for_ever_or_loses_the_event(
    around: Cluster, answer: Answer, again: bool
) -> None:
    """`{"status": "ok"}` is redelivered for ever, and after a 404 the event counts as handled."""
    topic = await around.topic()
    first, second = events_of(2, people=1)
    service = Naive(
        topic=topic, answer=lambda event_id, _n: answer if event_id == str(first.id) else _SUCCESS
    )
    node = await service.start(around, _QUICKER)
    try:
        await around.send(topic, map(a_message, [first, second]))
        if again:
            await service.until(lambda: len(service.heard) >= 3)
            assert set(service.heard) == {str(first.id)}, "the next event waits"
        else:
            await service.until(lambda: str(second.id) in service.heard)
            assert service.heard == [str(first.id), str(second.id)]
    finally:
        await node.kill()


@pytest.mark.parametrize("patient", [True, False])
async def test_one_failure_is_a_dead_letter_unless_there_is_an_inbound_retry(
    around: Cluster, patient: bool
) -> None:
    topic = await around.topic()
    [event] = events_of(1)
    service = Naive(
        topic=topic,
        dead_letters=True,
        answer=lambda _id, count: _FAILURE if count == 1 else _SUCCESS,
    )
    node = await service.start(
        around, {} if patient else {_INBOUND: "inbound: {timeout: delivery}"}
    )
    try:
        await around.send(topic, [a_message(event)])
        if patient:
            await service.until(lambda: len(service.heard) == 2)
            assert not await around.read(f"{topic}.dead-letter")
        else:
            await until(lambda: around.read(f"{topic}.dead-letter"))
            assert len(service.heard) == 1
    finally:
        await node.stop()


@pytest.mark.parametrize("breaker", [True, False])
async def test_an_inbound_breaker_would_give_up_on_events_that_were_never_tried(
    around: Cluster, breaker: bool
) -> None:
    topic = await around.topic()
    events = events_of(30, people=1)
    service = Naive(topic=topic, dead_letters=True, answer=lambda _id, _count: _FAILURE)
    # Few and quick retries in both runs, so that they differ only in the breaker.
    changed = {_PATIENCE: "delivery: {policy: constant, duration: 20ms, maxRetries: 4}"}
    if breaker:
        changed[_INBOUND] = "inbound: {timeout: delivery, retry: delivery, circuitBreaker: app}"
    node = await service.start(around, changed)
    try:
        await around.send(topic, map(a_message, events))

        async def given_up() -> bool:
            letters = await around.read(f"{topic}.dead-letter")
            return {json.loads(letter)["id"] for letter in letters} == ids(events)

        await until(given_up)
        assert (len(set(service.heard)) < len(events)) == breaker
    finally:
        await node.kill()


@pytest.mark.parametrize("breaker", [True, False])
async def test_a_breaker_on_both_directions_would_stop_publishing_too(
    around: Cluster, breaker: bool
) -> None:
    """Both directions of a component share one breaker: an app whose handlers fail could not publish either."""
    topic = await around.topic()
    service = Naive(topic=topic, dead_letters=True, answer=lambda _id, _count: _FAILURE)
    changed = {_PATIENCE: "delivery: {policy: constant, duration: 100ms, maxRetries: 100}"}
    if breaker:
        changed[_INBOUND] = "inbound: {timeout: delivery, retry: delivery, circuitBreaker: app}"
        changed[_OUTBOUND] = "outbound: {timeout: publish, retry: none, circuitBreaker: app}"
    node = await service.start(around, changed)
    try:
        [event] = events_of(1)
        await around.send(topic, [a_message(event)])
        await service.until(lambda: len(service.heard) >= 5)  # so many failures open the breaker
        if breaker:
            # A publish before the fifth failure would reset the count, so wait until the breaker is open.
            await until(lambda: node.sidecar_said("changed state from closed to open"))
        publishing = node.runtime.publish(f"{topic}.dead-letter", [a_message(event)])
        if breaker:
            with pytest.raises(Unavailable, match="circuit breaker is open"):
                await publishing
        else:
            await publishing
    finally:
        await node.kill()


@pytest.mark.parametrize("bulk", [True, False])
async def test_a_failing_event_blocks_every_partition_of_a_bulk_subscription(
    around: Cluster, bulk: bool
) -> None:
    """daprd has one lock for all bulks of a consumer, and holds it while it retries one of them."""
    topic = await around.topic()
    bad, good = events_of(2, people=2)
    service = Naive(
        topic=topic,
        dead_letters=True,
        bulk=bulk,
        answer=lambda event_id, _count: _FAILURE if event_id == str(bad.id) else _SUCCESS,
    )
    # Without bulks the good event has to arrive before the third retry of the bad one.
    node = await service.start(around, _QUICKER if bulk else {})
    try:
        await around.send(topic, [a_message(bad)], partition=0)
        await service.until(lambda: len(service.heard) == 1)
        await around.send(topic, [a_message(good)], partition=1)
        await service.until(lambda: len(service.heard) == 4 or str(good.id) in service.heard)
        assert (str(good.id) not in service.heard) == bulk
        await service.until(lambda: str(good.id) in service.heard)
    finally:
        await node.kill()


async def test_a_retry_limit_in_the_component_loses_events_silently(around: Cluster) -> None:
    """`backOffMaxRetries` without dead letters: after the last retry the event is logged and committed."""
    topic = await around.topic()
    first, second = events_of(2, people=1)
    service = Naive(
        topic=topic,
        answer=lambda event_id, _count: _FAILURE if event_id == str(first.id) else _SUCCESS,
    )
    limit = (
        "\n    - {name: backOffMaxRetries, value: '1'}\n    - {name: backOffDuration, value: 100ms}"
    )
    changed = {
        _HEARTBEAT: _HEARTBEAT + limit,
        _PATIENCE: "delivery: {policy: constant, duration: 100ms, maxRetries: 1}",
    }
    node = await service.start(around, changed)
    try:
        await around.send(topic, map(a_message, [first, second]))
        await service.until(lambda: str(second.id) in service.heard)
        await until(lambda: _is_committed(around, service.group, topic, 2))
    finally:
        await node.kill()


@pytest.mark.parametrize("version", ["2.0.0", "2.4.0"])
async def test_an_aborted_join_leaves_no_extra_member_in_the_group(
    around: Cluster, version: str
) -> None:
    """A join is answered when the session of the dead member has ended. A consumer that gives up before that and
    joins again is one more member in the component's default protocol, with one more session to wait for."""
    topic = await around.topic()
    before, after = events_of(1), events_of(6)
    service = Naive(topic=topic)
    changed = {_VERSION: f"- {{name: version, value: {version}}}", _READ: _READ.replace("5s", "1s")}
    node = await service.start(around, changed)
    try:
        await around.send(topic, map(a_message, before))
        await service.until(lambda: set(service.heard) == ids(before))
        assert node.sidecar is not None
        node.sidecar.process.kill()
        await node.sidecar.process.wait()
    finally:
        await node.stop()
    node = await service.start(around, changed)
    try:
        for partition, event in enumerate(after):
            await around.send(topic, [a_message(event)], partition=partition)
        members = 0

        async def heard() -> bool:
            nonlocal members
            members = max(members, len((await _described(around, service.group))[1]))
            return ids(after) <= set(service.heard)

        await until(heard)
        assert (members > 2) == (version == "2.0.0"), "the dead member, this one, and no other"
    finally:
        await node.stop()


async def test_a_cron_fires_in_every_replica(around: Cluster) -> None:
    """The reason why the job of a tick claims its rows one by one; here ticks are only counted."""
    probes = [Probe(), Probe()]
    often = {"@every 5m": "@every 1s"}

    def counting(probe: Probe) -> Service:
        every = Every("reminder-check", timedelta(seconds=1), probe.tick)
        on = (Subscription(Topic.REMINDERS, probe.reaction("todo-notification")),)
        return Service("todo-notification", on=on, every=(every,))

    async with AsyncExitStack() as exits:
        nodes = await asyncio.gather(*(around.node(counting(p), changed=often) for p in probes))
        for node in nodes:
            exits.push_async_callback(node.stop)
        for probe in probes:
            await probe.until(lambda probe=probe: probe.ticks >= 2)  # type: ignore[misc]


@pytest.mark.parametrize("raw", [False, True])
async def test_an_event_can_crash_a_sidecar_that_parses_it(around: Cluster, raw: bool) -> None:
    """daprd assumes that `traceparent` is a string, and crashes again at each start."""
    topic = await around.topic()
    strange, last = an_event("somebody"), an_event("somebody")
    attributes = json.loads(encode(strange)) | {"traceparent": 5}
    messages = [Message(strange.id, strange.key, json.dumps(attributes).encode()), a_message(last)]
    naive = Naive(topic=topic, raw=raw)
    node = await naive.start(around)
    try:
        await around.send(topic, messages)
        assert node.sidecar is not None
        if raw:
            await naive.until(lambda: naive.heard == [str(strange.id), str(last.id)])
            assert node.sidecar.process.returncode is None
        else:
            async with asyncio.timeout(40):
                assert await node.sidecar.process.wait() != 0
            assert naive.heard == []
    finally:
        await node.stop()
