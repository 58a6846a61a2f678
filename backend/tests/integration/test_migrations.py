"""Migrations: the schema matches the declared tables, and older code leaves a newer schema unchanged."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from tests.harness.system import eventually
from todo.db import migrate, migrations, tables
from todo.db.migrate import Schema, SchemaUnusable, newest, schema_of, upgrade, upgrade_now
from todo.domain.recurrence import start_of_day
from todo.tasks import queries
from todo.tasks.queries import Search

VERSIONS = Path(migrations.__file__).parent / "versions"


async def test_the_migrated_database_matches_the_declared_tables(database_url: str) -> None:
    assert tables.Task.metadata is SQLModel.metadata
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    columns = """SELECT table_name, column_name, data_type FROM information_schema.columns
                 WHERE table_schema = 'public'"""
    before = await connection.fetch(columns + " ORDER BY 1, 2")
    await upgrade(database_url)
    await upgrade(database_url, newest())  # without the check that skips a current schema
    assert await connection.fetch(columns + " ORDER BY 1, 2") == before
    await connection.close()
    schema = await schema_of(database_url)
    assert schema is not None
    assert schema.revision == newest()


async def old_database(database_url: str, revision: str) -> tuple[str, asyncpg.Connection]:
    """A new database with the schema of `revision` and one account: its URL and a connection."""
    name = f"old{secrets.token_hex(4)}"
    server = await asyncpg.connect(database_url)
    await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    url = make_url(database_url).set(database=name).render_as_string(hide_password=False)
    await upgrade(url, revision)
    connection = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO account (id, email, password_hash) VALUES ('a', 'a@b', '')"
    )
    return url, connection


async def test_closed_occurrences_know_their_successors_after_the_upgrade(
    database_url: str,
) -> None:
    old, connection = await old_database(database_url, "0003")
    await connection.execute(
        """INSERT INTO task (user_id, title, completed, fate, series_id, occurrence)
           SELECT 'a', 't', n < 12000, CASE WHEN n < 12000 THEN 'done' ELSE 'open' END,
               'b2a1b6a4-0000-4000-8000-000000000000', n FROM generate_series(1, 12000) n"""
    )
    await upgrade(old)
    missing = await connection.fetchval(
        """SELECT count(*) FROM task t WHERE completed AND successor_id IS DISTINCT FROM (
               SELECT id FROM task s WHERE s.series_id = t.series_id AND s.occurrence = t.occurrence + 1)"""
    )
    assert missing == 0
    await connection.close()


async def test_tasks_of_before_the_upgrade_are_found_by_their_words(database_url: str) -> None:
    old, connection = await old_database(database_url, "0006")
    await connection.execute(
        """INSERT INTO task (user_id, title, description, tags, completed)
           SELECT 'a', 'Kauf Äpfel ' || n, 'E-mail', '{Käse}', n % 2 = 0 FROM generate_series(1, 4500) n"""
    )
    await upgrade(old)
    for text, tag in (("apfel 4321", None), ("email 4321", "käse")):
        wanted = Search(status="all", text=text, tag=tag, timezone="UTC")
        found, _ = await queries.find(cast("Any", connection), "a", wanted)
        assert [task.title for task in found] == ["Kauf Äpfel 4321"]
    assert (
        await connection.fetchval("SELECT count(*) FROM task WHERE words_version <> version") == 0
    )
    await connection.close()


async def test_all_day_tasks_have_their_date_after_the_upgrade_also_those_that_older_code_writes(
    database_url: str,
) -> None:
    old, connection = await old_database(database_url, "0006")
    # Clocks in Cairo skipped the midnight of 30 April 2027: the day begins at one.
    zones = ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Honolulu", "Africa/Cairo"]
    insert = """INSERT INTO task (user_id, title, all_day, due_date, timezone)
                SELECT 'a', 't', true, start, zone FROM unnest($1::timestamptz[], $2::text[]) AS of(start, zone)"""
    starts = [start_of_day(date(2027, 4, 30), zone) for zone in zones]
    await connection.execute(insert, starts * 3000, zones * 3000)
    await connection.execute(
        """INSERT INTO task (user_id, title, all_day, due_date) VALUES ('a', 'timed', false, now()),
               ('a', 'undated', false, NULL), ('a', 'undated and all-day', true, NULL)"""
    )

    await upgrade(old)

    dates = "SELECT all_day, due_on, count(*) FROM task GROUP BY 1, 2 ORDER BY 1, 2"
    day = date(2027, 4, 30)
    assert [tuple(row) for row in await connection.fetch(dates)] == [
        (False, None, 3),
        (True, day, 12_000),
    ]
    # Code older than 0008 does not know the column.
    await connection.execute("DELETE FROM task WHERE all_day OR title <> 'timed'")
    # A zone that PostgreSQL does not know yet
    await connection.execute(insert, starts[:1], ["Europe/Atlantis"])
    assert (await connection.fetch(dates))[1]["due_on"] == day
    await connection.execute("DELETE FROM task WHERE all_day")
    await connection.execute(insert, starts, zones)
    assert (await connection.fetch(dates))[1]["count"] == 4
    await connection.execute(
        "UPDATE task SET due_date = due_date + interval '2 days', title = 'x' WHERE all_day"
    )
    moved = await connection.fetch(dates)
    assert moved[1]["due_on"] == date(2027, 5, 2)
    await connection.execute("UPDATE task SET all_day = false, due_date = now()")
    assert [tuple(row) for row in await connection.fetch(dates)] == [(False, None, 5)]
    await connection.execute("UPDATE task SET all_day = true, due_date = NULL")
    assert [tuple(row) for row in await connection.fetch(dates)] == [(False, None, 5)]
    await connection.close()


# --- older code on a newer schema -------------------------------------------------------------


async def migrated_by_a_newer_version(url: str, oldest_code: str | None) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "UPDATE alembic_version SET version_num = '9999', oldest_code = $1", oldest_code
    )
    await connection.close()


async def test_a_newer_schema_that_this_code_works_on_is_left_unchanged_and_reported(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await migrated_by_a_newer_version(database_url, newest())
    with caplog.at_level(logging.WARNING):
        await upgrade(database_url)
    # A product that runs for other tests logs too.
    [line] = [message for message in caplog.messages if "revision" in message]
    assert "at revision 9999, made by a newer version" in line
    assert "works on it too" in line
    assert await schema_of(database_url) == Schema("9999", newest())


@pytest.mark.parametrize("oldest_code", ["9998", None])
async def test_a_newer_schema_that_this_code_does_not_work_on_is_refused_and_left_unchanged(
    database_url: str, oldest_code: str | None
) -> None:
    await migrated_by_a_newer_version(database_url, oldest_code)
    needed = oldest_code or "9999"
    with pytest.raises(SchemaUnusable, match=f"only a version of revision {needed} or later"):
        await upgrade(database_url)
    assert await schema_of(database_url) == Schema("9999", oldest_code)


async def test_a_migration_by_a_newer_version_at_the_same_time_is_noticed(
    database_url: str,
) -> None:
    """Two releases at once: the older one waits for the lock, and checks the revision again under it."""
    newer = await asyncpg.connect(database_url)
    await newer.execute("UPDATE alembic_version SET version_num = '0001'")
    await newer.execute("SELECT pg_advisory_lock($1)", migrate._LOCK)
    waiting = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                 AND query LIKE 'COMMIT%' AND pid <> pg_backend_pid()"""
    older = asyncio.create_task(upgrade(database_url))
    await eventually(lambda: newer.fetchval(waiting), bool)
    await newer.execute("UPDATE alembic_version SET version_num = '9999', oldest_code = $1", "9998")
    await newer.close()  # which releases its lock
    with pytest.raises(SchemaUnusable, match="9999"):
        await older


async def test_a_database_stores_the_oldest_code_that_works_on_it(database_url: str) -> None:
    """In upgrades and downgrades, also when the table was created before it had the column."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("ALTER TABLE alembic_version DROP COLUMN oldest_code")
    await connection.close()
    assert await schema_of(database_url) == Schema(newest(), None)
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"))

    def move(connection: Connection, step: Callable[[Config, str], None], revision: str) -> None:
        config = Config()
        config.set_main_option("script_location", str(VERSIONS.parent))
        config.attributes["connection"] = connection
        step(config, revision)

    for step, revision in ((command.downgrade, "0001"), (command.upgrade, "0002")):
        async with engine.begin() as moving:
            await moving.run_sync(move, step, revision)
        # 0001 and 0002 do not work with each other's code, see migration 0002.
        assert await schema_of(database_url) == Schema(revision, oldest_code=revision)
    await engine.dispose()


def test_a_database_that_refuses_the_connection_is_one_line(database_url: str) -> None:
    nobody = make_url(database_url).set(database="no_such_database")
    with pytest.raises(
        ConnectionError, match=r'^DATABASE_URL: database "no_such_database" does not'
    ):
        upgrade_now(nobody.render_as_string(hide_password=False))


def test_each_migration_declares_the_oldest_code_that_works_on_its_schema() -> None:
    """It names an existing revision, not newer than itself and not older than the previous migration names."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    steps = [*reversed([*ScriptDirectory.from_config(config).walk_revisions()])]
    floors = [step.module.oldest_code for step in steps]
    revisions = [step.revision for step in steps]
    assert revisions == sorted(revisions), "the order of the names is the order of the revisions"
    assert set(floors) <= set(revisions)
    assert floors == sorted(floors)
    assert all(floor <= revision for floor, revision in zip(floors, revisions, strict=True))


async def test_processes_that_migrate_at_the_same_time_do_not_block_an_index_in_the_making(
    database_url: str,
) -> None:
    old, connection = await old_database(database_url, "0012")
    async with asyncio.timeout(60):
        await asyncio.gather(*(upgrade(old) for _ in range(3)))
    made = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'ix_outbox_pub%'"
    assert await connection.fetchval(made) == "ix_outbox_published"
    await connection.close()
