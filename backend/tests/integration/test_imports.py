"""Importing a calendar file again: what changed here stays, what changed there comes, and nothing is doubled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.system import Person, System, eventually

CALENDAR = {"Content-Type": "text/calendar"}
EARLY = "20261101T000000Z"


def todo(*lines: str, uid: str = "case", modified: str | None = EARLY) -> bytes:
    """A file with one task."""
    stamps = (f"LAST-MODIFIED:{modified}",) if modified else ()
    body = ("BEGIN:VTODO", f"UID:{uid}", *lines, *stamps, "END:VTODO")
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *body, "END:VCALENDAR", "")).encode()


def in_future(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y%m%dT100000Z}"


def soon() -> str:
    """A stamp later than every change of the test."""
    return f"{datetime.now(UTC) + timedelta(minutes=5):%Y%m%dT%H%M%SZ}"


async def bring(ann: Person, content: bytes) -> dict[str, Any]:
    answer = await ann.http.post("/api/import", content=content, headers=CALENDAR)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counts(result: dict[str, Any]) -> tuple[int, int, int]:
    return result["created"], result["updated"], result["unchanged"]


def kept(result: dict[str, Any]) -> list[str]:
    return [item["property"] for item in result["unsupported"]]


async def only_task(ann: Person) -> dict[str, Any]:
    [task] = (await ann.get("/api/export"))["tasks"]
    return dict(task)


async def test_a_file_that_is_imported_again_does_not_reopen_a_completed_task(
    system: System,
) -> None:
    file = todo("SUMMARY:plain", f"DUE:{in_future(20)}", "SEQUENCE:1")
    async with system.person() as ann:
        await bring(ann, file)
        await ann.do(await only_task(ann), "complete")
        result = await bring(ann, file)
        assert counts(result) == (0, 0, 1)
        assert kept(result) == ["STATUS"]
        assert (await only_task(ann))["completed"] is True


async def test_a_file_that_is_imported_again_keeps_names_tags_and_notes(system: System) -> None:
    file = todo("SUMMARY:plain", f"DUE:{in_future(20)}")
    mine = {"title": "Mine", "tags": ["home"], "description": "a note", "priority": 1}
    async with system.person() as ann:
        await bring(ann, file)
        task = await only_task(ann)
        await ann.http.patch(f"/api/tasks/{task['id']}", json=mine)
        result = await bring(ann, file)
        assert counts(result) == (0, 0, 1)
        assert kept(result) == ["CATEGORIES", "DESCRIPTION", "PRIORITY", "SUMMARY"]
        after = await only_task(ann)
        assert {name: after[name] for name in mine} == mine


async def test_a_file_that_is_imported_again_leaves_a_task_in_the_trash(system: System) -> None:
    file = todo("SUMMARY:plain")
    async with system.person() as ann:
        await bring(ann, file)
        await ann.http.delete(f"/api/tasks/{(await only_task(ann))['id']}")
        assert counts(await bring(ann, file)) == (0, 0, 1)
        assert await ann.tasks() == []


async def test_a_task_that_was_changed_there_after_it_was_deleted_here_is_restored(
    system: System,
) -> None:
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:plain"))
        await ann.http.delete(f"/api/tasks/{(await only_task(ann))['id']}")
        assert counts(await bring(ann, todo("SUMMARY:new", modified=soon()))) == (0, 1, 0)
        assert [task["title"] for task in await ann.tasks()] == ["new"]


async def test_changes_of_different_fields_on_both_sides_are_kept(system: System) -> None:
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:plain", "PRIORITY:5"))
        task = await only_task(ann)
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"title": "Mine"})
        changed = todo("SUMMARY:plain", "PRIORITY:1", modified="20261102T000000Z")
        result = await bring(ann, changed)
        assert counts(result) == (0, 1, 0)
        after = await only_task(ann)
        assert (after["title"], after["priority"]) == ("Mine", 1)


@pytest.mark.parametrize(
    ("modified", "title"), [("20261102T000000Z", "Mine"), (None, "Mine"), ("later", "Theirs")]
)
async def test_of_two_changes_of_a_field_the_later_one_wins(
    system: System, modified: str | None, title: str
) -> None:
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:plain"))
        task = await only_task(ann)
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"title": "Mine"})
        stamp = soon() if modified == "later" else modified
        result = await bring(ann, todo("SUMMARY:Theirs", modified=stamp))
        assert (await only_task(ann))["title"] == title
        assert kept(result) == ([] if title == "Theirs" else ["SUMMARY"])


async def test_an_older_file_than_the_last_one_changes_nothing(system: System) -> None:
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:new", "SEQUENCE:5", modified="20261105T000000Z"))
        old = todo("SUMMARY:old", "SEQUENCE:2", modified="20261101T000000Z")
        assert counts(await bring(ann, old)) == (0, 0, 1)
        assert (await only_task(ann))["title"] == "new"
        newer = todo("SUMMARY:newest", "SEQUENCE:0", modified="20261106T000000Z")
        assert counts(await bring(ann, newer)) == (0, 1, 0)
        assert (await only_task(ann))["title"] == "newest"


async def test_a_file_without_dates_that_is_older_does_not_become_the_last_one(
    system: System,
) -> None:
    """Else the newer file, imported once more, looks as if it was changed there."""
    newer = todo("SUMMARY:new", "SEQUENCE:5", modified=None)
    async with system.person() as ann:
        await bring(ann, newer)
        await bring(ann, todo("SUMMARY:old", "SEQUENCE:3", modified=None))
        task = await only_task(ann)
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"title": "old"})
        assert counts(await bring(ann, newer)) == (0, 0, 1)
        assert (await only_task(ann))["title"] == "old"


async def test_a_date_that_was_moved_here_stays_when_only_its_zone_is_newer_there(
    system: System,
) -> None:
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:plain", "DUE;TZID=Europe/Berlin:20270104T080000"))
        task = await only_task(ann)
        mine = {"due_date": "2027-02-01T08:00:00Z"}
        await ann.http.patch(f"/api/tasks/{task['id']}", json=mine)
        zone = todo(
            "SUMMARY:plain", "DUE;TZID=Asia/Tokyo:20270104T080000", modified="20261102T000000Z"
        )
        result = await bring(ann, zone)
        assert kept(result) == ["DUE"]
        after = await only_task(ann)
        assert (after["due_date"], after["timezone"]) == (mine["due_date"], "Europe/Berlin")


def series(due: str, modified: str, zone: str = "Europe/Berlin") -> bytes:
    zone = f";TZID={zone}"
    dates = (f"DTSTART{zone}:{due}", f"DUE{zone}:{due}", "RRULE:FREQ=WEEKLY")
    return todo("SUMMARY:series", *dates, modified=modified)


@pytest.mark.parametrize(
    "again",
    [series("20261123T080000", EARLY), series("20261130T080000", "20261124T000000Z")],
    ids=["the same file", "moved on there too"],
)
async def test_a_series_is_recognised_at_a_later_occurrence(system: System, again: bytes) -> None:
    async with system.person() as ann:
        await bring(ann, series("20261123T080000", EARLY))
        [first] = await ann.tasks()
        await ann.do(first, "complete")
        [second] = await eventually(ann.tasks)
        assert second["due_date"] == "2026-11-30T07:00:00Z"

        assert counts(await bring(ann, again)) == (0, 0, 1)

        assert await ann.tasks() == [second]


async def test_a_series_that_moved_on_there_only_moves_on_here(system: System) -> None:
    async with system.person() as ann:
        await bring(ann, series("20261123T080000", EARLY))
        await bring(ann, series("20261130T080000", "20261124T000000Z"))
        assert [task["due_date"] for task in await ann.tasks()] == ["2026-11-30T07:00:00Z"]


async def test_a_completion_there_of_an_earlier_occurrence_does_not_complete_this_one(
    system: System,
) -> None:
    async with system.person() as ann:
        await bring(ann, series("20261123T080000", EARLY))
        [first] = await ann.tasks()
        await ann.do(first, "complete")
        [second] = await eventually(ann.tasks)
        done = series("20261123T080000", soon()).replace(
            b"END:VTODO", b"STATUS:COMPLETED\r\nEND:VTODO"
        )
        await bring(ann, done)
        assert await ann.tasks() == [second]


async def test_another_zone_of_an_earlier_occurrence_does_not_undo_a_completion(
    system: System,
) -> None:
    async with system.person() as ann:
        await bring(ann, series("20261123T080000", EARLY))
        [first] = await ann.tasks()
        await ann.do(first, "complete")
        [second] = await eventually(ann.tasks)
        await bring(ann, series("20261123T080000", soon(), "Asia/Tokyo"))
        [after] = await ann.tasks()
        assert after["due_date"] == second["due_date"]


async def test_two_uids_of_one_series_in_a_file_change_it_one_after_the_other(
    system: System,
) -> None:
    async with system.person() as ann:
        await bring(ann, series("20261123T080000", EARLY))
        [first] = await ann.tasks()
        await ann.do(first, "complete")
        [second] = await eventually(ann.tasks)
        ours = todo(
            "SUMMARY:series", "PRIORITY:1", uid=f"task-{second['id']}@todo", modified=soon()
        )
        theirs = series("20261123T080000", soon()).replace(b"SUMMARY:series", b"SUMMARY:renamed")
        both = ours.replace(b"END:VCALENDAR\r\n", b"") + theirs.split(b"VERSION:2.0\r\n")[1]

        assert counts(await bring(ann, both)) == (0, 2, 0)

        [after] = await ann.tasks()
        assert (after["title"], after["priority"]) == ("renamed", 1)
        assert after["version"] == second["version"] + 2


async def test_our_own_feed_read_before_a_completion_changes_nothing(system: System) -> None:
    async with system.person() as ann:
        await ann.add("plain")
        await ann.add("series", due_date="2026-11-23T08:00:00Z", recurrence="weekly")
        url = (await ann.http.post("/api/calendar")).json()["url"]
        feed = (await ann.http.get(url[url.index("/api") :])).content
        for task in await ann.tasks():
            await ann.do(task, "complete")
        await eventually(ann.tasks)
        before = (await ann.get("/api/export"))["tasks"]

        assert counts(await bring(ann, feed)) == (0, 0, 2)

        assert (await ann.get("/api/export"))["tasks"] == before


async def test_our_own_feed_says_nothing_about_reminders_in_another_form(system: System) -> None:
    moments = ["2026-12-07T20:00:00-05:00", "2026-12-08T01:00:00Z"]
    async with system.person() as ann:
        await ann.add("moment", reminders=moments)
        due = "2026-12-20T09:00:00Z"
        await ann.add("spans", due_date=due, reminders=["P1W", "PT90M", "P7D", *moments, due])
        await ann.add("day", due_date="2026-12-20", reminders=["P1W", "PT24H", "-PT540M"])
        url = (await ann.http.post("/api/calendar")).json()["url"]
        feed = (await ann.http.get(url[url.index("/api") :])).content
        result = await bring(ann, feed)
        assert (counts(result), result["unsupported"]) == ((0, 0, 3), [])


ZONE = ";TZID=Europe/Berlin"
DAILY = (f"DTSTART{ZONE}:20261101T080000", f"DUE{ZONE}:20261101T080000", "RRULE:FREQ=DAILY")


def done(day: str) -> tuple[str, ...]:
    return (
        *("END:VTODO", "BEGIN:VTODO", "UID:case", "SUMMARY:daily"),
        *(f"RECURRENCE-ID{ZONE}:{day}T080000", f"DUE{ZONE}:{day}T080000"),
        *("STATUS:COMPLETED", f"COMPLETED:{day}T070500Z"),
    )


async def test_completed_occurrences_are_imported_with_their_series(system: System) -> None:
    file = todo("SUMMARY:daily", *DAILY, *done("20261101"), *done("20261102"), *done("20261103"))
    async with system.person() as ann:
        assert counts(await bring(ann, file)) == (1, 0, 0)
        [task] = await ann.tasks()
        assert task["due_date"] == "2026-11-04T07:00:00Z"
        completed = await ann.tasks(status="completed")
        assert sorted(item["completed_at"] for item in completed) == [
            f"2026-11-0{day}T07:05:00Z" for day in (1, 2, 3)
        ]
        assert {item["series_id"] for item in completed} == {task["series_id"]}

        await ann.do(task, "complete")
        [following] = await eventually(ann.tasks)
        assert following["due_date"] == "2026-11-05T07:00:00Z"
        assert counts(await bring(ann, file)) == (0, 0, 1)
        assert await ann.tasks() == [following]


async def test_a_series_is_recognised_after_its_last_imported_completion_is_undone(
    system: System,
) -> None:
    file = todo("SUMMARY:daily", *DAILY, *done("20261101"), *done("20261102"))
    async with system.person() as ann:
        await bring(ann, file)
        completed = await ann.tasks(status="completed")
        last = max(completed, key=lambda task: task["due_date"])
        await ann.do(last, "reopen")
        assert counts(await bring(ann, file))[0] == 0
        assert [task["id"] for task in await ann.tasks()] == [last["id"]]


async def test_a_series_whose_first_date_is_left_out_starts_at_the_second(system: System) -> None:
    weekly = (
        *(f"DTSTART{ZONE}:20270104T080000", f"DUE{ZONE}:20270104T080000", "RRULE:FREQ=WEEKLY"),
        f"EXDATE{ZONE}:20270104T080000",
    )
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:weekly", *weekly))
        assert [task["due_date"] for task in await ann.tasks()] == ["2027-01-11T07:00:00Z"]


async def test_a_date_of_change_in_the_far_future_does_not_block_later_files(
    system: System,
) -> None:
    async with system.person() as ann:
        await bring(ann, todo("SUMMARY:first", modified="90000101T000000Z"))
        later = f"{datetime.now(UTC) + timedelta(seconds=2):%Y%m%dT%H%M%SZ}"
        assert counts(await bring(ann, todo("SUMMARY:second", modified=later))) == (0, 1, 0)
        assert (await only_task(ann))["title"] == "second"
