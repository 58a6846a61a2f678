"""`make bench STACK=dapr`: the numbers of the stack, as JSON. Raw Kafka and the product take turns in one run.

The raw probe is aiokafka in this process: what an asyncio service would do without Dapr, outbox or inbox. From the
commit on, a time is taken where it happens: by this process when its COMMIT returns, by PostgreSQL when the
consumer's transaction begins (its inbox row). All clocks are this machine's.
"""

import asyncio
import json
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import psutil  # type: ignore[import-untyped]
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from websockets.asyncio.client import connect

from bench import circumstances, load, reminders
from bench.live import complete_one
from bench.subject import Person, Subject
from todo.domain.events import Topic, rfc3339
from todo.runtime.dapr.client import bulk_body
from todo.runtime.dapr.kafka_admin import read_from
from todo.runtime.db.database import Database, open_database
from todo.runtime.db.unit import shard_of
from todo.runtime.envelope import Envelope, encode
from todo.runtime.ports import Message
from todo.runtime.settings import Settings

REPORT = Path(__file__).parents[2] / "docs" / "reports" / "bench-stack.json"
ROUNDS = 5
RATES = (20, 100, 300)
_ROUND_SECONDS = 2.0
_RAW_TOPIC = "bench"
_CHAIN = 200  # completions per round
_BURST = 12_000
_BROKER_AWAY_SECONDS = 30.0


def say(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


def summary(took: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(took)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    found = {name: round(ordered[int(len(ordered) * q)], digits) for name, q in at.items()}
    return {"n": len(ordered), **found}


class Stack:
    """`todo up --stack dapr` as its own process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = load.free_port()
        self.process: asyncio.subprocess.Process | None = None

    @property
    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return found

    async def start(self) -> dict[str, float]:
        """How long until the pages and the API answer (P15)."""
        began = time.perf_counter()
        with (self.folder.parent / "up.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("todo"), "up", "--stack", "dapr",
                env={
                    **os.environ,
                    "TODO_DATA_DIR": str(self.folder),
                    "TODO_PORT": str(self.port),
                    "TODO_LOGIN_LIMIT": "9999/minute",
                },
                stdout=log, stderr=log,
            )  # fmt: skip
        await load.until_open(self.port)
        while not await self._is_up():
            if self.process.returncode is not None:
                raise RuntimeError((self.folder.parent / "up.log").read_text())
            await asyncio.sleep(0.02)
        return {"seconds": round(time.perf_counter() - began, 2), "load": os.getloadavg()[0]}

    async def _is_up(self) -> bool:
        try:
            for path in ("/readyz", "/login"):
                status, _ = await load.once(self.port, load.request("GET", path))
                if status != 200:
                    return False
        except (OSError, asyncio.IncompleteReadError):
            return False
        return True

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        for process in (first, *first.children(recursive=True)):
            words = process.cmdline()
            if "serve" in words:
                name = " ".join(words[-2:])
            elif "--app-id" in words:
                name = f"daprd {words[words.index('--app-id') + 1]}"
            else:
                name = Path(words[0]).name.split(":")[0] if words else "?"
            yield name, process

    def memory(self) -> dict[str, Any]:
        """Proportional set sizes in MB: what is shared counts once (P14b)."""
        by_name: Counter[str] = Counter()
        for name, process in self._processes():
            by_name[name] += process.memory_full_info().pss / 1024**2
        return {
            "all": round(sum(by_name.values())),
            **{name: round(mb) for name, mb in sorted(by_name.items())},
        }

    def processor(self) -> Counter[str]:
        """Seconds of processor time since each began."""
        by_name: Counter[str] = Counter()
        for name, process in self._processes():
            times = process.cpu_times()
            by_name[name] += times.user + times.system
        return by_name


class Raw:
    """Kafka alone: one producer, one consumer, acks from all, no linger."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._arrived: dict[bytes, asyncio.Future[float]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, brokers: str) -> AsyncIterator["Raw"]:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        await admin.create_topics([NewTopic(_RAW_TOPIC, 6, 1)], timeout_ms=10_000)
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=0)
        consumer = AIOKafkaConsumer(
            _RAW_TOPIC,
            bootstrap_servers=brokers,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await producer.start()
        await consumer.start()
        raw = cls(producer)

        async def read() -> None:
            async for record in consumer:
                raw._arrived.pop(record.key).set_result(time.perf_counter())

        reading = asyncio.create_task(read())
        try:
            await raw.trip(b"x" * 400)  # connected and assigned
            yield raw
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await consumer.stop()
            await producer.stop()

    async def trip(self, value: bytes) -> float:
        """Milliseconds from here to the consumer."""
        key = secrets.token_bytes(8)
        arrived = self._arrived[key] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await (await self._producer.send(_RAW_TOPIC, value, key=key))
        at: float = await arrived
        return (at - began) * 1000


def an_event(user_id: str) -> Envelope:
    """Of a task that is not there: its inbox row is all that the recurring-task service writes."""
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
    """What a unit of work does with its events, without the rest of a request."""
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
    """`act` at an even rate for one round, whether or not the one before has ended."""
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
    """P1, and on the way what the two sidecars add without the outbox."""
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
    """Of all processes, and of those that take a tenth of a millisecond or more."""
    each = {name: seconds * 1000 / events for name, seconds in spent.items()}
    return {
        "all": round(sum(each.values()), 2),
        **{name: round(ms, 2) for name, ms in sorted(each.items(), key=itemgetter(1)) if ms >= 0.1},
    }


async def invocation(stack: Stack) -> dict[str, Any]:
    """P2: the same question directly and through the caller's and the callee's sidecar, request by request."""
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
    """P3: from the click to the next occurrence in another window; the probe is two trips through raw Kafka."""
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
    """P10: in one instant; and again while the service that sends them is killed."""
    quiet = await reminders.storm(subject)

    async def kill() -> None:
        await asyncio.sleep(4.5)  # the reminders are due 3 to 4 s after they are planned
        os.kill(stack.described["apps"]["todo-notification"]["pid"], signal.SIGKILL)

    killing = asyncio.create_task(kill())
    hurt = await reminders.storm(subject)
    await killing
    return {"ms late": quiet, "ms late, killed in the middle": hurt}


async def burst(brokers: str, pool: asyncpg.Pool) -> dict[str, Any]:
    """P13: straight onto the topic, faster than anybody reads; each consumer's rate by its own inbox rows."""
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


async def without_a_broker(stack: Stack, subject: Subject, pool: asyncpg.Pool) -> dict[str, Any]:
    """P18: writes go on, and what waited drains in order."""
    # Many more than clients: of two transactions of one person at once either may commit first, whatever the ids.
    people = [await subject.sign_up() for _ in range(64)]

    def creating() -> Callable[[], bytes]:
        turn = iter(range(10**9))

        def make() -> bytes:
            person: Person = people[next(turn) % len(people)]
            return person.request("POST", "/api/tasks", '{"title":"Buy milk"}')

        return make

    ratios = []
    broker = stack.described["stores"]["kafka"]
    for _ in range(2):  # two rounds, each with as much time with as without
        usual = await load.run(stack.port, creating(), clients=8, seconds=5)
        await _drain(pool)
        os.kill(broker, signal.SIGSTOP)
        began = time.monotonic()
        try:
            away = await load.run(stack.port, creating(), clients=8, seconds=5)
            await asyncio.sleep(_BROKER_AWAY_SECONDS / 2 - (time.monotonic() - began))
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
        "seconds away": _BROKER_AWAY_SECONDS / 2,
        "rounds": ratios,
        "events out of order": await _out_of_order(stack, pool, [p.id for p in people]),
        "load": round(os.getloadavg()[0], 1),
    }


async def _drain(pool: asyncpg.Pool) -> dict[str, Any]:
    """The rate from the first event that got through; and how long until then."""
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
    """Events of a person that stand on the topic (first copies) behind one that was committed after them."""
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
