"""An assistant that connects to the product, step by step, and a site with its metadata document."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpcore2
import httpx2
import pytest

from tests.harness.certificate import house_certificate
from tests.harness.system import Person, System, http_client
from todo.authorization import documents
from todo.runtime.settings import Settings
from todo.runtime.url_guard import guarded_client

CALLBACK = "http://127.0.0.1:8765/callback"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass
class Assistant:
    """A client without a browser. Its steps return the server's answers, so that a test can bend each of them."""

    system: System
    http: httpx2.AsyncClient
    client_id: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def resource(self) -> str:
        return f"{self.system.url}/mcp"

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    async def register(self, **metadata: Any) -> httpx2.Response:
        wanted = {
            "client_name": "Helper",
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
            **metadata,
        }
        answer = await self.http.post("/oauth/register", json=wanted)
        self.client_id = answer.json().get("client_id", "") if answer.is_success else ""
        return answer

    async def authorize(self, **changes: str | None) -> httpx2.Response:
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "tasks:read tasks:write",
            "state": "a state",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            "resource": self.resource,
            **changes,
        }
        kept = {name: value for name, value in query.items() if value is not None}
        return await self.http.get("/oauth/authorize", params=kept)

    async def request_id(self, **changes: str | None) -> str:
        answer = await self.authorize(**changes)
        assert answer.status_code == 302, answer.text
        location = answer.headers["location"]
        assert location.startswith(f"{self.system.url}/connect?request="), location
        return query_of(location)["request"]

    async def code(self, person: Person, **changes: str | None) -> str:
        request_id = await self.request_id(**changes)
        return query_of(await answer_request(person, request_id, allow=True))["code"]

    async def exchange(self, code: str | None, **changes: str | None) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        }
        return await self.token(**{**form, **changes})

    async def refresh(self, token: str, **changes: str | None) -> httpx2.Response:
        return await self.token(grant_type="refresh_token", refresh_token=token, **changes)

    async def token(self, **form: str | None) -> httpx2.Response:
        sent = {"client_id": self.client_id, "resource": self.resource, **form}
        kept = {name: value for name, value in sent.items() if value is not None}
        return await self.http.post("/oauth/token", data=kept)

    async def connect(self, person: Person, **changes: str | None) -> dict[str, Any]:
        """Register if that was not done, and connect: the tokens."""
        if not self.client_id:
            assert (await self.register()).status_code == 201
        answer = await self.exchange(await self.code(person, **changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def answer_request(person: Person, request_id: str, *, allow: bool) -> str:
    """Answer the consent page; where the browser is sent."""
    answer = await person.http.post(f"/api/oauth/requests/{request_id}", json={"allow": allow})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["redirect_to"])


@asynccontextmanager
async def assistant(system: System) -> AsyncIterator[Assistant]:
    async with http_client(base_url=system.url) as http:
        yield Assistant(system, http)


@dataclass
class Site:
    """An https site of a client, with answers byte for byte."""

    host: str = "client.example.com"
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hangs: bool = False

    @property
    def client_id(self) -> str:
        return f"https://{self.host}/oauth/client.json"

    def document(self, **changes: Any) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "client_name": "Example Assistant",
            "redirect_uris": [CALLBACK, f"https://{self.host}/callback"],
            "token_endpoint_auth_method": "none",
            **changes,
        }

    def publish(self, document: Any = None, *, status: int = 200, headers: str = "") -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.answers[urlsplit(self.client_id).path] = f"{head}{headers}\r\n".encode() + body

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split()[1]
            self.asked.append(path)
            if self.hangs:
                # One byte at a time: no single read waits for long.
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            writer.write(self.answers.get(path, b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class _ToLocalPort(httpcore2.AsyncNetworkBackend):
    """Connects to a port of this machine instead of the address that the guard has allowed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, *rest: Any, **named: Any) -> Any:
        return await self._inner.connect_tcp("127.0.0.1", self._port, *rest, **named)


@asynccontextmanager
async def site(
    monkeypatch: pytest.MonkeyPatch, *, address: str = "93.184.215.14"
) -> AsyncIterator[Site]:
    """A site with a valid document, whose name has this address. Only the last step, the socket, is replaced."""
    made = Site()
    made.publish(made.document())
    server_tls, client_tls = house_certificate(made.host)
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0, ssl=server_tls)
    port = server.sockets[0].getsockname()[1]

    async def resolver(_host: str, _port: int) -> list[str]:
        return [address]

    def open_client(settings: Settings) -> httpx2.AsyncClient:
        return guarded_client(
            allow_private=settings.allow_private_addresses,
            resolver=resolver,
            tls=client_tls,
            timeout=documents.SECONDS,
            inner=_ToLocalPort(port),
        )

    monkeypatch.setattr(documents, "open_client", open_client)
    try:
        yield made
    finally:
        server.close()
