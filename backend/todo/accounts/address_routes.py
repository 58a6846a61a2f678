"""/api/auth/confirm-address, /api/me/confirm-address and /api/invitations."""

from fastapi import APIRouter, Depends, Request

from todo.accounts import addresses, invitations
from todo.accounts.account_log import CurrentLog
from todo.accounts.administrator import CurrentAdministrator
from todo.accounts.caller import CurrentPerson, require_same_origin
from todo.accounts.routes import limited
from todo.accounts.schemas import ConfirmedAddress, Invitation, LinkToken
from todo.accounts.store import AccountStore
from todo.domain.errors import NotFound
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["accounts"])


@router.post(
    "/auth/confirm-address",
    operation_id="confirmAddress",
    dependencies=[Depends(limited)],
    responses=problems(403, 404, 429),
)
async def confirm(
    wanted: LinkToken, request: Request, context: OpenContext, unit: OpenUnit, log: CurrentLog
) -> ConfirmedAddress:
    """Confirm an address by the link that was mailed there, once. Needs no login."""
    require_same_origin(request, context.settings.origin)
    return ConfirmedAddress(address=await addresses.confirm(wanted.token, unit, log))


@router.post(
    "/me/confirm-address",
    status_code=202,
    operation_id="mailConfirmation",
    responses=problems(401, 403),
)
async def mail_confirmation(caller: CurrentPerson, unit: OpenUnit, context: OpenContext) -> None:
    """Mail the link again that confirms the address of the account."""
    account = await AccountStore(unit).by_id(caller.user_id)
    if account is None:
        raise NotFound("There is no such account.")
    await addresses.ask_to_confirm(
        caller.user_id, account["email"], unit, can_mail=context.settings.can_mail
    )


@router.post("/invitations", status_code=201, operation_id="invite", responses=problems(401, 403))
async def invite(
    _administrator: CurrentAdministrator, unit: OpenUnit, context: OpenContext, now: Now
) -> Invitation:
    """A link that lets one person sign up, for seven days. Needed where TODO_SIGNUP is “invite”."""
    secret, expires_at = await invitations.invite(unit, now)
    url = invitations.invitation_link(context.settings.origin, secret)
    return Invitation(url=url, expires_at=expires_at)
