"""The numbers of the badges, and the tags in use."""

from datetime import datetime, timedelta
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from todo.domain.recurrence import local, start_of_day
from todo.domain.search import fold_tag
from todo.tasks.queries import AWAKE, COMPLETED, DUE, OPEN, PLACE, PROJECT

# Counting stops here, so a badge ("999+") costs the same for every user.
COUNT_LIMIT = 999

# Overdue means due on an earlier day; a task due earlier today counts as today's. For each badge, the conditions
# of timed and of all-day tasks: $2 and $3 are the start and the end of today, $4 is its date, $5 is now. A task
# that has not started counts by its due date only; without one, it is upcoming.
_COUNTS = {
    "overdue": (f"{DUE} < $2", "due_on < $4"),
    "today": (f"{DUE} >= $2 AND {DUE} < $3", "due_on = $4"),
    "upcoming": (f"{DUE} >= $3 AND {DUE} < 'infinity'", "due_on > $4"),
    "open": (AWAKE.format("$5", "$4"), AWAKE.format("$5", "$4")),
}


def _counted(where: str, key: str) -> str:
    # ORDER BY keeps the planner on the index: without it, LIMIT may make it choose a scan of the whole table.
    return f"""(SELECT count(*) FROM (SELECT FROM task WHERE user_id = $1 AND {where}
        ORDER BY user_id, {key}, id LIMIT {COUNT_LIMIT + 1}) capped)"""


def _counted_open(timed: str, all_day: str) -> str:
    of_timed = _counted(f"{OPEN} AND due_on IS NULL AND {timed}", DUE)
    return f"{of_timed} + {_counted(f'{OPEN} AND due_on IS NOT NULL AND {all_day}', 'due_on')}"


_INBOX = f"{OPEN} AND {PROJECT} = 0 AND {AWAKE.format('$5', '$4')}"
_COUNT = "SELECT " + ", ".join(
    [f"{_counted(_INBOX, f'{PROJECT}, {PLACE}')} AS inbox"]
    + [f"{_counted_open(*conditions)} AS {name}" for name, conditions in _COUNTS.items()]
    + [f"{_counted(COMPLETED, 'completed_at')} AS completed"]
)
_COUNT += f""", (SELECT count(*) FROM (SELECT FROM task WHERE user_id = $1
    AND (start_date IS NOT NULL OR start_on IS NOT NULL) AND due_date IS NULL
    AND NOT completed AND deleted_at IS NULL AND (start_date >= $3 OR start_on > $4)
    LIMIT {COUNT_LIMIT + 1}) capped) AS starting"""


async def count(
    connection: PoolConnectionProxy, user_id: str, now: datetime, timezone: str
) -> dict[str, dict[str, Any]]:
    """The numbers of the badges. `timezone` is the account's."""
    today = local(now, timezone).date()
    start, end = (start_of_day(today + timedelta(days=n), timezone) for n in (0, 1))
    row = await connection.fetchrow(_COUNT, user_id, start, end, today, now)
    if row is None:
        return {}
    numbers = dict(row)
    numbers["upcoming"] += numbers.pop("starting")
    return {name: capped(number) for name, number in numbers.items()}


def capped(number: int) -> dict[str, Any]:
    """A number as `Count`."""
    return {"value": min(number, COUNT_LIMIT), "capped": number > COUNT_LIMIT}


async def tags(connection: PoolConnectionProxy, user_id: str) -> list[dict[str, Any]]:
    """The tags in use with their numbers of tasks, the most used first; at most 500. Those that differ only in
    case are one, as it was written first."""
    rows = await connection.fetch(
        """SELECT tag, count(*) FILTER (WHERE NOT completed) AS open,
               count(*) FILTER (WHERE completed) AS completed
           FROM task, unnest(tags) AS tag WHERE user_id = $1 AND deleted_at IS NULL
           GROUP BY tag ORDER BY min(id), tag""",
        user_id,
    )
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = merged.setdefault(
            fold_tag(row["tag"]), {"tag": row["tag"], "open": 0, "completed": 0}
        )
        one["open"] += row["open"]
        one["completed"] += row["completed"]
    by_use = sorted(merged.values(), key=lambda one: (-one["open"] - one["completed"], one["tag"]))
    return by_use[:500]
