"""Reactions of todo-audit: one row of `audit_log` per event. Idempotent, so a replay rebuilds the log."""

from uuid import UUID

from todo.db.relations import ALL_ACCOUNTS
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.runtime.settings import Settings

# A replay must not bring back the history of a deleted account.
_INSERT = f"""
    INSERT INTO audit_log (event_id, type, event_type, user_id, task_id, actor, data, at)
    SELECT $1::uuid, $2::text, $3::text, a.id, $5::bigint, $6::text, $7::jsonb, $8::timestamptz
    FROM ({ALL_ACCOUNTS}) a WHERE a.id = $4::text
    ON CONFLICT (event_id) DO NOTHING
"""


def retention(settings: Settings) -> tuple[str, ...]:
    """A user sees the history of a task, so it is kept for ever unless the operator limits it."""
    if settings.keep_history_days is None:
        return ()
    return (
        f"DELETE FROM audit_log WHERE at < now() - interval '{settings.keep_history_days} days'",
    )


async def record(envelope: Envelope, unit: Unit) -> None:
    data = envelope.data
    task_id = data.get("task_id")
    unit.write(
        _INSERT,
        UUID(str(envelope.id)),
        envelope.type,
        str(data.get("event_type") or "reminder_due"),
        str(data.get("user_id", "")),
        task_id if isinstance(task_id, int) else None,
        str(data.get("actor") or "system"),
        dict(data),
        envelope.time,
    )  # fmt: skip
