"""The tools of the assistant, called as the MCP server and the chat call them."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from tests.harness.assistant import access_token, mcp_client
from tests.harness.system import Person, System, eventually
from todo.accounts.caller import Caller
from todo.assistant import resources
from todo.assistant.tools import BY_NAME, TOOLS, ToolContext, ToolError, call
from todo.assistant.tools.registry import ALL_SCOPES


class Assistant:
    """A program that calls tools in the name of a person."""

    def __init__(self, system: System, person: Person, client: str = "client:test") -> None:
        self.system = system
        self.caller = Caller(person.id, "Europe/Berlin", ("PT30M",), "client:Test", client)
        self.scopes = ALL_SCOPES

    def context(self, key: str | None = None) -> ToolContext:
        now = self.system.context.db.now()
        return ToolContext(self.system.context, self.caller, self.scopes, now, key)

    async def call(self, name: str, *, key: str | None = None, **arguments: Any) -> dict[str, Any]:
        answer = await call(BY_NAME[name], self.context(key), arguments)
        return answer.model_dump(mode="json")

    async def add(self, title: str = "Water plants", **fields: Any) -> dict[str, Any]:
        answer = await self.call("add_tasks", key=title, tasks=[{"title": title, **fields}])
        assert answer["failures"] == []
        return dict(answer["applied"][0])

    async def refused(self, name: str, **arguments: Any) -> str:
        with pytest.raises(ToolError) as refusal:
            await self.call(name, **arguments)
        return str(refusal.value)


async def approve(person: Person, proposal: dict[str, Any]) -> dict[str, Any]:
    """The person approves all rows, on the page."""
    answer = await person.http.post(f"/api/proposals/{proposal['id']}/apply")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_every_tool_has_a_title_a_description_and_both_schemas() -> None:
    assert len(TOOLS) == len(BY_NAME) == 24
    for tool in TOOLS:
        assert tool.title
        assert tool.description
        assert tool.input.model_json_schema()["type"] == "object"
        assert tool.output.model_json_schema()["type"] == "object"


async def test_a_task_is_added_moved_completed_and_restored_to_its_values(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add("Gym", due_date="2030-05-06T18:00", recurrence="weekly")
        assert task["due_date"] == "2030-05-06T18:00:00+02:00"
        moved = await assistant.call(
            "reschedule_tasks", tasks=[{"task_id": task["id"], "due_date": "2030-05-07"}]
        )
        assert moved["applied"][0]["due_date"] == "2030-05-07T18:00:00+02:00"
        assert moved["applied"][0]["recurrence"] == "weekly"
        undone = await assistant.call("undo_changes", batch_id=moved["batch_id"])
        assert undone["undone"][0]["due_date"] == "2030-05-06T18:00:00+02:00"
        done = await assistant.call("complete_tasks", tasks=[{"task_id": task["id"]}])
        assert done["applied"][0]["next_due_date"] == "2030-05-13T18:00:00+02:00"
        await eventually(lambda: person.tasks(), lambda tasks: len(tasks) == 1)
        await assistant.call("undo_changes", batch_id=done["batch_id"])
        (current,) = await person.tasks()
        assert (current["id"], current["due_date"]) == (task["id"], "2030-05-06T16:00:00Z")


async def test_deleting_and_changing_two_tasks_wait_for_an_approval(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        tasks = [await assistant.add(title, due_date="2030-05-02") for title in ("A", "B")]
        deleted = await assistant.call("delete_tasks", tasks=[{"task_id": tasks[0]["id"]}])
        moved = await assistant.call(
            "reschedule_tasks",
            tasks=[{"task_id": task["id"], "due_date": "2030-05-03"} for task in tasks],
        )
        assert deleted["applied"] == moved["applied"] == []
        assert [task["version"] for task in await person.tasks()] == [1, 1]
        proposal = moved["proposal"]
        assert proposal["summary"] == "Move 2 tasks"
        assert proposal["rows"][0]["before"] == {"due_date": "2030-05-02"}
        assert proposal["rows"][0]["after"] == {"due_date": "2030-05-03"}
        wanted = {"proposal_id": proposal["id"], "fingerprint": proposal["fingerprint"]}
        for _ in range(2):
            waiting = await assistant.call("apply_proposal", **wanted)
            assert (waiting["applied"], waiting["batch_id"]) == ([], None)
            assert waiting["approve_at"] == moved["approve_at"]
            assert waiting["approve_at"].endswith(f"/proposals/{proposal['id']}")
        assert [task["version"] for task in await person.tasks()] == [1, 1]
        await approve(person, proposal)
        for _ in range(2):
            applied = await assistant.call("apply_proposal", **wanted)
            assert [task["due_date"] for task in applied["applied"]] == ["2030-05-03"] * 2
        undone = await assistant.call("undo_changes", batch_id=applied["batch_id"])
        assert [task["due_date"] for task in undone["undone"]] == ["2030-05-02"] * 2
        gone = await assistant.call("apply_proposal", **wanted)
        assert "undone since" in gone["message"]


async def test_a_program_applies_a_proposal_that_changes_one_task_and_deletes_nothing(
    system: System,
) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add("A")
        changes = [
            {"action": "update", "task_id": task["id"], "title": "B"},
            {"action": "add", "title": "C"},
            {"action": "add", "title": "D"},
        ]
        proposal = (await assistant.call("propose_changes", changes=changes))["proposal"]
        wanted = {"proposal_id": proposal["id"], "fingerprint": proposal["fingerprint"]}
        first = await assistant.call("apply_proposal", **wanted)
        again = await assistant.call("apply_proposal", **wanted)
        assert again["batch_id"] == first["batch_id"]
        assert sorted(task["title"] for task in await person.tasks()) == ["B", "C", "D"]


async def test_no_program_can_approve(system: System) -> None:
    """Not by the tool, and not by the HTTP API with the token of a person."""
    async with system.person() as person:
        token = await access_token(person)
        bearer = {"Authorization": f"Bearer {token}"}
        async with mcp_client(system.url, token) as client:
            task = await person.add("A")
            wanted: Any = {"tasks": [{"task_id": task["id"]}]}
            answer: Any = await client.call_tool("delete_tasks", wanted)
            proposal = answer.structured_content["proposal"]
        async with system.visitor() as program:
            path = f"/api/proposals/{proposal['id']}"
            assert (await program.get(path, headers=bearer)).status_code == 200
            for rows in (None, [0]):
                body = None if rows is None else {"rows": rows}
                refused = await program.post(f"{path}/apply", json=body, headers=bearer)
                assert refused.status_code == 403
                assert "Only the person" in refused.text
        assert len(await person.tasks()) == 1
        await approve(person, proposal)
        assert await person.tasks() == []


async def test_a_dismissed_proposal_says_so(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add("A")
        answer = await assistant.call("delete_tasks", tasks=[{"task_id": task["id"]}])
        proposal = answer["proposal"]
        await person.http.post(f"/api/proposals/{proposal['id']}/dismiss")
        wanted = {"proposal_id": proposal["id"], "fingerprint": proposal["fingerprint"]}
        assert "dismissed" in await assistant.refused("apply_proposal", **wanted)


async def test_a_repeated_call_adds_its_task_once(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        first = await assistant.call("add_tasks", tasks=[{"title": "Milk"}])
        again = await assistant.call("add_tasks", tasks=[{"title": "Milk"}])
        assert again == first
        keyed = [{"title": "Bread"}]
        await asyncio.gather(
            *(assistant.call("add_tasks", key="one", tasks=keyed) for _ in range(5))
        )
        assert sorted(task["title"] for task in await person.tasks()) == ["Bread", "Milk"]


async def test_each_invalid_item_is_a_failure_of_its_own(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        answer = await assistant.call(
            "add_tasks", tasks=[{"title": "Good"}, {"title": ""}, {"titel": "x"}, 7]
        )
        assert [task["title"] for task in answer["applied"]] == ["Good"]
        assert [failure["index"] for failure in answer["failures"]] == [1, 2, 3]
        assert "a task needs a title" in answer["failures"][0]["detail"]


async def test_null_fields_leave_a_task_as_it_is(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add(
            "Rent", due_date="2030-05-01", recurrence="monthly", tags=["home"]
        )
        change = {"task_id": task["id"], "title": "Pay rent", "due_date": None, "recurrence": None}
        answer = await assistant.call("update_tasks", tasks=[change | {"tags": None}])
        changed = answer["applied"][0]
        same = ("due_date", "recurrence", "tags")
        assert changed["title"] == "Pay rent"
        assert [changed[name] for name in same] == [task[name] for name in same]


async def test_a_proposal_is_bound_to_its_client_and_its_user(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        assistant = Assistant(system, ann)
        task = await assistant.add("A")
        proposal = (await assistant.call("delete_tasks", tasks=[{"task_id": task["id"]}]))[
            "proposal"
        ]
        wanted = {"proposal_id": proposal["id"], "fingerprint": proposal["fingerprint"]}
        for stranger in (Assistant(system, bob), Assistant(system, ann, "client:other")):
            assert (
                await stranger.refused("apply_proposal", **wanted) == "There is no such proposal."
            )
            changed = await assistant.call(
                "update_tasks", tasks=[{"task_id": task["id"], "tags": [stranger.caller.client]}]
            )
            refusal = await stranger.refused("undo_changes", batch_id=changed["batch_id"])
            assert refusal == "There is no such batch of changes."
        forged = wanted | {"fingerprint": "0" * 16}
        assert "fingerprint" in await assistant.refused("apply_proposal", **forged)
        forged = wanted | {"proposal_id": str(UUID(int=7))}
        assert "no such proposal" in await assistant.refused("apply_proposal", **forged)
        await system.context.db.pool.execute(
            "UPDATE proposal SET rows = jsonb_set(rows, '{0,change,task_id}', '1') WHERE id = $1",
            UUID(proposal["id"]),
        )
        answer = await ann.http.post(f"/api/proposals/{proposal['id']}/apply")
        assert (answer.status_code, "not as it was proposed" in answer.text) == (409, True)
        assert [found["id"] for found in await ann.tasks()] == [task["id"]]


async def test_two_approvals_at_once_apply_a_proposal_once(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        tasks = [{"task_id": (await assistant.add(title))["id"], "title": "New"} for title in "AB"]
        proposal = (await assistant.call("update_tasks", tasks=tasks))["proposal"]
        path = f"/api/proposals/{proposal['id']}/apply"
        outcomes = await asyncio.gather(*(person.http.post(path) for _ in range(2)))
        assert sorted(outcome.status_code for outcome in outcomes) == [200, 409]
        assert [task["version"] for task in await person.tasks()] == [2, 2]


async def test_a_task_that_changed_since_is_left_alone(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        tasks = [await assistant.add(title) for title in "AB"]
        changes = [{"task_id": task["id"], "tags": ["x"]} for task in tasks]
        proposal = (await assistant.call("update_tasks", tasks=changes))["proposal"]
        await person.http.patch(f"/api/tasks/{tasks[0]['id']}", json={"title": "Mine"})
        applied = await approve(person, proposal)
        assert [task["title"] for task in applied["applied"]] == ["B"]
        assert [(f["index"], f["title"]) for f in applied["failures"]] == [(0, "A")]
        await person.http.patch(f"/api/tasks/{tasks[1]['id']}", json={"title": "Mine too"})
        undone = await assistant.call("undo_changes", batch_id=applied["batch_id"])
        assert undone["undone"] == []
        assert "changed again" in undone["failures"][0]["detail"]


async def test_a_proposal_expires_after_ten_minutes(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add()
        proposal = (await assistant.call("delete_tasks", tasks=[{"task_id": task["id"]}]))[
            "proposal"
        ]
        await system.context.db.pool.execute(
            "UPDATE proposal SET expires_at = expires_at - interval '10 minutes' WHERE id = $1",
            UUID(proposal["id"]),
        )
        refusal = await assistant.refused(
            "apply_proposal", proposal_id=proposal["id"], fingerprint=proposal["fingerprint"]
        )
        assert "expired" in refusal


async def test_undoing_a_snooze_brings_back_the_one_before(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add("A", due_date="2030-05-02T10:00")

        async def snooze(hour: int) -> str:
            change = {"task_id": task["id"], "until": f"2030-05-02T{hour + 2}:00:00+02:00"}
            answer = await assistant.call("snooze_reminders", tasks=[change])
            return str(answer["batch_id"])

        async def planned() -> list[int]:
            rows = await system.fetch(
                "SELECT remind_at FROM reminder WHERE task_id = $1 AND spec = 'snooze' AND state = 'planned'",
                task["id"],
            )
            return [row["remind_at"].hour for row in rows]

        first, second = await snooze(11), await snooze(12)
        refused = await assistant.call("undo_changes", batch_id=first)
        assert "snoozed again" in refused["failures"][0]["detail"]
        assert await planned() == [12]
        await assistant.call("undo_changes", batch_id=second)
        assert await planned() == [11]
        third = await snooze(13)
        await assistant.call("undo_changes", batch_id=third)
        assert await planned() == [11]


async def test_undoing_the_only_snooze_ends_it(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add("A", due_date="2030-05-02T10:00")
        snoozed = await assistant.call(
            "snooze_reminders", tasks=[{"task_id": task["id"], "minutes": 30}]
        )
        answer = await assistant.call("undo_changes", batch_id=snoozed["batch_id"])
        assert answer["failures"] == []
        left = "SELECT count(*) FROM reminder WHERE task_id = $1 AND spec = 'snooze' AND state = 'planned'"
        assert await system.value(left, task["id"]) == 0


async def test_a_time_and_a_whole_day_are_what_the_caller_wrote(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        task = await assistant.add("A", due_date="2030-05-02T10:00")

        async def moved(name: str, due_date: str) -> tuple[str, bool]:
            change = {"task_id": task["id"], "due_date": due_date}
            (found,) = (await assistant.call(name, tasks=[change]))["applied"]
            return found["due_date"], found["all_day"]

        kept = "2030-05-03T10:00:00+02:00"
        assert await moved("reschedule_tasks", "2030-05-03") == (kept, False)
        assert await moved("postpone_tasks", "2030-05-03") == (kept, False)
        assert await moved("update_tasks", "2030-05-04") == ("2030-05-04", True)
        assert await moved("reschedule_tasks", "2030-05-05") == ("2030-05-05", True)
        timed = "2030-05-06T09:00:00+02:00"
        assert await moved("reschedule_tasks", "2030-05-06T09:00") == (timed, False)
        assert await moved("update_tasks", "2030-05-06T07:00:00Z") == (timed, False)
        assert "not a date" in str(
            await assistant.call(
                "update_tasks", tasks=[{"task_id": task["id"], "due_date": "tomorrow"}]
            )
        )


async def test_lone_surrogates_and_wrong_types_are_failures_not_crashes(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        odd: list[Any] = ["\ud800", {"title": "\ud800"}, {"title": {"a": 1}}, None, [], 1e400]
        answer = await assistant.call("add_tasks", tasks=odd)
        assert len(answer["failures"]) == len(odd)
        wrong: list[dict[str, Any]] = [
            {"tasks": "all"},
            {"tasks": []},
            {"unknown\ud800": 1},
        ]
        for name in BY_NAME:
            for arguments in wrong:
                assert "Invalid arguments" in await assistant.refused(name, **arguments)


async def test_one_proposal_mixes_additions_changes_and_deletions(system: System) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        gym = await assistant.add("Gym", due_date="2030-05-02", recurrence="weekly")
        old = await assistant.add("Old", due_date="2030-05-02T10:00")
        late = await assistant.add("Late", due_date="2030-05-02T11:00")
        changes = [
            {"action": "complete", "task_id": gym["id"]},
            {"action": "reschedule", "task_id": late["id"], "due_date": "2030-05-03"},
            {"action": "delete", "task_id": old["id"]},
            {"action": "snooze", "task_id": late["id"], "minutes": 5},
            {"action": "explode", "task_id": late["id"]},
            {"action": "add", "title": "New", "due_date": "2030-05-04T10:00"},
        ]
        answer = await assistant.call("propose_changes", changes=changes)
        assert [failure["index"] for failure in answer["failures"]] == [3, 4]
        proposal = answer["proposal"]
        summary = "Complete 1 task, move 1 task, delete 1 task, add 1 task"
        assert proposal["summary"] == summary
        assert proposal["rows"][0]["series"].endswith("the next is due 2030-05-09.")
        applied = await approve(person, proposal)
        assert applied["failures"] == []
        # The added one, the moved one and the next occurrence, which another service creates.
        await eventually(lambda: person.tasks(), lambda tasks: len(tasks) == 3)
        undone = await assistant.call("undo_changes", batch_id=applied["batch_id"])
        assert (len(undone["undone"]), undone["failures"]) == (4, [])
        found = {task["title"]: task["due_date"] for task in await person.tasks()}
        assert found == {
            "Gym": "2030-05-02",
            "Old": "2030-05-02T08:00:00Z",
            "Late": "2030-05-02T09:00:00Z",
        }


async def test_a_task_that_starts_later_is_left_out_of_lists_unless_it_is_wanted(
    system: System,
) -> None:
    async with system.person(timezone="Europe/Berlin") as person:
        assistant = Assistant(system, person)
        later = await assistant.add("Plan the summer", start_date="2055-05-01", tags=["trip"])
        dated = await assistant.add("Pack", start_date="2055-05-01", due_date="2055-05-03")
        await assistant.add("Now", start_date="2020-05-01", tags=["trip"])
        assert (later["sleeping"], dated["sleeping"]) == (True, True)

        async def found(name: str = "search_tasks", **arguments: Any) -> dict[str, bool]:
            answer = await assistant.call(name, **arguments)
            return {task["title"]: task["sleeping"] for task in answer["tasks"]}

        everything = {"Plan the summer": True, "Pack": True, "Now": False}
        assert await found() == await found(tag="trip") == {"Now": False}
        assert await found(sleeping=True) == await found(status="all") == everything
        assert await found(query="summer") == {"Plan the summer": True}
        month = {"start": "2055-05-01", "end": "2055-05-31"}
        assert await found("list_tasks_by_date", **month) == {"Pack": True}
        assert await found("get_tasks", ids=[later["id"]]) == {"Plan the summer": True}
        for uri in ("todo://open", "todo://tag/trip"):
            shown = json.loads(await resources.read(uri, assistant.context()))
            assert [task["title"] for task in shown["tasks"]] == ["Now"]


async def test_tasks_are_filed_into_projects_by_name_in_the_preview_and_undone(
    system: System,
) -> None:
    async with system.person() as person:
        assistant = Assistant(system, person)
        work = (await person.http.post("/api/projects", json={"name": "Work"})).json()["id"]
        first = await assistant.add("A", project_id=work)
        second = await assistant.add("B")
        listed = await assistant.call("list_projects")
        assert listed["inbox"]["value"] == 1
        assert [(one["name"], one["open"]["value"]) for one in listed["projects"]] == [("Work", 1)]
        found = await assistant.call("search_tasks", project=str(work))
        assert [task["id"] for task in found["tasks"]] == [first["id"]]
        moves = [
            {"task_id": first["id"], "clear": ["project_id"]},
            {"task_id": second["id"], "project_id": work},
        ]
        proposal = (await assistant.call("update_tasks", tasks=moves))["proposal"]
        assert [(row["before"], row["after"]) for row in proposal["rows"]] == [
            ({"project": "Work"}, {"project": "Inbox"}),
            ({"project": "Inbox"}, {"project": "Work"}),
        ]
        applied = await approve(person, proposal)
        assert [task["project_id"] for task in applied["applied"]] == [None, work]
        # The second one leaves the project, so only the first one can be put back, but its project is gone.
        await person.http.delete(f"/api/projects/{work}")
        undone = await assistant.call("undo_changes", batch_id=applied["batch_id"])
        assert [task["project_id"] for task in undone["undone"]] == [None]
        assert [failure["title"] for failure in undone["failures"]] == ["B"]
