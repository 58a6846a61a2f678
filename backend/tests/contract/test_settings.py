"""Settings of Dapr and Kafka that lose or delay events; checked without a broker."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.worlds import APP_TOKEN, serve
from todo.launch.frontend import ROOT
from todo.runtime.dapr.kafka_admin import TOPICS
from todo.runtime.db.database import open_database
from todo.runtime.retention import prune_once
from todo.services import RETENTION, SERVICES

# Kafka deletes whole segments, when their newest event is too old, and a segment may stay open for `segment.ms`.
_SEGMENT = timedelta(days=7)


async def test_every_bulk_subscription_sets_how_long_it_waits(make_database: MakeDatabase) -> None:
    """daprd's default is 10 s."""
    still = [replace(service, background_tasks=()) for service in SERVICES]
    node = await serve(still, settings_for(await make_database(), runtime="dapr"))
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(
                f"http://127.0.0.1:{node.port}/dapr/subscribe",
                headers={"dapr-api-token": APP_TOKEN},
            )
    finally:
        await node.stop()
    bulks = {s["route"]: s["bulkSubscribe"] for s in answer.json() if "bulkSubscribe" in s}
    assert len(bulks) == sum(
        on.batch_window is not None for service in SERVICES for on in service.on
    )
    for route, bulk in bulks.items():
        assert 0 < bulk["maxAwaitDurationMs"] <= 500, route


def test_daprs_own_outbox_is_not_used() -> None:
    """It sleeps a second per message, loses the order and cannot commit together with our tables."""
    described = [
        path for folder in ("dapr", "helm") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    assert [path.name for path in described].count("kafka-pubsub.yaml") == 1
    assert not [path for path in described if b"outboxpublish" in path.read_bytes().lower()]


@pytest.mark.parametrize("topic", TOPICS)
async def test_inbox_rows_are_kept_longer_than_the_events_of_their_topic(
    database_url: str, topic: str
) -> None:
    """A group whose offsets have expired reads everything that the topic keeps again."""
    async with open_database(database_url, size=1) as database:
        await database.pool.execute(
            """INSERT INTO inbox (consumer, event_id, received_at)
               VALUES ('todo-audit', gen_random_uuid(), now() - $1::interval)""",
            TOPICS[topic].retention + _SEGMENT,
        )
        await prune_once(database, RETENTION)
        assert await database.pool.fetchval("SELECT count(*) FROM inbox") == 1
