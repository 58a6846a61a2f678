"""The search: the tasks that have all words, best matches first, a page at a time.

A match in the title comes before one in a tag, and that before one in the description; the words as typed come
before beginnings of words, then open tasks before closed ones, then what is due first.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from asyncpg.pool import PoolConnectionProxy

from todo.domain import search as words
from todo.domain.errors import Invalid
from todo.domain.task import Task
from todo.tasks.store import COLUMNS, task_of

# Of so many matches of a kind (open or closed, as typed or beginnings) all are ranked; of more, the first that are
# read, and beginnings, which take long, are not looked for: whoever finds thousands types another word.
_MOST_RANKED = 250
_DUE = "coalesce(due_date, 'infinity'::timestamptz)"
_ORDER = f"rank, completed, {_DUE}, id"

# The open and the closed tasks have different lexemes.
_STATES = {"open": (True,), "completed": (False,), "all": (True, False), "trash": (False,)}


async def ranked(
    connection: PoolConnectionProxy,
    user_id: str,
    text: str,
    *,
    status: str,
    where: str,
    due_from: datetime | None,
    due_to: datetime | None,
    days: tuple[date | None, date | None],
    tag: str | None,
    project: int | None,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Task], str | None]:
    """A page of the tasks found, and the cursor of the next page, None on the last.

    `days` are the bounds of all-day tasks; `project` 0 is the Inbox.
    """
    values: list[Any] = [user_id, due_from, due_to, *days, project]
    arms = {
        name: arm
        for is_open in _STATES[status]
        for name, arm in _arms(user_id, text, tag, is_open, where, values)
    }
    if not arms:
        return [], None
    each = ", ".join(f"{name} AS MATERIALIZED ({arm})" for name, arm in arms.items())
    found = " UNION ALL ".join(f"SELECT * FROM {name}" for name in arms)
    beyond = ""
    if cursor is not None:
        numbers = [f"${len(values) + n}" for n in range(1, 5)]
        beyond = f"""WHERE ({_ORDER}) > ({numbers[0]}::int, {numbers[1]}::bool,
            {numbers[2]}::text::timestamptz, {numbers[3]}::bigint)"""
        values.extend(_read_cursor(cursor))
    values.append(limit + 1)
    rows = await connection.fetch(
        f"""WITH {each} SELECT {COLUMNS}, rank, {_DUE}::text AS due FROM ({found}) found {beyond}
            ORDER BY {_ORDER} LIMIT ${len(values)}""",
        *values,
    )
    page = rows[:limit]
    following = _cursor(page[-1]) if len(rows) > limit else None
    return [task_of(row[:-2]) for row in page], following


def _arms(
    user_id: str, text: str, tag: str | None, is_open: bool, where: str, values: list[Any]
) -> Iterator[tuple[str, str]]:
    """The names and SELECTs of the kinds of matches, the best first; their parameters are appended to `values`.

    A kind is looked for only if the better ones have not found enough.
    """

    def parameter(tsquery: str) -> str:
        values.append(tsquery)
        return f"${len(values)}::text::tsquery"

    queries = [words.query(user_id, text, is_open, weights) for weights in ("A", "AB", "")]
    anywhere = queries[-1]
    if anywhere is None:
        return
    # From the best match to the weakest; whatever is found is at least the last one.
    better = [found for query in queries if query for found in (query.exact, query.prefixes)][:-1]
    rank = " ".join(f"WHEN words @@ {parameter(query)} THEN {n}" for n, query in enumerate(better))
    tagged = f"AND words @@ {parameter(words.tag_query(user_id, tag, is_open))}" if tag else ""
    names: list[str] = []
    for kind in dict.fromkeys((anywhere.exact, anywhere.unfinished, anywhere.prefixes)):
        name = f"{'open' if is_open else 'closed'}_{len(names)}"
        # IS TRUE keeps the planner away from the indexes that begin with user_id: they read all tasks of the user.
        select = f"""SELECT {COLUMNS}, CASE {rank} ELSE {len(better)} END AS rank FROM task
            WHERE words @@ {parameter(kind)} AND (user_id = $1) IS TRUE AND ({where}) IS TRUE {tagged}
                AND ($2::timestamptz IS NULL OR
                     CASE WHEN due_on IS NULL THEN due_date >= $2 ELSE due_on >= $4::date END)
                AND ($3::timestamptz IS NULL OR
                     CASE WHEN due_on IS NULL THEN {_DUE} < $3 ELSE due_on < $5::date END)
                AND ($6::bigint IS NULL OR coalesce(project_id, 0) = $6)
                {_unless_found(names)}
            LIMIT {_MOST_RANKED}"""
        yield name, select
        names.append(name)


def _unless_found(better: Sequence[str]) -> str:
    """SQL: the better kinds have not found enough, nor this task."""
    if not better:
        return ""
    ids = " UNION ALL ".join(f"SELECT id FROM {name}" for name in better)
    return f"AND (SELECT count(*) FROM ({ids}) ids) < {_MOST_RANKED} AND id <> ALL(ARRAY({ids}))"


def _cursor(row: Any) -> str:
    key = f"{row['rank']}{int(row['completed'])}{row['due']}|{row['id']}"
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read_cursor(cursor: str) -> tuple[int, bool, str, int]:
    try:
        key, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition("|")
        rank, completed, due = int(key[0]), key[1] == "1", key[2:]
        if due != "infinity" and datetime.fromisoformat(due).tzinfo is None:
            raise ValueError
        if not 0 <= int(id_) < 2**63:
            raise ValueError
        return rank, completed, due, int(id_)
    except (ValueError, IndexError, binascii.Error):
        raise Invalid("This cursor does not come from an earlier answer.", "cursor") from None
