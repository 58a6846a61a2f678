"""Clients that open connections and then do little. Raw sockets, because HTTP clients are polite."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET
from socket import socket as create_socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.conftest import MakeDatabase, settings_for
from tests.harness.system import Person, System, eventually, running
from todo.runtime.http import connections

Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def opened(system: System, data: bytes = b"", count: int = 1) -> AsyncIterator[list[Socket]]:
    """Sockets that have sent `data` each."""
    address = urlsplit(system.url)
    sockets: list[Socket] = []
    try:
        for _ in range(count):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(data)
            await writer.drain()
            sockets.append((reader, writer))
        yield sockets
    finally:
        for _, writer in sockets:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def answer_of(socket: Socket) -> bytes:
    """All that the server sends until it closes the connection."""
    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            return await socket[0].read()
        return b""


def head(person: Person, method: str, path: str, *headers: str) -> bytes:
    cookie = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Cookie: {cookie}", *headers, "", ""]
    return "\r\n".join(lines).encode()


async def assert_answers(person: Person) -> None:
    async with asyncio.timeout(5):
        await person.get("/api/me")
        await person.add("works")


async def test_unfinished_imports_hold_no_connection_of_the_database(system: System) -> None:
    async with system.person() as anna, system.person() as ben:
        begun = head(
            anna, "POST", "/api/import", "Content-Type: text/calendar", "Content-Length: 1000"
        )
        async with opened(system, begun + b"BEGIN:VCALENDAR\r\n", count=12):
            await assert_answers(ben)


async def test_unfinished_commands_hold_no_connection_of_the_database(system: System) -> None:
    """A command without a body is read, too, if it has an Idempotency-Key. A client that leaves is no failure."""
    with capture_logs() as logs:
        async with system.person() as anna, system.person() as ben:
            task = await anna.add()
            key = "Idempotency-Key: 1"
            for command in ("reopen", "complete", "skip", "restore"):
                path = f"/api/tasks/{task['id']}/{command}"
                begun = head(
                    anna, "POST", path, key, "Content-Type: application/json", "Content-Length: 9"
                )
                async with opened(system, begun + b"{", count=12):
                    await assert_answers(ben)
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_unread_exports_hold_no_connection_of_the_database(system: System) -> None:
    async with system.person() as anna, system.person() as ben:
        for _ in range(300):
            await anna.add("x" * 10_000, description="y" * 20_000)
        async with opened(system, head(anna, "GET", "/api/export"), count=12) as sockets:
            for reader, _ in sockets:
                await reader.readuntil(b"\r\n\r\n")
            await assert_answers(ben)
        exported = await anna.http.get("/api/export")
        assert len(json.loads(exported.text)["tasks"]) == 300


async def test_headers_that_do_not_arrive_end_the_connection(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)
    async with opened(system) as [socket]:
        assert await answer_of(socket) == b""
    async with opened(system, b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n") as [socket]:
        assert (await answer_of(socket)).startswith(b"HTTP/1.1 408 ")
    # Also of the second request of a connection.
    async with opened(system, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as [socket]:
        await socket[0].readuntil(b"}")
        socket[1].write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert (await answer_of(socket)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_does_not_arrive_ends_the_request(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    async with system.person() as anna:
        begun = head(
            anna, "POST", "/api/tasks", "Content-Type: application/json", "Content-Length: 1000"
        )
        async with opened(system, begun + b"{") as [socket]:
            assert (await answer_of(socket)).startswith(b"HTTP/1.1 408 ")
        await assert_answers(anna)


async def test_an_answer_that_is_not_read_ends_the_connection(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.2)
    ended = asyncio.Event()
    _notice(monkeypatch, "connection_lost", ended)
    async with system.person() as anna:
        for _ in range(400):
            await anna.add("x" * 10_000, description="y" * 20_000)
        ended.clear()
        async with opened(system, head(anna, "GET", "/api/export")) as [socket]:
            await socket[0].readuntil(b"\r\n\r\n")
            transport = socket[1].transport
            transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.wait_for(ended.wait(), 20)
            transport.resume_reading()  # type: ignore[attr-defined]
            assert not (await answer_of(socket)).endswith(b"]}\r\n0\r\n\r\n")


async def test_headers_over_16_kib_are_refused(system: System) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n%b: %b\r\n\r\n"
    for name, length in ((b"A", 17_000), (b"A" * 17_000, 1), (b"A", 200_000)):
        async with opened(system, request % (name, b"b" * length)) as [socket]:
            assert b"431" in (await answer_of(socket))[:20]
    many = b"".join(b"A%d: b\r\n" % number for number in range(5000))
    async with opened(system, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n") as [socket]:
        assert b"431" in (await answer_of(socket))[:20]
    upgrade = (
        b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nA: %b\r\n\r\n"
    )
    async with opened(system, upgrade % (b"b" * 17_000)) as [socket]:
        assert b"431" in (await answer_of(socket))[:20]
    async with opened(system, request % (b"A", b"b" * 15_000)) as [socket]:
        assert b"200" in await socket[0].readuntil(b"\r\n")


async def test_a_header_that_never_ends_is_refused(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = asyncio.Queue[int]()
    receive = connections.LimitedHttp.data_received

    def noticed(protocol: connections.LimitedHttp, data: bytes) -> None:
        receive(protocol, data)
        received.put_nowait(len(data))

    monkeypatch.setattr(connections, "HEADER_SECONDS", 600)
    monkeypatch.setattr(connections.LimitedHttp, "data_received", noticed)
    chunked = b"POST /api/tasks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    for begun in (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", chunked):
        # The name of a header, its value, and the value of a trailer.
        for part in (b"A", b"A: b"):
            async with opened(system, begun + part) as [socket]:
                sent = 0
                while sent < 17_000:
                    await asyncio.wait_for(received.get(), 20)
                    socket[1].write(b"b" * 1000)
                    sent += 1000
                assert (await answer_of(socket)).count(b"431"), part


async def test_a_refused_client_that_does_not_read_is_disconnected(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has asked for an export that it does not read, and then sends too large a header."""
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 1.0)
    paused = asyncio.Event()
    ended = asyncio.Event()
    _notice(monkeypatch, "pause_writing", paused)
    _notice(monkeypatch, "connection_lost", ended)
    async with system.person() as anna:
        for _ in range(400):
            await anna.add("x" * 10_000, description="y" * 20_000)
        paused.clear()
        ended.clear()
        async with opened(system, head(anna, "GET", "/api/export")) as [socket]:
            await socket[0].readuntil(b"\r\n\r\n")
            socket[1].transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.wait_for(paused.wait(), 20)
            socket[1].write(head(anna, "GET", "/api/me", f"A: {'b' * 17_000}"))
            await asyncio.wait_for(ended.wait(), 20)


async def test_the_unread_end_of_an_answer_does_not_keep_its_connection(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is complete, and less of it waits than the transport reports by default."""
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.2)
    ended = asyncio.Event()
    made = connections.LimitedHttp.connection_made

    def small(protocol: connections.LimitedHttp, transport: asyncio.Transport) -> None:
        made(protocol, transport)
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)

    monkeypatch.setattr(connections.LimitedHttp, "connection_made", small)
    _notice(monkeypatch, "connection_lost", ended)
    async with system.person() as anna:
        for _ in range(2):
            await anna.add("x", description="y" * 20_000)
        ended.clear()
        with create_socket() as own:
            own.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
            own.setblocking(False)
            address = urlsplit(system.url)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(own, (address.hostname, address.port))
            await loop.sock_sendall(own, head(anna, "GET", "/api/tasks", "Connection: close"))
            await asyncio.wait_for(ended.wait(), 20)


def _notice(monkeypatch: pytest.MonkeyPatch, name: str, event: asyncio.Event) -> None:
    """Set `event` when the server calls the method `name` of a connection."""
    method = getattr(connections.LimitedHttp, name)

    def noticed(*arguments: Any) -> None:
        method(*arguments)
        event.set()

    monkeypatch.setattr(connections.LimitedHttp, name, noticed)


async def test_an_address_may_open_so_many_connections_and_no_more(
    make_database: MakeDatabase,
) -> None:
    settings = settings_for(await make_database(), max_connections_per_address=20)
    async with running(settings) as system, system.person() as anna:
        async with system.window(anna):  # a WebSocket counts, too
            async with opened(system, count=30) as sockets:
                refused = await _refused(sockets)
                assert len(refused) >= 10
                assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in refused)
                await anna.get("/api/me")  # by its open connection

        async def accepted() -> bool:
            async with opened(system, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 15) as again:
                heads = [await socket[0].readline() for socket in again]
                return all(b"200" in line for line in heads)

        await eventually(accepted)


async def _refused(sockets: list[Socket]) -> list[bytes]:
    """What those say that the server closes."""

    async def said(reader: asyncio.StreamReader) -> bytes | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                return await reader.read()
        return None

    answers = await asyncio.gather(*(said(reader) for reader, _ in sockets))
    return [answer for answer in answers if answer is not None]
