"""Every tool, called by the owner, by another user, by a token that may only read, and by a revoked one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from mcp.client.client import Client
from mcp_types import CallToolResult

from tests.harness.assistant import access_token, mcp_client
from tests.harness.system import Person, System, eventually
from todo.assistant.tools import BY_NAME, TOOLS, Scope

SECRET = "Secret plan of Ann"


@dataclass
class Scene:
    """A task of Ann's and what the tools need about it."""

    ann: Person
    client: Client
    task_id: int

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.call_tool(name, arguments)
        assert not answer.is_error, answer.content
        return dict(answer.structured_content or {})


Arguments = Callable[[Scene], Awaitable[dict[str, Any]]]


def of_task(**more: Any) -> Arguments:
    async def make(scene: Scene) -> dict[str, Any]:
        return {"tasks": [{"task_id": scene.task_id, **more}]}

    return make


def fixed(**arguments: Any) -> Arguments:
    async def make(_scene: Scene) -> dict[str, Any]:
        return arguments

    return make


def after(action: str, arguments: Arguments) -> Arguments:
    async def make(scene: Scene) -> dict[str, Any]:
        await scene.ann.do({"id": scene.task_id}, action)
        return await arguments(scene)

    return make


async def in_trash(scene: Scene) -> dict[str, Any]:
    await scene.ann.http.delete(f"/api/tasks/{scene.task_id}")
    return {"tasks": [{"task_id": scene.task_id}]}


async def proposed(scene: Scene) -> dict[str, Any]:
    change = {"tasks": [{"task_id": scene.task_id}]}
    proposal = (await scene.call("delete_tasks", change))["proposal"]
    return {"proposal_id": proposal["id"], "fingerprint": proposal["fingerprint"]}


async def changed(scene: Scene) -> dict[str, Any]:
    change = {"tasks": [{"task_id": scene.task_id, "priority": 1}]}
    return {"batch_id": (await scene.call("update_tasks", change))["batch_id"]}


async def with_history(scene: Scene) -> dict[str, Any]:
    path = f"/api/tasks/{scene.task_id}/history"
    await eventually(lambda: scene.ann.get(path), lambda page: bool(page["items"]))
    return {"task_id": scene.task_id}


async def by_id(scene: Scene) -> dict[str, Any]:
    return {"ids": [scene.task_id]}


async def as_document(scene: Scene) -> dict[str, Any]:
    return {"id": str(scene.task_id)}


async def of_series(scene: Scene) -> dict[str, Any]:
    return {"task_id": scene.task_id}


async def deletion(scene: Scene) -> dict[str, Any]:
    return {"changes": [{"action": "delete", "task_id": scene.task_id}]}


ARGUMENTS: dict[str, Arguments] = {
    "get_overview": fixed(),
    "search_tasks": fixed(query="Secret", status="all"),
    "get_tasks": by_id,
    "list_tasks_by_date": fixed(start="2030-05-01", end="2030-05-31"),
    "preview_recurrence": of_series,
    "list_tags": fixed(),
    "list_projects": fixed(),
    "get_history": with_history,
    "search": fixed(query="Secret"),
    "fetch": as_document,
    "add_tasks": fixed(tasks=[{"title": "Added"}]),
    "update_tasks": of_task(title="Changed"),
    "reschedule_tasks": of_task(due_date="2030-05-09"),
    "complete_tasks": of_task(),
    "reopen_tasks": after("complete", of_task()),
    "skip_tasks": of_task(),
    "postpone_tasks": of_task(due_date="2030-05-09"),
    "delete_tasks": of_task(),
    "restore_tasks": in_trash,
    "set_reminders": of_task(reminders=["PT1H"]),
    "snooze_reminders": of_task(minutes=30),
    "propose_changes": deletion,
    "apply_proposal": proposed,
    "undo_changes": changed,
}


def test_every_tool_is_in_the_matrix() -> None:
    assert ARGUMENTS.keys() == BY_NAME.keys()


async def scene_of(ann: Person, client: Client) -> Scene:
    task = await ann.add(
        SECRET, description=SECRET, tags=["secret"], due_date="2030-05-06", recurrence="weekly"
    )
    return Scene(ann, client, task["id"])


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS])
async def test_the_owner_may_and_nobody_else(system: System, name: str) -> None:
    async with system.person() as ann, system.person() as bob:
        token = await access_token(ann)
        async with (
            mcp_client(system.url, token) as own,
            mcp_client(system.url, await access_token(ann, "read")) as reading,
            mcp_client(system.url, await access_token(bob)) as foreign,
        ):
            scene = await scene_of(ann, own)
            arguments = await ARGUMENTS[name](scene)
            before = await state_of(ann, scene.task_id)

            leaked = await foreign.call_tool(name, arguments)
            assert_nothing_of_ann(leaked)
            assert await state_of(ann, scene.task_id) == before

            by_reader = await reading.call_tool(name, arguments)
            assert by_reader.is_error is (BY_NAME[name].scope is not Scope.READ)
            assert await state_of(ann, scene.task_id) == before

            by_owner = await own.call_tool(name, arguments)
            assert not by_owner.is_error, by_owner.content
            assert by_owner.structured_content is not None

        await revoke(ann)
        answer = await ann.http.post(
            "/mcp",
            json={
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": name, "arguments": arguments},
            },
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 401
        assert SECRET not in answer.text


async def state_of(person: Person, task_id: int) -> Any:
    return await person.get(f"/api/tasks/{task_id}")


def assert_nothing_of_ann(answer: CallToolResult) -> None:
    text = str(answer.model_dump())
    assert SECRET not in text
    assert "secret" not in text.replace("'query': 'Secret'", "").lower()


async def revoke(person: Person) -> None:
    for token in (await person.get("/api/tokens"))["items"]:
        answer = await person.http.delete(f"/api/tokens/{token['id']}")
        assert answer.status_code == 204
