"""`todo up --stack dapr` as a process: real Kafka, and a real sidecar beside every service."""

import asyncio
import json
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psutil  # type: ignore[import-untyped]
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.conftest import Stack
from tests.e2e.test_crash import complete_while_killed
from tests.e2e.test_up import (
    check_every_address,
    gone,
    until,
)
from tests.harness.system import eventually
from todo.domain.events import Topic

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


async def complete_one(http: httpx2.AsyncClient) -> int:
    weekly = {
        "title": "water the plants",
        "due_date": "2026-11-24T08:00:00Z",
        "timezone": "UTC",
        "recurrence": "weekly",
    }
    task: int = (await http.post("/api/tasks", json=weekly)).json()["id"]
    (await http.post(f"/api/tasks/{task}/complete", json={})).raise_for_status()
    return task


async def items(http: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Empty while a part of the product is being restarted."""
    answer = await http.get(path)
    if answer.status_code == 503:
        return []
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


async def successor_of(http: httpx2.AsyncClient, task: int) -> list[dict[str, Any]]:
    listed = await items(http, f"/api/tasks/{task}/occurrences")
    return [o for o in listed if o["occurrence"] == 2 and o["task_id"] is not None]


@asynccontextmanager
async def window(stack: Stack, http: httpx2.AsyncClient) -> AsyncIterator[ClientConnection]:
    ticket = (await http.post("/api/realtime/tickets", json={})).json()["ticket"]
    url = f"{stack.url.replace('http', 'ws')}/ws?ticket={ticket}"
    async with connect(url, origin=stack.url, proxy=None) as socket:  # type: ignore[arg-type]
        yield socket


async def test_a_successor_created_through_kafka_appears_in_an_open_browser(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    async with window(stack, http) as browser:
        assert json.loads(await browser.recv())["type"] == "hello"
        task = await complete_one(http)
        seen: set[int] = set()
        while seen <= {task}:
            message = json.loads(await browser.recv())
            if message["type"] == "task.changed":
                seen.add(message["task_id"])
            elif message["type"] == "hello":
                # The window catches up: right after the start its replica may have had no partitions yet.
                task = await complete_one(http)
                seen.clear()
    history = await eventually(
        lambda: history_of(http, task), lambda items: len(items) >= 2, within=30
    )
    assert {item["event_type"] for item in history} >= {"task_created", "task_completed"}


async def history_of(http: httpx2.AsyncClient, task: int) -> list[dict[str, Any]]:
    return await items(http, f"/api/tasks/{task}/history")


async def test_no_completion_is_lost_or_doubled_whatever_is_killed(stack: Stack) -> None:
    await complete_while_killed(stack)
    assert await stack.topic(Topic.TASK_EVENTS.dead_letter) == []


async def test_the_pages_call_the_backend_through_their_sidecar(http: httpx2.AsyncClient) -> None:
    await complete_one(http)
    page = await http.get("/upcoming")
    assert page.status_code == 200
    assert "water the plants" in page.text


async def test_the_stack_works_at_every_address_of_the_machine_and_behind_proxies(
    stack: Stack,
) -> None:
    await check_every_address(stack)


async def test_a_sidecar_accepts_calls_only_with_its_token(stack: Stack) -> None:
    port = stack.description["apps"]["todo-websocket"]["dapr_http_port"]
    url = f"http://127.0.0.1:{port}/v1.0/invoke/todo-backend/method/healthz"
    token = {"dapr-api-token": stack.description["dapr_api_token"]}
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(url)).status_code == 401
        assert (await client.get(url, headers=token)).json() == {"status": "alive"}


async def test_routes_for_sidecars_cannot_be_called_from_outside(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    port = stack.description["apps"]["todo-audit"]["app_port"]
    async with httpx2.AsyncClient(trust_env=False) as client:
        forged = await client.post(
            f"http://127.0.0.1:{port}/dapr/events/todo-audit/task-events", json={}
        )
    assert forged.status_code == 401
    assert (await http.post("/dapr/events/todo-audit/task-events", json={})).status_code >= 400


async def test_nothing_but_the_public_port_is_open_and_secrets_are_private(stack: Stack) -> None:
    listening: set[tuple[str, int]] = set()
    for process in stack.family:
        with suppress(psutil.NoSuchProcess):  # PostgreSQL's workers are short-lived
            listening |= {
                (connection.laddr.ip, connection.laddr.port)
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            }
    # Java listens for IPv4 and IPv6 on one IPv6 socket, bound to the mapped loopback address.
    open_to_all = {port for ip, port in listening if ip not in {"127.0.0.1", "::ffff:127.0.0.1"}}
    assert open_to_all <= {stack.port}
    for secret in (stack.data / "stack.json", stack.data / "dapr/secrets.json"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@pytest.mark.parametrize("part", ["pid", "daprd_pid"])
async def test_a_killed_service_and_a_killed_sidecar_are_restarted_and_nothing_is_lost(
    stack: Stack, http: httpx2.AsyncClient, part: str
) -> None:
    victim = psutil.Process(stack.description["apps"]["todo-recurring-task"][part])
    victim.send_signal(signal.SIGKILL)
    task = await complete_one(http)
    (successor,) = await eventually(lambda: successor_of(http, task), within=90)
    assert successor["due_date"] == "2026-12-01T08:00:00Z"
    await until(lambda: gone([victim]), 10)


async def test_without_the_broker_only_live_updates_stop_and_the_outbox_drains_in_order(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    async def live_updates() -> str:
        answer = await http.get("/readyz")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["live_updates"])

    await eventually(live_updates, lambda said: said == "ok", within=60)
    broker = psutil.Process(stack.description["stores"]["kafka"])
    broker.suspend()
    try:
        tasks = [await complete_one(http) for _ in range(5)]
        assert (await http.get("/upcoming")).status_code == 200
        await eventually(live_updates, lambda said: said == "delayed", within=60)
        async with window(stack, http) as browser, asyncio.timeout(30):
            while json.loads(await browser.recv()) != {"type": "status", "live_updates": "delayed"}:
                pass
        for task in tasks:
            assert not await successor_of(http, task)
        assert await stack.value("SELECT count(*) FROM outbox WHERE published_at IS NULL") >= 10
    finally:
        broker.resume()
    for task in tasks:
        await eventually(lambda task=task: successor_of(http, task), within=60)  # type: ignore[misc]
    await eventually(live_updates, lambda said: said == "ok", within=60)

    me = (await http.get("/api/me")).json()["id"]
    committed = [
        str(event_id)
        for event_id in await stack.value(
            "SELECT array_agg(event_id ORDER BY id) FROM outbox"
            f" WHERE topic = 'task-events' AND key = '{me}'"
        )
    ]
    published = [
        event_id
        for event_id in dict.fromkeys(json.loads(w)["id"] for w in await stack.topic("task-events"))
        if event_id in committed
    ]
    assert published == committed, "the events of one user have one order"


async def test_what_a_broker_with_an_emptied_folder_had_not_delivered_is_published_again(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    consumer = psutil.Process(stack.description["apps"]["todo-recurring-task"]["daprd_pid"])
    broker = psutil.Process(stack.description["stores"]["kafka"])
    consumer.suspend()
    try:
        tasks = [await complete_one(http) for _ in range(20)]
        waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        await eventually(lambda: stack.value(waiting), lambda count: count == 0, within=60)
        await known_to_the_watch(stack)
        (stack.data / "kafka").rename(stack.data / "kafka.lost")
        broker.kill()
    finally:
        consumer.resume()

    async def told() -> str:
        return str((await http.get("/readyz")).json()["checks"].get("broker"))

    await eventually(told, lambda said: "has lost the log" in said, within=120)
    for task in tasks:
        (successor,) = await eventually(lambda task=task: successor_of(http, task), within=120)  # type: ignore[misc]
        assert successor["due_date"] == "2026-12-01T08:00:00Z"
    await eventually(told, lambda said: said == "None", within=60)
    by_hand = await stack.todo("replay", "--source", "outbox", "--from", "2026-11-01")
    assert int(by_hand.split()[0]) >= 40, by_hand
    await eventually(lambda: stack.value(waiting), lambda count: count == 0, within=60)
    # Of the same user, so it is handled after the repeated events.
    after = await complete_one(http)
    await eventually(lambda: successor_of(http, after), within=60)
    doubled = """SELECT count(*) FROM (SELECT FROM task WHERE series_id IS NOT NULL
                 GROUP BY series_id, occurrence HAVING count(*) > 1) doubled"""
    assert await stack.value(doubled) == 0


async def known_to_the_watch(stack: Stack) -> None:
    """Wait until the API has looked at the broker's log once, as it does every ten seconds."""
    saved = "SELECT count(*) FROM dapr.state WHERE key = 'todo-backend||broker-log'"
    await eventually(lambda: stack.value(saved), lambda count: count == 1, within=60)


async def test_readiness_reports_a_sidecar_that_hangs_and_the_api_keeps_working(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    async def ready() -> httpx2.Response:
        return await http.get("/readyz")

    sidecar = psutil.Process(stack.description["apps"]["todo-backend"]["daprd_pid"])
    sidecar.suspend()
    try:
        told = await eventually(ready, lambda answer: answer.status_code == 503, within=30)
        assert "sidecar" in told.json()["checks"]["runtime"]
        task = await complete_one(http)
    finally:
        sidecar.resume()
    await eventually(ready, lambda answer: answer.status_code == 200, within=60)
    await eventually(lambda: successor_of(http, task), within=60)


async def test_malformed_events_become_dead_letters_that_the_operator_can_handle(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    """The operator uses the command line against the running stack."""
    me = (await http.get("/api/me")).json()["id"]
    gone_task = (await http.post("/api/tasks", json={"title": "gone"})).json()["id"]
    (await http.delete(f"/api/tasks/{gone_task}")).raise_for_status()

    def event(**changed: Any) -> dict[str, Any]:
        data = {
            "version": "1.0",
            "event_type": "task_completed",
            "task_id": gone_task,
            "user_id": me,
        }
        return {
            "specversion": "1.0",
            "id": str(uuid4()),
            "type": "todo.task.completed.v1",
            "source": "todo-backend",
            "time": "2026-11-24T12:00:00Z",
            "partitionkey": me,
            "data": data,
            **changed,
        }

    harmless = [
        event(),  # the task was deleted
        event(data={**event()["data"], "user_id": str(uuid4())}),  # the user does not exist
        event(data={**event()["data"], "task_id": 2**40}),  # the task never existed
    ]
    poison = [
        event(type="todo.task.exploded.v1"),
        event(data={**event()["data"], "version": "2.0"}),
    ]
    wires = [json.dumps(e).encode() for e in harmless + poison] + [b"not json"]
    await stack.send("task-events", me.encode(), wires)
    task = await complete_one(http)
    (successor,) = await eventually(lambda: successor_of(http, task), within=60)
    assert successor["due_date"] == "2026-12-01T08:00:00Z"

    async def listed() -> list[str]:
        return (await stack.todo("dead-letters", "list")).splitlines()

    letters = await eventually(listed, lambda lines: len(lines) == 6, within=60)
    for consumer in ("todo-audit", "todo-recurring-task"):
        mine = " ".join(line for line in letters if consumer in line)
        for reason in ("unknown event type", "major version '2.0'", "not JSON"):
            assert reason in mine
    assert "exploded" in await stack.todo("dead-letters", "show", letters[0].split()[0])
    await stack.todo("dead-letters", "redrive", letters[0].split()[0], code=1)
    await stack.todo("dead-letters", "discard", *(line.split()[0] for line in letters))
    assert await listed() == []

    rows = "SELECT json_agg(a ORDER BY event_id) FROM (SELECT event_id, type, task_id, data FROM audit_log) a"
    before = await stack.value(rows)
    await stack.value("DELETE FROM audit_log")
    said = await stack.todo(
        "replay", "--topic", "task-events", "--consumer", "audit", "--from", "2026-11-01", code=1
    )
    assert "failed" in said  # the malformed events are still on the topic
    assert json.loads(await stack.value(rows)) == json.loads(before)


async def test_a_broker_that_does_not_answer_is_one_line_that_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Stack(tmp_path)
    monkeypatch.setenv("KAFKA_BROKERS", f"127.0.0.1:{other.port}")
    assert (await other.refused()).startswith("KAFKA_BROKERS: ")
