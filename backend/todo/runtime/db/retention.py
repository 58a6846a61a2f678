"""What has served its purpose is removed by age. Inbox rows outlive the events that could come again."""

import asyncio

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.observe import log

_EVERY_SECONDS = 3600
_OLD = (
    "DELETE FROM outbox WHERE published_at < now() - interval '14 days'",
    "DELETE FROM bus_event WHERE published_at < now() - interval '14 days'",
    # An inbox row is how a letter is known to be handled; it has to be noted before the row is gone.
    """UPDATE dead_letter d SET redriven_at = i.received_at FROM inbox i
       WHERE d.redriven_at IS NULL AND i.consumer = d.consumer
           AND i.event_id = CASE WHEN d.event_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                                 THEN d.event_id::uuid END""",
    "DELETE FROM inbox WHERE received_at < now() - interval '42 days'",
    "DELETE FROM session WHERE expires_at < now()",
    "DELETE FROM ticket WHERE expires_at < now()",
    "DELETE FROM idempotency_key WHERE created_at < now() - interval '2 days'",
    "DELETE FROM state_entry WHERE expires_at < now()",
    "DELETE FROM task WHERE deleted_at < now() - interval '90 days'",
)


async def prune_once(database: Database) -> None:
    for statement in _OLD:
        await database.pool.execute(statement, timeout=300)


async def prune(context: Context) -> None:
    """Companion of todo-backend; harmless in several replicas."""
    while True:
        try:
            await prune_once(context.db)
        except UNREACHABLE as error:
            log.warning("pruning waits for the database", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
