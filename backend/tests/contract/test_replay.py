"""Replay: the audit log is rebuilt from its events, and no reminder is sent twice."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from tests.harness.mail import Mailbox
from tests.harness.probe import an_event
from tests.harness.system import System, eventually
from tests.harness.worlds import Cluster, World
from todo.domain.events import Topic
from todo.runtime import clock
from todo.runtime.events import replay
from todo.runtime.retained import retained_events
from todo.services import SERVICES


async def test_a_replay_rebuilds_the_audit_log_to_the_same_rows(world: World) -> None:
    key = f"user-{uuid4()}"
    await world.database.pool.execute(
        "INSERT INTO account (id, email, password_hash) VALUES ($1, $1, '')", key
    )
    before = await world.database.pool.fetchval("SELECT now()")
    events = [an_event(key, n) for n in range(30)]
    await world.publish(Topic.TASK_EVENTS, *events)
    await world.probe.until_count("todo-audit", key, 30)

    async def replayed() -> list[asyncpg.Record]:
        app_id, audit = replay.subscription_of(SERVICES, "audit", "task-events")
        kept = retained_events(world.database, world.settings, "task-events", before)
        done = await replay.replay(world.database, app_id, audit, kept)
        assert done.failed == 0
        rows: list[asyncpg.Record] = await world.database.pool.fetch(
            """SELECT event_id, type, event_type, user_id, task_id, actor, data, at
               FROM audit_log WHERE user_id = $1 ORDER BY id""",
            key,
        )
        return rows

    first = await replayed()
    assert [row["event_id"] for row in first] == [event.id for event in events]
    assert await replayed() == first  # with the rows still present
    await world.database.pool.execute("DELETE FROM audit_log")
    assert await replayed() == first  # after the rows were deleted


@pytest.mark.stack
async def test_a_record_without_a_value_is_read_as_a_sidecar_delivers_it(around: Cluster) -> None:
    topic = await around.topic()
    producer = AIOKafkaProducer(bootstrap_servers=around.brokers)
    await producer.start()
    try:
        for value in (None, b"", b"\xff"):
            await producer.send_and_wait(topic, value, key=b"x")
    finally:
        await producer.stop()
    assert await around.read(topic) == ["null", "", "\udcff"]


def test_only_the_audit_log_clears_its_inbox_for_a_replay() -> None:
    """A consumer that sends keeps its inbox, so that a replay cannot send again."""
    rebuilding = {service.app_id for service in SERVICES for on in service.on if on.rebuilds}
    assert rebuilding == {"todo-audit"}


@pytest.mark.parametrize("forgotten", ["inbox", "notification"])
async def test_a_replay_of_the_reminders_notifies_nobody_twice(
    system: System, mailbox: Mailbox, forgotten: str
) -> None:
    """The inbox and the unique notification each prevent it alone, so one of them is emptied before the replay."""
    async with system.person() as ann:
        before, moment = clock.now(), clock.now() + timedelta(seconds=2)
        await ann.add("Pay rent", reminders=[moment.isoformat()])

        async def told() -> list[dict[str, Any]]:
            rows = await system.fetch("SELECT * FROM delivery WHERE user_id = $1", ann.id)
            return sorted(map(dict, rows), key=lambda row: str(row["channel"]))

        [bell, mail] = await eventually(
            told, lambda rows: len(rows) == 2 and all(row["state"] == "sent" for row in rows)
        )
        await system.fetch(f"DELETE FROM {forgotten}")
        bells = await system.value("SELECT count(*) FROM notification")

        db, settings = system.context.db, system.context.settings
        app_id, ringing = replay.subscription_of(SERVICES, "notification", "reminders")
        kept = retained_events(db, settings, "reminders", before)
        done = await replay.replay(db, app_id, ringing, kept)
        assert (done.events, done.failed) == (1, 0), done.reasons
        assert await told() == [bell, mail]
        assert await system.value("SELECT count(*) FROM notification") == bells
        assert len(mailbox.to(ann.email)) == 1
