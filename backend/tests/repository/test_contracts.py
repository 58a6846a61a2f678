"""specs/contracts: what the code says, without a fault for linters, and without a change that breaks a program."""

import json
from copy import deepcopy
from typing import Any

import pytest
from release.compatible import changes, contracts_at, contracts_here

from tests.repository.commands import ROOT, release, run
from todo.contracts.documents import documents
from todo.contracts.events import EVENTS
from todo.domain.events import KNOWN_TYPES
from todo.runtime.settings import Settings

FOLDER = ROOT / "specs/contracts"
NAMES = sorted(documents(Settings(_env_file=None)))


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_is_what_the_code_says(name: str) -> None:
    """After an intended change run `todo contracts specs/contracts`."""
    text = documents(Settings(_env_file=None))[name]
    assert json.loads((FOLDER / name).read_text()) == json.loads(text)


def test_the_folder_has_no_contract_of_something_that_is_gone() -> None:
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    assert files == set(NAMES)


def test_every_type_of_event_has_a_schema() -> None:
    published = set()
    for models in EVENTS.values():
        for model in models:
            type_ = model.model_json_schema()["properties"]["type"]
            published |= set(type_.get("enum", [type_.get("const")]))
    assert published == KNOWN_TYPES


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_redocly_finds_nothing(name: str) -> None:
    redocly = ROOT / "frontend/node_modules/.bin/redocly"
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    config = FOLDER / "redocly.yaml"
    answer = run(redocly, "lint", "--config", config, "--format", "json", FOLDER / name, env=quiet)
    assert json.loads(answer.stdout)["problems"] == []


def test_the_contracts_break_no_program_of_the_last_release() -> None:
    answer = release("compatible")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def changed(edit: Any) -> list[str]:
    now = contracts_here()
    later = deepcopy(now)
    edit(later)
    return [*changes(now, later)]


def test_what_is_only_added_breaks_nothing() -> None:
    def add(later: dict[str, Any]) -> None:
        schemas = later["openapi.json"]["components"]["schemas"]
        schemas["Task"]["properties"]["colour"] = {"type": "string"}
        schemas["NewTask"]["properties"]["colour"] = {"type": "string"}
        event = later["events/task-event.schema.json"]["$defs"]["TaskEventData"]
        event["properties"]["reason"] = {"type": "string"}
        later["mcp-tools.json"]["tools"].append({"name": "new", "inputSchema": {}})
        later["openapi.json"]["paths"]["/api/new"] = {}

    assert changed(add) == []


def test_what_breaks_a_program_is_named_with_its_place() -> None:
    def spoil(later: dict[str, Any]) -> None:
        paths = later["openapi.json"]["paths"]
        schemas = later["openapi.json"]["components"]["schemas"]
        del paths["/api/tasks/counts"]["get"]
        del schemas["Task"]["properties"]["title"]
        schemas["NewTask"]["required"].append("priority")
        schemas["NewTask"]["properties"]["tags"] = {"type": "string"}
        event = later["events/task-event.schema.json"]["$defs"]["TaskEventData"]
        event["properties"]["actor"] = {"type": ["string", "null"]}
        event["required"].remove("changes")
        del later["events/reminder-due.schema.json"]
        del later["asyncapi.json"]["channels"]["reminders"]
        tools = {tool["name"]: tool for tool in later["mcp-tools.json"]["tools"]}
        tools["get_tasks"]["inputSchema"]["required"].append("why")
        later["mcp-tools.json"]["tools"].remove(tools["search"])

    found = changed(spoil)
    for line in (
        "GET /api/tasks/counts: is gone",
        "GET /api/tasks 200.items[]: the field title is gone",
        "POST /api/tasks: the field priority is required now",
        "POST /api/tasks.tags: no longer accepts array",
        "events/task-event.schema.json.data.actor: may be null now",
        "events/task-event.schema.json.data: the field changes may be absent now",
        "events/reminder-due.schema.json: is gone",
        "asyncapi.json: the topic reminders is gone",
        "tool get_tasks: the field why is required now",
        "tool search: is gone",
    ):
        assert line in found


def test_a_request_that_was_allowed_and_is_refused_now_is_named() -> None:
    def narrow(later: dict[str, Any]) -> None:
        paths = later["openapi.json"]["paths"]
        parameters = paths["/api/tasks"]["get"]["parameters"]
        by_name = {parameter["name"]: parameter for parameter in parameters}
        parameters.remove(by_name["q"])
        by_name["limit"]["schema"]["maximum"] = 5
        by_name["status"]["schema"] = {"const": "open"}
        by_name["tag"]["required"] = True
        paths["/api/tasks/{task_id}/complete"]["post"]["requestBody"]["required"] = True
        fields = later["openapi.json"]["components"]["schemas"]["NewTask"]["properties"]
        fields["title"]["maxLength"] = 10
        fields["start_date"]["anyOf"][0]["pattern"] = "^2026"
        fields["tags"]["maxItems"] = 1
        fields["description"]["anyOf"][0]["enum"] = ["", "none"]
        tools = {tool["name"]: tool for tool in later["mcp-tools.json"]["tools"]}
        tools["get_tasks"]["inputSchema"]["minProperties"] = 2

    assert sorted(changed(narrow)) == [
        "GET /api/tasks: the query parameter q is gone",
        "GET /api/tasks: the query parameter tag is required now",
        "GET /api/tasks?limit: maximum is 5 now",
        'GET /api/tasks?status: no longer accepts "all"',
        'GET /api/tasks?status: no longer accepts "completed"',
        'GET /api/tasks?status: no longer accepts "trash"',
        "POST /api/tasks.description: no longer accepts other values",
        "POST /api/tasks.start_date: pattern is ^2026 now",
        "POST /api/tasks.tags: maxItems is 1 now",
        "POST /api/tasks.title: maxLength is 10 now",
        "POST /api/tasks/{task_id}/complete: a body is required now",
        "tool get_tasks: minProperties is 2 now",
    ]


def test_a_fixed_value_of_an_event_stays() -> None:
    def spoil(later: dict[str, Any]) -> None:
        event = later["events/reminder-due.schema.json"]["properties"]
        event["specversion"] = {"type": "string", "enum": ["1.0", "2.0"]}

    assert changed(spoil) == [
        'events/reminder-due.schema.json.specversion: is not always "1.0" now'
    ]


def test_a_commit_that_does_not_exist_is_named() -> None:
    answer = release("compatible", "no-such-release")
    assert answer.returncode == 1
    assert "compatible: no-such-release is no commit" in answer.stderr


def test_the_contracts_of_a_commit_are_read() -> None:
    assert "openapi.json" in contracts_at("HEAD")
