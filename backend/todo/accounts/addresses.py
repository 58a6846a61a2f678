"""Which addresses a person has confirmed: they opened the link that was mailed there.

Nothing but that mail and the link of a reset goes to another address. A server without SMTP_URL mails nothing, so
it asks for no confirmation.
"""

import asyncpg

from todo.accounts.account_log import AccountLog, Happened
from todo.accounts.mail_texts import Mail
from todo.accounts.mails import add_mail
from todo.accounts.passwords import verify_password
from todo.accounts.schemas import AddressChange
from todo.accounts.store import AccountStore
from todo.domain.errors import Conflict, Invalid, NotFound
from todo.notifications.commands import move_channels
from todo.runtime.db.database import Database
from todo.runtime.db.unit import Unit

LINK_GONE = "This link was used before or is too old. Ask for another one in the settings."


async def ask_to_confirm(user_id: str, address: str, unit: Unit, *, can_mail: bool) -> None:
    """Mail a link there, unless the person has confirmed the address before."""
    if can_mail and not await AccountStore(unit).is_confirmed(user_id, address):
        await add_mail(Mail.CONFIRM_ADDRESS, address, unit, user_id)


async def ask_to_change(
    user_id: str, wanted: AddressChange, database: Database, log: AccountLog, *, can_mail: bool
) -> bool:
    """Change the address of the account, or mail a link to the new one; returns whether it is changed."""
    async with database.unit() as unit:
        account = await AccountStore(unit).credentials(user_id)
    if account is None or not await verify_password(wanted.password, account["password_hash"]):
        raise Invalid("This is not your password.", "password")
    async with database.unit() as unit:
        if can_mail:
            accounts = AccountStore(unit)
            await accounts.lock(user_id)
            mail = await add_mail(Mail.CHANGE_ADDRESS, wanted.email.lower(), unit, user_id)
            if mail is not None:  # otherwise the link of the mail before is the one that works
                await accounts.end_links(user_id, Mail.CHANGE_ADDRESS, but=mail)
        else:
            await _change(user_id, wanted.email.lower(), unit, log)
    return not can_mail


async def _change(user_id: str, address: str, unit: Unit, log: AccountLog) -> None:
    accounts = AccountStore(unit)
    before = await accounts.by_id(user_id)
    try:
        await accounts.change(user_id, {"email": address})
    except asyncpg.UniqueViolationError:
        raise Conflict("There is already an account with this address.", "email") from None
    if before is not None:
        # A link that was mailed to the old address must not set a password any more.
        await accounts.end_links(user_id, Mail.RESET_PASSWORD, Mail.CHANGE_ADDRESS)
        await move_channels(user_id, before["email"], address, unit)
        await add_mail(Mail.ADDRESS_CHANGED, before["email"], unit, user_id)
        log.note(user_id, Happened.ADDRESS_CHANGED, unit, old=before["email"], new=address)


async def confirm(token: str, unit: Unit, log: AccountLog) -> str:
    """Use the link of a mail; returns the address that it was sent to."""
    accounts = AccountStore(unit)
    for kind in (Mail.CONFIRM_ADDRESS, Mail.CHANGE_ADDRESS):
        account = await accounts.by_link(token, kind)
        if account is None:
            continue
        await accounts.lock(account["id"])
        if await accounts.use_link(token, kind) is None:
            continue
        address: str = account["address"]
        await accounts.confirm_address(account["id"], address)
        log.note(account["id"], Happened.ADDRESS_CONFIRMED, unit, address=address)
        if kind is Mail.CHANGE_ADDRESS:
            await _change(account["id"], address, unit, log)
        return address
    raise NotFound(LINK_GONE, "token")
