"""Rows of the table `project`. Every query names the owner.

Transactions lock in one order, so that no two wait for each other:

1. the Idempotency-Key, the batch or the proposal of the request;
2. the lists of the user (`lock_lists`), before a change of a project, or of several tasks at once;
3. rows of projects. A transaction that has locked the lists may do this later: nobody else changes them then;
4. rows of tasks: one task, and after it its successor; or several, in the order of their ids.

An import and the restoring of a project lock tasks in more than one statement, so they and a change of time zones
(zone_changes.py), which locks no lists, may wait for each other. PostgreSQL ends one of the two. Time zones are
looked at again, and nothing of an import or a restoring was saved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import NotFound
from todo.domain.project import Colour, Project, name_key

# For the download of everything about a person ($1), the deleted ones included.
SECTIONS = {
    "projects": """SELECT id AS page_key, id, name, colour, icon, position, created_at, updated_at, archived_at,
        deleted_at, moved_tasks FROM project WHERE user_id = $1""",
}

RETENTION = (
    # After its tasks, which the statement for `task` deletes.
    """DELETE FROM project p WHERE deleted_at < now() - interval '90 days' AND NOT EXISTS (
           SELECT FROM task t WHERE t.user_id = p.user_id AND t.project_id = p.id)""",
)

_FIELDS = tuple(field.name for field in fields(Project))
COLUMNS = ", ".join(_FIELDS)
_INSERT = f"""
    INSERT INTO project ({COLUMNS}, name_key)
    VALUES ({", ".join(f"${n}" for n in range(1, len(_FIELDS) + 2))})
"""
_UPDATE = f"""
    UPDATE project SET {", ".join(f"{name} = ${n}" for n, name in enumerate(_FIELDS[1:], start=2))},
        name_key = ${len(_FIELDS) + 1}
    WHERE id = $1 AND user_id = $2
"""


def project_of(row: Any) -> Project:
    """The project of a row with COLUMNS."""
    values = {name: row[name] for name in _FIELDS}
    return Project(
        **values | {"colour": Colour(values["colour"]), "moved_tasks": tuple(values["moved_tasks"])}
    )


class ProjectStore:
    def __init__(self, connection: PoolConnectionProxy) -> None:
        self._db = connection

    async def find(self, user_id: str, project_id: int, lock: str = "") -> Project | None:
        """Also a deleted project. `lock`: FOR KEY SHARE prevents changes of it, FOR UPDATE is for a change."""
        row = await self._db.fetchrow(
            f"SELECT {COLUMNS} FROM project WHERE id = $1 AND user_id = $2 {lock}",
            project_id,
            user_id,
        )
        return project_of(row) if row else None

    async def hold_of_task(self, user_id: str, task_id: int) -> Project | None:
        """The project of the task, also a deleted one. It does not change until this unit ends. Called before the
        task is locked.
        """
        row = await self._db.fetchrow(
            f"""SELECT {COLUMNS} FROM project WHERE user_id = $1 AND id =
                    (SELECT project_id FROM task WHERE user_id = $1 AND id = $2) FOR KEY SHARE""",
            user_id,
            task_id,
        )
        return project_of(row) if row else None

    async def owned_by(self, user_id: str, project_id: int, *, lock: bool = False) -> Project:
        """Raises NotFound for a deleted or absent project and for another user's, which look alike."""
        found = await self.find(user_id, project_id, "FOR UPDATE" if lock else "")
        if found is None or found.deleted_at is not None:
            raise NotFound("There is no such project.")
        return found

    async def every(self, user_id: str) -> list[Project]:
        """The projects that are not deleted, in their order."""
        rows = await self._db.fetch(
            f"SELECT {COLUMNS} FROM project WHERE user_id = $1 AND deleted_at IS NULL ORDER BY position, id",
            user_id,
        )
        return [project_of(row) for row in rows]

    async def with_deleted(self, user_id: str) -> list[Project]:
        """All projects in their order, the deleted ones too."""
        rows = await self._db.fetch(
            f"SELECT {COLUMNS} FROM project WHERE user_id = $1 ORDER BY position, id", user_id
        )
        return [project_of(row) for row in rows]

    async def lock_lists(self, user_id: str) -> None:
        """Wait for other transactions that change projects of the user, or several tasks."""
        await self._db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 21))", user_id)

    async def names(self, user_id: str, ids: Iterable[int | None]) -> dict[int, str]:
        rows = await self._db.fetch(
            "SELECT id, name FROM project WHERE user_id = $1 AND id = ANY($2::bigint[])",
            user_id,
            [id_ for id_ in ids if id_ is not None],
        )
        return {row["id"]: row["name"] for row in rows}

    async def add(self, projects: Iterable[Project]) -> None:
        await self._db.executemany(_INSERT, [_row(project) for project in projects])

    async def save(self, project: Project) -> None:
        await self._db.execute(_UPDATE, *_row(project))

    async def save_order(self, user_id: str, ids: Sequence[int]) -> None:
        await self._db.execute(
            """UPDATE project p SET position = of.position
               FROM unnest($2::bigint[]) WITH ORDINALITY of(id, position)
               WHERE p.user_id = $1 AND p.id = of.id""",
            user_id,
            ids,
        )


def _row(project: Project) -> list[Any]:
    return [*(getattr(project, name) for name in _FIELDS), name_key(project.name)]
