"""The stack: `todo up --stack dapr` as a process, started once for all tests that are marked `stack`."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx2
import psutil  # type: ignore[import-untyped]
import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.test_up import EVERY_ADDRESS, PERSON, TODO, Up, gone, until
from todo.runtime.dapr.kafka_admin import read_from
from todo.runtime.settings import Settings


class Stack(Up):
    """Killed by `complete_while_killed` only in its API; the launcher restarts that after pauses that grow."""

    options = ("--stack", "dapr")
    settings = EVERY_ADDRESS
    kills = 4

    @property
    def database_url(self) -> str:
        return str(self.description["database_url"])

    async def restart(self) -> None:
        victim = psutil.Process(self.description["apps"]["todo-backend"]["pid"])
        victim.send_signal(signal.SIGKILL)
        await until(lambda: gone([victim]), 10)

    @property
    def description(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "stack.json").read_text())
        return found

    async def value(self, sql: str) -> Any:
        connection = await asyncpg.connect(self.description["database_url"])
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    async def topic(self, name: str) -> list[str]:
        settings = Settings(_env_file=None, kafka_brokers=self.description["kafka_brokers"])
        beginning = datetime.fromtimestamp(0, UTC)
        return [wire async for wire in read_from(settings, name, beginning)]

    async def send(self, topic: str, key: bytes, wires: list[bytes]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.description["kafka_brokers"])
        await producer.start()
        try:
            for wire in wires:
                await producer.send_and_wait(topic, wire, key=key)
        finally:
            await producer.stop()

    async def todo(self, *words: str, code: int = 0) -> str:
        """Run the command line as an operator does beside a running stack."""
        process = await asyncio.create_subprocess_exec(
            TODO, *words,
            env={
                **os.environ,
                "TODO_RUNTIME": "dapr",
                "DATABASE_URL": self.description["database_url"],
                "KAFKA_BROKERS": self.description["kafka_brokers"],
            },
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode == code, (out + err).decode()
        return out.decode()


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One stack for all tests, because its start takes the most time."""
    installation = Stack(tmp_path_factory.mktemp("stack"))
    await installation.start()
    yield installation
    family = installation.family
    assert await installation.end() == 0
    assert gone(family), "stopping leaves nothing running"


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    async with stack.client() as client:
        answer = await client.post("/api/auth/register", json=PERSON)
        if answer.status_code == 409:
            answer = await client.post("/api/auth/login", json=PERSON)
        answer.raise_for_status()
        yield client
