"""Requests repeated with their Idempotency-Key, because a client cannot know whether the first one arrived."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.harness.system import Person, System, eventually

DUE = "2027-11-30T09:00:00Z"
LATER = "2027-12-01T09:00:00Z"
KEY = {"Idempotency-Key": "once"}


async def repeating(ann: Person) -> dict[str, Any]:
    return await ann.add("Water plants", due_date=DUE, recurrence="daily")


def answer_of(response: httpx2.Response) -> Any:
    return response.json() if response.content else None


@pytest.mark.parametrize(
    ("method", "command", "body"),
    [
        ("PATCH", "", {"title": "Water all plants"}),
        ("POST", "/complete", {}),
        ("POST", "/skip", None),
        ("POST", "/postpone", {"due_date": LATER}),
        ("DELETE", "", None),
    ],
)
async def test_a_command_repeated_with_its_key_answers_the_same_and_changes_nothing(
    system: System, method: str, command: str, body: dict[str, Any] | None
) -> None:
    async with system.person() as ann:
        task = await repeating(ann)
        path = f"/api/tasks/{task['id']}{command}"
        headers = {**KEY, "If-Match": '"1"'}
        first = await ann.http.request(method, path, json=body, headers=headers)
        if command in {"/complete", "/skip"}:  # the successor has events, too
            tasks = "SELECT count(*) FROM task WHERE user_id = $1"
            await eventually(lambda: system.value(tasks, ann.id), lambda count: count == 2)
        history = await system.value("SELECT count(*) FROM outbox WHERE key = $1", ann.id)
        again = await ann.http.request(method, path, json=body, headers=headers)
        assert first.status_code in {200, 204}, first.text
        assert (again.status_code, answer_of(again)) == (first.status_code, answer_of(first))
        assert again.headers.get("etag") == first.headers.get("etag")
        assert await system.value("SELECT count(*) FROM outbox WHERE key = $1", ann.id) == history


@pytest.mark.parametrize(("before", "command"), [("/complete", "/reopen"), ("", "/restore")])
async def test_the_way_back_repeated_with_its_key_changes_nothing(
    system: System, before: str, command: str
) -> None:
    async with system.person() as ann:
        path = f"/api/tasks/{(await repeating(ann))['id']}"
        await ann.http.request("POST" if before else "DELETE", f"{path}{before}")
        first = await ann.http.post(f"{path}{command}", headers=KEY)
        again = await ann.http.post(f"{path}{command}", headers=KEY)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()


async def test_a_late_repetition_does_not_undo_what_came_after_it(system: System) -> None:
    async with system.person() as ann:
        path = f"/api/tasks/{(await ann.add('x'))['id']}"
        await ann.http.post(f"{path}/complete", json={}, headers=KEY)
        await ann.http.post(f"{path}/reopen")
        late = await ann.http.post(f"{path}/complete", json={}, headers=KEY)
        assert late.status_code == 200
        assert (late.json()["completed"], late.json()["next_due_date"]) == (False, None)
        assert (await ann.get(path))["completed"] is False


async def test_a_key_of_another_request_is_refused_and_changes_nothing(system: System) -> None:
    async with system.person() as ann:
        one, two = [f"/api/tasks/{(await ann.add(title))['id']}" for title in ("one", "two")]
        assert (await ann.http.post(f"{one}/complete", json={}, headers=KEY)).status_code == 200
        for method, path, body in (
            ("POST", f"{two}/complete", {}),
            ("POST", f"{one}/reopen", {}),
            ("PATCH", one, {"title": "another"}),
            ("POST", "/api/tasks", {"title": "another"}),
        ):
            other = await ann.http.request(method, path, json=body, headers=KEY)
            assert (other.status_code, other.json()["errors"][0]["field"]) == (
                422,
                "Idempotency-Key",
            )
        assert (await ann.get(two))["completed"] is False


async def test_a_refused_command_leaves_no_key(system: System) -> None:
    async with system.person() as ann:
        path = f"/api/tasks/{(await ann.add('x'))['id']}"
        stale = await ann.http.patch(path, json={"title": "y"}, headers={**KEY, "If-Match": '"9"'})
        assert stale.status_code == 412
        merged = await ann.http.patch(path, json={"title": "z"}, headers={**KEY, "If-Match": '"1"'})
        assert (merged.status_code, merged.json()["title"]) == (200, "z")


async def test_twenty_concurrent_completions_with_one_key_complete_once(system: System) -> None:
    async with system.person() as ann:
        task = await repeating(ann)
        answers = await asyncio.gather(
            *(
                ann.http.post(f"/api/tasks/{task['id']}/complete", json={}, headers=KEY)
                for _ in range(20)
            )
        )
        assert {answer.status_code for answer in answers} == {200}
        assert {answer.json()["version"] for answer in answers} == {2}


async def test_another_user_cannot_use_a_key_to_see_a_task(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        path = f"/api/tasks/{(await ann.add('x'))['id']}"
        for _ in range(2):
            answer = await bob.http.post(f"{path}/complete", json={}, headers=KEY)
            assert answer.status_code == 404
        assert (await ann.get(path))["completed"] is False


async def test_a_move_is_undone_although_the_earlier_date_has_passed(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("x", due_date="2020-01-31T09:00:00Z", recurrence="monthly")
        path = f"/api/tasks/{task['id']}/postpone"
        assert (await ann.http.post(path, json={"due_date": DUE})).status_code == 200
        back = {"due_date": task["due_date"]}
        assert (await ann.http.post(path, json=back)).status_code == 422
        undone = await ann.http.post(path, json={**back, "allow_past": True})
        assert (undone.status_code, undone.json()["due_date"]) == (200, task["due_date"])
        assert undone.json()["recurrence"] == "monthly"


async def test_a_page_of_another_user_cannot_use_the_session(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        mine = await ann.http.post("/api/tasks", json={"title": "x"}, headers={"Todo-User": ann.id})
        assert mine.status_code == 201
        other = await ann.http.post(
            "/api/tasks", json={"title": "y"}, headers={"Todo-User": bob.id}
        )
        assert other.status_code == 401
        assert [task["title"] for task in await ann.tasks()] == ["x"]
