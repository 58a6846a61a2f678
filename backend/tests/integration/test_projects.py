"""Projects: their life, the tasks in them, and the order of those tasks."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest
from asyncpg.pool import PoolConnectionProxy

from tests.harness.assistant import access_token, mcp_client
from tests.harness.system import Person, System, eventually
from todo.tasks import commands, project_commands
from todo.tasks.project_store import ProjectStore


async def project(person: Person, name: str = "Work", **fields: Any) -> dict[str, Any]:
    answer = await person.http.post("/api/projects", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def projects(person: Person) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in (await person.get("/api/projects"))["items"]}


async def titles(person: Person, **query: Any) -> list[str]:
    return [task["title"] for task in await person.tasks(**query)]


async def move(person: Person, task: dict[str, Any], **body: Any) -> httpx2.Response:
    return await person.http.post(f"/api/tasks/{task['id']}/move", json=body)


async def delete(person: Person, one: dict[str, Any], tasks: str = "inbox") -> None:
    answer = await person.http.delete(f"/api/projects/{one['id']}", params={"tasks": tasks})
    assert answer.status_code == 204, answer.text


async def restore(person: Person, one: dict[str, Any]) -> httpx2.Response:
    return await person.http.post(f"/api/projects/{one['id']}/restore")


# ── A project ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_project_is_added_renamed_and_listed_with_its_open_tasks(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann, "  Work   at home ", colour="teal", icon="🏠")
        assert (work["name"], work["colour"], work["icon"]) == ("Work at home", "teal", "🏠")
        await ann.add("a", project_id=work["id"])
        later = await ann.add("b", project_id=work["id"], start_date="2099-01-01")
        done = await ann.add("c", project_id=work["id"])
        await ann.do(done, "complete")
        renamed = await ann.http.patch(f"/api/projects/{work['id']}", json={"name": "work"})
        assert (renamed.json()["name"], renamed.headers["ETag"]) == ("work", '"2"')
        assert later["project_id"] == work["id"]
        assert (await projects(ann))["work"]["open"] == {"value": 1, "capped": False}


@pytest.mark.parametrize(
    "name", ["WORK ALL", "ｗork  all", "Work\tall", "", "   ", "x" * 101, "inbox"]
)
async def test_a_name_must_be_new_and_say_something(system: System, name: str) -> None:
    async with system.person() as ann:
        await project(ann, "Work all")
        other = await project(ann, "Home")
        for answer in (
            await ann.http.post("/api/projects", json={"name": name}),
            await ann.http.patch(f"/api/projects/{other['id']}", json={"name": name}),
        ):
            assert answer.status_code in (409, 422)
            assert [error["field"] for error in answer.json()["errors"]] == ["name"]
        assert set(await projects(ann)) == {"Work all", "Home"}


async def test_the_same_request_twice_adds_one_project(system: System) -> None:
    async with system.person() as ann:
        key = {"Idempotency-Key": "k1"}
        asked = [ann.http.post("/api/projects", json={"name": "Work"}, headers=key) for _ in "ab"]
        first, second = await asyncio.gather(*asked)
        assert first.json() == second.json()
        other = await ann.http.post("/api/projects", json={"name": "Home"}, headers=key)
        as_task = await ann.http.post("/api/tasks", json={"title": "t"}, headers=key)
        assert (other.status_code, as_task.status_code) == (422, 422)
        assert set(await projects(ann)) == {"Work"}


async def test_a_rename_of_an_older_version_is_refused(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        path = f"/api/projects/{work['id']}"
        first = await ann.http.patch(path, json={"colour": "red"}, headers={"If-Match": '"1"'})
        second = await ann.http.patch(path, json={"name": "Other"}, headers={"If-Match": '"1"'})
        assert (first.status_code, second.status_code) == (200, 412)


async def test_projects_are_ordered_and_those_left_out_follow(system: System) -> None:
    async with system.person() as ann:
        ids = [(await project(ann, name))["id"] for name in ("A", "B", "C")]
        answer = await ann.http.post("/api/projects/order", json={"ids": [ids[2]]})
        assert answer.status_code == 204
        assert list(await projects(ann)) == ["C", "A", "B"]
        unknown = await ann.http.post("/api/projects/order", json={"ids": [ids[0], 1]})
        assert unknown.status_code == 422
        assert list(await projects(ann)) == ["C", "A", "B"]


async def test_only_a_project_without_open_tasks_is_archived(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        task = await ann.add("a", project_id=work["id"])
        path = f"/api/projects/{work['id']}"
        refused = await ann.http.post(f"{path}/archive")
        assert refused.status_code == 409
        assert "1 open task;" in refused.json()["detail"]
        await ann.do(task, "complete")
        assert (await ann.http.post(f"{path}/archive")).json()["archived"] is True
        added = await ann.http.post("/api/tasks", json={"title": "b", "project_id": work["id"]})
        assert (added.status_code, "archived" in added.json()["detail"]) == (422, True)
        assert (await ann.http.post(f"{path}/unarchive")).json()["archived"] is False


async def archived_with_done_task(ann: Person, name: str = "Work") -> tuple[Any, dict[str, Any]]:
    work = await project(ann, name)
    task = await ann.add("a", project_id=work["id"])
    await ann.do(task, "complete")
    await ann.http.post(f"/api/projects/{work['id']}/archive")
    return work, task


@pytest.mark.parametrize("way", ["reopen", "restore", "undo", "import", "restore the project"])
async def test_a_task_of_an_archived_project_is_opened_in_the_inbox(
    system: System, way: str
) -> None:
    """Nothing is due out of sight."""
    async with system.person() as ann:
        work, task = await archived_with_done_task(ann)
        path = f"/api/projects/{work['id']}"
        match way:
            case "reopen":
                await ann.do(task, "reopen")
            case "restore":
                await ann.http.post(f"{path}/unarchive")
                await ann.do(task, "reopen")
                await ann.http.delete(f"/api/tasks/{task['id']}")
                await ann.http.post(f"{path}/archive")
                await ann.do(task, "restore")
            case "undo":
                await ann.http.post(f"{path}/unarchive")
                await ann.do(task, "reopen")
                async with mcp_client(system.url, await access_token(ann)) as client:
                    answer: Any = await client.call_tool(
                        "complete_tasks", {"tasks": [{"task_id": task["id"]}]}
                    )
                await ann.http.post(f"{path}/archive")
                batch = answer.structured_content["batch_id"]
                await ann.http.post(f"/api/batches/{batch}/undo")
            case "import":
                file = (
                    f"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:task-{task['id']}@todo\r\nSUMMARY:a\r\n"
                    "LAST-MODIFIED:20990101T000000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
                )
                calendar = {"Content-Type": "text/calendar"}
                await ann.http.post("/api/import", content=file, headers=calendar)
            case _:
                await delete(ann, work)
                await ann.do(task, "reopen")
                await restore(ann, work)
        assert await titles(ann, project=work["id"]) == []
        assert await titles(ann, project="inbox") == ["a"]
        assert (await ann.get(path))["archived"] is True


async def test_a_closed_task_of_an_archived_project_stays_there(system: System) -> None:
    async with system.person() as ann:
        work, task = await archived_with_done_task(ann)
        await ann.http.delete(f"/api/tasks/{task['id']}")
        assert (await ann.do(task, "restore"))["project_id"] == work["id"]


async def test_a_successor_made_after_the_archiving_is_in_the_inbox(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        weekly = await ann.add(
            "weekly", project_id=work["id"], due_date="2026-11-30", recurrence="weekly"
        )
        # As if it was archived between the completion and its event.
        await system.context.db.pool.execute(
            "UPDATE project SET archived_at = now() WHERE id = $1", work["id"]
        )
        await ann.do(weekly, "complete")
        await eventually(
            lambda: titles(ann, project="inbox"), lambda found: found == ["weekly"], within=5
        )


LOCKING = ["reopen", "restore", "edit", "move", "import", "undo", "successor"]


@pytest.mark.parametrize("what", LOCKING)
async def test_a_task_is_locked_after_its_project(system: System, what: str) -> None:
    """Deleting a project locks in this order too; before, two such requests could refuse each other."""
    async with system.person() as ann, mcp_client(system.url, await access_token(ann)) as client:
        work = await project(ann)
        inside = {} if what in ("edit", "move") else {"project_id": work["id"]}
        repeated = {"due_date": "2026-11-30", "recurrence": "weekly"} if what == "successor" else {}
        task = await ann.add("a", **inside, **repeated)
        if what in ("reopen", "restore"):
            await ann.do(task, "complete")
        if what == "restore":
            await ann.http.delete(f"/api/tasks/{task['id']}")
        batch = ""
        if what == "undo":
            done: Any = await client.call_tool(
                "complete_tasks", {"tasks": [{"task_id": task["id"]}]}
            )
            batch = done.structured_content["batch_id"]

        async def act() -> None:
            path = f"/api/tasks/{task['id']}"
            match what:
                case "edit":
                    answer = await ann.http.patch(path, json={"project_id": work["id"]})
                case "move":
                    answer = await move(ann, task, after=None, project_id=work["id"])
                case "import":
                    answer = await import_file(ann, vtodo(task["id"], "a", "Work"))
                case "undo":
                    answer = await ann.http.post(f"/api/batches/{batch}/undo")
                case "successor":
                    answer = await ann.http.post(f"{path}/complete")
                case _:
                    answer = await ann.http.post(f"{path}/{what}")
            assert answer.status_code == 200, answer.text

        # The events of the preparation lock the task too.
        await eventually(lambda: system.value(_NOT_HANDLED, ann.id), lambda number: number == 0)
        async with system.context.db.pool.acquire() as connection, connection.transaction():
            projects = ProjectStore(connection)
            await projects.lock_lists(ann.id)
            await projects.owned_by(ann.id, work["id"], lock=True)
            asked = asyncio.create_task(act())
            await eventually(lambda: system.value(_BLOCKED, connection.get_server_pid()))
            await connection.execute(LOCK, task["id"])
        await asked
        expected = 2 if what == "successor" else 1
        in_project = "SELECT count(*) FROM task WHERE project_id = $1"
        await eventually(
            lambda: system.value(in_project, work["id"]), lambda number: number == expected
        )


@pytest.mark.parametrize("what", ["reopen", "restore", "successor"])
async def test_a_task_that_is_moved_before_it_is_locked_waits_for_no_other_project(
    system: System, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Before, its new project was locked after the task, which is against the order of locks."""
    async with system.person() as ann:
        work, home = await project(ann), await project(ann, "Home")
        repeated = {"due_date": "2026-11-30", "recurrence": "weekly"} if what == "successor" else {}
        task = await ann.add("a", project_id=work["id"], **repeated)
        if what == "reopen":
            await ann.do(task, "complete")
        if what == "restore":
            await ann.http.delete(f"/api/tasks/{task['id']}")
        await eventually(lambda: system.value(_NOT_HANDLED, ann.id), lambda number: number == 0)
        hold, held = ProjectStore.hold_of_task, []

        async def hold_and_move(store: ProjectStore, user_id: str, task_id: int) -> Any:
            found = await hold(store, user_id, task_id)
            if task_id == task["id"]:
                held.append(found)
                if len(held) == 1:
                    sql = "UPDATE task SET project_id = $2 WHERE id = $1"
                    await system.context.db.pool.execute(sql, task_id, home["id"])
            return found

        monkeypatch.setattr(ProjectStore, "hold_of_task", hold_and_move)
        path = f"/api/tasks/{task['id']}"
        if what == "successor":
            await ann.do(task, "complete")
        else:
            answer = await ann.http.post(f"{path}/{what}")
            assert answer.status_code == 409
            assert answer.json()["detail"] == "The task was moved meanwhile; try again."
            assert (await ann.http.post(f"{path}/{what}")).status_code == 200
        # The event is delivered again.
        found = await eventually(lambda: titles(ann, project=home["id"]))
        assert (found, len(held)) == (["a"], 2)


async def test_the_tasks_of_a_project_are_locked_in_the_order_of_their_ids(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        first, second = [await ann.add(title, project_id=work["id"]) for title in "ab"]
        await move(ann, second, after=None, project_id=work["id"])
        async with waiting_for(system, first, delete(ann, work)) as connection:
            await connection.execute(LOCK, second["id"])
        assert await titles(ann, project="inbox") == ["a", "b"]
        assert (await restore(ann, work)).status_code == 200
        assert await titles(ann, project=work["id"]) == ["b", "a"]


LOCK = "SELECT FROM task WHERE id = $1 FOR UPDATE NOWAIT"


@asynccontextmanager
async def waiting_for(
    system: System, task: dict[str, Any], acting: Coroutine[Any, Any, Any]
) -> AsyncIterator[PoolConnectionProxy]:
    """A connection that has locked the task while `acting` waits for it."""
    # The events of the preparation lock tasks too.
    owner = await system.value("SELECT user_id FROM task WHERE id = $1", task["id"])
    await eventually(lambda: system.value(_NOT_HANDLED, owner), lambda number: number == 0)
    async with system.context.db.pool.acquire() as connection, connection.transaction():
        await connection.execute(LOCK, task["id"])
        acted = asyncio.create_task(acting)
        await eventually(lambda: system.value(_BLOCKED, connection.get_server_pid()))
        yield connection
    await acted


_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))"
_NOT_HANDLED = """
    SELECT count(*) FROM outbox o WHERE o.topic = 'task-events' AND o.key = $1
        AND o.envelope::jsonb #>> '{data,task_data,fate}' <> 'open'
        AND NOT EXISTS (SELECT FROM inbox i WHERE i.event_id = o.event_id AND i.consumer LIKE '%recurring%')
"""


def vtodo(task_id: int, title: str, project: str) -> str:
    return (
        f"BEGIN:VTODO\r\nUID:task-{task_id}@todo\r\nSUMMARY:{title}\r\nX-TODO-PROJECT:{project}\r\n"
        "LAST-MODIFIED:20990101T000000Z\r\nEND:VTODO\r\n"
    )


async def import_file(person: Person, *todos: str) -> httpx2.Response:
    file = "BEGIN:VCALENDAR\r\n" + "".join(todos) + "END:VCALENDAR\r\n"
    calendar = {"Content-Type": "text/calendar"}
    return await person.http.post("/api/import", content=file, headers=calendar)


async def test_an_import_reads_the_projects_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many tasks and projects the file has."""
    async with system.person() as ann:
        ids = [(await project(ann, f"P{n}"))["id"] for n in range(4)]
        tasks = [await ann.add(str(n), project_id=ids[n % 4]) for n in range(8)]
        moved = [vtodo(task["id"], "x", f"P{n + 1}") for n, task in enumerate(tasks)]
        called: list[str] = []

        def counted(name: str, method: Any) -> Any:
            async def call(*args: Any, **named: Any) -> Any:
                called.append(name)
                return await method(*args, **named)

            return call

        for name, method in vars(ProjectStore).copy().items():
            if asyncio.iscoroutinefunction(method):
                monkeypatch.setattr(ProjectStore, name, counted(name, method))
        answer = await import_file(ann, *moved)
        assert (answer.json()["updated"], answer.json()["unsupported"]) == (8, [])
        assert called == ["lock_lists", "with_deleted", "add"]
        assert (await projects(ann))["P8"]["open"]["value"] == 1


# ── The tasks in it ───────────────────────────────────────────────────────────────────────────────────────────


async def test_tasks_are_listed_by_project_and_the_others_are_in_the_inbox(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        await ann.add("at work", project_id=work["id"], tags=["x"])
        await ann.add("anywhere", due_date="2099-01-01")
        assert await titles(ann, project=work["id"]) == ["at work"]
        assert await titles(ann, project="inbox") == ["anywhere"]
        assert await titles(ann, project=work["id"], tag="X") == ["at work"]
        assert await titles(ann, project="inbox", q="work") == []
        assert await titles(ann, project=work["id"], q="work") == ["at work"]
        assert await titles(ann, project=work["id"], status="all") == ["at work"]
        assert (await ann.get("/api/tasks/counts"))["inbox"]["value"] == 1
        assert (await ann.http.get("/api/tasks", params={"project": "work"})).status_code == 422


async def test_moving_a_task_is_in_its_history_and_in_every_window(system: System) -> None:
    async with system.person() as ann, system.window(ann) as window:
        work = await project(ann)
        heard = await window.hears(lambda message: message["type"] == "project.changed")
        assert heard["project_id"] == work["id"]
        task = await ann.add("a")
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"project_id": work["id"]})
        await window.hears(
            lambda message: (message.get("task") or {}).get("project_id") == work["id"]
        )
        path = f"/api/tasks/{task['id']}/history"
        history = await eventually(
            lambda: ann.get(path),
            lambda found: [one["event_type"] for one in found["items"]][:1] == ["task_updated"],
        )
        assert history["items"][0]["changes"] == {"project": ["Inbox", "Work"]}
        log = "SELECT event_type FROM audit_log WHERE user_id = $1 AND type = 'todo.project.changed.v1'"
        rows = await eventually(lambda: system.fetch(log, ann.id))
        assert [row["event_type"] for row in rows] == ["project_created"]


async def test_another_users_project_takes_no_task(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        work = await project(ann)
        task = await bob.add("a")
        absent = 987_654_321
        for project_id in (work["id"], absent):
            answers = [
                await bob.http.post("/api/tasks", json={"title": "b", "project_id": project_id}),
                await bob.http.patch(f"/api/tasks/{task['id']}", json={"project_id": project_id}),
                await move(bob, task, after=None, project_id=project_id),
            ]
            for answer in answers:
                assert answer.status_code == 422
                assert answer.json()["errors"] == [
                    {"field": "project_id", "message": "There is no such project."}
                ]
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await system.fetch(
                "UPDATE task SET project_id = $1 WHERE id = $2", work["id"], task["id"]
            )


async def test_the_successor_of_a_task_stays_in_its_project_and_place(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        weekly = await ann.add(
            "weekly", project_id=work["id"], due_date="2026-11-30", recurrence="weekly"
        )
        await ann.add("last", project_id=work["id"])
        await move(ann, weekly, after=None)
        await ann.do(weekly, "complete")
        await eventually(
            lambda: titles(ann, project=work["id"]), lambda found: found == ["weekly", "last"]
        )


# ── Deleting it ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["inbox", "trash"])
async def test_the_tasks_of_a_deleted_project_come_back_with_it_in_their_order(
    system: System, where: str
) -> None:
    async with system.person() as ann:
        work = await project(ann)
        _, second, moved = [await ann.add(n, project_id=work["id"]) for n in ("1", "2", "3")]
        done = await ann.add("done", project_id=work["id"])
        await ann.do(done, "complete")
        await move(ann, second, after=None)
        await delete(ann, work, where)
        assert await projects(ann) == {}
        in_inbox, in_trash = await titles(ann, project="inbox"), await titles(ann, status="trash")
        if where == "inbox":
            assert (sorted(in_inbox), in_trash) == (["1", "2", "3"], [])
        else:
            assert (in_inbox, sorted(in_trash)) == ([], ["1", "2", "3", "done"])
        if where == "inbox":  # moved on in the meantime, so it stays there
            other = await project(ann, "Other")
            await ann.http.patch(f"/api/tasks/{moved['id']}", json={"project_id": other["id"]})
        else:
            restored = await ann.do(moved, "restore")
            assert restored["project_id"] is None
        assert (await restore(ann, work)).json()["open"]["value"] == 2
        assert await titles(ann, project=work["id"]) == ["2", "1"]
        assert await titles(ann, project=work["id"], status="completed") == ["done"]


@pytest.mark.parametrize("where", ["inbox", "trash"])
async def test_other_requests_run_while_a_large_project_is_deleted_and_restored(
    system: System, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with system.person() as ann:
        work = await project(ann)
        for number in range(45):
            await ann.add(str(number), project_id=work["id"])
        turns, lookups = 0, 0
        seen: list[int] = []
        save, names = commands.save_change, ProjectStore.names

        async def other_requests() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async def saved(*args: Any, **kwargs: Any) -> Any:
            seen.append(turns)
            return await save(*args, **kwargs)

        async def looked_up(*args: Any) -> Any:
            nonlocal lookups
            lookups += 1
            return await names(*args)

        monkeypatch.setattr(commands, "save_change", saved)
        monkeypatch.setattr(ProjectStore, "names", looked_up)
        others = asyncio.create_task(other_requests())
        for act in (delete(ann, work, where), restore(ann, work)):
            seen.clear()
            await act
            assert (len(seen), len(set(seen)), lookups) == (45, 3, 0)
        others.cancel()


async def test_a_project_whose_name_was_taken_is_not_restored(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        await delete(ann, work)
        await project(ann, "work")
        refused = await restore(ann, work)
        assert refused.status_code == 409
        assert refused.json()["detail"] == "There is already a project “work”."


async def test_a_project_is_not_restored_where_there_is_no_room(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with system.person() as ann:
        work = await project(ann)
        await delete(ann, work)
        await project(ann, "Home")
        monkeypatch.setattr(project_commands, "MOST_PROJECTS", 1)
        refused = await restore(ann, work)
        assert refused.status_code == 409
        assert "at most" in refused.json()["detail"]
        assert set(await projects(ann)) == {"Home"}


async def test_a_deleted_project_answers_like_an_absent_one(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        await delete(ann, work)
        path = f"/api/projects/{work['id']}"
        assert (await ann.http.get(path)).status_code == 404
        assert (await ann.http.patch(path, json={"name": "x"})).status_code == 404
        assert (await ann.http.delete(path)).status_code == 404
        added = await ann.http.post("/api/tasks", json={"title": "b", "project_id": work["id"]})
        assert added.status_code == 422


# ── The order of its tasks ────────────────────────────────────────────────────────────────────────────────────


async def test_tasks_are_moved_within_their_list_and_into_another_one(system: System) -> None:
    async with system.person() as ann:
        work = await project(ann)
        tasks = {n: await ann.add(n, project_id=work["id"]) for n in "abcd"}
        await move(ann, tasks["a"], after=tasks["c"]["id"])
        assert await titles(ann, project=work["id"]) == ["b", "c", "a", "d"]
        await move(ann, tasks["d"], after=None)
        assert await titles(ann, project=work["id"]) == ["d", "b", "c", "a"]
        inbox = await ann.add("i")
        await move(ann, inbox, after=tasks["b"]["id"], project_id=work["id"])
        assert await titles(ann, project=work["id"]) == ["d", "b", "i", "c", "a"]
        await ann.add("new", project_id=work["id"])
        await move(ann, tasks["d"], after=None, project_id=None)
        assert await titles(ann, project=work["id"]) == ["b", "i", "c", "a", "new"]
        assert await titles(ann, project="inbox") == ["d"]


async def test_a_place_behind_a_task_of_another_list_is_refused(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        work = await project(ann)
        task, other = await ann.add("a"), await ann.add("b", project_id=work["id"])
        done, foreign = await ann.add("c"), await bob.add("d")
        await ann.do(done, "complete")
        for after in (task, other, done, foreign):
            answer = await move(ann, task, after=after["id"])
            assert answer.status_code == 422
            assert [error["field"] for error in answer.json()["errors"]] == ["after"]


async def test_moves_at_the_same_time_lose_no_task_and_agree(system: System) -> None:
    async with system.person() as ann:
        tasks = [await ann.add(str(n)) for n in range(8)]
        answers = await asyncio.gather(
            *(move(ann, task, after=tasks[(n * 3 + 1) % 8]["id"]) for n, task in enumerate(tasks))
        )
        assert {answer.status_code for answer in answers} == {200}
        order = await titles(ann, project="inbox")
        assert sorted(order) == [str(n) for n in range(8)]
        assert await titles(ann, project="inbox") == order


async def test_a_list_whose_places_are_used_up_is_numbered_again(system: System) -> None:
    async with system.person() as ann:
        tasks = {n: await ann.add(n) for n in "abc"}
        expected = ["a", "b", "c"]
        # Each move halves the gap behind "a"; 20 of them use it up.
        for n in range(50):
            name = "bc"[n % 2]
            assert (await move(ann, tasks[name], after=tasks["a"]["id"])).status_code == 200
            expected.remove(name)
            expected.insert(1, name)
            assert await titles(ann, project="inbox") == expected


async def test_a_list_is_read_page_by_page_in_its_order(system: System) -> None:
    async with system.person() as ann:
        tasks = [await ann.add(str(n)) for n in range(5)]
        await move(ann, tasks[4], after=tasks[0]["id"])
        seen: list[str] = []
        path: str | None = "/api/tasks?project=inbox&limit=2"
        while path:
            page = await ann.get(path)
            seen += [task["title"] for task in page["items"]]
            cursor = page["next_cursor"]
            path = cursor and f"/api/tasks?project=inbox&limit=2&cursor={cursor}"
        assert seen == ["0", "4", "1", "2", "3"]


async def test_a_typed_line_names_a_project_that_takes_tasks(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        work = await project(ann, "Work at home")
        old = await project(ann, "Old")
        await ann.http.post(f"/api/projects/{old['id']}/archive")
        await project(bob, "Bob's")

        async def parsed(text: str) -> tuple[str, int | None, list[str]]:
            found = (await ann.http.post("/api/tasks/parse", json={"text": text})).json()
            kinds = [span["kind"] for span in found["spans"]]
            return found["task"]["title"], found["task"]["project_id"], kinds

        assert await parsed("call +work at home") == ("call", work["id"], ["project"])
        assert await parsed("call +Inbox") == ("call", None, ["project"])
        for unknown in ("call +Old", "call +Bob's"):
            assert await parsed(unknown) == (unknown, None, ["unclear"])
