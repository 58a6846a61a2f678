"""Middleware for every request: rate per address, trace context, size limit of bodies, security headers."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.domain.errors import TooMany
from todo.runtime import observe
from todo.runtime.http import rates
from todo.runtime.http.problems import problem
from todo.runtime.http.proxies import Proxies, client_of
from todo.runtime.http.rates import headers_of

MAX_BODY = 1024 * 1024
_UNLIMITED = 2**63
# Health checks, and what only sidecars may call.
_UNCOUNTED = ("/healthz", "/readyz", "/dapr", "/internal/")
_TOO_MANY = "Your address sends too many requests; wait a moment."


class RequestMiddleware:
    """Counts requests, joins the caller's trace, rejects bodies over `limit` bytes while they arrive, sets the
    common headers.

    Plain ASGI, because a BaseHTTPMiddleware costs more than many handlers.
    """

    def __init__(self, app: ASGIApp, *, rate: str, proxies: Proxies, limit: int = MAX_BODY) -> None:
        """`rate`: the requests of one address."""
        self._app = app
        self._rate = rate
        self._proxies = proxies
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._count(scope)
        except TooMany as error:
            await problem(429, error.message, headers=headers_of(error))(scope, receive, send)
            return
        headers = dict(scope["headers"])
        parent = headers.get(b"traceparent")
        observe.continue_trace(parent.decode("latin-1") if parent else None)
        # A sidecar's bulk deliveries are large. They are read only after their token is checked.
        limit = _UNLIMITED if scope["path"].startswith("/dapr/") else self._limit
        if int(headers.get(b"content-length") or 0) > limit:
            await self._too_large()(scope, receive, send)
            return
        seen = 0
        answered = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, self._too_large_text())
            return message

        async def with_headers(message: Message) -> None:
            nonlocal answered
            if seen > limit and not answered and message.get("status") != 413:
                return  # the application took the end of the body for a failure of its own
            if message["type"] == "http.response.start":
                answered = True
                message["headers"] += [
                    (b"x-content-type-options", b"nosniff"),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        try:
            await self._app(scope, counted, with_headers)
        except Exception:
            if seen <= limit or answered:
                raise
        if seen > limit and not answered:
            await self._too_large()(scope, receive, with_headers)

    def _count(self, scope: Scope) -> None:
        """Count the request for its address, unless that is a proxy's or a sidecar's, which stand for many."""
        address = scope["client"][0] if scope["client"] else ""
        if not self._proxies.has(address) and not scope["path"].startswith(_UNCOUNTED):
            rates.require(self._rate, "address", client_of(address), message=_TOO_MANY)

    def _too_large_text(self) -> str:
        return f"The request is larger than {self._limit // 1024} KiB."

    def _too_large(self) -> Response:
        return problem(413, self._too_large_text())
