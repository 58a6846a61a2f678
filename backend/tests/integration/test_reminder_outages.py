"""An outage does not lose reminders: what a person could expect is sent late, with a note.

Nothing fires reminders or delivers events here until a test does it, as when those services are down.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from tests.conftest import MakeDatabase, settings_for
from tests.harness.system import eventually
from todo.accounts import commands as accounts
from todo.accounts.caller import Caller
from todo.accounts.schemas import MeChanges
from todo.calendars.ical import read
from todo.calendars.imports import import_calendar
from todo.domain.task import Task
from todo.notifications import commands as notifications
from todo.reminders.firing import fire_due
from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.db.database import Database, open_database
from todo.runtime.db.unit import Unit
from todo.runtime.embedded.runtime import EmbeddedRuntime
from todo.runtime.events.delivery import SUCCESS, deliver, open_envelope
from todo.services import NOTIFICATION, RECURRING_TASK
from todo.tasks import commands
from todo.tasks.schemas import NewTask, TaskChanges

NINE = datetime(2027, 5, 3, 9, tzinfo=UTC)
BEFORE, DURING, AFTER = (NINE + timedelta(minutes=m) for m in (-10, 5, 20))


@dataclass
class Outage:
    database: Database
    monkeypatch: pytest.MonkeyPatch
    ann: Caller
    now: datetime = BEFORE

    def at(self, now: datetime) -> None:
        self.now = now
        self.monkeypatch.setattr(clock, "now", lambda: now)

    async def do(self, act: Callable[[Unit], Awaitable[Any]]) -> Any:
        async with self.database.unit() as unit:
            return await act(unit)

    async def add(self, **fields: Any) -> Task:
        usual = {"title": "Pay rent", "due_date": "2027-05-03T10:00:00Z", "reminders": ["PT1H"]}
        wanted = NewTask.model_validate({**usual, **fields})
        task: Task = await self.do(
            lambda unit: commands.create_task(self.ann, wanted, unit, self.now)
        )
        return task

    async def edit(self, task: Task, **changes: Any) -> None:
        await self.do(
            lambda unit: commands.edit_task(
                self.ann, task.id, TaskChanges(**changes), None, unit, self.now
            )
        )

    async def states(self) -> dict[datetime, str]:
        rows = await self.database.pool.fetch("SELECT remind_at, state FROM reminder ORDER BY id")
        return {row["remind_at"]: row["state"] for row in rows}

    async def events(self, topic: str) -> list[Any]:
        rows = await self.database.pool.fetch(
            "SELECT envelope FROM outbox WHERE topic = $1 ORDER BY id", topic
        )
        return [open_envelope(row["envelope"].encode()) for row in rows]

    async def arrive(self, service: Any) -> None:
        """The service is back and gets all its events."""
        for subscription in service.on:
            for envelope in await self.events(subscription.topic):
                assert (
                    await deliver(self.database, service.app_id, subscription, [envelope])
                    == SUCCESS
                )

    async def late_notifications(self) -> list[int]:
        """Everything is back twenty minutes later; the lateness of each notification."""
        self.at(AFTER)
        while await fire_due(self.database, AFTER):
            continue
        await self.arrive(NOTIFICATION)
        rows = await self.database.pool.fetch("SELECT late_seconds FROM notification")
        return [row["late_seconds"] for row in rows]


@pytest.fixture(scope="module")
async def database(make_database: MakeDatabase) -> AsyncIterator[Database]:
    async with open_database(await make_database(), size=2) as opened:
        yield opened


@pytest.fixture
async def outage(database: Database, monkeypatch: pytest.MonkeyPatch) -> Outage:
    for table in ("account", "outbox", "inbox"):
        await database.pool.execute(f"DELETE FROM {table}")
    await database.pool.execute(
        "INSERT INTO account (id, email, password_hash) VALUES ('ann', 'ann', '')"
    )
    outage = Outage(database, monkeypatch, Caller("ann", "UTC", (), "person"))
    outage.at(BEFORE)
    return outage


async def test_the_successor_is_made_late_and_its_reminder_is_sent_late(outage: Outage) -> None:
    """Completed before nine; the service that makes the successor was back at five past nine."""
    task = await outage.add(due_date=NINE.isoformat(), recurrence="daily", reminders=["P1D"])
    await outage.do(lambda unit: commands.complete_task(outage.ann, task.id, None, unit, BEFORE))
    outage.at(DURING)
    await outage.arrive(RECURRING_TASK)
    assert await outage.states() == {NINE - timedelta(days=1): "passed", NINE: "planned"}
    assert await outage.late_notifications() == [20 * 60]


async def test_a_reminder_that_was_past_when_the_person_completed_is_not_sent(
    outage: Outage,
) -> None:
    task = await outage.add(due_date=NINE.isoformat(), recurrence="daily", reminders=["P1D"])
    outage.at(DURING)
    await outage.do(lambda unit: commands.complete_task(outage.ann, task.id, None, unit, DURING))
    outage.at(AFTER)
    await outage.arrive(RECURRING_TASK)
    assert await outage.states() == {NINE - timedelta(days=1): "passed", NINE: "passed"}
    assert await outage.late_notifications() == []


ICS = """BEGIN:VCALENDAR
BEGIN:VTODO
UID:rent
SUMMARY:Pay rent
DUE:20270503T100000Z
{alarms}END:VTODO
END:VCALENDAR
"""
ALARM = """BEGIN:VALARM
ACTION:DISPLAY
TRIGGER;RELATED=END:-PT{minutes}M
END:VALARM
"""


async def imports(outage: Outage, *minutes: int) -> None:
    alarms = "".join(ALARM.format(minutes=m) for m in minutes)
    calendar = read(ICS.format(alarms=alarms).encode(), default_timezone="UTC")
    settings = settings_for("postgres://not-used")
    context = Context(settings, EmbeddedRuntime(outage.database, ""), outage.database)
    found = await outage.do(
        lambda unit: import_calendar(outage.ann, calendar, context, unit, outage.now)
    )
    assert found.unsupported == []


async def test_importing_again_during_the_outage_keeps_what_was_planned(outage: Outage) -> None:
    await imports(outage, 60)
    outage.at(DURING)
    await imports(outage, 60, 58, 30)
    assert await outage.states() == {
        NINE: "planned",
        NINE + timedelta(minutes=2): "passed",
        NINE + timedelta(minutes=30): "planned",
    }
    assert await outage.late_notifications() == [20 * 60]


@pytest.mark.parametrize(
    "change",
    [{"reminders": ["PT1H", "PT5M"]}, {"title": "Pay the rent"}, {"description": "today"}],
    ids=["another reminder", "title", "description"],
)
async def test_editing_during_the_outage_keeps_what_was_planned(
    outage: Outage, change: dict[str, Any]
) -> None:
    task = await outage.add()
    outage.at(DURING)
    await outage.edit(task, **change)
    assert (await outage.states())[NINE] == "planned"
    assert await outage.late_notifications() == [20 * 60]


async def test_restoring_plans_what_is_still_to_come(outage: Outage) -> None:
    task = await outage.add(reminders=["PT1H", "PT30M"])
    await outage.do(lambda unit: commands.delete_task(outage.ann, task.id, unit, BEFORE))
    outage.at(DURING)
    await outage.do(lambda unit: commands.restore_task(outage.ann, task.id, unit, DURING))
    # It was past when the person restored the task.
    assert await outage.states() == {NINE: "passed", NINE + timedelta(minutes=30): "planned"}


async def test_a_change_of_the_zone_plans_by_the_time_of_the_change(outage: Outage) -> None:
    task = await outage.add(timezone="Europe/Berlin", reminders=["P1D"])
    outage.at(DURING)
    await outage.edit(task, due_date="2027-05-04T11:06:00", timezone="Europe/Berlin")
    soon = DURING + timedelta(minutes=1)
    assert (await outage.states())[soon] == "planned"
    outage.at(soon + timedelta(minutes=1))
    await outage.edit(task, timezone="Europe/London")  # the same instant
    assert (await outage.states())[soon] == "planned"
    assert await outage.late_notifications() == [(AFTER - soon).total_seconds()]


async def test_an_edit_while_away_keeps_what_is_held(outage: Outage) -> None:
    async def leave(until: datetime | None) -> None:
        since = BEFORE - timedelta(hours=1) if until else None
        wanted = MeChanges(away_from=since, away_until=until)
        await outage.do(lambda unit: accounts.change_me("ann", wanted, unit, outage.now))

    task = await outage.add()
    await leave(AFTER)
    outage.at(DURING)
    assert await fire_due(outage.database, DURING) == 0
    await outage.edit(task, reminders=["PT1H", "PT5M"])
    assert (await outage.states())[NINE] == "planned"
    # On return it is told, and it is not late.
    assert await outage.late_notifications() == [0]


async def test_a_snooze_that_ends_during_the_outage_is_sent_late(outage: Outage) -> None:
    task = await outage.add(reminders=[])

    async def snooze(unit: Unit) -> None:
        notifications.snooze("ann", 0, [task.id], NINE, unit, BEFORE)

    await outage.do(snooze)
    assert await outage.late_notifications() == [20 * 60]


async def test_a_reminder_whose_event_was_held_up_is_labelled_as_late(outage: Outage) -> None:
    """It was fired in time, and then the broker was away."""
    await outage.add()
    outage.at(NINE)
    assert await fire_due(outage.database, NINE) == 1
    assert json.loads(await outage.database.pool.fetchval(
        "SELECT envelope FROM outbox WHERE topic = 'reminders'"))["data"]["late_seconds"] == 0  # fmt: skip
    assert await outage.late_notifications() == [20 * 60]


async def test_a_reminder_that_waited_for_a_lock_counts_as_late(outage: Outage) -> None:
    """The timer looked in time. What it then waited for the lock is no less late."""

    await outage.add()
    outage.at(NINE)
    before = REGISTRY.get_sample_value("todo_reminder_lateness_seconds_sum") or 0
    async with outage.database.reader() as outside, outage.database.unit() as other:
        await other.connection.execute("LOCK TABLE reminder IN EXCLUSIVE MODE")
        firing = asyncio.create_task(fire_due(outage.database, NINE))
        waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'reminder'::regclass)"
        await eventually(lambda: outside.fetchval(waits))
        outage.at(NINE + timedelta(seconds=66))
    assert await firing == 1
    await outage.arrive(NOTIFICATION)
    assert await outage.database.pool.fetchval("SELECT late_seconds FROM notification") == 66
    assert REGISTRY.get_sample_value("todo_reminder_lateness_seconds_sum") == before + 66
