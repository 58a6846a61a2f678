"""What the operator of a server does to accounts (`todo admin`). Each change is in the log of its account."""

from collections.abc import Sequence

import asyncpg

from todo.accounts.account_log import AccountLog, Happened
from todo.accounts.revoking import end_access
from todo.accounts.sessions import SessionStore
from todo.accounts.store import AccountStore
from todo.accounts.visit import Visit
from todo.domain.errors import NotFound
from todo.runtime.db.unit import Unit

_LOG = AccountLog(Visit(address="", device="todo admin, on the server"))


async def users(unit: Unit) -> Sequence[asyncpg.Record]:
    return await AccountStore(unit).all()


async def set_disabled(email: str, disabled: bool, unit: Unit) -> None:
    """A disabled account cannot log in, and nothing is sent to it. Its data stays."""
    user_id = await _user_of(email, unit)
    await AccountStore(unit).set_disabled(user_id, unit.now() if disabled else None)
    if disabled:
        await SessionStore(unit).remove_all(user_id)
        end_access(user_id, unit)
    _LOG.note(user_id, Happened.DISABLED if disabled else Happened.ENABLED, unit)


async def set_administrator(email: str, is_admin: bool, unit: Unit) -> None:
    user_id = await _user_of(email, unit)
    await AccountStore(unit).set_administrator(user_id, is_admin)
    _LOG.note(user_id, Happened.ROLE_CHANGED, unit, administrator=is_admin)


async def _user_of(email: str, unit: Unit) -> str:
    account = await AccountStore(unit).by_email(email.lower())
    if account is None:
        raise NotFound(f"there is no account with the address “{email}”")
    user_id: str = account["id"]
    return user_id
