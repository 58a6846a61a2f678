"""/api/import, /api/export and the calendar feed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from todo.accounts import queries as accounts
from todo.accounts.caller import CurrentCaller, CurrentPerson
from todo.calendars import feed, imports
from todo.calendars.ical import read, write
from todo.domain.errors import NotFound
from todo.domain.events import rfc3339
from todo.runtime.context import Context
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit
from todo.tasks import project_queries, queries
from todo.tasks.view import project_data, view

router = APIRouter(prefix="/api", tags=["calendars"])

_FEED_LIMIT = 2000
_CALENDAR = {
    "requestBody": {"required": True, "content": {"text/calendar": {"schema": {"type": "string"}}}}
}


class UnsupportedProperty(BaseModel):
    uid: str | None
    summary: str | None
    property: str
    reason: str


class ImportResult(BaseModel):
    created: int
    updated: int
    unchanged: int
    unsupported: list[UnsupportedProperty]


class Feed(BaseModel):
    url: str


@router.post(
    "/import", operation_id="importCalendar", openapi_extra=_CALENDAR, responses=problems(401, 403)
)
async def import_calendar(
    request: Request, caller: CurrentCaller, context: OpenContext, now: Now
) -> ImportResult:
    """An iCalendar file with tasks (VTODO). What cannot be carried over is listed in the answer."""
    body = await request.body()
    # A hostile file takes seconds to parse: a thread keeps the event loop free.
    calendar = await asyncio.to_thread(read, body, default_timezone=caller.timezone)
    # Only now: a slow upload must not hold a connection.
    async with context.db.unit() as unit:
        imported = await imports.import_calendar(caller, calendar, unit, now)
    return ImportResult(**asdict(imported))


@router.get(
    "/export",
    operation_id="exportAll",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        **problems(401),
    },
)
async def export(caller: CurrentCaller, context: OpenContext, now: Now) -> StreamingResponse:
    """All of the caller's projects and tasks, also those in the trash, as one JSON file."""
    name = f'attachment; filename="todo-{now:%Y-%m-%d}.json"'
    return StreamingResponse(
        _export(context, caller.user_id, now),
        media_type="application/json",
        headers={"Content-Disposition": name},
    )


async def _export(context: Context, user_id: str, now: datetime) -> AsyncIterator[str]:
    yield f'{{"version":"1.0","exported_at":{json.dumps(rfc3339(now))},"projects":'
    async with context.db.reading() as connection:
        projects = await project_queries.every(connection, user_id)
        yield json.dumps([project_data(project) for project in projects], ensure_ascii=False)
        yield ',"tasks":['
        separator = ""
        async for task in queries.every(connection, user_id):
            yield separator + json.dumps({**view(task), "uid": task.uid}, ensure_ascii=False)
            separator = ",\n"
    yield "]}"


@router.post("/calendar", status_code=201, operation_id="createFeed", responses=problems(401, 403))
async def create_feed(caller: CurrentPerson, unit: OpenUnit, context: OpenContext) -> Feed:
    """A secret address that calendar programs can subscribe to; asking again replaces it."""
    secret = await feed.new_feed(caller.user_id, unit)
    return Feed(url=f"{context.settings.origin}/api/calendar/{secret}.ics")


@router.delete("/calendar", status_code=204, operation_id="closeFeed", responses=problems(401, 403))
async def close_feed(caller: CurrentPerson, unit: OpenUnit) -> None:
    await feed.close_feed(caller.user_id, unit)


@router.get(
    "/calendar/{secret}.ics",
    operation_id="readFeed",
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {"schema": {"type": "string"}}}},
        **problems(404),
    },
)
async def read_feed(
    secret: Annotated[str, Path(max_length=100, pattern=r"^[\w-]+$")], context: OpenContext
) -> Response:
    async with context.db.reading() as connection:
        owner = await accounts.owner_of_feed(connection, secret)
        if owner is None:
            raise NotFound("There is no such calendar.")
        user_id, settings = owner
        search = queries.Search(status="open", limit=_FEED_LIMIT, timezone=settings.timezone)
        found, _ = await queries.find(connection, user_id, search)
        projects = await project_queries.names(connection, user_id)
    tasks = [feed.for_feed(task, settings, projects) for task in found]
    return Response(await asyncio.to_thread(write, tasks), media_type="text/calendar")
