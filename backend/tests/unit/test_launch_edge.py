"""The public port: routing by path, and what the proxy forwards and removes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from todo.launch import edge, serve
from todo.runtime.settings import Settings


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    sockets = serve.bind("127.0.0.1", 0)
    port: int = sockets[0].getsockname()[1]
    server = serve.server(app, Settings(_env_file=None), lifespan=False)
    task = asyncio.create_task(server.serve(sockets=sockets[:1]))
    try:
        yield port
    finally:
        server.should_exit = True
        await task
        for listener in sockets:
            listener.close()


@asynccontextmanager
async def proxied(inner: ASGIApp) -> AsyncIterator[int]:
    async with served(inner) as port:
        proxy = edge.Proxy(port, scheme="https")
        async with served(edge.Edge([], otherwise=proxy)) as outer:
            yield outer
        await proxy.aclose()


async def echo(request: Request) -> Response:
    return JSONResponse(
        {
            "method": request.method,
            "target": request.url.path + "?" + request.url.query,
            "headers": dict(request.headers),
            "body": (await request.body()).decode(),
        },
        418,
        {"connection": "close, x-one-hop", "x-one-hop": "no", "x-kept": "yes", "set-cookie": "a=1"},
    )


ECHO = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])


def named(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(name)(scope, receive, send)

    return app


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/", "pages"),
        ("/api/tasks", "product"),
        ("/api", "product"),
        ("/apiary", "pages"),
        ("/healthz", "product"),
        ("/readyz", "product"),
        ("/oauth/authorize", "product"),
        ("/.well-known/oauth-protected-resource/mcp", "product"),
        ("/connect", "pages"),
        ("/metrics", "pages"),
        ("/_next/static/x.js", "pages"),
    ],
)
async def test_each_path_is_routed_to_the_pages_or_the_product(path: str, to: str) -> None:
    app = edge.Edge([(edge.PRODUCT_PATHS, named("product"))], otherwise=named("pages"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as web:
        assert (await web.get(path)).text == to


async def test_a_proxied_request_is_complete_and_names_its_client() -> None:
    async with served(ECHO) as port:
        proxy = edge.Proxy(port, scheme="https")
        stranger = httpx2.ASGITransport(proxy, client=("203.0.113.5", 4711))
        answer = await httpx2.AsyncClient(transport=stranger).post(
            "http://todo.example/a%2Fb?q=1&q=%20",
            content=b"hello",
            headers={
                "x-forwarded-for": "6.6.6.6",
                "dapr-api-token": "guess",
                "cookie": "s=1",
            },
        )
    seen = answer.json()
    assert (answer.status_code, seen["method"], seen["body"]) == (418, "POST", "hello")
    assert seen["target"] == "/a/b?q=1&q=%20"
    assert seen["headers"]["host"] == "todo.example"
    assert seen["headers"]["x-forwarded-host"] == "todo.example"
    assert seen["headers"]["x-forwarded-proto"] == "https"
    assert seen["headers"]["x-forwarded-for"] == "203.0.113.5", (
        "the address that a client claims is replaced"
    )
    assert seen["headers"]["cookie"] == "s=1"
    assert "dapr-api-token" not in seen["headers"], "the token of a sidecar is removed"


async def test_hop_by_hop_headers_are_removed() -> None:
    async with proxied(ECHO) as port, httpx2.AsyncClient() as web:
        answer = await web.get(f"http://127.0.0.1:{port}/")
    assert answer.headers["x-kept"] == "yes"
    assert answer.headers["set-cookie"] == "a=1"
    assert "x-one-hop" not in answer.headers
    assert "close" not in answer.headers.get("connection", "")


async def test_a_server_that_is_down_is_answered_503_with_retry_after() -> None:
    async with served(ECHO) as port:
        pass
    app = edge.Edge([], otherwise=edge.Proxy(port))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as web:
        answer = await web.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_page_that_hangs_is_answered_504(method: str) -> None:
    left = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the proxy closes its connection
        left.set()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as pages:
        proxy = edge.Proxy(pages.sockets[0].getsockname()[1], begins_within=0.2)
        async with (
            served(edge.Edge([], otherwise=proxy)) as port,
            httpx2.AsyncClient(timeout=20) as web,
        ):
            answer = await web.request(method, f"http://127.0.0.1:{port}/projects")
        await asyncio.wait_for(left.wait(), 20)
        await proxy.aclose()
    assert answer.status_code == 504
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_stream_arrives_as_it_is_written_and_ends_when_the_browser_leaves() -> None:
    ended = asyncio.Event()

    async def stream(_request: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            try:
                yield "data: first\n\n"
                await asyncio.Event().wait()
            finally:
                ended.set()

        return StreamingResponse(events(), media_type="text/event-stream")

    async with proxied(Starlette(routes=[Route("/", stream)])) as port:
        async with (
            httpx2.AsyncClient() as web,
            web.stream("GET", f"http://127.0.0.1:{port}/") as it,
        ):
            first = await anext(it.aiter_text())
        assert first == "data: first\n\n"
        async with asyncio.timeout(10):
            await ended.wait()


def socket_app(talk: Callable[[WebSocket], Awaitable[Any]]) -> ASGIApp:
    async def endpoint(socket: WebSocket) -> None:
        await talk(socket)

    return Starlette(routes=[WebSocketRoute("/ws", endpoint)])


async def test_a_websocket_is_proxied_both_ways_with_its_query_and_origin() -> None:
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(f"{socket.query_params['ticket']} {socket.headers['origin']}")
        await socket.send_text(await socket.receive_text())
        await socket.receive()

    async with proxied(socket_app(talk)) as port:
        url = f"ws://127.0.0.1:{port}/ws?ticket=7"
        async with connect(url, origin="https://todo.example", proxy=None) as socket:  # type: ignore[arg-type]
            assert await socket.recv() == "7 https://todo.example"
            await socket.send("hello")
            assert await socket.recv() == "hello"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "todo.example"])
async def test_a_websocket_s_service_sees_the_host_that_the_browser_asked_for(host: str) -> None:
    """And no other: the service compares it with the Origin."""

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(" ".join(socket.headers.getlist("host")))
        await socket.receive()

    async with (
        proxied(socket_app(talk)) as port,
        connect(f"ws://{host}/ws", host="127.0.0.1", port=port, proxy=None) as socket,
    ):
        assert await socket.recv() == host


@pytest.mark.parametrize("host", ["a@b", "a/b", "[::1", ""])
async def test_a_websocket_with_a_malformed_host_is_refused(host: str) -> None:
    async def talk(socket: WebSocket) -> None:
        await socket.accept()

    async with proxied(socket_app(talk)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert b" 403 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize(
    ("host", "address"), [("0.0.0.0", "[::1]"), ("::", "127.0.0.1"), ("::", "[::1]")]
)
async def test_listening_on_every_address_includes_both_loopbacks(host: str, address: str) -> None:
    sockets = serve.bind(host, 0)
    try:
        names = [listener.getsockname()[:1][0] for listener in sockets]
    finally:
        for listener in sockets:
            listener.close()
    reached = {"0.0.0.0": {"127.0.0.1"}, "::": {"[::1]"}, "::1": {"[::1]"}}
    assert address in set().union(*(reached[name] for name in names))


async def test_the_close_code_of_a_websocket_is_passed_on() -> None:
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close(4401, "a new ticket, please")

    async with (
        proxied(socket_app(talk)) as port,
        connect(f"ws://127.0.0.1:{port}/ws", proxy=None) as socket,
    ):
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "a new ticket, please")
