"""Each way in which a reminder can end without a message has words of its own.

Elsewhere: a change of the account's zone (test_all_day.py), absence and outages (test_reminders.py).
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.harness.system import Person, System
from todo.domain.reminder import Cause, reason_not_sent
from todo.domain.reminder import ReminderState as State
from todo.reminders import commands
from todo.runtime import clock

LATER = clock.now() + timedelta(days=300)
DUE = f"{LATER:%Y-%m-%dT09:00:00Z}"


@pytest.fixture
async def ann(system: System) -> AsyncIterator[Person]:
    async with system.person(timezone="UTC") as person:
        yield person


async def reasons(ann: Person, task: dict[str, Any]) -> dict[str, str]:
    rows = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
    return {row["offset"]: row["reason"] for row in rows if row["reason"]}


def words(cause: Cause) -> str | None:
    return reason_not_sent(State.CANCELLED, cause, away=None, late=None, digest=None)


def test_each_cause_has_its_own_words() -> None:
    states = [(State.CANCELLED, cause) for cause in (*Cause, None)] + [(State.PASSED, None)]
    found = [reason_not_sent(*state, away=None, late=None, digest=None) for state in states]
    assert len({*found, None}) == len(states) + 1


@pytest.mark.parametrize(
    ("action", "cause"),
    [("complete", Cause.DONE), ("skip", Cause.SKIPPED), ("postpone", Cause.MOVED)],
)
async def test_an_action_on_the_task(ann: Person, action: str, cause: Cause) -> None:
    task = await ann.add(due_date=DUE, reminders=["PT1H"], recurrence="weekly")
    body = {"due_date": f"{LATER + timedelta(days=1):%Y-%m-%dT09:00:00Z}"}
    await ann.do(task, action, **body if action == "postpone" else {})
    assert await reasons(ann, task) == {"PT1H": words(cause)}


@pytest.mark.parametrize(
    ("edit", "cause"),
    [
        ({"reminders": ["PT2H"]}, Cause.EDITED),
        ({"reminders": []}, Cause.EDITED),
        ({"due_date": None, "reminders": None}, Cause.MOVED),
    ],
)
async def test_an_edit_of_the_task(ann: Person, edit: dict[str, Any], cause: Cause) -> None:
    task = await ann.add(due_date=DUE, reminders=["PT1H"])
    assert (await ann.http.patch(f"/api/tasks/{task['id']}", json=edit)).status_code == 200
    assert await reasons(ann, task) == {"PT1H": words(cause)}


async def test_a_deleted_task_and_its_reminders_after_it_is_restored(ann: Person) -> None:
    task = await ann.add(due_date=DUE, reminders=["PT1H"])
    await ann.http.delete(f"/api/tasks/{task['id']}")
    assert await reasons(ann, task) == {"PT1H": words(Cause.DELETED)}
    await ann.do(task, "restore")
    assert await reasons(ann, task) == {}


async def test_a_snooze(system: System, ann: Person) -> None:
    task = await ann.add()

    async def snooze(hours: int) -> None:
        async with system.context.db.unit("test") as unit:
            commands.snooze(ann.id, [task["id"]], LATER + timedelta(hours=hours), unit)

    await snooze(1)
    await snooze(2)
    assert await reasons(ann, task) == {"snooze": words(Cause.SNOOZED_AGAIN)}
    async with system.context.db.unit("test") as unit:
        commands.end_snooze(ann.id, task["id"], unit)
    rows = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
    assert {row["reason"] for row in rows} == {words(Cause.SNOOZED_AGAIN), words(Cause.UNDONE)}
    await snooze(1)
    rows = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
    assert [row["reason"] for row in rows if row["state"] == "planned"] == [None]


async def test_a_repetition_that_was_answered(system: System, ann: Person) -> None:
    task = await ann.add(due_date=DUE, reminders=["PT1H"])
    [row] = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
    async with system.context.db.unit("test") as unit:
        commands.nag(row["id"], LATER, unit)
    async with system.context.db.unit("test") as unit:
        commands.acknowledge(ann.id, [row["id"]], unit, clock.now())
    assert await reasons(ann, task) == {"nag": words(Cause.ANSWERED)}


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        (Cause.DONE, "completed = true, completed_at = now(), fate = 'done'"),
        (Cause.DELETED, "deleted_at = now()"),
        (Cause.MOVED, "due_date = due_date + interval '1 day'"),
    ],
)
async def test_a_task_that_changes_while_the_message_is_on_its_way(
    system: System, ann: Person, cause: Cause, change: str
) -> None:
    task = await ann.add(due_date=DUE, reminders=["PT1H"])
    [row] = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
    await system.context.db.pool.execute(f"UPDATE task SET {change} WHERE id = $1", task["id"])
    async with system.context.db.unit("test") as unit:
        await commands.withdraw([row["id"]], [], unit)
    assert await reasons(ann, task) == {"PT1H": words(cause)}


async def test_a_time_that_had_passed_when_the_task_was_made(ann: Person) -> None:
    task = await ann.add(due_date=DUE, reminders=["P2000D", "PT1H"])
    passed = reason_not_sent(State.PASSED, None, away=None, late=None, digest=None)
    assert await reasons(ann, task) == {"P2000D": passed}
