"""What has served its purpose is removed by age. Inbox rows outlive the events that could come again."""

import asyncio

from todo.runtime.context import Context
from todo.runtime.database import UNREACHABLE
from todo.runtime.observe import log

_EVERY_SECONDS = 3600
_OLD = (
    "DELETE FROM outbox WHERE published_at < now() - interval '14 days'",
    "DELETE FROM bus_event WHERE published_at < now() - interval '14 days'",
    "DELETE FROM inbox WHERE received_at < now() - interval '28 days'",
    "DELETE FROM session WHERE expires_at < now()",
    "DELETE FROM ticket WHERE expires_at < now()",
    "DELETE FROM idempotency_key WHERE created_at < now() - interval '2 days'",
    "DELETE FROM state_entry WHERE expires_at < now()",
    "DELETE FROM task WHERE deleted_at < now() - interval '90 days'",
)


async def prune(context: Context) -> None:
    """Companion of todo-backend; harmless in several replicas."""
    while True:
        try:
            for statement in _OLD:
                await context.db.pool.execute(statement, timeout=300)
        except UNREACHABLE as error:
            log.warning("pruning waits for the database", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
