"""/api/import, /api/export and the calendar feed."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from todo.accounts import queries as accounts
from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.caller import CurrentCaller, CurrentPerson
from todo.calendars import feed, imports
from todo.calendars.feed_tasks import write_feed
from todo.calendars.ical import read
from todo.domain.errors import NotFound
from todo.domain.events import rfc3339
from todo.runtime.context import Context
from todo.runtime.http import rates
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit
from todo.runtime.worker import FILE_SECONDS
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
    "/import",
    operation_id="importCalendar",
    openapi_extra=_CALENDAR,
    responses=problems(401, 403, 409),
)
async def import_calendar(
    request: Request, caller: CurrentCaller, context: OpenContext, now: Now
) -> ImportResult:
    """An iCalendar file with tasks (VTODO). What cannot be carried over is listed in the answer."""
    rates.require(
        context.settings.import_limit,
        "import",
        caller.user_id,
        message="You import too many files; wait before the next one.",
    )
    body = await request.body()
    calendar = await context.workers.run(
        "Reading this file", "file", FILE_SECONDS, read, body, default_timezone=caller.timezone
    )
    # Only now: a slow upload must not hold a connection.
    async with context.db.unit() as unit:
        imported = await imports.import_calendar(caller, calendar, context, unit, now)
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
async def export(
    caller: CurrentCaller, context: OpenContext, now: Now, log: CurrentLog
) -> StreamingResponse:
    """All of the caller's projects and tasks, also those in the trash, as one JSON file."""
    async with context.db.unit() as unit:
        log.note(caller.user_id, Happened.EXPORTED, unit, by=caller.actor)
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
    # A page at a time: a client that does not read must not keep a connection of the database.
    async for page in queries.every(context.db, user_id):
        for task in page:
            yield separator + json.dumps({**view(task), "uid": task.uid}, ensure_ascii=False)
            separator = ",\n"
    yield "]}"


@router.post("/calendar", status_code=201, operation_id="createFeed", responses=problems(401, 403))
async def create_feed(
    caller: CurrentPerson, unit: OpenUnit, context: OpenContext, log: CurrentLog
) -> Feed:
    """A secret address that calendar programs can subscribe to; asking again replaces it."""
    log.note(caller.user_id, Happened.FEED_OPENED, unit)
    secret = await feed.new_feed(caller.user_id, unit)
    return Feed(url=f"{context.settings.origin}/api/calendar/{secret}.ics")


@router.delete("/calendar", status_code=204, operation_id="closeFeed", responses=problems(401, 403))
async def close_feed(caller: CurrentPerson, unit: OpenUnit, log: CurrentLog) -> None:
    log.note(caller.user_id, Happened.FEED_CLOSED, unit)
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
    rates.require(
        context.settings.feed_limit,
        "feed",
        hashlib.sha256(secret.encode()).hexdigest(),
        message="This calendar is read too often; wait before the next time.",
    )
    async with context.db.reading() as connection:
        owner = await accounts.owner_of_feed(connection, secret)
        if owner is None:
            raise NotFound("There is no such calendar.")
        user_id, settings = owner
        search = queries.Search(status="open", limit=_FEED_LIMIT, timezone=settings.timezone)
        found, _ = await queries.find(connection, user_id, search)
        projects = await project_queries.names(connection, user_id)
    content = await context.workers.run(
        "Writing this calendar", "feed", FILE_SECONDS, write_feed, found, settings, projects
    )
    return Response(content, media_type="text/calendar")
