"""Rows of notifications, channels and deliveries. Every query names the owner."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import NotFound
from todo.domain.reminder import why_not_by_itself
from todo.notifications.channels import label

_NOTIFICATION = """n.id, n.task_id, n.reminder_id, n.title, n.body, n.due_at, n.late_seconds, n.created_at,
    n.read_at, r.acknowledged_at"""
_CHANNEL = "id, kind, name, config, enabled, step, created_at"
_DELIVERY = """d.id, split_part(d.channel, ':', 1) AS channel, c.name, c.kind, c.config, d.state, d.attempt,
    d.next_try_at, d.sent_at, d.acknowledged_at, d.reason, d.late_seconds"""

# Of user $1 at moment $2, with what told of it in its stead.
_REMINDER = """
    SELECT r.id, r.spec AS "offset", r.remind_at, r.state, r.acknowledged_at,
           a.away_from <= $2 AND a.away_until > $2 AND r.remind_at <= $2 AS away,
           n.reminder_id AS told_id, n.task_id AS told_task_id, n.title AS told_title, n.created_at AS told_at,
           n.late_seconds > 0 AS late, n.body <> '' AS digest
    FROM reminder r JOIN account a ON a.id = r.user_id
    LEFT JOIN notification n ON n.reminder_id = r.superseded_by
    WHERE r.user_id = $1
"""


def _unsent(row: asyncpg.Record, deliveries: Sequence[object]) -> dict[str, Any]:
    reason = told_by = None
    if not deliveries:
        reason = why_not_by_itself(
            row["state"], row["offset"], away=row["away"], late=row["late"], digest=row["digest"]
        )
    if row["told_id"] is not None:
        told_by = {
            "reminder_id": row["told_id"],
            "task_id": row["told_task_id"],
            "title": row["told_title"],
            "at": row["told_at"],
        }
    return {"reason": reason, "told_by": told_by}


class NotificationStore:
    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._db = connection

    async def page(
        self, user_id: str, *, unread: bool, before: int | None, limit: int
    ) -> Sequence[asyncpg.Record]:
        return await self._db.fetch(
            f"""SELECT {_NOTIFICATION} FROM notification n JOIN reminder r ON r.id = n.reminder_id
                WHERE n.user_id = $1 AND ($2 IS FALSE OR n.read_at IS NULL) AND ($3::bigint IS NULL OR n.id < $3)
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
        row = await self._db.fetchrow(
            f"""SELECT {_NOTIFICATION} FROM notification n JOIN reminder r ON r.id = n.reminder_id
                WHERE n.user_id = $1 AND n.id = $2""",
            user_id,
            notification_id,
        )
        if row is None:
            raise NotFound("There is no such notification.")
        return row

    async def acknowledge(self, user_id: str, reminder_id: int, now: datetime) -> None:
        """Seen in one place: silence in all others."""
        await self._db.execute(
            """WITH seen AS (
                   UPDATE notification SET read_at = coalesce(read_at, $3)
                   WHERE user_id = $1 AND reminder_id = $2),
               done AS (
                   UPDATE reminder SET acknowledged_at = coalesce(acknowledged_at, $3)
                   WHERE user_id = $1 AND id = $2),
               nags AS (
                   UPDATE reminder SET state = 'cancelled'
                   WHERE user_id = $1 AND state = 'planned' AND spec = 'nag'
                     AND task_id = (SELECT task_id FROM reminder WHERE id = $2 AND user_id = $1))
               UPDATE delivery SET
                   state = CASE WHEN state = 'sent' THEN 'acknowledged' ELSE 'cancelled' END,
                   acknowledged_at = CASE WHEN state = 'sent' THEN $3 END,
                   reason = CASE WHEN state = 'sent' THEN reason ELSE 'You had seen it elsewhere by then.' END,
                   next_try_at = NULL, lease_token = NULL
               WHERE user_id = $1 AND reminder_id = $2 AND state IN ('sent', 'planned', 'failed', 'claimed')""",
            user_id, reminder_id, now,
        )  # fmt: skip

    async def tasks_of(self, user_id: str, reminder_id: int) -> list[int]:
        """What a reminder told of: its task, or all those of a digest."""
        row = await self._db.fetchrow(
            """SELECT r.task_id, d.payload->'items' AS items FROM reminder r
               LEFT JOIN delivery d ON d.reminder_id = r.id AND d.channel = 'in-app'
               WHERE r.id = $2 AND r.user_id = $1""",
            user_id,
            reminder_id,
        )
        if row is None:
            return []
        return [item["task_id"] for item in row["items"] or ()] or [row["task_id"]]

    async def snooze(self, user_id: str, reminder_id: int, until: datetime) -> None:
        """For what is still to be done."""
        await self._db.execute(
            """INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
               SELECT user_id, id, 'snooze', due_date, $3 FROM task
               WHERE user_id = $1 AND id = ANY($2::bigint[]) AND fate = 'open' AND deleted_at IS NULL
               ON CONFLICT (task_id, spec, remind_at) DO UPDATE SET state = 'planned'""",
            user_id, await self.tasks_of(user_id, reminder_id), until,
        )  # fmt: skip

    async def reminders_of(self, user_id: str, task_id: int, now: datetime) -> list[dict[str, Any]]:
        rows = await self._db.fetch(
            f"{_REMINDER} AND r.task_id = $3 ORDER BY r.remind_at DESC, r.id LIMIT 200",
            user_id, now, task_id,
        )  # fmt: skip
        ledger = await self._deliveries(user_id, [row["id"] for row in rows])
        return [
            {**row, **_unsent(row, ledger[row["id"]]), "deliveries": ledger[row["id"]]}
            for row in rows
        ]

    async def deliveries_of(self, user_id: str, reminder_id: int, now: datetime) -> dict[str, Any]:
        row = await self._db.fetchrow(f"{_REMINDER} AND r.id = $3", user_id, now, reminder_id)
        if row is None:
            raise NotFound("There is no such reminder.")
        items = (await self._deliveries(user_id, [reminder_id]))[reminder_id]
        return {**_unsent(row, items), "items": items}

    async def _deliveries(
        self, user_id: str, reminder_ids: Sequence[int]
    ) -> Mapping[int, list[Mapping[str, Any]]]:
        rows = await self._db.fetch(
            f"""SELECT d.reminder_id, {_DELIVERY} FROM delivery d LEFT JOIN channel c ON c.id = d.channel_id
                WHERE d.user_id = $1 AND d.reminder_id = ANY($2::bigint[])
                ORDER BY c.step NULLS FIRST, d.channel""",
            user_id,
            reminder_ids,
        )
        ledger: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            # What the bell told went nowhere, and a channel that was removed has no name any more.
            to = row["kind"] and (row["name"] or label(row["kind"], row["config"]))
            ledger[row["reminder_id"]].append({**row, "to": to})
        return ledger


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
