"""Sends deliveries and records the results.

A pool sends as many deliveries as the limits allow, and claims only those that start at once. Right before
sending, the claim is confirmed in the database: a process that was stopped until its lease ended finds another
token and does not send.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from todo.domain.reminder import DeliveryState, digest_title
from todo.notifications import links
from todo.notifications.commands import SEEN_ELSEWHERE
from todo.notifications.limits import Limits, Route
from todo.notifications.links import Action
from todo.notifications.queue import LEASE, DeliveryQueue
from todo.notifications.senders import DeliveryFailed, Message, Senders
from todo.notifications.sending_settings import link_secret, sending_settings
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.observe import log

T = TypeVar("T")

# Seconds. Each sender has a shorter timeout of its own; this is the safety net.
_LONGEST_SEND = 900
_LAST_SECONDS = 5  # given to running deliveries when the process stops
_ROUNDS = 10
_POLL_SECONDS = 2.0  # also how soon a jump of the clock is noticed
_RETRY_SECONDS = 0.5  # while the database is away
_BACKOFF = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 7200, 14400))
_LINKS_LAST = timedelta(days=7)


class Deliverer:
    def __init__(
        self,
        database: Database,
        senders: Senders,
        secret: bytes,
        origin: str,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake` is called when a delivery ends and another one may have waited for its place."""
        self._clock = database.clock
        self._queue = DeliveryQueue(database)
        self._senders = senders
        self._secret = secret
        self._origin = origin
        self._wake = wake
        self._limits = Limits(senders.limit)
        self._claiming: asyncio.Task[int] | None = None
        self.running: dict[UUID, asyncio.Task[None]] = {}

    async def start_due(self, now: datetime) -> int:
        """Start what is due, as far as the limits allow; return how many."""
        started = 0
        for _ in range(_ROUNDS):
            if not (room := self._limits.free):
                break
            rows = await self._queue.candidates(now, [*self.running], self._limits.full(), room)
            # `stop` waits for this task: a claim without a delivery would block its row until the lease ends.
            self._claiming = asyncio.create_task(self._claim_and_start(rows, now))
            started += await asyncio.shield(self._claiming)
            if len(rows) < room:
                break
        return started

    async def _claim_and_start(self, rows: Sequence[asyncpg.Record], now: datetime) -> int:
        routes = {row["id"]: Route(row["user_id"], row["channel_id"], row["host"]) for row in rows}
        taken = {id_: route for id_, route in routes.items() if self._limits.take(route)}
        claimed: dict[UUID, asyncpg.Record] = {}
        try:
            if taken:
                claimed = {row["id"]: row for row in await self._queue.claim(now, [*taken])}
        finally:
            for id_, route in taken.items():
                if id_ not in claimed:
                    self._limits.leave(route)
        for id_, row in claimed.items():
            self.running[id_] = asyncio.create_task(self._run(row, taken[id_]))
        return len(claimed)

    async def seconds_to_next(self, now: datetime) -> float:
        """Seconds until a delivery may start that could not start at `now`."""
        waits = [_POLL_SECONDS]
        if (following := await self._queue.next_due(now)) is not None:
            waits.append((following - self._clock.now()).total_seconds())
        if (pause := self._limits.next_pause_ends()) is not None:
            waits.append(pause)
        return max(min(waits), 0.01)

    async def keep_leases(self) -> None:
        """Extend the leases of the running deliveries, so that no other process sends them."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            try:
                with suppress(*UNREACHABLE):
                    await self._queue.extend(await self._clock.read(), [*self.running])
            except Exception:
                log.exception("leases of deliveries were not extended; it is tried again")

    async def stop(self) -> None:
        """Wait a few seconds for the running deliveries, then cancel and release them."""
        if self._claiming is not None:
            await asyncio.wait({self._claiming})
        if tasks := list(self.running.values()):
            await asyncio.wait(tasks, timeout=_LAST_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, row: asyncpg.Record, route: Route) -> None:
        sending = False
        try:
            if (found := await self._relevant(row)) is not None:
                sending = True
                await self._send(row, found)
        except asyncio.CancelledError:
            with suppress(*UNREACHABLE):
                await self._queue.release(row["id"], self._clock.now(), may_have_arrived=sending)
            raise
        except Exception:
            # It is tried again when its lease ends.
            log.exception("a delivery failed unexpectedly", delivery=str(row["id"]))
        finally:
            del self.running[row["id"]]
            if self._limits.leave(route):
                self._wake()

    async def _relevant(self, row: asyncpg.Record) -> asyncpg.Record | None:
        """What is needed to send. None if another process has it, or if it was cancelled here."""
        found = await _until_reachable(lambda: self._confirm(row))
        if found is None:
            log.warning("a delivery was claimed by another process", delivery=str(row["id"]))
            metrics.delivery_claims_lost.inc()
            return None
        reason = _reason_to_cancel(row, found, can_mail=self._senders.can_mail)
        if reason is None:
            return found
        await self._finish(row, DeliveryState.CANCELLED, reason=reason)
        metrics.deliveries.labels(found["kind"] or "removed", "cancelled").inc()
        return None

    async def _confirm(self, row: asyncpg.Record) -> asyncpg.Record | None:
        return await self._queue.confirm(row, await self._clock.read())

    async def _send(self, row: asyncpg.Record, found: asyncpg.Record) -> None:
        failure = await self._attempt(row, found)
        if failure is not None:
            metrics.deliveries.labels(found["kind"], "failed").inc()
            await self._failed(row, failure)
            return
        now = self._clock.now()
        metrics.deliveries.labels(found["kind"], "sent").inc()
        metrics.delivery_lateness.labels(found["kind"]).observe(
            (now - row["planned_at"]).total_seconds()
        )
        self._limits.succeeded(row["channel_id"])
        await self._finish(row, DeliveryState.SENT, sent_at=now)

    async def _attempt(self, row: asyncpg.Record, found: asyncpg.Record) -> DeliveryFailed | None:
        """Send the message once; None if it was sent."""
        try:
            sender, message = self._senders.of(found["kind"]), self._message(row, found)
            async with asyncio.timeout(_LONGEST_SEND):
                await sender.send(found["config"], message)
        except DeliveryFailed as failure:
            return failure
        except TimeoutError:
            return DeliveryFailed("The receiver did not answer in time.", may_have_arrived=True)
        except Exception as error:
            log.exception("a sender raised an unexpected exception", delivery=str(row["id"]))
            return DeliveryFailed(f"Sending failed ({type(error).__name__}).")
        return None

    def _message(self, row: asyncpg.Record, found: asyncpg.Record) -> Message:
        data: Mapping[str, Any] = row["payload"]
        expires = self._clock.now() + _LINKS_LAST

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
        # A digest has no links: they would act on one of its tasks only.
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

    async def _failed(self, row: asyncpg.Record, failure: DeliveryFailed) -> None:
        attempt = row["attempt"]
        again: datetime | None = None
        if not failure.permanent:
            self._limits.failed(row["channel_id"])
            if attempt <= len(_BACKOFF):
                delay = _BACKOFF[attempt - 1]
                if failure.retry_after:
                    delay = max(delay, timedelta(seconds=min(failure.retry_after, 86_400)))
                again = self._clock.now() + delay
        await self._finish(
            row,
            DeliveryState.FAILED,
            reason=failure.reason,
            next_try_at=again,
            may_have_arrived=failure.may_have_arrived,
        )
        if failure.gone:
            await _until_reachable(lambda: self._queue.remove_channel(row["channel_id"]))

    async def _finish(self, row: asyncpg.Record, state: DeliveryState, **result: Any) -> None:
        """Record the result, if the lease is still held. Repeated until the database answers."""
        await _until_reachable(lambda: self._queue.finish(row["id"], state, **result))


def _reason_to_cancel(row: asyncpg.Record, found: asyncpg.Record, *, can_mail: bool) -> str | None:
    if not found["in_use"]:
        return "The account is disabled or will be deleted."
    if found["acknowledged"]:
        return SEEN_ELSEWHERE
    if not (found["items"] if row["payload"].get("items") else found["relevant"]):
        return "The task was done, moved or deleted meanwhile."
    if not found["enabled"]:
        return "The channel was removed or switched off."
    # Without a mail server, the sender says why nothing is sent.
    if not found["confirmed"] and can_mail:
        return "The address is not confirmed; open the link that was mailed there."
    return None


async def _until_reachable(act: Callable[[], Awaitable[T]]) -> T:
    try:
        return await act()
    except UNREACHABLE as error:
        log.warning("a delivery waits for the database", reason=str(error))
    while True:
        await asyncio.sleep(_RETRY_SECONDS)
        with suppress(*UNREACHABLE):
            return await act()


async def deliver(context: Context) -> None:
    """Background task of todo-notification. Replicas share the work by claiming different rows."""
    woken = asyncio.Event()
    context.db.listen("deliveries", woken.set)
    senders = Senders(await sending_settings(context))
    secret = await link_secret(context)
    deliverer = Deliverer(context.db, senders, secret, context.settings.origin, woken.set)
    keeping = asyncio.create_task(deliverer.keep_leases())
    try:
        while True:
            woken.clear()
            try:
                now = await context.db.clock.read()
                await deliverer.start_due(now)
                wait = await deliverer.seconds_to_next(now)
                metrics.round_done("deliver")
            except UNREACHABLE as error:
                log.warning("deliveries wait for the database", reason=str(error))
                await asyncio.sleep(1)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await woken.wait()
    finally:
        await deliverer.stop()
        keeping.cancel()
        await senders.aclose()
