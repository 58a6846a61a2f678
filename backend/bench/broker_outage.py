"""P18: writes while the broker hangs, and how its outbox drains afterwards."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from bench import load
from bench.running_stack import Stack
from bench.subject import Person, Subject
from todo.domain.events import Topic
from todo.runtime.dapr.kafka_admin import read_from
from todo.runtime.settings import Settings

_AWAY_SECONDS = 15.0


async def without_a_broker(stack: Stack, subject: Subject, pool: asyncpg.Pool) -> dict[str, Any]:
    """Writes go on; the waiting events drain afterwards, in order."""
    # Many more than clients: two concurrent transactions of one person may commit in another order than their ids.
    people = [await subject.sign_up() for _ in range(64)]

    def creating() -> Callable[[], bytes]:
        turn = iter(range(10**9))

        def make() -> bytes:
            person: Person = people[next(turn) % len(people)]
            return person.request("POST", "/api/tasks", '{"title":"Buy milk"}')

        return make

    ratios = []
    broker = stack.described["stores"]["kafka"]
    for _ in range(2):  # each with as much time with the broker as without
        usual = await load.run(stack.port, creating(), clients=8, seconds=5)
        await _drain(pool)
        os.kill(broker, signal.SIGSTOP)
        began = time.monotonic()
        try:
            away = await load.run(stack.port, creating(), clients=8, seconds=5)
            await asyncio.sleep(_AWAY_SECONDS - (time.monotonic() - began))
        finally:
            os.kill(broker, signal.SIGCONT)
        waiting = await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        drained = await _drain(pool)
        if set(usual.statuses) | set(away.statuses) != {201}:
            raise RuntimeError(f"{usual.statuses} {away.statuses}")
        ratios.append(
            {
                "writes per second": round(usual.per_second),
                "writes per second, broker away": round(away.per_second),
                "ratio": round(away.per_second / usual.per_second, 2),
                "waited in the outbox": waiting,
                **drained,
            }
        )
    return {
        "seconds away": _AWAY_SECONDS,
        "rounds": ratios,
        "events out of order": await _out_of_order(stack, pool, [p.id for p in people]),
        "load": round(os.getloadavg()[0], 1),
    }


async def _drain(pool: asyncpg.Pool) -> dict[str, Any]:
    """The seconds until the first event is published, and the rate from then on."""
    began = time.perf_counter()
    left = first = await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    started = began
    while left:
        now = await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        if now == first:
            started = time.perf_counter()
        left = now
        await asyncio.sleep(0.02)
    ended = time.perf_counter()
    return {
        "seconds until the first": round(started - began, 2),
        "drained per second": round(first / max(ended - started, 0.001)),
    }


async def _out_of_order(stack: Stack, pool: asyncpg.Pool, people: Sequence[str]) -> int:
    """Counts the events of a person whose first copy is behind an event that was committed later."""
    rows = await pool.fetch("SELECT event_id, id FROM outbox WHERE key = ANY($1)", list(people))
    place = {str(row["event_id"]): row["id"] for row in rows}
    settings = Settings(_env_file=None, kafka_brokers=stack.described["kafka_brokers"])
    last: dict[str, int] = {}
    seen: set[str] = set()
    wrong = 0
    async for wire in read_from(settings, Topic.TASK_EVENTS, datetime.fromtimestamp(0, UTC)):
        body = json.loads(wire)
        if body["id"] in place and body["id"] not in seen:
            seen.add(body["id"])
            wrong += place[body["id"]] < last.get(body["partitionkey"], 0)
            last[body["partitionkey"]] = max(place[body["id"]], last.get(body["partitionkey"], 0))
    return wrong
