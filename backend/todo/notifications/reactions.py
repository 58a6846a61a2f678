"""What todo-notification does when a reminder falls due: the bell at once, and a ledger row per channel."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from todo.domain.errors import Invalid
from todo.domain.events import NOTIFICATION_CREATED, SCHEMA_VERSION, Event, Topic, rfc3339
from todo.domain.recurrence import local, to_utc
from todo.domain.reminder import digest_title
from todo.runtime import clock
from todo.runtime.envelope import Envelope
from todo.runtime.unit import Unit

IN_APP = "in-app"

_SITUATION = """
    SELECT a.timezone, a.quiet_from, a.quiet_until, a.escalate_after, a.nag_every,
           t.fate = 'open' AND t.deleted_at IS NULL
               AND t.due_date IS NOT DISTINCT FROM ($3::text)::timestamptz AS relevant
    FROM account a JOIN task t ON t.user_id = a.id AND t.id = $2 WHERE a.id = $1
"""
# Of a digest's items, in their order, those whose tasks still wait for what they were to be reminded of.
RELEVANT_ITEMS = """
    SELECT i.item->>'title' FROM jsonb_array_elements({items}) WITH ORDINALITY AS i(item, n)
    JOIN task m ON m.id = (i.item->>'task_id')::bigint AND m.user_id = {user_id}
        AND m.fate = 'open' AND m.deleted_at IS NULL
        AND m.due_date IS NOT DISTINCT FROM (i.item->>'due_at')::timestamptz
    ORDER BY i.n
"""
_ITEMS = f"SELECT ARRAY({RELEVANT_ITEMS.format(items='$2::jsonb', user_id='$1::text')})"
_BELL = """
    INSERT INTO notification (user_id, task_id, reminder_id, title, body, due_at, late_seconds, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (reminder_id) DO NOTHING RETURNING id
"""
_PLAN = """
    INSERT INTO delivery (id, user_id, reminder_id, channel_id, channel, state, payload, next_try_at, sent_at,
                          late_seconds)
    SELECT gen_random_uuid(), $1, $2, c.id, c.kind || ':' || c.id, 'planned', $3,
           $4::timestamptz + c.step * $5::interval, NULL, $6
    FROM channel c WHERE c.user_id = $1 AND c.enabled
    ON CONFLICT (reminder_id, channel) DO NOTHING
"""


async def notify_user(envelope: Envelope, unit: Unit) -> None:
    data = envelope.data
    user_id, task_id, reminder_id = (
        data.get("user_id"),
        data.get("task_id"),
        data.get("reminder_id"),
    )
    if not (isinstance(user_id, str) and isinstance(task_id, int) and isinstance(reminder_id, int)):
        raise Invalid("a reminder event without user, task or reminder")
    now = clock.now()
    situation = await unit.connection.fetchrow(_SITUATION, user_id, task_id, data.get("due_at"))
    if situation is None:
        return
    items: list[str] = []
    if data.get("items"):
        items = await unit.connection.fetchval(_ITEMS, user_id, data["items"])
    if not (items or (situation["relevant"] and not data.get("items"))):
        return  # done, moved or deleted meanwhile
    await _ring(data, items, user_id, task_id, reminder_id, unit, now)
    start = quiet_end(now, situation) or now
    step = timedelta(minutes=situation["escalate_after"] or 0)
    late = int(data.get("late_seconds") or 0)
    await unit.connection.execute(_PLAN, user_id, reminder_id, dict(data), start, step, late)
    if situation["nag_every"]:
        await unit.connection.execute(
            """INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
               SELECT user_id, task_id, 'nag', due_date, $2 FROM reminder WHERE id = $1
               ON CONFLICT DO NOTHING""",
            reminder_id,
            now + timedelta(minutes=situation["nag_every"]),
        )
    unit.wake("deliveries")


async def _ring(
    data: Mapping[str, Any],
    items: Sequence[str],
    user_id: str,
    task_id: int,
    reminder_id: int,
    unit: Unit,
    now: datetime,
) -> None:
    late = int(data.get("late_seconds") or 0)
    title, body = str(data.get("title", "")), ""
    if items:
        title, body = digest_title(items, late=bool(late)), "\n".join(items)
    due_at = datetime.fromisoformat(data["due_at"]) if data.get("due_at") else None
    bell = await unit.connection.fetchval(
        _BELL, user_id, task_id, reminder_id, title, body, due_at, late, now
    )
    if bell is None:
        return
    await unit.connection.execute(
        """INSERT INTO delivery (id, user_id, reminder_id, channel, state, payload, attempt, sent_at, late_seconds)
           VALUES ($1, $2, $3, $4, 'sent', $5, 1, $6, $7) ON CONFLICT (reminder_id, channel) DO NOTHING""",
        uuid4(), user_id, reminder_id, IN_APP, dict(data), now, late,
    )  # fmt: skip
    notification = {
        "id": bell,
        "task_id": task_id,
        "reminder_id": reminder_id,
        "title": title,
        "body": body,
        "due_at": data.get("due_at"),
        "late_seconds": late,
        "created_at": rfc3339(now),
        "read_at": None,
        "acknowledged_at": None,
    }
    unit.emit(
        Event(
            Topic.TASK_UPDATES,
            NOTIFICATION_CREATED,
            user_id,
            {
                "version": SCHEMA_VERSION,
                "event_type": "reminder_due",
                "task_id": task_id,
                "user_id": user_id,
                "notification": notification,
                "timestamp": rfc3339(now),
            },
        )
    )


def quiet_end(now: datetime, account: Mapping[str, Any] | asyncpg.Record) -> datetime | None:
    """When the quiet hours that `now` lies in are over; None outside of them. The bell never waits."""
    begin, end, timezone = account["quiet_from"], account["quiet_until"], account["timezone"]
    if begin is None or end is None or begin == end:
        return None
    wall = local(now, timezone)
    minute = f"{wall:%H:%M}"
    overnight = begin > end
    inside = (minute >= begin or minute < end) if overnight else begin <= minute < end
    if not inside:
        return None
    over = wall.replace(hour=int(end[:2]), minute=int(end[3:]), second=0, microsecond=0)
    if over <= wall:
        over += timedelta(days=1)
    return to_utc(over, timezone)
