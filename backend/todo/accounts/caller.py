"""Who is asking: a browser's session cookie, or a personal access token. One query each."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from todo.domain.errors import Forbidden, Unauthorized
from todo.runtime.http import OpenContext
from todo.runtime.secrets import hash_secret

COOKIE = "todo_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Caller:
    user_id: str
    timezone: str
    default_reminders: tuple[str, ...]
    # For the audit: "person" or "token:NAME".
    actor: str


async def caller(request: Request, context: OpenContext) -> Caller:
    authorization = request.headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        return await _by_token(request, context, authorization[7:].strip())
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise Unauthorized("Log in, or send an access token.")
    require_same_origin(request, context.settings.origin)
    row = await context.db.pool.fetchrow(
        """SELECT a.id, a.timezone, a.default_reminders FROM session s JOIN account a ON a.id = s.user_id
           WHERE s.token_hash = $1 AND s.expires_at > now()""",
        hash_secret(cookie),
    )
    if row is None:
        raise Unauthorized("Your session has ended; log in again.")
    return Caller(row["id"], row["timezone"], tuple(row["default_reminders"]), "person")


async def _by_token(request: Request, context: OpenContext, token: str) -> Caller:
    row = await context.db.pool.fetchrow(
        """SELECT a.id, a.timezone, a.default_reminders, t.id AS token_id, t.name, t.scope,
                  t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS stale
           FROM access_token t JOIN account a ON a.id = t.user_id
           WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > now())""",
        hash_secret(token),
    )
    if row is None:
        raise Unauthorized("The access token is unknown or has expired.")
    if row["scope"] == "read" and request.method not in _SAFE:
        raise Forbidden("This access token may only read.")
    if row["stale"]:
        await context.db.pool.execute(
            "UPDATE access_token SET last_used_at = now() WHERE id = $1", row["token_id"]
        )
    return Caller(
        row["id"], row["timezone"], tuple(row["default_reminders"]), f"token:{row['name']}"
    )


def require_same_origin(request: Request, origin: str) -> None:
    """A page of another site must not act with a visitor's cookie.

    SameSite=Lax keeps the cookie from most such requests; this refuses the rest. Browsers always send Origin
    with a state-changing fetch; what sends neither is not a browser and has no cookie to steal.
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    sent = request.headers.get("origin")
    if site in {"same-origin", "none"} and sent is None:
        return
    if sent is not None and _host(sent) not in {_host(origin), request.headers.get("host")}:
        raise Forbidden("Requests from other sites are refused.")
    if site is not None and site not in {"same-origin", "none"}:
        raise Forbidden("Requests from other sites are refused.")
    has_body = request.headers.get("content-length", "0") != "0"
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if has_body and media_type not in {"application/json", "text/calendar"}:
        raise Forbidden("Send state changes as application/json.")


def _host(url: str) -> str:
    return urlsplit(url).netloc


CurrentCaller = Annotated[Caller, Depends(caller)]
