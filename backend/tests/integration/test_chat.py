"""Conversations with the assistant, over HTTP: the local model, what is stored, and what is refused."""

import json
from typing import Any

from tests.harness.system import Person, System

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


async def test_a_conversation_adds_moves_completes_and_undoes(system: System) -> None:
    async with system.person() as ann:
        events = await say(ann, "add buy milk tomorrow at 5pm #home")
        names = [name for name, _ in events]
        assert names[:2] == ["conversation", "message"]
        assert names[-1] == "done"
        assert "tool_call" in names
        chat = id_of(events)
        [task] = await ann.tasks()
        assert (task["title"], task["tags"]) == ("buy milk", ["home"])
        await say(ann, "move it to friday", chat)
        await say(ann, "complete buy milk", chat)
        assert await ann.tasks() == []
        events = await say(ann, "undo that", chat)
        assert "Undone" in text_of(events), text_of(events)
        assert len(await ann.tasks()) == 1
