"""The same services over each runtime: on PostgreSQL, or each beside a real daprd on a real Kafka."""

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastapi import FastAPI
from pydantic import SecretStr

from tests.conftest import settings_for
from tests.harness.probe import Probe, a_message
from todo.db.migrate import upgrade
from todo.domain.events import Topic
from todo.launch import bootstrap, frontend, kafka, stack
from todo.launch.dapr_template import load
from todo.launch.postgres import Postgres
from todo.launch.supervisor import Child
from todo.runtime.app import build_app
from todo.runtime.context import Context
from todo.runtime.dapr.kafka_admin import apply_topics, read_from
from todo.runtime.db.database import Database, open_database
from todo.runtime.envelope import Envelope
from todo.runtime.ports import Message, Runtime
from todo.runtime.service import Service
from todo.runtime.settings import Settings

APP_TOKEN = "token of the app"
DAPR_TOKEN = "token of the sidecar"


@dataclass
class Node:
    """A running service and, with Dapr, its sidecar."""

    app: FastAPI
    port: int
    server: uvicorn.Server
    serving: "asyncio.Task[None]"
    sidecar: Child | None = None
    dapr_port: int | None = None

    @property
    def runtime(self) -> Runtime:
        context: Context = self.app.state.context
        return context.runtime

    async def sidecar_said(self, words: str) -> bool:
        assert self.sidecar is not None
        return words in self.sidecar.command.log.read_text()

    async def stop(self) -> None:
        """Stop in the order of the launcher: first the sidecar, which finishes its deliveries."""
        if self.sidecar is not None:
            await self.sidecar.stop()
        self.server.should_exit = True
        await self.serving

    async def kill(self) -> None:
        """Stop without waiting for the sidecar's deliveries, which may be retried for longer than a stop takes."""
        if self.sidecar is not None and self.sidecar.process.returncode is None:
            self.sidecar.process.kill()
        await self.stop()


@dataclass
class World:
    name: str
    probe: Probe
    database: Database
    settings: Settings
    nodes: dict[str, Node]

    @property
    def runtime(self) -> Runtime:
        return self.nodes["todo-backend"].runtime

    async def publish(self, topic: Topic, *envelopes: Envelope) -> None:
        await self.runtime.publish(str(topic), [a_message(e) for e in envelopes])

    async def publish_bytes(
        self,
        topic: Topic,
        key: str,
        wire: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Write bytes to the topic without our outbox and relay; headers need Kafka."""
        if self.name == "embedded":
            await self.database.pool.execute(
                """INSERT INTO bus_event (topic, partition, event_id, key, envelope)
                   VALUES ($1, 0, gen_random_uuid(), $2, $3)""",
                str(topic),
                key,
                wire.decode(),
            )
            return
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka_brokers)
        await producer.start()
        try:
            await producer.send_and_wait(str(topic), wire, key=key.encode(), headers=headers)
        finally:
            await producer.stop()

    async def letters(self, where: str = "true", *values: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.database.pool.fetch(
            f"SELECT * FROM dead_letter WHERE {where} ORDER BY id", *values
        )
        return rows


async def until(holds: Callable[[], Any], within: float = 40) -> None:
    """Repeat `holds` until it is true, for conditions that only polling can find."""
    last: object = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            while True:
                last = await holds()
                if last:
                    return
                await asyncio.sleep(0.05)
    raise AssertionError(f"not within {within} s; last answer: {last}")


async def serve(services: Sequence[Service], settings: Settings) -> Node:
    port = frontend.free_port()
    app = build_app(services, settings.model_copy(update={"app_port": port}))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
            raise AssertionError("the services did not start")
        await asyncio.sleep(0.01)
    return Node(app, port, server, serving)


@asynccontextmanager
async def embedded_world(url: str, probe: Probe) -> AsyncIterator[World]:
    settings = settings_for(url, app_api_token=SecretStr(APP_TOKEN))
    async with AsyncExitStack() as exits:
        database = await exits.enter_async_context(open_database(url))
        probe.pool = database.pool
        node = await serve(list(probe.services().values()), settings)
        exits.push_async_callback(node.stop)
        second = await serve([replace(probe.websocket("websocket-2"), database=True)], settings)
        exits.push_async_callback(second.stop)
        yield World("embedded", probe, database, settings, dict.fromkeys(probe.services(), node))


@dataclass
class Cluster:
    """A database, a broker with our topics, and the files that sidecars need."""

    postgres: Postgres
    brokers: str
    folder: Path
    kafka: Child
    settings: Settings
    parts: stack.Parts
    daprd: Path
    port: frontend.PortMaker

    def components(self, changed: Mapping[str, str] = {}) -> Path:
        """The folder of the product's components; `changed` maps texts in them to replacements."""
        if not changed:
            return frontend.ROOT / "dapr" / "components"
        copy = self.folder / f"components-{secrets.token_hex(4)}"
        shutil.copytree(frontend.ROOT / "dapr" / "components", copy)
        for file in copy.glob("*.yaml"):
            text = file.read_text()
            for old, new in changed.items():
                text = text.replace(old, new)
            file.write_text(text)
        return copy

    async def topic(self) -> str:
        """A new topic with its dead-letter topic, without events of other tests."""
        name = f"trap-{secrets.token_hex(4)}"
        admin = AIOKafkaAdminClient(bootstrap_servers=self.brokers)
        await admin.start()
        try:
            await admin.create_topics(
                [NewTopic(name, 6, 1), NewTopic(f"{name}.dead-letter", 1, 1)], timeout_ms=10_000
            )
        finally:
            await admin.close()
        return name

    async def send(
        self, topic: str, messages: Iterable[Message], partition: int | None = None
    ) -> None:
        """Write to the topic without our outbox and relay."""
        producer = AIOKafkaProducer(bootstrap_servers=self.brokers)
        await producer.start()
        try:
            await asyncio.gather(
                *[
                    await producer.send(topic, m.wire, key=m.key.encode(), partition=partition)
                    for m in messages
                ]
            )
        finally:
            await producer.stop()

    async def read(self, topic: str) -> list[str]:
        """All records of a topic."""
        beginning = datetime.fromtimestamp(0, UTC)
        return [wire async for wire in read_from(self.settings, topic, beginning)]

    async def kill_database(self) -> None:
        assert self.postgres.child is not None
        self.postgres.child.process.kill()
        await self.postgres.child.process.wait()

    async def start_database(self) -> None:
        await self.postgres.launch()
        await self.postgres.ready()

    async def node(
        self, service: Service, *, changed: Mapping[str, str] = {}, ready: bool = True
    ) -> Node:
        dapr_port = self.port(None)
        # The app gets the port of its sidecar before the sidecar starts, because the sidecar waits for the app.
        node = await serve(
            [service], self.settings.model_copy(update={"dapr_http_port": dapr_port})
        )
        app = next(app for app in load(stack.TEMPLATE) if app.app_id == service.app_id)
        place = replace(
            stack.ServicePorts.of(
                app.model_copy(update={"resources_paths": [self.components(changed)]}),
                self.port,
                self.settings,
            ),
            app_port=node.port,
            http_port=dapr_port,
        )
        command = stack._sidecar_command(place, self.parts, self.settings, self.daprd)
        log = self.folder / "log" / f"{service.app_id}-{dapr_port}.daprd.log"
        node.sidecar = await Child.start(replace(command, log=log))
        node.dapr_port = dapr_port
        if ready:
            await stack._up(place, DAPR_TOKEN)
        return node


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    daprd = bootstrap.daprd(os.environ)
    assert daprd is not None, "scripts/bootstrap stack-parts has not been run"
    async with AsyncExitStack() as exits:
        # A separate PostgreSQL, so that a test may stop it.
        postgres = Postgres(folder / "postgres", folder / "log" / "postgres.log")
        exits.push_async_callback(_stop, lambda: postgres.child)
        await postgres.launch()
        await postgres.ready()
        await upgrade(postgres.url)
        await stack._state_schema(postgres.url)
        port = frontend.ports_for(exits)
        number = port(None)
        broker = await kafka.start(folder / "kafka", folder / "log", number, port(None))
        exits.push_async_callback(_stop, lambda: broker)
        await frontend.listening(broker, number)
        brokers = f"127.0.0.1:{number}"
        settings = settings_for(
            postgres.url,
            runtime="dapr",
            kafka_brokers=brokers,
            database_pool=5,
            app_api_token=SecretStr(APP_TOKEN),
            dapr_api_token=SecretStr(DAPR_TOKEN),
        )
        await apply_topics(settings)
        parts = stack.Parts(
            folder,
            folder / "log",
            postgres.url,
            postgres.url_of("dapr"),
            brokers,
            DAPR_TOKEN,
            APP_TOKEN,
        )
        stack._write_secrets(settings, parts)
        yield Cluster(postgres, brokers, folder, broker, settings, parts, daprd, port)


async def _stop(child: Callable[[], Child | None]) -> None:
    started = child()
    if started is not None:
        await started.stop()


@asynccontextmanager
async def dapr_world(
    around: Cluster, probe: Probe, changed: Mapping[str, str] = {}
) -> AsyncIterator[World]:
    async with AsyncExitStack() as exits:
        database = await exits.enter_async_context(
            open_database(str(around.settings.database_url), size=4)
        )
        probe.pool = database.pool
        services = probe.services()
        started = await asyncio.gather(
            *(around.node(service, changed=changed) for service in services.values()),
            around.node(probe.websocket("websocket-2"), changed=changed),
        )
        nodes = dict(zip(services, started, strict=False))
        exits.push_async_callback(started[-1].stop)
        try:
            yield World("dapr", probe, database, around.settings, nodes)
        finally:
            # `nodes` as it is now: a test may have replaced a node.
            for node in nodes.values():
                await node.stop()
