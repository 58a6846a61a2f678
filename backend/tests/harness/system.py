"""The product for tests: all services in this process, over real HTTP, on a real PostgreSQL."""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect

from todo.runtime.app import build_app
from todo.runtime.context import Context
from todo.runtime.http.connections import server_options
from todo.runtime.http.site import Site
from todo.runtime.settings import Settings
from todo.services import SERVICES

T = TypeVar("T")


async def eventually(
    look: Callable[[], Awaitable[T]], until: Callable[[T], bool] = bool, within: float = 15
) -> T:
    """Wait until `look` returns a value for which `until` holds, and return it; a failure shows the last value."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = await look()
        if until(seen):
            return seen
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"did not come to hold within {within} s; last seen: {seen!r}")
        await asyncio.sleep(0.02)


def http_client(**options: Any) -> httpx2.AsyncClient:
    """A client for http addresses. It loads no CA certificates: that costs 60 ms for each client."""
    return httpx2.AsyncClient(timeout=30, verify=False, **options)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Person:
    """A registered user with a browser session."""

    http: httpx2.AsyncClient
    email: str
    id: str
    headers: dict[str, str] = field(default_factory=dict)

    async def add(self, title: str = "Water plants", **fields: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/tasks", json={"title": title, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def do(self, task: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/api/tasks/{task['id']}/{action}", json=body or None)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def tasks(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get("/api/tasks", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class System:
    app: FastAPI
    url: str

    @property
    def context(self) -> Context:
        context: Context = self.app.state.context
        return context

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        return list(await self.context.db.pool.fetch(sql, *values))

    async def value(self, sql: str, *values: Any) -> Any:
        return await self.context.db.pool.fetchval(sql, *values)

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[httpx2.AsyncClient]:
        async with http_client(base_url=self.url, headers={"Origin": self.url}) as http:
            yield http

    @asynccontextmanager
    async def person(self, *, confirmed: bool = True, **fields: Any) -> AsyncIterator[Person]:
        """`confirmed`: the person has opened the link that was mailed to their address."""
        async with self.visitor() as http:
            email = f"{secrets.token_hex(6)}@example.com"
            wanted = {
                "email": email,
                "password": "correct horse",
                "timezone": "Europe/Berlin",
                **fields,
            }
            answer = await http.post("/api/auth/register", json=wanted)
            assert answer.status_code == 201, answer.text
            if confirmed:
                await self.context.db.pool.execute(
                    "INSERT INTO confirmed_address SELECT id, email FROM account WHERE id = $1",
                    answer.json()["id"],
                )
            yield Person(http, answer.json()["email"], answer.json()["id"])

    @asynccontextmanager
    async def window(self, person: Person, since: str = "") -> AsyncIterator["Window"]:
        """A browser window: a WebSocket with a new ticket that has received its hello."""
        ticket = (await person.http.post("/api/realtime/tickets")).json()["ticket"]
        address = f"{self.url.replace('http', 'ws', 1)}/ws?ticket={ticket}&since={since}"
        async with connect(address, origin=self.url) as socket_:  # type: ignore[arg-type]
            hello = json.loads(await asyncio.wait_for(socket_.recv(), 10))
            yield Window(socket_, hello)


@dataclass
class Window:
    socket: Any
    hello: dict[str, Any]

    async def hears(
        self, until: Callable[[dict[str, Any]], bool], within: float = 15
    ) -> dict[str, Any]:
        async with asyncio.timeout(within):
            while True:
                message = json.loads(await self.socket.recv())
                if until(message):
                    return dict(message)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[System]:
    """Serve the product by uvicorn on a free port until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = build_app(SERVICES, settings.model_copy(update={"public_url": url, "app_port": port}))
    server = uvicorn.Server(
        uvicorn.Config(
            Site(app, settings), port=port, timeout_graceful_shutdown=2, **server_options(settings)
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        if serving.done():
            serving.result()
            raise AssertionError("the server ended while starting")
        return server.started

    await eventually(started, within=60)
    try:
        yield System(app, url)
    finally:
        server.should_exit = True
        await serving
