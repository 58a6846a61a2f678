"""Reads the ledger: each reminder of a task, where it was sent, or why it was not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.db.relations import ACCOUNTS
from todo.domain.errors import NotFound
from todo.domain.reminder import Cause, ReminderState, reason_not_sent
from todo.notifications.channels import label
from todo.reminders.queries import REMINDERS

# $1: the user, $2: now. With the notification that covers a superseded reminder.
_REMINDER = f"""
    SELECT r.id, r.spec AS "offset", r.remind_at, r.state, r.cause, r.acknowledged_at,
           a.away_from <= $2 AND a.away_until > $2 AND r.remind_at <= $2 AS away,
           n.reminder_id AS told_id, n.task_id AS told_task_id, n.title AS told_title, n.created_at AS told_at,
           n.late_seconds > 0 AS late, n.body <> '' AS digest
    FROM ({REMINDERS}) r JOIN ({ACCOUNTS}) a ON a.id = r.user_id
    LEFT JOIN notification n ON n.reminder_id = r.superseded_by
    WHERE r.user_id = $1
"""
_DELIVERIES = """
    SELECT d.reminder_id, d.id, split_part(d.channel, ':', 1) AS channel, c.name, c.kind, c.config, d.state,
           d.attempt, d.next_try_at, d.sent_at, d.acknowledged_at, d.reason, d.late_seconds
    FROM delivery d LEFT JOIN channel c ON c.id = d.channel_id
    WHERE d.user_id = $1 AND d.reminder_id = ANY($2::bigint[])
    ORDER BY c.step NULLS FIRST, d.channel
"""


async def reminders_of(
    connection: PoolConnectionProxy, user_id: str, task_id: int, now: datetime
) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        f"{_REMINDER} AND r.task_id = $3 ORDER BY r.remind_at DESC, r.id LIMIT 200",
        user_id, now, task_id,
    )  # fmt: skip
    ledger = await _deliveries(connection, user_id, [row["id"] for row in rows])
    return [
        {**row, **_not_sent(row, ledger[row["id"]]), "deliveries": ledger[row["id"]]}
        for row in rows
    ]


async def deliveries_of(
    connection: PoolConnectionProxy, user_id: str, reminder_id: int, now: datetime
) -> dict[str, Any]:
    row = await connection.fetchrow(f"{_REMINDER} AND r.id = $3", user_id, now, reminder_id)
    if row is None:
        raise NotFound("There is no such reminder.")
    items = (await _deliveries(connection, user_id, [reminder_id]))[reminder_id]
    return {**_not_sent(row, items), "items": items}


async def _deliveries(
    connection: PoolConnectionProxy, user_id: str, reminder_ids: Sequence[int]
) -> Mapping[int, list[Mapping[str, Any]]]:
    ledger: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await connection.fetch(_DELIVERIES, user_id, reminder_ids):
        # None for the in-app notification and for a channel that was removed.
        to = row["kind"] and (row["name"] or label(row["kind"], row["config"]))
        ledger[row["reminder_id"]].append({**row, "to": to})
    return ledger


def _not_sent(row: asyncpg.Record, deliveries: Sequence[object]) -> dict[str, Any]:
    reason = told_by = None
    if not deliveries:
        reason = reason_not_sent(
            ReminderState(row["state"]),
            Cause(row["cause"]) if row["cause"] else None,
            away=row["away"],
            late=row["late"],
            digest=row["digest"],
        )
    if row["told_id"] is not None:
        told_by = {
            "reminder_id": row["told_id"],
            "task_id": row["told_task_id"],
            "title": row["told_title"],
            "at": row["told_at"],
        }
    return {"reason": reason, "told_by": told_by}
