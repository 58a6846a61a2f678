"""The audit log, built again from the events."""

from uuid import uuid4

import asyncpg

from tests.harness.probe import an_event
from tests.harness.worlds import World
from todo.domain.events import Topic
from todo.runtime import operations
from todo.services import SERVICES


async def test_a_replay_rebuilds_the_audit_log_to_the_same_rows(world: World) -> None:
    key = f"user-{uuid4()}"
    before = await world.database.pool.fetchval("SELECT now()")
    events = [an_event(key, n) for n in range(30)]
    await world.publish(Topic.TASK_EVENTS, *events)
    await world.probe.until_count("todo-audit", key, 30)

    async def replayed() -> list[asyncpg.Record]:
        app_id, audit = operations.subscription_of(SERVICES, "audit", "task-events")
        kept = operations.kept_events(world.database, world.settings, "task-events", before)
        done = await operations.replay(world.database, app_id, audit, kept)
        assert done.failed == 0
        rows: list[asyncpg.Record] = await world.database.pool.fetch(
            """SELECT event_id, type, event_type, user_id, task_id, actor, data, at
               FROM audit_log WHERE user_id = $1 ORDER BY id""",
            key,
        )
        return rows

    first = await replayed()
    assert [row["event_id"] for row in first] == [event.id for event in events]
    assert await replayed() == first  # over the rows that are there
    await world.database.pool.execute("DELETE FROM audit_log")
    assert await replayed() == first  # from nothing


def test_only_the_audit_log_forgets_what_it_has_had() -> None:
    """Whatever sends something keeps its inbox, so that a replay cannot send it again."""
    rebuilding = {service.app_id for service in SERVICES for on in service.on if on.rebuilds}
    assert rebuilding == {"todo-audit"}
