"""Events: at least once to every service, in order per key, SUCCESS, RETRY or the dead letters."""

import json
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.harness.probe import CONSUMERS, NOON, a_message, an_event, failing, refusing
from tests.harness.worlds import World, until
from todo.domain.events import Topic
from todo.runtime.dapr.kafka_admin import read_from
from todo.runtime.envelope import encode
from todo.runtime.events import replay
from todo.runtime.ports import Outcome
from todo.runtime.retained import retained_events


def some_user() -> str:
    return f"user-{uuid4()}"


async def test_bytes_cross_unchanged(world: World) -> None:
    key = some_user()
    sent = an_event(
        key, data={"version": "1.0", "task_id": 2**53 + 1, "title": 'Žluťoučký 🐎\n"', "n": 0.1}
    )
    sent = replace(sent, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    await world.publish(Topic.TASK_EVENTS, sent)
    for consumer in CONSUMERS:
        await world.probe.until_count(consumer, key, 1)
        assert [e for e in world.probe.done[consumer] if e.key == key] == [sent]
    if world.name == "dapr":
        [on_topic] = [
            wire async for wire in read_from(world.settings, "task-events", NOON) if key in wire
        ]
        assert on_topic.encode() == encode(sent)


async def test_every_service_gets_every_event_and_each_once(world: World) -> None:
    keys = [some_user() for _ in range(20)]
    events = [an_event(key, n) for n in range(50) for key in keys]  # 1,000
    await world.publish(Topic.TASK_EVENTS, *events)
    wanted = {event.id for event in events}
    for consumer in CONSUMERS:
        await world.probe.until_all(consumer, wanted)
        mine = [e.id for e in world.probe.done[consumer] if e.id in wanted]
        assert len(mine) == len(wanted)


async def test_the_events_of_a_key_arrive_in_order(world: World) -> None:
    keys = [some_user() for _ in range(5)]
    for n in range(0, 100, 25):
        batch = [an_event(key, i) for i in range(n, n + 25) for key in keys]
        await world.publish(Topic.TASK_EVENTS, *batch)
    for consumer in CONSUMERS:
        for key in keys:
            await world.probe.until_count(consumer, key, 100)
            numbers = [e.data["task_id"] for e in world.probe.done[consumer] if e.key == key]
            assert numbers == list(range(100))


async def test_an_event_that_comes_alone_does_not_wait_for_others(world: World) -> None:
    """todo-audit waits 20 ms for more events; daprd would wait for 10 s without a setting."""
    key = some_user()
    for within in (40, 3):
        event = an_event(key)
        await world.publish(Topic.TASK_EVENTS, event)
        await world.probe.until_all("todo-audit", {event.id}, within)


async def test_a_second_delivery_does_nothing(world: World) -> None:
    key = some_user()
    event, last = an_event(key, 1), an_event(key, 2)
    await world.publish(Topic.TASK_EVENTS, event)
    if world.name == "dapr":
        await world.publish(Topic.TASK_EVENTS, event, event)
    await world.publish(Topic.TASK_EVENTS, last)
    for consumer in CONSUMERS:
        await world.probe.until_event(consumer, last)
        assert world.probe.handled(consumer, key) == [event.id, last.id]


async def test_a_failure_is_tried_again_and_what_follows_waits(world: World) -> None:
    key = some_user()
    events = [an_event(key, n) for n in (1, 2)]
    # only the first one misbehaves
    world.probe.manners[key] = lambda consumer, _count: _fail_first(
        world, consumer, key, events[0].id
    )
    await world.publish(Topic.TASK_EVENTS, *events)
    for consumer in CONSUMERS:
        await world.probe.until_count(consumer, key, 2)
        assert world.probe.handled(consumer, key) == [events[0].id, events[1].id]
    assert not await world.letters("event_id = ANY($1)", [str(e.id) for e in events])


def _fail_first(world: World, consumer: str, key: str, first: UUID) -> None:
    tries = [e.id for e in world.probe.tries[consumer] if e.key == key]
    if tries[-1] == first and tries.count(first) <= 2:
        raise RuntimeError("failed on purpose")


async def test_an_event_that_keeps_failing_becomes_a_dead_letter_and_the_next_is_handled(
    world: World,
) -> None:
    key = some_user()
    world.probe.manners[key] = lambda consumer, count: (
        failing(99)(consumer, count)
        if world.probe.tries[consumer][-1].data["task_id"] == 1
        else None
    )
    bad, good = an_event(key, 1), an_event(key, 2)
    await world.publish(Topic.TASK_EVENTS, bad, good)
    for consumer in CONSUMERS:
        await world.probe.until_event(consumer, good)
    rows = await world.letters("event_id = $1", str(bad.id))
    assert {row["consumer"] for row in rows} == set(CONSUMERS)
    assert all("failed on purpose" in row["reason"] for row in rows)


async def test_a_redriven_letter_goes_to_its_consumer_only_and_once(world: World) -> None:
    key = some_user()
    world.probe.manners[key] = lambda consumer, count: (
        refusing(consumer, count) if consumer == "todo-recurring-task" else None
    )
    event = an_event(key)
    await world.publish(Topic.TASK_EVENTS, event)

    async def letters() -> list[asyncpg.Record]:
        return await world.letters("event_id = $1", str(event.id))

    await until(letters)
    await world.probe.until_event("todo-audit", event)
    [letter] = await letters()
    assert (letter["consumer"], letter["reason"]) == (
        "todo-recurring-task",
        "this can never be right",
    )

    services = list(world.probe.services().values())
    still = await replay.redrive(world.database, services, letter["id"])
    assert still is not None
    assert still.outcome is Outcome.DROP

    del world.probe.manners[key]  # the fix
    for _ in range(2):
        verdict = await replay.redrive(world.database, services, letter["id"])
        assert verdict is not None
        assert verdict.outcome is Outcome.SUCCESS
    await world.probe.record_committed()
    assert world.probe.handled("todo-recurring-task", key) == [event.id]
    assert world.probe.handled("todo-audit", key) == [event.id]
    assert letter["id"] not in {row["id"] for row in await replay.dead_letters(world.database)}


async def test_an_invalid_event_becomes_a_dead_letter_with_its_reason(world: World) -> None:
    key = some_user()
    unknown = an_event(key, type="todo.task.exploded.v1")
    newer = an_event(key, data={"version": "2.0", "user_id": key})
    last = an_event(key)

    def changed(**attributes: object) -> bytes:
        return json.dumps(json.loads(encode(an_event(key))) | attributes).encode()

    wrong = {
        b"not json " + key.encode(): "not JSON",
        b'["%b"]' % key.encode(): "not an object",
        changed(nested=0).replace(
            b'"nested": 0', b'"nested": ' + b"[" * 3000 + b"]" * 3000
        ): "not JSON",
        changed(data=[key]): "data is not an object",
        changed(time="tomorrow"): "attribute is missing or wrong",
        # A sidecar that parses events crashes at a number here.
        changed(traceparent=5): "traceparent is not a string",
        encode(unknown): "unknown event type",
        encode(newer): "major version '2.0'",
    }
    if world.name == "dapr":  # the table of the embedded bus holds only UTF-8
        wrong[changed(title="a").replace(b'"a"', b'"a\xff"')] = "not JSON"
    for wire in wrong:
        await world.publish_bytes(Topic.TASK_EVENTS, key, wire)
    await world.publish_bytes(Topic.TASK_EVENTS, key, changed(traceid={"a": 1}, expiration=7))
    await world.publish_bytes(Topic.TASK_EVENTS, key, encode(last))
    for consumer in CONSUMERS:
        await world.probe.until_event(consumer, last)
        assert len(world.probe.handled(consumer, key)) == 2

    async def buried() -> dict[tuple[str, str], str]:
        rows = await world.letters("position($1 in envelope) > 0", key)
        found = {(row["consumer"], row["envelope"]): row["reason"] for row in rows}
        return found if len(found) == 2 * len(wrong) else {}

    await until(buried)
    letters = await buried()
    for consumer in CONSUMERS:
        for wire, words in wrong.items():
            kept = wire.replace(b"\xff", b"?").decode()
            assert words in letters[consumer, kept], (words, letters)


@pytest.mark.stack
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", b"a\r\nb: c"),
        ("no name\n", b"x"),
        ("", b""),
        ("dapr-api-token", b"guessed"),
        ("content-length", b"5"),
        ("traceid", b"\xff"),
    ],
)
async def test_the_headers_and_the_key_of_a_record_do_not_affect_its_event(
    dapr: World, name: str, value: bytes
) -> None:
    """daprd passes the headers and the key of a record to the app as HTTP headers. An invalid one would fail for
    16 s, and then block the reader of the dead letters."""
    key = some_user()
    good, bad = an_event(key), an_event(key, type="todo.task.exploded.v1")
    for event in (bad, good):
        await dapr.publish_bytes(
            Topic.TASK_EVENTS, key + "\r\nx: y", encode(event), headers=[(name, value)]
        )
    for consumer in CONSUMERS:
        await dapr.probe.until_all(consumer, {good.id}, within=10)
        assert dapr.probe.handled(consumer, key) == [good.id]

    async def buried() -> bool:
        return len(await dapr.letters("event_id = $1", str(bad.id))) == len(CONSUMERS)

    await until(buried, within=10)


async def test_a_live_update_reaches_each_replica(world: World) -> None:
    key = some_user()

    # A fan-out gets only events published after it has subscribed: publish until both replicas get one.
    async def both_hear() -> bool:
        await world.publish(Topic.TASK_UPDATES, an_event(key))
        return all(world.probe.handled(f"websocket-{n}", key) for n in (1, 2))

    await until(both_hear)
    if world.name == "dapr":  # embedded live updates do not pass the table of the bus
        strange = json.loads(encode(an_event(key))) | {"traceparent": 5}
        await world.publish_bytes(Topic.TASK_UPDATES, key, json.dumps(strange).encode())
    key = some_user()
    events = [an_event(key, n) for n in range(1000)]
    await world.publish(Topic.TASK_UPDATES, *events)
    for n in (1, 2):
        replica = f"websocket-{n}"
        await world.probe.until(
            lambda replica=replica: len(set(world.probe.handled(replica, key))) == 1000  # type: ignore[misc]
        )
        # A live update may be delivered twice, because no inbox records it.
        heard = list(dict.fromkeys(world.probe.handled(replica, key)))
        assert heard == [event.id for event in events]


async def test_a_replay_repeats_all_events_for_a_consumer_that_rebuilds_and_none_for_another(
    world: World,
) -> None:
    key = some_user()
    events = [an_event(key, n) for n in range(10)]
    before = await world.database.pool.fetchval("SELECT now()")
    await world.publish(Topic.TASK_EVENTS, *events)
    for consumer in CONSUMERS:
        await world.probe.until_count(consumer, key, 10)
    services = list(world.probe.services().values())
    for consumer in ("audit", "recurring-task"):
        app_id, subscription = replay.subscription_of(services, consumer, "task-events")
        kept = retained_events(world.database, world.settings, "task-events", before)
        done = await replay.replay(world.database, app_id, subscription, kept)
        assert done.events >= 10
    await world.probe.record_committed()
    assert world.probe.handled("todo-audit", key) == [e.id for e in events] * 2
    assert world.probe.handled("todo-recurring-task", key) == [e.id for e in events]


async def test_publishing_keeps_the_order_of_a_large_batch(world: World) -> None:
    """More than fits in one request to the sidecar (4 MiB)."""
    key = some_user()
    big = "x" * 50_000
    events = [
        an_event(key, n, data={"version": "1.0", "task_id": n, "user_id": key, "title": big})
        for n in range(100)
    ]
    await world.runtime.publish(str(Topic.TASK_EVENTS), [a_message(e) for e in events])
    for consumer in CONSUMERS:
        await world.probe.until_count(consumer, key, 100)
        assert world.probe.handled(consumer, key) == [event.id for event in events]


async def test_an_outage_is_not_poison(world: World) -> None:
    """An outage of the database does not count as one of the event's attempts."""
    key = some_user()
    # More often than the eight attempts of an event, and than the nine deliveries of a sidecar.
    times = {"embedded": 20, "dapr": 10}[world.name]

    def away(_consumer: str, count: int) -> None:
        if count <= times:
            raise ConnectionRefusedError("the database is away")

    world.probe.manners[key] = away
    event = an_event(key)
    await world.publish(Topic.TASK_EVENTS, event)
    for consumer in CONSUMERS:
        await world.probe.until_event(consumer, event)
    assert not await world.letters("event_id = $1", str(event.id))
