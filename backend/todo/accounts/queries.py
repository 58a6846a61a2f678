"""The queries about accounts that other subjects may use."""

from asyncpg.pool import PoolConnectionProxy


async def default_reminders(connection: PoolConnectionProxy, user_id: str) -> tuple[str, ...]:
    found = await connection.fetchval(
        "SELECT default_reminders FROM account WHERE id = $1", user_id
    )
    return tuple(found or ())


async def owner_of_feed(
    connection: PoolConnectionProxy, secret: str
) -> tuple[str, tuple[str, ...]] | None:
    """The user whose calendar feed has this secret, and their default reminders."""
    row = await connection.fetchrow(
        "SELECT id, default_reminders FROM account WHERE calendar_secret = $1", secret
    )
    return (row["id"], tuple(row["default_reminders"])) if row else None
