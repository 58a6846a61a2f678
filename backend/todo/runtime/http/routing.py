"""Dependencies that routes share (context, unit of work, time, the app token) and a raw JSON response."""

import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response

from todo.domain import errors
from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x20-\x7e]+$",
        description="The same request with the same key is carried out once; another one with it is refused.",
    ),
]


# All dependencies are coroutines, because FastAPI runs plain functions in a thread.
async def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


async def _now(request: Request) -> datetime:
    """By the clock of the database, where the process has one."""
    database = (await context_of(request)).database
    return database.clock.now() if database else clock.now()


async def open_unit(request: Request) -> AsyncIterator[Unit]:
    async with (await context_of(request)).db.unit() as unit:
        yield unit


async def from_an_app(request: Request) -> None:
    """Only sidecars may call: checks Dapr's app API token (`dapr-api-token`) in constant time."""
    expected = (await context_of(request)).settings.app_api_token
    sent = request.headers.get("dapr-api-token", "")
    if expected is None or not secrets.compare_digest(
        sent.encode(), expected.get_secret_value().encode()
    ):
        raise errors.Unauthorized("This route is for the sidecar only.")


OpenContext = Annotated[Context, Depends(context_of)]
# scope="function": the unit commits before the response is sent.
OpenUnit = Annotated[Unit, Depends(open_unit, scope="function")]
Now = Annotated[datetime, Depends(_now)]


class RawJSON(Response):
    """A JSON response without validation. Its OpenAPI schema is the route's response_model."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)
