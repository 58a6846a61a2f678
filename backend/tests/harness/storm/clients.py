"""The users of the storm. They repeat a request until it is answered, and note what they were answered."""

import asyncio
import contextlib
import random
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.harness.reminder_storm import Sink
from tests.harness.storm.product import Clock

_DUE_AFTER = (12.0, 30.0)
_NOISY_CHANNELS = 8


@dataclass
class Journal:
    """What the clients were answered."""

    completed: set[int] = field(default_factory=set)
    # The tasks whose creation was answered before their reminder was due, with the time at which it is due.
    reminders: dict[int, float] = field(default_factory=dict)
    tried_again: Counter[str] = field(default_factory=Counter)


@dataclass
class Client:
    """A user. `post` repeats a request until the answer is a success."""

    http: httpx2.AsyncClient
    journal: Journal
    email: str
    chance: random.Random
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, path: str, body: Mapping[str, Any], key: str = "") -> Any:
        headers = {**self.headers, "Idempotency-Key": key} if key else self.headers
        while True:
            try:
                answer = await self.http.post(path, json=body, headers=headers)
            except httpx2.TransportError as error:
                self.journal.tried_again[type(error).__name__] += 1
            else:
                if answer.is_success:
                    return answer
                self.journal.tried_again[str(answer.status_code)] += 1
                # 409: the first try, whose answer did not come, is still being worked on
                if answer.status_code < 500 and answer.status_code != 409:
                    raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))

    async def register(self) -> None:
        person = {"email": self.email, "password": "a storm is coming, 2026"}
        answer = await self.post("/api/auth/register", person)
        self.headers = {
            "cookie": answer.headers["set-cookie"].partition(";")[0],
            "origin": str(self.http.base_url).rstrip("/"),
        }
        # Mail is not set up here.
        listed = (await self.http.get("/api/channels", headers=self.headers)).json()["items"]
        for channel in listed:
            await self.http.delete(f"/api/channels/{channel['id']}", headers=self.headers)

    async def add_webhook(self, url: str) -> str:
        channel = {"kind": "webhook", "config": {"url": url}}
        secret: str = (await self.post("/api/channels", channel)).json()["secret"]
        return secret

    async def repeating_tasks(self, count: int) -> list[int]:
        weekly = {
            "title": "water the plants",
            "due_date": "2027-01-04T09:00:00",
            "timezone": "Europe/Prague",
            "recurrence": "weekly",
        }
        return [(await self.post("/api/tasks", weekly)).json()["id"] for _ in range(count)]

    async def complete(self, tasks: list[int], pause: float) -> None:
        for task in tasks:
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))
            await self.post(f"/api/tasks/{task}/complete", {})
            self.journal.completed.add(task)

    async def plan_reminders(self, count: int, pause: float, clock: Clock) -> None:
        for _ in range(count):
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))
            began = time.monotonic()
            due = clock.now() + self.chance.uniform(*_DUE_AFTER)
            moment = datetime.fromtimestamp(due, UTC).isoformat()
            task = {"title": "remember", "reminders": [moment]}
            made = await self.post("/api/tasks", task, key=secrets.token_hex(16))
            # Else it may have passed by the product's clock when the person acted, and rightly does not ring.
            if clock.now() < due and clock.was_steady_since(began):
                self.journal.reminders[made.json()["id"]] = due

    async def make_noise(self, clock: Clock) -> None:
        """Reminders every second to receivers that never answer, until cancelled."""
        while True:
            moment = datetime.fromtimestamp(clock.now() + 3, UTC).isoformat()
            await self.post("/api/tasks", {"title": "noise", "reminders": [moment]})
            await asyncio.sleep(1)


NOISY = "noisy@example.org"


@dataclass
class Clients:
    """All users, the receiver of their webhooks, and a receiver that never answers."""

    url: str
    chance: random.Random
    journal: Journal = field(default_factory=Journal)
    sink: Sink = field(default_factory=Sink)
    people: list[Client] = field(default_factory=list)
    _exits: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _noise: list["asyncio.Task[None]"] = field(default_factory=list)

    async def __aenter__(self) -> "Clients":
        self._http = await self._exits.enter_async_context(
            httpx2.AsyncClient(base_url=self.url, timeout=10, trust_env=False)
        )
        self._hook = await self._listen(self.sink.handle)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.quiet()
        await self._exits.aclose()

    async def _listen(self, handle: Any) -> str:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        self._exits.callback(server.close)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def _client(self, email: str) -> Client:
        return Client(self._http, self.journal, email, random.Random(self.chance.random()))

    async def arrive(self, count: int) -> None:
        self.people = [self._client(f"storm-{number}@example.org") for number in range(count)]
        for number, person in enumerate(self.people):
            await person.register()
            secret = await person.add_webhook(f"{self._hook}/{number}")
            self.sink.secrets[f"/{number}"] = secret

    async def work(self, completions: int, reminders: int, seconds: float, clock: Clock) -> None:
        """Complete tasks and plan reminders, spread over `seconds`."""
        each, rings = completions // len(self.people), reminders // len(self.people)
        tasks = await asyncio.gather(*(person.repeating_tasks(each) for person in self.people))
        await asyncio.gather(
            *(
                person.complete(mine, seconds / each)
                for person, mine in zip(self.people, tasks, strict=True)
            ),
            *(person.plan_reminders(rings, seconds / rings, clock) for person in self.people),
        )

    async def add_noise(self, clock: Clock) -> None:
        hang = await self._listen(_never_answer)
        noisy = self._client(NOISY)
        await noisy.register()
        for number in range(_NOISY_CHANNELS):
            await noisy.add_webhook(f"{hang}/{number}")
        self._noise.append(asyncio.create_task(noisy.make_noise(clock)))

    def quiet(self) -> None:
        for task in self._noise:
            task.cancel()


async def _never_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        await reader.read()
