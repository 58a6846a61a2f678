"""What the sidecar calls: the list of subscriptions, a route for each, a route for each cron.

Whatever arrives, the answer is 200 with exactly SUCCESS, RETRY or DROP: daprd redelivers anything else for ever,
but for 404, which loses the event. A failing event is tried eight times, two seconds apart
(dapr/components/resiliency.yaml), then written down with its reason and dropped, which makes daprd move it to the
dead-letter topic; the partition goes on. An outage is not the event's failure and is not counted: daprd pauses the
subscription when /dapr-health says so.

Events are subscribed to as raw payloads, so that daprd hands over the bytes that are on the topic and looks into
none of them: one whose `traceparent` is a number would be its panic, at each start again (docs/decisions/0014).
"""

import asyncio
import base64
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, Request, Response

from todo.runtime import observe
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.envelope import Malformed
from todo.runtime.events import dead_letters
from todo.runtime.events.consumer import Verdict, deliver, deliver_wire, open_envelope
from todo.runtime.http.routing import from_an_app
from todo.runtime.observe import log
from todo.runtime.ports import (
    DeadLetters,
    Every,
    FanOut,
    Message,
    Outcome,
    Service,
    Subscription,
    Unavailable,
)

PUBSUB = "kafka-pubsub"
FAN_OUT = "kafka-fanout"
DEAD_LETTERS = "kafka-pubsub-dead-letter"

_ATTEMPTS = 8
# Under the sidecar's 3 s: a handler that hangs is answered for, and its reason is known.
_DELIVERY_SECONDS = 2.5
_POST_SECONDS = 0.4
_REMEMBERED = 10_000
# How long a delivery waits for company while a transaction is running, which is less than that takes.
_COMPANY_SECONDS = 0.003

_BULK_EVENTS = 100
_RAW = {"metadata": {"rawPayload": "true"}}


def routers(services: Sequence[Service], context: Context) -> Sequence[APIRouter]:
    router = APIRouter(include_in_schema=False, dependencies=[Depends(from_an_app)])
    listed: list[dict[str, Any]] = []

    async def subscriptions() -> list[dict[str, Any]]:
        return listed

    router.add_api_route("/dapr/subscribe", subscriptions)
    for service in services:
        for subscription in service.on:
            consumer = Consumer(context, service.app_id, subscription)
            path = f"/dapr/events/{service.app_id}/{subscription.topic}"
            answer = consumer.bulk if subscription.batch_window else consumer.single
            _post(router, path, answer)
            listed.append(
                {
                    "pubsubname": PUBSUB,
                    "topic": str(subscription.topic),
                    "route": path,
                    "deadLetterTopic": subscription.topic.dead_letter,
                    **_RAW,
                    **_bulk(subscription.batch_window),
                }
            )
        for fan_out in service.fan_out:
            path = f"/dapr/live/{service.app_id}/{fan_out.topic}"
            _post(router, path, Broadcast(context, fan_out).single)
            listed.append(
                {"pubsubname": FAN_OUT, "topic": str(fan_out.topic), "route": path, **_RAW}
            )
        for dead in service.dead_letters:
            path = f"/dapr/dead-letters/{dead.topic}"
            _post(router, path, DeadLetterReader(context, dead).single)
            listed.append(
                {
                    "pubsubname": DEAD_LETTERS,
                    "topic": dead.topic.dead_letter,
                    "route": path,
                    **_RAW,
                }
            )
        for every in service.every:
            router.add_api_route(f"/{every.name}", _tick(every, context), methods=["POST"])
    return (router,)


def _bulk(gather: timedelta | None) -> dict[str, Any]:
    if gather is None:
        return {}
    # daprd's default is to wait for 10 s.
    return {
        "bulkSubscribe": {
            "enabled": True,
            "maxMessagesCount": _BULK_EVENTS,
            "maxAwaitDurationMs": round(gather.total_seconds() * 1000),
        }
    }


def _post(
    router: APIRouter, path: str, answer: Callable[[bytes], Awaitable[Mapping[str, Any]]]
) -> None:
    async def receive(request: Request) -> Response:
        await from_an_app(request)
        answered = await answer(await request.body())
        return Response(json.dumps(answered), media_type="application/json")

    # Starlette's own route: for every event there is, FastAPI's costs half as much again.
    router.add_route(path, receive, methods=["POST"], include_in_schema=False)


def _status(outcome: Outcome) -> dict[str, str]:
    return {"status": str(outcome)}


def _tick(every: Every, context: Context) -> Callable[[], Awaitable[dict[str, str]]]:
    async def run() -> dict[str, str]:
        try:
            await every.run(context)
        except Exception:
            log.exception("a cron job failed; the next tick tries again", name=every.name)
        return {}

    return run


class Consumer:
    """One subscription of one service, as the sidecar sees it."""

    def __init__(self, context: Context, app_id: str, subscription: Subscription) -> None:
        self._context = context
        self._app_id = app_id
        self._subscription = subscription
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._transactions = 0
        self._company: list[str] = []
        self._leaving: asyncio.Task[list[Outcome]] | None = None

    async def single(self, body: bytes) -> Mapping[str, Any]:
        """Each partition hands over one event at a time. What comes while another is in a transaction waits a
        moment, and shares the next one with whatever else comes."""
        wire = _unwrapped(body)
        if not self._transactions or self._has_failed(wire):
            [outcome] = await self._side_by_side([wire])
            return _status(outcome)
        place = len(self._company)
        self._company.append(wire)
        if self._leaving is None:
            # A task of its own: the request that came first may be gone before the others.
            self._leaving = asyncio.create_task(self._leave_together())
        outcomes = await asyncio.shield(self._leaving)
        return _status(outcomes[place])

    async def _leave_together(self) -> list[Outcome]:
        await asyncio.sleep(_COMPANY_SECONDS)
        company, self._company, self._leaving = self._company, [], None
        return await self._side_by_side(company)

    def _has_failed(self, wire: str) -> bool:
        return bool(self._failures) and dead_letters.letter_id(wire) in self._failures

    async def _side_by_side(self, wires: Sequence[str]) -> list[Outcome]:
        """They are of different partitions: if they cannot all go together, each goes by itself."""
        deadline = _within(_DELIVERY_SECONDS)
        self._transactions += 1
        try:
            if await self._together(wires, deadline):
                return [Outcome.SUCCESS] * len(wires)
            return await asyncio.gather(*(self._one(wire, deadline) for wire in wires))
        finally:
            self._transactions -= 1

    async def bulk(self, body: bytes) -> Mapping[str, Any]:
        """An entry without a status is redelivered, so every entry gets one."""
        try:
            entries = [
                (str(entry["entryId"]), _decoded(entry["event"]))
                for entry in orjson.loads(body)["entries"]
            ]
        except (ValueError, KeyError, TypeError):
            log.exception("the sidecar's bulk message was unreadable")
            return {"statuses": []}
        wires = [wire for _, wire in entries]
        outcomes = await self._many(wires, _within(_DELIVERY_SECONDS), set())
        given_up = [w for w, o in zip(wires, outcomes, strict=True) if o is Outcome.DROP]
        if given_up:
            posted = await self._post(given_up)
            outcomes = [posted if o is Outcome.DROP else o for o in outcomes]
        return {
            "statuses": [
                {"entryId": entry_id, "status": str(outcome)}
                for (entry_id, _), outcome in zip(entries, outcomes, strict=True)
            ]
        }

    async def _post(self, wires: Sequence[str]) -> Outcome:
        """To the dead-letter topic, where daprd would move what is dropped. In a bulk that it delivers again it
        looks for the entry where it was the first time: it moves another event, or panics (1.18.2)."""
        messages = [
            Message(uuid4(), _key(wire), wire.encode(errors="surrogateescape")) for wire in wires
        ]
        try:
            async with asyncio.timeout(_POST_SECONDS):
                await self._context.runtime.publish(self._subscription.topic.dead_letter, messages)
        except (Unavailable, TimeoutError) as error:
            log.warning("dead letters wait for their topic", reason=str(error))
            return Outcome.RETRY
        return Outcome.SUCCESS

    async def _many(self, wires: Sequence[str], deadline: float, held: set[str]) -> list[Outcome]:
        """All in one transaction if they all go well; else each half, down to the ones that do not.

        What follows a failed event of the same key waits behind it: `held` has the keys.
        """
        if not wires:
            return []
        waits = bool(held) and any(_key(wire) in held for wire in wires)
        if waits or not await self._together(wires, deadline):
            if len(wires) == 1:
                [wire] = wires
                outcome = Outcome.RETRY
                if _key(wire) not in held:
                    outcome = await self._one(wire, deadline)
                if outcome is Outcome.RETRY:
                    held.add(_key(wire))
                return [outcome]
            middle = len(wires) // 2
            return [
                *await self._many(wires[:middle], deadline, held),
                *await self._many(wires[middle:], deadline, held),
            ]
        return [Outcome.SUCCESS] * len(wires)

    async def _together(self, wires: Sequence[str], deadline: float) -> bool:
        if len(wires) == 1:
            return False
        try:
            envelopes = [open_envelope(wire) for wire in wires]
        except Malformed:
            return False
        try:
            # The halves need time too.
            async with asyncio.timeout(_left(deadline) / 2):
                verdict = await deliver(
                    self._context.db, self._app_id, self._subscription, envelopes
                )
        except TimeoutError:
            return False
        except Exception:
            log.exception("a delivery of many failed", consumer=self._app_id)
            return False
        self._note_outage(verdict)
        return verdict.outcome is Outcome.SUCCESS

    async def _one(self, wire: str, deadline: float) -> Outcome:
        if _left(deadline) <= 0:
            return Outcome.RETRY  # the others took all the time: no failure of its own
        try:
            async with asyncio.timeout_at(deadline):
                verdict = await deliver_wire(
                    self._context.db, self._app_id, self._subscription, wire
                )
        except TimeoutError:
            verdict = Verdict(Outcome.RETRY, f"not handled within {_DELIVERY_SECONDS} s")
        except Exception as error:
            log.exception("delivery failed", consumer=self._app_id)
            verdict = Verdict(Outcome.RETRY, f"{type(error).__name__}: {error}")
        self._note_outage(verdict)
        return await self._settle(verdict, wire)

    def _note_outage(self, verdict: Verdict) -> None:
        """For /dapr-health: a database that answers may still not take anything (full, read only)."""
        if verdict.outage:
            self._context.problems.report_outage(verdict.reason)
        elif verdict.outcome is Outcome.SUCCESS and not verdict.passed_over:
            self._context.problems.report_outage(None)

    async def _settle(self, verdict: Verdict, wire: str) -> Outcome:
        event_id = dead_letters.letter_id(wire) if self._failures or verdict.reason else ""
        match verdict.outcome:
            case Outcome.SUCCESS:
                self._failures.pop(event_id, None)
                return Outcome.SUCCESS
            case Outcome.RETRY:
                if verdict.outage:
                    return Outcome.RETRY
                failures = self._failures.pop(event_id, 0) + 1
                self._failures[event_id] = failures
                if len(self._failures) > _REMEMBERED:
                    self._failures.popitem(last=False)
                return (
                    await self._give_up(verdict, wire, event_id)
                    if failures >= _ATTEMPTS
                    else (Outcome.RETRY)
                )
            case Outcome.DROP:
                return await self._give_up(verdict, wire, event_id)

    async def _give_up(self, verdict: Verdict, wire: str, event_id: str) -> Outcome:
        try:
            await dead_letters.bury(
                self._context.db,
                topic=str(self._subscription.topic),
                consumer=self._app_id,
                wire=wire,
                reason=verdict.reason,
            )
        except UNREACHABLE as error:
            log.warning("a dead letter waits for the database", reason=str(error))
            self._context.problems.report_outage(f"the database does not answer: {error}")
            return Outcome.RETRY
        except Exception:
            log.exception("a dead letter could not be written down; it is on its topic")
        self._failures.pop(event_id, None)
        return Outcome.DROP


class Broadcast:
    """A live update is a hint: the browser catches up by itself, so nothing is tried twice."""

    def __init__(self, context: Context, fan_out: FanOut) -> None:
        self._context = context
        self._fan_out = fan_out

    async def single(self, body: bytes) -> Mapping[str, Any]:
        try:
            envelope = open_envelope(_unwrapped(body))
            observe.continue_trace(envelope.traceparent)
            await self._fan_out.listen(envelope, self._context)
        except Malformed as error:
            log.warning("a live update was unreadable", reason=str(error))
        except Exception:
            log.exception("a live update was not passed on")
        return _status(Outcome.SUCCESS)


class DeadLetterReader:
    """Reads a dead-letter topic and writes down what its consumer did not."""

    def __init__(self, context: Context, dead: DeadLetters) -> None:
        self._context = context
        self._dead = dead

    async def single(self, body: bytes) -> Mapping[str, Any]:
        wire = _unwrapped(body)
        consumers = [app_id for app_id, _ in self._dead.consumers]
        try:
            envelope = open_envelope(wire)
            consumers = [app_id for app_id, on in self._dead.consumers if on.wants(envelope)]
            reason = "not handled in time; its consumer gave no reason"
        except Malformed as error:
            reason = str(error)
        try:
            await dead_letters.bury_unaccounted(
                self._context.db,
                topic=str(self._dead.topic),
                consumers=consumers,
                wire=wire,
                reason=reason,
            )
        except UNREACHABLE as error:
            log.warning("a dead letter waits for the database", reason=str(error))
            self._context.problems.report_outage(f"the database does not answer: {error}")
            return _status(Outcome.RETRY)
        except Exception:
            # Nothing comes after this topic: what cannot be written down must not hold up the others.
            log.exception("a dead letter could not be written down; it stays on its topic")
        return _status(Outcome.SUCCESS)


def _within(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _left(deadline: float) -> float:
    return deadline - asyncio.get_running_loop().time()


def _unwrapped(body: bytes) -> str:
    """daprd wraps what it is not to look into, in a CloudEvent of its own."""
    try:
        return _decoded(orjson.loads(body)["data_base64"])
    except (ValueError, KeyError, TypeError):  # it did not: then this is what there is to bury
        return body.decode(errors="surrogateescape")


def _decoded(data: str) -> str:
    """As text that can become the same bytes again; where they are no UTF-8 it is no JSON either."""
    return base64.b64decode(data).decode(errors="surrogateescape")


def _key(wire: str) -> str:
    try:
        body = orjson.loads(wire)
    except ValueError:
        return ""
    return str(body.get("partitionkey", "")) if isinstance(body, dict) else ""
