"""`make bench STACK=dapr`: the figures of the stack, as JSON. Raw Kafka and the product take turns in one run.

Commit to handler is measured from the moment the COMMIT returns in this process to the start of the consumer's
transaction in PostgreSQL (the time of its inbox row). All clocks are this machine's.
"""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaProducer
from websockets.asyncio.client import connect

from bench import circumstances, load, reminders
from bench.broker_outage import without_a_broker
from bench.live import complete_one
from bench.raw_kafka import Raw
from bench.running_stack import Stack
from bench.subject import Subject
from todo.domain.events import Topic, rfc3339
from todo.runtime.dapr.client import bulk_body
from todo.runtime.db.database import Database, open_database
from todo.runtime.db.unit import shard_of
from todo.runtime.envelope import Envelope, encode
from todo.runtime.ports import Message

REPORT = Path(__file__).parents[2] / "docs" / "reports" / "bench-stack.json"
ROUNDS = 5
RATES = (20, 100, 300)
_ROUND_SECONDS = 2.0
_CHAIN = 200  # completions per round
_BURST = 12_000


def say(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


def summary(took: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(took)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    found = {name: round(ordered[int(len(ordered) * q)], digits) for name, q in at.items()}
    return {"n": len(ordered), **found}


def an_event(user_id: str) -> Envelope:
    """An event of a task that does not exist: the recurring-task service writes only its inbox row."""
    now = datetime.now(UTC)
    return Envelope(
        "todo.task.completed.v1",
        "todo-backend",
        user_id,
        {
            "version": "1.0",
            "event_type": "task_completed",
            "task_id": 2**40,
            "task_data": None,
            "user_id": user_id,
            "timestamp": rfc3339(now),
            "padding": "x" * 300,
        },
        now,
    )


async def commit(pool: asyncpg.Pool, envelopes: Sequence[Envelope]) -> None:
    """Insert outbox rows as a unit of work does, without the rest of a request."""
    await pool.execute(
        """INSERT INTO outbox (event_id, topic, key, shard, envelope)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int2[], $5::text[])""",
        [e.id for e in envelopes],
        [Topic.TASK_EVENTS] * len(envelopes),
        [e.key for e in envelopes],
        [shard_of(e.key) for e in envelopes],
        [encode(e).decode() for e in envelopes],
    )


async def paced(rate: int, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Start `act` at an even rate for one round, whether or not the previous call has ended."""
    began = time.perf_counter()
    acts: list[asyncio.Task[None]] = []
    for n in range(int(rate * _ROUND_SECONDS)):
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        acts.append(asyncio.create_task(act()))
    await asyncio.gather(*acts)


async def received(
    pool: asyncpg.Pool, consumer: str, ids: Sequence[UUID], within: float = 60
) -> dict[UUID, float]:
    until = time.monotonic() + within
    while True:
        rows = await pool.fetch(
            """SELECT event_id, extract(epoch FROM received_at)::float8 AS at FROM inbox
               WHERE consumer = $1 AND event_id = ANY($2::uuid[])""",
            consumer,
            ids,
        )
        if len(rows) == len(ids):
            return {row["event_id"]: row["at"] for row in rows}
        if time.monotonic() > until:
            raise RuntimeError(f"{consumer}: {len(rows)} of {len(ids)} events within {within} s")
        # Asking costs the processor that is being measured; the answer has the times of all.
        await asyncio.sleep(0.1 + len(ids) / 5000)


async def commit_to_handler(stack: Stack, raw: Raw, database: Database) -> dict[str, Any]:
    """P1; also the latency of the two sidecars without the outbox."""
    pool = database.pool
    described = stack.described
    people = [str(uuid4()) for _ in range(60)]
    sidecar = described["apps"]["todo-backend"]["dapr_http_port"]
    token = f"dapr-api-token: {described['dapr_api_token']}\r\n"
    found: dict[str, Any] = {}
    for rate in RATES:
        rounds: dict[str, list[list[float]]] = {"raw": [], "sidecars": [], "outbox": []}
        loads = []
        spent: Counter[str] = Counter()
        for _ in range(ROUNDS):
            alone: list[float] = []

            async def produce() -> None:
                alone.append(await raw.trip(b"x" * 500))  # noqa: B023  (of this round)

            await paced(rate, produce)
            rounds["raw"].append(alone)

            sent: dict[UUID, float] = {}

            async def publish() -> None:
                event = an_event(random.choice(people))
                body = bulk_body([Message(event.id, event.key, encode(event))]).decode()
                path = "/v1.0-alpha1/publish/bulk/kafka-pubsub/task-events?metadata.rawPayload=true"
                sent[event.id] = time.time()  # noqa: B023
                status, answer = await load.once(sidecar, load.request("POST", path, body, token))
                if status != 204:
                    raise RuntimeError(answer.decode())

            await paced(rate, publish)
            at = await received(pool, "todo-recurring-task", list(sent))
            rounds["sidecars"].append([(at[i] - t) * 1000 for i, t in sent.items()])

            sent = {}

            async def write() -> None:
                event = an_event(random.choice(people))
                await commit(pool, [event])
                sent[event.id] = time.time()  # noqa: B023
                database.notify("outbox")

            before = stack.processor()
            await paced(rate, write)
            at = await received(pool, "todo-recurring-task", list(sent))
            spent.update(stack.processor() - before)
            rounds["outbox"].append([(at[i] - t) * 1000 for i, t in sent.items()])
            loads.append(round(os.getloadavg()[0], 1))
        p50 = {name: [summary(took)["p50"] for took in all_] for name, all_ in rounds.items()}
        found[f"{rate}/s"] = {
            "raw Kafka": summary([t for took in rounds["raw"] for t in took]),
            "publish to handler, two sidecars": summary(
                [t for took in rounds["sidecars"] for t in took]
            ),
            "commit to handler, with outbox": summary(
                [t for took in rounds["outbox"] for t in took]
            ),
            "best round's p99 of commit to handler": min(
                summary(took)["p99"] for took in rounds["outbox"]
            ),
            "p50 ratio to raw": round(
                median(o / r for o, r in zip(p50["outbox"], p50["raw"], strict=True)), 2
            ),
            "p50 ratio of the sidecars alone": round(
                median(o / r for o, r in zip(p50["sidecars"], p50["raw"], strict=True)), 2
            ),
            "ms of processor time per event": _per_event(spent, len(rounds["outbox"][0]) * ROUNDS),
            "load": loads,
        }
    return found


def _per_event(spent: Mapping[str, float], events: int) -> dict[str, float]:
    """In milliseconds: of all processes together, and of each one with at least 0.1 ms."""
    each = {name: seconds * 1000 / events for name, seconds in spent.items()}
    return {
        "all": round(sum(each.values()), 2),
        **{name: round(ms, 2) for name, ms in sorted(each.items(), key=itemgetter(1)) if ms >= 0.1},
    }


async def invocation(stack: Stack) -> dict[str, Any]:
    """P2: the same request directly and through both sidecars, in turns."""
    apps = stack.described["apps"]
    token = f"dapr-api-token: {stack.described['dapr_api_token']}\r\n"
    direct = (apps["todo-backend"]["app_port"], load.request("GET", "/healthz"))
    path = "/v1.0/invoke/todo-backend/method/healthz"
    through = (
        apps["todo-websocket"]["dapr_http_port"],
        load.request("GET", path, headers=token),
    )
    found: dict[str, Any] = {}
    for rate in RATES:
        took: dict[str, list[float]] = {"direct": [], "through two sidecars": []}
        for _ in range(ROUNDS):
            count = int(min(rate, 150) * _ROUND_SECONDS)
            connections = {
                name: await asyncio.open_connection("127.0.0.1", port)
                for name, (port, _) in (("direct", direct), ("through two sidecars", through))
            }
            began = time.perf_counter()
            for n in range(count):
                await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
                for name, (_, wire) in (("direct", direct), ("through two sidecars", through)):
                    asked = time.perf_counter()
                    status, _ = await load._exchange(*connections[name], wire)
                    took[name].append((time.perf_counter() - asked) * 1000)
                    if status != 200:
                        raise RuntimeError(f"{name}: {status}")
            for _, writer in connections.values():
                writer.close()
        ours, theirs = summary(took["through two sidecars"]), summary(took["direct"])
        found[f"{rate}/s"] = {
            "direct": theirs,
            "through two sidecars": ours,
            "overhead": {q: round(ours[q] - theirs[q], 2) for q in ("p50", "p90", "p99")},
            "load": round(os.getloadavg()[0], 1),
        }
    return found


async def complete_to_window(
    stack: Stack, subject: Subject, raw: Raw, pool: asyncpg.Pool
) -> dict[str, Any]:
    """P3: from the click to the next occurrence in another window, beside two trips through raw Kafka."""
    ratios: list[float] = []
    took: list[float] = []
    trips: list[float] = []
    tasks: list[int] = []
    ticket = (await subject.call(subject.me, "POST", "/api/realtime/tickets"))["ticket"]
    async with connect(f"ws://127.0.0.1:{stack.port}/ws?ticket={ticket}", proxy=None) as window:
        await window.recv()
        for _ in range(ROUNDS):
            mine, theirs = [], []
            for _ in range(_CHAIN):
                theirs.append(await raw.trip(b"x" * 500) + await raw.trip(b"x" * 500))
                task, took_ms = await complete_one(subject, window)
                tasks.append(task)
                mine.append(took_ms)
            took += mine
            trips += theirs
            ratios.append(median(mine) / median(theirs))
    wrong = await pool.fetchval(
        """SELECT count(*) FROM task t WHERE t.id = ANY($1::bigint[]) AND 1 <> (
               SELECT count(*) FROM task n WHERE n.series_id = t.series_id AND n.occurrence = 2)""",
        tasks,
    )
    return {
        "complete to another window": summary(took, 1),
        "two trips through raw Kafka": summary(trips, 1),
        "p50 ratio": round(median(ratios), 2),
        "lost or doubled": wrong,
        "load": round(os.getloadavg()[0], 1),
    }


async def ten_thousand_reminders(stack: Stack, subject: Subject) -> dict[str, Any]:
    """P10: all due at once; and again while the service that sends them is killed."""
    quiet = await reminders.storm(subject)

    async def kill() -> None:
        await asyncio.sleep(4.5)  # the reminders are due 3 to 4 s after they are planned
        os.kill(stack.described["apps"]["todo-notification"]["pid"], signal.SIGKILL)

    killing = asyncio.create_task(kill())
    hurt = await reminders.storm(subject)
    await killing
    return {"ms late": quiet, "ms late, killed in the middle": hurt}


async def burst(brokers: str, pool: asyncpg.Pool) -> dict[str, Any]:
    """P13: written to the topic faster than consumers read; each consumer's rate by its inbox rows."""
    people = [str(uuid4()) for _ in range(200)]
    events = [an_event(people[n % 200]) for n in range(_BURST)]
    producer = AIOKafkaProducer(bootstrap_servers=brokers, linger_ms=5)
    await producer.start()
    began = time.perf_counter()
    await asyncio.gather(
        *[
            await producer.send(str(Topic.TASK_EVENTS), encode(e), key=e.key.encode())
            for e in events
        ]
    )
    produced = time.perf_counter() - began
    await producer.stop()
    found: dict[str, Any] = {"events": _BURST, "produced per second": round(_BURST / produced)}
    ids = [e.id for e in events]
    for consumer in ("todo-audit", "todo-recurring-task"):
        at = await received(pool, consumer, ids, within=120)
        seconds = max(at.values()) - min(at.values())
        found[f"{consumer} per second"] = round(_BURST / seconds)
    found["load"] = round(os.getloadavg()[0], 1)
    return found


async def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="todo-bench-"))
    (folder / "data").mkdir()
    report: dict[str, Any] = {
        **circumstances(),
        "raw_probe": "aiokafka, one process",
    }
    stack = Stack(folder / "data")
    try:
        first = await stack.start()
        await stack.stop()
        again = await stack.start()
        report["P15 cold start, s"] = {"very first": first, "existing data": again}
        say(f"P15 {report['P15 cold start, s']}")
        await asyncio.sleep(10)
        report["P14b idle memory, MB (PSS)"] = stack.memory()
        say(f"P14b {report['P14b idle memory, MB (PSS)']}")
        url, brokers = stack.described["database_url"], stack.described["kafka_brokers"]
        async with AsyncExitStack() as exits:
            subject = await exits.enter_async_context(Subject(url, stack.port, exits))
            subject.me = await subject.sign_up()
            database = await exits.enter_async_context(open_database(url, size=8))
            database.start_notifier()
            pool = database.pool
            raw = await exits.enter_async_context(Raw.open(brokers))
            for name, part in (
                ("P1 commit to handler, ms", commit_to_handler(stack, raw, database)),
                ("P2 service invocation, ms", invocation(stack)),
                (
                    "P3 complete to another window, ms",
                    complete_to_window(stack, subject, raw, pool),
                ),
                ("P10 10,000 reminders at once", ten_thousand_reminders(stack, subject)),
                ("P13 burst", burst(brokers, pool)),
                ("P18 the broker is away", without_a_broker(stack, subject, pool)),
            ):
                try:
                    report[name] = await part
                except (RuntimeError, TimeoutError) as error:  # the machine is too busy for it
                    report[name] = {"did not finish": str(error), "load": os.getloadavg()[0]}
                say(f"{name}: {json.dumps(report[name])}")
    finally:
        await stack.stop()
    report["load_after"] = os.getloadavg()
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    say(f"written to {REPORT}")


if __name__ == "__main__":
    asyncio.run(main())
