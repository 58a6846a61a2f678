"""Gauges that are read from the database: each subject declares its statements; a background task runs them.

A statement returns the values of the labels, in their order, and then one value per gauge.
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Gauge

from todo.runtime import clock, metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.embedded.bus import LAG
from todo.runtime.events.outbox import OLDEST_WAITING
from todo.runtime.events.replay import OPEN_DEAD_LETTERS
from todo.runtime.observe import log
from todo.runtime.service import Job

_EVERY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    statement: str
    gauges: tuple[Gauge, ...]


class Sampler:
    """Remembers which label values it has set, so that one that is gone does not keep its last value."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples
        self._set: dict[Sample, set[tuple[str, ...]]] = {}

    async def read(self, database: Database) -> None:
        for sample in self._samples:
            rows = await database.pool.fetch(sample.statement)
            count = len(sample.gauges)
            found = {tuple(map(str, tuple(row)[:-count])): tuple(row)[-count:] for row in rows}
            for gone in self._set.get(sample, set()) - set(found):
                for gauge in sample.gauges:
                    gauge.remove(*gone)
            for labels, values in found.items():
                for gauge, value in zip(sample.gauges, values, strict=True):
                    (gauge.labels(*labels) if labels else gauge).set(float(value or 0))
            self._set[sample] = set(found)
        metrics.sampled_at.set(clock.now().timestamp())


def sampling(samples: Sequence[Sample]) -> Job:
    """The background task that reads `samples`, in every replica of todo-backend that serves metrics."""

    async def sample(context: Context) -> None:
        if context.settings.metrics_port is None:
            return
        sampler = Sampler(samples)
        while True:
            try:
                await sampler.read(context.db)
            except UNREACHABLE as error:
                log.warning("metrics wait for the database", reason=str(error))
            folder = context.settings.data_dir
            if folder.is_dir():
                usage = await asyncio.to_thread(shutil.disk_usage, folder)
                metrics.disk_free.set(usage.free)
                metrics.disk_size.set(usage.total)
            await asyncio.sleep(_EVERY_SECONDS)

    return sample


# The runtime's own tables, and the server. In an outage of the broker many events wait: the count ends at 100,000.
SAMPLES = (
    Sample(
        f"""SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT 100000) w),
                  ({OLDEST_WAITING})""",
        (metrics.outbox_waiting, metrics.outbox_oldest),
    ),
    Sample(
        f"SELECT consumer, count(*) {OPEN_DEAD_LETTERS} GROUP BY consumer",
        (metrics.dead_letters_open,),
    ),
    Sample(LAG, (metrics.consumer_lag, metrics.consumer_lag_age)),
    Sample("SELECT pg_database_size(current_database())", (metrics.database_size,)),
    Sample(
        """SELECT slot_name, pg_wal_lsn_diff(
               CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
               restart_lsn)
           FROM pg_replication_slots""",
        (metrics.replication_slot_retained,),
    ),
)
