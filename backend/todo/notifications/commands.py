"""What may be done to notifications, and the first channel of a new account."""

from collections.abc import Sequence
from datetime import datetime

from todo.domain.reminder import DeliveryState
from todo.notifications.store import ChannelStore
from todo.reminders import commands as reminders
from todo.runtime.db.unit import Unit

_SEEN = """
    UPDATE notification SET read_at = coalesce(read_at, $3)
    WHERE user_id = $1 AND reminder_id = ANY($2::bigint[])
"""
SEEN_ELSEWHERE = "You had already seen the reminder elsewhere."
_STOP_SENDING = f"""
    UPDATE delivery SET
        state = CASE WHEN state = '{DeliveryState.SENT}' THEN '{DeliveryState.ACKNOWLEDGED}'
                     ELSE '{DeliveryState.CANCELLED}' END,
        acknowledged_at = CASE WHEN state = '{DeliveryState.SENT}' THEN $3::timestamptz END,
        reason = CASE WHEN state = '{DeliveryState.SENT}' THEN reason ELSE '{SEEN_ELSEWHERE}' END,
        next_try_at = NULL, lease_token = NULL
    WHERE user_id = $1 AND reminder_id = ANY($2::bigint[]) AND state IN
        ('{DeliveryState.SENT}', '{DeliveryState.PLANNED}', '{DeliveryState.FAILED}', '{DeliveryState.CLAIMED}')
"""


async def add_first_channel(user_id: str, email: str, unit: Unit) -> None:
    """A new account is reminded by mail at the address it signed up with."""
    await ChannelStore(unit.connection).add(user_id, "email", "", {"address": email}, step=0)


async def move_channels(user_id: str, old: str, new: str, unit: Unit) -> None:
    """The account has another address: reminders that went to the old one follow."""
    await unit.connection.execute(
        """UPDATE channel SET config = jsonb_build_object('address', $3::text)
           WHERE user_id = $1 AND kind = 'email' AND lower(config->>'address') = lower($2)""",
        user_id, old, new,
    )  # fmt: skip


def acknowledge(user_id: str, reminder_ids: Sequence[int], unit: Unit, now: datetime) -> None:
    """Seen in one place: stop sending these reminders through the other channels."""
    unit.write(_SEEN, user_id, reminder_ids, now)
    unit.write(_STOP_SENDING, user_id, reminder_ids, now)
    reminders.acknowledge(user_id, reminder_ids, unit, now)


def snooze(
    user_id: str,
    reminder_id: int,
    task_ids: Sequence[int],
    until: datetime,
    unit: Unit,
    now: datetime,
) -> None:
    acknowledge(user_id, [reminder_id], unit, now)
    reminders.snooze(user_id, task_ids, until, unit)
