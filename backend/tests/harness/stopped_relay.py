"""Measure how long events wait when the process whose relay publishes them is stopped (SIGSTOP), in either size.

A second todo-backend stands by. The two are stopped in turn; a task is added through the other one.

    python -m tests.harness.stopped_relay --size embedded
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2

from tests.harness.report import report
from tests.harness.storm.product import Product
from tests.harness.system import eventually, free_port

_PERSON = {"email": "relay@example.org", "password": "one of us is stopped"}
_WAITED = "SELECT extract(epoch FROM published_at - created_at)::float8 FROM outbox ORDER BY id DESC LIMIT 1"


@dataclass
class Backend:
    url: str
    pid: int

    async def add_task(self) -> None:
        async with httpx2.AsyncClient(
            base_url=self.url, headers={"Origin": self.url}, timeout=60, trust_env=False
        ) as http:
            answer = await http.post("/api/auth/register", json=_PERSON)
            if answer.status_code == 409:
                answer = await http.post("/api/auth/login", json=_PERSON)
            answer.raise_for_status()
            (await http.post("/api/tasks", json={"title": "published"})).raise_for_status()

    async def ready(self) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            async with httpx2.AsyncClient(base_url=self.url, trust_env=False) as http:
                return (await http.get("/healthz")).is_success
        return False


def _environment(product: Product) -> dict[str, str]:
    """That of the product's own backend: in the stack both publish through its sidecar."""
    if product.size == "embedded":
        return {**os.environ, "DATABASE_URL": product.database_url}
    pid = product.described()["apps"]["todo-backend"]["pid"]
    entries = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


@asynccontextmanager
async def _standby(environment: Mapping[str, str], log: Path) -> AsyncIterator[Backend]:
    port = free_port()
    todo = Path(sys.executable).with_name("todo")
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            todo, "serve", "todo-backend", env={**environment, "APP_PORT": str(port)},
            stdout=out, stderr=out,
        )  # fmt: skip
    backend = Backend(f"http://127.0.0.1:{port}", process.pid)
    try:
        await eventually(backend.ready, within=120)
        yield backend
    finally:
        process.kill()
        await process.wait()


def _own(product: Product) -> Backend:
    assert product.installation.process is not None
    if product.size == "embedded":
        return Backend(product.installation.url, product.installation.process.pid)
    app = product.described()["apps"]["todo-backend"]
    return Backend(f"http://127.0.0.1:{app['app_port']}", app["pid"])


async def measure(size: str, folder: Path, rounds: int) -> list[float]:
    """The seconds that an event waited, for each round."""
    product = Product(size, folder)
    waited: list[float] = []
    try:
        await product.start()
        connection = await asyncpg.connect(product.database_url)
        async with _standby(_environment(product), folder / "standby.log") as other:
            publishing, standing_by = _own(product), other
            await publishing.add_task()
            await eventually(lambda: connection.fetchval(_WAITED), lambda s: s is not None)
            for _ in range(rounds):
                os.kill(publishing.pid, signal.SIGSTOP)
                try:
                    await standing_by.add_task()
                    waited.append(
                        await eventually(
                            lambda: connection.fetchval(_WAITED), lambda s: s is not None, within=60
                        )
                    )
                finally:
                    os.kill(publishing.pid, signal.SIGCONT)
                await eventually(publishing.ready, within=60)
                publishing, standing_by = standing_by, publishing
        await connection.close()
    finally:
        await product.stop()
    return waited


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--size", choices=["embedded", "dapr"], default="embedded")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relay-", ignore_cleanup_errors=True) as folder:
        waited = asyncio.run(measure(arguments.size, Path(folder), arguments.rounds))
    report(
        arguments.report,
        f"stopped relay {arguments.size}",
        f"python -m tests.harness.stopped_relay --size {arguments.size} --rounds {arguments.rounds}",
        {
            "events_waited_seconds": [round(seconds, 2) for seconds in waited],
            "max": round(max(waited), 2),
        },
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
