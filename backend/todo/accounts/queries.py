"""The queries about accounts that other subjects may use."""

from asyncpg.pool import PoolConnectionProxy

from todo.domain.reminder import ReminderSettings

# Of an account that is gone, with its tasks.
_NONE = ReminderSettings((), "UTC")


async def reminder_settings(connection: PoolConnectionProxy, user_id: str) -> ReminderSettings:
    row = await connection.fetchrow(
        "SELECT default_reminders, timezone FROM account WHERE id = $1", user_id
    )
    return ReminderSettings(tuple(row["default_reminders"]), row["timezone"]) if row else _NONE


async def users_in(connection: PoolConnectionProxy, timezone: str) -> list[str]:
    """The users whose accounts are in this zone."""
    rows = await connection.fetch("SELECT id FROM account WHERE timezone = $1", timezone)
    return [row["id"] for row in rows]


async def owner_of_feed(
    connection: PoolConnectionProxy, secret: str
) -> tuple[str, ReminderSettings] | None:
    """The user whose calendar feed has this secret, and the settings of their reminders."""
    row = await connection.fetchrow(
        """SELECT id, default_reminders, timezone FROM account
           WHERE calendar_secret = $1 AND delete_at IS NULL AND disabled_at IS NULL""",
        secret,
    )
    if row is None:
        return None
    return row["id"], ReminderSettings(tuple(row["default_reminders"]), row["timezone"])
