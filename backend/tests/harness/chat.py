"""A person in a conversation: says something and reads the events."""

import json
from typing import Any

import httpx2

from tests.harness.system import Person

Events = list[tuple[str, dict[str, Any]]]


def read_events(body: str) -> Events:
    found = []
    for block in body.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


async def say(person: Person, message: str, conversation: str | None = None, **more: Any) -> Events:
    wanted = {"message": message, "conversation_id": conversation, **more}
    answer = await person.http.post("/api/chat", json=wanted)
    assert answer.status_code == 200, answer.text
    return read_events(answer.text)


def text_of(events: Events) -> str:
    return "".join(data["delta"] for name, data in events if name == "text")


def id_of(events: Events) -> str:
    return next(str(data["id"]) for name, data in events if name == "conversation")


def of_kind(events: Events, kind: str) -> list[dict[str, Any]]:
    return [data for name, data in events if name == kind]


async def titles(person: Person, **query: Any) -> list[str]:
    return sorted(task["title"] for task in await person.tasks(limit=200, **query))


async def converse(http: httpx2.AsyncClient) -> str:
    """A conversation in which a signed-in person adds, moves, approves and undoes. Returns its id."""

    async def turn(message: str, chat: str | None) -> Events:
        answer = await http.post("/api/chat", json={"message": message, "conversation_id": chat})
        assert answer.status_code == 200, answer.text
        return read_events(answer.text)

    async def dates() -> list[str]:
        page = await http.get("/api/tasks", params={"tag": "garden"})
        return [task["due_date"] for task in page.raise_for_status().json()["items"]]

    chat = id_of(await turn("add water the roses on 1 march 2030 #garden", None))
    await turn("add mow the lawn on 2 march 2030 #garden", chat)
    [proposal] = of_kind(
        await turn("move everything tagged garden to 2030-03-05", chat), "proposal"
    )
    assert await dates() == ["2030-03-01", "2030-03-02"]
    applied = await http.post(f"/api/proposals/{proposal['id']}/apply")
    assert applied.raise_for_status().json()["failures"] == []
    assert await dates() == ["2030-03-05", "2030-03-05"]
    assert of_kind(await turn("undo that", chat), "tool_result")[-1]["ok"]
    assert await dates() == ["2030-03-01", "2030-03-02"]
    return chat
