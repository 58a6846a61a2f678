"""From the outbox to a broker that does not take everything."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from todo.domain.events import NOTIFICATION_CREATED, Event, Topic
from todo.runtime.database import open_database
from todo.runtime.ports import Message, Unavailable
from todo.runtime.relay import Relay


class Broker:
    """Takes every topic but the one that is away."""

    def __init__(self) -> None:
        self.away: str | None = None
        # As a producer sees it whose first event runs out of tries right before the leader is there again.
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


async def test_a_topic_that_is_away_holds_up_only_itself(database_url: str) -> None:
    broker: Any = Broker()
    async with open_database(database_url, size=2) as database, database.reader() as connection:
        relay = Relay(connection, broker)
        await relay.claim()
        broker.away = Topic.TASK_EVENTS
        for _ in range(3):
            async with database.unit() as unit:
                for topic in (Topic.TASK_EVENTS, Topic.TASK_UPDATES):
                    unit.emit(Event(topic, NOTIFICATION_CREATED, "somebody", {}))
            with pytest.raises(Unavailable):
                await relay.publish_waiting()
        assert broker.published == [Topic.TASK_UPDATES] * 3, "each once"

        broker.away = None
        while await relay.publish_waiting():
            continue
        assert broker.published[3:] == [Topic.TASK_EVENTS] * 3
        assert not await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        )


async def test_a_broker_that_comes_back_amid_a_publish_gets_the_events_of_a_key_in_order(
    database_url: str,
) -> None:
    broker: Any = Broker()
    async with open_database(database_url, size=2) as database, database.reader() as connection:
        relay = Relay(connection, broker)
        await relay.claim()
        for _ in range(20):
            async with database.unit() as unit:
                unit.emit(Event(Topic.TASK_EVENTS, NOTIFICATION_CREATED, "in-order", {}))
        broker.away = Topic.TASK_EVENTS
        with pytest.raises(Unavailable):
            await relay.publish_waiting()
        broker.away, broker.comes_back = None, True
        with pytest.raises(Unavailable):
            await relay.publish_waiting()
        rounds = 0
        while await relay.publish_waiting():
            rounds += 1
        committed = await connection.fetch(
            "SELECT event_id FROM outbox WHERE key = 'in-order' ORDER BY id"
        )
        assert list(dict.fromkeys(broker.ids)) == [row["event_id"] for row in committed]
        assert rounds == 2, "one to see that it flows, then all that waits"
