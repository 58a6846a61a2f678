"""Access control: every operation of the API, called by its owner, by another user and without a login.

A new operation fails the first test until it is listed below.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.harness.chat import id_of, say
from tests.harness.oauth import assistant
from tests.harness.system import Person, System, eventually
from todo.runtime import clock

ABSENT = 987_654_321
DUE = (clock.now() + timedelta(days=365)).isoformat()


@dataclass(frozen=True)
class Call:
    """How an operation is called. `of` names the object in its path, if there is one."""

    of: str | None = None
    body: Any = None
    content_type: str = "application/json"
    # A status that the owner may get instead of a success.
    refused: int | None = None


CALLS: Mapping[str, Call] = {
    "getMe": Call(),
    "changeMe": Call(body={"name": "Mallory"}),
    "changePassword": Call(body={"current": "correct horse", "password": "battery staple"}),
    "mailConfirmation": Call(),
    "mailChannelConfirmation": Call("channel"),
    "deleteAccount": Call(body={"password": "correct horse"}),
    "changeAddress": Call(body={"email": "elsewhere@example.com", "password": "correct horse"}),
    "downloadOwnData": Call(),
    "readAccountLog": Call(),
    "listSessions": Call(),
    "endSession": Call("session"),
    "endAllSessions": Call(),
    "listTokens": Call(),
    "createToken": Call(body={"name": "t", "scope": "read"}),
    "deleteToken": Call("token"),
    "logOut": Call(),
    "createTask": Call(body={"title": "x"}),
    "listTasks": Call(),
    "countTasks": Call(),
    "listTaskChanges": Call(),
    "parseTask": Call(body={"text": "x"}),
    "getTask": Call("task"),
    "editTask": Call("task", body={"title": "changed"}),
    "deleteTask": Call("task"),
    "completeTask": Call("task"),
    "reopenTask": Call("task"),
    "skipTask": Call("task", refused=409),
    "restoreTask": Call("task"),
    "postponeTask": Call("task", body={"due_date": DUE}),
    "moveTask": Call("task", body={"after": None}),
    "listProjects": Call(),
    "createProject": Call(body={"name": "p"}),
    "orderProjects": Call(body={"ids": [1]}, refused=422),
    "getProject": Call("project"),
    "editProject": Call("project", body={"name": "changed"}),
    "archiveProject": Call("project"),
    "unarchiveProject": Call("project"),
    "deleteProject": Call("project"),
    "restoreProject": Call("project"),
    "listOccurrences": Call("task"),
    "listNextDates": Call("task"),
    "listTaskHistory": Call("task"),
    "listTaskReminders": Call("task"),
    "previewRecurrence": Call(body={"due_date": DUE, "recurrence": "daily"}),
    "previewReminders": Call(body={"due_date": DUE}),
    "listNotifications": Call(),
    "readAllNotifications": Call(),
    "readNotification": Call("notification"),
    "doneFromNotification": Call("notification"),
    "snoozeNotification": Call("notification", body={"minutes": 10}),
    "listDeliveries": Call("reminder"),
    "listChannels": Call(),
    "createChannel": Call(body={"kind": "email", "config": {"address": "a@example.com"}}),
    "changeChannel": Call("channel", body={"name": "n"}),
    "deleteChannel": Call("channel"),
    "testChannel": Call("channel"),
    "importCalendar": Call(
        body="BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:x\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
        content_type="text/calendar",
    ),
    "exportAll": Call(),
    "createFeed": Call(),
    "closeFeed": Call(),
    "createTicket": Call(),
    "listConnectedAssistants": Call(),
    "disconnectAssistant": Call("assistant"),
    "getProposal": Call("proposal"),
    "applyProposal": Call("proposal"),
    "dismissProposal": Call("proposal"),
    "undoBatch": Call("batch"),
    "chat": Call(body={"message": "what is due today?"}),
    "getChatStatus": Call(),
    "listConversations": Call(),
    "getConversation": Call("conversation"),
    "renameConversation": Call("conversation", body={"title": "t"}),
    "deleteConversation": Call("conversation"),
    "stopAnswer": Call("conversation"),
    "retryAnswer": Call("conversation"),
    "continueAnswer": Call("conversation", refused=409),  # no answer waits
}
# Public by design; each has its own tests.
PUBLIC = {
    *("register", "logIn", "askForReset", "resetPassword", "confirmAddress"),
    *("readFeed", "openLink", "followLink"),
}
# Whoever the browser belongs to may answer a request, once; test_authorization.py has their tests.
ANSWERED_ONCE = {"readConnectionRequest", "answerConnectionRequest"}
# For an administrator only; test_administration.py has its tests.
ADMINISTRATIVE = {"invite"}
SECRET = "Ann's secret title"


@dataclass
class Objects:
    """The id of one object of each kind."""

    ids: dict[str, int | UUID] = field(default_factory=dict)


def operations(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


async def objects_of(system: System, ann: Person) -> Objects:
    """A task whose reminder has fired, with one object of every kind."""
    task = await ann.add(SECRET, due_date=DUE, recurrence="weekly")
    await ann.http.post("/api/tasks", json={"title": SECRET, "reminders": [_soon()]})
    [rung] = await eventually(lambda: _notifications(ann))
    token = (await ann.http.post("/api/tokens", json={"name": SECRET})).json()
    project = (await ann.http.post("/api/projects", json={"name": SECRET})).json()
    channel = (await ann.get("/api/channels"))["items"][0]
    session = (await ann.get("/api/sessions"))["items"][0]
    async with assistant(system) as helper:
        await helper.connect(ann)
    connected = (await ann.get("/api/connected-assistants"))["items"][0]
    return Objects(
        {
            "task": task["id"],
            "token": token["id"],
            "project": project["id"],
            "session": session["id"],
            "channel": channel["id"],
            "notification": rung["id"],
            "reminder": rung["reminder_id"],
            "assistant": connected["id"],
            "conversation": UUID(id_of(await say(ann, f"show “{SECRET}”"))),
            **await _changes_of(ann, task["id"], token["token"]),
        }
    )


async def _changes_of(ann: Person, task_id: int, token: str) -> dict[str, UUID]:
    """A batch of changes that was made, and a proposal."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
    }

    async def call(name: str, task: dict[str, Any]) -> Any:
        params = {"name": name, "arguments": {"tasks": [task]}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        answer = await ann.http.post("/mcp", json=message, headers=headers)
        return answer.json()["result"]["structuredContent"]

    changed = await call("update_tasks", {"task_id": task_id, "priority": 1})
    proposed = await call("delete_tasks", {"task_id": task_id})
    return {"batch": UUID(changed["batch_id"]), "proposal": UUID(proposed["proposal"]["id"])}


def absent_id(like: int | UUID) -> int | UUID:
    return ABSENT if isinstance(like, int) else UUID(int=ABSENT)


def _soon() -> str:
    return (clock.now() + timedelta(milliseconds=300)).isoformat()


async def _notifications(person: Person) -> list[dict[str, Any]]:
    return list((await person.get("/api/notifications"))["items"])


async def perform(
    http: httpx2.AsyncClient, method: str, path: str, call: Call, id_: int | UUID
) -> httpx2.Response:
    address = path
    if call.of:
        before, _, rest = path.partition("{")
        address = f"{before}{id_}{rest.partition('}')[2]}"
    body = call.body if isinstance(call.body, str) else json.dumps(call.body) if call.body else None
    return await http.request(
        method, address, content=body, headers={"Content-Type": call.content_type}
    )


async def test_every_operation_is_in_the_matrix(system: System) -> None:
    assert set(operations(system.app.openapi())) == (
        set(CALLS) | PUBLIC | ANSWERED_ONCE | ADMINISTRATIVE
    )


@pytest.mark.parametrize("name", [name for name in CALLS if name != "logOut"])
async def test_an_operation_works_for_its_owner_only(system: System, name: str) -> None:
    method, path = operations(system.app.openapi())[name]
    call = CALLS[name]
    async with system.person() as ann, system.person() as bob, system.visitor() as anonymous:
        async with system.person() as left:
            await left.http.post("/api/auth/logout")
            mine = (await objects_of(system, ann)).ids.get(call.of or "", 0)
            before = await _state(system, ann)

            for stranger in (anonymous, left.http):
                answer = await perform(stranger, method, path, call, mine)
                assert answer.status_code == 401, answer.text
            answer = await perform(bob.http, method, path, call, mine)
            assert SECRET not in answer.text
            if call.of:
                absent = await perform(bob.http, method, path, call, absent_id(mine))
                assert answer.status_code == absent.status_code == 404
                assert answer.json() == absent.json()
            assert await _state(system, ann) == before

            answer = await perform(ann.http, method, path, call, mine)
            assert answer.status_code < 300 or answer.status_code == call.refused, answer.text


async def test_a_session_is_refused_after_its_logout(system: System) -> None:
    async with system.person() as ann:
        cookie = {"todo_session": str(ann.http.cookies["todo_session"])}
        assert (await ann.http.post("/api/auth/logout")).status_code == 204
        async with system.visitor() as thief:
            assert (await thief.get("/api/me", cookies=cookie)).status_code == 401


async def _state(system: System, ann: Person) -> list[Any]:
    """All rows of Ann that an operation could change."""
    rows = []
    for table in (
        "task",
        "project",
        "access_token",
        "channel",
        "notification",
        "reminder",
        "oauth_connection",
    ):
        rows += await system.fetch(
            f"SELECT to_jsonb(x) - 'last_used_at' AS row FROM {table} x WHERE user_id = $1 ORDER BY id",
            ann.id,
        )
    return [row["row"] for row in rows]
