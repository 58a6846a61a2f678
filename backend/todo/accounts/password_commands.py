"""Commands that change a password. Each ends all other sessions of the account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from todo.accounts.account_log import AccountLog, Happened
from todo.accounts.mail_texts import Mail
from todo.accounts.mails import add_mail
from todo.accounts.passwords import hash_password, refuse_weak, verify_password
from todo.accounts.revoking import end_access
from todo.accounts.schemas import NewPassword, PasswordChange
from todo.accounts.sessions import SessionStore
from todo.accounts.store import AccountStore
from todo.domain.errors import Conflict, Invalid, NotFound
from todo.runtime.db.database import Database
from todo.runtime.db.unit import Unit

LINK_GONE = "This link was used before or is too old. Ask for a new one."
_PRINTED_LINK_LASTS = timedelta(minutes=30)


async def ask_for_reset(email: str, unit: Unit, *, can_mail: bool) -> None:
    """Plan the mail with the link. It looks up the account: here a known address would be answered later."""
    if not can_mail:
        raise Conflict(
            "This server sends no mail. Whoever runs it can make a link: todo reset-password EMAIL"
        )
    await add_mail(Mail.RESET_PASSWORD, email.lower(), unit)


async def reset_password(wanted: NewPassword, database: Database, log: AccountLog) -> None:
    """Set the password by a link. No connection is held while it is hashed."""
    async with database.unit() as unit:
        account = await AccountStore(unit).by_link(wanted.token, Mail.RESET_PASSWORD)
    if account is None:
        raise NotFound(LINK_GONE, "token")
    refuse_weak(wanted.password, account["email"])
    password_hash = await hash_password(wanted.password)
    async with database.unit() as unit:
        accounts = AccountStore(unit)
        await accounts.lock(account["id"])
        if await accounts.use_link(wanted.token, Mail.RESET_PASSWORD) is None:
            raise NotFound(LINK_GONE, "token")
        if account["address"]:
            await accounts.confirm_address(account["id"], account["address"])
        await change_password(account["id"], password_hash, unit)
        log.note(account["id"], Happened.PASSWORD_RESET, unit)


async def checked_hash(user_id: str, wanted: PasswordChange, database: Database) -> str:
    """The hash of the new password, if the current one is right. No connection is held meanwhile."""
    async with database.unit() as unit:
        account = await AccountStore(unit).credentials(user_id)
    if account is None or not await verify_password(wanted.current, account["password_hash"]):
        raise Invalid("This is not your current password.", "current")
    refuse_weak(wanted.password, account["email"])
    return await hash_password(wanted.password)


async def change_password(user_id: str, password_hash: str, unit: Unit) -> Mapping[str, Any]:
    """Set the password and end every session; returns the account."""
    accounts = AccountStore(unit)
    await accounts.set_password(user_id, password_hash)
    await SessionStore(unit).remove_all(user_id)
    end_access(user_id, unit)
    account = await accounts.by_id(user_id)
    if account is None:
        raise NotFound("There is no such account.")
    await add_mail(Mail.PASSWORD_CHANGED, account["email"], unit, user_id)
    return dict(account)


async def reset_secret(email: str, unit: Unit, now: datetime) -> str | None:
    """The secret of a link that an operator hands over; None if there is no such account."""
    accounts = AccountStore(unit)
    account = await accounts.by_email(email.lower())
    if account is None:
        return None
    expires = now + _PRINTED_LINK_LASTS
    # Without an address: a link that was not mailed proves none.
    return await accounts.add_link(account["id"], Mail.RESET_PASSWORD, "", expires)
