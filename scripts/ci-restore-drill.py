"""The restore drill itself; scripts/ci-restore-drill starts it.

ci-restore-drill            a database of this version, filled, dumped, restored into an empty one, compared row by row
ci-restore-drill FILE       a dump of yours (pg_dump --format=custom), restored into an empty server and brought to this
                            version's schema
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
from todo.db.migrate import upgrade
from todo.launch.postgres import DATABASE, USER, Postgres, programs

# Enough of everything that text formats get wrong: quotes, emoji, line breaks, nulls, arrays, infinity's neighbours.
FILL = """
INSERT INTO account (id, email, password_hash, default_reminders)
  SELECT 'user-' || n, 'user-' || n || '@example.com', md5(n::text), ARRAY['P1D', 'PT1H'] FROM generate_series(1, 20) n;
INSERT INTO task (user_id, title, description, completed, due_date, recurrence, tags, series_id, occurrence)
  SELECT 'user-' || (1 + n % 20), E'Water the "plants" \\n🌱 ' || n, CASE WHEN n % 3 = 0 THEN E'it''s\\t' || n END, false,
         CASE WHEN n % 5 <> 0 THEN timestamptz '2026-10-25 00:30+00' + n * interval '1 hour' END,
         CASE WHEN n % 2 = 0 THEN 'weekly' END, ARRAY['home', 'a,b', ''],
         CASE WHEN n % 2 = 0 THEN gen_random_uuid() END, CASE WHEN n % 2 = 0 THEN 1 END
  FROM generate_series(1, 5000) n;
INSERT INTO audit_log (event_id, type, event_type, user_id, task_id, actor, data, at)
  SELECT gen_random_uuid(), 'todo.task.created.v1', 'task_created', user_id, id, 'person', jsonb_build_object('title', title), created_at
  FROM task;
"""


async def fingerprint(url: str) -> dict[str, tuple[int, str]]:
    """Each table's number of rows and a checksum over all of them, whatever order they lie in."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1")
        sums = {}
        for (table,) in tables:
            row = await connection.fetchrow(
                f'SELECT count(*), coalesce(md5(string_agg(t::text, E\'\\n\' ORDER BY t::text)), \'\') FROM "{table}" t'  # noqa: S608
            )
            sums[table] = (row[0], row[1])
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
    answer = subprocess.run([programs() / name, *arguments], capture_output=True, text=True)
    if answer.returncode:
        sys.exit(f"ci-restore-drill: {name}: {answer.stderr.strip().splitlines()[-1]}")


async def server(folder: Path, name: str) -> Postgres:
    postgres = Postgres(folder / name / "postgres", folder / f"{name}.log")
    await postgres.launch()
    await postgres.ready()
    return postgres


async def main(dump: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="drill-") as temporary:
        folder = Path(temporary)
        servers: list[Postgres] = []
        try:
            before: dict[str, tuple[int, str]] | None = None
            if dump is None:
                servers.append(await server(folder, "old"))
                await upgrade(servers[0].url)
                await execute(servers[0].url, FILL)
                before = await fingerprint(servers[0].url)
                dump = folder / "todo.dump"
                program("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", servers[0].url)
            # another server, not another database: nothing of the old one may be needed
            servers.append(await server(folder, "new"))
            new = servers[-1]
            program("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={new.url_of(USER, DATABASE)}", dump)
            after = await fingerprint(new.url)
            await upgrade(new.url)
            if before is not None and after != before:
                differ = sorted(name for name in before if before[name] != after.get(name))
                sys.exit(f"ci-restore-drill: restored, but not the same: {', '.join(differ)}")
            rows = sum(count for count, _ in after.values())
            if not rows:
                sys.exit("ci-restore-drill: the backup holds no row at all")
            print(f"ci-restore-drill: {len(after)} tables, {rows} rows, {dump.stat().st_size // 1024} kB, restored and the schema is this version's")
        finally:
            for postgres in reversed(servers):
                if postgres.child is not None:
                    await postgres.child.stop()


if len(sys.argv) > 2 or (len(sys.argv) == 2 and not Path(sys.argv[1]).is_file()):
    sys.exit("ci-restore-drill: give no argument, or the file of a dump")
asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) == 2 else None))
