"""What a sidecar delivers: events of a subscription, live updates, and the events of a dead-letter topic.

The answer is always SUCCESS, RETRY or DROP. daprd redelivers after any other answer, for ever; only a 404
loses the event. daprd repeats a RETRY eight times, two seconds apart (dapr/components/resiliency.yaml), and
pauses the subscription while `/dapr-health` reports an outage. A DROP makes it move the event to the
dead-letter topic.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from todo.runtime.context import Context
from todo.runtime.dapr.payload import bulk_entries, unwrapped
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.envelope import Malformed, key_of
from todo.runtime.events import dead_letters
from todo.runtime.events.consumer import Consumer, Received
from todo.runtime.events.delivery import open_envelope
from todo.runtime.events.fan_out import broadcast
from todo.runtime.observe import log
from todo.runtime.ports import Message, Outcome, Unavailable
from todo.runtime.service import DeadLetters, FanOut, Subscription

# Less than the sidecar's own 3 s, so that a handler that hangs still gets an answer and a recorded reason.
_DELIVERY_SECONDS = 2.5
_POST_SECONDS = 0.4
# How long a delivery waits to be joined by others while a transaction is running; shorter than a transaction.
_JOIN_SECONDS = 0.003


class SidecarSubscription:
    """One subscription of one service: the two ways in which daprd delivers to it."""

    def __init__(self, context: Context, app_id: str, subscription: Subscription) -> None:
        self._context = context
        self._subscription = subscription
        self._consumer = Consumer(
            context,
            app_id,
            subscription,
            timeout=_DELIVERY_SECONDS,
            has_dead_letter_topic=True,
        )
        self._running = 0
        self._joining: list[Received] = []
        self._joined: asyncio.Task[list[Outcome]] | None = None

    async def single(self, body: bytes) -> Mapping[str, Any]:
        """One event of one partition. Those that arrive during a transaction are batched into the next one."""
        event = Received(unwrapped(body))
        if not self._running or self._consumer.failures_of(event):
            [outcome] = await self._handle([event])
            return _status(outcome)
        index = len(self._joining)
        self._joining.append(event)
        if self._joined is None:
            # A task of its own: the first request may be cancelled while the others wait.
            self._joined = asyncio.create_task(self._handle_joined())
        outcomes = await asyncio.shield(self._joined)
        return _status(outcomes[index])

    async def _handle_joined(self) -> list[Outcome]:
        await asyncio.sleep(_JOIN_SECONDS)
        events, self._joining, self._joined = self._joining, [], None
        return await self._handle(events)

    async def _handle(self, events: Sequence[Received]) -> list[Outcome]:
        """daprd delivers the events of a partition one at a time, so these are of different partitions."""
        self._running += 1
        try:
            return await self._consumer.handle_independent(events)
        finally:
            self._running -= 1

    async def bulk(self, body: bytes) -> Mapping[str, Any]:
        """Many events. Each entry needs a status: daprd redelivers an entry without one."""
        try:
            entries = bulk_entries(body)
        except (ValueError, KeyError, TypeError):
            log.exception("the sidecar's bulk message was malformed")
            return {"statuses": []}
        wires = [wire for _, wire in entries]
        outcomes = await self._consumer.handle([Received(wire) for wire in wires])
        dropped = [w for w, o in zip(wires, outcomes, strict=True) if o is Outcome.DROP]
        if dropped:
            posted = await self._post(dropped)
            outcomes = [posted if o is Outcome.DROP else o for o in outcomes]
        return {
            "statuses": [
                {"entryId": entry_id, "status": str(outcome)}
                for (entry_id, _), outcome in zip(entries, outcomes, strict=True)
            ]
        }

    async def _post(self, wires: Sequence[str]) -> Outcome:
        """Publish to the dead-letter topic, in place of daprd. For a DROP in a redelivered bulk, daprd 1.18.2
        looks for the entry at its old index, and so moves another event or panics.
        """
        messages = [
            Message(uuid4(), key_of(wire), wire.encode(errors="surrogateescape")) for wire in wires
        ]
        try:
            async with asyncio.timeout(_POST_SECONDS):
                await self._context.runtime.publish(self._subscription.topic.dead_letter, messages)
        except (Unavailable, TimeoutError) as error:
            log.warning("dead letters wait for their topic", reason=str(error))
            return Outcome.RETRY
        return Outcome.SUCCESS


class Broadcast:
    """Passes live updates on. They are not retried."""

    def __init__(self, context: Context, fan_out: FanOut) -> None:
        self._context = context
        self._fan_out = fan_out

    async def single(self, body: bytes) -> Mapping[str, Any]:
        await broadcast(self._context, self._fan_out, unwrapped(body))
        return _status(Outcome.SUCCESS)


class DeadLetterReader:
    """Reads a dead-letter topic and stores what the consumer did not store itself."""

    def __init__(self, context: Context, dead: DeadLetters) -> None:
        self._context = context
        self._dead = dead

    async def single(self, body: bytes) -> Mapping[str, Any]:
        wire = unwrapped(body)
        consumers = [app_id for app_id, _ in self._dead.consumers]
        try:
            envelope = open_envelope(wire)
            consumers = [app_id for app_id, on in self._dead.consumers if on.wants(envelope)]
            reason = "not handled in time; its consumer gave no reason"
        except Malformed as error:
            reason = str(error)
        try:
            await dead_letters.store_unclaimed(
                self._context.db,
                topic=self._dead.topic,
                consumers=consumers,
                wire=wire,
                reason=reason,
            )
        except UNREACHABLE as error:
            log.warning("a dead letter waits for the database", reason=str(error))
            self._context.health.report_outage(f"the database does not answer: {error}")
            return _status(Outcome.RETRY)
        except Exception:
            # A dead-letter topic has none of its own: a retry would only delay the other events.
            log.exception("a dead letter could not be stored; it stays on its topic")
        return _status(Outcome.SUCCESS)


def _status(outcome: Outcome) -> dict[str, str]:
    return {"status": str(outcome)}
