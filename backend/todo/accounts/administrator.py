"""The administrator of a request: a person whose account has that role."""

from typing import Annotated

from fastapi import Depends

from todo.accounts.caller import Caller, CurrentPerson
from todo.accounts.store import AccountStore
from todo.domain.errors import Forbidden
from todo.runtime.http.routing import OpenUnit


async def administrator(caller: CurrentPerson, unit: OpenUnit) -> Caller:
    account = await AccountStore(unit).by_id(caller.user_id)
    if account is None or not account["is_admin"]:
        raise Forbidden("Only an administrator of this server may do this.")
    return caller


CurrentAdministrator = Annotated[Caller, Depends(administrator)]
