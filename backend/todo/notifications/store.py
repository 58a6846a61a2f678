"""Rows of notifications and channels. Every query names the owner."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.db.relations import CONFIRMED, TASKS
from todo.domain.errors import NotFound
from todo.domain.reminder import Cause, ReminderState
from todo.reminders.queries import REMINDERS
from todo.runtime.settings import Settings

IN_APP = "in-app"

# A link in a mail expires after seven days.
RETENTION = ("DELETE FROM used_link WHERE used_at < now() - interval '30 days'",)

_RESTORED = "It was due before the server was restored from a backup, and may have been sent then."
# After a restore: each reminder that may have been sent since the backup ($1) is shown in the page.
AFTER_RESTORE = (
    f"""INSERT INTO notification (user_id, task_id, reminder_id, title, body, due_at)
        SELECT r.user_id, r.task_id, r.id, t.title, '{_RESTORED}', r.due_date
        FROM ({REMINDERS}) r JOIN ({TASKS}) t ON t.id = r.task_id
        WHERE (r.cause = '{Cause.RESTORED}' OR r.state = '{ReminderState.FIRED}'
               AND r.remind_at > $1::timestamptz - interval '1 day')
          AND t.is_open
        ON CONFLICT DO NOTHING""",
)


def retention(settings: Settings) -> tuple[str, ...]:
    """A user sees notifications and deliveries, so they are kept for ever unless the operator limits it."""
    if settings.keep_notifications_days is None:
        return ()
    old = f"created_at < now() - interval '{settings.keep_notifications_days} days'"
    return (
        f"DELETE FROM notification WHERE {old}",
        f"DELETE FROM delivery WHERE next_try_at IS NULL AND {old}",
    )


_NOTIFICATIONS = f"""
    SELECT n.id, n.task_id, n.reminder_id, n.title, n.body, n.due_at, n.late_seconds, n.created_at, n.read_at,
           r.acknowledged_at
    FROM notification n JOIN ({REMINDERS}) r ON r.id = n.reminder_id WHERE n.user_id = $1
"""
_CHANNEL = f"""id, kind, name, config, enabled, step, created_at,
    kind <> 'email' OR EXISTS (SELECT FROM ({CONFIRMED}) c WHERE c.user_id = channel.user_id
        AND c.address = lower(channel.config->>'address')) AS confirmed"""


# For the download of everything about a person ($1). The config of a channel has secrets.
SECTIONS = {
    "channels": """SELECT id AS page_key, kind, name, enabled, step, created_at, config->>'address' AS address
        FROM channel WHERE user_id = $1""",
    "notifications": """SELECT id AS page_key, title, body, due_at, late_seconds, created_at, read_at
        FROM notification WHERE user_id = $1""",
    "deliveries": """SELECT id AS page_key, channel, state, attempt, sent_at, reason, created_at
        FROM delivery WHERE user_id = $1""",
}


class NotificationStore:
    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._db = connection

    async def page(
        self, user_id: str, *, unread: bool, before: int | None, limit: int
    ) -> Sequence[asyncpg.Record]:
        return await self._db.fetch(
            f"""{_NOTIFICATIONS} AND ($2 IS FALSE OR n.read_at IS NULL) AND ($3::bigint IS NULL OR n.id < $3)
                ORDER BY n.id DESC LIMIT $4""",
            user_id, unread, before, limit,
        )  # fmt: skip

    async def unread(self, user_id: str) -> int:
        number: int = await self._db.fetchval(
            """SELECT count(*) FROM (SELECT FROM notification
               WHERE user_id = $1 AND read_at IS NULL LIMIT 999) capped""",
            user_id,
        )
        return number

    async def owned_by(self, user_id: str, notification_id: int) -> asyncpg.Record:
        row = await self._db.fetchrow(f"{_NOTIFICATIONS} AND n.id = $2", user_id, notification_id)
        if row is None:
            raise NotFound("There is no such notification.")
        return row

    async def tasks_of(self, user_id: str, reminder_id: int, task_id: int) -> list[int]:
        """The tasks that a notification covers: `task_id`, or all those of a digest."""
        items = await self._db.fetchval(
            f"""SELECT payload->'items' FROM delivery
                WHERE user_id = $1 AND reminder_id = $2 AND channel = '{IN_APP}'""",
            user_id,
            reminder_id,
        )
        return [item["task_id"] for item in items or ()] or [task_id]


class ChannelStore:
    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._db = connection

    async def all(self, user_id: str) -> Sequence[asyncpg.Record]:
        return await self._db.fetch(
            f"SELECT {_CHANNEL} FROM channel WHERE user_id = $1 ORDER BY step, id", user_id
        )

    async def owned_by(self, user_id: str, channel_id: int) -> asyncpg.Record:
        row = await self._db.fetchrow(
            f"SELECT {_CHANNEL} FROM channel WHERE user_id = $1 AND id = $2", user_id, channel_id
        )
        if row is None:
            raise NotFound("There is no such channel.")
        return row

    async def add(
        self, user_id: str, kind: str, name: str, config: Mapping[str, Any], step: int
    ) -> asyncpg.Record:
        row = await self._db.fetchrow(
            f"""INSERT INTO channel (user_id, kind, name, config, step) VALUES ($1, $2, $3, $4, $5)
                RETURNING {_CHANNEL}""",
            user_id, kind, name, dict(config), step,
        )  # fmt: skip
        assert row is not None  # noqa: S101  (an INSERT … RETURNING without a conflict clause)
        return row

    async def save(self, user_id: str, channel_id: int, changes: Mapping[str, Any]) -> None:
        columns = ", ".join(f"{name} = ${i}" for i, name in enumerate(changes, start=3))
        await self._db.execute(
            f"UPDATE channel SET {columns} WHERE user_id = $1 AND id = $2",
            user_id,
            channel_id,
            *changes.values(),
        )

    async def remove(self, user_id: str, channel_id: int) -> bool:
        return bool(
            await self._db.fetchval(
                "DELETE FROM channel WHERE user_id = $1 AND id = $2 RETURNING true",
                user_id,
                channel_id,
            )
        )
