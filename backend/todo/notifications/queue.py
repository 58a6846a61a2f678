"""The table `delivery` as a queue: a claim is a lease with the token of the process that holds it.

A lease is extended while its delivery runs, so it ends only if the process died or was stopped. A process that
continues after that finds another token and changes nothing. `may_have_arrived` in the payload marks a delivery
whose result is unknown: it is tried again, with the same idempotency key (Message-ID, webhook-id, push topic).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from todo.db.relations import ACCOUNTS, CONFIRMED, TASKS
from todo.domain.reminder import DeliveryState
from todo.notifications.limits import Full
from todo.notifications.reactions import RELEVANT_ITEMS
from todo.notifications.senders import EMAIL_HOST
from todo.reminders.queries import REMINDERS, still_relevant
from todo.runtime import metrics
from todo.runtime.db.database import Database
from todo.runtime.sampling import Sample

LEASE = timedelta(seconds=60)
_MAYBE_TWICE = "It may have arrived twice: an earlier attempt ended without an answer."

_RESTORED = "The server was restored from a backup; it may have been sent before that."
# After a restore: what may have been sent since the backup is not sent a second time.
AFTER_RESTORE = (
    f"""UPDATE delivery SET state = '{DeliveryState.FAILED}', next_try_at = NULL, lease_token = NULL,
        reason = '{_RESTORED}' WHERE next_try_at <= now()""",
)

_TO_SEND = f"('{DeliveryState.PLANNED}', '{DeliveryState.CLAIMED}', '{DeliveryState.FAILED}')"
# All mail goes through one server. An Apprise URL names its service; the others have a host.
_HOST = f"""CASE c.kind WHEN 'email' THEN '{EMAIL_HOST}'
    WHEN 'apprise' THEN split_part(c.config->>'url', ':', 1)
    ELSE coalesce(split_part(coalesce(c.config->>'url', c.config->>'endpoint'), '/', 3), '') END"""
_CANDIDATES = f"""
    SELECT d.id, d.user_id, d.channel_id, {_HOST} AS host
    FROM delivery d LEFT JOIN channel c ON c.id = d.channel_id
    WHERE d.state IN {_TO_SEND} AND d.next_try_at <= $1 AND d.id <> ALL($2::uuid[])
        AND d.user_id <> ALL($3::text[]) AND coalesce(d.channel_id, 0) <> ALL($4::bigint[])
        AND {_HOST} <> ALL($5::text[])
    ORDER BY d.next_try_at LIMIT $6
"""
# The lease of a claimed row ends at its next_try_at. A claimed row with an ended lease may have been sent.
_CLAIM = f"""
    UPDATE delivery d SET state = '{DeliveryState.CLAIMED}', lease_token = $2, attempt = attempt + 1,
        next_try_at = $1 + $3::interval,
        payload = CASE WHEN d.state = '{DeliveryState.CLAIMED}'
                       THEN d.payload || '{{"may_have_arrived": true}}' ELSE d.payload END
    FROM (SELECT id, next_try_at AS planned_at FROM delivery
          WHERE id = ANY($4::uuid[]) AND state IN {_TO_SEND} AND next_try_at <= $1
          FOR UPDATE SKIP LOCKED) due
    WHERE d.id = due.id
    RETURNING d.id, d.user_id, d.reminder_id, d.channel_id, d.payload, d.attempt, d.late_seconds,
        due.planned_at
"""
_CONFIRM = f"""
    SELECT c.kind, c.config, c.enabled, a.id IS NOT NULL AS in_use, a.timezone, t.description,
           c.kind <> 'email' OR EXISTS (SELECT FROM ({CONFIRMED}) x WHERE x.user_id = d.user_id
               AND x.address = lower(c.config->>'address')) AS confirmed,
           ARRAY({RELEVANT_ITEMS.format(items="d.payload->'items'", user_id="d.user_id")}) AS items,
           r.acknowledged_at IS NOT NULL AS acknowledged,
           {still_relevant("t", "($3::text)::timestamptz")} AS relevant
    FROM delivery d JOIN ({REMINDERS}) r ON r.id = d.reminder_id JOIN ({TASKS}) t ON t.id = r.task_id
    LEFT JOIN ({ACCOUNTS}) a ON a.id = d.user_id LEFT JOIN channel c ON c.id = d.channel_id
    WHERE d.id = $1 AND d.lease_token = $2 AND d.state = '{DeliveryState.CLAIMED}' AND d.next_try_at > $4
"""
_EXTEND = """
    UPDATE delivery SET next_try_at = $1::timestamptz + $2::interval
    WHERE id = ANY($3::uuid[]) AND lease_token = $4
"""
_FINISH = f"""
    UPDATE delivery SET state = $3, sent_at = $5, next_try_at = $6, lease_token = NULL,
        reason = CASE WHEN $3 = '{DeliveryState.SENT}' AND payload ? 'may_have_arrived' THEN '{_MAYBE_TWICE}'
                      ELSE $4 END,
        payload = CASE WHEN $7 THEN payload || '{{"may_have_arrived": true}}' ELSE payload END
    WHERE id = $1 AND lease_token = $2
"""
_RELEASE = f"""
    UPDATE delivery SET state = '{DeliveryState.PLANNED}', next_try_at = $3, lease_token = NULL,
        attempt = attempt - CASE WHEN $4 THEN 0 ELSE 1 END,
        payload = CASE WHEN $4 THEN payload || '{{"may_have_arrived": true}}' ELSE payload END
    WHERE id = $1 AND lease_token = $2
"""
_NEXT = f"""
    SELECT next_try_at FROM delivery WHERE state IN {_TO_SEND} AND next_try_at > $1
    ORDER BY next_try_at LIMIT 1
"""
_OLDEST_DUE = f"""
    SELECT split_part(channel, ':', 1), extract(epoch FROM clock_timestamp() - min(next_try_at))
    FROM delivery WHERE state IN {_TO_SEND} AND next_try_at <= now() GROUP BY 1
"""
SAMPLES = (Sample(_OLDEST_DUE, (metrics.deliveries_oldest_due,)),)


class DeliveryQueue:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._token = uuid4()

    async def candidates(
        self, now: datetime, running: Sequence[UUID], full: Full, limit: int
    ) -> Sequence[asyncpg.Record]:
        """Due deliveries that no full user, channel or host has to wait for, the oldest first."""
        return await self._database.pool.fetch(
            _CANDIDATES, now, running, full.users, full.channels, full.hosts, limit
        )

    async def claim(self, now: datetime, ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
        """Claim these; returns those that no other process has claimed meanwhile."""
        return await self._database.pool.fetch(_CLAIM, now, self._token, LEASE, ids)

    async def confirm(self, row: asyncpg.Record, now: datetime) -> asyncpg.Record | None:
        """What is needed to send a claimed delivery; None if its lease has ended."""
        return await self._database.pool.fetchrow(
            _CONFIRM, row["id"], self._token, row["payload"].get("due_at"), now
        )

    async def extend(self, now: datetime, running: Sequence[UUID]) -> None:
        await self._database.pool.execute(_EXTEND, now, LEASE, running, self._token)

    async def finish(
        self,
        delivery_id: UUID,
        state: DeliveryState,
        *,
        reason: str | None = None,
        sent_at: datetime | None = None,
        next_try_at: datetime | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        await self._database.pool.execute(
            _FINISH, delivery_id, self._token, state, reason, sent_at, next_try_at, may_have_arrived
        )

    async def release(self, delivery_id: UUID, now: datetime, *, may_have_arrived: bool) -> None:
        """Give a claimed delivery back at once, for another process."""
        await self._database.pool.execute(_RELEASE, delivery_id, self._token, now, may_have_arrived)

    async def next_due(self, now: datetime) -> datetime | None:
        following: datetime | None = await self._database.pool.fetchval(_NEXT, now)
        return following

    async def remove_channel(self, channel_id: int) -> None:
        await self._database.pool.execute("DELETE FROM channel WHERE id = $1", channel_id)
