"""The ledger's worker: claims what is due, sends it, and writes down how it went.

A claim is a lease with a token. Right before sending, the claim is confirmed in the database; a process that was
paused past its lease finds the token gone and does not send. Between that check and the receiver's answer a crash
can still repeat a message: the delivery's id goes along as idempotency key (Message-ID, webhook-id, push topic).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from todo.db.relations import ACCOUNTS, TASKS
from todo.domain.reminder import DeliveryState, digest_title
from todo.notifications import links
from todo.notifications.links import Action
from todo.notifications.reactions import RELEVANT_ITEMS
from todo.notifications.senders import SENDERS, DeliveryFailed, Message, Sender, SendingSettings
from todo.notifications.sending_settings import link_secret, sending_settings
from todo.reminders.queries import REMINDERS, still_relevant
from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.observe import log

LEASE = timedelta(seconds=60)
_SEND_TIMEOUT = 30  # well inside the lease
_LAST_SECONDS = 5  # of a stop: what is claimed then would wait for its lease to lapse
_AT_ONCE = 20
_POLL_SECONDS = 5.0
_BACKOFF = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 7200, 14400))
_LINKS_LAST = timedelta(days=7)

_TO_SEND = f"('{DeliveryState.PLANNED}', '{DeliveryState.CLAIMED}', '{DeliveryState.FAILED}')"
# The lease of a claimed row ends at its next_try_at.
_CLAIM = f"""
    UPDATE delivery d SET state = '{DeliveryState.CLAIMED}', lease_token = $2, attempt = attempt + 1,
        next_try_at = $1 + $3::interval
    FROM (SELECT id FROM delivery WHERE state IN {_TO_SEND} AND next_try_at <= $1
          ORDER BY next_try_at LIMIT {_AT_ONCE} FOR UPDATE SKIP LOCKED) due
    WHERE d.id = due.id
    RETURNING d.id, d.user_id, d.reminder_id, d.channel_id, d.payload, d.attempt, d.late_seconds
"""
_CONFIRM = f"""
    SELECT c.kind, c.config, c.enabled, a.timezone, t.description,
           ARRAY({RELEVANT_ITEMS.format(items="d.payload->'items'", user_id="d.user_id")}) AS items,
           r.acknowledged_at IS NOT NULL AS acknowledged,
           {still_relevant("t", "($3::text)::timestamptz")} AS relevant
    FROM delivery d JOIN ({REMINDERS}) r ON r.id = d.reminder_id JOIN ({TASKS}) t ON t.id = r.task_id
    JOIN ({ACCOUNTS}) a ON a.id = d.user_id LEFT JOIN channel c ON c.id = d.channel_id
    WHERE d.id = $1 AND d.lease_token = $2 AND d.state = '{DeliveryState.CLAIMED}' AND d.next_try_at > $4
"""
_NEXT = f"SELECT min(next_try_at) FROM delivery WHERE state IN {_TO_SEND}"


class Senders:
    """One sender per kind, made when first needed."""

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings
        self._senders: dict[str, Sender] = {}

    def of(self, kind: str) -> Sender:
        if kind not in self._senders:
            self._senders[kind] = SENDERS[kind](self._settings)
        return self._senders[kind]

    async def aclose(self) -> None:
        for sender in self._senders.values():
            await sender.aclose()


class Deliverer:
    def __init__(self, database: Database, senders: Senders, secret: bytes, origin: str) -> None:
        self._database = database
        self._senders = senders
        self._secret = secret
        self._origin = origin

    async def deliver_due(self, now: datetime) -> int:
        """One batch; how many deliveries were claimed. A cancellation lets it come to its end, for a while."""
        batch = asyncio.create_task(self._claim_and_send(now))
        try:
            return await asyncio.shield(batch)
        except asyncio.CancelledError:
            await asyncio.wait({batch}, timeout=_LAST_SECONDS)
            batch.cancel()
            await asyncio.gather(batch, return_exceptions=True)
            raise

    async def _claim_and_send(self, now: datetime) -> int:
        token = uuid4()
        rows = await self._database.pool.fetch(_CLAIM, now, token, LEASE)
        await asyncio.gather(*(self._deliver(row, token) for row in rows))
        return len(rows)

    async def _deliver(self, row: asyncpg.Record, token: Any) -> None:
        found = await self._database.pool.fetchrow(
            _CONFIRM, row["id"], token, row["payload"].get("due_at"), clock.now()
        )
        if found is None:
            log.warning(
                "a delivery was claimed by another process meanwhile", delivery=str(row["id"])
            )
            return
        if found["acknowledged"]:
            await self._finish(
                row, token, DeliveryState.CANCELLED, reason="You had seen it elsewhere by then."
            )
        elif not (found["items"] if row["payload"].get("items") else found["relevant"]):
            await self._finish(
                row,
                token,
                DeliveryState.CANCELLED,
                reason="The task was done, moved or deleted meanwhile.",
            )
        elif not found["enabled"]:
            await self._finish(
                row,
                token,
                DeliveryState.CANCELLED,
                reason="The channel was removed or switched off.",
            )
        else:
            await self._send(row, token, found)

    async def _send(self, row: asyncpg.Record, token: Any, found: asyncpg.Record) -> None:
        message = self._message(row, found)
        try:
            async with asyncio.timeout(_SEND_TIMEOUT):
                await self._senders.of(found["kind"]).send(found["config"], message)
        except DeliveryFailed as failure:
            await self._failed(row, token, failure)
        except TimeoutError:
            await self._failed(row, token, DeliveryFailed("The receiver did not answer in time."))
        except Exception as error:
            log.exception("a sender failed in an unforeseen way", delivery=str(row["id"]))
            await self._failed(
                row, token, DeliveryFailed(f"Sending failed ({type(error).__name__}).")
            )
        else:
            await self._finish(row, token, DeliveryState.SENT, sent_at=clock.now())

    def _message(self, row: asyncpg.Record, found: asyncpg.Record) -> Message:
        data: Mapping[str, Any] = row["payload"]
        expires = clock.now() + _LINKS_LAST

        def link(action: Action) -> str:
            signed = links.sign(self._secret, action, row["id"], row["user_id"], expires)
            return f"{self._origin}/api/links/{action}/{signed}"

        message = Message(
            delivery_id=row["id"],
            user_id=row["user_id"],
            reminder_id=row["reminder_id"],
            task_id=data["task_id"],
            title=str(data["title"]),
            body=found["description"] or "",
            due_at=datetime.fromisoformat(data["due_at"]) if data.get("due_at") else None,
            late_seconds=row["late_seconds"],
            timezone=str(data.get("timezone") or found["timezone"]),
            url=f"{self._origin}/?task={data['task_id']}",
            done_url=link(Action.DONE),
            snooze_url=link(Action.SNOOZE),
            all_day=bool(data.get("all_day")),
        )
        if not found["items"]:
            return message
        # Of many tasks: none of them can be done or snoozed by one link.
        return replace(
            message,
            title=digest_title(found["items"], late=bool(row["late_seconds"])),
            body="",
            due_at=None,
            url=self._origin,
            done_url=None,
            snooze_url=None,
            items=tuple(found["items"]),
        )

    async def _failed(self, row: asyncpg.Record, token: Any, failure: DeliveryFailed) -> None:
        attempt = row["attempt"]
        again: datetime | None = None
        if not failure.permanent and attempt <= len(_BACKOFF):
            delay = _BACKOFF[attempt - 1]
            if failure.retry_after:
                delay = max(delay, timedelta(seconds=min(failure.retry_after, 86_400)))
            again = clock.now() + delay
        await self._finish(
            row, token, DeliveryState.FAILED, reason=failure.reason, next_try_at=again
        )
        if failure.gone and row["channel_id"] is not None:
            await self._database.pool.execute(
                "DELETE FROM channel WHERE id = $1", row["channel_id"]
            )

    async def _finish(
        self,
        row: asyncpg.Record,
        token: Any,
        state: DeliveryState,
        *,
        reason: str | None = None,
        sent_at: datetime | None = None,
        next_try_at: datetime | None = None,
    ) -> None:
        """Only the lease's holder writes; for another it changes nothing."""
        await self._database.pool.execute(
            """UPDATE delivery SET state = $3, reason = $4, sent_at = $5, next_try_at = $6, lease_token = NULL
               WHERE id = $1 AND lease_token = $2""",
            row["id"], token, state, reason, sent_at, next_try_at,
        )  # fmt: skip


async def deliver(context: Context) -> None:
    """Companion of todo-notification; replicas share the work by claiming different rows."""
    woken = asyncio.Event()
    context.db.listen("deliveries", woken.set)
    senders = Senders(await sending_settings(context))
    deliverer = Deliverer(context.db, senders, await link_secret(context), context.settings.origin)
    try:
        while True:
            woken.clear()
            try:
                if await deliverer.deliver_due(clock.now()):
                    continue
                following: datetime | None = await context.db.pool.fetchval(_NEXT)
            except UNREACHABLE as error:
                log.warning("deliveries wait for the database", reason=str(error))
                await asyncio.sleep(1)
                continue
            wait = _POLL_SECONDS
            if following is not None:
                wait = min(wait, max((following - clock.now()).total_seconds(), 0.01))
            try:
                async with asyncio.timeout(wait):
                    await woken.wait()
            except TimeoutError:
                continue
    finally:
        await senders.aclose()
