"""The bundled PostgreSQL starts again after it was killed, whatever its lock files say."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest

from tests.harness.system import eventually
from todo.launch.postgres import Postgres


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Postgres]:
    postgres = Postgres(folder / "postgres", folder / "database.log", connections=10)
    child = await postgres.launch()
    try:
        await postgres.ready()
        yield postgres
    finally:
        await child.stop()


async def test_it_starts_after_a_kill_although_the_lock_files_name_a_live_process(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as postgres:
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        await connection.close()
        assert postgres.child is not None
        os.kill(postgres.child.process.pid, signal.SIGKILL)
        await postgres.child.process.wait()
    # PostgreSQL ignores its own parent, so another process of the same user is needed.
    other = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        for lock in (
            tmp_path / "postgres" / "postmaster.pid",
            postgres.socket_folder / ".s.PGSQL.5432.lock",
        ):
            assert lock.exists(), "a killed server leaves its lock files"
            lock.write_text("\n".join([str(other.pid), *lock.read_text().splitlines()[1:]]) + "\n")

        async with running(tmp_path) as postgres:
            connection = await asyncpg.connect(postgres.url)
            assert await connection.fetchval("SELECT number FROM kept") == 1
            await connection.close()
    finally:
        other.kill()
        await other.wait()


async def test_a_killed_first_start_is_repeated(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    async with running(tmp_path) as postgres:
        connection = await asyncpg.connect(postgres.url)
        assert await connection.fetchval("SELECT current_database()") == "todo"
        await connection.close()


async def test_a_session_that_outlived_its_killed_server_is_ended_before_the_next_start(
    tmp_path: Path,
) -> None:
    """A session that computes does not notice the end of its server, and would write beside the new one."""
    async with running(tmp_path) as postgres:
        connection = await asyncpg.connect(postgres.url)
        session = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        busy = asyncio.create_task(
            connection.execute("SELECT count(*) FROM generate_series(1, 100000000000)")
        )
        await eventually(lambda: cpu_seconds(session), lambda used: used > 0.2, within=60)
        assert postgres.child is not None
        os.kill(postgres.child.process.pid, signal.SIGKILL)
        await postgres.child.process.wait()
        assert session.is_running()

        async with running(tmp_path) as postgres:
            assert not session.is_running() or session.status() == psutil.STATUS_ZOMBIE
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await busy


async def cpu_seconds(process: psutil.Process) -> float:
    return float(process.cpu_times().user)
