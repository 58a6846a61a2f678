"""`todo backup` and `todo restore`: everything is there again, and nothing is sent twice."""

import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from tests.conftest import MakeDatabase, settings_for
from tests.harness.system import eventually, running
from todo.accounts.invitations import invite
from todo.db import migrate
from todo.launch import backup
from todo.launch.backup import BackupRefused, RestoreFailed, back_up, restore
from todo.runtime.app import build_app
from todo.runtime.settings import SettingsInvalid
from todo.services import AFTER_RESTORE, BACKEND

SOON = timedelta(hours=1)


async def backed_up(database_url: str, folder: Path) -> Path:
    """A backup of one account with one weekly task whose first occurrence is done, and an invitation."""
    file = folder / "todo.backup"
    async with running(settings_for(database_url)) as system:
        async with system.person(
            email="anna@example.org", password="correct horse battery"
        ) as anna:
            task = await anna.add(
                "Müller “anrufen” 🌱", due_date="2026-11-23T08:00:00Z", recurrence="weekly"
            )
            await anna.do(task, "complete")
            await eventually(
                lambda: system.value("SELECT count(*) FROM audit_log"), lambda n: n == 3
            )
        async with system.context.db.unit() as unit:
            await invite(unit, unit.now())
        await back_up(database_url, file)
    return file


@pytest.fixture(scope="module")
async def of_anna(make_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await backed_up(await make_database(), tmp_path_factory.mktemp("backup"))


async def test_everything_is_there_after_a_restore(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    before, after = await make_database(), await make_database()
    file = await backed_up(before, tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    checked = await restore(after, file, AFTER_RESTORE, dry_run=True)
    assert await rows(after, "account") == []
    assert checked == await restore(after, file, AFTER_RESTORE)
    for table in ("account", "task_occurrence", "audit_log", "reminder"):
        assert await rows(after, table) == await rows(before, table)
    async with running(settings_for(after)) as system, system.visitor() as http:
        login = {"email": "anna@example.org", "password": "correct horse battery"}
        assert (await http.post("/api/auth/login", json=login)).status_code == 200
        (open_one,) = (await http.get("/api/tasks")).json()["items"]
        assert (open_one["title"], open_one["due_date"]) == (
            "Müller “anrufen” 🌱",
            "2026-11-30T08:00:00Z",
        )
        # Ids that were given out after the backup are not given to other tasks.
        new = (await http.post("/api/tasks", json={"title": "new"})).json()
        assert new["id"] > open_one["id"] + 100_000


async def rows(database_url: str, table: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [
            str(r) for (r,) in await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        ]
    finally:
        await connection.close()


async def execute(database_url: str, sql: str, *values: object) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


async def test_a_reminder_that_may_have_been_sent_is_shown_and_not_sent_again(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    before, after = await make_database(), await make_database()
    file = tmp_path / "todo.backup"
    due = datetime.now(UTC) + 2 * SOON
    async with running(settings_for(before)) as system, system.person() as anna:
        passed = await anna.add("call", due_date=due.isoformat(), reminders=["PT1H"])
        await anna.add("later", due_date=(due + SOON).isoformat(), reminders=["PT1H"])
    # Its time comes between the backup and the restore.
    elapsed = "UPDATE reminder SET remind_at = now() - interval '1 second' WHERE task_id = $1"
    await execute(before, elapsed, passed["id"])
    await back_up(before, file)
    await restore(after, file, AFTER_RESTORE)
    states = "SELECT string_agg(state || coalesce(' ' || cause, ''), ',' ORDER BY remind_at) FROM reminder"
    assert await execute(after, states) == "passed restored,planned"
    async with running(settings_for(after)) as system:
        bells = await system.fetch("SELECT title, body FROM notification")
        assert [b["title"] for b in bells] == ["call"]
        assert "may have been sent" in bells[0]["body"]
        assert await system.value("SELECT count(*) FROM delivery") == 0


async def test_nobody_stays_logged_in(make_database: MakeDatabase, of_anna: Path) -> None:
    """Nor lets an invitation that was used since the backup a second person sign up."""
    after = await make_database()
    manifest = await restore(after, of_anna, AFTER_RESTORE)
    for table in ("session", "invitation"):
        assert manifest.rows[table] == 1
        assert await execute(after, f"SELECT count(*) FROM {table}") == 0


async def test_a_page_that_was_open_learns_of_every_change(
    make_database: MakeDatabase, of_anna: Path
) -> None:
    after = await make_database()
    await restore(after, of_anna, AFTER_RESTORE)
    async with running(settings_for(after)) as system, system.visitor() as http:
        login = {"email": "anna@example.org", "password": "correct horse battery"}
        await http.post("/api/auth/login", json=login)
        (task,) = (await http.get("/api/tasks")).json()["items"]
        # The cursor of the old database, whose transactions had greater ids.
        told = (await http.get("/api/tasks/changes", params={"since": 2**40})).json()
        assert task["id"] in [change["task_id"] for change in told["changes"]]


async def test_events_whose_effects_were_lost_are_handled_again_and_others_are_not(
    make_database: MakeDatabase, of_anna: Path
) -> None:
    """As with a broker that is not in the backup: it has delivered events that one consumer has not handled."""
    after = await make_database()
    await restore(after, of_anna, AFTER_RESTORE)
    await execute(after, "DELETE FROM bus_event")
    await execute(after, "DELETE FROM audit_log")
    await execute(after, "DELETE FROM inbox WHERE consumer = 'todo-audit'")
    async with running(settings_for(after)) as system:
        handled = "SELECT count(*) FROM audit_log"
        await eventually(lambda: system.value(handled), lambda count: count == 3)
        assert await system.value("SELECT count(*) FROM task") == 2


Damage = Callable[[bytes], bytes]


def damaged(backup: Path, folder: Path, damage: Damage) -> Path:
    file = folder / "damaged.backup"
    file.write_bytes(damage(backup.read_bytes()))
    return file


def with_manifest(other_dump: bytes | None = None, **changes: object) -> Damage:
    def damage(content: bytes) -> bytes:
        with tarfile.open(fileobj=BytesIO(content)) as archive:
            manifest, dump = (
                archive.extractfile("manifest.json"),
                archive.extractfile("database.dump"),
            )
            assert manifest is not None
            assert dump is not None
            files = {
                "manifest.json": json.dumps({**json.load(manifest), **changes}).encode(),
                "database.dump": other_dump or dump.read(),
            }
        target = BytesIO()
        with tarfile.open(fileobj=target, mode="w") as archive:
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, BytesIO(data))
        return target.getvalue()

    return damage


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[: len(content) // 2], "a part of it is missing"),
        (lambda content: content[:700], "a part of it is missing|cannot be read"),
        (lambda _: b"", "is not a backup of Todo"),
        (lambda _: b"PGDMP" + bytes(2000), "is not a backup of Todo"),
        (
            lambda content: content[:9000] + bytes([content[9000] ^ 1]) + content[9001:],
            "is damaged",
        ),
        (with_manifest(revision="9999"), "newer version"),
        (with_manifest(format=2), "newer version"),
        (with_manifest(rows=None), "damaged"),
        (with_manifest(sha256="0"), "damaged"),
        (with_manifest(unknown=1), "damaged"),
    ],
)
async def test_a_file_that_is_not_a_whole_backup_is_refused(
    make_database: MakeDatabase, of_anna: Path, tmp_path: Path, damage: Damage, said: str
) -> None:
    file = damaged(of_anna, tmp_path, damage)
    target = await make_database()
    with pytest.raises(BackupRefused, match=said):
        await restore(target, file, AFTER_RESTORE)
    assert await execute(target, "SELECT count(*) FROM account") == 0


async def test_only_an_empty_database_without_services_is_restored_into(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    url = await make_database()
    file = await backed_up(url, tmp_path)
    with pytest.raises(BackupRefused, match=r"not empty \(accounts: 1\)"):
        await restore(url, file, AFTER_RESTORE)
    empty = await make_database()
    async with running(settings_for(empty)):
        with pytest.raises(BackupRefused, match="stop all services"):
            await restore(empty, file, AFTER_RESTORE)
    with pytest.raises(BackupRefused, match="exists already"):
        await back_up(url, file)


async def test_a_database_of_another_program_is_not_touched(
    make_database: MakeDatabase, of_anna: Path
) -> None:
    url = await make_database()
    await execute(url, "DROP SCHEMA public CASCADE")
    await execute(url, "CREATE SCHEMA public")
    await execute(url, "CREATE VIEW other AS SELECT 1 AS number")
    for dry_run in (True, False):
        with pytest.raises(BackupRefused, match="tables that are not of Todo"):
            await restore(url, of_anna, AFTER_RESTORE, dry_run=dry_run)
    assert await execute(url, "SELECT number FROM other") == 1


async def test_a_database_without_any_table_is_restored_into(
    make_database: MakeDatabase, of_anna: Path
) -> None:
    url = await make_database()
    await execute(url, "DROP SCHEMA public CASCADE")
    await execute(url, "CREATE SCHEMA public")
    await restore(url, of_anna, AFTER_RESTORE)
    assert await execute(url, "SELECT count(*) FROM account") == 1


async def test_services_do_not_start_on_a_restore_that_was_interrupted(
    make_database: MakeDatabase, of_anna: Path
) -> None:
    url = await make_database()
    with pytest.raises(RestoreFailed, match="run it again"):
        await restore(url, of_anna, ["SELECT FROM nothing"])
    with pytest.raises(migrate.SchemaUnusable, match="restore` was interrupted; run it again"):
        await migrate.upgrade(url)
    with pytest.raises(SettingsInvalid, match="restore` was interrupted; run it again"):
        async with build_app([BACKEND], settings_for(url)).router.lifespan_context(FastAPI()):
            pass
    await restore(url, of_anna, AFTER_RESTORE)
    await migrate.upgrade(url)
    assert await execute(url, "SELECT count(*) FROM account") == 1


async def test_a_dump_that_cannot_be_restored_is_noticed_first(
    make_database: MakeDatabase, tmp_path: Path, of_anna: Path
) -> None:
    """A dump with a right checksum that this version of pg_restore cannot read."""
    dump = b"PGDMP" + bytes(100)
    damage = with_manifest(dump, sha256=sha256(dump).hexdigest())
    url = await make_database()
    with pytest.raises(BackupRefused, match="pg_restore"):
        await restore(url, damaged(of_anna, tmp_path, damage), AFTER_RESTORE)
    await migrate.upgrade(url)  # the database is as it was


@pytest.mark.parametrize(
    "url",
    ["postgresql://anna:se%20cret@host/db?a=1", "postgresql://anna@host/db?password=se+cret&a=1"],
)
def test_the_password_is_not_an_argument_of_a_program(url: str) -> None:
    assert backup._without_password(url) == ("postgresql://anna@host/db?a=1", "se cret")
