"""Clients inside the cluster: they use the product through the edge and report what they saw.

    python client.py job                     the main job once, with its times
    python client.py complete N SECONDS      N weekly tasks completed, evenly over the time, with retries
    python client.py steady SECONDS RATE     completes tasks at a rate, never retries, and counts failures
    python client.py hammer SECONDS WORKERS  as many list requests as possible
    python client.py watch SECONDS           one open window: how long it was not connected

Prints "started", and at the end one line of JSON. SIGTERM ends it early.
"""

import asyncio
import json
import re
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Origin

EDGE, HOST = "http://edge", "todo.test"
stop = asyncio.Event()


def instant() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def now() -> str:
    return f"{instant():%H:%M:%S.%f}"[:-3]


class Person:
    def __init__(self) -> None:
        self.http = httpx2.AsyncClient(
            base_url=EDGE,
            headers={"Host": HOST, "Origin": f"http://{HOST}"},
            timeout=20,
            limits=httpx2.Limits(max_connections=100),
            trust_env=False,
        )
        self.email = f"{secrets.token_hex(6)}@example.com"
        self.errors: list[str] = []
        self.milliseconds: list[float] = []
        self.slowest: list[tuple[float, str]] = []

    async def register(self) -> None:
        account = {"email": self.email, "password": secrets.token_urlsafe(18), "timezone": "UTC"}
        while not stop.is_set():
            answer = await self.once("POST", "/api/auth/register", 201, account)
            if answer is not None:
                cookie = answer.headers["set-cookie"].split(";")[0]
                self.http.headers["Cookie"] = cookie
                self.errors.clear()
                return
            await asyncio.sleep(0.5)

    async def confirm_address(self) -> None:
        """Open the link that was mailed at registration, as reminders go to confirmed addresses only."""
        async with httpx2.AsyncClient(trust_env=False) as sink:
            while not stop.is_set():
                for mail in (await sink.get("http://smtp:8025/messages")).json():
                    link = re.search(r"/confirm#([\w-]+)", str(mail["text"]))
                    if link and self.email in mail["to"]:
                        body = {"token": link[1]}
                        await self.until_answered("POST", "/api/auth/confirm-address", 200, body)
                        return
                await asyncio.sleep(0.5)

    async def once(
        self, method: str, path: str, wanted: int, body: object = None, **headers: str
    ) -> httpx2.Response | None:
        began = time.monotonic()
        try:
            answer = await self.http.request(method, path, json=body, headers=headers)
        except httpx2.TransportError as error:
            self.errors.append(f"{now()} {method} {path}: {error!r}")
            return None
        took = (time.monotonic() - began) * 1000
        self.milliseconds.append(took)
        self.slowest = sorted([*self.slowest, (took, f"{now()} {method} {path}")])[-3:]
        if answer.status_code != wanted:
            self.errors.append(f"{now()} {method} {path}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer

    async def until_answered(
        self, method: str, path: str, wanted: int, body: object = None, **headers: str
    ) -> httpx2.Response:
        while True:
            answer = await self.once(method, path, wanted, body, **headers)
            if answer is not None:
                return answer
            await asyncio.sleep(0.3)

    async def open_window(self) -> Any:
        answer = await self.http.post("/api/realtime/tickets", json={})
        answer.raise_for_status()
        url = f"ws://{HOST}/ws?ticket={answer.json()['ticket']}"
        socket = await connect(
            url, host="edge", port=80, origin=Origin(f"http://{HOST}"), open_timeout=5, proxy=None
        )
        hello = json.loads(await asyncio.wait_for(socket.recv(), 5))
        if hello["type"] != "hello":
            raise OSError(f"no hello but {hello}")
        return socket


def weekly(**more: object) -> dict[str, object]:
    due = instant().replace(microsecond=0) - timedelta(minutes=30)
    return {
        "title": "Water the plants",
        "due_date": due.isoformat(),
        "recurrence": "weekly",
        "reminders": [],
        **more,
    }


async def job() -> dict[str, object]:
    person = Person()
    await person.register()
    await person.confirm_address()
    window = await person.open_window()
    task = (await person.until_answered("POST", "/api/tasks", 201, weekly())).json()

    async def heard(match: Callable[[dict[str, Any]], bool]) -> float:
        async with asyncio.timeout(30):
            while True:
                message = json.loads(await window.recv())
                if match(message):
                    return time.monotonic()

    def successor(message: dict[str, Any]) -> bool:
        shown = message.get("task") or {}
        return bool(shown.get("occurrence") == task["occurrence"] + 1)

    def titled(title: str, message: dict[str, Any]) -> bool:
        return bool((message.get("task") or {}).get("title") == title)

    await asyncio.sleep(1)
    began = time.monotonic()
    await person.until_answered("POST", f"/api/tasks/{task['id']}/complete", 200, {})
    successor_ms = (await heard(successor) - began) * 1000
    listed = (await person.until_answered("GET", "/api/tasks?status=open", 200)).json()["items"]

    latencies = []
    for number in range(40):
        title = f"edit {number}"
        began = time.monotonic()
        editing = asyncio.create_task(
            person.until_answered("PATCH", f"/api/tasks/{listed[0]['id']}", 200, {"title": title})
        )
        at = await heard(partial(titled, title))
        await editing
        latencies.append((at - began) * 1000)
        await asyncio.sleep(0.1)
    latencies.sort()

    due = instant().replace(microsecond=0) + timedelta(seconds=6)
    remind = weekly(title="Call the plumber", due_date=due.isoformat(), reminders=["PT0S"])
    await person.until_answered("POST", "/api/tasks", 201, remind)
    rang = await heard(lambda m: m["type"] == "reminder.due")
    late = time.time() - due.timestamp()
    mails: list[dict[str, Any]] = []
    async with httpx2.AsyncClient(trust_env=False) as sink:
        for _ in range(60):
            mails = [
                m
                for m in (await sink.get("http://smtp:8025/messages")).json()
                if person.email in m["to"] and "/confirm#" not in m["text"]
            ]
            if mails:
                break
            await asyncio.sleep(0.5)
    return {
        "successors": len([t for t in listed if t["due_date"] > task["due_date"]]),
        "successor_in_second_window_ms": round(successor_ms, 1),
        "commit_to_browser_ms": {
            "p50": round(latencies[len(latencies) // 2], 1),
            "p95": round(latencies[int(len(latencies) * 0.95)], 1),
        },
        "bell_rang": bool(rang),
        "reminder_late_seconds": round(late, 2),
        "mails": [mail["subject"] for mail in mails],
    }


async def complete(count: int, seconds: int) -> dict[str, object]:
    person = Person()
    await person.register()
    done: list[int] = []
    began = time.monotonic()

    async def one(number: int) -> None:
        await asyncio.sleep(began + seconds * number / count - time.monotonic())
        made = await person.until_answered(
            "POST",
            "/api/tasks",
            201,
            weekly(title=f"task {number}"),
            **{"Idempotency-Key": f"{person.email}-{number}"},
        )
        task = made.json()["id"]
        await person.until_answered("POST", f"/api/tasks/{task}/complete", 200, {})
        done.append(task)

    await asyncio.gather(*(one(number) for number in range(count)))
    return {
        "email": person.email,
        "acknowledged": len(set(done)),
        "asked_again": len(person.errors),
        "seconds": round(time.monotonic() - began, 1),
    }


async def steady(seconds: float, rate: float) -> dict[str, object]:
    person = Person()
    await person.register()
    acknowledged = 0
    end = time.monotonic() + seconds
    running: set[asyncio.Task[None]] = set()

    async def one() -> None:
        nonlocal acknowledged
        made = await person.once("POST", "/api/tasks", 201, weekly())
        if made is not None:
            path = f"/api/tasks/{made.json()['id']}/complete"
            answer = await person.once("POST", path, 200, {})
            acknowledged += answer is not None  # no await in this statement: other tasks count too
        # For a signed-in user the page calls the API through its own sidecar.
        await person.once("GET", "/login", 307)

    while time.monotonic() < end and not stop.is_set():
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*running)
    return summary(person, acknowledged=acknowledged)


async def hammer(seconds: float, workers: int) -> dict[str, object]:
    person = Person()
    await person.register()
    for number in range(20):
        await person.until_answered("POST", "/api/tasks", 201, weekly(title=f"task {number}"))
    person.milliseconds.clear()
    end = time.monotonic() + seconds

    async def work() -> None:
        while time.monotonic() < end and not stop.is_set():
            await person.once("GET", "/api/tasks?status=open", 200)

    await asyncio.gather(*(work() for _ in range(workers)))
    return summary(person)


def summary(person: Person, **more: object) -> dict[str, object]:
    took = sorted(person.milliseconds) or [0.0]
    return {
        **more,
        "email": person.email,
        "requests": len(person.milliseconds) + len(person.errors),
        "failed": len(person.errors),
        "p50_ms": round(took[len(took) // 2], 1),
        "p99_ms": round(took[int(len(took) * 0.99)], 1),
        "errors": person.errors[:5],
        "slowest": [f"{took:.0f} ms, answered {what}" for took, what in person.slowest],
    }


async def watch(seconds: float) -> dict[str, object]:
    """Reconnect as a browser does: immediately, then after 0.5, 1, 2, 4 … seconds."""
    person = Person()
    await person.register()
    gaps: list[float] = []
    lost = None
    tries = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stop.is_set():
        try:
            socket = await person.open_window()
            if lost is not None:
                gaps.append(time.monotonic() - lost)
            lost, tries = None, 0
            while time.monotonic() < end and not stop.is_set():
                try:
                    await asyncio.wait_for(socket.recv(), 1)
                except TimeoutError:
                    continue
        except Exception as error:
            lost = lost or time.monotonic()
            print(f"{now()} not connected: {error!r}", flush=True)
            await asyncio.sleep(min(4.0, 0.25 * 2**tries))
            tries += 1
    return {
        "reconnects": len(gaps),
        "longest_gap_seconds": round(max(gaps, default=0.0), 2),
        "connected_at_the_end": lost is None,
    }


WAYS: dict[str, Callable[..., Awaitable[dict[str, object]]]] = {
    "job": job,
    "complete": complete,
    "steady": steady,
    "hammer": hammer,
    "watch": watch,
}


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    way, *arguments = sys.argv[1:]
    print("started", flush=True)
    report = await WAYS[way](
        *(int(a) if way == "complete" else float(a) if "." in a else int(a) for a in arguments)
    )
    print(json.dumps(report), flush=True)


asyncio.run(main())
