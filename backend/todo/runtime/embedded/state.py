"""The state store of the embedded runtime: a table with etags and expiry times."""

from datetime import timedelta
from uuid import uuid4

from todo.runtime.db.database import Database
from todo.runtime.ports import Entry, EtagMismatch


class EmbeddedState:
    """`ports.StateStore` in PostgreSQL. An expired entry is ignored until it is pruned."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> Entry | None:
        row = await self._database.pool.fetchrow(
            """SELECT value, etag FROM state_entry
               WHERE key = $1 AND (expires_at IS NULL OR expires_at > now())""",
            key,
        )
        return Entry(row["value"], str(row["etag"])) if row else None

    async def save(
        self, key: str, value: bytes, *, etag: str | None = None, ttl: timedelta | None = None
    ) -> None:
        if etag is None:
            await self._database.pool.execute(
                """INSERT INTO state_entry VALUES ($1, $2, $3, now() + $4)
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value, etag = excluded.etag,
                       expires_at = excluded.expires_at""",
                key, value, uuid4(), ttl,
            )  # fmt: skip
            return
        written = await self._database.pool.fetchval(
            """UPDATE state_entry SET value = $2, etag = $3, expires_at = now() + $5
               WHERE key = $1 AND etag::text = $4 AND (expires_at IS NULL OR expires_at > now())
               RETURNING true""",
            key, value, uuid4(), etag, ttl,
        )  # fmt: skip
        if not written:
            raise EtagMismatch(key)

    async def delete(self, key: str, *, etag: str | None = None) -> None:
        deleted = await self._database.pool.fetchval(
            "DELETE FROM state_entry WHERE key = $1 AND ($2::text IS NULL OR etag::text = $2) RETURNING true",
            key,
            etag,
        )
        if etag is not None and not deleted:
            raise EtagMismatch(key)
