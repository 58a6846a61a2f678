"""Rates and quotas: what one client or one account may use, and the errors that say so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.conftest import MakeDatabase, settings_for
from tests.harness.assistant import access_token, mcp_client
from tests.harness.system import System, running
from todo.accounts import attempts

CHANNEL = {"kind": "email", "name": "Home", "config": {"address": "ann@example.com"}}


@pytest.fixture
async def limited(make_database: MakeDatabase) -> Any:
    """Starts the product with some limits made small."""

    @asynccontextmanager
    async def start(**limits: Any) -> AsyncIterator[System]:
        async with running(settings_for(await make_database(), **limits)) as system:
            yield system

    return start


def assert_limited(answer: httpx2.Response, name: str, quota: int, seconds: int) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= seconds
    assert answer.headers["RateLimit-Policy"] == f'"{name}";q={quota};w={seconds}'
    assert answer.headers["RateLimit"] == f'"{name}";r=0;t={wait}'


async def test_a_user_who_asks_too_often_waits_and_others_do_not(limited: Any) -> None:
    async with limited(user_limit="30/hour") as system:
        async with system.person() as anna, system.person() as ben:
            for _ in range(30):
                await anna.get("/api/me")
            assert_limited(await anna.http.get("/api/me"), "user", 30, 3600)
            await ben.get("/api/me")


async def test_an_assistant_asks_as_often_as_its_user_may(limited: Any) -> None:
    async with limited(user_limit="20/hour") as system, system.person() as anna:
        token = {"Authorization": f"Bearer {await access_token(anna)}"}
        answers = [await anna.http.post("/mcp", json={}, headers=token) for _ in range(21)]
        assert_limited(answers[-1], "user", 20, 3600)


async def test_an_address_that_asks_too_often_waits_and_probes_do_not(limited: Any) -> None:
    async with limited(address_limit="20/hour") as system, system.visitor() as http:
        for _ in range(20):
            assert (await http.get("/api/me")).status_code == 401
        assert_limited(await http.get("/api/me"), "address", 20, 3600)
        assert (await http.get("/healthz")).status_code == 200


async def test_a_trusted_proxy_stands_for_many_addresses(limited: Any) -> None:
    limits = {"address_limit": "20/hour", "trusted_proxies": "127.0.0.1"}
    async with limited(**limits) as system, system.visitor() as http:
        for number in range(30):
            sent = {"X-Forwarded-For": f"203.0.113.{number}"}
            assert (await http.get("/api/me", headers=sent)).status_code == 401
        sent = {"X-Forwarded-For": "203.0.113.200"}
        for _ in range(20):
            await http.get("/api/me", headers=sent)
        assert_limited(await http.get("/api/me", headers=sent), "address", 20, 3600)


async def test_logins_are_limited_per_address(limited: Any) -> None:
    async with limited(login_limit="3/minute") as system, system.visitor() as http:
        wrong = {"email": "nobody@example.com", "password": "wrong"}
        for _ in range(3):
            assert (await http.post("/api/auth/login", json=wrong)).status_code == 401
        assert_limited(await http.post("/api/auth/login", json=wrong), "login", 3, 60)


def test_wrong_passwords_of_an_account_are_answered_later_and_later() -> None:
    email, other = f"{uuid4()}@example.com", f"{uuid4()}@example.com"
    waits = []
    for _ in range(12):
        waits.append(attempts.seconds_to_wait(email))
        attempts.failed(email)
    assert waits == [0, 0, 0, 0, 0, 0, 0.25, 0.5, 1, 2, 4, 5]
    assert attempts.seconds_to_wait(other) == 0


async def test_a_stranger_cannot_lock_out_the_owner_of_an_account(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    async with system.person() as anna, system.visitor() as http:
        for _ in range(100):
            attempts.failed(anna.email)
        monkeypatch.setattr(attempts, "asyncio", SimpleNamespace(sleep=note))
        right = {"email": anna.email, "password": "correct horse"}
        answer = await http.post("/api/auth/login", json=right)
        assert answer.status_code == 200, answer.text
        assert waited == [5]


async def test_imports_feeds_and_test_messages_are_limited(limited: Any) -> None:
    limits = {"import_limit": "2/hour", "feed_limit": "2/hour", "test_message_limit": "1/day"}
    async with limited(**limits) as system, system.person() as anna:
        file = b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        kind = {"Content-Type": "text/calendar"}
        for _ in range(2):
            assert (await anna.http.post("/api/import", content=file, headers=kind)).is_success
        answer = await anna.http.post("/api/import", content=file, headers=kind)
        assert_limited(answer, "import", 2, 3600)
        feed = (await anna.http.post("/api/calendar")).json()["url"]
        for _ in range(2):
            assert (await anna.http.get(feed)).is_success
        assert_limited(await anna.http.get(feed), "feed", 2, 3600)
        channel = (await anna.http.get("/api/channels")).json()["items"][0]["id"]
        await anna.http.post(f"/api/channels/{channel}/test")
        answer = await anna.http.post(f"/api/channels/{channel}/test")
        assert_limited(answer, "test message", 1, 86400)


async def test_an_account_has_so_many_tasks_channels_and_tokens(limited: Any) -> None:
    limits = {"max_tasks": 3, "max_channels": 2, "max_tokens": 2}
    async with limited(**limits) as system, system.person() as anna:
        for number in range(3):
            key = {"Idempotency-Key": str(number)}
            await anna.http.post("/api/tasks", json={"title": "milk"}, headers=key)
        # The answer was lost: nothing is added, so no room is needed.
        again = await anna.http.post("/api/tasks", json={"title": "milk"}, headers=key)
        assert again.status_code == 201, again.text
        answer = await anna.http.post("/api/tasks", json={"title": "one more"})
        assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")
        assert "at most 3 tasks" in answer.json()["detail"]
        async with mcp_client(system.url, await access_token(anna)) as assistant:
            changes = {"changes": [{"action": "add", "title": "and this"}]}
            proposed: Any = await assistant.call_tool("propose_changes", changes)
            proposal = proposed.structured_content["proposal"]
            path = f"/api/proposals/{proposal['id']}/apply"
            assert (await anna.http.post(path)).status_code == 409
        file = b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        kind = {"Content-Type": "text/calendar"}
        answer = await anna.http.post("/api/import", content=file, headers=kind)
        assert answer.status_code == 409, answer.text
        assert await system.value("SELECT count(*) FROM task") == 3

        assert (await anna.http.post("/api/channels", json=CHANNEL)).status_code == 201
        answer = await anna.http.post("/api/channels", json=CHANNEL)
        assert (answer.status_code, "at most 2 channels" in answer.text) == (409, True)
        wanted = {"name": "script", "scope": "read"}
        # The token of the assistant is the first.
        assert (await anna.http.post("/api/tokens", json=wanted)).status_code == 201
        answer = await anna.http.post("/api/tokens", json=wanted)
        assert (answer.status_code, "at most 2 access tokens" in answer.text) == (409, True)


async def test_a_user_has_so_many_live_windows(limited: Any) -> None:
    async with limited(max_sockets=2) as system, system.person() as anna:
        async with system.window(anna), system.window(anna):
            ticket = (await anna.http.post("/api/realtime/tickets")).json()["ticket"]
            address = f"{system.url.replace('http', 'ws', 1)}/ws?ticket={ticket}"
            async with connect(address) as third:
                with pytest.raises(ConnectionClosed) as closed:
                    await third.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013
        async with system.window(anna):
            pass
