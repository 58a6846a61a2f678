"""The clock of the database, which decides when leases end and reminders are due.

Hosts may disagree about the time, and a host's clock may jump. The database has one clock for all processes.
Between two readings the monotonic clock of this process counts on.
"""

import time
from datetime import datetime, timedelta

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.runtime import clock

_FRESH_SECONDS = 1.0


class DatabaseClock:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._read: tuple[datetime, float] | None = None

    async def read(self) -> datetime:
        """The current time; asks the database if the last reading is older than a second."""
        if self.age > _FRESH_SECONDS:
            await self.read_with(self._pool)
        return self.now()

    async def read_with(
        self, connection: asyncpg.Pool | asyncpg.Connection | PoolConnectionProxy
    ) -> None:
        began = time.monotonic()
        moment = await connection.fetchval("SELECT clock_timestamp()")
        # The server read its clock about halfway through the round trip.
        self._read = moment, (began + time.monotonic()) / 2

    @property
    def age(self) -> float:
        """Seconds since the last reading."""
        return float("inf") if self._read is None else time.monotonic() - self._read[1]

    def now(self) -> datetime:
        """The current time by the last reading; before the first one, that of this host."""
        if self._read is None:
            return clock.now()
        moment, at = self._read
        return moment + timedelta(seconds=time.monotonic() - at)
