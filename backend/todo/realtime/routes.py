"""Live updates. todo-backend issues tickets and lists missed changes; todo-websocket holds the WebSockets and
calls both.
"""

import asyncio
import json
import time
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from todo.accounts.caller import CurrentCaller
from todo.realtime import tickets
from todo.realtime.hub import Connection, hub
from todo.runtime.context import Context
from todo.runtime.events.outbox import oldest_waiting_seconds
from todo.runtime.http.origin import is_own_site
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit, from_an_app
from todo.runtime.observe import log
from todo.runtime.ports import Unavailable
from todo.tasks import queries

public = APIRouter(prefix="/api/realtime", tags=["realtime"])
# For other apps through their sidecars; not part of the public API.
internal = APIRouter(
    prefix="/internal/realtime", include_in_schema=False, dependencies=[Depends(from_an_app)]
)
socket = APIRouter()

_PING_SECONDS = 20
_ASK_SECONDS = 5  # how often the age of the oldest unpublished event is measured
_DELAYED_SECONDS = 5  # from this age on, windows show that live updates are delayed
# A broker assigns partitions to a new group after seconds (Kafka waits for 3, a busy machine for more), and this
# replica receives no earlier event. Windows that connect soon after its start get the missed changes again.
_YOUNG_SECONDS = 60
_REPEAT_SECONDS = (6, 15, 30)
_TICKET_REFUSED = 4401
_TRY_AGAIN = 1013
_STARTED = time.monotonic()


class Ticket(BaseModel):
    ticket: str
    expires_at: datetime


class Redemption(BaseModel):
    ticket: str


@public.post("/tickets", status_code=201, operation_id="createTicket", responses=problems(401, 403))
async def create_ticket(caller: CurrentCaller, unit: OpenUnit, now: Now) -> Ticket:
    ticket, expires_at = await tickets.issue(unit.connection, caller, now)
    return Ticket(ticket=ticket, expires_at=expires_at)


@internal.post("/redeem")
async def redeem(wanted: Redemption, unit: OpenUnit) -> dict[str, str | None]:
    return {"user_id": await tickets.redeem(unit.connection, wanted.ticket)}


@internal.get("/changes")
async def changes(
    user_id: str,
    context: OpenContext,
    since: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> dict[str, Any]:
    async with context.db.reading() as connection:
        found, cursor = await queries.changed_since(connection, user_id, since)
    return {"changes": found, "cursor": str(cursor)}


@internal.get("/waiting")
async def waiting(context: OpenContext) -> dict[str, float]:
    """The age of the oldest event that is committed and not yet published, in seconds."""
    async with context.db.reading() as connection:
        return {"seconds": await oldest_waiting_seconds(connection)}


async def watch_for_delay(context: Context) -> None:
    """Background task of todo-websocket: tell windows when live updates are late, which a connected window
    cannot notice by itself.
    """
    while True:
        await asyncio.sleep(_ASK_SECONDS)
        if not hub:
            continue
        try:
            reply = await context.runtime.invoke(
                "todo-backend", "GET", "/internal/realtime/waiting"
            )
        except Unavailable as error:  # then the API is away too, which the page notices
            log.warning("the age of the oldest unpublished event is unknown", reason=str(error))
            continue
        if reply.status == 200:
            hub.set_delayed(reply.body["seconds"] > _DELAYED_SECONDS)


@socket.websocket("/ws")
async def live(websocket: WebSocket, ticket: str = "", since: str = "") -> None:
    context: Context = websocket.app.state.context
    if not _same_origin(websocket, context.settings.origin):
        await websocket.close(1008)
        return
    await websocket.accept()
    try:
        await _live(websocket, context, ticket, since)
    except Unavailable as error:
        log.warning("live updates are not available", reason=str(error))
        await _close(websocket, _TRY_AGAIN)


async def _live(websocket: WebSocket, context: Context, ticket: str, since: str) -> None:
    reply = await context.runtime.invoke(
        "todo-backend", "POST", "/internal/realtime/redeem", json={"ticket": ticket}
    )
    if reply.status != 200:
        raise Unavailable(f"todo-backend answered {reply.status}")
    user_id = reply.body["user_id"]
    if user_id is None:
        await _close(websocket, _TICKET_REFUSED)
        return
    if hub.count(user_id) >= context.settings.max_sockets:
        await _close(websocket, _TRY_AGAIN)
        return
    # Join before asking for missed changes, so that no change is lost in between.
    connection = hub.join(user_id)
    try:
        hello = await _missed(context, user_id, since)
        await websocket.send_text(json.dumps(hello))
        again = asyncio.create_task(_repeat_missed(context, user_id, hello["cursor"], connection))
        try:
            await _exchange(websocket, connection)
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
    finally:
        hub.leave(user_id, connection)


async def _missed(context: Context, user_id: str, since: str) -> dict[str, Any]:
    query = f"user_id={user_id}" + (
        f"&since={since}" if since.isdigit() and len(since) < 19 else ""
    )
    missed = await context.runtime.invoke(
        "todo-backend", "GET", f"/internal/realtime/changes?{query}"
    )
    if missed.status != 200:
        raise Unavailable(f"todo-backend answered {missed.status}")
    return {"type": "hello", **missed.body}


async def _repeat_missed(
    context: Context, user_id: str, since: str, connection: Connection
) -> None:
    if time.monotonic() - _STARTED > _YOUNG_SECONDS:
        return
    before = 0
    for seconds in _REPEAT_SECONDS:
        await asyncio.sleep(seconds - before)
        try:
            hello = await _missed(context, user_id, since)
        except Unavailable as error:
            log.warning("a window must reconnect to get what it missed", reason=str(error))
            connection.must_reconnect.set()
            return
        connection.push(json.dumps(hello))
        before, since = seconds, hello["cursor"]


async def _exchange(websocket: WebSocket, connection: Connection) -> None:
    """Send and receive until the browser leaves, or must reconnect."""
    writer = asyncio.create_task(_write(websocket, connection))
    reader = asyncio.create_task(_read(websocket))
    again = asyncio.create_task(connection.must_reconnect.wait())
    try:
        await asyncio.wait({writer, reader, again}, return_when=asyncio.FIRST_COMPLETED)
        if again.done():
            await _close(websocket, _TRY_AGAIN)
    finally:
        for task in (writer, reader, again):
            task.cancel()
        await asyncio.gather(writer, reader, again, return_exceptions=True)


async def _write(websocket: WebSocket, connection: Connection) -> None:
    while True:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                payload = await connection.waiting.get()
        except TimeoutError:
            payload = '{"type":"ping"}'
        await websocket.send_text(payload)


async def _read(websocket: WebSocket) -> None:
    """Ignore incoming messages; reading is how a disconnect is noticed."""
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        return


async def _close(websocket: WebSocket, code: int) -> None:
    try:
        await websocket.close(code)
    except RuntimeError:  # already closed
        return


def _same_origin(websocket: WebSocket, origin: str) -> bool:
    """Refuse pages of other sites (cross-site WebSocket hijacking).

    Origin has to match the Host header or the public URL. Clients that are not browsers send no Origin.
    """
    sent = websocket.headers.get("origin")
    return sent is None or is_own_site(sent, origin, websocket.headers.get("host"))
