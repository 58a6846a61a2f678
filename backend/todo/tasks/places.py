"""The places of open tasks in the list of their project.

A place is a number with gaps between neighbours. A task that nobody placed has none, and stands behind those that
have one, the oldest first. Numbering a list again leaves its order as it is, so it is no change of its tasks.
"""

from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import Conflict, Invalid
from todo.domain.project import Project, fitting
from todo.domain.task import Task
from todo.tasks.queries import OPEN, PLACE, PROJECT

GAP = 2**20
# The other tasks of the list: $1 is the user, $2 the project (0: the Inbox), $3 the task that moves.
_LIST = f"user_id = $1 AND {PROJECT} = $2 AND {OPEN} AND id <> $3"
_LAST_PLACED = f"SELECT max(position) FROM task WHERE {_LIST} AND position IS NOT NULL"
_PLACE_UNPLACED = f"""
    UPDATE task t SET position = $5 + of.number * {GAP}
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number
          FROM task WHERE {_LIST} AND position IS NULL AND id <= $4) of
    WHERE t.id = of.id
"""
_NUMBER_AGAIN = f"""
    UPDATE task t SET position = of.number * {GAP}
    FROM (SELECT id, row_number() OVER (ORDER BY position, id) AS number
          FROM task WHERE {_LIST} AND position IS NOT NULL) of
    WHERE t.id = of.id
"""
_FOLLOWING = f"""
    SELECT position FROM task WHERE {_LIST} AND ({PLACE}, id) > ($4, $5) ORDER BY {PLACE}, id LIMIT 1
"""


async def place_behind(
    connection: PoolConnectionProxy,
    user_id: str,
    project_id: int | None,
    after: int | None,
    task_id: int,
) -> int:
    """The place directly behind the task `after`, or before all others for None. Raises Invalid.

    The unit has locked the lists of the user: other tasks may get a place too.
    """
    if after == task_id:
        raise Invalid("A task cannot stand behind itself.", "after")
    of_list = (user_id, project_id or 0, task_id)
    if after is None:
        first: int | None = await connection.fetchval(_FOLLOWING, *of_list, -(2**63), 0)
        return 0 if first is None else first - GAP
    for _ in range(2):
        low = await _place_of(connection, of_list, after)
        high: int | None = await connection.fetchval(_FOLLOWING, *of_list, low, after)
        if high is None:
            return low + GAP
        if high - low > 1:
            return (low + high) // 2
        await connection.execute(_NUMBER_AGAIN, *of_list)
    raise AssertionError("a list that was just numbered has gaps")


async def _place_of(
    connection: PoolConnectionProxy, of_list: tuple[str, int, int], task_id: int
) -> int:
    """The place of a task of the list; those that stand before it get one too."""
    row = await connection.fetchrow(
        f"SELECT position FROM task WHERE {_LIST} AND id = $4", *of_list, task_id
    )
    if row is None:
        raise Invalid("There is no such open task in this list.", "after")
    place: int | None = row["position"]
    if place is None:
        last = await connection.fetchval(_LAST_PLACED, *of_list) or 0
        await connection.execute(_PLACE_UNPLACED, *of_list, task_id, last)
        place = await connection.fetchval("SELECT position FROM task WHERE id = $1", task_id)
    return place or 0


async def count_open(connection: PoolConnectionProxy, user_id: str, project_id: int) -> int:
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM task WHERE user_id = $1 AND {PROJECT} = $2 AND {OPEN}",
        user_id,
        project_id,
    )
    return number


def in_usable_project(task: Task, held: Project | None) -> Task:
    """The task, in the Inbox if its project takes it no more. `held` is the project that the unit holds.

    Raises Conflict for a task of another project: it was moved before the unit locked it, and no project is locked
    after a task.
    """
    if task.project_id is None:
        return task
    if held is None or held.id != task.project_id:
        raise Conflict("The task was moved meanwhile; try again.")
    return fitting(task, held)
