"""`todo up --stack dapr` from the outside: real Kafka, a real sidecar beside every service."""

import json
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import psutil  # type: ignore[import-untyped]
import pytest
from websockets.asyncio.client import connect

from tests.e2e.test_up import PERSON, Up, gone, until
from tests.harness.system import eventually

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


class Stack(Up):
    options = ("--stack", "dapr")

    @property
    def description(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "stack.json").read_text())
        return found


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One for all tests here: its start is the longest part of them."""
    installation = Stack(tmp_path_factory.mktemp("stack"))
    await installation.start()
    yield installation
    family = installation.family
    assert await installation.end() == 0
    assert gone(family), "stopping leaves nothing running"


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    async with stack.client() as client:
        answer = await client.post("/api/auth/register", json=PERSON)
        if answer.status_code == 409:
            answer = await client.post("/api/auth/login", json=PERSON)
        answer.raise_for_status()
        yield client


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


async def successor_of(http: httpx2.AsyncClient, task: int) -> list[dict[str, Any]]:
    listed = (await http.get(f"/api/tasks/{task}/occurrences")).json()["items"]
    return [o for o in listed if o["occurrence"] == 2 and o["task_id"] is not None]


@pytest.mark.proves("stack.1")
async def test_a_completion_comes_back_through_kafka_and_shows_in_an_open_browser(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    ticket = (await http.post("/api/realtime/tickets", json={})).json()["ticket"]
    url = f"{stack.url.replace('http', 'ws')}/ws?ticket={ticket}"
    async with connect(url, origin=stack.url, proxy=None) as browser:  # type: ignore[arg-type]
        assert json.loads(await browser.recv())["type"] == "hello"
        task = await complete_one(http)
        seen: set[int] = set()
        while seen <= {task}:
            message = json.loads(await browser.recv())
            if message["type"] == "task.changed":
                seen.add(message["task_id"])
    history = await eventually(
        lambda: history_of(http, task), lambda items: len(items) >= 2, within=30
    )
    assert {item["event_type"] for item in history} >= {"task_created", "task_completed"}


async def history_of(http: httpx2.AsyncClient, task: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get(f"/api/tasks/{task}/history")).json()["items"]
    return found


async def test_the_pages_come_through_their_sidecar(http: httpx2.AsyncClient) -> None:
    await complete_one(http)
    page = await http.get("/upcoming")
    assert page.status_code == 200
    assert "water the plants" in page.text


@pytest.mark.proves("stack.4")
async def test_a_sidecar_takes_calls_only_with_its_token(stack: Stack) -> None:
    port = stack.description["apps"]["todo-websocket"]["dapr_http_port"]
    url = f"http://127.0.0.1:{port}/v1.0/invoke/todo-backend/method/healthz"
    token = {"dapr-api-token": stack.description["dapr_api_token"]}
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(url)).status_code == 401
        assert (await client.get(url, headers=token)).json() == {"status": "alive"}


@pytest.mark.proves("stack.4")
async def test_what_only_sidecars_may_call_cannot_be_called_from_outside(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    port = stack.description["apps"]["todo-audit"]["app_port"]
    async with httpx2.AsyncClient(trust_env=False) as client:
        forged = await client.post(
            f"http://127.0.0.1:{port}/dapr/events/todo-audit/task-events", json={}
        )
    assert forged.status_code == 401
    assert (await http.post("/dapr/events/todo-audit/task-events", json={})).status_code >= 400


@pytest.mark.proves("stack.4")
async def test_nothing_but_the_public_port_is_open_and_secrets_are_private(stack: Stack) -> None:
    family = [p for p in stack.family if p.is_running()]
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    # Java listens on both families with an IPv6 socket that is bound to the mapped loopback address.
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}
    for secret in (stack.data / "stack.json", stack.data / "dapr/secrets.json"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@pytest.mark.proves("stack.8")
@pytest.mark.parametrize("part", ["pid", "daprd_pid"])
async def test_a_killed_service_and_a_killed_sidecar_come_back_and_nothing_is_lost(
    stack: Stack, http: httpx2.AsyncClient, part: str
) -> None:
    victim = psutil.Process(stack.description["apps"]["todo-recurring-task"][part])
    victim.send_signal(signal.SIGKILL)
    task = await complete_one(http)
    (successor,) = await eventually(lambda: successor_of(http, task), within=90)
    assert successor["due_date"] == "2026-12-01T08:00:00Z"
    await until(lambda: gone([victim]), 10)


async def test_a_broker_that_does_not_answer_is_one_line_that_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Stack(tmp_path)
    monkeypatch.setenv("KAFKA_BROKERS", f"127.0.0.1:{other.port}")
    assert (await other.refused()).startswith("KAFKA_BROKERS: ")
