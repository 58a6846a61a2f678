"""The next dates of a series for routes: a few are computed at once, many in a worker process.

One date costs at most about 2 ms, whatever the rule (tests/unit/test_costs.py).
"""

from collections.abc import Callable
from typing import ParamSpec

from todo.domain import series
from todo.domain.recurrence import Occurrence
from todo.domain.task import Status, Task
from todo.runtime.context import Context
from todo.runtime.worker import SHORT_SECONDS
from todo.tasks import series_store
from todo.tasks.store import TaskStore

P = ParamSpec("P")

_AT_ONCE = 10


async def dates(
    context: Context,
    count: int,
    function: Callable[P, list[Occurrence]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> list[Occurrence]:
    """`function`, of todo.domain.series, which computes `count` dates."""
    if count <= _AT_ONCE:
        return function(*args, **kwargs)
    return await context.workers.run(
        "Computing these dates", "recurrence", SHORT_SECONDS, function, *args, **kwargs
    )


async def next_dates(
    context: Context, user_id: str, timezone: str, task_id: int, count: int
) -> tuple[Task, list[Occurrence]]:
    """A task, and the dates that follow it in its series. For a closed task: the current date and those after it.

    `timezone` is the account's.
    """
    first: list[Occurrence] = []
    async with context.db.reading() as connection:
        store = TaskStore(connection)
        task = await store.owned_by(user_id, task_id)
        if task.status is not Status.OPEN and task.series_id is not None:
            current_id = await series_store.current_task(connection, user_id, task.series_id)
            if current_id is not None and current_id != task.id:
                task = await store.owned_by(user_id, current_id)
                if task.status is Status.OPEN and task.due_date is not None:
                    first = [Occurrence(task.due_date)]
    following = await dates(context, count, series.upcoming, task, count - len(first), timezone)
    return task, [*first, *following]
