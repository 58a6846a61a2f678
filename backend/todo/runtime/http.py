"""What every HTTP route shares: dependencies, problem details (RFC 9457), and what a request may be."""

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.domain import errors
from todo.runtime import clock, observe
from todo.runtime.context import Context
from todo.runtime.database import UNREACHABLE
from todo.runtime.observe import log
from todo.runtime.ports import Unavailable
from todo.runtime.unit import Unit

MAX_BODY = 1024 * 1024
_UNLIMITED = 2**63

STATUS: Mapping[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.StaleVersion: 412,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.TooMany: 429,
}
TITLES = {
    400: "Bad request",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid input",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not available at the moment",
}


# Dependencies are coroutines also where nothing is awaited: FastAPI sends plain functions to a thread.
async def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


async def _now() -> datetime:
    return clock.now()


async def open_unit(request: Request) -> AsyncIterator[Unit]:
    async with (await context_of(request)).db.unit() as unit:
        yield unit


async def from_an_app(request: Request) -> None:
    """Routes for sidecars only: the app API token, compared in constant time (Dapr's `dapr-api-token`)."""
    expected = (await context_of(request)).settings.app_api_token
    sent = request.headers.get("dapr-api-token", "")
    if expected is None or not secrets.compare_digest(
        sent.encode(), expected.get_secret_value().encode()
    ):
        raise errors.Unauthorized("This route is for the sidecar only.")


OpenContext = Annotated[Context, Depends(context_of)]
# The unit closes with the function: what is answered has been committed.
OpenUnit = Annotated[Unit, Depends(open_unit, scope="function")]
Now = Annotated[datetime, Depends(_now)]


def problem(
    status: int,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "errors": errors or [],
    }
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


async def _domain_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.DomainError)  # noqa: S101  (what it is registered for)
    fields = [{"field": error.field, "message": error.message}] if error.field else []
    headers = {}
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(STATUS[type(error)], error.message, fields, headers)


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = [_field_error(item) for item in error.errors()]
    detail = "; ".join(
        f"{f['field']}: {f['message']}" if f["field"] else f["message"] for f in fields
    )
    return problem(422, detail, fields)


def _field_error(item: Mapping[str, Any]) -> dict[str, str]:
    # ("body", "title") names title; a body that is not JSON has a position instead of a name.
    names = [str(part) for part in item["loc"][1:] if item["type"] != "json_invalid"]
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "there is no such field"
    if item["type"] == "too_long":
        message = f"at most {item['ctx']['max_length']} are possible"
    return {"field": ".".join(names), "message": message}


async def _http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _unavailable(_request: Request, error: Exception) -> Response:
    log.warning("a dependency does not answer", reason=str(error))
    return problem(
        503,
        "The database does not answer at the moment. Nothing was changed.",
        headers={"Retry-After": "2"},
    )


async def _bad_value(_request: Request, error: Exception) -> Response:
    """What PostgreSQL itself refuses to hold, such as a date out of its range."""
    log.info("a value was refused by the database", reason=str(error))
    return problem(422, "One of the values cannot be stored: out of range, or not text.")


async def _overtaken(_request: Request, _error: Exception) -> Response:
    return problem(
        409, "Somebody changed the same thing at this moment; nothing was changed, try again."
    )


async def _mistake(request: Request, error: Exception) -> Response:
    log.exception("request failed", path=request.url.path, exc_info=error)
    return problem(500, "Something went wrong on our side. Nothing was changed; please try again.")


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(errors.DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(asyncpg.DataError, _bad_value)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, _bad_value)
    app.add_exception_handler(asyncpg.TransactionRollbackError, _overtaken)
    app.add_exception_handler(asyncpg.UniqueViolationError, _overtaken)
    app.add_exception_handler(Unavailable, _unavailable)
    for unreachable in UNREACHABLE:
        app.add_exception_handler(unreachable, _unavailable)
    app.add_exception_handler(Exception, _mistake)


class Frame:
    """Around every request, as plain ASGI (a BaseHTTPMiddleware costs more than many handlers): joins the caller's
    trace, refuses bodies over `limit` while they arrive, and sets the headers that every answer carries.
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
        # The sidecar's deliveries hold many events, and are read after its token only.
        limit = _UNLIMITED if scope["path"].startswith("/dapr/") else self._limit
        if int(headers.get(b"content-length") or 0) > limit:
            await self._too_large()(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, self._too_large_text())
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [
                    (b"x-content-type-options", b"nosniff"),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        await self._app(scope, counted, with_headers)

    def _too_large_text(self) -> str:
        return f"The request is larger than {self._limit // 1024} KiB."

    def _too_large(self) -> Response:
        return problem(413, self._too_large_text())


class RawJSON(Response):
    """A JSON answer from values that are JSON already; the schema in OpenAPI is the route's response_model."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)
