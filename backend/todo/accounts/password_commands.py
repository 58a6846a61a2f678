"""Commands that change a password. Each ends all other sessions of the account."""

from datetime import datetime, timedelta

from todo.accounts.mails import Mail, add_mail
from todo.accounts.passwords import hash_password, refuse_weak, verify_password
from todo.accounts.schemas import NewPassword, PasswordChange
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


async def reset_password(wanted: NewPassword, database: Database) -> None:
    """Set the password by a link. No connection is held while it is hashed."""
    async with database.unit() as unit:
        account = await AccountStore(unit).by_link(wanted.token, Mail.RESET_PASSWORD)
    if account is None:
        raise NotFound(LINK_GONE, "token")
    refuse_weak(wanted.password, account["email"])
    password_hash = await hash_password(wanted.password)
    async with database.unit() as unit:
        accounts = AccountStore(unit)
        if await accounts.use_link(wanted.token, Mail.RESET_PASSWORD) is None:
            raise NotFound(LINK_GONE, "token")
        await accounts.set_password(account["id"], password_hash)
        await accounts.close_sessions(account["id"])
        await add_mail(Mail.PASSWORD_CHANGED, account["email"], unit, account["id"])


async def change_password(user_id: str, wanted: PasswordChange, database: Database) -> str:
    """Change the password; returns the secret of the session that replaces all others."""
    async with database.unit() as unit:
        account = await AccountStore(unit).credentials(user_id)
    if account is None or not await verify_password(wanted.current, account["password_hash"]):
        raise Invalid("This is not your current password.", "current")
    refuse_weak(wanted.password, account["email"])
    password_hash = await hash_password(wanted.password)
    async with database.unit() as unit:
        accounts = AccountStore(unit)
        await accounts.set_password(user_id, password_hash)
        await accounts.close_sessions(user_id)
        await add_mail(Mail.PASSWORD_CHANGED, account["email"], unit, user_id)
        return await accounts.open_session(user_id, unit.now())


async def reset_secret(email: str, unit: Unit, now: datetime) -> str | None:
    """The secret of a link that an operator hands over; None if there is no such account."""
    accounts = AccountStore(unit)
    account = await accounts.by_email(email.lower())
    if account is None:
        return None
    expires = now + _PRINTED_LINK_LASTS
    return await accounts.add_link(account["id"], Mail.RESET_PASSWORD, email.lower(), expires)
