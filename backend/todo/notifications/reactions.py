"""What todo-notification does when a reminder is due: a notification at once, and a delivery per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from todo.db.relations import ACCOUNTS, TASKS
from todo.domain.errors import Invalid
from todo.domain.events import NOTIFICATION_CREATED, SCHEMA_VERSION, Event, Topic, rfc3339
from todo.domain.recurrence import local, to_utc
from todo.domain.reminder import LATE_AFTER, DeliveryState, digest_title
from todo.notifications.store import IN_APP
from todo.reminders import commands as reminders
from todo.reminders.queries import still_relevant
from todo.runtime import metrics
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.runtime.http import rates
from todo.runtime.observe import continue_trace

# Beyond this, reminders are not repeated until the next day.
_MOST_NAGS = "500/day"
# For each reminder: whether it still matters, whether it was shown before, and its user's settings.
_SITUATIONS = f"""
    SELECT due.n, a.timezone, a.quiet_from, a.quiet_until, a.escalate_after, a.nag_every,
           {still_relevant("t", "due.at::timestamptz")} AS relevant,
           EXISTS (SELECT FROM notification s WHERE s.reminder_id = due.reminder_id) AS shown
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
        WITH ORDINALITY AS due(user_id, task_id, at, reminder_id, n)
    JOIN ({ACCOUNTS}) a ON a.id = due.user_id JOIN ({TASKS}) t ON t.user_id = a.id AND t.id = due.task_id
    ORDER BY due.n
"""
# The titles of a digest's items, in their order, without those that no longer matter.
RELEVANT_ITEMS = f"""
    SELECT i.item->>'title' FROM jsonb_array_elements({{items}}) WITH ORDINALITY AS i(item, n)
    JOIN ({TASKS}) m ON m.id = (i.item->>'task_id')::bigint AND m.user_id = {{user_id}}
        AND {still_relevant("m", "(i.item->>'due_at')::timestamptz")}
    ORDER BY i.n
"""
_ITEMS = f"SELECT ARRAY({RELEVANT_ITEMS.format(items='$2::jsonb', user_id='$1::text')})"
_NOTIFICATIONS = """
    INSERT INTO notification (user_id, task_id, reminder_id, title, body, due_at, late_seconds, created_at)
    SELECT due.*, $8
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::int[]) due
    ON CONFLICT (reminder_id) DO NOTHING RETURNING reminder_id, id
"""
# The notification itself, already sent, and each of the user's channels after its escalation steps.
_DELIVERIES = f"""
    INSERT INTO delivery (id, user_id, reminder_id, channel_id, channel, state, payload, attempt, next_try_at,
                          sent_at, late_seconds)
    SELECT gen_random_uuid(), due.user_id, due.reminder_id, its.*, due.late_seconds
    FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::timestamptz[], $5::interval[], $6::int[])
        AS due(user_id, reminder_id, payload, start, step, late_seconds)
    CROSS JOIN LATERAL (
        SELECT NULL::bigint, '{IN_APP}', '{DeliveryState.SENT}', due.payload, 1, NULL::timestamptz, $7::timestamptz
        UNION ALL
        SELECT c.id, c.kind || ':' || c.id, '{DeliveryState.PLANNED}', due.payload, 0,
               due.start + c.step * due.step, NULL
        FROM channel c WHERE c.user_id = due.user_id AND c.enabled) its
    ON CONFLICT (reminder_id, channel) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class _Due:
    """A due reminder that still matters, with the text of its notification. Only a digest has a body."""

    envelope: Envelope
    account: asyncpg.Record
    title: str
    body: str
    late_seconds: int

    @property
    def data(self) -> Mapping[str, Any]:
        return self.envelope.data

    @property
    def reminder_id(self) -> int:
        found: int = self.data["reminder_id"]
        return found


async def notify(envelopes: Sequence[Envelope], unit: Unit) -> None:
    """All reminders of a transaction together: ten thousand may be due in one minute."""
    for envelope in envelopes:
        _check(envelope.data)
    now = unit.now()
    due = await _relevant(envelopes, unit, now)
    made = await _add_notifications(due, unit, now)
    if not made:
        return
    _plan_deliveries([reminder for reminder, _ in made], unit, now)
    for reminder, notification_id in made:
        continue_trace(reminder.envelope.traceparent, reminder.envelope.id)
        for _ in reminder.data.get("items") or (None,):  # each reminder of a digest counts
            metrics.reminder_lateness.observe(_lateness(reminder.envelope, unit.now()))
        unit.emit(_notification_created(reminder, notification_id, now))
        minutes = reminder.account["nag_every"]
        if minutes and rates.allows(_MOST_NAGS, "nag", str(reminder.envelope.data["user_id"])):
            reminders.nag(reminder.reminder_id, now + timedelta(minutes=minutes), unit)
    unit.wake("deliveries")


def _check(data: Mapping[str, Any]) -> None:
    ids = (data.get("user_id"), data.get("task_id"), data.get("reminder_id"))
    if tuple(map(type, ids)) != (str, int, int):
        raise Invalid("a reminder event without user, task or reminder")


async def _relevant(envelopes: Sequence[Envelope], unit: Unit, now: datetime) -> list[_Due]:
    """Those whose tasks are still open and due as planned; the others are withdrawn."""
    situations = await unit.connection.fetch(
        _SITUATIONS,
        [envelope.data["user_id"] for envelope in envelopes],
        [envelope.data["task_id"] for envelope in envelopes],
        [envelope.data.get("due_at") for envelope in envelopes],
        [envelope.data["reminder_id"] for envelope in envelopes],
    )
    relevant: list[_Due] = []
    irrelevant: list[int] = []
    for situation in situations:
        due = await _with_words(envelopes[situation["n"] - 1], situation, unit, now)
        if due is not None:
            relevant.append(due)
        elif not situation["shown"]:
            irrelevant.append(envelopes[situation["n"] - 1].data["reminder_id"])
    digests = [due.reminder_id for due in relevant if due.body and not due.account["shown"]]
    await reminders.withdraw(irrelevant, digests, unit)
    return relevant


async def _with_words(
    envelope: Envelope, situation: asyncpg.Record, unit: Unit, now: datetime
) -> _Due | None:
    data = envelope.data
    late = _late_seconds(envelope, now)
    if not data.get("items"):
        title = str(data.get("title", ""))
        return _Due(envelope, situation, title, "", late) if situation["relevant"] else None
    items = await unit.connection.fetchval(_ITEMS, data["user_id"], data["items"])
    if not items:
        return None
    return _Due(envelope, situation, digest_title(items, late=late > 0), "\n".join(items), late)


def _lateness(envelope: Envelope, now: datetime) -> float:
    """Seconds between the planned time and now. One that was held and fired on time counts from its firing."""
    until_fired = float(envelope.data.get("late_seconds") or 0)
    if not until_fired and (at := envelope.data.get("remind_at")):
        early = envelope.time - datetime.fromisoformat(str(at))
        until_fired = early.total_seconds() if early <= LATE_AFTER else 0.0
    return until_fired + (now - envelope.time).total_seconds()


def _late_seconds(envelope: Envelope, now: datetime) -> int:
    """Seconds between the planned time and now; 0 if too few to mention."""
    late = int(envelope.data.get("late_seconds") or 0)
    late += int((now - envelope.time).total_seconds())
    return late if late > LATE_AFTER.total_seconds() else 0


async def _add_notifications(
    relevant: Sequence[_Due], unit: Unit, now: datetime
) -> list[tuple[_Due, int]]:
    """Add notifications; returns those that had none yet, each with the id of its new one."""
    rows = await unit.connection.fetch(
        _NOTIFICATIONS,
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


def _plan_deliveries(notified: Sequence[_Due], unit: Unit, now: datetime) -> None:
    unit.write(
        _DELIVERIES,
        [due.data["user_id"] for due in notified],
        [due.reminder_id for due in notified],
        [dict(due.data) for due in notified],
        [quiet_end(now, due.account) or now for due in notified],
        [timedelta(minutes=due.account["escalate_after"] or 0) for due in notified],
        [due.late_seconds for due in notified],
        now,
    )


def _notification_created(due: _Due, notification_id: int, now: datetime) -> Event:
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
    """When the quiet hours around `now` end; None outside of them. They delay channels, not the notification."""
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
