"""The MCP server over HTTP, with the official SDK's client, in both eras of the protocol."""

import sys
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from tests.harness.assistant import ERAS, access_token, mcp_client
from tests.harness.system import System, eventually
from todo.assistant.instructions import INSTRUCTIONS
from todo.assistant.tools import TOOLS, Scope


@pytest.mark.parametrize("mode", ERAS)
async def test_a_client_lists_and_calls_tools(system: System, mode: str) -> None:
    async with system.person() as person:
        token = await access_token(person)
        async with mcp_client(system.url, token, mode=mode) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
            added = await client.call_tool("add_tasks", {"tasks": [{"title": "Milk"}]})
            assert not added.is_error
            assert added.structured_content["applied"][0]["title"] == "Milk"
            assert [task["title"] for task in await person.tasks()] == ["Milk"]


@pytest.mark.parametrize("mode", ERAS)
async def test_a_client_reads_resources_and_prompts(system: System, mode: str) -> None:
    async with system.person() as person:
        task = await person.add("Milk", tags=["shop ping"])
        async with mcp_client(system.url, await access_token(person), mode=mode) as client:
            for resource in (await client.list_resources()).resources:
                assert (await client.read_resource(resource.uri)).contents
            assert len((await client.list_resource_templates()).resource_templates) == 2
            for uri in (f"todo://task/{task['id']}", "todo://tag/shop%20ping"):
                (content,) = (await client.read_resource(uri)).contents
                assert isinstance(content, types.TextResourceContents)
                assert '"title":"Milk"' in content.text
            with pytest.raises(MCPError, match="no such task"):
                await client.read_resource("todo://task/999999")
            with pytest.raises(MCPError, match="no such resource"):
                await client.read_resource(f"todo://task/{'9' * 5000}")
            for prompt in (await client.list_prompts()).prompts:
                assert prompt.description
                arguments = {argument.name: "{x}" for argument in prompt.arguments or ()}
                found = await client.get_prompt(prompt.name, arguments)
                assert found.messages


async def test_failed_calls_say_what_is_wrong_and_what_is_known(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with system.person() as person:
        tasks = [await person.add("One"), await person.add("Two")]
        async with mcp_client(system.url, await access_token(person)) as client:

            async def error(name: str, arguments: dict[str, Any]) -> str:
                answer = await client.call_tool(name, arguments)
                assert answer.is_error
                return str(answer.content[0].text)  # type: ignore[union-attr]

            rule = {"recurrence": "FREQ=NEVER", "due_date": "2030-01-01"}
            assert "Invalid arguments: recurrence" in await error("preview_recurrence", rule)

            wanted = {"tasks": [{"task_id": task["id"]} for task in tasks]}
            proposed = (await client.call_tool("complete_tasks", wanted)).structured_content
            assert proposed is not None
            proposal = proposed["proposal"]
            forged = {"proposal_id": proposal["id"], "fingerprint": "0" * 16}
            assert "fingerprint" in await error("apply_proposal", forged)

            async def broken(*_: Any, **__: Any) -> Any:
                raise ConnectionResetError

            monkeypatch.setattr("todo.assistant.tools.changing.BatchWriter.begin", broken)
            said = await error("add_tasks", {"tasks": [{"title": "Milk"}]})
            assert "not known whether anything was changed; look before you repeat it" in said


async def test_a_read_token_sees_and_uses_reading_tools_only(system: System) -> None:
    async with system.person() as person:
        async with mcp_client(system.url, await access_token(person, "read")) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert names == {tool.name for tool in TOOLS if tool.scope is Scope.READ}
            answer = await client.call_tool("add_tasks", {"tasks": [{"title": "Milk"}]})
            assert answer.is_error
            assert "tasks:write" in answer.content[0].text  # type: ignore[union-attr]
        assert await person.tasks() == []


async def test_requests_without_a_valid_token_are_challenged(system: System) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with system.visitor() as visitor:
        for token in (None, "tdo_wrong"):
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            answer = await visitor.post("/mcp", json=message, headers=headers)
            assert answer.status_code == 401
            challenge = answer.headers["www-authenticate"]
            assert "/.well-known/oauth-protected-resource/mcp" in challenge
            assert ("invalid_token" in challenge) is (token == "tdo_wrong")


async def test_a_session_cookie_is_no_credential_here(system: System) -> None:
    async with system.person() as person:
        answer = await person.http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert answer.status_code == 401


async def test_other_sites_are_refused(system: System) -> None:
    async with system.person() as person:
        headers = {"Authorization": f"Bearer {await access_token(person)}"}
        for origin, status in (
            ("https://evil.example", 403),
            ("http://[", 403),
            ("null", 403),
            (system.url, 200),
            ("http://localhost:6274", 200),
        ):
            answer = await person.http.post(
                "/mcp",
                json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                headers=headers
                | {"Origin": origin, "Accept": "application/json, text/event-stream"},
            )
            assert answer.status_code == status, answer.text


async def test_there_is_no_stream_to_open_or_session_to_end(system: System) -> None:
    async with system.person() as person:
        headers = {"Authorization": f"Bearer {await access_token(person)}"}
        for method in ("GET", "DELETE"):
            answer = await person.http.request(method, "/mcp", headers=headers)
            assert answer.status_code == 405


def test_the_essentials_are_in_the_first_512_characters() -> None:
    start = INSTRUCTIONS[:512]
    for essential in ("get_overview", "apply_proposal", "approve_at", "never instructions", "undo"):
        assert essential in start


async def test_the_history_names_the_token_and_the_batch(system: System) -> None:
    async with system.person() as person:
        async with mcp_client(system.url, await access_token(person, name="My editor")) as client:
            added = await client.call_tool("add_tasks", {"tasks": [{"title": "Milk"}]})
            (task,) = added.structured_content["applied"]
            await _history_of(person, task["id"])
            answer = await client.call_tool("get_history", {"task_id": task["id"]})
        entry = answer.structured_content["items"][0]
        assert entry["actor"] == "token My editor"
        assert entry["batch_id"] == added.structured_content["batch_id"]


async def _history_of(person: Any, task_id: int) -> Any:
    async def look() -> Any:
        return (await person.get(f"/api/tasks/{task_id}/history"))["items"]

    return await eventually(look)


async def test_a_client_that_opens_pages_is_sent_to_the_one_where_the_person_approves(
    system: System,
) -> None:
    opened: list[str] = []

    async with system.person() as person:

        async def opens(_context: Any, params: Any) -> types.ElicitResult:
            opened.append(params.url)
            if len(opened) == 3:
                id_ = params.url.rpartition("/")[2]
                assert (await person.http.post(f"/api/proposals/{id_}/apply")).status_code == 200
            # The first answers claim an approval that was not given.
            return types.ElicitResult(action="accept", content={"approve": True})

        task = await person.add("Old")
        token = await access_token(person)
        async with mcp_client(system.url, token, elicitation_callback=opens) as client:
            proposed = await client.call_tool("delete_tasks", {"tasks": [{"task_id": task["id"]}]})
            proposal = proposed.structured_content["proposal"]
            wanted = {"proposal_id": proposal["id"], "fingerprint": proposal["fingerprint"]}
            for _ in range(2):
                waiting = await client.call_tool("apply_proposal", wanted)
                assert waiting.structured_content["applied"] == []
                assert len(await person.tasks()) == 1
            applied = await client.call_tool("apply_proposal", wanted)
            assert [task["title"] for task in applied.structured_content["applied"]] == ["Old"]
            assert (await client.call_tool("apply_proposal", wanted)).structured_content["batch_id"]
        assert opened == [waiting.structured_content["approve_at"]] * 3
        assert await person.tasks() == []


@pytest.mark.parametrize("mode", ERAS)
async def test_todo_mcp_serves_the_same_over_stdio(system: System, mode: str) -> None:
    async with system.person() as person:
        command = StdioServerParameters(
            command=str(Path(sys.executable).with_name("todo")),
            args=["mcp", "--url", system.url],
            env={"TODO_TOKEN": await access_token(person)},
        )
        async with Client(command, mode=mode) as client:
            assert len((await client.list_tools()).tools) == len(TOOLS)
            added = await client.call_tool("add_tasks", {"tasks": [{"title": "Mílk"}]})
            assert not added.is_error
            task = added.structured_content["applied"][0]
            assert (await client.read_resource(f"todo://task/{task['id']}")).contents
            assert (await client.read_resource("todo://tag/caf%C3%A9")).contents
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool("no_such_tool", {})
        assert [task["title"] for task in await person.tasks()] == ["Mílk"]


async def test_todo_mcp_says_that_the_token_is_not_accepted(system: System) -> None:
    command = StdioServerParameters(
        command=str(Path(sys.executable).with_name("todo")),
        args=["mcp", "--url", system.url, "--token", "tdo_wrong"],
    )
    with pytest.raises(BaseException) as refusal:
        async with Client(command) as client:
            await client.list_tools()
    assert "todo login" in _texts(refusal.value)


def _texts(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return " ".join([str(error), *map(_texts, inner)])
