"""Log lines are JSON and name the request and the actor. They never hold what users wrote, nor a secret."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from tests.conftest import MakeDatabase
from tests.harness.system import eventually, free_port
from todo.launch.supervisor import Child, Command
from todo.runtime import clock

CANARY = "Kanarienvogel 4711"
PASSWORD = "correct horse battery"
HOOK = "hook-secret-0815"
_PROGRAM = """
import logging, uvicorn
from todo.runtime.app import build_app
from todo.runtime.observe import configure_logging
from todo.runtime.settings import load_settings
from todo.services import SERVICES
settings = load_settings()
configure_logging("debug")
try:
    raise ValueError("invalid input for query argument $1: 'Kanarienvogel' (too long)")
except ValueError:
    logging.getLogger("a.library").exception("of a library %s", 1)
uvicorn.run(build_app(SERVICES, settings), port=settings.app_port, log_config=None, ws="websockets-sansio")
"""


async def test_nothing_that_a_user_wrote_and_no_secret_is_logged(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    url = await make_database()
    port = free_port()
    log = tmp_path / "product.log"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "APP_PORT": str(port),
        "TODO_DATA_DIR": str(tmp_path),
        "TODO_ALLOW_PRIVATE_ADDRESSES": "true",
    }
    product = await Child.start(
        Command("product", [sys.executable, "-c", _PROGRAM], log, environment)
    )
    database = await asyncpg.connect(url)
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx2.AsyncClient(base_url=base, headers={"Origin": base}, timeout=30) as http:
            secrets = await _provoke(http, database)
            await eventually(lambda: _seen(log, "dead letter"), within=60)
            await eventually(lambda: _seen(log, "request failed"), within=30)
    finally:
        await database.close()
        await product.stop()
    text = log.read_text()
    for secret in (*secrets, CANARY, CANARY.split()[0], PASSWORD, HOOK):
        assert secret not in text, next(line for line in text.splitlines() if secret in line)
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    [library] = [line for line in lines if line["event"] == "of a library 1"]
    assert library["logger"] == "a.library"
    assert "query argument $1 (too long)" in library["exception"]
    [failed] = [line for line in lines if line["event"] == "request failed"]
    assert (failed["method"], failed["route"], failed["actor"]) == ("POST", "/api/tasks", "person")
    assert len(failed["trace_id"]) == 32
    assert "CheckViolationError" in failed["exception"], "the error itself is kept"


async def _provoke(http: httpx2.AsyncClient, database: asyncpg.Connection) -> list[str]:
    """Let go wrong whatever may quote a value; returns the secrets of this user."""

    async def ready() -> bool:
        with suppress(httpx2.TransportError):
            return (await http.get("/readyz")).is_success
        return False

    await eventually(ready, within=60)
    account = {"email": "canary@example.com", "password": PASSWORD, "timezone": "UTC"}
    made = await http.post("/api/auth/register", json=account)
    token = (await http.post("/api/tokens", json={"name": CANARY, "scope": "write"})).json()[
        "token"
    ]
    feed = (await http.post("/api/calendar")).json()["url"]
    secret = feed.removesuffix(".ics").rpartition("/")[2]
    # Read, refused, and asked for with a method that it does not have.
    for method, path in (("GET", secret), ("GET", secret[:-1]), ("POST", secret)):
        await http.request(method, f"/api/calendar/{path}.ics")
    await http.post("/api/auth/login", json={"email": account["email"], "password": CANARY})
    hook = {"kind": "webhook", "name": CANARY, "config": {"url": f"http://127.0.0.1:9/{HOOK}"}}
    assert (await http.post("/api/channels", json=hook)).status_code == 201
    soon = (clock.now() + timedelta(milliseconds=200)).isoformat()
    task: dict[str, Any] = {"title": CANARY, "description": f"a\n\n{CANARY}", "tags": [CANARY]}
    assert (await http.post("/api/tasks", json={**task, "reminders": [soon]})).status_code == 201
    for wrong in ({"title": f"{CANARY}\0"}, {"due_date": CANARY}, {"title": CANARY * 100}):
        await http.post("/api/tasks", json={**task, **wrong})
    await http.get(f"/api/links/done/{CANARY}")
    await http.get("/api/tasks", headers={"Authorization": f"Bearer {CANARY}"})
    await http.get("/api/tasks", params={"q": CANARY}, headers={"Authorization": f"Bearer {token}"})
    await database.execute(
        """INSERT INTO bus_event (topic, partition, event_id, key, envelope)
           VALUES ('task-events', 0, gen_random_uuid(), 'x', $1)""",
        json.dumps({"specversion": "1.0", "id": "not a uuid", "title": CANARY}),
    )
    # PostgreSQL quotes the whole row.
    await database.execute("ALTER TABLE task ADD CHECK (length(description) <> 21) NOT VALID")
    assert (await http.post("/api/tasks", json=task)).status_code == 500
    return [token, str(made.cookies.get("todo_session")), secret[:-1]]


async def _seen(log: Path, text: str) -> bool:
    return text in await asyncio.to_thread(log.read_text)
