"""The storm: users complete tasks while every process is killed or stopped at random.

Afterwards no completion may be lost or doubled, by SQL and by the clients' own log.

    scripts/storm --completions 2000 --users 40 --kills 60 --seed 1
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from todo.domain.events import Topic
from todo.launch import frontend
from todo.runtime.dapr.kafka_admin import read_from
from todo.runtime.settings import Settings

# Longer than a consumer's session (6 s), shorter than all retries together.
_STOPPED_SECONDS = 9.0
_SAME_TARGET_SECONDS = 12.0
_SETTLE_SECONDS = 300.0


@dataclass
class Storm:
    completions: int
    users: int
    kills: int
    seed: int
    folder: Path
    port: int = field(default_factory=frontend.free_port)
    acknowledged: set[int] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def described(self) -> dict[str, Any]:
        described: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return described

    def targets(self) -> dict[str, int]:
        described = self.described()
        found = {f"store {name}": pid for name, pid in described["stores"].items()}
        for app_id, app in described["apps"].items():
            if app_id != "todo-frontend":  # it handles no events
                found[app_id] = app["pid"]
                found[f"{app_id}'s sidecar"] = app["daprd_pid"]
        return {name: pid for name, pid in found.items() if pid}


async def run(storm: Storm) -> dict[str, Any]:
    rng = random.Random(storm.seed)
    began = time.monotonic()
    process = await _start(storm)
    try:
        async with httpx2.AsyncClient(base_url=storm.url, timeout=10, trust_env=False) as client:
            people = await asyncio.gather(*(_person(client, n) for n in range(storm.users)))
            each = -(-storm.completions // storm.users)
            tasks = await asyncio.gather(*(_tasks(client, person, each) for person in people))
            started = time.monotonic()
            working = asyncio.create_task(_work(storm, client, people, tasks, rng))
            await _blow(storm, rng, working)
            await working
            stormed = time.monotonic() - started
        found = await _settled(storm)
        return {
            "seed": storm.seed,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "users": storm.users,
            "acknowledged_completions": len(storm.acknowledged),
            "answers_that_were_tried_again": dict(storm.refused),
            "killed": dict(sorted(storm.killed.items())),
            "stopped": dict(sorted(storm.stopped.items())),
            "sigkills": storm.killed.total(),
            "sigstops": storm.stopped.total(),
            "storm_seconds": round(stormed, 1),
            "seconds_in_all": round(time.monotonic() - began, 1),
            "load_average": [round(x, 1) for x in os.getloadavg()],
            **found,
        }
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _start(storm: Storm) -> asyncio.subprocess.Process:
    log = (storm.folder / "up.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("todo"), "up", "--stack", "dapr",
        env={
            **os.environ,
            "TODO_DATA_DIR": str(storm.folder),
            "TODO_PORT": str(storm.port),
            "TODO_LOGIN_LIMIT": "100000/minute",
        },
        cwd=storm.folder, stdout=log, stderr=log,
    )  # fmt: skip
    while b"ready  " not in (storm.folder / "up.log").read_bytes():
        if process.returncode is not None:
            raise SystemExit((storm.folder / "up.log").read_text())
        await asyncio.sleep(0.2)
    return process


async def _person(client: httpx2.AsyncClient, number: int) -> dict[str, str]:
    person = {"email": f"storm-{number}@example.org", "password": "a storm is coming, 2026"}
    answer = await client.post("/api/auth/register", json=person, timeout=120)
    answer.raise_for_status()
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return {"cookie": cookie, "origin": str(client.base_url).rstrip("/")}


async def _tasks(client: httpx2.AsyncClient, person: dict[str, str], count: int) -> list[int]:
    made = []
    for number in range(count):
        answer = await client.post(
            "/api/tasks",
            json={
                "title": f"water the plants {number}",
                "due_date": "2027-01-04T09:00:00",
                "timezone": "Europe/Prague",
                "recurrence": "weekly",
            },
            headers=person,
            timeout=120,
        )
        answer.raise_for_status()
        made.append(int(answer.json()["id"]))
    return made


async def _work(
    storm: Storm,
    client: httpx2.AsyncClient,
    people: list[dict[str, str]],
    tasks: list[list[int]],
    rng: random.Random,
) -> None:
    # Spread over the time of all kills, so that work is in flight at each of them.
    pause = storm.kills * 2.5 / (storm.completions / storm.users)
    await asyncio.gather(
        *(
            _complete_all(storm, client, person, mine, pause, random.Random(rng.random()))
            for person, mine in zip(people, tasks, strict=True)
        )
    )


async def _complete_all(
    storm: Storm,
    client: httpx2.AsyncClient,
    person: dict[str, str],
    tasks: list[int],
    pause: float,
    rng: random.Random,
) -> None:
    for task in tasks:
        await asyncio.sleep(rng.uniform(0, 2 * pause))
        while task not in storm.acknowledged:
            try:
                answer = await client.post(
                    f"/api/tasks/{task}/complete", json={}, headers=person, timeout=10
                )
            except httpx2.TransportError as error:
                storm.refused[type(error).__name__] += 1
            else:
                if answer.status_code == 200:
                    storm.acknowledged.add(task)
                    break
                storm.refused[str(answer.status_code)] += 1
            await asyncio.sleep(rng.uniform(0.1, 0.5))


async def _blow(storm: Storm, rng: random.Random, working: "asyncio.Task[None]") -> None:
    """Kill or stop every process once in random order, and repeat until enough have been killed."""
    last: dict[str, float] = {}
    left: list[str] = []
    waking: list[asyncio.Task[None]] = []
    while storm.killed.total() < storm.kills:
        await asyncio.sleep(rng.uniform(0.5, 3.5))
        targets = storm.targets()
        if not left:
            left = sorted(targets)
            rng.shuffle(left)
        now = time.monotonic()
        may = [name for name in left if now - last.get(name, 0) > _SAME_TARGET_SECONDS]
        if not may:
            continue
        name = may[0]
        last[name] = now
        stop = rng.random() < 0.25
        try:
            os.kill(targets[name], signal.SIGSTOP if stop else signal.SIGKILL)
        except ProcessLookupError:
            continue
        if stop:
            storm.stopped[name] += 1
            last[name] = now + _STOPPED_SECONDS
            waking.append(asyncio.create_task(_continue(targets[name])))
        else:
            storm.killed[name] += 1
            left.remove(name)
        done = f"{len(storm.acknowledged)} completed, {storm.killed.total()} killed"
        print(f"  {done}; {'stop' if stop else 'kill'} {name}", flush=True)
    await asyncio.gather(*waking)


async def _continue(pid: int) -> None:
    await asyncio.sleep(_STOPPED_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


_CHECKS = {
    "events_in_the_outbox": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    "acknowledged_but_not_done": """SELECT count(*) FROM unnest($1::bigint[]) a(id)
        LEFT JOIN task t ON t.id = a.id WHERE t.fate IS DISTINCT FROM 'done'""",
    "acknowledged_without_successor": """SELECT count(*) FROM task t WHERE t.id = ANY($1::bigint[])
        AND NOT EXISTS (SELECT FROM task n WHERE n.series_id = t.series_id AND n.occurrence = t.occurrence + 1)""",
    "occurrences_twice": """SELECT count(*) FROM (SELECT FROM task WHERE series_id IS NOT NULL
        GROUP BY series_id, occurrence HAVING count(*) > 1) doubled""",
    "successors_too_many": """SELECT count(*) FROM task t WHERE occurrence > 1 AND NOT EXISTS (
        SELECT FROM task p WHERE p.series_id = t.series_id AND p.occurrence = t.occurrence - 1
            AND p.fate = 'done')""",
    "events_without_audit_row": """SELECT count(*) FROM outbox o WHERE o.topic IN ('task-events', 'reminders')
        AND NOT EXISTS (SELECT FROM audit_log a WHERE a.event_id = o.event_id)""",
    "audit_rows_twice": """SELECT count(*) FROM (SELECT FROM audit_log GROUP BY event_id
        HAVING count(*) > 1) doubled""",
    "completions_audited_other_than_once": """SELECT count(*) FROM unnest($1::bigint[]) a(id)
        WHERE (SELECT count(*) FROM audit_log l
               WHERE l.task_id = a.id AND l.event_type = 'task_completed') <> 1""",
    "dead_letters": "SELECT count(*) FROM dead_letter",
}


async def _settled(storm: Storm) -> dict[str, Any]:
    """Count the errors after all events are handled; every count must be zero."""
    began = time.monotonic()
    found: dict[str, Any] = {}
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(storm.described()["database_url"])
            try:
                acknowledged = sorted(storm.acknowledged)
                found = {
                    name: await connection.fetchval(sql, *([acknowledged] if "$1" in sql else []))
                    for name, sql in _CHECKS.items()
                }
                found["audit_rows"] = await connection.fetchval("SELECT count(*) FROM audit_log")
            finally:
                await connection.close()
        wrong = {name: count for name, count in found.items() if name in _CHECKS and count}
        if (found and not wrong) or time.monotonic() - began > _SETTLE_SECONDS:
            missing = await _not_on_its_topic(storm)
            return {
                **found,
                "published_but_not_on_its_topic": missing,
                "settled_after_seconds": round(time.monotonic() - began, 1),
                "good": bool(found) and not wrong and not missing,
            }
        await asyncio.sleep(1)


async def _not_on_its_topic(storm: Storm) -> int:
    """Events that are marked as published but are not on their topic, as opposed to events that wait in Kafka."""
    described = storm.described()
    settings = Settings(_env_file=None, kafka_brokers=described["kafka_brokers"])
    connection = await asyncpg.connect(described["database_url"])
    try:
        published = {
            str(row["event_id"])
            for row in await connection.fetch(
                "SELECT event_id FROM outbox WHERE published_at IS NOT NULL"
            )
        }
    finally:
        await connection.close()
    beginning = datetime.fromtimestamp(0, UTC)
    for topic in Topic:
        async for wire in read_from(settings, topic, beginning):
            published.discard(str(json.loads(wire)["id"]))
    return len(published)


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--completions", type=int, default=2000)
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--kills", type=int, default=60, help="SIGKILLs; SIGSTOPs come on top")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    good = True
    for seed in arguments.seed or [1, 2, 3]:
        folder = Path(tempfile.mkdtemp(prefix=f"storm-{seed}-"))
        storm = Storm(arguments.completions, arguments.users, arguments.kills, seed, folder)
        found = asyncio.run(run(storm))
        print(json.dumps(found, indent=1), flush=True)
        if arguments.report:
            _add(arguments.report, found)
        good = good and found["good"]
        # The clients repeat a request after a 500, so nothing is lost, but a 500 is a bug.
        if found["good"] and not found["answers_that_were_tried_again"].get("500"):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"not good, or not as it should be; the logs are kept in {folder}", flush=True)
    return 0 if good else 1


def _add(report: Path, found: dict[str, Any]) -> None:
    """Add a run to the report, which keeps the latest run of each seed and size."""
    runs = json.loads(report.read_text())["runs"] if report.exists() else []

    def size(run: dict[str, Any]) -> tuple[int, int]:
        return run["seed"], run["acknowledged_completions"]

    runs = [run for run in runs if size(run) != size(found)] + [found]
    report.write_text(json.dumps({"runs": sorted(runs, key=size)}, indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
