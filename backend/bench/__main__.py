"""`make bench`: the product's figures, as JSON. Reference and product take turns in one run on one PostgreSQL.

This is not a test: a slow machine does not fail it. Each figure has the load average of its round beside it.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench import circumstances, load
from bench.live import complete_to_window
from bench.reminders import lateness, storm
from bench.start import start_and_weigh
from bench.subject import Subject
from todo.launch.postgres import Postgres

REPORT = Path(__file__).parents[2] / "docs" / "reports" / "bench.json"
ROUNDS = 5
SECONDS = 2.0
CLIENTS = 8
COMPLETIONS = 400  # per round
SIZES = tuple(
    int(size) for size in os.environ.get("BENCH_SIZES", "1000,10000,100000,1000000").split(",")
)


def say(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


@asynccontextmanager
async def process(*command: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        started.terminate()
        await started.wait()


async def against_reference(subject: Subject, reference: int) -> dict[str, Any]:
    """P4, P5: create, read and update, in turns with the bare reference."""
    known = json.loads(
        (await load.once(reference, load.request("POST", "/tasks", '{"title":"t"}')))[1]
    )["id"]
    mine = await subject.add("t")
    cases: dict[str, tuple[Callable[[], bytes], Callable[[], bytes]]] = {
        "create": (
            lambda: subject.request("POST", "/api/tasks", '{"title":"Buy milk"}'),
            lambda: load.request("POST", "/tasks", '{"title":"Buy milk"}'),
        ),
        "get": (
            lambda: subject.request("GET", f"/api/tasks/{mine}"),
            lambda: load.request("GET", f"/tasks/{known}"),
        ),
        "update": (
            lambda: subject.request(
                "PATCH", f"/api/tasks/{mine}", f'{{"title":"t{os.urandom(4).hex()}"}}'
            ),
            lambda: load.request(
                "PATCH", f"/tasks/{known}", f'{{"title":"t{os.urandom(4).hex()}"}}'
            ),
        ),
    }
    found: dict[str, Any] = {}
    for name, (ours, theirs) in cases.items():
        for clients in (1, 8, 32):
            rounds = []
            statuses: dict[int, int] = {}
            for _ in range(ROUNDS):
                probe = await load.run(reference, theirs, clients=clients, seconds=SECONDS)
                result = await load.run(subject.port, ours, clients=clients, seconds=SECONDS)
                statuses |= {k: statuses.get(k, 0) + v for k, v in result.statuses.items()}
                rounds.append((result, probe, os.getloadavg()[0]))
            found[f"{name} c={clients}"] = {
                "requests_per_second": round(median(r.per_second for r, _, _ in rounds)),
                "reference_per_second": round(median(p.per_second for _, p, _ in rounds)),
                "ratio": round(median(r.per_second / p.per_second for r, p, _ in rounds), 2),
                "p50_ms": round(median(r.percentile(0.5) for r, _, _ in rounds), 2),
                "p99_ms": round(median(r.percentile(0.99) for r, _, _ in rounds), 1),
                "statuses": statuses,
                "load": [load_ for _, _, load_ in rounds],
            }
            say(f"{name} c={clients}: {found[f'{name} c={clients}']['ratio']}× the reference")
    return found


async def complete_with_successors(subject: Subject, reference: int) -> dict[str, Any]:
    """P6: eight clients complete repeating tasks, until each has a successor. The reference updates a row."""
    known = json.loads(
        (await load.once(reference, load.request("POST", "/tasks", '{"title":"t"}')))[1]
    )["id"]
    rates, probes = [], []
    for _ in range(ROUNDS):
        probe = await load.run(
            reference,
            lambda: load.request("PATCH", f"/tasks/{known}", '{"title":"done"}'),
            clients=CLIENTS,
            seconds=SECONDS,
        )
        due = {"due_date": "2026-11-02T09:00:00Z", "recurrence": "daily"}
        waiting = [await subject.add("Water plants", **due) for _ in range(COMPLETIONS)]
        made = "SELECT count(*) FROM task WHERE occurrence = 2"
        before = await subject.value(made)
        began = time.perf_counter()

        async def client(waiting: list[int] = waiting) -> None:
            while waiting:
                await subject.call(subject.me, "POST", f"/api/tasks/{waiting.pop()}/complete")

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        while await subject.value(made) < before + COMPLETIONS:  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.005)
        rates.append(COMPLETIONS / (time.perf_counter() - began))
        probes.append(probe.per_second)
    return {
        "completions_per_second": round(median(rates)),
        "reference_per_second": round(median(probes)),
        "ratio": round(median(r / p for r, p in zip(rates, probes, strict=True)), 2),
    }


async def growth(subject: Subject) -> dict[str, Any]:
    """P7, P8, P9: pages, search and counts of users with 1,000 to 1,000,000 tasks, in turns."""
    people = {size: await subject.with_tasks(size) for size in SIZES}
    await subject.settle()
    cases = {
        "first page": "/api/tasks",
        "deep page": "/api/tasks?cursor={deep}",
        "search": "/api/tasks?q=groceries",
        "counts": "/api/tasks/counts",
        "get one": "/api/tasks/{id}",
    }
    samples: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in SIZES} for name in cases
    }
    for _ in range(ROUNDS):
        for name, path in cases.items():
            for size, person in people.items():
                wire = person.request(
                    "GET", path.format(deep=person.deep_cursor, id=person.some_id)
                )
                result = await load.run(subject.port, partial(bytes, wire), clients=1, seconds=0.5)
                samples[name][size].append(result.percentile(0.5))
    return {
        name: {str(size): round(median(v), 2) for size, v in s.items()}
        for name, s in samples.items()
    }


async def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="todo-bench-"))
    postgres = Postgres(folder / "data", folder / "log")
    server = await postgres.launch()
    await postgres.ready()
    report = circumstances()
    try:
        subject = await Subject.start(postgres.url, process)
        async with subject:
            port = load.free_port()
            async with process(sys.executable, "-m", "bench.reference", postgres.url, str(port)):
                await load.until_open(port)
                report["P4-P5 against the reference"] = await against_reference(subject, port)
                report[
                    "P6 complete, with the next occurrence, c=8"
                ] = await complete_with_successors(subject, port)
            report["P3 complete to another window, ms"] = await complete_to_window(subject)
            report["P11 reminder lateness, ms"] = await lateness(subject)
            report["P10 10,000 reminders at once"] = await storm(subject)
            report["P7-P9 p50 ms by number of tasks"] = await growth(subject)
    finally:
        await server.stop()
    report["P14-P15 todo up"] = await start_and_weigh()
    report["load_after"] = os.getloadavg()
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    say(
        f"written to {REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT}"
    )


if __name__ == "__main__":
    asyncio.run(main())
