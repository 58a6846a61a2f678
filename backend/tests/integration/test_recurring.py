"""Completing, skipping, moving and editing tasks that repeat."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.harness.system import Person, System, eventually
from todo.runtime import clock
from todo.tasks import commands


def in_hours(hours: float) -> str:
    return (clock.now() + timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize("mode", ["from_due", "skip_missed"])
async def test_the_next_dates_of_a_task_are_those_of_its_successors(
    system: System, mode: str
) -> None:
    year = clock.now().year + 1
    async with system.person() as ann:
        task = await ann.add(
            due_date=f"{year}-01-31T09:00", recurrence="monthly", recurrence_mode=mode
        )
        await ann.do(task, "complete")
        [task] = await eventually(ann.tasks)
        said = await ann.get(f"/api/tasks/{task['id']}/next-dates?count=4")
        days = [o["due_date"][:10] for o in said["occurrences"]]
        assert days == [f"{year}-{day}" for day in ("03-31", "04-30", "05-31", "06-30")]
        for day in days:
            await ann.do(task, "complete")
            [task] = await eventually(ann.tasks)
            assert task["due_date"].startswith(day)


async def test_completing_a_weekly_task_creates_the_next_one_a_week_later(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00", recurrence="weekly")
        done = await ann.do(task, "complete")
        assert done["next_due_date"] == "2026-11-09T08:00:00Z"
        [successor] = await eventually(ann.tasks)
        assert (successor["due_date"], successor["occurrence"]) == ("2026-11-09T08:00:00Z", 2)


async def test_the_31st_is_kept_after_february(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2055-01-31T09:00", recurrence="monthly")
        seen = []
        for _ in range(3):
            await ann.do(task, "complete")
            [task] = await eventually(ann.tasks)
            seen.append(task["due_date"][:10])
        assert seen == ["2055-02-28", "2055-03-31", "2055-04-30"]


async def test_reopening_takes_back_the_untouched_successor_with_its_reminders(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=in_hours(1), recurrence="daily")
        await ann.do(task, "complete")
        [successor] = await eventually(ann.tasks)
        await ann.do(task, "reopen")
        assert [t["id"] for t in await ann.tasks()] == [task["id"]]
        assert (
            await system.value("SELECT count(*) FROM reminder WHERE task_id = $1", successor["id"])
            == 0
        )


async def test_a_successor_that_was_edited_stays_when_its_predecessor_is_reopened(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=in_hours(1), recurrence="daily")
        await ann.do(task, "complete")
        [successor] = await eventually(ann.tasks)
        await ann.http.patch(f"/api/tasks/{successor['id']}", json={"title": "mine now"})
        await ann.do(task, "reopen")
        assert {t["id"] for t in await ann.tasks()} == {task["id"], successor["id"]}


async def test_fifty_concurrent_completions_and_reopenings_leave_one_successor(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=in_hours(-1), recurrence="daily")
        path = f"/api/tasks/{task['id']}"
        answers = await asyncio.gather(
            *(ann.http.post(f"{path}/{'complete' if i % 2 else 'reopen'}") for i in range(50))
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
        await ann.do(task, "complete")

        async def successors() -> Any:
            waiting = await system.value("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            found = await ann.tasks()
            return found if found and not waiting else None

        assert len(await eventually(successors)) == 1
        series = await system.value(
            "SELECT count(*) FROM task WHERE series_id = $1::text::uuid", task["series_id"]
        )
        assert series == 2


async def all_handled(system: System, ann: Person) -> None:
    """Wait until todo-recurring-task has handled every event of `ann`."""
    waiting = """SELECT count(*) FROM outbox o WHERE o.key = $1 AND o.topic = 'task-events'
                 AND o.envelope::jsonb->'data'->'task_data'->>'fate' <> 'open' AND NOT EXISTS (
                     SELECT FROM inbox i
                     WHERE i.event_id = o.event_id AND i.consumer = 'todo-recurring-task')"""
    await eventually(lambda: system.value(waiting, ann.id), lambda n: n == 0)


@pytest.mark.parametrize("then", ["edit", "trash and restore"])
async def test_a_series_that_was_stopped_does_not_start_again_when_its_past_is_changed(
    system: System, then: str
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=in_hours(1), recurrence="daily")
        await ann.do(task, "complete")
        [successor] = await eventually(ann.tasks)
        path = f"/api/tasks/{successor['id']}"
        assert (await ann.http.patch(path, json={"recurrence": None})).status_code == 200
        if then == "edit":
            await ann.http.patch(f"/api/tasks/{task['id']}", json={"title": "renamed"})
        else:
            await ann.http.delete(f"/api/tasks/{task['id']}")
            await ann.do(task, "restore")
        await all_handled(system, ann)
        assert [t["id"] for t in await ann.tasks()] == [successor["id"]]


async def test_a_task_that_was_deleted_before_the_consumer_ran_has_its_successor(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_run, add_successor = asyncio.Event(), commands.add_successor

    async def late(*args: Any, **options: Any) -> None:
        await may_run.wait()
        await add_successor(*args, **options)

    monkeypatch.setattr(commands, "add_successor", late)
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00", recurrence="weekly")
        done = await ann.do(task, "complete")
        await ann.http.delete(f"/api/tasks/{task['id']}")
        may_run.set()
        [successor] = await eventually(ann.tasks)
        assert successor["due_date"] == done["next_due_date"]


async def test_a_done_task_that_no_longer_repeats_can_be_reopened(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00", recurrence="weekly")
        await ann.do(task, "complete")
        await eventually(ann.tasks)
        path = f"/api/tasks/{task['id']}"
        assert (await ann.http.patch(path, json={"recurrence": None})).status_code == 200
        reopened = await ann.do(task, "reopen")
        assert (reopened["status"], reopened["series_id"]) == ("open", None)
        await ann.do(task, "complete")
        await all_handled(system, ann)
        assert await ann.tasks() == []


async def test_a_task_that_stops_repeating_leaves_the_history_of_its_series(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00", recurrence="weekly")
        await ann.do(task, "complete")
        [successor] = await eventually(ann.tasks)
        await ann.http.patch(f"/api/tasks/{successor['id']}", json={"recurrence": None})
        history = (await ann.get(f"/api/tasks/{task['id']}/occurrences"))["items"]
        assert [(o["occurrence"], o["status"]) for o in history] == [(1, "done")]


async def test_the_next_dates_of_a_done_task_start_where_its_series_stands(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2055-11-02T09:00", recurrence="weekly")
        first = task
        for _ in range(2):
            await ann.do(task, "complete")
            [task] = await eventually(ann.tasks)
        await ann.do(task, "postpone", due_date="2055-11-17T09:00")
        said = await ann.get(f"/api/tasks/{first['id']}/next-dates?count=3")
        days = [o["due_date"][:10] for o in said["occurrences"]]
        assert days == ["2055-11-17", "2055-11-23", "2055-11-30"]


async def test_a_skipped_occurrence_is_in_the_history_and_has_a_successor(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00", recurrence="weekly")
        skipped = await ann.do(task, "skip")
        [successor] = await eventually(ann.tasks)
        assert skipped["next_due_date"] == successor["due_date"]
        history = (await ann.get(f"/api/tasks/{task['id']}/occurrences"))["items"]
        assert [(o["occurrence"], o["fate"]) for o in history] == [(2, "open"), (1, "skipped")]
        assert successor["due_date"] == "2026-11-09T08:00:00Z"


async def test_dates_that_skip_missed_passes_over_are_recorded_as_missed(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(
            due_date=in_hours(-72.5), recurrence="daily", recurrence_mode="skip_missed"
        )
        await ann.do(task, "complete")
        [successor] = await eventually(ann.tasks)
        assert datetime.fromisoformat(successor["due_date"]) > clock.now()
        fates = [
            o["fate"] for o in (await ann.get(f"/api/tasks/{task['id']}/occurrences"))["items"]
        ]
        assert fates == ["open", "missed", "missed", "missed", "done"]


async def test_postponing_moves_one_occurrence_and_editing_moves_the_series(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2055-11-01T09:00", recurrence="weekly")
        await ann.do(task, "postpone", due_date="2055-11-03T09:00")
        done = await ann.do(task, "complete")
        assert done["next_due_date"] == "2055-11-08T08:00:00Z"
        [successor] = await eventually(ann.tasks)
        await ann.http.patch(f"/api/tasks/{successor['id']}", json={"due_date": "2055-11-10T10:00"})
        assert (await ann.do(successor, "complete"))["next_due_date"] == "2055-11-17T09:00:00Z"


async def test_a_change_of_zone_keeps_the_day_of_an_all_day_task_and_the_instant_of_a_timed_one(
    system: System,
) -> None:
    async with system.person() as ann:
        whole = await ann.add(due_date="2055-11-30", recurrence="weekly", timezone="Europe/Berlin")
        moment = await ann.add(due_date="2055-11-30T09:00", timezone="Europe/Berlin")
        seen = [
            (
                await ann.http.patch(
                    f"/api/tasks/{task['id']}", json={"timezone": "America/New_York"}
                )
            ).json()
            for task in (whole, moment)
        ]
        assert [task["due_date"] for task in seen] == [
            "2055-11-30",
            "2055-11-30T08:00:00Z",
        ]
        assert (await ann.do(whole, "complete"))["next_due_date"] == "2055-12-07"


async def test_a_series_that_has_ended_gets_no_successor(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00", recurrence="FREQ=DAILY;COUNT=1")
        assert (await ann.do(task, "complete"))["next_due_date"] is None
        heard = """SELECT count(*) FROM inbox i JOIN outbox o USING (event_id)
                   WHERE o.key = $1 AND i.consumer = 'todo-recurring-task'"""
        await eventually(
            lambda: system.value(heard, ann.id), lambda n: n == 1
        )  # the event of the completion
        assert await ann.tasks() == []


async def test_completing_creates_the_previewed_dates(system: System) -> None:
    async with system.person() as ann:
        rule = {"due_date": "2055-01-31T06:45", "recurrence": "monthly"}
        shown = (await ann.http.post("/api/recurrence/preview", json={**rule, "count": 5})).json()
        task = await ann.add(**rule)
        created = [task["due_date"]]
        while len(created) < 5:
            await ann.do(task, "complete")
            [task] = await eventually(ann.tasks)
            created.append(task["due_date"])
        assert [o["due_date"] for o in shown["occurrences"]] == created
        assert shown["occurrences"][1]["note"] == "28 Feb: February has no 31st"


async def test_an_imported_successor_keeps_its_uid_when_the_completion_date_is_corrected(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await ann.add(
            due_date="2026-11-02T09:00", recurrence="weekly", recurrence_mode="from_completion"
        )
        await ann.do(task, "complete", completed_at="2026-11-02T10:00:00Z")
        [made] = await eventually(ann.tasks)
        await system.fetch("UPDATE task SET uid = 'plants@phone' WHERE id = $1", made["id"])

        await ann.do(task, "complete", completed_at="2026-11-04T10:00:00Z")

        def is_another(found: list[Any]) -> bool:
            return len(found) == 1 and found[0]["id"] != made["id"]

        [moved] = await eventually(ann.tasks, is_another)
        assert moved["due_date"][:10] == "2026-11-11"
        uid = await system.value("SELECT uid FROM task WHERE id = $1", moved["id"])
        assert uid == "plants@phone"


async def at_the_third_of_five(ann: Person, mode: str) -> dict[str, Any]:
    task = await ann.add(
        due_date="2026-11-02T09:00", recurrence="FREQ=DAILY;COUNT=5", recurrence_mode=mode
    )
    for _ in range(2):
        await ann.do(task, "complete", completed_at=task["due_date"])
        [task] = await eventually(ann.tasks)
    return task


async def dates_until_the_end(ann: Person, task: dict[str, Any]) -> list[str]:
    """The dates of `task` and its successors, each completed at its due date."""
    dates = [task["due_date"][:10]]
    while True:
        done = await ann.do(task, "complete", completed_at=task["due_date"])
        if done["next_due_date"] is None:
            return dates
        [task] = await eventually(ann.tasks)
        dates.append(task["due_date"][:10])


async def previewed(ann: Person, task: dict[str, Any]) -> list[str]:
    wanted = {
        name: task[name] for name in ("due_date", "timezone", "recurrence", "recurrence_mode")
    }
    answer = await ann.http.post("/api/recurrence/preview", json={**wanted, "count": 10})
    return [occurrence["due_date"][:10] for occurrence in answer.json()["occurrences"]]


MODES = ("from_due", "from_completion", "skip_missed")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, 3),
        ({"title": "another name"}, 3),
        ({"due_date": "2026-11-06T09:00"}, 3),
        ({"timezone": "Asia/Tokyo"}, 3),
        ({"recurrence": "FREQ=WEEKLY;COUNT=3"}, 3),
        ({"recurrence": "FREQ=DAILY;COUNT=4"}, 4),
        ({"recurrence": "FREQ=DAILY;COUNT=1"}, 1),
        *(({"recurrence_mode": other}, 3) for other in MODES),
    ],
)
async def test_an_edited_series_ends_after_the_count_that_it_shows(
    system: System, mode: str, changes: dict[str, str], left: int
) -> None:
    async with system.person() as ann:
        task = await at_the_third_of_five(ann, mode)
        assert task["recurrence"] == "FREQ=DAILY;COUNT=3"
        answer = await ann.http.patch(f"/api/tasks/{task['id']}", json=changes)
        task = answer.json()
        assert task["recurrence"].endswith(f"COUNT={left}")
        promised = await previewed(ann, task)
        assert len(promised) == left
        assert await dates_until_the_end(ann, task) == promised


async def test_moving_a_counted_series_is_recorded_as_a_change_of_the_due_date_only(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await at_the_third_of_five(ann, "from_due")
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"due_date": "2026-11-06T09:00"})

        async def changed() -> list[str]:
            events = (await ann.get(f"/api/tasks/{task['id']}/history"))["items"]
            return [name for event in events for name in event["changes"] or ()]

        assert await eventually(changed) == ["due_date"]


@pytest.mark.parametrize(
    ("zone", "said"), [("America/Los_Angeles", 8), ("Europe/Berlin", 9), ("Asia/Tokyo", 9)]
)
async def test_an_until_in_utc_is_a_day_of_the_zone_in_words_and_in_the_dates(
    system: System, zone: str, said: int
) -> None:
    wanted = {"due_date": "2027-01-04T18:00", "recurrence": "FREQ=DAILY;UNTIL=20270109T020000Z"}
    async with system.person() as ann:
        body = {**wanted, "timezone": zone, "count": 10}
        answer = await ann.http.post("/api/recurrence/preview", json=body)
        preview = answer.json()
        assert preview["recurrence_text"] == f"daily until {said} Jan 2027"
        # In Berlin and Tokyo the rule ends in the morning of the 9th, before 18:00.
        last = datetime.fromisoformat(preview["occurrences"][-1]["due_date"])
        assert f"{last.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == "2027-01-08 18:00"
