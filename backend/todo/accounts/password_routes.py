"""/api/auth/forgot-password, /api/auth/reset-password and /api/me/password."""

from fastapi import APIRouter, Depends, Request, Response

from todo.accounts import password_commands as commands
from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.caller import CurrentPerson, require_same_origin
from todo.accounts.routes import limited, sign_in
from todo.accounts.schemas import NewPassword, PasswordChange, ResetRequest
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["accounts"])


@router.post(
    "/auth/forgot-password",
    status_code=202,
    operation_id="askForReset",
    dependencies=[Depends(limited)],
    responses=problems(403, 409, 429),
)
async def ask_for_reset(
    wanted: ResetRequest, request: Request, context: OpenContext, unit: OpenUnit
) -> None:
    """Mail a link that sets a new password, if there is an account; the answer does not tell."""
    require_same_origin(request, context.settings.origin)
    await commands.ask_for_reset(wanted.email, unit, can_mail=context.settings.can_mail)


@router.post(
    "/auth/reset-password",
    status_code=204,
    operation_id="resetPassword",
    dependencies=[Depends(limited)],
    responses=problems(403, 404, 429),
)
async def reset_password(
    wanted: NewPassword, request: Request, context: OpenContext, log: CurrentLog
) -> None:
    """Set a new password by the link of a mail, once. Every session of the account ends."""
    require_same_origin(request, context.settings.origin)
    await commands.reset_password(wanted, context.db, log)


@router.post(
    "/me/password",
    status_code=204,
    operation_id="changePassword",
    dependencies=[Depends(limited)],
    responses=problems(401, 403, 429),
)
async def change_password(
    wanted: PasswordChange,
    request: Request,
    response: Response,
    caller: CurrentPerson,
    context: OpenContext,
    log: CurrentLog,
) -> None:
    """Change the password. Every other session of the account ends."""
    password_hash = await commands.checked_hash(caller.user_id, wanted, context.db)
    async with context.db.unit() as unit:
        account = await commands.change_password(caller.user_id, password_hash, unit)
        await sign_in(account, Happened.PASSWORD_CHANGED, request, response, context, unit, log)
