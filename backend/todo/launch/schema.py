"""Migrate the schema; an error is one line."""

import asyncpg

from todo.launch.progress import CannotStart


async def bring_up(url: str) -> None:
    from todo.db import migrate

    try:
        await migrate.upgrade(url)
    except migrate.SchemaUnusable as error:
        raise CannotStart(str(error)) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotStart(f"DATABASE_URL: {error or type(error).__name__}") from error
