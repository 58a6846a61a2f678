"""The chat on the stack: its cache in Dapr's state store, and kills of the backend and of its sidecar."""

import itertools
import os
import signal

import httpx2
import psutil  # type: ignore[import-untyped]
import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_up import gone, until
from tests.harness.chat import converse, of_kind, read_events
from tests.harness.chat_kills import Victim, kill_again_and_again, ready

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]
KILLS = int(os.environ.get("CHAT_KILLS", "4"))
_CACHED = "FROM dapr.state WHERE key LIKE 'todo-backend||chat %'"


async def test_a_conversation_is_cached_by_dapr_and_goes_on_without_its_cache(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    chat = await converse(http)
    assert await stack.value(f"SELECT count(*) {_CACHED}") >= 1
    await stack.value(f"DELETE {_CACHED}")
    wanted = {"message": "complete mow the lawn", "conversation_id": chat}
    events = read_events((await http.post("/api/chat", json=wanted)).text)
    assert of_kind(events, "tool_result")[-1]["ok"]
    assert await stack.value(f"SELECT count(*) {_CACHED}") >= 1
    sidecar = psutil.Process(stack.description["apps"]["todo-backend"]["daprd_pid"])
    sidecar.suspend()
    try:
        wanted["message"] = "undo that"
        events = read_events((await http.post("/api/chat", json=wanted)).text)
        assert of_kind(events, "tool_result")[-1]["ok"]
        assert of_kind(events, "note") == []
    finally:
        sidecar.resume()


async def test_what_the_chat_does_is_done_once_whatever_is_killed(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    parts = itertools.cycle(["pid", "pid", "daprd_pid", "daprd_pid"])

    async def restart() -> None:
        victim = psutil.Process(stack.description["apps"]["todo-backend"][next(parts)])
        victim.send_signal(signal.SIGKILL)
        await until(lambda: gone([victim]), 10)
        await ready(http)

    victim = Victim(http, restart, stack.database_url)
    await kill_again_and_again(victim, KILLS, 20261130)
    print(dict(victim.outcomes))
