"""Limits of connections: how many, how long a client may take to send and to read, how large its headers are.

uvicorn has a limit of connections and a keep-alive timeout only. This adds deadlines and a limit per address to
its protocol classes, so that a client that opens connections and does nothing cannot keep others out.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from todo.runtime.http.proxies import Proxies, client_of
from todo.runtime.settings import Settings

HEADER_SECONDS: Final = 10.0
BODY_SECONDS: Final = 60.0
# How long a client may leave an answer unread.
UNREAD_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 30
HEADER_BYTES: Final = 16 * 1024
# Messages of a browser are not used; a larger one ends its socket.
_SOCKET_BYTES: Final = 64 * 1024
# Files of a process besides one per connection, and one to the server that the launcher proxies to.
_OTHER_FILES: Final = 200


class Guard:
    """Counts the open connections of a server, all and by address. Proxies have no limit of their own."""

    def __init__(self, *, most: int, most_per_address: int, proxies: Proxies) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._proxies = proxies
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> str | None:
        """Count a connection, or say why it is refused."""
        client = client_of(address)
        if self._open.total() >= self._most:
            return "The server has too many connections; try again in a moment."
        if self._open[client] >= self._most_per_address and not self._proxies.has(address):
            return "Your address has too many connections."
        self._open[client] += 1
        return None

    def leave(self, address: str) -> None:
        client = client_of(address)
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]


class ReadDeadline(asyncio.Protocol):
    """Aborts a connection whose client does not read what it was sent, also while the connection closes."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Every unsent byte has the deadline. By default the transport reports only more than 64 KiB.
        transport.set_write_buffer_limits(0)
        if transport.get_write_buffer_size():
            self.pause_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_deadline()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_deadline()
        self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._end_deadline()

    def _end_deadline(self) -> None:
        if self._unread is not None:
            self._unread.cancel()


class LimitedHttp(ReadDeadline, HttpToolsProtocol):
    """HTTP/1.1 with deadlines for headers, bodies and unread answers."""

    def __init__(self, *arguments: Any, guard: Guard, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._guard = guard
        self._entered: str | None = None
        self._refused = False
        self._head = 0
        # The bytes since the parser's last callback: a part of a header that has not ended.
        self._unparsed = 0
        # The end of what is being received: headers, then a body.
        self._deadline: asyncio.TimerHandle | None = None
        if self.ws_protocol_class is not None:
            self.ws_protocol_class = partial(LimitedWebSocket, gone=self._leave)  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        reason = self._guard.enter(address)
        if reason is not None:
            self._refuse(503, reason)
            return
        self._entered = address
        self._expect(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect(HEADER_SECONDS)  # the next request of this connection
        self._unparsed += len(data)
        super().data_received(data)
        if self._head + self._unparsed > HEADER_BYTES:
            self._refuse(431, f"The headers are larger than {HEADER_BYTES // 1024} KiB.")

    def handle_websocket_upgrade(self) -> None:
        if self._refused or self._head > HEADER_BYTES:
            return  # `data_received` refuses it
        self._expect(None)
        self._end_deadline()
        super().handle_websocket_upgrade()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = self._unparsed = 0

    def on_url(self, url: bytes) -> None:
        self._head += len(url)
        self._unparsed = 0
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        self._unparsed = 0
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._refused or self._head > HEADER_BYTES:
            return
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        if not (self._refused or self._head > HEADER_BYTES):
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._unparsed = 0
        if not (self._refused or self._head > HEADER_BYTES):
            self._expect(None)
            super().on_message_complete()

    def _expect(self, seconds: float | None) -> None:
        """Set the deadline for what comes next; None: the client owes nothing."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if not self._head or (answering and self.cycle.response_started):
            self.transport.close()
        else:
            self._refuse(408, "The request did not arrive in time.")

    def _refuse(self, status: int, reason: str) -> None:
        """Answer and close. What still arrives is not read, and a request in progress ends as disconnected."""
        self._refused = True
        self._expect(None)
        body = f'{{"title":"Refused","status":{status},"detail":"{reason}"}}'.encode()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: application/problem+json\r\nconnection: close\r\n"
            + b"content-length: %d\r\n\r\n" % len(body)
            + body
        )
        self.transport.close()

    def _leave(self) -> None:
        if self._entered is not None:
            self._guard.leave(self._entered)
            self._entered = None


class LimitedWebSocket(ReadDeadline, WebSocketsSansIOProtocol):  # type: ignore[misc]
    """A WebSocket that still counts as a connection. uvicorn pings it, and closes one that does not answer."""

    def __init__(self, *arguments: Any, gone: Callable[[], None], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._gone = gone

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()
        super().connection_lost(exc)


def server_options(settings: Settings) -> dict[str, Any]:
    """The options of uvicorn for every server of the product."""
    guard = Guard(
        most=settings.max_connections,
        most_per_address=settings.max_connections_per_address,
        proxies=Proxies.of(settings),
    )
    return {
        "http": partial(LimitedHttp, guard=guard),
        "ws": "websockets-sansio",
        "ws_max_size": _SOCKET_BYTES,
        "ws_per_message_deflate": False,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies,
        "timeout_keep_alive": IDLE_SECONDS,
    }


def allow_files(settings: Settings) -> None:
    """Raise the limit of open files, often 1,024, so that it is not reached before that of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * settings.max_connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
