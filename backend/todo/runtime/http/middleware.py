"""Middleware for every request: trace context, the size limit of bodies, security headers."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.runtime import observe
from todo.runtime.http.problems import problem

MAX_BODY = 1024 * 1024
_UNLIMITED = 2**63


class RequestMiddleware:
    """Joins the caller's trace, rejects bodies over `limit` bytes while they arrive, sets the common headers.

    Plain ASGI, because a BaseHTTPMiddleware costs more than many handlers.
    """

    def __init__(self, app: ASGIApp, *, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
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

    def _too_large_text(self) -> str:
        return f"The request is larger than {self._limit // 1024} KiB."

    def _too_large(self) -> Response:
        return problem(413, self._too_large_text())
