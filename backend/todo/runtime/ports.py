"""The seam: what the product asks of a distributed runtime, in Dapr's words.

Capabilities import only this. `embedded` (PostgreSQL) and `dapr` (a sidecar) implement it, and one contract-test
suite holds both to the same meaning: at least once, in order per key, SUCCESS, RETRY or DROP.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from fastapi import APIRouter

from todo.domain.events import Topic
from todo.runtime.envelope import Envelope
from todo.runtime.observe import continue_trace

if TYPE_CHECKING:
    from todo.runtime.context import Context
    from todo.runtime.db.unit import Unit


# Longer than daprd takes to pause the deliveries (3 probes, 3 s apart), or they would go on too soon.
_OUTAGE_SECONDS = 12


class Outcome(StrEnum):
    """Exactly Dapr's three words; any other status would be redelivered for ever."""

    SUCCESS = "SUCCESS"
    RETRY = "RETRY"
    DROP = "DROP"


Reaction = Callable[[Sequence[Envelope], "Unit"], Awaitable[None]]
Listener = Callable[[Envelope, "Context"], Awaitable[None]]
Job = Callable[["Context"], Awaitable[None]]


def each(react: Callable[[Envelope, "Unit"], Awaitable[None]]) -> Reaction:
    """One event after the other, each within the trace that it carries."""

    async def react_to_each(envelopes: Sequence[Envelope], unit: "Unit") -> None:
        for envelope in envelopes:
            continue_trace(envelope.traceparent)
            await react(envelope, unit)

    return react_to_each


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group's subscription: each event once per service, in one transaction with its inbox row."""

    topic: Topic
    # To the events of one transaction, in their order. What serves one at a time is wrapped in `each`.
    react: Reaction
    # Which events it has anything to do for; the others cost no transaction. None: all of them.
    only: Callable[[Envelope], bool] | None = None
    # How long events may gather to be delivered many at a time (Dapr's bulk subscribe): cheaper, and that much
    # later. None: each by itself, at once.
    batch_window: timedelta | None = None
    # It builds something that can be built again from its events, and has no other effect: a replay may forget
    # that it has had them.
    rebuilds: bool = False

    def wants(self, envelope: Envelope) -> bool:
        return self.only is None or self.only(envelope)


@dataclass(frozen=True, slots=True)
class FanOut:
    """Every replica sees every event, from now on; nothing is kept for one that is away."""

    topic: Topic
    listen: Listener


@dataclass(frozen=True, slots=True)
class Every:
    """A cron binding. It fires in every replica, so what it does must be claimed row by row."""

    name: str
    interval: timedelta
    run: Job


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Where a broker keeps dead letters: which topic's are read, and whose they may be."""

    topic: Topic
    consumers: tuple[tuple[str, Subscription], ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable: what it serves, what it hears, what it does by the clock. No logic."""

    app_id: str
    routers: tuple[APIRouter, ...] = ()
    on: tuple[Subscription, ...] = ()
    fan_out: tuple[FanOut, ...] = ()
    every: tuple[Every, ...] = ()
    dead_letters: tuple[DeadLetters, ...] = ()
    # Long-running companions (the relay, timers); cancelled at shutdown.
    background_tasks: tuple[Job, ...] = ()
    database: bool = True


def dead_letters_of(*services: Service) -> tuple[DeadLetters, ...]:
    topics = dict.fromkeys(
        subscription.topic for service in services for subscription in service.on
    )
    return tuple(
        DeadLetters(
            topic, tuple((s.app_id, on) for s in services for on in s.on if on.topic == topic)
        )
        for topic in topics
    )


@dataclass(frozen=True, slots=True)
class Message:
    """An event on its way out: the encoded envelope and the two attributes that a broker needs of it."""

    id: UUID
    key: str
    wire: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Entry:
    value: bytes
    etag: str


class EtagMismatch(Exception):
    """Somebody else wrote the key first."""


class StateStore(Protocol):
    """Keys are per app, not per user: put the user id in the key."""

    async def get(self, key: str) -> Entry | None: ...

    async def save(
        self, key: str, value: bytes, *, etag: str | None = None, ttl: timedelta | None = None
    ) -> None:
        """With `etag`, only if it is still the current one (else EtagMismatch)."""

    async def delete(self, key: str, *, etag: str | None = None) -> None: ...


class Unavailable(Exception):
    """The runtime (broker, sidecar, other app) did not answer; nothing is lost, try later."""


class Runtime(Protocol):
    # How long a steady stream of events may gather for one publish, where publishing takes from the same process
    # that serves people.
    gather_seconds: float

    @property
    def state(self) -> StateStore: ...

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """All of `messages` in this order per key, or Unavailable. May repeat, never drops."""

    async def invoke(
        self, app_id: str, method: str, path: str, *, json: Mapping[str, Any] | None = None
    ) -> Reply:
        """Call another app. Raises Unavailable when it cannot be reached."""

    async def secret(self, name: str) -> str | None: ...

    def serving(
        self, services: Sequence[Service], context: "Context"
    ) -> AbstractAsyncContextManager[None]:
        """While inside, events and cron ticks reach the services' handlers."""

    def routers(self, services: Sequence[Service], context: "Context") -> Sequence[APIRouter]:
        """HTTP routes by which a sidecar calls in; none where there is no sidecar."""

    async def ready(self) -> str | None:
        """None, or one line that says why events do not flow at the moment."""


@dataclass(slots=True)
class Problems:
    """Why the parts of this process are not well, by part; readiness reports it."""

    by_part: dict[str, str] = field(default_factory=dict)
    _outage: tuple[str, float] | None = None

    @property
    def outage(self) -> str | None:
        """Why events cannot be handled, if the last one could not. It is believed for a while only: when
        deliveries are paused because of it, none of them can show that it is over."""
        if self._outage is None or self._outage[1] < time.monotonic():
            return None
        return self._outage[0]

    def report_outage(self, reason: str | None) -> None:
        self._outage = (reason, time.monotonic() + _OUTAGE_SECONDS) if reason else None

    def report(self, part: str, reason: str | None) -> None:
        if reason is None:
            self.by_part.pop(part, None)
        else:
            self.by_part[part] = reason
