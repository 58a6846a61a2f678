"""Bring a database to this code's schema. Safe to run from several processes at once."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

# Alembic and SQLAlchemy are imported only when there is something to migrate: a start with an up-to-date
# database would otherwise spend a second and 26 MB on them.
if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"

# Any constant: two migrators of one database wait for each other.
_LOCK = 7_082_010


class SchemaNewer(Exception):
    """The database was migrated by a newer version of the product than this one."""


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def newest() -> str:
    """The revision this code expects; files are named REVISION_what_it_does.py, in order."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


async def revision_of(database_url: str) -> str | None:
    """What the database was migrated to; None if it never was."""
    connection = await asyncpg.connect(database_url, timeout=5)
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


def _upgrade(connection: "Connection", revision: str) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _config()
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaNewer(
            f"the database's schema is at revision {current}, which this version does not know: "
            "it was used by a newer version; install that one, or restore a backup"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Raises SchemaNewer instead of touching a database that a newer version has migrated."""
    if revision == "head" and await revision_of(database_url) == newest():
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
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            await connection.commit()
            await connection.run_sync(_upgrade, revision)
            await connection.commit()
    finally:
        await engine.dispose()


def upgrade_now(database_url: str) -> None:
    asyncio.run(upgrade(database_url))
