"""Route the public port: API paths to the services, all other paths to the pages.

The ingress does this in a cluster. Here it is an ASGI app. In the embedded size it calls the services directly and
proxies to Next; in the stack size it proxies to all of them.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence

import httpx2
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

# Without /metrics, which has its own port that is not public.
PRODUCT_PATHS = ("/api", "/ws", "/mcp", "/oauth", "/.well-known", "/healthz", "/readyz")

# Headers of one connection (RFC 9110, 7.6.1).
_HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection",
        b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
# Stripped from requests, because the services trust them; this proxy sets its own.
_FORWARDED = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)
# Stripped from requests: only daprd and its app may send them to each other.
_SIDECAR = frozenset({b"dapr-api-token", b"dapr-app-id", b"dapr-caller-app-id"})

# How long a page may take until its answer begins.
PAGE_SECONDS = 60.0
# The form of a Host header (RFC 9110, 7.2): a name or an IP literal, and a port.
_HOST = re.compile(rb"([\w.~%-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")

Header = tuple[bytes, bytes]


def under(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


class Edge:
    """Send each request to the first route whose path matches, and lifespan events to `lifespan`."""

    def __init__(
        self,
        routes: Sequence[tuple[Sequence[str], ASGIApp]],
        otherwise: ASGIApp,
        lifespan: ASGIApp | None = None,
    ) -> None:
        self._routes = routes
        self._otherwise = otherwise
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await (self._lifespan or _no_lifespan)(scope, receive, send)
            return
        app = next((a for paths, a in self._routes if under(scope["path"], paths)), self._otherwise)
        await app(scope, receive, send)


async def _no_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class Proxy:
    """Stream HTTP and WebSocket requests to a server on this machine."""

    def __init__(
        self, port: int, *, scheme: str = "http", begins_within: float | None = None
    ) -> None:
        """`scheme` is that of the public URL: behind a TLS proxy it is https, although we receive http.

        `begins_within`: the seconds until the head of an answer to GET or HEAD must arrive; None: no limit.
        """
        self._port = port
        self._authority = f"127.0.0.1:{port}"
        self._scheme = scheme.encode()
        self._begins_within = begins_within
        self._client = httpx2.AsyncClient(
            base_url=f"http://{self._authority}",
            trust_env=False,
            verify=False,  # plain HTTP: loading certificates takes time for nothing
            follow_redirects=False,
            # Server-sent events may be silent for long; the client decides how long it waits.
            timeout=httpx2.Timeout(None, connect=5),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=64),
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive)
        # The client's build_request would add Accept-Encoding and User-Agent.
        request = httpx2.Request(
            scope["method"],
            httpx2.URL(f"http://{self._authority}").copy_with(raw_path=_target(scope)),
            headers=self._headers(scope),
            content=body.chunks() if _has_body(scope) else None,
        )
        limit = self._begins_within if scope["method"] in {"GET", "HEAD"} else None
        try:
            async with asyncio.timeout(limit):
                response = await self._client.send(request, stream=True)
        except TimeoutError:
            late = PlainTextResponse("This page takes too long, try again in a moment.", 504)
            await late(scope, receive, send)
            return
        except httpx2.TransportError:
            if body.client_left:
                return
            # The server is starting or restarting.
            refusal = PlainTextResponse(
                "Starting, try again in a moment.", 503, {"retry-after": "1"}
            )
            await refusal(scope, receive, send)
            return
        answer = asyncio.create_task(_answer(response, send))
        # Notice that the browser has left, or a stream of server-sent events would never end.
        left = asyncio.create_task(body.disconnected())
        try:
            await asyncio.wait({answer, left}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                answer.result()
        finally:
            for task in (answer, left):
                task.cancel()
            await asyncio.gather(answer, left, return_exceptions=True)
            await response.aclose()

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        host = _host(scope)
        if not _HOST.fullmatch(host):
            await send({"type": "websocket.close", "code": 1008})
            return
        skip = {b"host", b"origin"}
        headers = [
            (k.decode("latin-1"), v.decode("latin-1"))
            for k, v in self._headers(scope)
            if k not in skip and not k.startswith(b"sec-websocket-")
        ]
        origin = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"), None)
        try:
            inner = await connect(
                # The client makes the Host header from this URL, and the service compares it with the Origin.
                f"ws://{host.decode('ascii')}{_target(scope).decode('ascii')}",
                host="127.0.0.1",
                port=self._port,
                additional_headers=headers,
                origin=origin,
                subprotocols=scope.get("subprotocols") or None,
                user_agent_header=None,
                compression=None,
                open_timeout=5,
                # The browser and the service ping each other through this proxy.
                ping_interval=None,
                max_size=None,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            refused = error.response.status_code if isinstance(error, InvalidStatus) else 503
            # uvicorn turns a close before acceptance into a 403; the code is for other servers.
            await send({"type": "websocket.close", "code": 4401 if refused in {401, 403} else 1013})
            return
        await send({"type": "websocket.accept", "subprotocol": inner.subprotocol})
        pumps = [
            asyncio.create_task(_outwards(inner, send)),
            asyncio.create_task(_inwards(inner, receive)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await inner.close()

    def _headers(self, scope: Scope) -> list[Header]:
        headers = [
            (k, v)
            for k, v in _end_to_end(scope["headers"])
            if k not in _FORWARDED and k not in _SIDECAR
        ]
        client = scope.get("client")
        if client:
            headers.append((b"x-forwarded-for", client[0].encode()))
        headers.append((b"x-forwarded-host", _host(scope)))
        headers.append((b"x-forwarded-proto", self._scheme))
        return headers


def _end_to_end(headers: Iterable[Header]) -> list[Header]:
    """The headers without hop-by-hop headers and those that Connection names."""
    listed = list(headers)
    named = {
        name.strip().lower() for k, v in listed if k == b"connection" for name in v.split(b",")
    }
    return [(k, v) for k, v in listed if k not in _HOP_BY_HOP and k not in named]


def _host(scope: Scope) -> bytes:
    return next((v for k, v in scope["headers"] if k == b"host"), b"localhost")


def _target(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return path.split(b"?", 1)[0] + (b"?" + query if query else b"")


def _has_body(scope: Scope) -> bool:
    return any(k in {b"content-length", b"transfer-encoding"} for k, _ in scope["headers"])


class _Body:
    """The body of a request as a stream, and a wait for the client to disconnect."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.client_left = False

    async def chunks(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.client_left = True
                raise httpx2.WriteError("the client went away")
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _answer(response: httpx2.Response, send: Send) -> None:
    headers = _end_to_end((k.lower(), v) for k, v in response.headers.raw)
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    async for chunk in response.aiter_raw():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _outwards(inner: ClientConnection, send: Send) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for data in inner:
            kind = "text" if isinstance(data, str) else "bytes"
            await send({"type": "websocket.send", kind: data})
    # Pass the close code and reason on: a refused ticket, a restart.
    code = inner.close_code
    await send(
        {
            "type": "websocket.close",
            "code": 1012 if code in {None, 1005, 1006} else code,
            "reason": inner.close_reason or "",
        }
    )


async def _inwards(inner: ClientConnection, receive: Receive) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            await inner.send(text if text is not None else message["bytes"])
