"""How a service is declared: its routes, subscriptions, cron jobs and background tasks, as values.

The names are Dapr's. `todo/services.py` declares the five services with these types; a runtime serves them.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from fastapi import APIRouter

from todo.domain.events import Topic
from todo.runtime import clock, metrics
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope
from todo.runtime.observe import continue_trace, log
from todo.runtime.ports import Runtime

Reaction = Callable[[Sequence[Envelope], Unit], Awaitable[None]]
Listener = Callable[[Envelope, Context], Awaitable[None]]
Job = Callable[[Context], Awaitable[None]]


def each(react: Callable[[Envelope, Unit], Awaitable[None]]) -> Reaction:
    """Call `react` once per event, in order, each within the trace that the event carries."""

    async def react_to_each(envelopes: Sequence[Envelope], unit: Unit) -> None:
        for envelope in envelopes:
            continue_trace(envelope.traceparent, envelope.id)
            await react(envelope, unit)

    return react_to_each


@dataclass(frozen=True, slots=True)
class Subscription:
    """A consumer group's subscription: each event once per service, in one transaction with its inbox row."""

    topic: Topic
    # Called with the events of one transaction, in order. A handler for one event is wrapped in `each`.
    react: Reaction
    # Filter: events that it refuses cost no transaction. None: every event is handled.
    only: Callable[[Envelope], bool] | None = None
    # How long events may wait so that they are delivered many at a time (Dapr's bulk subscribe): cheaper, and
    # later by that much. None: each event is delivered at once.
    batch_window: timedelta | None = None
    # The handler only builds data that can be built again from the events. A replay may then repeat them.
    rebuilds: bool = False

    def wants(self, envelope: Envelope) -> bool:
        return self.only is None or self.only(envelope)


@dataclass(frozen=True, slots=True)
class FanOut:
    """A broadcast: every replica receives every event from its start on. Missed events are not delivered later."""

    topic: Topic
    listen: Listener


@dataclass(frozen=True, slots=True)
class Every:
    """A cron binding. It fires in every replica, so the job has to claim its rows."""

    name: str
    interval: timedelta
    run: Job

    async def tick(self, context: Context) -> None:
        try:
            await self.run(context)
        except Exception:
            log.exception("a cron job failed; it runs again at the next tick", name=self.name)
        else:
            metrics.tick_last_run.labels(self.name).set(clock.now().timestamp())


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """A dead-letter topic to read, for a broker that has one, and the consumers that its events may belong to."""

    topic: Topic
    consumers: tuple[tuple[str, Subscription], ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable service. Only data, no logic."""

    app_id: str
    routers: tuple[APIRouter, ...] = ()
    on: tuple[Subscription, ...] = ()
    fan_out: tuple[FanOut, ...] = ()
    every: tuple[Every, ...] = ()
    dead_letters: tuple[DeadLetters, ...] = ()
    # Run from the start until they return or the process ends, restarted when they fail: the relay, timers.
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


class ServingRuntime(Runtime, Protocol):
    """A runtime that also serves: it delivers events and cron ticks to the declared handlers."""

    def serving(
        self, services: Sequence[Service], context: Context
    ) -> AbstractAsyncContextManager[None]:
        """Deliver for as long as the context manager is open."""

    def routers(self, services: Sequence[Service], context: Context) -> Sequence[APIRouter]:
        """The HTTP routes that a sidecar calls; none without a sidecar."""
