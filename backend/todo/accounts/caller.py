"""The caller of a request: a browser's session cookie, or a personal access token.

Nearly every request needs its caller, so the answer of the database is cached for a few seconds. Ending a
session, revoking a token or changing an account notifies CALLERS_CHANGED, and every process clears its cache
(decision 0007).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Depends, Request

from todo.accounts.visit import address_of, is_from_this_machine
from todo.domain.errors import Forbidden, Unauthorized
from todo.domain.events import Attribution
from todo.domain.reminder import ReminderSettings
from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.db.secrets import hash_secret
from todo.runtime.http import rates
from todo.runtime.http.origin import is_own_site
from todo.runtime.http.routing import OpenContext
from todo.runtime.observe import name_actor

COOKIE = "todo_session"
# The id of the user for whom a page was opened; optional.
USER_HEADER = "todo-user"
CALLERS_CHANGED = "callers"
_SAFE = {"GET", "HEAD", "OPTIONS"}
# How long a revoked secret may still work in another process if the notification is lost.
_CACHED_SECONDS = 5
_CACHE_SIZE = 10_000

# $2: how long a session may be unused. $3: the client's address; null keeps the one that is known.
_BY_SESSION = """
    WITH used AS (
        UPDATE session SET last_used_at = now(), address = coalesce($3, address)
        WHERE token_hash = $1 AND last_used_at BETWEEN now() - $2::interval AND now() - interval '1 minute')
    SELECT a.id, a.timezone, a.default_reminders, 'person' AS actor, 'person' AS client, 'write' AS scope,
        s.expires_at, s.id AS session_id, NULL::bigint AS token_id
    FROM session s JOIN account a ON a.id = s.user_id
    WHERE s.token_hash = $1 AND s.last_used_at > now() - $2::interval
        AND a.delete_at IS NULL AND a.disabled_at IS NULL
"""
_BY_BEARER = """
    WITH used AS (
        UPDATE access_token SET last_used_at = now()
        WHERE token_hash = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute'))
    SELECT a.id, a.timezone, a.default_reminders, 'token:' || t.name AS actor, 'token:' || t.id AS client, t.scope,
        t.expires_at, NULL::bigint AS session_id, t.id AS token_id
    FROM access_token t JOIN account a ON a.id = t.user_id WHERE t.token_hash = $1
        AND a.delete_at IS NULL AND a.disabled_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Caller:
    user_id: str
    timezone: str
    default_reminders: tuple[str, ...]
    # In the audit log: "person", "chat", "token:NAME" or "client:NAME".
    actor: str
    # Which program acts, as a proposal is bound to it: "person", "chat", "token:ID" or "client:ID".
    client: str = "person"
    conversation_id: UUID | None = None
    # The batch of changes that this call belongs to.
    batch_id: UUID | None = None
    # What the caller has shown: a session, or an access token.
    session_id: int | None = None
    token_id: int | None = None

    @property
    def attribution(self) -> Attribution:
        return Attribution(self.actor, self.conversation_id, self.batch_id)

    @property
    def reminder_settings(self) -> ReminderSettings:
        return ReminderSettings(self.default_reminders, self.timezone)


@dataclass(frozen=True, slots=True)
class _Cached:
    caller: Caller
    scope: str
    expires_at: datetime | None
    fresh_until: float


class _Cache:
    def __init__(self) -> None:
        # The key includes the query, so that an access token is never accepted as a cookie.
        self._known: dict[tuple[str, bytes], _Cached] = {}
        self._cleared = 0

    def clear(self) -> None:
        self._known.clear()
        self._cleared += 1

    async def look_up(
        self, digest: bytes, statement: str, pool: asyncpg.Pool, *more: object
    ) -> _Cached | None:
        now = asyncio.get_running_loop().time()
        known = self._known.get((statement, digest))
        if known is None or known.fresh_until < now:
            before = self._cleared
            row = await pool.fetchrow(statement, digest, *more)
            if row is None:
                return None
            known = _Cached(
                Caller(
                    row["id"],
                    row["timezone"],
                    tuple(row["default_reminders"]),
                    row["actor"],
                    row["client"],
                    session_id=row["session_id"],
                    token_id=row["token_id"],
                ),
                row["scope"],
                row["expires_at"],
                now + _CACHED_SECONDS,
            )
            # A row read before a revocation must not be cached after it.
            if before == self._cleared:
                if len(self._known) >= _CACHE_SIZE:
                    self._known.clear()
                self._known[statement, digest] = known
        if known.expires_at is not None and known.expires_at <= clock.now():
            return None
        return known


_cache = _Cache()


async def forget_callers(context: Context) -> None:
    """Background task of todo-backend: clear the cache when another process changed an account."""
    context.db.listen(CALLERS_CHANGED, _cache.clear)


async def bearer(context: Context, token: str) -> tuple[Caller, str] | None:
    """The caller of a personal access token and its scope, "read" or "write"; None if it is not valid."""
    known = await _cache.look_up(hash_secret(token), _BY_BEARER, context.db.pool)
    return (known.caller, known.scope) if known else None


async def caller(request: Request, context: OpenContext) -> Caller:
    authorization = request.headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        found = await bearer(context, authorization[7:].strip())
        if found is None:
            raise Unauthorized("The access token is unknown or has expired.")
        by_token, scope = found
        count_request(by_token, context)
        if scope == "read" and request.method not in _SAFE:
            raise Forbidden("This access token may only read.")
        name_actor(by_token.client)
        return by_token
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise Unauthorized("Log in, or send an access token.")
    require_same_origin(request, context.settings.origin)
    address = address_of(request)
    known = await _cache.look_up(
        hash_secret(cookie),
        _BY_SESSION,
        context.db.pool,
        context.settings.session_idle,
        None if is_from_this_machine(address) else address,
    )
    if known is None:
        raise Unauthorized("Your session has ended; log in again.")
    # A page that was opened by another user must not send that user's changes with this one's session.
    if request.headers.get(USER_HEADER, known.caller.user_id) != known.caller.user_id:
        raise Unauthorized("Somebody else has logged in here; load the page again.")
    count_request(known.caller, context)
    name_actor(known.caller.client)
    return known.caller


def count_request(caller: Caller, context: Context) -> None:
    """Raises TooMany if the user sends more than the rate of a user."""
    rates.require(
        context.settings.user_limit,
        "user",
        caller.user_id,
        message="You send too many requests; wait a moment.",
    )


def require_same_origin(request: Request, origin: str) -> None:
    """Refuse a state-changing request from another site (CSRF).

    SameSite=Lax keeps the cookie from most such requests; this refuses the rest. Browsers always send Origin
    with a state-changing fetch; a client that sends neither header is not a browser and has no cookie to misuse.
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    sent = request.headers.get("origin")
    if site in {"same-origin", "none"} and sent is None:
        return
    if sent is not None and not is_own_site(sent, origin, request.headers.get("host")):
        raise Forbidden("Requests from other sites are refused.")
    if site is not None and site not in {"same-origin", "none"}:
        raise Forbidden("Requests from other sites are refused.")
    has_body = request.headers.get("content-length", "0") != "0"
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if has_body and media_type not in {"application/json", "text/calendar"}:
        raise Forbidden("Send state changes as application/json.")


CurrentCaller = Annotated[Caller, Depends(caller)]


async def person(caller: CurrentCaller) -> Caller:
    """A program must not hand out access: what it makes would outlive its own token."""
    if caller.actor != "person":
        raise Forbidden("Log in to do this: an access token may not give access to others.")
    return caller


CurrentPerson = Annotated[Caller, Depends(person)]
