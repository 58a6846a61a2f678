"""What other subjects may ask about accounts."""

from asyncpg.pool import PoolConnectionProxy

# For the statements of reminders: JOIN ({ACCOUNTS}) a. PostgreSQL inlines the subquery.
ACCOUNTS = """SELECT id, timezone, default_reminders, quiet_from, quiet_until, away_from, away_until,
    escalate_after, nag_every FROM account"""


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
