"""A start date ("not before"): a task sleeps in lists until then, and a series keeps its distance."""

from datetime import timedelta
from typing import Any

import pytest

from tests.harness.system import Person, System, eventually
from todo.runtime import clock


def in_days(days: float) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def day(days: int) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%d}"


async def refused(ann: Person, **fields: Any) -> dict[str, Any]:
    answer = await ann.http.post("/api/tasks", json={"title": "t", **fields})
    assert answer.status_code == 422, answer.text
    return dict(answer.json())


async def titles(ann: Person, **query: Any) -> set[str]:
    return {task["title"] for task in await ann.tasks(**query)}


async def test_a_task_sleeps_in_lists_until_its_start_date(system: System) -> None:
    async with system.person(timezone="UTC") as ann:
        await ann.add("later", start_date=day(2), due_date=day(5))
        await ann.add("undated later", start_date=day(2))
        await ann.add("started", start_date=day(-1), due_date=day(5))
        await ann.add("starts today", start_date=day(0))
        await ann.add("always")

        assert await titles(ann) == {"started", "starts today", "always"}
        assert await titles(ann, sleeping=True) == await titles(ann, status="all")
        assert len(await titles(ann, status="all")) == 5
        upcoming = await titles(ann, sleeping=True, due_from=f"{day(1)}T00:00:00Z")
        assert upcoming == {"later", "undated later", "started"}
        counts = await ann.get("/api/tasks/counts")
        assert [counts[name]["value"] for name in ("open", "inbox", "upcoming")] == [3, 3, 3]


async def test_a_task_wakes_when_its_start_comes(system: System) -> None:
    async with system.person() as ann:
        await ann.add("later", start_date=in_days(1 / 24))
        await ann.add("soon", start_date=in_days(1 / 86_400))
        assert await eventually(lambda: titles(ann)) == {"soon"}


async def test_a_whole_day_begins_in_the_zone_of_the_account(system: System) -> None:
    async with system.person(timezone="Pacific/Kiritimati") as ann:
        now = clock.now()
        ahead = f"{now + timedelta(hours=14):%Y-%m-%d}"
        await ann.add("today there", start_date=ahead, timezone="Pacific/Pago_Pago")
        tomorrow = f"{now + timedelta(hours=38):%Y-%m-%d}"
        await ann.add("tomorrow there", start_date=tomorrow, timezone="Pacific/Pago_Pago")
        assert await titles(ann) == {"today there"}


@pytest.mark.parametrize(
    ("due", "start", "answered"),
    [
        ("2027-05-07", "2027-05-03", "2027-05-03"),
        ("2027-05-07", "2027-05-03T09:00", "2027-05-03"),
        ("2027-05-07T17:00", "2027-05-03", "2027-05-02T22:00:00Z"),
        ("2027-05-07T17:00", "2027-05-07T17:00", "2027-05-07T15:00:00Z"),
        (None, "2027-05-03", "2027-05-03"),
        (None, "2027-05-03T09:00+05:30", "2027-05-03T03:30:00Z"),
    ],
)
async def test_a_start_date_is_a_day_or_a_time_as_the_due_date_is(
    system: System, due: str | None, start: str, answered: str
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=due, start_date=start)
        assert task["start_date"] == answered
        assert (await ann.get(f"/api/tasks/{task['id']}"))["start_date"] == answered
        assert (await ann.get("/api/export"))["tasks"][0]["start_date"] == answered


@pytest.mark.parametrize(
    "fields",
    [
        {"due_date": "2027-05-07", "start_date": "2027-05-08"},
        {"due_date": "2027-05-07T09:00", "start_date": "2027-05-07T09:01"},
        {"start_date": "next week"},
        {"start_date": "2027-02-30"},
        {"start_date": "9001-01-01"},
    ],
)
async def test_a_start_date_that_cannot_be_is_refused_by_name(
    system: System, fields: dict[str, str]
) -> None:
    async with system.person() as ann:
        problem = await refused(ann, **fields)
        assert [error["field"] for error in problem["errors"]] == ["start_date"]


async def test_edits_keep_the_start_not_after_the_due_date(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2027-05-07", start_date="2027-05-03")
        path = f"/api/tasks/{task['id']}"
        both = await ann.http.patch(
            path, json={"due_date": "2027-05-02", "start_date": "2027-05-03"}
        )
        assert both.status_code == 422
        assert both.json()["errors"][0]["field"] == "start_date"
        earlier = (await ann.http.patch(path, json={"due_date": "2027-05-02"})).json()
        assert (earlier["due_date"], earlier["start_date"]) == ("2027-05-02", "2027-04-28")
        back = {"due_date": "2027-05-07", "start_date": "2027-05-03"}
        assert (await ann.http.patch(path, json=back)).status_code == 200
        timed = (
            await ann.http.patch(path, json={"due_date": "2027-05-03T09:00", "all_day": False})
        ).json()
        assert timed["start_date"] == "2027-05-02T22:00:00Z"
        undated = (await ann.http.patch(path, json={"due_date": None})).json()
        assert (undated["due_date"], undated["start_date"]) == (None, "2027-05-02T22:00:00Z")
        without = (await ann.http.patch(path, json={"start_date": None})).json()
        assert without["start_date"] is None

        async def changes() -> list[Any]:
            entries = (await ann.get(f"{path}/history"))["items"]
            return [entry["changes"].get("start_date") for entry in entries]

        await eventually(changes, lambda found: ["2027-05-02T22:00:00Z", None] in found)


@pytest.mark.parametrize(
    ("due", "start", "rule", "next_start"),
    [
        ("2027-02-26", "2027-02-22", "weekly", "2027-03-01"),
        (
            "2027-03-05T17:00",
            "2027-03-01T08:00",
            "monthly",
            "2027-04-01T06:00:00Z",
        ),  # after the clock change
        ("2027-03-31", "2027-03-30", "monthly", "2027-04-29"),
    ],
)
async def test_the_next_occurrence_starts_as_long_before_it_is_due(
    system: System, due: str, start: str, rule: str, next_start: str
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=due, start_date=start, recurrence=rule)
        await ann.do(task, "complete")
        [following] = await eventually(lambda: ann.tasks(sleeping=True))
        assert following["start_date"] == next_start


async def test_a_postponed_task_starts_later_too(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2027-03-26", start_date="2027-03-22", recurrence="weekly")
        moved = await ann.do(task, "postpone", due_date="2027-03-29")
        assert moved["start_date"] == "2027-03-25"
        await ann.do(moved, "complete")
        [following] = await eventually(lambda: ann.tasks(sleeping=True))
        assert following["start_date"] == "2027-03-29"
