"""Kills the backend in the middle of answers and of approvals. What was done is done once, and is told."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import httpx2

from tests.harness.chat import id_of, of_kind, read_events
from tests.harness.system import eventually

_ADDED = 6


class Victim:
    """A running product with a person in it. `restart` kills its backend, and returns when it answers again."""

    def __init__(
        self, http: httpx2.AsyncClient, restart: Callable[[], Awaitable[None]], database_url: str
    ) -> None:
        self.http = http
        self.outcomes: Counter[str] = Counter()
        self._restart = restart
        self._database_url = database_url

    async def kill_during(self, path: str, after: float, **request: Any) -> None:
        """Send a request, and kill the backend after so many seconds, whatever it is doing then."""
        sent = asyncio.create_task(self.http.post(path, **request))
        await asyncio.sleep(after)
        await self._restart()
        with suppress(httpx2.TransportError):
            await sent

    async def titles(self, tag: str) -> list[str]:
        page = await self.http.get("/api/tasks", params={"tag": tag, "limit": 100})
        return sorted(task["title"] for task in page.raise_for_status().json()["items"])

    async def say(self, message: str, key: str, conversation: str | None = None) -> Any:
        wanted = {"message": message, "conversation_id": conversation}
        headers = {"Idempotency-Key": key}
        # The first answer of a process imports the model.
        answer = await self.http.post("/api/chat", json=wanted, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return read_events(answer.text)

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._database_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def kill_an_answer(victim: Victim, word: str, after: float) -> None:
    """A sentence with several orders is cut off; what was said is there, and "Try again" does the rest."""
    wanted = [f"{word} {letter}" for letter in "abcdefgh"[:_ADDED]]
    message = "; ".join(f"add “{title}” #{word}" for title in wanted)
    keyed = {"json": {"message": message}, "headers": {"Idempotency-Key": word}}
    await victim.kill_during("/api/chat", after, **keyed)
    done = await victim.titles(word)
    assert done == wanted[: len(done)], "each once, in their order"
    # As if the lease of the answer had run out.
    await victim.execute("UPDATE messages SET alive_at = now() - interval '1 minute'")
    shown = await _conversation_with(victim, message)
    if shown is None:
        assert done == []
        victim.outcomes["answer: not received"] += 1
    else:
        _check_told(shown["messages"], message, done)
        part = "all" if len(done) == len(wanted) else "a part" if done else "nothing"
        victim.outcomes[f"answer: {part} done"] += 1
    again = await victim.say(message, word)
    assert of_kind(again, "done")[0]["status"] == "complete"
    assert await victim.titles(word) == wanted


def _check_told(messages: list[dict[str, Any]], message: str, done: list[str]) -> None:
    assert messages[0]["text"] == message
    if len(messages) == 1:
        assert done == []
        return
    assert messages[1]["status"] in ("interrupted", "complete")
    told = [part["ok"] for part in messages[1]["parts"] if part["type"] == "tool"]
    assert told.count(True) == len(done), messages[1]["parts"]


async def _conversation_with(victim: Victim, message: str) -> Any:
    listed = (await victim.http.get("/api/conversations")).raise_for_status().json()["items"]
    for item in listed:
        if message.startswith(item["title"]):
            return (await victim.http.get(f"/api/conversations/{item['id']}")).json()
    return None


async def kill_an_approval(victim: Victim, word: str, after: float) -> None:
    """All rows of a proposal are applied, or none; approving again applies what was not."""
    wanted = [f"{word} {letter}" for letter in "abcdefgh"]
    for title in wanted:
        await victim.http.post("/api/tasks", json={"title": title, "tags": [word]})
    events = await victim.say(f"delete everything tagged {word}", f"delete {word}")
    [proposal] = of_kind(events, "proposal")
    path = f"/api/proposals/{proposal['id']}"
    await victim.kill_during(f"{path}/apply", after)
    status = (await victim.http.get(path)).json()["status"]
    left = await victim.titles(word)
    assert (status, left) in (("open", wanted), ("applied", [])), (status, left)
    victim.outcomes[f"approval: {status}"] += 1
    again = await victim.http.post(f"{path}/apply")
    assert again.status_code == (200 if status == "open" else 409), again.text
    assert await victim.titles(word) == []
    # The conversation goes on, and takes all of it back in one step.
    undone = await victim.say("undo that", f"undo {word}", id_of(events))
    assert of_kind(undone, "tool_result")[-1]["ok"]
    assert await victim.titles(word) == wanted


async def kill_again_and_again(victim: Victim, kills: int, seed: int) -> None:
    """Half of the kills in answers, half in approvals, at random moments of either."""
    chance = random.Random(seed)
    await victim.say("what is due today?", "first")
    for number in range(kills):
        word = f"k{seed}n{number}"
        if number % 2:
            await kill_an_approval(victim, word, chance.triangular(0, 0.3, 0.05))
        else:
            await victim.say("what is due today?", f"warm {word}")
            await kill_an_answer(victim, word, chance.triangular(0, 1, 0.2))


async def answers(http: httpx2.AsyncClient) -> bool:
    with suppress(httpx2.TransportError):
        return (await http.get("/readyz")).status_code == 200
    return False


async def ready(http: httpx2.AsyncClient) -> None:
    await eventually(lambda: answers(http), within=90)
