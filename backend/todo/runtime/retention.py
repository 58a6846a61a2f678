"""Retention: each subject declares the statements that delete its old rows; this job runs them in batches.

A statement has the form `DELETE FROM table WHERE condition`. It may end with an ORDER BY, for the planner: without
it, scanning the table looks cheap if the statistics promise many such rows, though there are none.
"""

import asyncio
from collections.abc import Callable, Sequence

from todo.domain.events import Topic
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.events.dead_letters import HANDLED
from todo.runtime.observe import log
from todo.runtime.service import Job
from todo.runtime.settings import Settings

_EVERY_SECONDS = 3600
_BATCH = 5_000  # rows per transaction, so that no lock is held for long

# How long published events are kept.
_KEPT = {topic: "1 day" if topic is Topic.TASK_UPDATES else "14 days" for topic in Topic}
# The runtime's own tables. An inbox row must outlive every event that could be delivered again. Live updates are
# not replayed: a browser that missed some fetches the state. A topic is named, so that an index finds the rows.
RETENTION = (
    *(
        f"DELETE FROM {table} WHERE topic = '{topic}' "
        f"AND published_at < now() - interval '{kept}' ORDER BY published_at"
        for table in ("outbox", "bus_event")
        for topic, kept in _KEPT.items()
    ),
    "DELETE FROM inbox WHERE received_at < now() - interval '42 days'",
    "DELETE FROM state_entry WHERE expires_at < now()",
)
# The inbox row proves that a dead letter was handled: mark the dead letter before that row is deleted.
_MARK_HANDLED = f"""
    UPDATE dead_letter d SET redriven_at = i.received_at FROM inbox i
    WHERE d.redriven_at IS NULL AND {HANDLED}
"""


async def prune_once(database: Database, statements: Sequence[str]) -> None:
    await database.pool.execute(_MARK_HANDLED, timeout=300)
    for statement in statements:
        while await _delete_batch(database, statement) == _BATCH:
            continue


def batch_of(statement: str) -> str:
    """The statement that deletes the next rows only."""
    table, condition = statement.removeprefix("DELETE FROM ").split(" WHERE ", 1)
    return f"""DELETE FROM {table} WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM {table} WHERE {condition} LIMIT {_BATCH}))"""


async def _delete_batch(database: Database, statement: str) -> int:
    status = await database.pool.execute(batch_of(statement), timeout=300)
    return int(status.removeprefix("DELETE "))


def pruning(
    statements: Sequence[str], optional: Sequence[Callable[[Settings], Sequence[str]]] = ()
) -> Job:
    """The background task that runs `statements`, in this order, and those that settings ask for. Harmless in
    several replicas."""

    async def prune(context: Context) -> None:
        wanted = [statement for declared in optional for statement in declared(context.settings)]
        while True:
            try:
                await prune_once(context.db, [*statements, *wanted])
                metrics.round_done("prune")
            except UNREACHABLE as error:
                log.warning("retention waits for the database", reason=str(error))
            await asyncio.sleep(_EVERY_SECONDS)

    return prune
