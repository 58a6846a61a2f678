"""Retention: each subject declares the statements that delete its old rows; this job runs them every hour."""

import asyncio
from collections.abc import Sequence

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.observe import log
from todo.runtime.service import Job

_EVERY_SECONDS = 3600
# The runtime's own tables. An inbox row must outlive every event that could be delivered again.
RETENTION = (
    "DELETE FROM outbox WHERE published_at < now() - interval '14 days'",
    "DELETE FROM bus_event WHERE published_at < now() - interval '14 days'",
    # The inbox row proves that a dead letter was handled: mark the dead letter before that row is deleted.
    """UPDATE dead_letter d SET redriven_at = i.received_at FROM inbox i
       WHERE d.redriven_at IS NULL AND i.consumer = d.consumer
           AND i.event_id = CASE WHEN d.event_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                                 THEN d.event_id::uuid END""",
    "DELETE FROM inbox WHERE received_at < now() - interval '42 days'",
    "DELETE FROM state_entry WHERE expires_at < now()",
)


async def prune_once(database: Database, statements: Sequence[str]) -> None:
    for statement in statements:
        await database.pool.execute(statement, timeout=300)


def pruning(statements: Sequence[str]) -> Job:
    """The background task that runs `statements`, in this order. Harmless in several replicas."""

    async def prune(context: Context) -> None:
        while True:
            try:
                await prune_once(context.db, statements)
            except UNREACHABLE as error:
                log.warning("retention waits for the database", reason=str(error))
            await asyncio.sleep(_EVERY_SECONDS)

    return prune
