"""The history of a task, and tasks that are imported from or exported to other programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.system import Person, System, eventually

FILES = {
    file.stem: file.read_bytes()
    for file in sorted((Path(__file__).parents[1] / "fixtures/vtodo").glob("*.ics"))
}
CALENDAR = {"Content-Type": "text/calendar"}


async def history(ann: Person, task: dict[str, Any], number: int) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]]:
        return list((await ann.get(f"/api/tasks/{task['id']}/history"))["items"])

    return await eventually(look, lambda seen: len(seen) >= number)


async def imported(ann: Person, content: bytes) -> dict[str, Any]:
    answer = await ann.http.post("/api/import", content=content, headers=CALENDAR)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def everything(ann: Person) -> list[dict[str, Any]]:
    return list((await ann.get("/api/export"))["tasks"])


async def test_the_history_says_who_changed_what_from_what_to_what(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        task = await ann.add("First", due_date="2026-11-02T09:00:00Z", recurrence="weekly")
        token = (await ann.http.post("/api/tokens", json={"name": "my script"})).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        path = f"/api/tasks/{task['id']}"
        assert (await http.patch(path, json={"title": "Second"}, headers=bearer)).status_code == 200
        await ann.do(task, "complete")
        completed, edited, created = await history(ann, task, 3)
        assert [entry["event_type"] for entry in (completed, edited, created)] == [
            "task_completed", "task_updated", "task_created",
        ]  # fmt: skip
        assert created["actor"] == {"kind": "person", "name": None}
        assert edited["actor"] == {"kind": "token", "name": "my script"}
        assert edited["changes"] == {"title": ["First", "Second"]}
        assert completed["changes"]["fate"] == ["open", "done"]
        [successor] = await eventually(ann.tasks)
        [made] = await history(ann, successor, 1)
        assert made["actor"] == {"kind": "system", "name": None}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"due_date": [None, "2027-03-27T23:00:00Z"]}, [None, "2027-03-28"]),
        # In the night of 28 March the clock changes in Berlin.
        (
            {"due_date": ["2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"]},
            ["2027-03-28", "2027-03-29"],
        ),
        (
            {
                "due_date": ["2027-03-28T04:00:00Z", "2027-03-27T23:00:00Z"],
                "timezone": ["America/New_York", "Europe/Berlin"],
            },
            ["2027-03-28", "2027-03-28"],
        ),
        (
            {
                "due_date": ["2027-03-28T09:00:00Z", "2027-03-27T23:00:00Z"],
                "all_day": [False, True],
            },
            ["2027-03-28T09:00:00Z", "2027-03-28"],
        ),
        ({"due_date": ["2027-03-28", None]}, ["2027-03-28", None]),
    ],
)
async def test_the_history_has_dates_also_where_an_older_version_wrote_midnights(
    system: System, written: dict[str, Any], read: list[str | None]
) -> None:
    async with system.person(timezone="Europe/Berlin") as ann:
        task = await ann.add("Rent", due_date="2027-03-28")
        await history(ann, task, 1)
        rewrite = """UPDATE audit_log SET data = jsonb_set(data, '{changes}', $1::text::jsonb)
                     WHERE task_id = $2 RETURNING 1"""
        assert await system.value(rewrite, json.dumps(written), task["id"]) == 1
        [entry] = await history(ann, task, 1)
        assert entry["changes"]["due_date"] == read


async def test_there_is_one_audit_row_per_event(system: System) -> None:
    async with system.person() as ann:
        for number in range(5):
            task = await ann.add(f"t{number}")
            await ann.do(task, "complete")
        missing = """SELECT count(*) FROM outbox o LEFT JOIN audit_log a USING (event_id)
                     WHERE o.key = $1 AND o.topic <> 'task-updates' AND a.id IS NULL"""
        await eventually(lambda: system.value(missing, ann.id), lambda number: number == 0)
        assert await system.value("SELECT count(*) FROM audit_log WHERE user_id = $1", ann.id) == 10


@pytest.mark.parametrize("name", FILES)
async def test_importing_a_file_again_changes_nothing(system: System, name: str) -> None:
    async with system.person() as ann:
        first = await imported(ann, FILES[name])
        before = await everything(ann)
        assert first["created"] == len(before) > 0
        again = await imported(ann, FILES[name])
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, first["created"])
        assert again["unsupported"] == first["unsupported"]
        assert await everything(ann) == before


def calendar(*lines: str) -> bytes:
    wrapped = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VTODO",
        *lines,
        "END:VTODO",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(wrapped).encode()


async def test_the_same_uid_updates_its_task_instead_of_duplicating_it(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        await imported(ann, calendar("UID:one", "SUMMARY:Old", "PRIORITY:1"))
        changed = await imported(ann, calendar("UID:one", "SUMMARY:New", "PRIORITY:1"))
        assert (changed["created"], changed["updated"]) == (0, 1)
        [task] = await ann.tasks()
        assert (task["title"], task["priority"], task["version"]) == ("New", 1, 2)
        assert (await imported(bob, calendar("UID:one", "SUMMARY:Bob's")))["created"] == 1
        assert [t["title"] for t in await ann.tasks()] == ["New"]


async def test_what_an_import_does_not_support_is_listed(system: System) -> None:
    async with system.person() as ann:
        answer = await imported(
            ann,
            calendar("UID:two", "SUMMARY:Meet", "ATTENDEE:mailto:bob@example.com", "DUE:20271130T090000Z",
                     "RRULE:FREQ=SECONDLY"),
        )  # fmt: skip
        listed = {item["property"]: item["reason"] for item in answer["unsupported"]}
        assert {"ATTENDEE", "RRULE"} <= set(listed)
        assert all(listed.values())


async def test_importing_our_own_feed_changes_nothing(system: System) -> None:
    async with system.person() as ann:
        await ann.add(
            "Rent", due_date="2027-01-31T09:00", recurrence="monthly", tags=["home"], priority=1
        )
        await ann.add("A day", due_date="2027-02-03", reminders=["P1D"])
        await ann.add("No date", description="with, commas; and\nlines")
        url = (await ann.http.post("/api/calendar")).json()["url"]
        async with system.visitor() as reader:
            feed = await reader.get(url)
            assert (feed.status_code, feed.headers["content-type"].partition(";")[0]) == (
                200,
                "text/calendar",
            )
        before = await everything(ann)
        again = await imported(ann, feed.content)
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3)
        assert await everything(ann) == before
        newer = (await ann.http.post("/api/calendar")).json()["url"]
        async with system.visitor() as reader:
            assert (await reader.get(url)).status_code == 404
            await ann.http.delete("/api/calendar")
            assert (await reader.get(newer)).status_code == 404


async def test_a_feed_repeats_the_31st_also_while_it_is_due_on_the_28th(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("Rent", due_date="2027-01-31T09:00", recurrence="monthly")
        await ann.do(task, "complete")
        await eventually(ann.tasks)
        url = (await ann.http.post("/api/calendar")).json()["url"]
        async with system.visitor() as reader:
            feed = await reader.get(url)
        assert "DUE;TZID=Europe/Berlin:20270228T090000" in feed.text
        rule = "RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD"
        assert rule in feed.text.split("\r\n")
        before = await everything(ann)
        assert (await imported(ann, feed.content))["updated"] == 0
        assert await everything(ann) == before


async def test_the_remaining_count_of_a_series_survives_export_and_import(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("Pill", due_date="2027-01-01T09:00", recurrence="FREQ=DAILY;COUNT=5")
        for _ in range(2):
            await ann.do(task, "complete")
            [task] = await eventually(ann.tasks)
        assert task["recurrence"] == "FREQ=DAILY;COUNT=3"
        url = (await ann.http.post("/api/calendar")).json()["url"]
        async with system.visitor() as reader:
            feed = await reader.get(url)
        before = await everything(ann)
        assert (await imported(ann, feed.content))["updated"] == 0
        assert await everything(ann) == before


async def test_the_export_holds_every_task_also_those_in_the_trash(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        await bob.add("Bob's")
        kept, gone = await ann.add("kept"), await ann.add("gone")
        await ann.http.delete(f"/api/tasks/{gone['id']}")
        tasks = await everything(ann)
        assert [task["id"] for task in tasks] == [kept["id"], gone["id"]]
        assert tasks[1]["deleted_at"]
