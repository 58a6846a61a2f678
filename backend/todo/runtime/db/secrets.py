"""Generated secrets: tokens, of which only a hash is stored, and the installation's own secrets."""

import hashlib
import secrets
from collections.abc import Callable

from todo.runtime.db.database import Database


def new_secret(prefix: str = "") -> tuple[str, bytes]:
    """A token of 256 random bits, and the hash to store."""
    secret = prefix + secrets.token_urlsafe(32)
    return secret, hash_secret(secret)


def hash_secret(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def instance_secret(database: Database, name: str, make: Callable[[], str]) -> str:
    """The installation's secret called `name`, created on first use and the same for every replica."""
    known: str | None = await database.pool.fetchval(
        "SELECT value FROM instance_secret WHERE name = $1", name
    )
    if known is not None:
        return known
    value: str = await database.pool.fetchval(
        """INSERT INTO instance_secret VALUES ($1, $2)
           ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING value""",
        name,
        make(),
    )
    return value
