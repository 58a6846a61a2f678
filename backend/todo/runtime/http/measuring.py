"""Middleware that counts and times every request, by the template of its route."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.runtime import metrics

# A client may send any word as the method; each would be a time series of its own.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "(none)"


class MeasuringMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status, seconds = 0, 0.0

        async def timed(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], perf_counter() - began
            await send(message)

        try:
            await self._app(scope, receive, timed)
        except Exception:
            # The error handler outside of this middleware answers.
            status, seconds = status or 500, seconds or perf_counter() - began
            raise
        finally:
            if status:  # else the client left before the answer
                _count(scope, status, seconds)


def _count(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = getattr(scope.get("route"), "path", _NO_ROUTE)
    metrics.http_requests.labels(method, route, str(status)).inc()
    metrics.http_request_duration.labels(method, route).observe(seconds)
