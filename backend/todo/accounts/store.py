"""Rows of `account`, `session` and `access_token`. Secrets are 256 random bits, stored as their SHA-256."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from todo.accounts.caller import CALLERS_CHANGED
from todo.accounts.mail_texts import Mail
from todo.runtime.db.database import ERASE_SECONDS
from todo.runtime.db.secrets import hash_secret, new_secret
from todo.runtime.db.unit import Unit

TOKEN_PREFIX = "tdo_"  # noqa: S105  (a prefix, for people and secret scanners)

ME = """id, email, name, is_admin, timezone, default_reminders, quiet_from, quiet_until,
        away_from, away_until, escalate_after, nag_every,
        EXISTS (SELECT FROM confirmed_address c
                WHERE c.user_id = account.id AND c.address = account.email) AS email_confirmed"""


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

    async def exist(self) -> bool:
        """Whether there is any account."""
        return bool(await self._db.fetchval("SELECT EXISTS (SELECT FROM account)"))

    async def confirm_address(self, user_id: str, address: str) -> None:
        await self._db.execute(
            """INSERT INTO confirmed_address (user_id, address) VALUES ($1, lower($2))
               ON CONFLICT DO NOTHING""",
            user_id,
            address,
        )

    async def by_email(self, email: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            f"SELECT {ME}, password_hash, delete_at, disabled_at FROM account WHERE email = $1",
            email,
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

    async def all(self) -> Sequence[asyncpg.Record]:
        """Every account, the oldest first."""
        return await self._db.fetch(
            """SELECT email, is_admin, created_at, disabled_at, delete_at FROM account
               ORDER BY created_at, id"""
        )

    async def set_disabled(self, user_id: str, disabled_at: datetime | None) -> None:
        self._unit.wake(CALLERS_CHANGED)
        await self._db.execute(
            "UPDATE account SET disabled_at = $2 WHERE id = $1", user_id, disabled_at
        )

    async def set_administrator(self, user_id: str, is_admin: bool) -> None:
        await self._db.execute("UPDATE account SET is_admin = $2 WHERE id = $1", user_id, is_admin)

    async def is_confirmed(self, user_id: str, address: str) -> bool:
        return bool(
            await self._db.fetchval(
                "SELECT true FROM confirmed_address WHERE user_id = $1 AND address = lower($2)",
                user_id,
                address,
            )
        )

    async def plan_deletion(self, user_id: str, delete_at: datetime | None) -> None:
        """Plan it; None keeps the account."""
        self._unit.wake(CALLERS_CHANGED)
        await self._db.execute(
            "UPDATE account SET delete_at = $2 WHERE id = $1", user_id, delete_at
        )

    async def due_for_deletion(self, now: datetime) -> list[str]:
        rows = await self._db.fetch("SELECT id FROM account WHERE delete_at <= $1", now)
        return [row["id"] for row in rows]

    async def remove(self, user_id: str, now: datetime) -> bool:
        """Delete an account whose time has come, with the rows that refer to it."""
        return bool(
            await self._db.fetchval(
                "DELETE FROM account WHERE id = $1 AND delete_at <= $2 RETURNING true",
                user_id,
                now,
                timeout=ERASE_SECONDS,
            )
        )

    async def credentials(self, user_id: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            "SELECT email, password_hash FROM account WHERE id = $1", user_id
        )

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Set it, and end the links that would give somebody else the account."""
        await self._db.execute(
            "UPDATE account SET password_hash = $2 WHERE id = $1", user_id, password_hash
        )
        await self.end_links(user_id, Mail.RESET_PASSWORD, Mail.CHANGE_ADDRESS)

    async def lock(self, user_id: str) -> None:
        """Wait for other transactions that change the account, use its links or make them."""
        await self._db.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", user_id)

    async def hold(self, user_id: str | None, address: str) -> str | None:
        """The id of the account with this id, or with this address. It stays as it is until this unit ends."""
        column, value = ("email", address) if user_id is None else ("id", user_id)
        found: str | None = await self._db.fetchval(
            f"SELECT id FROM account WHERE {column} = $1 FOR SHARE", value
        )
        return found

    async def end_links(self, user_id: str, *kinds: Mail, but: UUID | None = None) -> None:
        """End the links of these kinds, also those of mails that were not sent yet, except the mail `but`.

        The unit has locked the account, so no link is made meanwhile.
        """
        # A mail that anybody can ask for has no user_id (add_mail).
        await self._db.execute(
            """UPDATE account_mail SET next_try_at = NULL
               WHERE (user_id = $1
                      OR user_id IS NULL AND address = (SELECT email FROM account WHERE id = $1))
                   AND kind = ANY($2) AND next_try_at IS NOT NULL AND id IS DISTINCT FROM $3""",
            user_id,
            kinds,
            but,
        )
        await self._db.execute(
            "DELETE FROM account_link WHERE user_id = $1 AND kind = ANY($2)", user_id, kinds
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

    async def remove_token(self, user_id: str, token_id: int) -> str | None:
        """Delete a token; returns its name."""
        name: str | None = await self._db.fetchval(
            "DELETE FROM access_token WHERE user_id = $1 AND id = $2 RETURNING name",
            user_id,
            token_id,
        )
        return name
