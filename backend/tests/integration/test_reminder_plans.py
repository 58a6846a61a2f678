"""Query plans of the timers: while nothing is due they read a few pages, however many rows are planned."""

import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import MakeDatabase
from todo.notifications import queue
from todo.notifications.queue import LEASE
from todo.reminders import firing
from todo.runtime import clock

# A million have the same plan and the same cost, but take a minute to insert.
PLANNED = int(os.environ.get("PLAN_ROWS", "200000"))
# Enough buffers (8 KiB each) for the index's root, its first leaves and the rows that were due.
MOST_BUFFERS = 60


@pytest.fixture(scope="module")
async def connection(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Planned reminders and deliveries of 1,000 users, of whom one in ten is away."""
    opened = await asyncpg.connect(await make_database(), server_settings={"jit": "off"})
    # Without triggers: foreign keys would be checked row by row.
    await opened.execute("SET session_replication_role = replica")
    await opened.execute(
        """INSERT INTO account (id, email, password_hash, away_from, away_until)
           SELECT 'u' || n, 'u' || n, '', CASE WHEN n % 10 = 0 THEN now() - interval '1 day' END,
                  CASE WHEN n % 10 = 0 THEN now() + interval '1 day' END FROM generate_series(1, 1000) n"""
    )
    await opened.execute(
        "INSERT INTO task (user_id, title) SELECT 'u' || n, 't' FROM generate_series(1, 1000) n"
    )
    await opened.execute(
        """INSERT INTO reminder (user_id, task_id, spec, remind_at)
           SELECT 'u' || n % 1000 + 1, n % 1000 + 1, 'PT1H', now() + n * interval '1 minute'
           FROM generate_series(1, $1::int) n""",
        PLANNED,
    )
    await opened.execute(
        """INSERT INTO delivery (id, user_id, reminder_id, channel, next_try_at)
           SELECT gen_random_uuid(), user_id, id, 'email:1', remind_at FROM reminder"""
    )
    await opened.execute("VACUUM ANALYZE account, task, reminder, delivery")
    await opened.execute("SET session_replication_role = origin")
    yield opened
    await opened.close()


async def buffers(connection: asyncpg.Connection, statement: str, *values: Any) -> int:
    """Read by the generic plan; what the statement changes is rolled back."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    transaction = connection.transaction()
    await transaction.start()
    explained = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *values
    )
    await transaction.rollback()
    [found] = json.loads(explained)
    print(f"{found['Execution Time']} ms: {explained}")
    return int(found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"])


@pytest.mark.parametrize("statement", [firing._CLAIM, firing._NEXT], ids=["claim", "next"])
async def test_the_timer_of_reminders_reads_a_few_pages(
    connection: asyncpg.Connection, statement: str
) -> None:
    assert await buffers(connection, statement, clock.now()) <= MOST_BUFFERS
    # Nine are due, and one is held for a user who is away.
    assert await buffers(connection, statement, clock.now() + timedelta(minutes=10)) <= 300


async def test_the_pool_of_deliveries_reads_a_few_pages(connection: asyncpg.Connection) -> None:
    now = clock.now()
    busy: list[Any] = [[], ["u1"], [1], ["email"]]
    assert await buffers(connection, queue._CANDIDATES, now, *busy, 100) <= MOST_BUFFERS
    later = now + timedelta(minutes=10)
    assert await buffers(connection, queue._CANDIDATES, later, *busy, 100) <= MOST_BUFFERS
    assert await buffers(connection, queue._NEXT, now) <= MOST_BUFFERS
    ids = await connection.fetch("SELECT id FROM delivery ORDER BY next_try_at LIMIT 5")
    claim = (later, uuid4(), LEASE, [row["id"] for row in ids])
    assert await buffers(connection, queue._CLAIM, *claim) <= 200
