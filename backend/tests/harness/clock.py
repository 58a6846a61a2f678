"""Move the clocks of the product: that of this host and that of the database."""

from datetime import UTC, datetime, timedelta

import pytest

from todo.runtime import clock
from todo.runtime.db.clock import DatabaseClock


def shift(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Both clocks are ahead by `by` from now on."""

    def now() -> datetime:
        return datetime.now(UTC) + by

    async def read(_clock: DatabaseClock) -> datetime:
        return now()

    monkeypatch.setattr(clock, "now", now)
    monkeypatch.setattr(DatabaseClock, "now", lambda _clock: now())
    monkeypatch.setattr(DatabaseClock, "read", read)
