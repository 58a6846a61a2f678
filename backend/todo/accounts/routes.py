"""/api/auth, /api/me, /api/tokens: the HTTP routes of accounts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from todo.accounts import commands
from todo.accounts.caller import COOKIE, CurrentCaller, CurrentPerson, require_same_origin
from todo.accounts.passwords import hash_password, refuse_weak
from todo.accounts.schemas import (
    Login,
    Me,
    MeChanges,
    NewToken,
    Registration,
    TokenPage,
    TokenRequest,
)
from todo.accounts.store import SESSION_LASTS, AccountStore
from todo.domain.errors import TooMany
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["accounts"])

# The limit is per replica: N replicas allow N times as many attempts.
_limiter = MovingWindowRateLimiter(MemoryStorage())

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


async def limited(request: Request, context: OpenContext) -> None:
    limit = parse(context.settings.login_limit)
    client = request.client.host if request.client else "unknown"
    if not _limiter.hit(limit, request.url.path, client):
        raise TooMany("Too many attempts; wait a minute and try again.", retry_after=60)


def set_session_cookie(response: Response, secret: str, context: OpenContext) -> None:
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=context.settings.origin.startswith("https://"),
    )


@router.post(
    "/auth/register",
    status_code=201,
    operation_id="register",
    dependencies=[Depends(limited)],
    responses=problems(403, 409, 429),
)
async def register(
    wanted: Registration, request: Request, response: Response, context: OpenContext, now: Now
) -> Me:
    require_same_origin(request, context.settings.origin)
    refuse_weak(wanted.password, wanted.email)
    password_hash = await hash_password(wanted.password)
    async with context.db.unit() as unit:
        account, secret = await commands.register(
            wanted, password_hash, unit, now, signup=context.settings.signup
        )
    set_session_cookie(response, secret, context)
    return Me(**account)


@router.post(
    "/auth/login",
    operation_id="logIn",
    dependencies=[Depends(limited)],
    responses=problems(401, 403, 429),
)
async def log_in(wanted: Login, request: Request, response: Response, context: OpenContext) -> Me:
    require_same_origin(request, context.settings.origin)
    account, secret = await commands.log_in(wanted, context.db)
    set_session_cookie(response, secret, context)
    return Me(**account)


@router.post("/auth/logout", status_code=204, operation_id="logOut", responses=problems(401, 403))
async def log_out(
    request: Request, response: Response, _caller: CurrentCaller, unit: OpenUnit
) -> None:
    secret = request.cookies.get(COOKIE)
    if secret:
        await AccountStore(unit).close_session(secret)
    response.delete_cookie(COOKIE)


@router.get("/me", operation_id="getMe", responses=problems(401))
async def get_me(caller: CurrentCaller, unit: OpenUnit, now: Now) -> Me:
    return Me(**await commands.change_me(caller.user_id, MeChanges(), unit, now))


@router.patch("/me", operation_id="changeMe", responses=problems(401, 403))
async def change_me(wanted: MeChanges, caller: CurrentCaller, unit: OpenUnit, now: Now) -> Me:
    return Me(**await commands.change_me(caller.user_id, wanted, unit, now))


@router.get("/tokens", operation_id="listTokens", responses=problems(401))
async def list_tokens(caller: CurrentCaller, unit: OpenUnit) -> TokenPage:
    rows: list[Any] = [dict(row) for row in await AccountStore(unit).tokens(caller.user_id)]
    return TokenPage(items=rows, next_cursor=None)


@router.post("/tokens", status_code=201, operation_id="createToken", responses=problems(401, 403))
async def create_token(
    wanted: TokenRequest, caller: CurrentPerson, unit: OpenUnit, now: Now
) -> NewToken:
    return NewToken(**await commands.create_token(caller.user_id, wanted, unit, now))


@router.delete(
    "/tokens/{token_id}",
    status_code=204,
    operation_id="deleteToken",
    responses=problems(401, 403, 404),
)
async def delete_token(token_id: Id, caller: CurrentPerson, unit: OpenUnit) -> None:
    await commands.delete_token(caller.user_id, token_id, unit)
