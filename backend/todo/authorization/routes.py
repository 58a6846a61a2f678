"""/api/oauth/requests and /api/connected-assistants: consent, and what a user has connected."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path

from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.caller import CurrentCaller, CurrentPerson
from todo.audit.assistants import changes_by_client
from todo.authorization.caller import actor_of
from todo.authorization.schemas import (
    AssistantChange,
    ConnectedAssistant,
    ConnectedAssistants,
    ConnectionAnswer,
    ConnectionRequest,
    Redirect,
)
from todo.authorization.scopes import issuer
from todo.authorization.store import AuthorizationStore
from todo.domain.errors import NotFound
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["connected assistants"])

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_GONE = "This request was answered before or has expired. Start again from your assistant."


@router.get(
    "/oauth/requests/{request_id}",
    operation_id="readConnectionRequest",
    responses=problems(401, 404),
)
async def read_request(
    request_id: UUID, _caller: CurrentCaller, unit: OpenUnit
) -> ConnectionRequest:
    row = await AuthorizationStore(unit.connection).open_request(request_id)
    if row is None:
        raise NotFound(_GONE)
    return ConnectionRequest(
        id=row["id"],
        name=row["client_name"],
        host=row["client_host"],
        redirect_uri=row["redirect_uri"],
        is_on_this_device=not row["redirect_uri"].startswith("https://"),
        scopes=row["scopes"],
        expires_at=row["expires_at"],
    )


@router.post(
    "/oauth/requests/{request_id}",
    operation_id="answerConnectionRequest",
    responses=problems(401, 403, 404),
)
async def answer_request(
    request_id: UUID,
    answer: ConnectionAnswer,
    caller: CurrentPerson,
    context: OpenContext,
    unit: OpenUnit,
    log: CurrentLog,
) -> Redirect:
    """Allow or refuse."""
    store = AuthorizationStore(unit.connection)
    if answer.allow:
        allowed = await store.allow(request_id, caller.user_id)
        if allowed is None:
            raise NotFound(_GONE)
        code, row = allowed
        name = row["client_name"]
        log.note(caller.user_id, Happened.ASSISTANT_CONNECTED, unit, name=name)
        result = {"code": code}
    else:
        denied = await store.deny(request_id)
        if denied is None:
            raise NotFound(_GONE)
        row = denied
        result = {"error": "access_denied", "error_description": "The user did not allow it."}
    if row["state"] is not None:
        result["state"] = row["state"]
    # RFC 9207: a client that talks to several servers sees which of them answers.
    result["iss"] = issuer(context.settings)
    uri: str = row["redirect_uri"]
    return Redirect(redirect_to=f"{uri}{'&' if '?' in uri else '?'}{urlencode(result)}")


@router.get(
    "/connected-assistants", operation_id="listConnectedAssistants", responses=problems(401)
)
async def list_assistants(caller: CurrentCaller, context: OpenContext) -> ConnectedAssistants:
    async with context.db.reading() as connection:
        rows = await AuthorizationStore(connection).connections(caller.user_id)
        items = []
        for row in rows:
            done = await changes_by_client(
                connection, caller.user_id, actor_of(row["name"]), row["created_at"]
            )
            last = [AssistantChange(**change) for change in done.last]
            items.append(ConnectedAssistant(**row, changes=done.count, last_changes=last))
    return ConnectedAssistants(items=items, next_cursor=None)


@router.delete(
    "/connected-assistants/{assistant_id}",
    status_code=204,
    operation_id="disconnectAssistant",
    responses=problems(401, 403, 404),
)
async def disconnect(
    assistant_id: Id, caller: CurrentPerson, unit: OpenUnit, log: CurrentLog
) -> None:
    """Revoke all tokens of the assistant. Its next request is refused."""
    store = AuthorizationStore(unit.connection)
    if not await store.remove_connection(assistant_id, caller.user_id):
        raise NotFound("There is no such connected assistant.")
    log.note(caller.user_id, Happened.ASSISTANT_DISCONNECTED, unit)
