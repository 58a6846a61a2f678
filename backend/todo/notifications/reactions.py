"""What todo-notification does when a reminder falls due: the bell at once, and a ledger row per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from todo.domain.errors import Invalid
from todo.domain.events import NOTIFICATION_CREATED, SCHEMA_VERSION, Event, Topic, rfc3339
from todo.domain.recurrence import local, to_utc
from todo.domain.reminder import digest_title
from todo.runtime import clock
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.runtime.observe import continue_trace

IN_APP = "in-app"

# Of each reminder: whether it is still worth a word, and how its user wants to hear of it.
_SITUATIONS = """
    SELECT due.n, a.timezone, a.quiet_from, a.quiet_until, a.escalate_after, a.nag_every,
           t.fate = 'open' AND t.deleted_at IS NULL
               AND t.due_date IS NOT DISTINCT FROM due.at::timestamptz AS relevant
    FROM unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS due(user_id, task_id, at, n)
    JOIN account a ON a.id = due.user_id JOIN task t ON t.user_id = a.id AND t.id = due.task_id
    ORDER BY due.n
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
_BELLS = """
    INSERT INTO notification (user_id, task_id, reminder_id, title, body, due_at, late_seconds, created_at)
    SELECT due.*, $8
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::int[]) due
    ON CONFLICT (reminder_id) DO NOTHING RETURNING reminder_id, id
"""
# The ledger of each: the bell, which has rung, and the user's channels, each at its turn.
_LEDGER = """
    INSERT INTO delivery (id, user_id, reminder_id, channel_id, channel, state, payload, attempt, next_try_at,
                          sent_at, late_seconds)
    SELECT gen_random_uuid(), due.user_id, due.reminder_id, its.*, due.late_seconds
    FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::timestamptz[], $5::interval[], $6::int[])
        AS due(user_id, reminder_id, payload, start, step, late_seconds)
    CROSS JOIN LATERAL (
        SELECT NULL::bigint, $8::text, 'sent', due.payload, 1, NULL::timestamptz, $7::timestamptz
        UNION ALL
        SELECT c.id, c.kind || ':' || c.id, 'planned', due.payload, 0, due.start + c.step * due.step, NULL
        FROM channel c WHERE c.user_id = due.user_id AND c.enabled) its
    ON CONFLICT (reminder_id, channel) DO NOTHING
"""
_NAG = """
    INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
    SELECT user_id, task_id, 'nag', due_date, $2 FROM reminder WHERE id = $1
    ON CONFLICT DO NOTHING
"""
# Fired, but the task was done, moved or deleted before anybody was told; likewise what they were to tell for.
_TOO_LATE = """
    UPDATE reminder r SET state = 'cancelled', superseded_by = NULL FROM task t
    WHERE (r.id = ANY($1::bigint[]) OR r.superseded_by = ANY($1::bigint[] || $2::bigint[])) AND t.id = r.task_id
        AND NOT (t.fate = 'open' AND t.deleted_at IS NULL AND t.due_date IS NOT DISTINCT FROM r.due_date)
        AND NOT EXISTS (SELECT FROM notification n WHERE n.reminder_id IN (r.id, r.superseded_by))
"""


@dataclass(frozen=True, slots=True)
class _Due:
    """A reminder that is worth a word, and the words."""

    envelope: Envelope
    account: asyncpg.Record
    title: str
    body: str

    @property
    def data(self) -> Mapping[str, Any]:
        return self.envelope.data

    @property
    def reminder_id(self) -> int:
        found: int = self.data["reminder_id"]
        return found

    @property
    def late_seconds(self) -> int:
        return int(self.data.get("late_seconds") or 0)


async def ring(envelopes: Sequence[Envelope], unit: Unit) -> None:
    """Ten thousand may be due in one minute, so all of a transaction's reminders go together."""
    for envelope in envelopes:
        _check(envelope.data)
    now = clock.now()
    relevant = await _relevant(envelopes, unit)
    told = {due.reminder_id for due in relevant}
    dropped = {envelope.data["reminder_id"] for envelope in envelopes} - told
    digests = {due.reminder_id for due in relevant if due.body}
    if dropped or digests:
        await unit.connection.execute(_TOO_LATE, list(dropped), list(digests))
    bells = await _ring_bells(relevant, unit, now)
    if not bells:
        return
    rung = [due for due, _ in bells]
    unit.write(
        _LEDGER,
        [due.data["user_id"] for due in rung],
        [due.reminder_id for due in rung],
        [dict(due.data) for due in rung],
        [quiet_end(now, due.account) or now for due in rung],
        [timedelta(minutes=due.account["escalate_after"] or 0) for due in rung],
        [due.late_seconds for due in rung],
        now,
        IN_APP,
    )
    for due, notification_id in bells:
        continue_trace(due.envelope.traceparent)
        unit.emit(_rung(due, notification_id, now))
        if due.account["nag_every"]:
            again = now + timedelta(minutes=due.account["nag_every"])
            unit.write(_NAG, due.reminder_id, again)
    unit.wake("deliveries")


def _check(data: Mapping[str, Any]) -> None:
    of_whom = (data.get("user_id"), data.get("task_id"), data.get("reminder_id"))
    if tuple(map(type, of_whom)) != (str, int, int):
        raise Invalid("a reminder event without user, task or reminder")


async def _relevant(envelopes: Sequence[Envelope], unit: Unit) -> list[_Due]:
    """Without those whose tasks were done, moved or deleted meanwhile."""
    situations = await unit.connection.fetch(
        _SITUATIONS,
        [envelope.data["user_id"] for envelope in envelopes],
        [envelope.data["task_id"] for envelope in envelopes],
        [envelope.data.get("due_at") for envelope in envelopes],
    )
    found: list[_Due] = []
    for account in situations:
        envelope = envelopes[account["n"] - 1]
        data = envelope.data
        if not data.get("items"):
            if account["relevant"]:
                found.append(_Due(envelope, account, str(data.get("title", "")), ""))
        elif items := await unit.connection.fetchval(_ITEMS, data["user_id"], data["items"]):
            title = digest_title(items, late=bool(data.get("late_seconds")))
            found.append(_Due(envelope, account, title, "\n".join(items)))
    return found


async def _ring_bells(
    relevant: Sequence[_Due], unit: Unit, now: datetime
) -> list[tuple[_Due, int]]:
    """Those that nobody was told of yet, each with its notification."""
    rows = await unit.connection.fetch(
        _BELLS,
        [due.data["user_id"] for due in relevant],
        [due.data["task_id"] for due in relevant],
        [due.reminder_id for due in relevant],
        [due.title for due in relevant],
        [due.body for due in relevant],
        [
            datetime.fromisoformat(at) if (at := due.data.get("due_at")) else None
            for due in relevant
        ],
        [due.late_seconds for due in relevant],
        now,
    )
    by_reminder = {due.reminder_id: due for due in relevant}
    return [(by_reminder[row["reminder_id"]], row["id"]) for row in rows]


def _rung(due: _Due, notification_id: int, now: datetime) -> Event:
    data = due.data
    notification = {
        "id": notification_id,
        "task_id": data["task_id"],
        "reminder_id": data["reminder_id"],
        "title": due.title,
        "body": due.body,
        "due_at": data.get("due_at"),
        "late_seconds": due.late_seconds,
        "created_at": rfc3339(now),
        "read_at": None,
        "acknowledged_at": None,
    }
    return Event(
        Topic.TASK_UPDATES,
        NOTIFICATION_CREATED,
        data["user_id"],
        {
            "version": SCHEMA_VERSION,
            "event_type": "reminder_due",
            "task_id": data["task_id"],
            "user_id": data["user_id"],
            "notification": notification,
            "timestamp": rfc3339(now),
        },
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
