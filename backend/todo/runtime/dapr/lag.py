"""How far each consumer group is behind the end of its topic in Kafka."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence

from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.observe import log
from todo.runtime.service import Job, Service
from todo.runtime.settings import SettingsInvalid

_EVERY_SECONDS = 10
_REMEMBERED = 8640  # ends of a partition: a day

# Per partition: the end of the topic, and the offset that the group has committed.
Offsets = Mapping[int, tuple[int, int]]


class Ages:
    """Since when a group has been behind. Kafka knows offsets only, so the ends of the topic are remembered."""

    def __init__(self) -> None:
        self._ends: dict[int, deque[tuple[float, int]]] = {}

    def age(self, offsets: Offsets, now: float) -> float:
        """Seconds since the first end that is beyond the committed offset was seen, of the worst partition."""
        ages = [0.0]
        for partition, (end, committed) in offsets.items():
            ends = self._ends.setdefault(partition, deque(maxlen=_REMEMBERED))
            if not ends or ends[-1][1] != end:
                ends.append((now, end))
            while len(ends) > 1 and ends[0][1] <= committed:
                ends.popleft()
            if ends[0][1] > committed:
                ages.append(now - ends[0][0])
        return max(ages)


def watching_lag(*services: Service) -> Job:
    """The background task that measures the lag of the consumers of these services."""
    groups = [(service.app_id, str(on.topic)) for service in services for on in service.on]

    async def watch_lag(context: Context) -> None:
        settings = context.settings
        if (
            settings.metrics_port is None
            or settings.runtime != "dapr"
            or settings.kafka_brokers is None
        ):
            return
        ages = {group: Ages() for group in groups}
        while True:
            try:
                await _measure_forever(context, groups, ages)
            except SettingsInvalid as error:
                log.warning("the lag of the consumers is unknown", reason=str(error))
            await asyncio.sleep(_EVERY_SECONDS)

    return watch_lag


async def _measure_forever(
    context: Context, groups: Sequence[tuple[str, str]], ages: Mapping[tuple[str, str], Ages]
) -> None:
    # aiokafka takes long to load, and most installations run without Kafka.
    from todo.runtime.dapr.kafka_admin import open_offsets

    async with open_offsets(context.settings) as offsets_of:
        while True:
            for group, topic in groups:
                offsets = await offsets_of(group, topic)
                lag = sum(max(end - committed, 0) for end, committed in offsets.values())
                metrics.consumer_lag.labels(group, topic).set(lag)
                age = ages[group, topic].age(offsets, time.monotonic())
                metrics.consumer_lag_age.labels(group, topic).set(age)
            await asyncio.sleep(_EVERY_SECONDS)
