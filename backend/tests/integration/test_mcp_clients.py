"""The first requests of Claude Code and Codex are answered as they expect (tests/fixtures/mcp)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.assistant import access_token
from tests.harness.system import System

FOLDER = Path(__file__).parents[1] / "fixtures/mcp"
RECORDED = [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: str(one["client"]))
async def test_the_first_requests_of_a_client_are_answered(system: System, recorded: Any) -> None:
    async with system.person() as person:
        headers = {
            "Authorization": f"Bearer {await access_token(person)}",
            "Accept": "application/json, text/event-stream",
        }
        for request in recorded["requests"]:
            answer = await person.http.post(
                "/mcp", json=request["body"], headers=headers | request["headers"]
            )
            if "id" not in request["body"]:
                assert answer.status_code == 202
                continue
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/json"
            assert "mcp-session-id" not in answer.headers
            assert answer.json()["id"] == request["body"]["id"]
            expect(request["body"]["method"], answer.json()["result"], recorded["protocol"])


def expect(method: str, result: Any, protocol: str) -> None:
    match method:
        case "initialize":
            assert result["protocolVersion"] == protocol
            assert result["instructions"]
        case "server/discover":
            assert protocol in result["supportedVersions"]
            assert {"tools", "prompts", "resources"} <= result["capabilities"].keys()
        case "tools/list":
            assert all(tool["title"] and tool["annotations"] for tool in result["tools"])
        case "tools/call":
            assert result["structuredContent"]["timezone"] == "Europe/Berlin"
        case _:
            assert result[method.partition("/")[0]]
