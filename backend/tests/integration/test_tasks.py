"""Tasks over HTTP: versions, retries, pages, the trash, counts."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.harness.system import Person, System
from todo.runtime import clock

DUE = "2027-11-30T09:00:00Z"


async def pages(ann: Person, status: str, limit: int, **query: Any) -> list[int]:
    """The ids of a whole list, page by page."""
    ids: list[int] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await ann.http.get(
            "/api/tasks", params={"status": status, "limit": limit, **query, **more}
        )
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert len(items) <= limit
        ids += [task["id"] for task in items]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return ids


async def test_an_edit_of_an_older_version_is_refused_and_changes_nothing(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("first")
        path = f"/api/tasks/{task['id']}"
        edited = await ann.http.patch(path, json={"title": "second"}, headers={"If-Match": '"1"'})
        assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
        stale = await ann.http.patch(path, json={"title": "third"}, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["errors"][0]["field"]) == (412, "If-Match")
        assert (await ann.get(path))["title"] == "second"
        anyhow = await ann.http.patch(path, json={"title": "fourth"}, headers={"If-Match": "*"})
        assert anyhow.status_code == 200


async def test_of_concurrent_edits_of_one_version_one_wins(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add()
        answers = await asyncio.gather(
            *(
                ann.http.patch(
                    f"/api/tasks/{task['id']}", json={"title": f"t{n}"}, headers={"If-Match": '"1"'}
                )
                for n in range(8)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_an_edit_without_a_change_makes_no_version_and_no_event(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("same", due_date=DUE)
        answer = await ann.http.patch(
            f"/api/tasks/{task['id']}", json={"title": "same", "due_date": DUE}
        )
        assert answer.json() == task
        assert await system.value("SELECT count(*) FROM outbox WHERE key = $1", ann.id) == 2


async def test_a_request_repeated_with_its_idempotency_key_creates_one_task(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        key = {"Idempotency-Key": "once"}
        first = await ann.http.post("/api/tasks", json={"title": "x"}, headers=key)
        again = await ann.http.post("/api/tasks", json={"title": "x"}, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        other = await ann.http.post("/api/tasks", json={"title": "y"}, headers=key)
        assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
        assert (
            await bob.http.post("/api/tasks", json={"title": "y"}, headers=key)
        ).status_code == 201
        assert len(await ann.tasks()) == 1


async def test_twenty_concurrent_requests_with_one_idempotency_key_create_one_task(
    system: System,
) -> None:
    async with system.person() as ann:
        answers = await asyncio.gather(
            *(
                ann.http.post("/api/tasks", json={"title": "x"}, headers={"Idempotency-Key": "k"})
                for _ in range(20)
            )
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len(await ann.tasks()) == 1


@pytest.mark.parametrize("limit", [1, 3, 200])
@pytest.mark.parametrize("status", ["open", "completed", "all", "trash"])
async def test_every_task_is_on_exactly_one_page(system: System, status: str, limit: int) -> None:
    async with system.person() as ann:
        # Seven of each kind, with equal sort keys in each list, and some without a date.
        await system.context.db.pool.execute(
            """INSERT INTO task (user_id, title, due_date, completed, fate, completed_at, deleted_at, created_at,
                                 updated_at)
               SELECT $1, 't' || n,
                      CASE WHEN n % 3 > 0 THEN $2::timestamptz + (n % 2) * interval '1 microsecond' END,
                      kind = 1, CASE kind WHEN 1 THEN 'done' ELSE 'open' END,
                      CASE WHEN kind = 1 THEN $2::timestamptz + (n % 2) * interval '1 second' END,
                      CASE WHEN kind = 2 THEN $2::timestamptz + (n % 2) * interval '1 second' END, now(), now()
               FROM generate_series(1, 7) n, generate_series(0, 2) kind""",
            ann.id,
            datetime(2027, 1, 1, tzinfo=UTC),
        )
        condition = {
            "open": "NOT completed AND deleted_at IS NULL",
            "completed": "completed AND deleted_at IS NULL",
            "all": "deleted_at IS NULL",
            "trash": "deleted_at IS NOT NULL",
        }[status]
        order = {
            "completed": "completed_at DESC, id DESC",
            "trash": "deleted_at DESC, id DESC",
        }.get(status, "due_date NULLS LAST, id")
        rows = await system.fetch(
            f"SELECT id FROM task WHERE user_id = $1 AND {condition} ORDER BY {order}", ann.id
        )
        assert await pages(ann, status, limit) == [row["id"] for row in rows]


async def test_a_list_is_searched_by_words_tag_and_dates(system: System) -> None:
    async with system.person() as ann:
        await ann.add("Pay 100% of the rent", tags=["home"], due_date="2027-01-10T00:00:00Z")
        await ann.add(
            "Water the plants", description="the FICUS too", due_date="2027-02-10T00:00:00Z"
        )
        await ann.add("under_score and back\\slash", tags=["#home", "work"])

        async def titles(**query: Any) -> list[str]:
            return [task["title"].split()[0] for task in await ann.tasks(**query)]

        assert await titles(q="RENT") == ["Pay"]
        assert await titles(q="ficus") == ["Water"]
        assert await titles(q="100%") == ["Pay"]
        assert await titles(q="%") == ["Pay"]
        assert await titles(q="_") == ["under_score"]
        assert await titles(q="back\\s") == ["under_score"]
        assert await titles(tag="home") == ["Pay", "under_score"]
        assert await titles(tag="hom") == []
        assert await titles(due_from="2027-01-11T00:00:00Z") == ["Water"]
        assert await titles(due_to="2027-02-10T00:00:00Z") == ["Pay"]
        assert await titles(due_from="2027-02-10T00:00:00Z", due_to="2027-02-10T00:00:01Z") == [
            "Water"
        ]


async def test_a_deleted_task_is_in_the_trash_until_it_is_restored(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=DUE)
        path = f"/api/tasks/{task['id']}"
        for _ in range(2):
            assert (await ann.http.delete(path)).status_code == 204
        assert await ann.tasks() == []
        [trashed] = await ann.tasks(status="trash")
        assert (trashed["id"], trashed["version"]) == (task["id"], 2)
        for refused in (
            await ann.http.patch(path, json={"title": "y"}),
            await ann.http.post(f"{path}/complete"),
        ):
            assert refused.status_code == 409
        restored = await ann.do(task, "restore")
        assert (restored["deleted_at"], restored["title"]) == (None, task["title"])
        assert await ann.tasks(status="trash") == []
        assert [t["id"] for t in await ann.tasks()] == [task["id"]]


async def test_a_repeated_completion_gets_the_same_answer_and_happens_once(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add()
        first = await ann.do(task, "complete")
        assert await ann.do(task, "complete") == first
        completions = await system.value(
            """SELECT count(*) FROM outbox
               WHERE key = $1 AND envelope LIKE '%task.completed%' AND topic = 'task-events'""",
            ann.id,
        )
        assert completions == 1


async def test_a_completion_can_be_back_dated_and_corrected(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add()
        early = "2026-01-02T03:04:05Z"
        assert (await ann.do(task, "complete", completed_at=early))["completed_at"] == early
        corrected = await ann.do(task, "complete", completed_at="2026-01-03T00:00:00+01:00")
        assert corrected["completed_at"] == "2026-01-02T23:00:00Z"
        assert (await ann.do(task, "reopen"))["completed_at"] is None


async def test_due_dates_are_read_in_the_tasks_zone(system: System) -> None:
    async with system.person() as ann:
        local = await ann.add(due_date="2027-07-01T09:00", timezone="America/New_York")
        assert (local["due_date"], local["all_day"]) == ("2027-07-01T13:00:00Z", False)
        day = await ann.add(due_date="2027-07-01")
        assert (day["due_date"], day["all_day"]) == ("2027-07-01", True)
        offset = await ann.add(due_date="2027-07-01T09:00:00+02:00", timezone="Asia/Tokyo")
        assert offset["due_date"] == "2027-07-01T07:00:00Z"


async def test_counts_are_of_the_user_only_and_stop_at_999(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        now = clock.now()
        work = (await ann.http.post("/api/projects", json={"name": "Work"})).json()["id"]
        await ann.add("undated")
        await ann.add("overdue", due_date=(now - timedelta(days=2)).isoformat(), project_id=work)
        today = now.astimezone(ZoneInfo("Europe/Berlin")).date()
        await ann.add("all of today", due_date=today.isoformat())
        await ann.add("upcoming", due_date=(now + timedelta(days=3)).isoformat())
        await ann.do(await ann.add("done"), "complete")
        await ann.http.delete(f"/api/tasks/{(await ann.add('gone'))['id']}")
        counts = await ann.get("/api/tasks/counts")
        assert {name: count["value"] for name, count in counts.items()} == {
            "inbox": 3, "overdue": 1, "today": 1, "upcoming": 1, "open": 4, "completed": 1,
        }  # fmt: skip
        await system.context.db.pool.execute(
            "INSERT INTO task (user_id, title) SELECT $1, 'many' FROM generate_series(1, 1000)",
            bob.id,
        )
        assert (await bob.get("/api/tasks/counts"))["open"] == {"value": 999, "capped": True}
        assert (await ann.get("/api/tasks/counts"))["open"] == {"value": 4, "capped": False}
