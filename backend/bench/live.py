"""P3: from the click in one window to the next occurrence in another, over real WebSockets."""

import asyncio
import json
import time
from statistics import median
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.subject import Subject

TIMES = 300


async def complete_one(subject: Subject, window: ClientConnection) -> tuple[int, float]:
    """A new repeating task, and the milliseconds from its completion to its successor in `window`."""
    task = await subject.add("Water plants", due_date="2026-11-02T09:00:00Z", recurrence="daily")
    began = time.perf_counter()
    completing = asyncio.create_task(
        subject.call(subject.me, "POST", f"/api/tasks/{task}/complete")
    )
    while True:
        message = json.loads(await asyncio.wait_for(window.recv(), 30))
        seen = message.get("task") or {}
        if message.get("event_type") == "task_created" and seen.get("occurrence") == 2:
            break
    took = (time.perf_counter() - began) * 1000
    await completing
    return task, took


async def complete_to_window(subject: Subject) -> dict[str, Any]:
    ticket = (await subject.call(subject.me, "POST", "/api/realtime/tickets"))["ticket"]
    took: list[float] = []
    async with connect(f"ws://127.0.0.1:{subject.port}/ws?ticket={ticket}") as window:
        await window.recv()
        for _ in range(TIMES):
            took.append((await complete_one(subject, window))[1])
    took.sort()
    return {
        "times": TIMES,
        "p50": round(median(took), 1),
        "p99": round(took[int(len(took) * 0.99)], 1),
    }
