"""Query plans: the generic plan of a prepared statement reads only one page, also for a user with many tasks."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from tests.conftest import MakeDatabase
from tests.harness.plans import Explaining, buffers, indexes
from todo.domain.errors import Invalid
from todo.runtime import clock
from todo.tasks import counting, project_queries, queries
from todo.tasks.queries import Search

# Enough buffers (8 KiB each) for a page of 50 and its index.
MOST_BUFFERS = 60
ZONE = "Pacific/Auckland"
USERS = {"small": 20, "medium": 1_000, "large": 40_000}
INDEXES = {
    "open": {"ix_task_open_timed", "ix_task_open_all_day"},
    "completed": {"ix_task_completed"},
    "all": {"ix_task_all_timed", "ix_task_all_all_day"},
    "trash": {"ix_task_trash"},
}


@pytest.fixture(scope="module")
async def connection(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Three users among many others. One of three dated tasks is all-day, one of four tasks is done, and one of
    twenty is in the trash.
    """
    opened = await asyncpg.connect(await make_database(), server_settings={"jit": "off"})
    users = {**USERS, **{f"other{n}": 100 for n in range(100)}}
    await opened.executemany(
        "INSERT INTO account (id, email, password_hash) VALUES ($1, $1, '')",
        [(user,) for user in users],
    )
    await opened.execute(
        """INSERT INTO task (user_id, title, description, due_date, all_day, due_on, completed, fate, completed_at,
                             deleted_at)
           SELECT u, 'Task number ' || n, repeat('words ', n % 20),
                  CASE WHEN n % 5 > 0 THEN now() + (n % 700 - 350) * interval '1 hour' END,
                  n % 5 > 0 AND n % 3 = 0,
                  CASE WHEN n % 5 > 0 AND n % 3 = 0 THEN current_date + n % 30 - 15 END,
                  n % 4 = 0, CASE WHEN n % 4 = 0 THEN 'done' ELSE 'open' END,
                  CASE WHEN n % 4 = 0 THEN now() - n * interval '1 minute' END,
                  CASE WHEN n % 20 = 0 THEN now() - n * interval '1 minute' END
           FROM unnest($1::text[], $2::int[]) AS many(u, number), generate_series(1, number) n ORDER BY n, u""",
        list(users),
        list(users.values()),
    )
    await opened.execute(
        """INSERT INTO project (user_id, name, name_key, colour, position, version)
           SELECT u, 'Work', 'work', 'grey', 1, 1 FROM unnest($1::text[]) u""",
        list(users),
    )
    await opened.execute(
        """UPDATE task t SET project_id = p.id, position = CASE WHEN t.id % 2 = 0 THEN t.id END
           FROM project p WHERE p.user_id = t.user_id AND t.id % 3 = 0"""
    )
    await opened.execute("VACUUM ANALYZE task")
    yield opened
    await opened.close()


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("status", INDEXES)
async def test_a_page_costs_the_same_for_every_user_and_cursor(
    connection: asyncpg.Connection, status: str, user: str
) -> None:
    explaining: Any = Explaining(connection)
    _, cursor = await queries.find(explaining, user, Search(status=status, timezone=ZONE))
    if cursor:
        await queries.find(explaining, user, Search(status=status, cursor=cursor, timezone=ZONE))
    for plan in explaining.plans:
        assert indexes(plan) == INDEXES[status], plan
        assert buffers(plan) <= MOST_BUFFERS * len(INDEXES[status])


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("project", ["inbox", "project"])
async def test_a_page_of_a_project_costs_the_same_for_every_user_and_cursor(
    connection: asyncpg.Connection, project: str, user: str
) -> None:
    explaining: Any = Explaining(connection)
    id_ = 0
    if project == "project":
        id_ = await connection.fetchval("SELECT id FROM project WHERE user_id = $1", user)
    search = Search(project=id_, timezone=ZONE, awake_at=clock.now())
    found, cursor = await queries.find(explaining, user, search)
    assert found
    if cursor:
        await queries.find(explaining, user, replace(search, cursor=cursor))
    for plan in explaining.plans:
        assert indexes(plan) == {"ix_task_project"}, plan
        assert buffers(plan) <= MOST_BUFFERS


async def test_projects_are_counted_by_their_index(connection: asyncpg.Connection) -> None:
    explaining: Any = Explaining(connection)
    [(_, opened)] = await project_queries.counted(explaining, "large", clock.now(), ZONE)
    assert opened == {"value": 999, "capped": True}
    [plan] = explaining.plans
    assert '"Index Name": "ix_task_project"' in json.dumps(plan)
    # The table `project` is small, so only the rows of tasks count.
    assert buffers(plan) <= 1_100


async def test_counting_stops_at_the_limit_of_the_badge(connection: asyncpg.Connection) -> None:
    explaining: Any = Explaining(connection)
    counted = await counting.count(explaining, "large", clock.now(), ZONE)
    assert counted["open"] == {"value": 999, "capped": True}
    [plan] = explaining.plans
    assert "Seq Scan" not in json.dumps(plan)


async def test_catching_up_reads_only_the_changed_rows(connection: asyncpg.Connection) -> None:
    explaining: Any = Explaining(connection)
    explaining.fetchval = connection.fetchval
    _, cursor = await queries.changed_since(explaining, "large", None)
    await connection.execute(
        "UPDATE task SET changed_in = pg_current_xact_id() WHERE user_id = 'small'"
    )
    changes, _ = await queries.changed_since(explaining, "large", cursor)
    assert changes == []
    [plan] = explaining.plans
    assert indexes(plan) == {"ix_task_changed"}
    assert buffers(plan) <= MOST_BUFFERS


def test_an_invalid_cursor_is_refused() -> None:
    with pytest.raises(Invalid):
        queries._read_cursor("bm90aGluZw==")
