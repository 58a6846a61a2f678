"""Keys that an installation makes for itself at its first start and keeps in its database."""

from collections.abc import Callable

from todo.runtime.database import Database


async def instance_secret(database: Database, name: str, make: Callable[[], str]) -> str:
    """The secret called `name`; made by whoever asks first, the same for every replica."""
    known: str | None = await database.pool.fetchval(
        "SELECT value FROM instance_secret WHERE name = $1", name
    )
    if known is not None:
        return known
    value: str = await database.pool.fetchval(
        """INSERT INTO instance_secret VALUES ($1, $2)
           ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING value""",
        name,
        make(),
    )
    return value
