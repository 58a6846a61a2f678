"""Problem details (RFC 9457): the body and status of every error, and their OpenAPI description."""

from collections.abc import Mapping
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from todo.domain import errors
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.http.rates import headers_of
from todo.runtime.observe import log
from todo.runtime.ports import Unavailable
from todo.runtime.worker import WorkerLost

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
    421: "Unknown host",
    422: "Invalid input",
    429: "Too many requests",
    500: "Internal server error",
    503: "Not available at the moment",
}

# An answer may not be many times as large as the request that it refuses.
_MOST_FIELDS = 50
_LONGEST_NAME = 100
_LONGEST_MESSAGE = 500


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, with a list of invalid fields."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": "Problem details", "content": content}
        for status in (400, *statuses, 413, 422, 429, 503)
    }


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
    assert isinstance(error, errors.DomainError)  # noqa: S101  (registered for this type)
    fields = [{"field": error.field, "message": error.message}] if error.field else []
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooMany):
        headers |= headers_of(error)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(STATUS[type(error)], error.message, fields, headers)


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    fields = [_field_error(item) for item in found[:_MOST_FIELDS]]
    if len(found) > _MOST_FIELDS:
        fields.append({"field": "", "message": f"and {len(found) - _MOST_FIELDS} more errors"})
    detail = "; ".join(
        f"{f['field']}: {f['message']}" if f["field"] else f["message"] for f in fields
    )
    return problem(422, detail, fields)


def _field_error(item: Mapping[str, Any]) -> dict[str, str]:
    # ("body", "title") names the field title; for invalid JSON the location is a position, not a name.
    names = [str(part) for part in item["loc"][1:] if item["type"] != "json_invalid"]
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "unknown field"
    if item["type"] in ("string_too_long", "too_long"):
        unit = "characters" if isinstance(item["input"], str) else "entries"
        message = f"at most {item['ctx']['max_length']} {unit}"
    return {"field": ".".join(names)[:_LONGEST_NAME], "message": message[:_LONGEST_MESSAGE]}


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


async def _worker_lost(_request: Request, error: Exception) -> Response:
    log.error("work was lost", reason=str(error))
    return problem(
        503,
        "This was stopped before it was done. Nothing was changed; try again in a moment.",
        headers={"Retry-After": "2"},
    )


async def _bad_value(_request: Request, error: Exception) -> Response:
    """A value that PostgreSQL cannot store, such as a date out of its range."""
    log.info("a value was refused by the database", reason=str(error))
    return problem(422, "One of the values cannot be stored: out of range, or not text.")


async def _conflict(_request: Request, _error: Exception) -> Response:
    return problem(
        409, "Another request changed this at the same time. Nothing was changed; try again."
    )


async def _unfinished(_request: Request, _error: Exception) -> Response:
    # The client has left; only a proxy may still read this.
    return problem(400, "The body of the request did not arrive in full. Nothing was changed.")


async def _unexpected(request: Request, error: Exception) -> Response:
    # The route, because a path may hold a signed link or the address of a feed.
    route = getattr(request.scope.get("route"), "path", None)
    log.exception("request failed", method=request.method, route=route, exc_info=error)
    return problem(500, "Something went wrong on our side. Nothing was changed; please try again.")


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(errors.DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(asyncpg.DataError, _bad_value)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, _bad_value)
    app.add_exception_handler(asyncpg.TransactionRollbackError, _conflict)
    app.add_exception_handler(asyncpg.UniqueViolationError, _conflict)
    app.add_exception_handler(ClientDisconnect, _unfinished)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(WorkerLost, _worker_lost)
    for unreachable in UNREACHABLE:
        app.add_exception_handler(unreachable, _unavailable)
    app.add_exception_handler(Exception, _unexpected)
