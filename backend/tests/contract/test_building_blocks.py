"""The parts of a runtime besides events: invocation, state, secrets, and the tokens of calls."""

import asyncio
import contextlib
from base64 import b64encode
from datetime import timedelta
from uuid import uuid4

import aiohttp
import httpx2
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.harness.probe import Probe, a_message, an_event
from tests.harness.worlds import APP_TOKEN, Cluster, World, until
from todo.runtime.dapr.client import DaprRuntime
from todo.runtime.envelope import encode
from todo.runtime.ports import EtagMismatch, Unavailable
from todo.runtime.settings import Settings


async def test_an_app_is_invoked_with_its_answer_and_status(world: World) -> None:
    runtime = world.nodes["todo-websocket"].runtime
    reply = await runtime.invoke("todo-backend", "POST", "/internal/echo?a=1", json={"n": 1})
    assert reply.status == 200
    assert reply.body["heard"] == {"n": 1}
    assert reply.body["query"] == "a=1"
    missing = await runtime.invoke("todo-backend", "GET", "/internal/missing")
    assert (missing.status, missing.body["detail"]) == (404, "There is no such thing.")


@pytest.mark.stack
async def test_an_invocation_has_a_timeout_retries_and_a_circuit_breaker(
    around: Cluster, dapr: World
) -> None:
    """The product's policies (dapr/components/resiliency.yaml); only the timeout is shorter than its 5 s."""
    probe = dapr.probe
    quicker = {"invocation: 5s": "invocation: 1s"}
    node = await around.node(Probe().websocket("asks"), changed=quicker)

    async def ask() -> int:
        return (await node.runtime.invoke("todo-backend", "GET", "/internal/unsteady")).status

    async def unsteady(count: int) -> int:
        return 503 if count <= 2 else 200

    released = asyncio.Event()

    async def hangs(_count: int) -> int:
        await released.wait()
        return 200

    async def well(_count: int) -> int:
        return 200

    try:
        probe.asked, probe.behave = 0, unsteady
        assert await ask() == 200
        assert probe.asked == 3, "a 503 is retried"

        probe.asked, probe.behave = 0, hangs
        with pytest.raises(Unavailable):
            await ask()
        assert probe.asked == 4, "one try and three retries, each until the timeout"

        with pytest.raises(Unavailable):
            await ask()
        asked = probe.asked
        with pytest.raises(Unavailable, match="circuit breaker is open"):
            await ask()
        assert probe.asked == asked, "an open circuit breaker sends no request"

        probe.behave = well

        async def closed_again() -> bool:
            with contextlib.suppress(Unavailable):
                return await ask() == 200
            return False

        await until(closed_again, within=15)
    finally:
        released.set()
        await node.stop()


async def test_state_is_kept_with_its_etag_and_expires(world: World) -> None:
    state, key = world.runtime.state, f"user-{uuid4()}:turns / 1"
    assert await state.get(key) is None
    await state.save(key, b"\x00one")
    # A write without an etag overwrites the value, also of an existing key (v2 answers 500 to first-write there).
    await state.save(key, b"two")
    entry = await state.get(key)
    assert entry is not None
    assert entry.value == b"two"
    await state.save(key, b"three", etag=entry.etag)
    for stale in (entry.etag, str(uuid4())):
        with pytest.raises(EtagMismatch):
            await state.save(key, b"four", etag=stale)
        with pytest.raises(EtagMismatch):
            await state.delete(key, etag=stale)
    await state.delete(key)
    assert await state.get(key) is None

    await state.save(key, b"soon gone", ttl=timedelta(seconds=1))
    assert await state.get(key) is not None

    async def expired() -> bool:
        return await state.get(key) is None

    await until(expired, within=10)


async def test_the_runtime_reports_that_it_is_ready(world: World) -> None:
    assert await world.runtime.ready() is None


@pytest.mark.stack
async def test_a_forged_call_is_refused_and_does_nothing(dapr: World) -> None:
    key = f"user-{uuid4()}"
    ticks = dapr.probe.ticks
    async with httpx2.AsyncClient(trust_env=False) as client:
        for headers in ({}, {"dapr-api-token": "guessed"}):
            for app_id, path in (
                ("todo-audit", "/dapr/events/todo-audit/task-events"),
                ("todo-recurring-task", "/dapr/events/todo-recurring-task/task-events"),
                ("todo-notification", "/reminder-check"),
                ("todo-backend", "/dapr/dead-letters/task-events"),
                ("todo-websocket", "/dapr/live/todo-websocket/task-updates"),
            ):
                url = f"http://127.0.0.1:{dapr.nodes[app_id].port}{path}"
                answer = await client.post(url, content=encode(an_event(key)), headers=headers)
                assert answer.status_code == 401, path
            node = dapr.nodes["todo-audit"]
            listed = await client.get(
                f"http://127.0.0.1:{node.port}/dapr/subscribe", headers=headers
            )
            assert listed.status_code == 401
            # In the other direction: only the app may call its sidecar.
            sidecar = f"http://127.0.0.1:{dapr.nodes['todo-backend'].dapr_port}"
            stolen = await client.get(f"{sidecar}/v1.0/state/statestore/x", headers=headers)
            assert stolen.status_code == 401
    assert not any(dapr.probe.tried(consumer, key) for consumer in list(dapr.probe.tries))
    assert dapr.probe.ticks == ticks


@pytest.mark.stack
@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"null", b"{}", b'{"specversion":"1.0"}', b"\xff\xfe", b'"\\u0000"'],
)
async def test_an_invalid_body_is_answered_drop(dapr: World, body: bytes) -> None:
    """A 404 would lose the event; any status but 200 and 404 would be redelivered for ever."""
    node = dapr.nodes["todo-recurring-task"]
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"http://127.0.0.1:{node.port}/dapr/events/todo-recurring-task/task-events",
            content=body,
            headers={"dapr-api-token": APP_TOKEN},
        )
    assert answer.status_code == 200
    assert answer.json() == {"status": "DROP"}


@pytest.mark.stack
async def test_each_entry_of_a_bulk_gets_a_status_and_none_is_dropped(
    around: Cluster, dapr: World
) -> None:
    """daprd panics on a DROP in a bulk that it redelivers, so the app posts the dead letters itself."""
    key = f"user-{uuid4()}"
    good, bad = an_event(key), an_event(key, type="todo.task.exploded.v1")
    wires = [encode(good), encode(bad), b"not json " + key.encode()]
    entries = [
        {"entryId": str(n), "event": b64encode(wire).decode(), "contentType": "x", "metadata": {}}
        for n, wire in enumerate(wires)
    ]
    node = dapr.nodes["todo-audit"]
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"http://127.0.0.1:{node.port}/dapr/events/todo-audit/task-events",
            json={"entries": entries},
            headers={"dapr-api-token": APP_TOKEN},
        )
    assert answer.json() == {
        "statuses": [
            {"entryId": "0", "status": "SUCCESS"},
            {"entryId": "1", "status": "SUCCESS"},
            {"entryId": "2", "status": "SUCCESS"},
        ]
    }
    dead = await around.read("task-events.dead-letter")
    assert [dead.count(wire.decode()) for wire in wires] == [0, 1, 1]


@pytest.mark.stack
async def test_publishing_to_a_missing_topic_raises_unavailable(dapr: World) -> None:
    with pytest.raises(Unavailable):
        await dapr.runtime.publish("no-such-topic", [a_message(an_event("somebody"))])


@pytest.mark.stack
async def test_only_listed_secrets_can_be_read(dapr: World) -> None:
    assert await dapr.runtime.secret("smtp-url") == ""
    # In the file, but not in `allowedSecrets`.
    assert await dapr.runtime.secret("kafka-password") is None


@pytest.mark.parametrize(
    ("status", "body", "published"),
    [
        (204, "", True),
        (200, "", False),
        (200, '{"failedEntries": [{"entryId": "1", "error": "no leader"}]}', False),
        (500, '{"failedEntries": [{"entryId": "0", "error": "no leader"}]}', False),
    ],
)
async def test_only_a_204_counts_as_published(status: int, body: str, published: bool) -> None:
    """daprd 1.18 answers 204, or an error with the failed entries; other versions may also answer 200."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    sidecar = web.Application()
    sidecar.router.add_post("/v1.0-alpha1/publish/bulk/kafka-pubsub/task-events", answer)
    async with TestServer(sidecar) as server, aiohttp.ClientSession() as session:
        runtime = DaprRuntime(Settings(_env_file=None, dapr_http_port=server.port), session)
        messages = [a_message(an_event("somebody", n)) for n in range(2)]
        with contextlib.nullcontext() if published else pytest.raises(Unavailable):
            await runtime.publish("task-events", messages)
