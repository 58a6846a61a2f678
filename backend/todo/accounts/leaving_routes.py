"""/api/me/delete and /api/me/address."""

from fastapi import APIRouter, Depends, Response

from todo.accounts import addresses, leaving
from todo.accounts.account_log import CurrentLog
from todo.accounts.caller import COOKIE, CurrentPerson
from todo.accounts.routes import limited
from todo.accounts.schemas import AddressChange, AddressChanged, Deletion, PlannedDeletion
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext

router = APIRouter(prefix="/api", tags=["accounts"])


@router.post(
    "/me/delete",
    status_code=202,
    operation_id="deleteAccount",
    dependencies=[Depends(limited)],
    responses=problems(401, 403, 429),
)
async def delete_account(
    wanted: Deletion,
    caller: CurrentPerson,
    context: OpenContext,
    response: Response,
    log: CurrentLog,
) -> PlannedDeletion:
    """Delete the account and everything that it has in seven days. Until then, a login can keep it."""
    delete_at = await leaving.leave(caller.user_id, wanted.password, context.db, log)
    response.delete_cookie(COOKIE)
    return PlannedDeletion(delete_at=delete_at)


@router.post(
    "/me/address",
    operation_id="changeAddress",
    dependencies=[Depends(limited)],
    responses=problems(401, 403, 409, 429),
)
async def change_address(
    wanted: AddressChange, caller: CurrentPerson, context: OpenContext, log: CurrentLog
) -> AddressChanged:
    """Change the address of the account: at once, or when the link that is mailed to the new address is opened."""
    changed = await addresses.ask_to_change(
        caller.user_id, wanted, context.db, log, can_mail=context.settings.can_mail
    )
    return AddressChanged(changed=changed)
