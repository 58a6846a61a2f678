"""Services that record which events reached them, and events that fail on purpose."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Depends, Request, Response

from todo.domain.errors import Invalid
from todo.domain.events import Topic
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope, encode
from todo.runtime.http.routing import from_an_app
from todo.runtime.ports import Message
from todo.runtime.service import (
    Every,
    FanOut,
    Listener,
    Reaction,
    Service,
    Subscription,
    dead_letters_of,
    each,
)

CONSUMERS = ("todo-recurring-task", "todo-audit")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def an_event(key: str, number: int = 1, **changed: Any) -> Envelope:
    data = {"version": "1.0", "event_type": "task_updated", "task_id": number, "user_id": key}
    fields: dict[str, Any] = {
        "type": "todo.task.updated.v1",
        "source": "todo-backend",
        "key": key,
        "data": data,
        "time": NOON,
        "id": uuid4(),
        **changed,
    }
    return Envelope(**fields)


def a_message(envelope: Envelope) -> Message:
    return Message(envelope.id, envelope.key, encode(envelope))


# After a crash a number may be ahead of the server's; pg_xact_status refuses those.
_STATUS = """
    SELECT id::text, CASE WHEN id < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status(id) END
    FROM unnest($1::text[]::xid8[]) AS id
"""


class Handled(NamedTuple):
    consumer: str
    envelope: Envelope
    transaction: str


@dataclass
class Probe:
    """`tries`: calls of a handler. `done`: events whose transaction is committed. Both by consumer, in order."""

    tries: dict[str, list[Envelope]] = field(default_factory=lambda: defaultdict(list))
    done: dict[str, list[Envelope]] = field(default_factory=lambda: defaultdict(list))
    # the ids of `done`
    ids: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    # how often a consumer received an event
    handed: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    # keys whose handled events leave a row each in `effect`, in the transaction of the delivery
    leaving_rows: set[str] = field(default_factory=set)
    ticks: int = 0
    job_fails: bool = False
    # How often the backend was asked, and with which status it answers that.
    asked: int = 0
    behave: Callable[[int], Awaitable[int]] | None = None
    # What the handler of a key does before it records: fail, hang, refuse.
    manners: dict[str, Callable[[str, int], Any]] = field(default_factory=dict)
    # The database of the consumers; knows which of the transactions in `_open` were committed.
    pool: asyncpg.Pool | None = None
    _open: list[Handled] = field(default_factory=list, init=False)

    async def hear(self, consumer: str, envelope: Envelope) -> None:
        self.tries[consumer].append(envelope)
        self.handed[consumer, envelope.id] += 1
        manner = self.manners.get(envelope.key)
        if manner is not None:
            said = manner(consumer, self.handed[consumer, envelope.id])
            if asyncio.iscoroutine(said):
                await said

    def record(self, consumer: str, envelope: Envelope) -> None:
        self.done[consumer].append(envelope)
        self.ids[consumer].add(envelope.id)

    async def record_committed(self) -> None:
        """Record the events of committed transactions, and forget those of transactions that were rolled back."""
        if not self._open:
            return
        assert self.pool is not None, "only a World runs reactions"
        looked_at = list(self._open)
        rows = await self.pool.fetch(_STATUS, list({handled.transaction for handled in looked_at}))
        status = dict(map(tuple, rows))
        for handled in looked_at:
            if status[handled.transaction] == "committed":
                self.record(handled.consumer, handled.envelope)
            if status[handled.transaction] in {"committed", "aborted"}:
                self._open.remove(handled)

    async def until(self, holds: Callable[[], bool], within: float = 40) -> None:
        deadline = asyncio.get_running_loop().time() + within
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # an outage
                await self.record_committed()
            if holds():
                return
            if asyncio.get_running_loop().time() > deadline:
                heard = {c: len(e) for c, e in self.done.items()}
                raise AssertionError(f"not within {within} s; handled so far: {heard}")
            await asyncio.sleep(0.02)

    async def until_count(self, consumer: str, key: str, count: int) -> None:
        await self.until(lambda: len(self.handled(consumer, key)) >= count)

    async def until_event(self, consumer: str, event: Envelope) -> None:
        """Wait until the event is handled, long enough for one that fails several times."""
        await self.until(lambda: event.id in self.handled(consumer, event.key), within=80)

    async def until_all(self, consumer: str, ids: set[UUID], within: float = 40) -> None:
        await self.until(lambda: ids <= self.ids[consumer], within)

    def handled(self, consumer: str, key: str) -> list[UUID]:
        return [e.id for e in self.done[consumer] if e.key == key]

    def tried(self, consumer: str, key: str) -> int:
        return sum(e.key == key for e in self.tries[consumer])

    def reaction(self, consumer: str) -> Reaction:
        async def react(envelope: Envelope, unit: Unit) -> None:
            if envelope.key in self.leaving_rows:
                await unit.connection.execute(
                    "INSERT INTO effect VALUES ($1, $2)", consumer, envelope.id
                )
            await self.hear(consumer, envelope)
            transaction = await unit.connection.fetchval("SELECT pg_current_xact_id()::text")
            self._open.append(Handled(consumer, envelope, transaction))

        return each(react)

    def listener(self, replica: str) -> Listener:
        async def listen(envelope: Envelope, context: Context) -> None:
            await self.hear(replica, envelope)
            self.record(replica, envelope)

        return listen

    async def tick(self, context: Context) -> None:
        self.ticks += 1
        if self.job_fails:
            raise RuntimeError("failed on purpose")

    def services(self) -> dict[str, Service]:
        recurring = Service(
            "todo-recurring-task",
            on=(Subscription(Topic.TASK_EVENTS, self.reaction("todo-recurring-task")),),
        )
        audit = Service(
            "todo-audit",
            on=(
                Subscription(
                    Topic.TASK_EVENTS,
                    self.reaction("todo-audit"),
                    batch_window=timedelta(milliseconds=20),
                    rebuilds=True,
                ),
            ),
        )
        notification = Service(
            "todo-notification",
            on=(Subscription(Topic.REMINDERS, self.reaction("todo-notification")),),
            every=(Every("reminder-check", timedelta(minutes=5), self.tick),),
        )
        backend = Service(
            "todo-backend",
            routers=(_asked(self),),
            dead_letters=dead_letters_of(recurring, audit, notification),
        )
        services = (backend, recurring, audit, notification, self.websocket("websocket-1"))
        return {service.app_id: service for service in services}

    def websocket(self, replica: str) -> Service:
        return Service(
            "todo-websocket",
            fan_out=(FanOut(Topic.TASK_UPDATES, self.listener(replica)),),
            database=False,
        )


def failing(times: int) -> Callable[[str, int], None]:
    def manner(_consumer: str, count: int) -> None:
        if count <= times:
            raise RuntimeError(f"failed on purpose, {count} of {times}")

    return manner


def refusing(_consumer: str, _count: int) -> None:
    raise Invalid("this can never be right")


def _asked(probe: Probe) -> APIRouter:
    """Routes that a test can invoke through the runtime."""
    router = APIRouter(dependencies=[Depends(from_an_app)])

    @router.post("/internal/echo")
    async def echo(request: Request) -> dict[str, Any]:
        return {
            "heard": await request.json(),
            "traceparent": request.headers.get("traceparent"),
            "query": request.url.query,
        }

    @router.get("/internal/missing")
    async def missing(_request: Annotated[Request, Depends(_not_there)]) -> None: ...

    @router.get("/internal/unsteady")
    async def unsteady() -> Response:
        probe.asked += 1
        assert probe.behave is not None
        return Response("{}", await probe.behave(probe.asked), media_type="application/json")

    return router


def _not_there() -> None:
    from todo.domain.errors import NotFound

    raise NotFound("There is no such thing.")
