"""Queries of tasks. Lists use keyset pagination and sort by exactly the columns of an index."""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from asyncpg.pool import PoolConnectionProxy

from todo.domain import search as words
from todo.domain.errors import Invalid
from todo.domain.recurrence import local, start_of_day
from todo.domain.task import Task
from todo.runtime.db.database import Database
from todo.tasks import series_store
from todo.tasks.project_store import ProjectStore
from todo.tasks.search import ranked
from todo.tasks.store import COLUMNS, TaskStore, task_of

# The most changes in one answer; its cursor leads to the rest.
_CHANGES = 1000
# Tasks of an export that are read at a time.
_PAGE = 200

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Also the dates of deletion and completion.
_YEARS = range(1900, 9002)
DUE = "coalesce(due_date, 'infinity'::timestamptz)"
# The conditions of a start date for _since.
AWAKE = "(start_date IS NULL OR start_date <= {}) AND (start_on IS NULL OR start_on <= {})"
_STARTS = "start_date >= {} OR start_on >= {}"
# The columns of ix_task_project. 0 is the Inbox; tasks that nobody placed come last, the oldest first.
PROJECT = "coalesce(project_id, 0)"
PLACE = "coalesce(position, 9223372036854775807)"

OPEN = "NOT completed AND deleted_at IS NULL"
COMPLETED = "completed AND deleted_at IS NULL"
_WHERE = {
    "open": OPEN,
    "completed": COMPLETED,
    "all": "deleted_at IS NULL",
    "trash": "deleted_at IS NOT NULL",
}


@dataclass(frozen=True, slots=True)
class _Order:
    """A part of a list, in the order of an index."""

    where: str
    key: str
    descending: bool = False


# By due date: timed and undated tasks by instant, all-day tasks by date. The two parts are merged.
_ORDERS = {
    "open": (_Order(f"{OPEN} AND due_on IS NULL", DUE), _Order(f"{OPEN} AND due_on IS NOT NULL", "due_on")),
    "completed": (_Order(COMPLETED, "completed_at", descending=True),),
    "all": (
        _Order("deleted_at IS NULL AND due_on IS NULL", DUE),
        _Order("deleted_at IS NULL AND due_on IS NOT NULL", "due_on"),
    ),
    "trash": (_Order("deleted_at IS NOT NULL", "deleted_at", descending=True),),
}  # fmt: skip

_IN_PROJECT = (_Order(OPEN, PLACE),)


@dataclass(frozen=True, slots=True)
class Search:
    # Of the account: an all-day date begins at its midnight.
    timezone: str = field(kw_only=True)
    status: str = "open"
    text: str | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None
    tag: str | None = None
    limit: int = 50
    cursor: str | None = None
    # Without the tasks that start later than this.
    awake_at: datetime | None = None
    # Only of this project; 0 is the Inbox. Its open tasks come in their own order.
    project: int | None = None


async def find(
    connection: PoolConnectionProxy, user_id: str, search: Search
) -> tuple[Sequence[Task], str | None]:
    """A page of tasks and the cursor of the next page, None on the last."""
    if search.text and search.text.strip():
        zone = search.timezone
        return await ranked(
            connection,
            user_id,
            search.text,
            status=search.status,
            where=_WHERE[search.status],
            due_from=search.due_from,
            due_to=search.due_to,
            days=(_day(search.due_from, zone), _day(search.due_to, zone)),
            tag=search.tag,
            project=search.project,
            limit=search.limit,
            cursor=search.cursor,
        )
    values: list[Any] = [user_id, search.limit + 1]
    in_project = search.project is not None and search.status == "open"
    orders = _IN_PROJECT if in_project else _ORDERS[search.status]
    parts = [_part(order, search, values) for order in orders]
    rows = await connection.fetch(" UNION ALL ".join(parts), *values)
    if len(parts) > 1:
        rows = sorted(rows, key=lambda row: _place(row, search.timezone))
    page = rows[: search.limit]
    following = _cursor(page[-1]["page_key"], page[-1]["id"]) if len(rows) > search.limit else None
    return [task_of(row[:-1]) for row in page], following


def _part(order: _Order, search: Search, values: list[Any]) -> str:
    """The statement for the next rows of one part of a list; adds its arguments to `values`."""
    direction, beyond = ("DESC", "<") if order.descending else ("ASC", ">")
    conditions = ["user_id = $1", order.where]

    def also(condition: str, *more: Any) -> None:
        numbers = range(len(values) + 1, len(values) + 1 + len(more))
        conditions.append(condition.format(*(f"${n}" for n in numbers)))
        values.extend(more)

    zone = search.timezone
    if search.project is not None:
        also(f"{PROJECT} = {{}}", search.project)
    if search.cursor is not None and order.key == PLACE:
        also(f"({PLACE}, id) > ({{}}, {{}})", *_read_place(search.cursor))
    elif search.cursor is not None:
        key, id_ = _read_cursor(search.cursor)
        if order.key == "due_on":
            also(f"(due_on, id) {beyond} ({{}}::date, {{}})", *_after_in_dates(key, id_, zone))
        else:
            also(
                f"({order.key}, id) {beyond} ({{}}::text::timestamptz, {{}})",
                *_after_in_instants(key, id_, zone),
            )
    if search.due_from is not None:
        if order.key == DUE:
            starts = _since(search.due_from, zone)
            also(f"{DUE} >= {{}} AND (due_date IS NOT NULL OR {_STARTS})", search.due_from, *starts)
        else:
            also(_due(order, ">="), *_bounds(order, search.due_from, zone))
    if search.due_to is not None:
        also(_due(order, "<"), *_bounds(order, search.due_to, zone))
    if search.awake_at is not None:
        also(AWAKE, *_since(search.awake_at, zone))
    if search.tag is not None:
        user_id = values[0]
        tagged = " | ".join(words.tag_query(user_id, search.tag, state) for state in (True, False))
        also("words @@ {}::text::tsquery", tagged)
    return f"""(SELECT {COLUMNS}, {order.key}::text AS page_key FROM task WHERE {" AND ".join(conditions)}
        ORDER BY {order.key} {direction}, id {direction} LIMIT $2)"""


def _due(order: _Order, comparison: str) -> str:
    """The condition of a due date for _bounds. An undated task meets none."""
    timed, all_day = (
        f"{DUE} {comparison} {{}} AND due_date IS NOT NULL",
        f"due_on {comparison} {{}}",
    )
    if order.key == DUE:
        return timed
    if order.key == "due_on":
        return all_day
    return f"CASE WHEN due_on IS NULL THEN {timed} ELSE {all_day} END"


def _bounds(order: _Order, moment: datetime, zone: str) -> list[Any]:
    if order.key == DUE:
        return [moment]
    day = _first_day(moment, zone)
    return [day] if order.key == "due_on" else [moment, day]


def _day(moment: datetime | None, zone: str) -> date | None:
    return None if moment is None else _first_day(moment, zone)


def _first_day(moment: datetime, zone: str) -> date:
    """The first date that begins at `moment` or later."""
    day = local(moment, zone).date()
    return day if start_of_day(day, zone) >= moment else day + timedelta(days=1)


_LAST = datetime.max.replace(tzinfo=UTC)
_NO_DATE = date.max


def _place(row: Any, zone: str) -> tuple[datetime, date, int]:
    """An all-day task comes first on its day, and an undated one last."""
    if (day := row["due_on"]) is not None:
        return start_of_day(day, zone), day, row["id"]
    return row["due_date"] or _LAST, _NO_DATE, row["id"]


def _after_in_dates(key: datetime | date | None, id_: int, zone: str) -> tuple[date, int]:
    """The place in the dates after which the all-day tasks behind a cursor stand."""
    if not isinstance(key, datetime):
        return key or _NO_DATE, id_
    day = _first_day(key, zone)
    # A date that begins at this very instant was listed before the timed task.
    return (day + timedelta(days=1) if start_of_day(day, zone) == key else day), 0


def _after_in_instants(key: datetime | date | None, id_: int, zone: str) -> tuple[str, int]:
    if key is None:
        return "infinity", id_
    if isinstance(key, datetime):
        return key.isoformat(), id_
    return start_of_day(key, zone).isoformat(), 0


def _since(moment: datetime, zone: str) -> tuple[datetime, date]:
    return moment, local(moment, zone).date()


async def owned_by(connection: PoolConnectionProxy, user_id: str, task_id: int) -> Task:
    """Raises NotFound."""
    return await TaskStore(connection).owned_by(user_id, task_id)


async def exists(connection: PoolConnectionProxy, user_id: str, task_id: int) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM task WHERE id = $1 AND user_id = $2)", task_id, user_id
        )
    )


async def past_occurrences(
    connection: PoolConnectionProxy, user_id: str, task_id: int
) -> list[dict[str, Any]]:
    """The history of the task's series. Raises NotFound."""
    task = await TaskStore(connection).owned_by(user_id, task_id)
    return await series_store.occurrences_of(task, connection) if task.series_id else []


async def every(database: Database, user_id: str) -> AsyncIterator[list[Task]]:
    """All tasks, the trash included, in pages: no connection is held while a page is used."""
    last = 0
    while True:
        rows = await database.pool.fetch(
            f"SELECT {COLUMNS} FROM task WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT {_PAGE}",
            user_id,
            last,
        )
        if not rows:
            return
        yield [task_of(row) for row in rows]
        last = rows[-1]["id"]


async def known_by_id(
    connection: PoolConnectionProxy, user_id: str, ids: Sequence[int]
) -> list[Task]:
    """The tasks with these ids, locked after the user's lists."""
    await ProjectStore(connection).lock_lists(user_id)
    return await TaskStore(connection).by_ids(user_id, ids)


async def known(
    connection: PoolConnectionProxy,
    user_id: str,
    uids: Sequence[str],
    ids: Iterable[tuple[int, str]],
) -> dict[str, tuple[Task, Task]]:
    """The tasks of an import by UID, each with the newest occurrence of its series; all are locked, and the import
    has locked the user's lists.

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


_Key = TypeVar("_Key")


def _read_cursor(cursor: str) -> tuple[datetime | date | None, int]:
    """The last instant or date of a page, None for no date, and the id."""
    return _read(cursor, _read_key)


def _read_place(cursor: str) -> tuple[int, int]:
    """The last place of a page in a project's own order, and the id."""
    return _read(cursor, _read_number)


def _read(cursor: str, read_key: Callable[[str], _Key]) -> tuple[_Key, int]:
    try:
        key, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition("|")
        if not 0 <= int(id_) < 2**63:
            raise ValueError
        return read_key(key), int(id_)
    except (ValueError, binascii.Error):
        raise Invalid("This cursor does not come from an earlier answer.", "cursor") from None


def _read_number(key: str) -> int:
    number = int(key)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def _read_key(key: str) -> datetime | date | None:
    if key == "infinity":
        return None
    is_date = _DATE.fullmatch(key) is not None
    found = date.fromisoformat(key) if is_date else datetime.fromisoformat(key)
    if found.year not in _YEARS or (isinstance(found, datetime) and found.tzinfo is None):
        raise ValueError
    return found


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
    if cursor > following:
        # Of the database before it was restored from a backup: everything may have changed.
        cursor = 0
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
