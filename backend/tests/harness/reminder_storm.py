"""Reminders fall due while the processes that send them are killed and stopped.

Afterwards none may be missing, and a receiver that honours idempotency keys has received each of them once.

    scripts/reminder-storm --reminders 2000 --seconds 600 --kills 30 --stops 10

One process makes and publishes events (todo-backend), two send reminders (todo-notification), all on one
PostgreSQL. A stop is longer than the lease: the process comes back believing that its claims are still its own.
"""

import argparse
import asyncio
import base64
import contextlib
import hmac
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg
import httpx2

from tests.harness.system import eventually, free_port
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres

_PEOPLE = 20
# The product's own entry point, with a lease of so many seconds (60 in the product).
_PROGRAM = """
import sys
from datetime import timedelta
from todo.notifications import queue
queue.LEASE = timedelta(seconds=float(sys.argv.pop(1)))
from todo.cli import main
main()
"""


@dataclass(frozen=True)
class Plan:
    reminders: int
    seconds: float
    kills: int
    stops: int
    lease: float
    seed: int = 1


class Sink:
    """A webhook receiver: checks the signature, answers 200, and records the time of each reminder."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        # For each reminder: the idempotency keys of its deliveries, and the times at which each key arrived.
        self.came: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.unsigned = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {
                    name.lower(): value
                    for name, _, value in (line.partition(": ") for line in head)
                }
                body = await reader.readexactly(int(headers["content-length"]))
                self._take(head[0].split()[1], headers, body)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        writer.close()

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        key = headers["webhook-id"]
        secret = base64.b64decode(self.secrets[path].removeprefix("whsec_"))
        signed = f"{key}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
        if headers["webhook-signature"] != f"v1,{mac}":
            self.unsigned += 1
            return
        self.came[json.loads(body)["data"]["reminder_id"]][key].append(time.time())


@dataclass
class Served:
    """A service in its own process, which is restarted after a kill."""

    name: str
    url: str
    lease: float
    log: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    stopped: bool = False

    async def start(self) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "APP_PORT": str(self.port),
            "TODO_LOGIN_LIMIT": "1000/minute",
            "TODO_USER_LIMIT": "1000000/minute",
            "TODO_ADDRESS_LIMIT": "1000000/minute",
            "TODO_ALLOW_PRIVATE_ADDRESSES": "true",
        }
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _PROGRAM, str(self.lease), "serve", self.name,
                env=environment, stdout=log, stderr=log,
            )  # fmt: skip

    def send(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    async def kill(self) -> None:
        assert self.process is not None
        self.send(signal.SIGKILL)
        await self.process.wait()

    async def stop_for(self, seconds: float) -> None:
        self.stopped = True
        self.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.send(signal.SIGCONT)
        self.stopped = False


async def storm(plan: Plan, folder: Path) -> dict[str, Any]:
    postgres = Postgres(folder / "data", folder / "log")
    database = await postgres.launch()
    sink = Sink()
    server = await asyncio.start_server(sink.handle, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    processes: list[Served] = []
    try:
        await postgres.ready()
        await upgrade(postgres.url)
        for name in ("todo-backend", "todo-notification", "todo-notification"):
            log = folder / f"{name}-{len(processes)}.log"
            processes.append(Served(name, postgres.url, plan.lease, log))
        await asyncio.gather(*(process.start() for process in processes))
        planned = await _prepare(plan, processes[0], hook, sink)
        began = time.time()
        blows = await _blow(plan, processes[1:])
        await eventually(
            lambda: _missing(planned, sink), lambda n: n == 0, within=2 * plan.lease + 120
        )
        return {
            **_findings(plan, planned, sink),
            **await _ledger(postgres.url),
            "blows": blows,
            "storm_seconds": round(time.time() - began, 1),
        }
    finally:
        for process in processes:
            if process.process is not None and process.process.returncode is None:
                await process.kill()
        server.close()
        await database.stop()


async def _prepare(plan: Plan, backend: Served, hook: str, sink: Sink) -> dict[int, float]:
    """Create users with a webhook and tasks with reminders; returns when each reminder is due."""
    url = f"http://127.0.0.1:{backend.port}"
    chance = random.Random(plan.seed)

    async def ready() -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return (await http.get("/readyz")).status_code == 200
        return False

    async def sign_up(number: int) -> dict[str, str]:
        person = {"email": f"a{number}@example.com", "password": "correct horse"}
        answer = (await http.post("/api/auth/register", json=person)).raise_for_status()
        cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        [mail] = (await http.get("/api/channels", headers=cookie)).json()["items"]
        await http.delete(f"/api/channels/{mail['id']}", headers=cookie)
        channel = {"kind": "webhook", "config": {"url": f"{hook}/{number}"}}
        made = await http.post("/api/channels", json=channel, headers=cookie)
        sink.secrets[f"/{number}"] = made.raise_for_status().json()["secret"]
        return cookie

    async def add(cookie: dict[str, str], count: int) -> None:
        for _ in range(count):
            due = start + timedelta(seconds=chance.uniform(0, plan.seconds))
            task = {"title": "remember", "reminders": [due.isoformat()]}
            (await http.post("/api/tasks", json=task, headers=cookie)).raise_for_status()

    async with httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60) as http:
        await eventually(ready, within=120)
        people = [await sign_up(number) for number in range(_PEOPLE)]
        # Far enough in the future for all of them to be written before.
        start = datetime.now(UTC) + timedelta(seconds=10 + plan.reminders / 40)
        await asyncio.gather(*(add(person, plan.reminders // _PEOPLE) for person in people))
    connection = await asyncpg.connect(backend.url)
    try:
        rows = await connection.fetch("SELECT id, remind_at FROM reminder")
    finally:
        await connection.close()
    assert len(rows) == plan.reminders
    await asyncio.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds()))
    return {row["id"]: row["remind_at"].timestamp() for row in rows}


async def _blow(plan: Plan, processes: list[Served]) -> dict[str, int]:
    """Spread the kills and stops over the storm; a stop is longer than the lease."""
    chance = random.Random(plan.seed)
    loop = asyncio.get_running_loop()
    began = loop.time()
    pause = plan.lease + 5
    stops = [(plan.seconds * n / plan.stops, "stop") for n in range(plan.stops)]
    kills = [(chance.uniform(0, plan.seconds), "kill") for _ in range(plan.kills)]
    done: Counter[str] = Counter()
    waiting = []
    for at, blow in sorted(stops + kills):
        await asyncio.sleep(max(0.0, began + at - loop.time()))
        running = [process for process in processes if not process.stopped]
        while not running:  # both are stopped: wait for one that can be killed
            await asyncio.sleep(0.1)
            running = [process for process in processes if not process.stopped]
        hit = chance.choice(running)
        done[blow] += 1
        if blow == "stop":
            waiting.append(asyncio.create_task(hit.stop_for(pause)))
        else:
            await hit.kill()
            await hit.start()
    await asyncio.gather(*waiting)
    await asyncio.sleep(max(0.0, began + plan.seconds - loop.time()))
    return {"SIGKILL": done["kill"], f"SIGSTOP for {pause:.0f} s": done["stop"]}


async def _missing(planned: dict[int, float], sink: Sink) -> int:
    return len(planned.keys() - sink.came.keys())


def _findings(plan: Plan, planned: dict[int, float], sink: Sink) -> dict[str, Any]:
    late = [
        min(when for times in sink.came[reminder].values() for when in times) - at
        for reminder, at in planned.items()
        if reminder in sink.came
    ]
    hundredths = quantiles(late, n=100, method="inclusive")
    came = [times for keys in sink.came.values() for times in keys.values()]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": plan.seed,
        "reminders": plan.reminders,
        "over_seconds": plan.seconds,
        "notification_processes": 2,
        "lease_seconds": plan.lease,
        "missing": len(planned.keys() - sink.came.keys()),
        "unsigned": sink.unsigned,
        # A receiver that honours webhook-id sees a reminder twice only under two keys.
        "repeats_at_a_sink_that_honours_keys": len(came) - len(sink.came),
        "repeats_at_one_that_does_not": sum(map(len, came)) - len(sink.came),
        "early": sum(seconds < 0 for seconds in late),
        "late_seconds": {
            "p50": round(hundredths[49], 3),
            "p99": round(hundredths[98], 3),
            "max": round(max(late), 3),
        },
        "load_average": [round(x, 1) for x in os.getloadavg()],
    }


async def _ledger(url: str) -> dict[str, Any]:
    """The figures of the ledger, once every delivery is sent."""
    connection = await asyncpg.connect(url)
    unsent = "SELECT count(*) FROM delivery WHERE state <> 'sent'"
    try:
        left = await eventually(lambda: connection.fetchval(unsent), lambda n: n == 0, within=180)
        return {
            "ledger_rows_not_sent": left,
            "sent_at_the_second_or_later_try": await connection.fetchval(
                "SELECT count(*) FROM delivery WHERE attempt > 1"
            ),
            "dead_letters": await connection.fetchval("SELECT count(*) FROM dead_letter"),
        }
    finally:
        await connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--reminders", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--stops", type=int, default=10)
    parser.add_argument("--lease", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path)
    arguments = vars(parser.parse_args())
    report = arguments.pop("report")
    with tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True) as folder:
        found = asyncio.run(storm(Plan(**arguments), Path(folder)))
    print(json.dumps(found, indent=1))
    if report:
        report.write_text(json.dumps(found, indent=1) + "\n")
    return int(bool(found["missing"] or found["repeats_at_a_sink_that_honours_keys"]))


if __name__ == "__main__":
    raise SystemExit(main())
