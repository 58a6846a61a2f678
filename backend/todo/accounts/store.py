"""Rows of `account`, `session` and `access_token`. Secrets are 256 random bits, stored as their SHA-256."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from todo.accounts.caller import CALLERS_CHANGED
from todo.runtime.db.secrets import hash_secret, new_secret
from todo.runtime.db.unit import Unit

SESSION_LASTS = timedelta(days=30)
TOKEN_PREFIX = "tdo_"  # noqa: S105  (a prefix, for people and secret scanners)

RETENTION = ("DELETE FROM session WHERE expires_at < now()",)

ME = """id, email, name, is_admin, timezone, default_reminders, quiet_from, quiet_until,
        away_from, away_until, escalate_after, nag_every"""


class AccountStore:
    def __init__(self, unit: Unit) -> None:
        self._db = unit.connection
        self._unit = unit

    async def add(
        self, user_id: str, email: str, password_hash: str, name: str, timezone: str
    ) -> asyncpg.Record | None:
        """Insert an account; None when the address is taken. The first account is the administrator."""
        return await self._db.fetchrow(
            f"""INSERT INTO account (id, email, password_hash, name, timezone, is_admin)
                VALUES ($1, $2, $3, $4, $5, NOT EXISTS (SELECT FROM account))
                ON CONFLICT (email) DO NOTHING RETURNING {ME}""",
            user_id, email, password_hash, name, timezone,
        )  # fmt: skip

    async def lock_registration(self) -> None:
        """Lock the table, so that two concurrent first accounts cannot both become administrator."""
        await self._db.execute("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE")

    async def by_email(self, email: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            f"SELECT {ME}, password_hash FROM account WHERE email = $1", email
        )

    async def by_id(self, user_id: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(f"SELECT {ME} FROM account WHERE id = $1", user_id)

    async def change(self, user_id: str, changes: dict[str, Any]) -> asyncpg.Record | None:
        self._unit.wake(CALLERS_CHANGED)
        columns = ", ".join(f"{name} = ${i}" for i, name in enumerate(changes, start=2))
        return await self._db.fetchrow(
            f"UPDATE account SET {columns} WHERE id = $1 RETURNING {ME}", user_id, *changes.values()
        )

    async def set_feed_secret(self, user_id: str, secret: str | None) -> None:
        await self._db.execute(
            "UPDATE account SET calendar_secret = $2 WHERE id = $1", user_id, secret
        )

    async def open_session(self, user_id: str, now: datetime) -> str:
        secret, digest = new_secret()
        await self._db.execute(
            "INSERT INTO session (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
            digest,
            user_id,
            now + SESSION_LASTS,
        )
        return secret

    async def close_session(self, secret: str) -> None:
        self._unit.wake(CALLERS_CHANGED)
        await self._db.execute("DELETE FROM session WHERE token_hash = $1", hash_secret(secret))

    async def close_sessions(self, user_id: str) -> None:
        """End every session of the account."""
        self._unit.wake(CALLERS_CHANGED)
        await self._db.execute("DELETE FROM session WHERE user_id = $1", user_id)

    async def credentials(self, user_id: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            "SELECT email, password_hash FROM account WHERE id = $1", user_id
        )

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Set it, and end the links that would set another one."""
        await self._db.execute(
            "UPDATE account SET password_hash = $2 WHERE id = $1", user_id, password_hash
        )
        await self._db.execute(
            "DELETE FROM account_link WHERE user_id = $1 AND kind = 'reset-password'", user_id
        )

    async def add_link(self, user_id: str, kind: str, address: str, expires_at: datetime) -> str:
        """The secret of a new link; only its hash is stored."""
        secret, digest = new_secret()
        await self._db.execute(
            "INSERT INTO account_link VALUES ($1, $2, $3, $4, $5)",
            digest, kind, user_id, address, expires_at,
        )  # fmt: skip
        return secret

    async def by_link(self, secret: str, kind: str) -> asyncpg.Record | None:
        """The id and the address of the account that a link is for."""
        return await self._db.fetchrow(
            """SELECT a.id, a.email, l.address FROM account_link l JOIN account a ON a.id = l.user_id
               WHERE l.token_hash = $1 AND l.kind = $2 AND l.expires_at > now()""",
            hash_secret(secret),
            kind,
        )

    async def use_link(self, secret: str, kind: str) -> str | None:
        """Use a link up; returns its user. None: it was used before, or is too old."""
        user_id: str | None = await self._db.fetchval(
            """DELETE FROM account_link WHERE token_hash = $1 AND kind = $2 AND expires_at > now()
               RETURNING user_id""",
            hash_secret(secret),
            kind,
        )
        return user_id

    async def add_token(
        self, user_id: str, name: str, scope: str, expires_at: datetime | None
    ) -> dict[str, Any]:
        secret, digest = new_secret(TOKEN_PREFIX)
        row = await self._db.fetchrow(
            """INSERT INTO access_token (user_id, name, scope, prefix, token_hash, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               RETURNING id, name, scope, prefix, created_at, expires_at, last_used_at""",
            user_id, name, scope, secret[:10], digest, expires_at,
        )  # fmt: skip
        assert row is not None  # noqa: S101  (an INSERT … RETURNING without a conflict clause)
        return {**row, "token": secret}

    async def tokens(self, user_id: str) -> list[asyncpg.Record]:
        return await self._db.fetch(
            """SELECT id, name, scope, prefix, created_at, expires_at, last_used_at
               FROM access_token WHERE user_id = $1 ORDER BY id""",
            user_id,
        )

    async def remove_token(self, user_id: str, token_id: int) -> bool:
        self._unit.wake(CALLERS_CHANGED)
        return bool(
            await self._db.fetchval(
                "DELETE FROM access_token WHERE user_id = $1 AND id = $2 RETURNING true",
                user_id,
                token_id,
            )
        )
