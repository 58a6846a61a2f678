"""Kill the processes that send mails; only what was in flight may come twice.

python -m tests.harness.mail_kills --mails 120 --kills 7
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from aiosmtpd.controller import Controller

from tests.harness.reminder_storm import Served
from tests.harness.report import report
from tests.harness.system import eventually, free_port
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres


class SlowServer:
    """An SMTP server that takes a while to accept a mail."""

    def __init__(self) -> None:
        self.seconds = 1.0
        # The times at which the mail of each delivery came.
        self.came: dict[str, list[float]] = defaultdict(list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        [line] = [
            line for line in envelope.content.splitlines() if line.lower().startswith(b"message-id")
        ]
        self.came[line.decode().partition("<")[2].partition("@")[0]].append(time.time())
        await asyncio.sleep(self.seconds)
        return "250 accepted"

    async def count(self) -> int:
        return len(self.came)


async def plan_mails(connection: asyncpg.Connection, number: int) -> None:
    """One for each of `number` users, due now."""
    await connection.execute(
        """WITH a AS (INSERT INTO account (id, email, password_hash)
                      SELECT 'u' || n, 'u' || n || '@example.com', '' FROM generate_series(1, $1::int) n
                      RETURNING id, email),
                c AS (INSERT INTO channel (user_id, kind, name, config)
                      SELECT id, 'email', '', jsonb_build_object('address', email) FROM a RETURNING id, user_id),
                x AS (INSERT INTO confirmed_address SELECT id, email FROM a),
                t AS (INSERT INTO task (user_id, title) SELECT id, 't' FROM a RETURNING id, user_id),
                r AS (INSERT INTO reminder (user_id, task_id, spec, remind_at, state)
                      SELECT user_id, id, 'PT0S', now(), 'fired' FROM t RETURNING id, task_id, user_id)
           INSERT INTO delivery (id, user_id, reminder_id, channel_id, channel, payload, next_try_at)
           SELECT gen_random_uuid(), r.user_id, r.id, c.id, 'email:' || c.id,
                  jsonb_build_object('task_id', r.task_id, 'title', 't', 'due_at', null), now()
           FROM r JOIN c USING (user_id)""",
        number,
    )
    await connection.execute("NOTIFY deliveries")


async def _ready(process: Served) -> bool:
    async with httpx2.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"http://127.0.0.1:{process.port}/readyz")).is_success
        except httpx2.TransportError:
            return False


async def measure(folder: Path, mails: int, kills: int, lease: float) -> dict[str, Any]:
    """Two processes send; one of them is killed and started again, in turn."""
    server = SlowServer()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    os.environ["SMTP_URL"] = f"smtp://127.0.0.1:{controller.port}?connections=5"
    postgres = Postgres(folder / "data", folder / "log")
    database = await postgres.launch()
    await postgres.ready()
    await upgrade(postgres.url)
    names = [folder / f"{number}.log" for number in range(2)]
    processes = [Served("todo-notification", postgres.url, lease, name) for name in names]
    connection = await asyncpg.connect(postgres.url)
    in_flight: set[str] = set()
    taken_over: list[float] = []
    try:
        for process in processes:
            await process.start()
        await plan_mails(connection, mails)
        for number in range(kills):
            wanted = (number + 1) * mails // (2 * kills)
            await eventually(server.count, lambda n, wanted=wanted: n >= wanted, within=180)  # type: ignore[misc]
            other_works = await _ready(processes[1 - number % 2])
            killed = time.time()
            await processes[number % 2].kill()
            rows = await connection.fetch("SELECT id, state FROM delivery WHERE state <> 'sent'")
            in_flight |= {str(row["id"]) for row in rows if row["state"] == "claimed"}
            unsent = {str(row["id"]) for row in rows if row["state"] == "planned"}
            await processes[number % 2].start()

            async def goes_on(unsent: set[str] = unsent) -> float | None:
                return min(
                    (server.came[id_][0] for id_ in unsent & server.came.keys()), default=None
                )

            if unsent and other_works:
                taken_over.append(await eventually(goes_on, within=60) - killed)  # type: ignore[operator]
        left = "SELECT count(*) FROM delivery WHERE state <> 'sent'"
        await eventually(lambda: connection.fetchval(left), lambda n: n == 0, within=300)
        marked = await connection.fetchval(
            "SELECT count(*) FROM delivery WHERE reason LIKE 'It may have arrived twice%'"
        )
    finally:
        await connection.close()
        for process in processes:
            if process.process is not None and process.process.returncode is None:
                await process.kill()
        await database.stop()
        controller.stop()
    twice = {id_ for id_, times in server.came.items() if len(times) > 1}
    return {
        "mails": mails,
        "kills": kills,
        "lease_seconds": lease,
        "never_came": mails - len(server.came),
        "in_flight_at_the_kills": len(in_flight),
        "came_twice": len(twice),
        "came_twice_without_being_in_flight": len(twice - in_flight),
        "marked_as_perhaps_twice": marked,
        "an_unsent_mail_goes_on_after_seconds_if_the_other_works": {
            "max": round(max(taken_over), 2),
            "each": [round(seconds, 2) for seconds in taken_over],
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--mails", type=int, default=120)
    parser.add_argument("--kills", type=int, default=7)
    parser.add_argument("--lease", type=float, default=60)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mails-", ignore_cleanup_errors=True) as folder:
        measured = asyncio.run(measure(Path(folder), given.mails, given.kills, given.lease))
    report(
        given.report,
        "mails amid kills",
        f"python -m tests.harness.mail_kills --mails {given.mails} --kills {given.kills}",
        {
            "both_sizes": "the queue of deliveries is in PostgreSQL in both sizes; no other part takes part",
            **measured,
        },
    )
    return int(measured["never_came"] or measured["came_twice_without_being_in_flight"])


if __name__ == "__main__":
    raise SystemExit(main())
