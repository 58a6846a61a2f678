"""Bring a database to this code's schema. Safe to run from several processes at once."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

# Any constant: two migrators of one database wait for each other.
_LOCK = 7_082_010


class SchemaNewer(Exception):
    """The database was migrated by a newer version of the product than this one."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection, revision: str) -> None:
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
