"""Query plans of what runs on a timer or a notification: they read a few pages, however many events are kept.

PLAN_ROWS=1000000 python -m pytest tests/integration/test_event_plans.py tests/integration/test_reminder_plans.py
"""

import hashlib
import os
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.integration.test_reminder_plans import buffers
from todo.domain.events import Topic
from todo.realtime import tickets
from todo.runtime import retention, sampling
from todo.runtime.db.unit import SHARDS
from todo.runtime.embedded import bus
from todo.runtime.events import dead_letters, outbox, relay
from todo.runtime.events.replay import OPEN_DEAD_LETTERS
from todo.services import OPTIONAL_RETENTION, RETENTION

# Reading all of them would take thousands of pages; more have the same plans.
KEPT = int(os.environ.get("PLAN_ROWS", "60000"))
MOST_BUFFERS = 120  # of 8 KiB: for each of eight shards the index's root, a leaf and the rows
ALL_SHARDS = list(range(SHARDS))
# Events of 13 days, and live updates of one: what retention keeps.
_FILL = """
    INSERT INTO outbox (event_id, topic, key, shard, envelope, created_at, published_at)
    SELECT gen_random_uuid(), topic, 'u' || n % 1000, n % 8, repeat('x', 200), at, at
    FROM generate_series(1, $1::int) n,
        LATERAL (SELECT ($2::text[])[n % 3 + 1] AS topic) t,
        LATERAL (SELECT now() - n * interval '1 hour' *
            (CASE topic WHEN 'task-updates' THEN 23 ELSE 300 END) / $1 AS at) a
"""
_COPY = """
    INSERT INTO bus_event (event_id, topic, partition, key, envelope, published_at)
    SELECT event_id, topic, shard, key, envelope, published_at FROM outbox;
    INSERT INTO bus_position SELECT 'todo-audit', topic, partition, max(position)
    FROM bus_event GROUP BY topic, partition;
    INSERT INTO inbox SELECT 'todo-audit', event_id, published_at FROM outbox;
    INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
    SELECT topic, 'todo-recurring-task', event_id, '{}', 'no' FROM outbox LIMIT 5;
    INSERT INTO audit_log (event_id, type, event_type, user_id, actor, data, at)
    SELECT event_id, 't', 'task_created', key, 'user', '{}', published_at FROM outbox;
"""


@pytest.fixture(scope="module")
async def connection(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(await make_database(), server_settings={"jit": "off"})
    await opened.execute(_FILL, KEPT, [str(topic) for topic in Topic])
    await opened.execute(_COPY)
    await opened.execute("VACUUM ANALYZE")
    yield opened
    await opened.close()


async def test_the_relay_reads_only_events_that_wait(connection: asyncpg.Connection) -> None:
    assert await buffers(connection, relay._TAKE, ALL_SHARDS, [], []) <= MOST_BUFFERS
    assert await buffers(connection, outbox.OLDEST_WAITING) <= MOST_BUFFERS


async def test_in_an_outage_of_the_broker_the_relay_reads_one_batch(
    connection: asyncpg.Connection,
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("UPDATE outbox SET published_at = NULL WHERE id % 8 = 0")
    # Eight batches of 200 rows, of which each may be in a page of its own.
    assert await buffers(connection, relay._TAKE, ALL_SHARDS, [], []) <= 8 * 200 + MOST_BUFFERS
    assert await buffers(connection, outbox.OLDEST_WAITING) <= MOST_BUFFERS
    await transaction.rollback()
    await connection.execute("VACUUM outbox")


async def test_consumers_of_the_embedded_bus_read_only_what_is_new(
    connection: asyncpg.Connection,
) -> None:
    ends = await connection.fetch(
        "SELECT position FROM bus_position WHERE topic = 'task-events' ORDER BY partition"
    )
    positions = [row["position"] for row in ends]
    for topic in Topic:
        assert await buffers(connection, bus._NEWEST, topic) <= MOST_BUFFERS
    fetch = (bus._FETCH, Topic.TASK_EVENTS, ALL_SHARDS)
    assert await buffers(connection, *fetch, positions) <= MOST_BUFFERS
    behind = [position - 80 for position in positions]  # ten events in each partition
    assert await buffers(connection, *fetch, behind) <= 2 * MOST_BUFFERS
    saved = (bus._SAVE_POSITIONS, "todo-audit", Topic.TASK_EVENTS, ALL_SHARDS, positions)
    assert await buffers(connection, *saved) <= MOST_BUFFERS


async def test_a_ticket_of_a_window_is_found_by_its_hash(connection: asyncpg.Connection) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        """INSERT INTO account (id, email, password_hash) VALUES ('one', 'one', '');
           INSERT INTO ticket SELECT sha256(n::text::bytea), 'one', now() + interval '30 s'
           FROM generate_series(1, 20000) n"""
    )
    ticket = hashlib.sha256(b"77").digest()
    assert await buffers(connection, tickets.REDEEM, ticket) <= 30
    await transaction.rollback()
    await connection.execute("VACUUM account, ticket")


async def test_the_gauges_of_an_idle_system_read_a_few_pages(
    connection: asyncpg.Connection,
) -> None:
    """The dead letters of the fixture are handled: their consumer has an inbox row for each."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("UPDATE dead_letter SET consumer = 'todo-audit'")
    for sample in sampling.SAMPLES:
        if "dead_letter" in sample.statement or "outbox" in sample.statement:
            assert await buffers(connection, sample.statement) <= MOST_BUFFERS, sample.statement
    assert not await connection.fetch(f"SELECT {OPEN_DEAD_LETTERS}")
    await transaction.rollback()
    # Three topics of eight partitions.
    assert await buffers(connection, bus.LAG) <= 3 * MOST_BUFFERS


async def test_the_lag_of_a_consumer_that_is_away_is_counted_to_an_end(
    connection: asyncpg.Connection,
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("UPDATE bus_position SET position = 0")
    away = bus.LAG.replace(f"LIMIT {bus.MOST_COUNTED}", "LIMIT 100")
    # Of 24 partitions 100 rows each, of which each may be in a page of its own.
    assert await buffers(connection, away) <= 24 * 100 + 3 * MOST_BUFFERS
    rows = await connection.fetch(away)
    assert {row[2] for row in rows} == {SHARDS * 100}
    await transaction.rollback()


async def test_a_dead_letter_reads_a_few_pages(connection: asyncpg.Connection) -> None:
    letter = (Topic.TASK_EVENTS, ["todo-audit"], str(uuid4()), "{}", "no", str(uuid4()))
    assert await buffers(connection, dead_letters.STORE_UNCLAIMED, *letter) <= 60


@pytest.mark.parametrize(
    "statement", [retention._MARK_HANDLED, *map(retention.batch_of, RETENTION)]
)
async def test_retention_with_nothing_to_delete_reads_a_few_pages(
    connection: asyncpg.Connection, statement: str
) -> None:
    assert await buffers(connection, statement) <= MOST_BUFFERS


async def test_retention_reads_one_batch(connection: asyncpg.Connection) -> None:
    """Ten of the fourteen days are over. A batch has 5,000 rows, and deleting one touches its indexes."""
    settings = settings_for("postgresql:///", keep_history_days=42, keep_notifications_days=42)
    optional = [statement for declared in OPTIONAL_RETENTION for statement in declared(settings)]
    later = [re.sub("(14|42) days", "4 days", each) for each in (*RETENTION, *optional)]
    for statement in {*later} - {*RETENTION}:
        read: Any = await buffers(connection, retention.batch_of(statement))
        assert read <= 5_000 * 10, statement
