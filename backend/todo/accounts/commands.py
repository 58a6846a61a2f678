"""Commands on accounts: registration, login, profile, access tokens and the secret of the calendar feed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from todo.accounts.addresses import ask_to_confirm
from todo.accounts.invitations import require_admission
from todo.accounts.passwords import verify_password
from todo.accounts.revoking import end_access
from todo.accounts.schemas import Login, MeChanges, Registration, TokenRequest
from todo.accounts.store import AccountStore
from todo.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from todo.notifications.commands import add_first_channel
from todo.reminders.commands import ring_in_zone
from todo.runtime.db.database import Database
from todo.runtime.db.unit import Unit


async def register(
    wanted: Registration, password_hash: str, unit: Unit, *, signup: str, can_mail: bool
) -> dict[str, Any]:
    """Create an account."""
    accounts = AccountStore(unit)
    await accounts.lock_registration()
    await require_admission(signup, wanted.invitation, unit, use=True)
    account = await accounts.add(
        str(uuid4()), wanted.email.lower(), password_hash, wanted.name, wanted.timezone
    )
    if account is None:
        raise Conflict("There is already an account with this address; log in instead.", "email")
    await add_first_channel(account["id"], account["email"], unit)
    await ask_to_confirm(account["id"], account["email"], unit, can_mail=can_mail)
    return dict(account)


async def log_in(wanted: Login, database: Database) -> dict[str, Any]:
    """The account with this address and password. No connection is held while the password is checked.

    Raises Unauthorized, Forbidden for a disabled account, and Conflict for one that will be deleted.
    """
    async with database.unit() as unit:
        account = await AccountStore(unit).by_email(wanted.email.lower())
    known = account["password_hash"] if account else None
    if not await verify_password(wanted.password, known) or account is None:
        raise Unauthorized("The address or the password is wrong.")
    if account["disabled_at"] is not None:
        raise Forbidden("This account is disabled; ask the administrator of this server.")
    if account["delete_at"] is not None and not wanted.keep:
        raise Conflict(
            f"This account will be deleted on {account['delete_at']:%Y-%m-%d}. Do you want to keep it?",
            "keep",
        )
    return dict(account)


async def change_me(user_id: str, wanted: MeChanges, unit: Unit, now: datetime) -> dict[str, Any]:
    changes = wanted.model_dump(exclude_unset=True)
    for required in ("name", "timezone", "default_reminders"):
        if required in changes and changes[required] is None:
            raise Invalid("This cannot be empty.", required)
    if (changes.get("quiet_from") is None) != (changes.get("quiet_until") is None):
        raise Invalid("Quiet hours need a start and an end.", "quiet_until")
    if (changes.get("away_from") is None) != (changes.get("away_until") is None):
        raise Invalid("An absence needs a start and an end.", "away_until")
    if changes.get("away_from") and changes["away_until"] <= changes["away_from"]:
        raise Invalid("The end of an absence must be after its start.", "away_until")
    accounts = AccountStore(unit)
    account = await accounts.by_id(user_id)
    before = account["timezone"] if account else None
    if "away_until" in changes:
        unit.wake("reminders")
        if changes["away_until"] is None and account and _is_away(account, now):
            # Keep `away_from`, so that reminders held back until now are not reported as late.
            changes |= {"away_from": account["away_from"], "away_until": now}
    if changes:
        account = await accounts.change(user_id, changes)
    if account is None:
        raise NotFound("There is no such account.")
    if "timezone" in changes and account["timezone"] != before:
        await ring_in_zone(account["timezone"], [user_id], unit, now)
    return dict(account)


def _is_away(account: asyncpg.Record, now: datetime) -> bool:
    return account["away_from"] is not None and bool(
        account["away_from"] <= now < account["away_until"]
    )


async def create_token(
    user_id: str, wanted: TokenRequest, most: int, unit: Unit, now: datetime
) -> dict[str, Any]:
    """Raises Conflict for an account that has `most` tokens."""
    accounts = AccountStore(unit)
    if len(await accounts.tokens(user_id)) >= most:
        raise Conflict(f"An account has at most {most} access tokens here; delete one first.")
    expires_at = now + timedelta(days=wanted.expires_in_days) if wanted.expires_in_days else None
    return await accounts.add_token(user_id, wanted.name, wanted.scope, expires_at)


async def delete_token(user_id: str, token_id: int, unit: Unit) -> str:
    """Revoke a token; returns its name."""
    name = await AccountStore(unit).remove_token(user_id, token_id)
    if name is None:
        raise NotFound("There is no such access token.")
    end_access(user_id, unit)
    return name


async def set_feed_secret(user_id: str, secret: str | None, unit: Unit) -> None:
    """Set the secret of the user's calendar feed; None closes the feed."""
    await AccountStore(unit).set_feed_secret(user_id, secret)
