"""Mails while processes are killed: the rest goes on at once, and only what was in flight may come twice."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from aiosmtpd.controller import Controller

from tests.conftest import settings_for
from tests.harness.mail_kills import SlowServer, plan_mails
from tests.harness.reminder_storm import Served
from tests.harness.system import eventually, free_port, running
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres

LEASE = 8
CONNECTIONS = 5


@pytest.fixture
def smtp() -> Iterator[tuple[SlowServer, str]]:
    server = SlowServer()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield server, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[Postgres]:
    postgres = Postgres(tmp_path / "data", tmp_path / "log")
    await postgres.launch()
    await postgres.ready()
    await upgrade(postgres.url)
    yield postgres
    assert postgres.child is not None
    await postgres.child.stop()


@pytest.mark.timeout(240)
async def test_after_a_kill_the_unsent_mails_are_taken_over_at_once(
    postgres: Postgres,
    smtp: tuple[SlowServer, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, url = smtp
    monkeypatch.setenv("SMTP_URL", f"{url}?connections={CONNECTIONS}")
    processes = [
        Served("todo-notification", postgres.url, LEASE, tmp_path / f"{n}.log") for n in range(2)
    ]
    connection = await asyncpg.connect(postgres.url)
    try:
        for process in processes:
            await process.start()
            # Both listen to the database.
            listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%NOTIFY%' OR query = 'SELECT 1'"
        await eventually(lambda: connection.fetchval(listening), lambda n: n >= 2, within=120)
        await plan_mails(connection, 30)
        await eventually(server.count, lambda n: n >= CONNECTIONS, within=30)
        processes[0].send(signal.SIGKILL)
        killed = time.time()
        rows = await connection.fetch("SELECT id FROM delivery WHERE state = 'planned'")
        unsent = {str(row["id"]) for row in rows}
        assert len(unsent) >= 30 - 2 * 2 * CONNECTIONS  # only what runs is claimed

        async def left() -> int:
            return len(unsent - server.came.keys())

        await eventually(left, lambda n: n == 0, within=60)
        first = [min(server.came[id_]) - killed for id_ in unsent]
        not_sent = "SELECT count(*) FROM delivery WHERE state <> 'sent'"
        await eventually(lambda: connection.fetchval(not_sent), lambda n: n == 0, within=60)
        twice = {id_ for id_, times in server.came.items() if len(times) > 1}
        told = await connection.fetch(
            "SELECT id FROM delivery WHERE reason LIKE 'It may have arrived twice%'"
        )
        print(
            f"{len(unsent)} unsent, sent {min(first):.1f} to {max(first):.1f} s after; {len(twice)} twice"
        )
        assert min(first) < 5
        assert max(map(len, server.came.values())) <= 2
        assert not twice & unsent
        assert twice <= {str(row["id"]) for row in told}
        assert len(told) <= CONNECTIONS
    finally:
        await connection.close()
        for process in processes:
            if process.process is not None and process.process.returncode is None:
                await process.kill()


@pytest.mark.timeout(240)
async def test_a_database_that_is_killed_while_answers_arrive_makes_no_mail_come_twice(
    postgres: Postgres, smtp: tuple[SlowServer, str]
) -> None:
    server, url = smtp
    server.seconds = 2
    settings = settings_for(postgres.url, smtp_url=f"{url}?connections=30")
    async with running(settings) as system:
        connection = await asyncpg.connect(postgres.url)
        await plan_mails(connection, 30)
        await eventually(server.count, lambda n: n == 30, within=30)
        assert postgres.child is not None
        postgres.child.process.kill()
        await postgres.child.process.wait()
        await asyncio.sleep(server.seconds + 1)  # every answer finds no database
        await postgres.launch()
        await postgres.ready()

        async def claimed() -> int:
            try:
                return int(
                    await system.value("SELECT count(*) FROM delivery WHERE state <> 'sent'")
                )
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return 1

        # Nothing is left that a lease would give to somebody else.
        await eventually(claimed, lambda n: n == 0, within=30)
        assert [len(times) for times in server.came.values()] == [1] * 30
        assert await system.value("SELECT count(*) FROM delivery WHERE reason IS NOT NULL") == 0
