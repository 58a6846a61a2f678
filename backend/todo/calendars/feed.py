"""The secret address of the calendar feed."""

import secrets

from todo.accounts import commands as accounts
from todo.runtime.db.unit import Unit


async def new_feed(user_id: str, unit: Unit) -> str:
    """A new secret address for the user's calendar feed; the earlier one stops working."""
    secret = secrets.token_urlsafe(32)
    await accounts.set_feed_secret(user_id, secret, unit)
    return secret


async def close_feed(user_id: str, unit: Unit) -> None:
    await accounts.set_feed_secret(user_id, None, unit)
