"""A person in a conversation: says something and reads the events."""

import json
from typing import Any

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
