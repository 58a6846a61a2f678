"""Rows of `proposal`, `change_batch`, `change_batch_row` and `tool_call`. Every query names the owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.accounts.caller import Caller
from todo.runtime.db.unit import Unit

# For the download of everything about a person ($1).
SECTIONS = {
    "proposals": """SELECT id AS page_key, id, client, actor, summary, rows, status, created_at, expires_at
        FROM proposal WHERE user_id = $1""",
    "changes_by_assistants": """SELECT concat_ws(' ', b.id, lpad(r.position::text, 5, '0')) AS page_key,
        b.id AS batch_id, b.client, b.actor, b.created_at, b.undone_at, r.action, r.task_id, r.before
        FROM change_batch b JOIN change_batch_row r ON r.batch_id = b.id WHERE b.user_id = $1""",
}

# A batch is undone within 90 days, as long as the trash is kept.
RETENTION = (
    "DELETE FROM proposal WHERE created_at < now() - interval '30 days'",
    "DELETE FROM change_batch WHERE created_at < now() - interval '90 days'",
    "DELETE FROM tool_call WHERE created_at < now() - interval '2 days'",
)
_PROPOSAL = """id, user_id, client, actor, conversation_id, summary, rows, rows_hash, status, created_at,
    expires_at, batch_id,
    EXISTS (SELECT FROM change_batch
        WHERE change_batch.id = proposal.batch_id AND undone_at IS NOT NULL) AS undone"""
_NEW_PROPOSAL = """
    INSERT INTO proposal (id, user_id, client, actor, conversation_id, summary, rows, rows_hash, created_at,
        expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_NEW_BATCH = """
    INSERT INTO change_batch (id, user_id, client, actor, conversation_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_NEW_BATCH_ROW = """
    INSERT INTO change_batch_row (batch_id, position, action, task_id, version, before)
    VALUES ($1, $2, $3, $4, $5, $6)
"""


async def add_proposal(
    connection: PoolConnectionProxy,
    id_: UUID,
    caller: Caller,
    summary: str,
    rows: Sequence[Any],
    rows_hash: bytes,
    created_at: datetime,
    expires_at: datetime,
) -> None:
    await connection.execute(
        _NEW_PROPOSAL, id_, caller.user_id, caller.client, caller.actor, caller.conversation_id, summary, rows,
        rows_hash, created_at, expires_at,
    )  # fmt: skip


async def proposal(
    connection: PoolConnectionProxy, user_id: str, id_: UUID, *, lock: bool = False
) -> asyncpg.Record | None:
    """Concurrent approvals of one proposal wait here for each other."""
    return await connection.fetchrow(
        f"""SELECT {_PROPOSAL} FROM proposal WHERE id = $1 AND user_id = $2
            {"FOR UPDATE" if lock else ""}""",
        id_,
        user_id,
    )


async def close_proposal(
    connection: PoolConnectionProxy, user_id: str, id_: UUID, status: str, batch_id: UUID | None
) -> None:
    await connection.execute(
        "UPDATE proposal SET status = $3, batch_id = $4 WHERE id = $1 AND user_id = $2",
        id_, user_id, status, batch_id,
    )  # fmt: skip


async def add_batch(
    connection: PoolConnectionProxy, id_: UUID, caller: Caller, now: datetime
) -> None:
    await connection.execute(
        _NEW_BATCH, id_, caller.user_id, caller.client, caller.actor, caller.conversation_id, now
    )


def add_batch_row(
    unit: Unit,
    batch_id: UUID,
    position: int,
    action: str,
    task_id: int,
    version: int,
    before: dict[str, Any] | None,
) -> None:
    unit.write(_NEW_BATCH_ROW, batch_id, position, action, task_id, version, before)


async def batch(connection: PoolConnectionProxy, user_id: str, id_: UUID) -> asyncpg.Record | None:
    """The batch, locked."""
    return await connection.fetchrow(
        "SELECT id, client, undone_at FROM change_batch WHERE id = $1 AND user_id = $2 FOR UPDATE",
        id_,
        user_id,
    )


async def newest_batch(connection: Any, caller: Caller) -> UUID | None:
    """The last batch of the caller's conversation that was not undone."""
    id_: UUID | None = await connection.fetchval(
        """SELECT id FROM change_batch WHERE user_id = $1 AND conversation_id = $2 AND undone_at IS NULL
               AND EXISTS (SELECT FROM change_batch_row WHERE batch_id = change_batch.id)
           ORDER BY created_at DESC LIMIT 1""",
        caller.user_id, caller.conversation_id,
    )  # fmt: skip
    return id_


async def batch_rows(connection: PoolConnectionProxy, id_: UUID) -> Sequence[asyncpg.Record]:
    """The rows of a batch that the caller has locked, the last change first."""
    return await connection.fetch(
        """SELECT position, action, task_id, version, before FROM change_batch_row
           WHERE batch_id = $1 ORDER BY position DESC""",
        id_,
    )


async def mark_undone(
    connection: PoolConnectionProxy, user_id: str, id_: UUID, now: datetime
) -> None:
    await connection.execute(
        "UPDATE change_batch SET undone_at = $3 WHERE id = $1 AND user_id = $2", id_, user_id, now
    )


async def answered(
    connection: PoolConnectionProxy, caller: Caller, key: str, since: datetime
) -> asyncpg.Record | None:
    """The answer of an earlier call with this key. Concurrent calls with one key wait here for each other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 10))",
        f"{caller.user_id} {caller.client} {key}",
    )
    return await connection.fetchrow(
        """SELECT request_hash, answer FROM tool_call
           WHERE user_id = $1 AND client = $2 AND key = $3 AND created_at >= $4
               -- The same changes may be made again after they were undone.
               AND NOT EXISTS (SELECT FROM change_batch
                   WHERE id = (answer->>'batch_id')::uuid AND undone_at IS NOT NULL)""",
        caller.user_id, caller.client, key, since,
    )  # fmt: skip


async def remember_answer(
    connection: PoolConnectionProxy,
    caller: Caller,
    key: str,
    request_hash: bytes,
    answer: dict[str, Any],
    now: datetime,
) -> None:
    await connection.execute(
        """INSERT INTO tool_call (user_id, client, key, request_hash, answer, created_at)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (user_id, client, key) DO UPDATE
           SET request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at""",
        caller.user_id, caller.client, key, request_hash, answer, now,
    )  # fmt: skip
