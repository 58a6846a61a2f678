"""Rows of `session`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from todo.accounts.visit import Visit
from todo.runtime.db.secrets import hash_secret, new_secret
from todo.runtime.db.unit import Unit

RETENTION = ("DELETE FROM session WHERE expires_at < now()",)

# After a restore: one that was ended since the backup must not work again.
AFTER_RESTORE = ("DELETE FROM session",)


class SessionStore:
    def __init__(self, unit: Unit) -> None:
        self._db = unit.connection

    async def open(self, user_id: str, visit: Visit, expires_at: datetime) -> str:
        """The secret of a new session."""
        secret, digest = new_secret()
        await self._db.execute(
            """INSERT INTO session (token_hash, user_id, expires_at, device, address)
               VALUES ($1, $2, $3, $4, $5)""",
            digest, user_id, expires_at, visit.device, visit.address,
        )  # fmt: skip
        return secret

    async def all(self, user_id: str, idle: timedelta) -> Sequence[asyncpg.Record]:
        """The sessions that still work, the last used one first."""
        return await self._db.fetch(
            """SELECT id, device, address, created_at, last_used_at, expires_at FROM session
               WHERE user_id = $1 AND expires_at > now() AND last_used_at > now() - $2::interval
               ORDER BY last_used_at DESC, id DESC""",
            user_id, idle,
        )  # fmt: skip

    async def close(self, secret: str) -> None:
        await self._db.execute("DELETE FROM session WHERE token_hash = $1", hash_secret(secret))

    async def remove(self, user_id: str, session_id: int) -> str | None:
        """End one; returns its device."""
        device: str | None = await self._db.fetchval(
            "DELETE FROM session WHERE user_id = $1 AND id = $2 RETURNING device",
            user_id,
            session_id,
        )
        return device

    async def remove_all(self, user_id: str) -> None:
        await self._db.execute("DELETE FROM session WHERE user_id = $1", user_id)
