"""Rows of `ticket`: a browser's WebSocket sends no Authorization header, so it sends a ticket in its URL.

A ticket is valid for one connection within half a minute.
"""

from datetime import datetime, timedelta

from asyncpg.pool import PoolConnectionProxy

from todo.accounts.caller import Caller
from todo.runtime.db.secrets import hash_secret, new_secret

RETENTION = ("DELETE FROM ticket WHERE expires_at < now()",)
REDEEM = "DELETE FROM ticket WHERE token_hash = $1 AND expires_at > now() RETURNING user_id"
_LASTS = timedelta(seconds=30)


async def issue(
    connection: PoolConnectionProxy, caller: Caller, now: datetime
) -> tuple[str, datetime]:
    ticket, digest = new_secret()
    expires_at = now + _LASTS
    await connection.execute(
        "INSERT INTO ticket VALUES ($1, $2, $3, $4, $5)",
        digest, caller.user_id, expires_at, caller.session_id, caller.token_id,
    )  # fmt: skip
    return ticket, expires_at


async def redeem(connection: PoolConnectionProxy, ticket: str) -> str | None:
    """The user of the ticket, which becomes invalid; None for an unknown or expired one."""
    user_id: str | None = await connection.fetchval(REDEEM, hash_secret(ticket))
    return user_id
