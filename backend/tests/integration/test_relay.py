"""From the outbox to a broker that does not take everything."""

from collections.abc import Sequence
from typing import Any

import pytest

from todo.domain.events import NOTIFICATION_CREATED, Event, Topic
from todo.runtime.database import open_database
from todo.runtime.ports import Message, Unavailable
from todo.runtime.relay import Relay


class Broker:
    """Takes every topic but the one that is away."""

    def __init__(self) -> None:
        self.away: str | None = None
        self.published: list[str] = []

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        if topic == self.away:
            raise Unavailable(f"{topic} has no leader")
        self.published += [topic] * len(messages)


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
