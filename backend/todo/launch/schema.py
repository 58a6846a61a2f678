"""The schema, brought up to this code's when it is not; when it is, without loading the machinery for it."""

from pathlib import Path

import asyncpg

from todo.launch.bootstrap import digest, stamped
from todo.launch.steps import CannotStart

_MIGRATIONS = Path(__file__).parents[1] / "db" / "migrations"


async def bring_up(url: str, stamp: Path) -> None:
    """`stamp` says which migrations were last applied and to which revision they led.

    Loading Alembic and SQLAlchemy takes longer than the rest of a start, so a database that is at that revision,
    with migrations that are those, is left alone.
    """
    try:
        if not stamped(stamp, _version(await _revision(url))):
            await _upgrade(url)
            _write(stamp, _version(await _revision(url)))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotStart(f"DATABASE_URL: {error or type(error).__name__}") from error


def _version(revision: str | None) -> str:
    return f"{digest([_MIGRATIONS], _MIGRATIONS)} {revision}"


def _write(stamp: Path, version: str) -> None:
    stamp.write_text(version)


async def _upgrade(url: str) -> None:
    from todo.db import migrate

    try:
        await migrate.upgrade(url)
    except migrate.SchemaNewer as error:
        raise CannotStart(str(error)) from error


async def _revision(url: str) -> str | None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return revision
