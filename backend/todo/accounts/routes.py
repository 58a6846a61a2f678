"""/api/auth, /api/me, /api/tokens: the HTTP routes of accounts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from todo.accounts import attempts, commands, leaving
from todo.accounts.account_log import AccountLog, CurrentLog, Happened, has_logged_in_from
from todo.accounts.caller import COOKIE, CurrentCaller, CurrentPerson, require_same_origin
from todo.accounts.invitations import require_admission
from todo.accounts.mail_texts import Mail
from todo.accounts.mails import add_mail
from todo.accounts.passwords import hash_password, refuse_weak
from todo.accounts.revoking import end_access
from todo.accounts.schemas import (
    Id,
    Login,
    Me,
    MeChanges,
    NewToken,
    Registration,
    TokenPage,
    TokenRequest,
)
from todo.accounts.sessions import SessionStore
from todo.accounts.store import AccountStore
from todo.domain.errors import Unauthorized
from todo.runtime.context import Context
from todo.runtime.db.secrets import hash_secret, new_secret
from todo.runtime.db.unit import Unit
from todo.runtime.http import rates
from todo.runtime.http.problems import problems
from todo.runtime.http.proxies import client_of
from todo.runtime.http.routing import Now, OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["accounts"])

# Recognises a browser at its next login. It gives no access.
BROWSER_COOKIE = "todo_browser"
_BROWSER_LASTS = timedelta(days=365)


async def limited(request: Request, context: OpenContext) -> None:
    client = client_of(request.client.host) if request.client else "unknown"
    rates.require(
        context.settings.login_limit,
        "login",
        request.url.path,
        client,
        message="Too many attempts; wait a minute and try again.",
    )


def _me(account: Mapping[str, Any], context: Context) -> Me:
    # A server that mails nothing asks for no confirmation.
    confirmed = account["email_confirmed"] or not context.settings.can_mail
    return Me(**{**account, "email_confirmed": confirmed})


async def sign_in(
    account: Mapping[str, Any],
    what: Happened,
    request: Request,
    response: Response,
    context: Context,
    unit: Unit,
    log: AccountLog,
) -> None:
    """Open a session, and give the browser its cookies. A login from a browser that is new to it is mailed."""
    user_id, visit = account["id"], log.visit
    lasts = context.settings.session_lasts
    browser = request.cookies.get(BROWSER_COOKIE) or new_secret()[0]
    digest = hash_secret(browser)
    if what is Happened.LOGGED_IN and not await has_logged_in_from(
        unit.connection, user_id, digest
    ):
        at = f"{unit.now():%Y-%m-%d %H:%M} UTC"
        where = {"device": visit.device, "address": visit.address, "at": at}
        await add_mail(Mail.NEW_DEVICE, account["email"], unit, user_id, where)
    log.note(user_id, what, unit, browser=digest)
    secret = await SessionStore(unit).open(user_id, visit, unit.now() + lasts)
    secure = context.settings.origin.startswith("https://")
    for name, value, age in ((COOKIE, secret, lasts), (BROWSER_COOKIE, browser, _BROWSER_LASTS)):
        response.set_cookie(
            name,
            value,
            max_age=int(age.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=secure,
        )


@router.post(
    "/auth/register",
    status_code=201,
    operation_id="register",
    dependencies=[Depends(limited)],
    responses=problems(403, 409, 429),
)
async def register(
    wanted: Registration,
    request: Request,
    response: Response,
    context: OpenContext,
    log: CurrentLog,
) -> Me:
    require_same_origin(request, context.settings.origin)
    settings = context.settings
    async with context.db.unit() as unit:
        await require_admission(settings.signup, wanted.invitation, unit, use=False)
    refuse_weak(wanted.password, wanted.email)
    password_hash = await hash_password(wanted.password)
    async with context.db.unit() as unit:
        account = await commands.register(
            wanted, password_hash, unit, signup=settings.signup, can_mail=settings.can_mail
        )
        await sign_in(account, Happened.SIGNED_UP, request, response, context, unit, log)
    return _me(account, context)


@router.post(
    "/auth/login",
    operation_id="logIn",
    dependencies=[Depends(limited)],
    responses=problems(401, 403, 409, 429),
)
async def log_in(
    wanted: Login, request: Request, response: Response, context: OpenContext, log: CurrentLog
) -> Me:
    require_same_origin(request, context.settings.origin)
    await attempts.delay(wanted.email)
    try:
        account = await commands.log_in(wanted, context.db)
    except Unauthorized:
        attempts.failed(wanted.email)
        raise
    async with context.db.unit() as unit:
        if account["delete_at"] is not None:
            await leaving.keep(account["id"], unit)
            log.note(account["id"], Happened.DELETION_CANCELLED, unit)
        await sign_in(account, Happened.LOGGED_IN, request, response, context, unit, log)
    return _me(account, context)


@router.post("/auth/logout", status_code=204, operation_id="logOut", responses=problems(401, 403))
async def log_out(
    request: Request, response: Response, caller: CurrentCaller, unit: OpenUnit, log: CurrentLog
) -> None:
    secret = request.cookies.get(COOKIE)
    if secret:
        await SessionStore(unit).close(secret)
        end_access(caller.user_id, unit)
        log.note(caller.user_id, Happened.LOGGED_OUT, unit)
    response.delete_cookie(COOKIE)


@router.get("/me", operation_id="getMe", responses=problems(401))
async def get_me(caller: CurrentCaller, unit: OpenUnit, now: Now, context: OpenContext) -> Me:
    return _me(await commands.change_me(caller.user_id, MeChanges(), unit, now), context)


@router.patch("/me", operation_id="changeMe", responses=problems(401, 403))
async def change_me(
    wanted: MeChanges, caller: CurrentCaller, unit: OpenUnit, now: Now, context: OpenContext
) -> Me:
    return _me(await commands.change_me(caller.user_id, wanted, unit, now), context)


@router.get("/tokens", operation_id="listTokens", responses=problems(401))
async def list_tokens(caller: CurrentCaller, unit: OpenUnit) -> TokenPage:
    rows: list[Any] = [dict(row) for row in await AccountStore(unit).tokens(caller.user_id)]
    return TokenPage(items=rows, next_cursor=None)


@router.post(
    "/tokens", status_code=201, operation_id="createToken", responses=problems(401, 403, 409)
)
async def create_token(
    wanted: TokenRequest,
    caller: CurrentPerson,
    context: OpenContext,
    unit: OpenUnit,
    now: Now,
    log: CurrentLog,
) -> NewToken:
    most = context.settings.max_tokens
    made = await commands.create_token(caller.user_id, wanted, most, unit, now)
    log.note(caller.user_id, Happened.TOKEN_CREATED, unit, name=wanted.name, scope=wanted.scope)
    return NewToken(**made)


@router.delete(
    "/tokens/{token_id}",
    status_code=204,
    operation_id="deleteToken",
    responses=problems(401, 403, 404),
)
async def delete_token(
    token_id: Id, caller: CurrentPerson, unit: OpenUnit, log: CurrentLog
) -> None:
    name = await commands.delete_token(caller.user_id, token_id, unit)
    log.note(caller.user_id, Happened.TOKEN_REVOKED, unit, name=name)
