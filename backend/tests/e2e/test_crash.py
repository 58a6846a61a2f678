"""Killed ten times in the middle of two hundred completions: nothing lost, nothing doubled."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import httpx2
import pytest

from tests.conftest import MakeDatabase
from tests.harness.system import eventually, free_port

TASKS = 200
KILLS = 10


class Served:
    """`todo serve all` as its own process, which can be killed and started again."""

    def __init__(self, url: str, log: Path) -> None:
        self.port = free_port()
        self._log = log
        self._environment = {
            **os.environ,
            "DATABASE_URL": url,
            "APP_PORT": str(self.port),
            "TODO_LOGIN_LIMIT": "1000/minute",
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

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx2.AsyncClient]:
        url = f"http://127.0.0.1:{self.port}"
        async with httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=10) as http:
            yield http


@pytest.mark.proves("trust")
@pytest.mark.timeout(300)
async def test_no_completion_is_lost_or_doubled_whatever_is_killed(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    url = await make_database()
    served = Served(url, tmp_path / "log")
    await served.start()
    try:
        async with served.client() as http:
            await eventually(lambda: answers(http), within=60)
            person = {"email": "a@example.com", "password": "correct horse"}
            (await http.post("/api/auth/register", json=person)).raise_for_status()
            tasks = [await add(http, f"task {i}") for i in range(TASKS)]
            pending = asyncio.Queue[int]()
            for task in tasks:
                pending.put_nowait(task)
            acknowledged: set[int] = set()
            workers = [asyncio.create_task(complete(http, pending, acknowledged)) for _ in range(4)]
            await kill_now_and_then(served, http, acknowledged)
            await asyncio.gather(*workers)
            assert acknowledged == set(tasks)
        await settled(url)
        await check(url, acknowledged)
    finally:
        await served.kill()


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
    """As a patient client does: what was not acknowledged is asked for again."""
    while not pending.empty():
        task = pending.get_nowait()
        while task not in acknowledged:
            with suppress(httpx2.TransportError):
                if (await http.post(f"/api/tasks/{task}/complete")).status_code == 200:
                    acknowledged.add(task)
                    continue
            await eventually(lambda: answers(http), within=60)


async def kill_now_and_then(
    served: Served, http: httpx2.AsyncClient, acknowledged: set[int]
) -> None:
    """Each kill falls at a random point between two shares of the work."""
    chance = random.Random(20261124)
    for kill in range(KILLS):
        share = TASKS * (kill + chance.random()) / (KILLS + 1)
        await eventually(lambda share=share: reached(acknowledged, share), within=60)  # type: ignore[misc]
        await served.kill()
        await served.start()
        await eventually(lambda: answers(http), within=60)


async def reached(acknowledged: set[int], share: float) -> bool:
    return len(acknowledged) >= share


async def settled(url: str) -> None:
    """Every event published, and had by every consumer that wants it."""
    connection = await asyncpg.connect(url)
    waiting = """
        SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL)
             + (SELECT count(*) FROM bus_event e WHERE topic = 'task-events'
                AND envelope::jsonb #>> '{data,task_data,fate}' <> 'open' AND NOT EXISTS (
                    SELECT FROM inbox WHERE event_id = e.event_id AND consumer = 'todo-recurring-task'))
             + (SELECT count(*) FROM bus_event e WHERE topic = 'task-events' AND NOT EXISTS (
                    SELECT FROM inbox WHERE event_id = e.event_id AND consumer = 'todo-audit'))"""
    try:
        await eventually(lambda: connection.fetchval(waiting), lambda n: n == 0, within=60)
    finally:
        await connection.close()


async def check(url: str, acknowledged: set[int]) -> None:
    connection = await asyncpg.connect(url)
    try:
        successors = await connection.fetch(
            """SELECT t.id, count(s.id) AS successors FROM task t
               LEFT JOIN task s ON s.series_id = t.series_id AND s.occurrence = 2
               WHERE t.occurrence = 1 AND t.completed GROUP BY t.id"""
        )
        assert {row["id"] for row in successors} == acknowledged
        assert {row["successors"] for row in successors} == {1}
        events = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE topic = 'task-events'"
        )
        audited = await connection.fetchrow(
            "SELECT count(*), count(DISTINCT event_id) FROM audit_log"
        )
        assert tuple(audited or ()) == (events, events)
        assert (
            await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
        )
        assert await connection.fetchval("SELECT count(*) FROM dead_letter") == 0
    finally:
        await connection.close()
