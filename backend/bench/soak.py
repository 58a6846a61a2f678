"""Twenty good clients work while sixty bad ones of twelve kinds do their worst: python -m bench.soak --minutes 5.

All servers are on loopback. The good clients wait a quarter of a second between requests, as a busy person does.
The bad ones (bench.bad_clients) are another process, whose own work does not delay the answers that are measured.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from bench import circumstances, load
from bench.subject import Person, Subject
from todo.launch.postgres import Postgres

GOOD, BAD = 20, 60
_PAUSE_SECONDS = 0.25


async def work(subject: Subject, person: Person, result: load.Result, end: float) -> None:
    """Add, list and change tasks, one request after the other."""
    task = (await subject.call(person, "POST", "/api/tasks", {"title": "first"}))["id"]
    reader, writer = await asyncio.open_connection("127.0.0.1", subject.port)
    while time.monotonic() < end:
        wire = random.choice(
            [
                person.request("GET", "/api/tasks"),
                person.request("GET", "/api/tasks/counts"),
                person.request("POST", "/api/tasks/parse", '{"text": "milk tomorrow at 9"}'),
                person.request("PATCH", f"/api/tasks/{task}", '{"priority": 3}'),
                person.request("POST", "/api/tasks", '{"title": "more", "due_date": "2027-01-01"}'),
            ]
        )
        began = time.perf_counter()
        status, _ = await load._exchange(reader, writer, wire)
        result.latencies.append(time.perf_counter() - began)
        result.statuses[status] = result.statuses.get(status, 0) + 1
        await asyncio.sleep(_PAUSE_SECONDS)
    writer.close()


async def measured(subject: Subject, people: list[Person], seconds: float) -> load.Result:
    result = load.Result(seconds=seconds)
    end = time.monotonic() + seconds
    await asyncio.gather(*(work(subject, person, result, end) for person in people))
    return result


def shown(result: load.Result) -> dict[str, Any]:
    return {
        "requests": len(result.latencies),
        "statuses": result.statuses,
        "p50 ms": round(result.percentile(0.5), 1),
        "p99 ms": round(result.percentile(0.99), 1),
    }


def memory(process: psutil.Process) -> int:
    """Private memory of the server and its workers, in MiB."""
    with suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        return int(sum(each.memory_full_info().uss for each in family) / 2**20)
    return 0


@asynccontextmanager
async def serving(*argv: str, **env: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *argv, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def attacked_by(people: list[Person], port: int, seconds: float) -> dict[str, int]:
    """Run the bad clients, and return what the server answered to them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.bad_clients",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    task = {"port": port, "seconds": seconds, "tokens": [person.token for person in people]}
    printed, _ = await process.communicate(json.dumps(task).encode())
    found: dict[str, int] = json.loads(printed)
    return found


async def soak(minutes: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        postgres = Postgres(Path(folder) / "postgres", Path(folder) / "log")
        database = await postgres.launch()
        try:
            await postgres.ready()
            return await _soak(postgres.url, minutes * 60)
        finally:
            await database.stop()


async def _soak(url: str, seconds: float) -> dict[str, Any]:
    started: list[int] = []

    @asynccontextmanager
    async def process(*argv: str, **env: str) -> AsyncIterator[None]:
        # The limits are what is tested; only logins are more, for the accounts of the test.
        kept = {"DATABASE_URL", "APP_PORT", "TODO_LOGIN_LIMIT"}
        async with serving(*argv, **{name: env[name] for name in kept}) as child:
            started.append(child.pid)
            yield

    async with await Subject.start(url, process) as subject:
        server = psutil.Process(started[0])
        people = [await subject.sign_up() for _ in range(GOOD)]
        strangers = [await subject.sign_up() for _ in range(BAD)]
        for stranger in strangers:  # for their exports
            for _ in range(5):
                body = json.dumps({"title": "x" * 10_000, "description": "y" * 20_000})
                await load.once(subject.port, stranger.request("POST", "/api/tasks", body))
        alone = await measured(subject, people, min(60, seconds / 3))
        before = memory(server)
        attack = asyncio.create_task(attacked_by(strangers, subject.port, seconds))
        watching = asyncio.create_task(_watch(server))
        attacked = await measured(subject, people, seconds)
        seen = await attack
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return {
            **circumstances(),
            "minutes": seconds / 60,
            "alone": shown(alone),
            "attacked": shown(attacked),
            "what bad clients got": seen,
            "MiB": {"before": before, "after": memory(server), "samples": _samples},
        }


_samples: list[int] = []


async def _watch(server: psutil.Process) -> None:
    while True:
        _samples.append(memory(server))
        await asyncio.sleep(10)


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--minutes", type=float, default=120)
    found = asyncio.run(soak(parser.parse_args().minutes))
    print(json.dumps(found, indent=1))
    failed = [status for status in found["attacked"]["statuses"] if status >= 500]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
