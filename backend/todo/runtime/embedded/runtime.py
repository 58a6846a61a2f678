"""The embedded runtime: all services in one process, events through PostgreSQL, calls between apps in memory."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import APIRouter

from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import shard_of
from todo.runtime.embedded.bus import Broadcast, ConsumerGroup
from todo.runtime.embedded.state import EmbeddedState
from todo.runtime.ports import Message, Reply, Unavailable
from todo.runtime.service import Every, Service

# The commit need not wait for the disk: an event that a power failure loses here is still unpublished in the
# outbox.
_PUBLISH = """
    INSERT INTO bus_event (topic, partition, event_id, key, envelope)
    SELECT $1, m.* FROM set_config('synchronous_commit', 'off', true),
        unnest($2::int2[], $3::uuid[], $4::text[], $5::text[]) AS m(partition, event_id, key, envelope)
    ON CONFLICT (event_id) DO NOTHING
"""


class EmbeddedRuntime:
    """`ports.Runtime` in one process."""

    # The relay shares this process with the API.
    publish_interval = 0.004

    def __init__(self, database: Database, app_api_token: str) -> None:
        self._database = database
        self._app_api_token = app_api_token
        self._readers: dict[str, list[ConsumerGroup | Broadcast]] = defaultdict(list)
        self._invoked: Any = None
        self.state = EmbeddedState(database)

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        try:
            await self._database.pool.execute(
                _PUBLISH,
                topic,
                [shard_of(m.key) for m in messages],
                [m.id for m in messages],
                [m.key for m in messages],
                [m.wire.decode() for m in messages],
            )
        except UNREACHABLE as error:
            raise Unavailable(f"the database does not answer: {error}") from None
        self.wake(topic)

    def wake(self, topic: str) -> None:
        for reader in self._readers[topic]:
            reader.woken.set()

    async def invoke(
        self, app_id: str, method: str, path: str, *, json: Mapping[str, Any] | None = None
    ) -> Reply:
        """Every app is served by this process: the request goes to its ASGI app directly."""
        if self._invoked is None:
            raise Unavailable(f"{app_id} is not served here")
        headers = {"dapr-api-token": self._app_api_token}
        transport = httpx2.ASGITransport(app=self._invoked)
        async with httpx2.AsyncClient(transport=transport, base_url="http://todo") as client:
            response = await client.request(method, path, json=json, headers=headers)
        return Reply(response.status_code, response.json() if response.content else None)

    async def secret(self, name: str) -> str | None:
        """From the environment, where the operator sets everything in this size."""
        return os.environ.get(name)  # noqa: TID251  (the embedded secret store is the environment)

    def routers(self, services: Sequence[Service], context: Context) -> Sequence[APIRouter]:
        return ()

    async def ready(self) -> str | None:
        return None

    @asynccontextmanager
    async def serving(self, services: Sequence[Service], context: Context) -> AsyncIterator[None]:
        tasks: list[asyncio.Task[None]] = []
        for service in services:
            for subscription in service.on:
                group = ConsumerGroup(context, service.app_id, subscription)
                self._readers[subscription.topic].append(group)
                tasks.append(
                    asyncio.create_task(group.run(), name=f"{service.app_id} {subscription.topic}")
                )
            for fan_out in service.fan_out:
                live = Broadcast(context, fan_out)
                self._readers[fan_out.topic].append(live)
                tasks.append(asyncio.create_task(live.run(), name=f"{service.app_id} fan-out"))
            tasks += (
                asyncio.create_task(_tick(every, context), name=every.name)
                for every in service.every
            )
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def serve_invocations_with(self, app: Any) -> None:
        self._invoked = app


async def _tick(every: Every, context: Context) -> None:
    while True:
        await asyncio.sleep(every.interval.total_seconds())
        await every.tick(context)
