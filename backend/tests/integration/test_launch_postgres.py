"""The bundled PostgreSQL starts again after it was killed, whatever its lock files say."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

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
