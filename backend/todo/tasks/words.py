"""Fill in the words of tasks that an older version of the code wrote, which does not know the column."""

import asyncio

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.observe import log
from todo.tasks.store import COLUMNS, task_of, words_of

_EVERY_SECONDS = 60
_BATCH = 500
_STALE = f"""
    SELECT {COLUMNS} FROM task WHERE words_version <> version ORDER BY id LIMIT {_BATCH}
    FOR UPDATE SKIP LOCKED
"""
_FILL = """
    UPDATE task t SET words = f.words::tsvector, words_version = t.version
    FROM unnest($1::bigint[], $2::text[]) AS f(id, words) WHERE t.id = f.id
"""


async def keep_words(context: Context) -> None:
    """Background task of todo-backend. During a rollout the older version still writes."""
    while True:
        try:
            while await fill_words(context.db):
                continue
        except UNREACHABLE as error:
            log.warning("the words of older tasks wait for the database", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)


async def fill_words(database: Database) -> int:
    """Fill in a batch; returns how many tasks it had."""
    async with database.unit("todo-backend") as unit:
        tasks = [task_of(row) for row in await unit.connection.fetch(_STALE)]
        if tasks:
            await unit.connection.execute(
                _FILL, [task.id for task in tasks], [words_of(task) for task in tasks]
            )
    return len(tasks)
