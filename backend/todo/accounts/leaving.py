"""Deletes accounts: a week after their owners asked for it, with everything that they have."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from todo.accounts.account_log import AccountLog, Happened
from todo.accounts.mail_texts import Mail
from todo.accounts.mails import add_mail
from todo.accounts.passwords import verify_password
from todo.accounts.revoking import end_access
from todo.accounts.sessions import SessionStore
from todo.accounts.store import AccountStore
from todo.domain.errors import Invalid
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import Unit
from todo.runtime.observe import log
from todo.runtime.service import Job

# How long an owner may change their mind.
KEPT_FOR: Final = timedelta(days=7)
_EVERY_SECONDS = 3600

# Deletes what another room keeps about a user without a foreign key to the account.
Eraser = Callable[[str, Unit], Awaitable[None]]


async def leave(user_id: str, password: str, database: Database, log: AccountLog) -> datetime:
    """Plan the deletion, and end every session; returns its time. Until then, logging in can undo it."""
    async with database.unit() as unit:
        account = await AccountStore(unit).credentials(user_id)
    if account is None or not await verify_password(password, account["password_hash"]):
        raise Invalid("This is not your password.", "password")
    async with database.unit() as unit:
        delete_at = unit.now() + KEPT_FOR
        await AccountStore(unit).plan_deletion(user_id, delete_at)
        await SessionStore(unit).remove_all(user_id)
        end_access(user_id, unit)
        log.note(user_id, Happened.DELETION_PLANNED, unit)
        day = f"{delete_at:%Y-%m-%d}"
        await add_mail(Mail.DELETION_PLANNED, account["email"], unit, user_id, {"day": day})
    return delete_at


async def keep(user_id: str, unit: Unit) -> None:
    """Undo the planned deletion."""
    await AccountStore(unit).plan_deletion(user_id, None)


async def remove_due(database: Database, erasers: Sequence[Eraser]) -> int:
    """Remove the accounts whose time has come; return how many. One that fails is tried again next time."""
    async with database.unit() as unit:
        due = await AccountStore(unit).due_for_deletion(unit.now())
    removed = 0
    for user_id in due:
        try:
            removed += await _remove(user_id, database, erasers)
        except Exception:
            log.exception("an account could not be deleted; it is tried again in an hour")
    return removed


async def _remove(user_id: str, database: Database, erasers: Sequence[Eraser]) -> bool:
    async with database.unit() as unit:
        # The row is locked first: its owner may log in and keep the account at this moment.
        found = await AccountStore(unit).remove(user_id, unit.now())
        if found:
            for erase in erasers:
                await erase(user_id, unit)
    return found


def removing(*erasers: Eraser) -> Job:
    """The background task that removes accounts. Harmless in several replicas."""

    async def remove_accounts(context: Context) -> None:
        while True:
            try:
                await remove_due(context.db, erasers)
            except UNREACHABLE as error:
                log.warning("the removal of accounts waits for the database", reason=str(error))
            await asyncio.sleep(_EVERY_SECONDS)

    return remove_accounts
