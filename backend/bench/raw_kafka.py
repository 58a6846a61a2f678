"""The probe of the stack: Kafka alone, without Dapr, outbox or inbox."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

_TOPIC = "bench"


class Raw:
    """One producer and one consumer; acks from all replicas, no linger."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._arrived: dict[bytes, asyncio.Future[float]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, brokers: str) -> AsyncIterator["Raw"]:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        await admin.create_topics([NewTopic(_TOPIC, 6, 1)], timeout_ms=10_000)
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=0)
        consumer = AIOKafkaConsumer(
            _TOPIC,
            bootstrap_servers=brokers,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await producer.start()
        await consumer.start()
        raw = cls(producer)

        async def read() -> None:
            async for record in consumer:
                raw._arrived.pop(record.key).set_result(time.perf_counter())

        reading = asyncio.create_task(read())
        try:
            await raw.trip(b"x" * 400)  # so that it is connected and has its partitions
            yield raw
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await consumer.stop()
            await producer.stop()

    async def trip(self, value: bytes) -> float:
        """Milliseconds from the call until the consumer has the record."""
        key = secrets.token_bytes(8)
        arrived = self._arrived[key] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await (await self._producer.send(_TOPIC, value, key=key))
        at: float = await arrived
        return (at - began) * 1000
