"""Two hundred completions while the API is killed again and again: none is lost and none is doubled."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import asyncpg
import httpx2
import pytest

from tests.conftest import MakeDatabase
from tests.harness.system import eventually, free_port

TASKS = 200


class Killable(Protocol):
    """A running product whose API can be killed and starts again."""

    kills: int

    @property
    def database_url(self) -> str: ...

    async def restart(self) -> None: ...

    def client(self) -> AbstractAsyncContextManager[httpx2.AsyncClient]: ...


class Served:
    """`todo serve all` as its own process, which can be killed and started again."""

    kills = 10

    def __init__(self, url: str, log: Path) -> None:
        self.database_url = url
        self.port = free_port()
        self._log = log
        self._environment = {
            **os.environ,
            "DATABASE_URL": url,
            "APP_PORT": str(self.port),
            "TODO_LOGIN_LIMIT": "1000/minute",
            "TODO_USER_LIMIT": "1000000/minute",
            "TODO_ADDRESS_LIMIT": "1000000/minute",
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        program = Path(sys.executable).with_name("todo")
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                program, "serve", "all", env=self._environment, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx2.AsyncClient]:
        url = f"http://127.0.0.1:{self.port}"
        async with httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=10) as http:
            yield http


@pytest.fixture
async def embedded(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(await make_database(), tmp_path / "log")
    await served.start()
    try:
        yield served
    finally:
        await served.kill()


@pytest.mark.timeout(300)
async def test_no_completion_is_lost_or_doubled_whatever_is_killed(embedded: Served) -> None:
    await complete_while_killed(embedded)


async def complete_while_killed(served: Killable) -> None:
    """Also for a product with other users: only what belongs to this one is checked."""
    async with served.client() as http:
        await eventually(lambda: answers(http), within=60)
        person = {"email": "crash@example.com", "password": "correct horse"}
        registered = await http.post("/api/auth/register", json=person)
        user_id = str(registered.raise_for_status().json()["id"])
        tasks = [await add(http, f"task {i}") for i in range(TASKS)]
        pending = asyncio.Queue[int]()
        for task in tasks:
            pending.put_nowait(task)
        acknowledged: set[int] = set()
        workers = [asyncio.create_task(complete(http, pending, acknowledged)) for _ in range(4)]
        await kill_now_and_then(served, http, acknowledged)
        await asyncio.gather(*workers)
        assert acknowledged == set(tasks)
    await settled(served.database_url, user_id)
    await check(served.database_url, user_id, acknowledged)


async def answers(http: httpx2.AsyncClient) -> bool:
    with suppress(httpx2.TransportError):
        return (await http.get("/readyz")).status_code == 200
    return False


async def add(http: httpx2.AsyncClient, title: str) -> int:
    wanted = {"title": title, "due_date": "2026-11-02T09:00:00Z", "recurrence": "daily"}
    answer = await http.post("/api/tasks", json=wanted)
    return int(answer.raise_for_status().json()["id"])


async def complete(
    http: httpx2.AsyncClient, pending: asyncio.Queue[int], acknowledged: set[int]
) -> None:
    """Complete tasks like a client that repeats every request without an answer."""
    while not pending.empty():
        task = pending.get_nowait()
        while task not in acknowledged:
            with suppress(httpx2.TransportError):
                if (await http.post(f"/api/tasks/{task}/complete")).status_code == 200:
                    acknowledged.add(task)
                    continue
            await eventually(lambda: answers(http), within=60)


async def kill_now_and_then(
    served: Killable, http: httpx2.AsyncClient, acknowledged: set[int]
) -> None:
    """Each kill comes at a random point within its share of the work."""
    chance = random.Random(20261124)
    for kill in range(served.kills):
        share = TASKS * (kill + chance.random()) / (served.kills + 1)
        await eventually(lambda share=share: reached(acknowledged, share), within=60)  # type: ignore[misc]
        await served.restart()
        await eventually(lambda: answers(http), within=60)


async def reached(acknowledged: set[int], share: float) -> bool:
    return len(acknowledged) >= share


async def settled(url: str, user_id: str) -> None:
    """Wait until every event is published and handled by each of its consumers."""
    connection = await asyncpg.connect(url)
    waiting = """
        SELECT count(*) FROM outbox e WHERE key = $1 AND (published_at IS NULL OR topic = 'task-events' AND (
            NOT EXISTS (SELECT FROM inbox WHERE event_id = e.event_id AND consumer = 'todo-audit')
            OR envelope::jsonb #>> '{data,task_data,fate}' <> 'open' AND NOT EXISTS (
                SELECT FROM inbox WHERE event_id = e.event_id AND consumer = 'todo-recurring-task')))"""
    try:
        await eventually(lambda: connection.fetchval(waiting, user_id), lambda n: n == 0, within=60)
    finally:
        await connection.close()


async def check(url: str, user_id: str, acknowledged: set[int]) -> None:
    connection = await asyncpg.connect(url)
    try:
        successors = await connection.fetch(
            """SELECT t.id, count(s.id) AS successors FROM task t
               LEFT JOIN task s ON s.series_id = t.series_id AND s.occurrence = 2
               WHERE t.user_id = $1 AND t.occurrence = 1 AND t.completed GROUP BY t.id""",
            user_id,
        )
        assert {row["id"] for row in successors} == acknowledged
        assert {row["successors"] for row in successors} == {1}
        events = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE topic = 'task-events' AND key = $1", user_id
        )
        audited = await connection.fetchrow(
            "SELECT count(*), count(DISTINCT event_id) FROM audit_log WHERE user_id = $1", user_id
        )
        assert tuple(audited or ()) == (events, events)
        unpublished = "SELECT count(*) FROM outbox WHERE published_at IS NULL AND key = $1"
        assert await connection.fetchval(unpublished, user_id) == 0
        letters = "SELECT count(*) FROM dead_letter WHERE position($1 in envelope) > 0"
        assert await connection.fetchval(letters, user_id) == 0
    finally:
        await connection.close()
