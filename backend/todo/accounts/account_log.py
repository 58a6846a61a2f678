"""The account log: what happened to an account, for its owner to read. Rows of `account_event`."""

from enum import StrEnum
from typing import Annotated, Any, Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from fastapi import Depends

from todo.accounts.visit import CurrentVisit, Visit
from todo.runtime.db.unit import Unit

RETENTION = ("DELETE FROM account_event WHERE at < now() - interval '1 year'",)
SECTIONS: Final = {
    "account_log": """SELECT id AS page_key, at, kind, device, address, details FROM account_event
        WHERE user_id = $1""",
}


class Happened(StrEnum):
    SIGNED_UP = "signed-up"
    LOGGED_IN = "logged-in"
    LOGGED_OUT = "logged-out"
    SESSION_ENDED = "session-ended"
    ALL_SESSIONS_ENDED = "all-sessions-ended"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    PASSWORD_RESET = "password-reset"  # noqa: S105
    ADDRESS_CONFIRMED = "address-confirmed"
    ADDRESS_CHANGED = "address-changed"
    TOKEN_CREATED = "token-created"  # noqa: S105
    TOKEN_REVOKED = "token-revoked"  # noqa: S105
    CHANNEL_ADDED = "channel-added"
    CHANNEL_CHANGED = "channel-changed"
    CHANNEL_REMOVED = "channel-removed"
    FEED_OPENED = "feed-opened"
    FEED_CLOSED = "feed-closed"
    EXPORTED = "exported"
    ASSISTANT_CONNECTED = "assistant-connected"
    ASSISTANT_DISCONNECTED = "assistant-disconnected"
    DELETION_PLANNED = "deletion-planned"
    DELETION_CANCELLED = "deletion-cancelled"
    DISABLED = "disabled"
    ENABLED = "enabled"
    ROLE_CHANGED = "role-changed"


_ADD: Final = """
    INSERT INTO account_event (user_id, at, kind, device, address, details, browser)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_PAGE: Final = """
    SELECT id, at, kind, device, address, details FROM account_event
    WHERE user_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""


class AccountLog:
    """Writes entries for one request."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def note(
        self, user_id: str, what: Happened, unit: Unit, browser: bytes | None = None, **details: Any
    ) -> None:
        """Write an entry at the end of the transaction. `browser` is the hash of the browser's cookie."""
        unit.write(
            _ADD,
            user_id, unit.now(), what, self.visit.device, self.visit.address, details, browser,
        )  # fmt: skip


async def has_logged_in_from(connection: PoolConnectionProxy, user_id: str, browser: bytes) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT true FROM account_event WHERE user_id = $1 AND browser = $2 LIMIT 1",
            user_id,
            browser,
        )
    )


async def _account_log(visit: CurrentVisit) -> AccountLog:
    return AccountLog(visit)


CurrentLog = Annotated[AccountLog, Depends(_account_log)]


async def page(
    connection: PoolConnectionProxy, user_id: str, before: int | None, limit: int
) -> list[asyncpg.Record]:
    """The newest entries; only those with ids lower than `before`, if it is given."""
    return await connection.fetch(_PAGE, user_id, before, limit)
