"""Events that the broker has lost are published again from the outbox, with the same ids."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import settings_for
from todo.domain.events import NOTIFICATION_CREATED, Event, Topic
from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.dapr import broker_log, kafka_admin
from todo.runtime.db.database import open_database
from todo.runtime.embedded.state import EmbeddedState
from todo.runtime.events.relay import Relay
from todo.runtime.events.replay import republish
from todo.runtime.ports import Message


class Broker:
    """A broker with one partition per topic, which can lose everything. Its runtime has a state store."""

    def __init__(self) -> None:
        self.cluster = "one"
        self.logs: dict[str, list[UUID]] = {topic: [] for topic in Topic}
        self.state: Any = None

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        self.logs[topic] += [message.id for message in messages]

    async def ends(self, _settings: object, topics: Sequence[str]) -> tuple[str, dict[str, Any]]:
        return self.cluster, {str(t): [len(self.logs[t])] for t in topics if t in self.logs}

    def lose(self) -> None:
        self.cluster += "!"
        self.logs = {topic: [] for topic in Topic}


class Installation:
    def __init__(self, context: Context, broker: Broker, relay: Relay) -> None:
        self.context, self.broker, self._relay = context, broker, relay

    async def emit(self, topic: Topic, count: int = 1) -> None:
        async with self.context.db.unit() as unit:
            unit.emit(*(Event(topic, NOTIFICATION_CREATED, "one", {}) for _ in range(count)))
        await self.relay()

    async def relay(self) -> None:
        await self._relay.claim()
        while await self._relay.publish_waiting():
            continue

    async def look(self) -> str | None:
        found = await broker_log.look(self.context)
        await self.relay()
        return found


@pytest.fixture
async def here(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    broker: Any = Broker()
    monkeypatch.setattr(kafka_admin, "log_ends", broker.ends)
    async with open_database(database_url, size=2) as database, database.reader() as connection:
        broker.state = EmbeddedState(database)
        context = Context(settings_for(database_url), broker, database)
        yield Installation(context, broker, Relay(connection, broker))


async def test_all_kept_events_are_published_again_after_the_broker_lost_its_log(
    here: Installation,
) -> None:
    await here.emit(Topic.TASK_EVENTS, 3)
    await here.emit(Topic.TASK_UPDATES)
    assert await here.look() is None
    before = dict(here.broker.logs)
    here.broker.lose()
    await here.emit(Topic.TASK_EVENTS)
    told = await here.look()
    assert told is not None
    assert "publishing 4 events again" in told
    log = here.broker.logs[Topic.TASK_EVENTS]
    assert set(before[Topic.TASK_EVENTS]) < set(log)
    assert log[1:4] == before[Topic.TASK_EVENTS], "in their order"
    assert here.broker.logs[Topic.TASK_UPDATES] == [], "a live update that is late helps nobody"
    assert await here.look() is None
    assert len(here.broker.logs[Topic.TASK_EVENTS]) == 5, "once"


async def test_a_log_that_only_grew_is_left_alone(here: Installation) -> None:
    for _ in range(3):
        await here.emit(Topic.REMINDERS)
        assert await here.look() is None
    assert len(here.broker.logs[Topic.REMINDERS]) == 3


async def test_a_broker_without_the_topic_is_reported_and_nothing_is_forgotten(
    here: Installation,
) -> None:
    await here.emit(Topic.REMINDERS)
    await here.look()
    here.broker.lose()
    del here.broker.logs[Topic.REMINDERS]
    told = await here.look()
    assert told is not None
    assert "no topic reminders" in told
    here.broker.logs[Topic.REMINDERS] = []
    await here.look()
    assert len(here.broker.logs[Topic.REMINDERS]) == 1


async def test_a_crash_before_the_position_is_saved_repeats_the_publishing(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.emit(Topic.REMINDERS)
    await here.look()
    here.broker.lose()

    async def crash(_key: str, _value: bytes) -> None:
        raise ConnectionError

    with monkeypatch.context() as crashing:
        crashing.setattr(here.broker.state, "save", crash)
        with pytest.raises(ConnectionError):
            await here.look()
    assert await here.look() is None, "the event waits for the relay already"
    assert len(here.broker.logs[Topic.REMINDERS]) == 1


async def test_the_operator_chooses_from_when_events_are_published_again(
    here: Installation,
) -> None:
    await here.emit(Topic.REMINDERS, 2)
    between = clock.now()
    await here.emit(Topic.REMINDERS, 1)
    database = here.context.db
    assert await republish(database, [Topic.TASK_EVENTS], between - timedelta(days=1)) == 0
    assert await republish(database, [Topic.REMINDERS], between) == 1
    await here.relay()
    log = here.broker.logs[Topic.REMINDERS]
    assert log[2:] == [log[2], log[2]]
