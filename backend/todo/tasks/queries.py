"""Queries of tasks. Lists use keyset pagination and sort by exactly the columns of an index."""

import base64
import binascii
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from todo.domain import search as words
from todo.domain import series
from todo.domain.errors import Invalid
from todo.domain.recurrence import Occurrence
from todo.domain.task import Status, Task
from todo.tasks import series_store
from todo.tasks.search import ranked
from todo.tasks.store import COLUMNS, TaskStore, task_of

# Counting stops here, so a badge ("999+") costs the same for every user.
COUNT_LIMIT = 999
# The most changes in one answer; its cursor leads to the rest.
_CHANGES = 1000

_DUE = "coalesce(due_date, 'infinity'::timestamptz)"


@dataclass(frozen=True, slots=True)
class _Order:
    where: str
    key: str
    descending: bool


_ORDERS = {
    "open": _Order("NOT completed AND deleted_at IS NULL", _DUE, descending=False),
    "completed": _Order("completed AND deleted_at IS NULL", "completed_at", descending=True),
    "all": _Order("deleted_at IS NULL", _DUE, descending=False),
    "trash": _Order("deleted_at IS NOT NULL", "deleted_at", descending=True),
}


@dataclass(frozen=True, slots=True)
class Search:
    status: str = "open"
    text: str | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None
    tag: str | None = None
    limit: int = 50
    cursor: str | None = None


async def find(
    connection: PoolConnectionProxy, user_id: str, search: Search
) -> tuple[Sequence[Task], str | None]:
    """A page of tasks and the cursor of the next page, None on the last."""
    order = _ORDERS[search.status]
    if search.text and search.text.strip():
        return await ranked(
            connection,
            user_id,
            search.text,
            status=search.status,
            where=order.where,
            due_from=search.due_from,
            due_to=search.due_to,
            tag=search.tag,
            limit=search.limit,
            cursor=search.cursor,
        )
    direction, beyond = ("DESC", "<") if order.descending else ("ASC", ">")
    values: list[Any] = [user_id]
    conditions = ["user_id = $1", order.where]

    def also(condition: str, *more: Any) -> None:
        numbers = range(len(values) + 1, len(values) + 1 + len(more))
        conditions.append(condition.format(*(f"${n}" for n in numbers)))
        values.extend(more)

    if search.cursor is not None:
        also(
            f"({order.key}, id) {beyond} ({{}}::text::timestamptz, {{}})",
            *_read_cursor(search.cursor),
        )
    if search.due_from is not None:
        also(f"{_DUE} >= {{}} AND due_date IS NOT NULL", search.due_from)
    if search.due_to is not None:
        also(f"{_DUE} < {{}}", search.due_to)
    if search.tag is not None:
        tagged = " | ".join(words.tag_query(user_id, search.tag, state) for state in (True, False))
        also("words @@ {}::text::tsquery", tagged)
    values.append(search.limit + 1)
    rows = await connection.fetch(
        f"""SELECT {COLUMNS}, {order.key}::text AS page_key FROM task WHERE {" AND ".join(conditions)}
            ORDER BY {order.key} {direction}, id {direction} LIMIT ${len(values)}""",
        *values,
    )
    page = rows[: search.limit]
    following = _cursor(page[-1]["page_key"], page[-1]["id"]) if len(rows) > search.limit else None
    return [task_of(row[:-1]) for row in page], following


async def owned_by(connection: PoolConnectionProxy, user_id: str, task_id: int) -> Task:
    """Raises NotFound."""
    return await TaskStore(connection).owned_by(user_id, task_id)


async def exists(connection: PoolConnectionProxy, user_id: str, task_id: int) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM task WHERE id = $1 AND user_id = $2)", task_id, user_id
        )
    )


async def next_dates(
    connection: PoolConnectionProxy, user_id: str, task_id: int, count: int
) -> list[Occurrence]:
    """The dates that follow a task in its series. For a closed task: the current date and those after it."""
    store = TaskStore(connection)
    task = await store.owned_by(user_id, task_id)
    if task.status is not Status.OPEN and task.series_id is not None:
        current_id = await series_store.current_task(connection, user_id, task.series_id)
        if current_id is not None and current_id != task.id:
            task = await store.owned_by(user_id, current_id)
            if task.status is Status.OPEN and task.due_date is not None:
                return [Occurrence(task.due_date), *series.upcoming(task, count - 1)]
    return series.upcoming(task, count)


async def past_occurrences(
    connection: PoolConnectionProxy, user_id: str, task_id: int
) -> list[dict[str, Any]]:
    """The history of the task's series. Raises NotFound."""
    task = await TaskStore(connection).owned_by(user_id, task_id)
    return await series_store.occurrences_of(task, connection) if task.series_id else []


async def every(connection: PoolConnectionProxy, user_id: str) -> AsyncIterator[Task]:
    """All tasks, the trash included, from a server-side cursor: a million need not fit in memory."""
    async with connection.transaction(readonly=True):
        async for row in connection.cursor(
            f"SELECT {COLUMNS} FROM task WHERE user_id = $1 ORDER BY id", user_id, prefetch=500
        ):
            yield task_of(row)


async def known_by_id(
    connection: PoolConnectionProxy, user_id: str, ids: Sequence[int]
) -> list[Task]:
    """The tasks with these ids, locked."""
    return await TaskStore(connection).by_ids(user_id, ids)


async def known(
    connection: PoolConnectionProxy,
    user_id: str,
    uids: Sequence[str],
    ids: Iterable[tuple[int, str]],
) -> dict[str, tuple[Task, Task]]:
    """The tasks of an import by UID, each with the newest occurrence of its series; all are locked.

    A UID that no task has may still mean a task: `ids` has pairs of such a task's id and the UID.
    """
    tasks = TaskStore(connection)
    found = await tasks.by_uid(user_id, uids)
    by_id = {id_: uid for id_, uid in ids if uid not in found}
    for task in await tasks.by_ids(user_id, list(by_id)):
        found.setdefault(by_id[task.id], task)
    series_ids = [task.series_id for task in found.values() if task.series_id]
    newest = await tasks.newest_occurrences(user_id, series_ids)
    return {
        uid: (task, newest.get(task.series_id, task) if task.series_id else task)
        for uid, task in found.items()
    }


def _cursor(key: str, id_: int) -> str:
    return base64.urlsafe_b64encode(f"{key}|{id_}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, int]:
    try:
        key, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition("|")
        if key != "infinity" and datetime.fromisoformat(key).tzinfo is None:
            raise ValueError
        if not 0 <= int(id_) < 2**63:
            raise ValueError
        return key, int(id_)
    except (ValueError, binascii.Error):
        raise Invalid("This cursor does not come from an earlier answer.", "cursor") from None


# Overdue means due on an earlier day; a task due earlier today counts as today's.
_COUNTS = {
    "inbox": f"open AND {_DUE} = 'infinity'",
    "overdue": f"open AND {_DUE} < $2",
    "today": f"open AND {_DUE} >= $2 AND {_DUE} < $3",
    "upcoming": f"open AND {_DUE} >= $3 AND {_DUE} < 'infinity'",
    "open": "open",
    "completed": "completed AND deleted_at IS NULL",
}
# ORDER BY keeps the planner on the index: without it, LIMIT may make it choose a scan of the whole table.
_COUNT = "SELECT " + ", ".join(
    f"""(SELECT count(*) FROM (SELECT FROM task WHERE user_id = $1
          AND {condition.replace("open", "NOT completed AND deleted_at IS NULL", 1)}
          ORDER BY user_id, {"completed_at" if name == "completed" else _DUE}, id
          LIMIT {COUNT_LIMIT + 1}) capped) AS {name}"""
    for name, condition in _COUNTS.items()
)


async def count(
    connection: PoolConnectionProxy, user_id: str, day: tuple[datetime, datetime]
) -> dict[str, dict[str, Any]]:
    """The numbers of the badges; `day` is the start and end of the user's today."""
    row = await connection.fetchrow(_COUNT, user_id, *day)
    if row is None:
        return {}
    return {
        name: {"value": min(number, COUNT_LIMIT), "capped": number > COUNT_LIMIT}
        for name, number in row.items()
    }


async def changed_since(
    connection: PoolConnectionProxy, user_id: str, cursor: int | None
) -> tuple[list[dict[str, int]], int]:
    """The tasks changed since `cursor`, and the next cursor.

    A cursor is the xmin of a snapshot: the oldest transaction that was still running. Everything that commits
    later has that id or a greater one, so no change is lost between two calls; a change may come twice.
    """
    following: int = await connection.fetchval(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    )
    if cursor is None:
        return [], following
    # WITH TIES keeps a transaction's changes in one answer, so the next one starts at the next transaction.
    rows = await connection.fetch(
        f"""SELECT id AS task_id, version, changed_in::text::bigint AS changed_in FROM task
            WHERE user_id = $1 AND changed_in >= $2::bigint::text::xid8
            ORDER BY task.changed_in FETCH FIRST {_CHANGES} ROWS WITH TIES""",
        user_id,
        cursor,
    )
    if len(rows) >= _CHANGES:
        following = min(following, rows[-1]["changed_in"] + 1)
    return [{"task_id": row["task_id"], "version": row["version"]} for row in rows], following


async def tags(connection: PoolConnectionProxy, user_id: str) -> list[dict[str, Any]]:
    """The tags in use with their numbers of tasks, the most used first; at most 500."""
    rows = await connection.fetch(
        """SELECT tag, count(*) FILTER (WHERE NOT completed) AS open,
               count(*) FILTER (WHERE completed) AS completed
           FROM task, unnest(tags) AS tag WHERE user_id = $1 AND deleted_at IS NULL
           GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 500""",
        user_id,
    )
    return [dict(row) for row in rows]
