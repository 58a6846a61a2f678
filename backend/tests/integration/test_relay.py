"""The relay with a broker that is unavailable for some topics, and with a second relay."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from tests.harness.system import eventually
from todo.domain.events import NOTIFICATION_CREATED, Event, Topic
from todo.runtime.db.database import open_database
from todo.runtime.db.unit import Unit
from todo.runtime.events.relay import Hold, Relay
from todo.runtime.ports import Message, Unavailable


class Broker:
    """A broker with one topic that is unavailable."""

    def __init__(self) -> None:
        self.away: str | None = None
        # The next publish loses its first message: its retries end just before the leader returns.
        self.comes_back = False
        self.published: list[str] = []
        self.ids: list[UUID] = []

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        if topic == self.away:
            raise Unavailable(f"{topic} has no leader")
        if self.comes_back:
            self.comes_back = False
            self.ids += [message.id for message in messages[1:]]
            raise Unavailable(f"{topic} had no leader for the first of {len(messages)}")
        self.published += [topic] * len(messages)
        self.ids += [message.id for message in messages]


async def test_an_unavailable_topic_delays_only_its_own_events(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker: Any = Broker()
    held: dict[str, Hold] = {}
    monkeypatch.setattr("todo.runtime.events.relay._HOLD_SECONDS", 3600)
    async with open_database(database_url, size=2) as database, database.reader() as connection:

        async def emit(topic: Topic, count: int) -> None:
            async with database.unit() as unit:
                unit.emit(*[Event(topic, NOTIFICATION_CREATED, "one", {}) for _ in range(count)])

        relay = Relay(connection, broker, held)
        await relay.claim()
        broker.away = Topic.TASK_EVENTS
        await emit(Topic.TASK_EVENTS, 300)  # older than the others, and more than fit in one round
        with pytest.raises(Unavailable):
            await relay.publish_waiting()
        await emit(Topic.TASK_UPDATES, 50)
        assert await relay.publish_waiting() == 1, "the first of the key"
        assert await relay.publish_waiting() == 49
        assert broker.published == [Topic.TASK_UPDATES] * 50, "each once"
        assert relay.trouble == "task-events has no leader"

        # The topic is tried again and still fails; the other topics continue.
        held.clear()
        await emit(Topic.TASK_UPDATES, 1)
        rounds = 0
        while len(broker.published) < 51:
            await relay.publish_waiting()
            rounds += 1
        assert rounds <= 2
        assert relay.trouble == "task-events has no leader"

        broker.away = None
        held["reminders"] = Hold(0, "it failed, and another relay has published it since")
        held.pop(Topic.TASK_EVENTS)
        while await relay.publish_waiting():
            continue
        assert broker.published[51:] == [Topic.TASK_EVENTS] * 300
        assert relay.trouble is None
        assert not await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        )


async def test_a_broker_that_returns_during_a_publish_gets_the_events_of_a_key_in_order(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todo.runtime.events.relay._HOLD_SECONDS", 3600)
    broker: Any = Broker()
    held: dict[str, Hold] = {}
    async with open_database(database_url, size=2) as database, database.reader() as connection:
        relay = Relay(connection, broker, held)
        await relay.claim()
        for _ in range(20):
            async with database.unit() as unit:
                unit.emit(Event(Topic.TASK_EVENTS, NOTIFICATION_CREATED, "in-order", {}))
        broker.away = Topic.TASK_EVENTS
        with pytest.raises(Unavailable):
            await relay.publish_waiting()
        assert await relay.publish_waiting() == 0, "the topic is not tried again for a while"
        held.clear()
        broker.away, broker.comes_back = None, True
        with pytest.raises(Unavailable):
            await relay.publish_waiting()
        held.clear()
        rounds = 0
        while await relay.publish_waiting():
            rounds += 1
        committed = await connection.fetch(
            "SELECT event_id FROM outbox WHERE key = 'in-order' ORDER BY id"
        )
        assert list(dict.fromkeys(broker.ids)) == [row["event_id"] for row in committed]
        assert rounds == 2, "one event to test the topic, then the rest"


async def test_of_two_relays_one_publishes_until_it_dies_and_then_the_other(
    database_url: str,
) -> None:
    broker: Any = Broker()
    keys = [f"user-{n}" for n in range(20)]
    async with open_database(database_url, size=2) as database, database.reader() as standby:
        second = Relay(standby, broker)
        async with database.reader() as connection:
            first = Relay(connection, broker)
            await first.claim()
            for _ in range(5):
                async with database.unit() as unit:
                    unit.emit(
                        *(Event(Topic.TASK_EVENTS, NOTIFICATION_CREATED, k, {}) for k in keys)
                    )
            await second.claim()
            assert await second.publish_waiting() == 0
            assert await first.publish_waiting() == len(keys), "the first event of each key"
            await second.claim()
            assert await second.publish_waiting() == 0
        # The first relay has died: its published events are not marked, and the rest is not published.

        async def taken_over() -> int:
            await second.claim()
            return await second.publish_waiting()

        await eventually(taken_over)
        while await taken_over():
            continue
        committed = await standby.fetch(
            "SELECT event_id, key, published_at FROM outbox ORDER BY id"
        )
        assert all(row["published_at"] for row in committed)
        once = list(dict.fromkeys(broker.ids))
        for key in keys:
            mine = [row["event_id"] for row in committed if row["key"] == key]
            assert [i for i in once if i in mine] == mine
        assert len(broker.ids) == 6 * len(keys), "only the unmarked events are published twice"


async def test_an_event_that_commits_after_a_later_one_was_published_is_published_too(
    database_url: str,
) -> None:
    """Ids are assigned before the commit, so a query for ids after the last one seen would miss this event."""
    broker: Any = Broker()
    event = Event(Topic.TASK_EVENTS, NOTIFICATION_CREATED, "somebody", {})
    async with open_database(database_url, size=2) as database, database.reader() as connection:
        relay = Relay(connection, broker)
        await relay.claim()

        async def publish_all() -> None:
            while await relay.publish_waiting():
                continue

        async with database.pool.acquire() as slow, slow.transaction():
            earlier = Unit(database, "todo-backend", slow)
            earlier.emit(event)
            await earlier.flush(slow)
            async with database.unit() as later:
                later.emit(event)
            await publish_all()
            assert len(broker.ids) == 1
        await publish_all()
        drawn = await connection.fetch("SELECT event_id FROM outbox ORDER BY id")
        assert broker.ids == [row["event_id"] for row in reversed(drawn)]
        assert len(drawn) == 2


async def test_a_relay_that_cannot_publish_for_a_while_lets_another_replica_try(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker: Any = Broker()
    held: dict[str, Hold] = {}
    async with open_database(database_url, size=2) as database, database.reader() as connection:

        async def emit(*topics: Topic) -> None:
            async with database.unit() as unit:
                unit.emit(*(Event(topic, NOTIFICATION_CREATED, "one", {}) for topic in topics))

        relay = Relay(connection, broker, held)
        await relay.claim()
        # A topic that worked earlier and has been idle since does not count as working, so the relay gives up.
        await emit(Topic.REMINDERS, Topic.TASK_EVENTS)
        assert await relay.publish_waiting() == 2
        broker.away = Topic.TASK_EVENTS
        await emit(Topic.TASK_EVENTS)
        assert await relay.publish_waiting() == 0, "the topic may return within a moment"
        monkeypatch.setattr("todo.runtime.events.relay._GIVE_UP_SECONDS", 0)
        held.clear()
        with pytest.raises(Unavailable):
            await relay.publish_waiting()


_HOLDER = """
import asyncio, sys
from todo.runtime.db.database import open_database
from todo.runtime.events.relay import Relay

async def hold() -> None:
    async with open_database(sys.argv[1], size=1) as database, database.reader() as connection:
        await Relay(connection, None).claim()
        print("locked", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_a_relay_whose_process_is_stopped_loses_its_locks_within_6_seconds(
    database_url: str,
) -> None:
    broker: Any = Broker()
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, database_url, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"locked\n"
        async with open_database(database_url, size=2) as database, database.reader() as standby:
            relay = Relay(standby, broker)

            async def published() -> int:
                await relay.claim()
                return await relay.publish_waiting()

            async with database.unit() as unit:
                unit.emit(Event(Topic.TASK_EVENTS, NOTIFICATION_CREATED, "one", {}))
            assert await published() == 0
            holder.send_signal(signal.SIGSTOP)
            await eventually(published, within=6)
    finally:
        holder.kill()
        await holder.wait()


async def test_a_publish_that_takes_longer_than_the_idle_timeout_keeps_the_locks(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todo.runtime.db.reader._IDLE_SECONDS", 1.0)
    monkeypatch.setattr("todo.runtime.db.reader._HEARTBEAT_SECONDS", 0.1)
    published = asyncio.Event()

    class SlowBroker(Broker):
        async def publish(self, topic: str, messages: Sequence[Message]) -> None:
            await published.wait()
            await super().publish(topic, messages)

    broker: Any = SlowBroker()
    async with (
        open_database(database_url, size=2) as database,
        database.reader() as connection,
        database.reader() as standby,
    ):
        first, second = Relay(connection, broker), Relay(standby, broker)
        await first.claim()
        async with database.unit() as unit:
            unit.emit(Event(Topic.TASK_EVENTS, NOTIFICATION_CREATED, "one", {}))
        publishing = asyncio.create_task(first.publish_waiting())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):  # the server would have closed an idle session
                await asyncio.shield(publishing)
        await second.claim()
        assert await second.publish_waiting() == 0
        published.set()
        assert await publishing == 1
        assert await first.publish_waiting() == 0
        assert len(broker.ids) == 1
