"""Retention: which rows are deleted, and how many at once."""

import pytest

from tests.conftest import settings_for
from todo.runtime.db.database import open_database
from todo.runtime.retention import prune_once
from todo.services import OPTIONAL_RETENTION, RETENTION

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


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, {"notification": 2, "delivery": 3, "audit_log": 2, "used_link": 1}),
        (
            {"keep_notifications_days": 60},
            {"notification": 1, "delivery": 2, "audit_log": 2, "used_link": 1},
        ),
        (
            {"keep_history_days": 60},
            {"notification": 2, "delivery": 3, "audit_log": 1, "used_link": 1},
        ),
    ],
    ids=["by default", "notifications", "history"],
)
async def test_what_a_user_sees_is_deleted_only_if_the_operator_says_so(
    database_url: str, settings: dict[str, int], kept: dict[str, int]
) -> None:
    """Of two days, one is old. An old delivery that is still to be sent is kept."""
    statements = [
        statement
        for declared in OPTIONAL_RETENTION
        for statement in declared(settings_for(database_url, **settings))
    ]
    async with open_database(database_url, size=1) as database:
        await database.pool.execute(
            """WITH d AS (SELECT n, now() - n * interval '1 day' AS at FROM unnest(ARRAY[5, 61]) n),
                    a AS (INSERT INTO account (id, email, password_hash) VALUES ('ann', '', '') RETURNING id),
                    t AS (INSERT INTO task (user_id, title) SELECT id, 't' FROM a RETURNING id),
                    r AS (INSERT INTO reminder (user_id, task_id, spec, remind_at)
                          SELECT 'ann', id, 'PT0S', at FROM t, d RETURNING id, remind_at AS at),
                    n AS (INSERT INTO notification (user_id, task_id, reminder_id, title, body, created_at)
                          SELECT 'ann', t.id, r.id, '', '', r.at FROM t, r),
                    s AS (INSERT INTO delivery (id, user_id, reminder_id, channel, state, next_try_at, created_at)
                          SELECT gen_random_uuid(), 'ann', r.id, kind, state,
                              CASE kind WHEN 'email' THEN at END, at
                          FROM r JOIN (VALUES ('in-app', 'sent'), ('email', 'failed')) v(kind, state)
                              ON kind = 'in-app' OR at < now() - interval '60 days'),
                    l AS (INSERT INTO used_link SELECT n::text, at FROM d)
               INSERT INTO audit_log (event_id, type, event_type, user_id, actor, at)
               SELECT gen_random_uuid(), '', '', 'ann', '', at FROM d"""
        )
        await prune_once(database, [*RETENTION, *statements])
        found = {
            table: await database.pool.fetchval(f"SELECT count(*) FROM {table}") for table in kept
        }
        assert found == kept
