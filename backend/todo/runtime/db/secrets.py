"""Secrets made here: given away and kept as a hash, or the installation's own, kept in its database."""

import hashlib
import secrets
from collections.abc import Callable

from todo.runtime.db.database import Database


def new_secret(prefix: str = "") -> tuple[str, bytes]:
    """256 random bits to give away, and what is stored of them."""
    secret = prefix + secrets.token_urlsafe(32)
    return secret, hash_secret(secret)


def hash_secret(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def instance_secret(database: Database, name: str, make: Callable[[], str]) -> str:
    """The secret called `name`; made by whoever asks first, the same for every replica."""
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
