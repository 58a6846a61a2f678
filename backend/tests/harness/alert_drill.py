"""Break the running product on purpose, one way after the other; measure how long until the operator is told.

    PYTHONPATH=.. python -m tests.harness.alert_drill --report ../docs/reports/alerts.json

The product is one process on a real PostgreSQL. A real Prometheus reads it every second and evaluates the rules of
the chart with shorter times: windows of rates by 60, ages and waits by 4. A real Alertmanager calls a webhook.
First the product works under the same load for a while, and no alert may fire. TickMissing is told without a
fault: its age becomes shorter than the five minutes between two ticks.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import yaml
from aiosmtpd.controller import Controller
from release.monitoring.alerts import Scale
from release.monitoring.rules import rule_groups
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.harness.certificate import expiring_certificate
from tests.harness.mail_kills import plan_mails
from tests.harness.report import report
from tests.harness.system import Person, eventually, free_port
from todo.db.migrate import upgrade
from todo.launch.monitoring import Ports, commands
from todo.launch.postgres import Postgres
from todo.launch.supervisor import Child, Command, Supervisor
from todo.runtime import clock

_SCALE = Scale(windows=1 / 60, waits=1 / 4)
# Seconds until the reminders that shall be late: a busy machine needs some to plan them and to take the lock. If
# they fire before it, none is late.
_AHEAD = 20
# Seconds that they are late: more than the 60 of the service level.
_LATE = 70
_PROGRAM = """
import uvicorn
from todo.runtime.app import build_app
from todo.runtime.settings import load_settings
from todo.services import SERVICES
settings = load_settings()
uvicorn.run(build_app(SERVICES, settings), port=settings.app_port, log_config=None, ws="websockets-sansio")
"""


@dataclass
class Operator:
    """The webhook: when each alert was first told, and when it ended."""

    told: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            for alert in body["alerts"]:
                self.messages.append(alert)
                when = self.told if alert["status"] == "firing" else self.ended
                when.setdefault(alert["labels"]["alertname"], time.time())
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


class MailServer:
    refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return "452 over quota" if self.refuses else "250 kept"


@dataclass
class Drill:
    postgres: Postgres
    url: str
    product: Child
    operator: Operator
    mail: MailServer
    person: Person
    disk: Path | None
    began: dict[str, float] = field(default_factory=dict)
    not_told: list[str] = field(default_factory=list)

    async def told(self, *alerts: str, within: float = 120) -> None:
        async def missing() -> list[str]:
            return [alert for alert in alerts if alert not in self.operator.told]

        try:
            await eventually(missing, lambda names: not names, within=within)
        except AssertionError:
            self.not_told += await missing()  # the drill goes on, and fails at its end

    def begin(self, what: str, *alerts: str) -> None:
        """Note that the fault `what` begins, which these alerts should tell."""
        for alert in alerts:
            self.began.setdefault(alert, time.time())
        print(f"{time.strftime('%H:%M:%S')}  {what}", flush=True)

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Nobody else can write the table; everybody can read it."""
        connection = await asyncpg.connect(self.postgres.url)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()

    async def add(self, seconds: float | None = None) -> None:
        fields: dict[str, Any] = {}
        if seconds is not None:
            fields["reminders"] = [(clock.now() + timedelta(seconds=seconds)).isoformat()]
        with suppress(httpx2.HTTPError):
            await self.person.http.post("/api/tasks", json={"title": "Water plants", **fields})


async def work(drill: Drill) -> None:
    """The load: tasks, reminders and lists, a few per second."""
    for number in range(1_000_000):
        with suppress(httpx2.HTTPError):
            await asyncio.gather(
                drill.add(0.5 if number % 3 == 0 else None), drill.person.http.get("/api/tasks")
            )
        await asyncio.sleep(0.3)


async def watch(drill: Drill) -> None:
    """An open window."""
    while True:
        with suppress(httpx2.HTTPError, OSError, ConnectionClosed, KeyError, TimeoutError):
            ticket = (await drill.person.http.post("/api/realtime/tickets")).json()["ticket"]
            address = f"{drill.url.replace('http', 'ws', 1)}/ws?ticket={ticket}"
            async with connect(address) as socket:
                async for _message in socket:
                    pass
        await asyncio.sleep(1)


async def faults(drill: Drill) -> None:
    drill.begin("nobody can publish", "OutboxOld", "EventsLate", "LiveUpdatesLate")
    async with drill.locked("bus_event"):
        await drill.told("OutboxOld")
    await drill.told("EventsLate", "LiveUpdatesLate")
    drill.begin("consumers cannot commit", "ConsumerLagging")
    async with drill.locked("inbox"):
        await drill.told("ConsumerLagging")
    await asyncio.gather(*(drill.add(_AHEAD) for _ in range(10)))
    due = time.time() + _AHEAD  # of the last of them
    drill.begin("no reminder can fire", "JobStuck", "RemindersOverdue", "RemindersLate")
    async with drill.locked("reminder"):
        await drill.told("JobStuck", "RemindersOverdue")
        await asyncio.sleep(max(0, due + _LATE - time.time()))
    await drill.told("RemindersLate")
    drill.begin("an event that cannot be handled", "DeadLetters")
    connection = await asyncpg.connect(drill.postgres.url)
    await connection.execute(
        """INSERT INTO bus_event (topic, partition, event_id, key, envelope)
           VALUES ('task-events', 0, gen_random_uuid(), 'x', 'not an event')"""
    )
    await drill.told("DeadLetters")
    drill.begin("the mail server refuses", "MailFailing")
    drill.mail.refuses = True
    await plan_mails(connection, 40)  # of many users: a channel that fails is paused
    await connection.close()
    await drill.told("MailFailing")
    drill.mail.refuses = False
    drill.begin("nobody can write tasks", "PoolExhausted", "ApiSlow", "ApiFailing")
    async with drill.locked("task"):
        many = [asyncio.create_task(drill.add()) for _ in range(40)]
        await drill.told("PoolExhausted", within=180)
    await asyncio.gather(*many)
    await drill.told("ApiSlow", "ApiFailing")
    await drill.told("CertificateExpiring", *(["DiskFilling"] if drill.disk else []), within=300)
    drill.begin("the database is stopped", "DatabaseUnread")
    assert drill.postgres.child is not None
    await drill.postgres.child.stop()
    await drill.told("DatabaseUnread")
    drill.begin("the product is killed", "MetricsMissing")
    drill.product.process.kill()
    await drill.told("MetricsMissing", within=600)


async def _tls_port(stack: AsyncExitStack) -> int:
    """A server whose certificate expires in a week."""
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=expiring_certificate()
    )
    await stack.enter_async_context(server)
    port: int = server.sockets[0].getsockname()[1]
    return port


def _small_disk(folder: Path, stack: AsyncExitStack) -> Path | None:
    """A file system of 8 MB; None where this user may not mount one."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        return None
    stack.callback(subprocess.run, ["umount", str(disk)], check=False)
    return disk


async def drill(folder: Path, quiet: float) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        postgres = Postgres(folder / "data", folder / "log")
        stack.push_async_callback((await postgres.launch()).stop)
        await postgres.ready()
        await upgrade(postgres.url)
        mail, operator = MailServer(), Operator()
        smtp = Controller(mail, hostname="127.0.0.1", port=free_port())
        smtp.start()
        stack.callback(smtp.stop)
        hook = await asyncio.start_server(operator.handle, "127.0.0.1", 0)
        await stack.enter_async_context(hook)
        disk = _small_disk(folder, stack)
        port, metrics_port = free_port(), free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": postgres.url,
            "APP_PORT": str(port),
            "TODO_METRICS_PORT": str(metrics_port),
            "TODO_LOGIN_LIMIT": "1000/minute",
            "TODO_PUBLIC_URL": f"https://127.0.0.1:{await _tls_port(stack)}",
            "TODO_DATA_DIR": str(disk or folder),
            "SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
        }
        product = await Child.start(
            Command(
                "product", [sys.executable, "-c", _PROGRAM], folder / "product.log", environment
            )
        )
        stack.push_async_callback(product.stop)
        url = f"http://127.0.0.1:{port}"
        http = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60, trust_env=False)
        )

        async def ready() -> bool:
            with suppress(httpx2.HTTPError):
                return (await http.get("/readyz")).is_success
            return False

        await eventually(ready, within=120)
        account = {"email": "a@example.com", "password": "correct horse", "timezone": "UTC"}
        made = await http.post("/api/auth/register", json=account)
        # The address is https, so the cookie is Secure, and would not be sent to this port.
        http.headers["Cookie"] = made.headers["Set-Cookie"].split(";")[0]
        running = Drill(
            postgres, url, product, operator, mail,
            Person(http, account["email"], made.json()["id"]), disk,
        )  # fmt: skip
        rules = folder / "rules.yaml"
        rules.write_text(yaml.safe_dump(rule_groups(_SCALE)))
        keeper = Supervisor(print)
        ports = Ports(free_port(), free_port())
        address = f"http://127.0.0.1:{hook.sockets[0].getsockname()[1]}/"
        targets = {"todo": [f"127.0.0.1:{metrics_port}"]}
        for command in commands(
            folder / "monitoring",
            folder,
            ports,
            targets,
            rules=rules,
            webhook=address,
            interval="1s",
        ):
            await keeper.start(command)
        stack.push_async_callback(keeper.stop)
        load = [asyncio.create_task(work(running)), asyncio.create_task(watch(running))]
        try:
            await asyncio.sleep(quiet)
            false = dict(operator.told)
            began = time.time()
            if disk is not None:
                running.began["DiskFilling"] = began
                (disk / "full").write_bytes(b"\0" * 7_700_000)
            # It was there from the start, and is told when it has been so for a scaled quarter of an hour.
            running.began["CertificateExpiring"] = began - quiet
            await faults(running)
        finally:
            for task in load:
                task.cancel()
            await asyncio.gather(*load, return_exceptions=True)
        return _findings(running, false, quiet)


def _findings(drill: Drill, false: dict[str, float], quiet: float) -> dict[str, Any]:
    told = drill.operator.told
    return {
        "quiet_seconds": quiet,
        "fired_while_quiet": sorted(false),
        "scale": {"windows": round(1 / _SCALE.windows), "waits": round(1 / _SCALE.waits)},
        "seconds_from_fault_to_message": {
            name: round(told[name] - at, 1)
            for name, at in sorted(drill.began.items())
            if told.get(name, 0) > at
        },
        # Another fault had that effect as well.
        "told_before_their_fault": [n for n, at in drill.began.items() if told.get(n, at) < at],
        "not_told": drill.not_told,
        "alerts_told": len(told),
        "alerts_without_a_page": sorted(
            {
                alert["labels"]["alertname"]
                for alert in drill.operator.messages
                if not alert["annotations"]["runbook_url"].startswith("docs/runbooks/")
            }
        ),
        "also_told": sorted(set(told) - set(drill.began)),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", type=float, default=60)
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="todo-alerts-") as folder:
        found = asyncio.run(drill(Path(folder), chosen.quiet))
    report(chosen.report, "alerts", "python -m tests.harness.alert_drill", found)
    assert not found["fired_while_quiet"]
    assert not found["not_told"]


if __name__ == "__main__":
    main()
