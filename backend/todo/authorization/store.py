"""Rows of OAuth clients, requests, connections and tokens. Secrets are stored as their SHA-256."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.runtime.db.secrets import hash_secret, new_secret

ACCESS_PREFIX: Final = "tdoa_"
_REFRESH_PREFIX: Final = "tdor_"
ACCESS_LASTS: Final = timedelta(minutes=15)
# Counted anew at every refresh: an assistant that is not used for so long has to be connected again.
REFRESH_LASTS: Final = timedelta(days=30)
REQUEST_LASTS: Final = timedelta(minutes=10)
CODE_LASTS: Final = timedelta(seconds=60)
# Clients that nobody has connected. The oldest make room for new ones.
MOST_IDLE_CLIENTS: Final = 1000

# For the download of everything about a person ($1).
SECTIONS = {
    "connected_assistants": """SELECT id AS page_key, client_name, client_host, scopes, created_at, last_used_at
        FROM oauth_connection WHERE user_id = $1""",
}

RETENTION = (
    "DELETE FROM oauth_request WHERE user_id IS NULL AND expires_at < now()",
    # A code is kept for a day, so that a second use of it is noticed.
    "DELETE FROM oauth_request WHERE expires_at < now() - interval '1 day'",
    "DELETE FROM oauth_token WHERE expires_at < now()",
    """DELETE FROM oauth_connection WHERE created_at < now() - interval '1 day' AND NOT EXISTS
        (SELECT FROM oauth_token t WHERE t.connection_id = oauth_connection.id)""",
    """DELETE FROM oauth_client WHERE created_at < now() - interval '30 days' AND NOT EXISTS
        (SELECT FROM oauth_connection c WHERE c.client_id = oauth_client.id) AND NOT EXISTS
        (SELECT FROM oauth_request r WHERE r.client_id = oauth_client.id)""",
)

# After a restore: a connection that was ended since the backup must not work again.
AFTER_RESTORE = ("DELETE FROM oauth_token", "DELETE FROM oauth_request")

_CONNECTION = "id, client_name AS name, client_host AS host, scopes, created_at, last_used_at"


class AuthorizationStore:
    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._db = connection

    async def client(self, client_id: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            """SELECT id, name, host, redirect_uris, coalesce(fresh_until > now(), false) AS is_fresh
               FROM oauth_client WHERE id = $1""",
            client_id,
        )

    async def save_client(
        self,
        client_id: str,
        name: str,
        host: str | None,
        redirect_uris: Sequence[str],
        fresh_for: timedelta | None = None,
    ) -> None:
        await self._db.execute(
            """INSERT INTO oauth_client (id, name, host, redirect_uris, fresh_until)
               VALUES ($1, $2, $3, $4, now() + $5::interval)
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris,
                   fresh_until = excluded.fresh_until""",
            client_id, name, host, list(redirect_uris), fresh_for,
        )  # fmt: skip
        await self._db.execute(
            f"""DELETE FROM oauth_client WHERE id IN (
                    SELECT id FROM oauth_client c
                    WHERE id <> $1 AND NOT EXISTS (SELECT FROM oauth_connection WHERE client_id = c.id)
                    ORDER BY created_at DESC OFFSET {MOST_IDLE_CLIENTS - 1} FOR UPDATE SKIP LOCKED)""",
            client_id,
        )

    async def add_request(self, **fields: Any) -> UUID:
        request_id = uuid4()
        await self._db.execute(
            """INSERT INTO oauth_request (id, client_id, client_name, client_host, redirect_uri, state, scopes,
                   code_challenge, resource, expires_at)
               SELECT $1, id, name, host, $3, $4, $5, $6, $7, now() + $8::interval
               FROM oauth_client WHERE id = $2""",
            request_id, fields["client_id"], fields["redirect_uri"], fields["state"], fields["scopes"],
            fields["code_challenge"], fields["resource"], REQUEST_LASTS,
        )  # fmt: skip
        return request_id

    async def open_request(self, request_id: UUID) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            """SELECT id, client_name, client_host, redirect_uri, state, scopes, expires_at
               FROM oauth_request WHERE id = $1 AND user_id IS NULL AND expires_at > now()""",
            request_id,
        )

    async def allow(self, request_id: UUID, user_id: str) -> tuple[str, asyncpg.Record] | None:
        """The new authorization code and the request; None if the request is no longer open."""
        code, digest = new_secret()
        row = await self._db.fetchrow(
            """UPDATE oauth_request SET user_id = $2, code_hash = $3, expires_at = now() + $4::interval
               WHERE id = $1 AND user_id IS NULL AND expires_at > now() RETURNING redirect_uri, state,
                   client_name""",
            request_id, user_id, digest, CODE_LASTS,
        )  # fmt: skip
        return (code, row) if row else None

    async def deny(self, request_id: UUID) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            """DELETE FROM oauth_request WHERE id = $1 AND user_id IS NULL AND expires_at > now()
               RETURNING redirect_uri, state""",
            request_id,
        )

    async def code(self, code: str) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            """SELECT client_id, redirect_uri, scopes, code_challenge, resource, connection_id,
                   expires_at <= now() AS is_expired, code_used_at IS NOT NULL AS is_used
               FROM oauth_request WHERE code_hash = $1""",
            hash_secret(code),
        )

    async def use_code(self, code: str) -> tuple[int, list[str]] | None:
        """The connection that the code grants, and its scopes; None if the code was used before."""
        row = await self._db.fetchrow(
            """UPDATE oauth_request SET code_used_at = now() WHERE code_hash = $1 AND code_used_at IS NULL
               RETURNING id, user_id, client_id, client_name, client_host, scopes, resource""",
            hash_secret(code),
        )
        if row is None:
            return None
        connection_id: int = await self._db.fetchval(
            """INSERT INTO oauth_connection (user_id, client_id, client_name, client_host, scopes, resource)
               VALUES ($1, $2, $3, $4, $5, $6) RETURNING id""",
            *(row[name] for name in
              ("user_id", "client_id", "client_name", "client_host", "scopes", "resource")),
        )  # fmt: skip
        await self._db.execute(
            "UPDATE oauth_request SET connection_id = $2 WHERE id = $1", row["id"], connection_id
        )
        return connection_id, list(row["scopes"])

    async def token(self, token: str) -> asyncpg.Record | None:
        """A token of any kind, with its client."""
        return await self._db.fetchrow(
            """SELECT t.kind, t.scopes, t.connection_id, t.expires_at <= now() AS is_expired,
                   t.used_at IS NOT NULL AS is_used, c.client_id, c.resource, c.user_id
               FROM oauth_token t JOIN oauth_connection c ON c.id = t.connection_id WHERE t.token_hash = $1""",
            hash_secret(token),
        )

    async def use_refresh_token(self, token: str) -> int | None:
        """The connection of the token; None if the token was used before."""
        return await self._db.fetchval(  # type: ignore[no-any-return]
            """UPDATE oauth_token SET used_at = now()
               WHERE token_hash = $1 AND kind = 'refresh' AND used_at IS NULL RETURNING connection_id""",
            hash_secret(token),
        )

    async def add_tokens(
        self, connection_id: int, scopes: Sequence[str], granted: Sequence[str]
    ) -> tuple[str, str]:
        """A new access token with `scopes`, and a new refresh token with all that was granted."""
        access, access_hash = new_secret(ACCESS_PREFIX)
        refresh, refresh_hash = new_secret(_REFRESH_PREFIX)
        await self._db.executemany(
            """INSERT INTO oauth_token (token_hash, connection_id, kind, scopes, expires_at)
               VALUES ($1, $2, $3, $4, now() + $5::interval)""",
            [
                (access_hash, connection_id, "access", list(scopes), ACCESS_LASTS),
                (refresh_hash, connection_id, "refresh", list(granted), REFRESH_LASTS),
            ],
        )
        return access, refresh

    async def connections(self, user_id: str) -> list[asyncpg.Record]:
        return await self._db.fetch(
            f"SELECT {_CONNECTION} FROM oauth_connection WHERE user_id = $1 ORDER BY id DESC",
            user_id,
        )

    async def remove_connection(self, connection_id: int, user_id: str | None = None) -> bool:
        """Remove a connection with all of its tokens."""
        return bool(
            await self._db.fetchval(
                """DELETE FROM oauth_connection WHERE id = $1 AND ($2::text IS NULL OR user_id = $2)
                   RETURNING true""",
                connection_id,
                user_id,
            )
        )
