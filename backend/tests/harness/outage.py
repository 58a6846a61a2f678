"""Complete daily tasks during an outage of 40 seconds; the reminders of their successors fall due in it.

Embedded: todo-recurring-task is away. Stack: the broker is stopped. Afterwards each successor must have rung.
    python -m tests.harness.outage --size embedded
"""

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from tests.harness.reminder_storm import Served
from tests.harness.report import report
from tests.harness.storm.product import Product
from tests.harness.system import eventually
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres

_TASKS = 20
_PERSON = {"email": "outage@example.org", "password": "away for forty seconds"}
_SUCCESSORS = """
    SELECT s.id, r.state, n.created_at - r.remind_at AS late
    FROM task t JOIN task s ON s.series_id = t.series_id AND s.occurrence = t.occurrence + 1
    LEFT JOIN reminder r ON r.task_id = s.id AND r.remind_at = s.due_date
    LEFT JOIN notification n ON n.reminder_id = coalesce(r.superseded_by, r.id)
    WHERE t.id = ANY($1::bigint[])
"""

End = Callable[[], Awaitable[None]]


@asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[tuple[str, str, End]]:
    postgres = Postgres(folder / "data", folder / "log")
    database = await postgres.launch()
    await postgres.ready()
    await upgrade(postgres.url)
    names = ("todo-backend", "todo-notification", "todo-recurring-task")
    backend, notification, recurring = (
        Served(name, postgres.url, 60, folder / f"{name}.log") for name in names
    )
    started = [backend, notification]
    try:
        await asyncio.gather(*(service.start() for service in started))
        yield f"http://127.0.0.1:{backend.port}", postgres.url, recurring.start
    finally:
        for service in (*started, recurring):
            if service.process is not None:
                await service.kill()
        await database.stop()


@asynccontextmanager
async def _stack(folder: Path) -> AsyncIterator[tuple[str, str, End]]:
    product = Product("dapr", folder)
    try:
        await product.start()
        broker = product.described()["stores"]["kafka"]
        os.kill(broker, signal.SIGSTOP)

        async def end() -> None:
            os.kill(broker, signal.SIGCONT)

        yield product.installation.url, product.database_url, end
    finally:
        await product.stop()


async def _ready(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).is_success
    except httpx2.TransportError:
        return False


async def _complete(http: httpx2.AsyncClient, number: int) -> int:
    """A task of yesterday, whose successor is due in 10 to 30 seconds."""
    due = datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=10 + number % 20)
    task = {
        "title": f"daily {number}",
        "due_date": due.isoformat(),
        "timezone": "UTC",
        "recurrence": "daily",
        "reminders": ["PT0S"],
    }
    made = (await http.post("/api/tasks", json=task)).raise_for_status().json()
    (await http.post(f"/api/tasks/{made['id']}/complete", json={})).raise_for_status()
    return int(made["id"])


async def measure(size: str, folder: Path, seconds: float) -> dict[str, Any]:
    outage = _embedded(folder) if size == "embedded" else _stack(folder)
    async with (
        outage as (url, database_url, end),
        httpx2.AsyncClient(
            base_url=url, headers={"Origin": url}, timeout=60, trust_env=False
        ) as http,
    ):
        await eventually(lambda: _ready(http), within=120)
        (await http.post("/api/auth/register", json=_PERSON)).raise_for_status()
        began = time.monotonic()
        tasks = [await _complete(http, number) for number in range(_TASKS)]
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        connection = await asyncpg.connect(database_url)
        during = len(await connection.fetch(_SUCCESSORS, tasks))
        await end()

        async def rung() -> list[asyncpg.Record]:
            rows = await connection.fetch(_SUCCESSORS, tasks)
            return [row for row in rows if row["late"] is not None]

        try:
            found = await eventually(rung, lambda rows: len(rows) == _TASKS, within=120)
        except AssertionError:
            found = await rung()
        await connection.close()
    late = sorted(row["late"].total_seconds() for row in found)
    return {
        "outage_seconds": seconds,
        "completed_in_the_outage": _TASKS,
        "successors_made_in_the_outage": during,
        "reminders_lost": _TASKS - len(found),
        "bells_late_seconds": {"min": round(late[0], 1), "max": round(late[-1], 1)} if late else {},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--size", choices=["embedded", "dapr"], default="embedded")
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outage-", ignore_cleanup_errors=True) as folder:
        measured = asyncio.run(measure(arguments.size, Path(folder), arguments.seconds))
    report(
        arguments.report,
        f"outage {arguments.size}",
        f"python -m tests.harness.outage --size {arguments.size}",
        measured,
    )
    return int(measured["reminders_lost"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
