"""Queries of projects: the list with its counts, and one project."""

from datetime import datetime
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from todo.domain.project import Project
from todo.domain.recurrence import local
from todo.tasks.counting import COUNT_LIMIT, capped
from todo.tasks.project_store import COLUMNS, ProjectStore, project_of
from todo.tasks.queries import AWAKE, OPEN, PLACE, PROJECT

# Counting stops at the limit of the badge, in the order of ix_task_project.
_COUNTED = f"""
    SELECT {COLUMNS}, (SELECT count(*) FROM (SELECT FROM task
        WHERE user_id = p.user_id AND {PROJECT} = p.id AND {OPEN} AND {AWAKE.format("$2", "$3")}
        ORDER BY user_id, {PROJECT}, {PLACE}, id LIMIT {COUNT_LIMIT + 1}) capped) AS open
    FROM project p WHERE user_id = $1 AND deleted_at IS NULL AND ($4::bigint IS NULL OR id = $4)
    ORDER BY position, id
"""
Counted = tuple[Project, dict[str, Any]]


async def counted(
    connection: PoolConnectionProxy,
    user_id: str,
    now: datetime,
    timezone: str,
    project_id: int | None = None,
) -> list[Counted]:
    """The projects in their order, each with the number of its open tasks; or only one of them."""
    today = local(now, timezone).date()
    rows = await connection.fetch(_COUNTED, user_id, now, today, project_id)
    return [(project_of(row), capped(row["open"])) for row in rows]


async def every(connection: PoolConnectionProxy, user_id: str) -> list[Project]:
    return await ProjectStore(connection).every(user_id)


async def locked(connection: PoolConnectionProxy, user_id: str) -> list[Project]:
    """All projects in their order, the deleted ones too. None changes until this transaction ends."""
    projects = ProjectStore(connection)
    await projects.lock_lists(user_id)
    return await projects.with_deleted(user_id)


async def names(connection: PoolConnectionProxy, user_id: str) -> dict[int, str]:
    """The names of the user's projects by id."""
    return {project.id: project.name for project in await every(connection, user_id)}
