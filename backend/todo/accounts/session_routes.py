"""/api/sessions: where a person is signed in, and how to end that."""

from typing import Any

from fastapi import APIRouter, Response

from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.caller import COOKIE, CurrentPerson
from todo.accounts.revoking import end_access
from todo.accounts.schemas import Id, SessionPage
from todo.accounts.sessions import SessionStore
from todo.domain.errors import NotFound
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["accounts"])


@router.get("/sessions", operation_id="listSessions", responses=problems(401, 403))
async def list_sessions(caller: CurrentPerson, unit: OpenUnit, context: OpenContext) -> SessionPage:
    rows = await SessionStore(unit).all(caller.user_id, context.settings.session_idle)
    items: list[Any] = [{**row, "current": row["id"] == caller.session_id} for row in rows]
    return SessionPage(items=items, next_cursor=None)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    operation_id="endSession",
    responses=problems(401, 403, 404),
)
async def end_session(
    session_id: Id, caller: CurrentPerson, unit: OpenUnit, log: CurrentLog
) -> None:
    device = await SessionStore(unit).remove(caller.user_id, session_id)
    if device is None:
        raise NotFound("There is no such session.")
    end_access(caller.user_id, unit)
    log.note(caller.user_id, Happened.SESSION_ENDED, unit, name=device)


@router.delete(
    "/sessions", status_code=204, operation_id="endAllSessions", responses=problems(401, 403)
)
async def end_all(
    caller: CurrentPerson, unit: OpenUnit, response: Response, log: CurrentLog
) -> None:
    """Sign out everywhere, also here."""
    await SessionStore(unit).remove_all(caller.user_id)
    end_access(caller.user_id, unit)
    log.note(caller.user_id, Happened.ALL_SESSIONS_ENDED, unit)
    response.delete_cookie(COOKIE)
