"""`todo doctor` names what is wrong with an installation."""

from datetime import datetime, timedelta

import pytest

from tests.harness.system import System
from todo.domain.recurrence import to_utc
from todo.launch import doctor
from todo.launch.installation import Operating
from todo.runtime import clock


async def findings(system: System) -> list[str]:
    operating = Operating(system.context.settings, system.context.db)
    return [finding async for finding in doctor.findings(operating)]


async def test_a_healthy_installation_has_no_findings(system: System) -> None:
    async with system.person() as ann:
        await ann.add("one", due_date="2026-11-30T09:00:00", timezone="Europe/Berlin")
        assert [line for line in await findings(system) if "Berlin" in line] == []
        assert [line for line in await findings(system) if not line.startswith("tzdata")] == []


async def test_a_clock_that_differs_from_the_databases_is_named(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    assert [
        line for line in await findings(system) if line.startswith("clock: this host is 60 s ahead")
    ]


async def test_zone_rules_that_differ_between_host_and_database_are_named(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_rules(wall: datetime, zone: str) -> datetime:
        return to_utc(wall, zone) + timedelta(hours=zone == "Asia/Tokyo")

    monkeypatch.setattr("todo.launch.doctor.to_utc", other_rules)
    async with system.person() as ann:
        await ann.add("one", due_date="2026-11-30T09:00:00", timezone="Asia/Tokyo")
        named = [line for line in await findings(system) if "Asia/Tokyo" in line]
        assert len(named) == 1
        assert "different rules" in named[0]
