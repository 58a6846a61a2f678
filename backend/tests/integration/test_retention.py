"""Retention: which rows are deleted, and how many at once."""

import pytest

from todo.runtime.db.database import open_database
from todo.runtime.retention import prune_once
from todo.services import RETENTION

_OLD = """
    INSERT INTO {table} (event_id, topic, key, {number}, envelope, published_at)
    SELECT gen_random_uuid(), topic, 'one', 0, '{{}}', now() - days * interval '1 day'
    FROM unnest(ARRAY['task-updates', 'task-events']) topic,
        unnest(ARRAY[0.9, 1.1, 13.9, 14.1]) days
"""


@pytest.mark.parametrize(("table", "number"), [("outbox", "shard"), ("bus_event", "partition")])
async def test_live_updates_are_kept_for_a_day_and_other_events_for_14(
    database_url: str, table: str, number: str
) -> None:
    async with open_database(database_url, size=1) as database:
        await database.pool.execute(_OLD.format(table=table, number=number))
        await prune_once(database, RETENTION)
        rows = await database.pool.fetch(
            f"""SELECT topic, count(*)::int AS kept FROM {table}
                GROUP BY topic ORDER BY topic"""
        )
        assert [tuple(row) for row in rows] == [("task-events", 3), ("task-updates", 1)]


async def test_an_unpublished_event_is_never_deleted(database_url: str) -> None:
    async with open_database(database_url, size=1) as database:
        await database.pool.execute(
            """INSERT INTO outbox (event_id, topic, key, shard, envelope, created_at)
               VALUES (gen_random_uuid(), 'task-updates', 'one', 0, '{}', now() - interval '1 year')"""
        )
        await prune_once(database, RETENTION)
        assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_rows_are_deleted_in_batches_until_none_is_left(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todo.runtime.retention._BATCH", 10)
    async with open_database(database_url, size=1) as database:
        await database.pool.execute(
            """CREATE TABLE batch (deleted int);
               CREATE FUNCTION note_batch() RETURNS trigger LANGUAGE plpgsql AS
                   'BEGIN INSERT INTO batch SELECT count(*) FROM gone; RETURN NULL; END';
               CREATE TRIGGER note_batch AFTER DELETE ON inbox REFERENCING OLD TABLE AS gone
                   FOR EACH STATEMENT EXECUTE FUNCTION note_batch();
               INSERT INTO inbox (consumer, event_id, received_at)
                   SELECT 'todo-audit', gen_random_uuid(), now() - interval '50 days'
                   FROM generate_series(1, 35)"""
        )
        await prune_once(database, RETENTION)
        batches = await database.pool.fetchval("SELECT array_agg(deleted) FROM batch")
        assert batches == [10, 10, 10, 5]
