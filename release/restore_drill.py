"""Prove that a backup can be restored: dump, restore into an empty server, compare row by row.

    restore-drill            a database of this version, filled, dumped and restored
    restore-drill FILE       a dump of yours (pg_dump --format=custom), restored and migrated

Needs only backend/.venv, which brings PostgreSQL with it.
"""

import asyncio
import tempfile
from pathlib import Path

import asyncpg

from release.programs import must
from release.report import Refused
from todo.db.migrate import upgrade
from todo.launch.postgres import DATABASE, USER, Postgres, programs

# What text formats often get wrong: quotes, emoji, line breaks, nulls, arrays, the hour of a clock change.
FILL = """
INSERT INTO account (id, email, password_hash, default_reminders)
  SELECT 'user-' || n, 'user-' || n || '@example.com', md5(n::text), ARRAY['P1D', 'PT1H']
  FROM generate_series(1, 20) n;
INSERT INTO task (user_id, title, description, completed, due_date, recurrence, tags, series_id, occurrence)
  SELECT 'user-' || (1 + n % 20), E'Water the "plants" \\n🌱 ' || n,
         CASE WHEN n % 3 = 0 THEN E'it''s\\t' || n END, false,
         CASE WHEN n % 5 <> 0 THEN timestamptz '2026-10-25 00:30+00' + n * interval '1 hour' END,
         CASE WHEN n % 2 = 0 THEN 'weekly' END, ARRAY['home', 'a,b', ''],
         CASE WHEN n % 2 = 0 THEN gen_random_uuid() END, CASE WHEN n % 2 = 0 THEN 1 END
  FROM generate_series(1, 5000) n;
INSERT INTO audit_log (event_id, type, event_type, user_id, task_id, actor, data, at)
  SELECT gen_random_uuid(), 'todo.task.created.v1', 'task_created', user_id, id, 'person',
         jsonb_build_object('title', title), created_at
  FROM task;
"""


Rows = dict[str, tuple[int, str]]  # table → number of rows and their checksum


def main(arguments: list[str]) -> None:
    if len(arguments) > 1 or not all(Path(argument).is_file() for argument in arguments):
        raise Refused("give no argument, or the file of a dump")
    asyncio.run(drill(Path(arguments[0]) if arguments else None))


async def drill(dump: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="drill-") as temporary:
        folder = Path(temporary)
        servers: list[Postgres] = []
        try:
            before: Rows | None = None
            if dump is None:
                old = await start(folder, "old", servers)
                await upgrade(old.url)
                await execute(old.url, FILL)
                before = await fingerprint(old.url)
                dump = folder / "todo.dump"
                program("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", old.url)
            # Another server, not another database: nothing of the old one may be needed.
            new = await start(folder, "new", servers)
            into = f"--dbname={new.url_of(USER, DATABASE)}"
            program("pg_restore", "--no-owner", "--exit-on-error", into, dump)
            after = await fingerprint(new.url)
            await upgrade(new.url)
            print(f"restore-drill: {verdict(before, after)}, {dump.stat().st_size // 1024} kB")
        finally:
            for server in reversed(servers):
                if server.child is not None:
                    await server.child.stop()


def verdict(before: Rows | None, after: Rows) -> str:
    """One line about a restore that is complete; anything else is refused."""
    if before is not None and after != before:
        differ = sorted(name for name in before if before[name] != after.get(name))
        raise Refused(f"restored, but not the same: {', '.join(differ)}")
    rows = sum(count for count, _ in after.values())
    if not rows:
        raise Refused("the backup holds no row at all")
    return f"{len(after)} tables and {rows} rows restored and the schema is this version's"


async def start(folder: Path, name: str, servers: list[Postgres]) -> Postgres:
    server = Postgres(folder / name / "postgres", folder / f"{name}.log")
    servers.append(server)
    await server.launch()
    await server.ready()
    return server


async def fingerprint(url: str) -> Rows:
    """Each table's number of rows and a checksum over all of them, in whatever order they are stored."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        sums = {}
        for (table,) in tables:
            row = await connection.fetchrow(
                "SELECT count(*), coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') "
                f'FROM "{table}" t'
            )
            assert row is not None  # noqa: S101 (an aggregate always has a row)
            sums[str(table)] = (int(row[0]), str(row[1]))
        return sums
    finally:
        await connection.close()


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def program(name: str, *arguments: str | Path) -> None:
    must(name, programs() / name, *arguments)
