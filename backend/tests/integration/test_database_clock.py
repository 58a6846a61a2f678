"""The clock of the database decides, not that of a host."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.harness.clock import shift
from tests.harness.system import System, eventually
from todo.reminders import firing
from todo.runtime import clock
from todo.runtime.db.clock import DatabaseClock
from todo.runtime.envelope import decode

_true_now = clock.now


@pytest.fixture
def wrong_by_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """This host's clock is a minute ahead."""
    monkeypatch.setattr(clock, "now", lambda: _true_now() + timedelta(minutes=1))


@pytest.mark.usefixtures("wrong_by_a_minute")
async def test_a_wrong_clock_of_the_host_is_corrected_by_the_database(system: System) -> None:
    own = DatabaseClock(system.context.db.pool)
    assert own.now() - _true_now() > timedelta(seconds=50)  # before the first reading
    assert abs(await own.read() - _true_now()) < timedelta(seconds=5)
    assert abs(own.now() - _true_now()) < timedelta(seconds=5)


@pytest.mark.usefixtures("wrong_by_a_minute")
async def test_a_host_whose_clock_is_ahead_fires_no_reminder_early(system: System) -> None:
    async with system.person() as ann:
        due = _true_now() + timedelta(seconds=45)
        await ann.add("later", due_date=due.isoformat(), reminders=["PT0S"])
        await firing.fire_all_due(system.context)
        states = await system.fetch("SELECT state FROM reminder WHERE user_id = $1", ann.id)
        assert [row["state"] for row in states] == ["planned"]


async def test_a_jump_of_the_clock_is_noticed_within_two_seconds(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with system.person() as ann:
        due = _true_now() + timedelta(minutes=30)
        await ann.add("at noon", due_date=due.isoformat(), reminders=["PT0S"])
        waits: list[float] = []

        def timeout(seconds: float) -> asyncio.Timeout:
            waits.append(seconds)
            return asyncio.timeout(seconds)

        names = {"timeout": timeout, "Event": asyncio.Event, "sleep": asyncio.sleep}
        monkeypatch.setattr(firing, "asyncio", SimpleNamespace(**names))
        system.context.db.notify("reminders")
        # The timer waits for the next reminder, by the clock before the jump.
        await eventually(
            lambda: asyncio.sleep(0.01, len(waits)), lambda count: count > 1, within=40
        )

        shift(monkeypatch, timedelta(hours=1))

        async def bells() -> int:
            return len((await ann.get("/api/notifications"))["items"])

        await eventually(bells, lambda count: count == 1, within=4)


@pytest.mark.usefixtures("wrong_by_a_minute")
async def test_events_carry_the_time_of_the_database(system: System) -> None:
    await system.context.db.clock.read()
    async with system.person() as ann:
        await ann.add("now")
        [wire] = await system.fetch("SELECT envelope FROM outbox ORDER BY id DESC LIMIT 1")
    assert abs(decode(wire["envelope"]).time - _true_now()) < timedelta(seconds=5)
