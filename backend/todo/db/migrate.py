"""Upgrade a database to the schema of this code. Safe to run from several processes at once."""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

# Alembic and SQLAlchemy are imported only for a migration: they cost a second and 26 MB, which a start on a
# current schema saves.
if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"

# An arbitrary constant for the advisory lock that lets only one process migrate.
_LOCK = 7_082_010
_LOCK_POLL_SECONDS = 0.1


class SchemaUnusable(Exception):
    """This version does not work on the schema: a newer version migrated it, or a restore was interrupted."""


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def newest() -> str:
    """The revision that this code expects: the last of the files REVISION_what_it_does.py."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


class Schema(NamedTuple):
    revision: str
    # The oldest revision whose code works on it (see todo.db.migrations).
    oldest_code: str | None


# This table exists from the first to the last step of `todo restore` (todo.launch.backup).
RESTORE_MARKER = "unfinished_restore"
RESTORE_UNFINISHED = "the last `todo restore` was interrupted; run it again"


async def is_restore_unfinished(database: "asyncpg.Connection | asyncpg.Pool") -> bool:
    found: bool = await database.fetchval("SELECT to_regclass($1) IS NOT NULL", RESTORE_MARKER)
    return found


async def schema_of(database_url: str) -> Schema | None:
    """The revision of the database; None if it was never migrated. Raises SchemaUnusable amid a restore."""
    connection = await asyncpg.connect(database_url, timeout=5)
    try:
        if await is_restore_unfinished(connection):
            raise SchemaUnusable(RESTORE_UNFINISHED)
        row = await connection.fetchrow("SELECT * FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    # Alembic creates its table without our column; the first migration adds it.
    return Schema(row["version_num"], row.get("oldest_code")) if row else None


def _serves(schema: Schema | None) -> bool:
    """Whether this code works on the schema as it is. Raises SchemaUnusable if it never will."""
    ours = newest()
    if schema is None or schema.revision <= ours:
        return schema is not None and schema.revision == ours
    is_newer = (
        f"the database's schema is at revision {schema.revision}, made by a newer version "
        f"(this version expects {ours})"
    )
    if schema.oldest_code is None or ours < schema.oldest_code:
        needed = schema.oldest_code or schema.revision
        raise SchemaUnusable(
            f"{is_newer}; only a version of revision {needed} or later can use it: "
            "install one, or restore a backup"
        )
    log.warning("%s; this version works on it too and does not change it", is_newer)
    return True


def _upgrade(connection: "Connection", revision: str) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Upgrade. A newer schema is left unchanged: returns if this code works on it, else raises SchemaUnusable."""
    if revision == "head" and _serves(await schema_of(database_url)):
        return
    from sqlalchemy import pool, text
    from sqlalchemy.engine import make_url
    from sqlalchemy.ext.asyncio import create_async_engine

    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    # libpq's name for what asyncpg calls ssl
    query = {("ssl" if k == "sslmode" else k): v for k, v in url.query.items()}
    engine = create_async_engine(url.set(query=query), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            # Not pg_advisory_lock: CREATE INDEX CONCURRENTLY waits for every running statement, also for one that
            # waits for this lock.
            locked = text("SELECT pg_try_advisory_lock(:key)")
            while not (await connection.execute(locked, {"key": _LOCK})).scalar():
                await connection.commit()
                await asyncio.sleep(_LOCK_POLL_SECONDS)
            await connection.commit()
            # The process that held the lock may have been a newer version.
            if revision != "head" or not _serves(await schema_of(database_url)):
                await connection.run_sync(_upgrade, revision)
                await connection.commit()
    finally:
        await engine.dispose()


def upgrade_now(database_url: str) -> None:
    """Upgrade, for a program that does nothing else. Raises OSError, in one line, if no database answers."""
    try:
        asyncio.run(upgrade(database_url))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConnectionError(f"DATABASE_URL: {error or type(error).__name__}") from error
