"""The product under measurement: `todo serve all` as a process of its own, and users with many tasks."""

import asyncio
import base64
import json
import secrets
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench import load
from todo.db.migrate import upgrade
from todo.domain.search import owner_key


@dataclass
class Person:
    id: str
    token: str
    some_id: int = 0
    deep_cursor: str = ""

    def request(self, method: str, path: str, body: str = "") -> bytes:
        return load.request(method, path, body, f"Authorization: Bearer {self.token}\r\n")


class Subject:
    def __init__(self, url: str, port: int, stack: AsyncExitStack) -> None:
        self.url = url
        self.port = port
        self.me = Person("", "")
        self._stack = stack

    @classmethod
    async def start(cls, url: str, process: Callable[..., Any]) -> "Subject":
        await upgrade(url)
        port = load.free_port()
        stack = AsyncExitStack()
        program = str(Path(sys.executable).with_name("todo"))
        await stack.enter_async_context(
            process(
                program,
                "serve",
                "all",
                DATABASE_URL=url,
                APP_PORT=str(port),
                TODO_LOGIN_LIMIT="9999/minute",
                TODO_USER_LIMIT="9999999/minute",
                TODO_ADDRESS_LIMIT="9999999/minute",
                TODO_MAX_TASKS="100000000",
            )
        )
        await load.until_open(port)
        subject = cls(url, port, stack)
        subject.me = await subject.sign_up()
        return subject

    async def __aenter__(self) -> "Subject":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def request(self, method: str, path: str, body: str = "") -> bytes:
        return self.me.request(method, path, body)

    async def call(self, person: Person, method: str, path: str, body: Any = None) -> Any:
        wire = person.request(method, path, json.dumps(body) if body is not None else "")
        status, answer = await load.once(self.port, wire)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer) if answer else None

    async def sign_up(self) -> Person:
        """A user with an access token, so that a request needs one header and no cookies."""
        person = {"email": f"{secrets.token_hex(6)}@example.com", "password": "correct horse"}
        status, body = await load.once(
            self.port, load.request("POST", "/api/auth/register", json.dumps(person))
        )
        if status != 201:
            raise RuntimeError(body.decode())
        token = f"tdo_{secrets.token_urlsafe(32)}"
        me = Person(json.loads(body)["id"], token)
        await self.execute(
            """INSERT INTO access_token (user_id, name, scope, prefix, token_hash, last_used_at)
               VALUES ($1, 'bench', 'write', 'tdo_', sha256($2::bytea), now())""",
            me.id,
            token.encode(),
        )
        return me

    async def add(self, title: str, **fields: Any) -> int:
        return int(
            (await self.call(self.me, "POST", "/api/tasks", {"title": title, **fields}))["id"]
        )

    async def execute(self, sql: str, *values: Any) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(sql, *values, timeout=900)
        finally:
            await connection.close()

    async def value(self, sql: str, *values: Any) -> Any:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(sql, *values)
        finally:
            await connection.close()

    async def with_tasks(self, number: int) -> Person:
        """A user with `number` tasks, inserted by SQL; one in a thousand is about groceries."""
        person = await self.sign_up()
        await self.execute(
            """INSERT INTO task (user_id, title, due_date, created_at, words_version, words)
               SELECT $1, one || ' ' || two || ' ' || n, now() + n * interval '1 minute', now(), 1,
                      array_to_tsvector(ARRAY[$3 || one, $3 || two, $3 || n])
               FROM (SELECT n, CASE WHEN n % 1000 = 0 THEN 'buy' ELSE 'task' END AS one,
                            CASE WHEN n % 1000 = 0 THEN 'groceries' ELSE 'number' END AS two
                     FROM generate_series(1, $2::int) n) titles ORDER BY random()""",
            person.id,
            number,
            f"o{owner_key(person.id)}",
        )
        row = await self.value(
            """SELECT json_build_object('id', id, 'due', due_date::text) FROM task
               WHERE user_id = $1 ORDER BY due_date OFFSET $2 LIMIT 1""",
            person.id,
            number * 4 // 5,
        )
        found = json.loads(row)
        person.some_id = found["id"]
        person.deep_cursor = base64.urlsafe_b64encode(
            f"{found['due']}|{found['id']}".encode()
        ).decode()
        return person

    async def settle(self) -> None:
        await self.execute("VACUUM ANALYZE task")
        await self.execute("CHECKPOINT")
        await asyncio.sleep(2)
