"""The assistant's figures, as JSON: `python -m bench.assistant`. Report: docs/reports/assistant.json.

This is not a test: a slow machine does not fail it. The load average is part of the report.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import psutil  # type: ignore[import-untyped]

from bench import circumstances
from bench.subject import Subject
from todo.launch.postgres import Postgres

REPORT = Path(__file__).parents[2] / "docs" / "reports" / "assistant.json"
MESSAGES = 60
CALLS = 60
CHATS = 50
ROWS = 200
_HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}


@asynccontextmanager
async def _process(*arguments: str, **environment: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(*arguments, env={**os.environ, **environment})
    _started.append(process.pid)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


_started: list[int] = []


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return {"p50_ms": round(median(ordered) * 1000, 1), "p95_ms": round(p95 * 1000, 1)}


async def _first_token(http: httpx2.AsyncClient, message: str) -> float:
    began = time.perf_counter()
    async with http.stream("POST", "/api/chat", json={"message": message}) as answer:
        first = 0.0
        async for line in answer.aiter_lines():
            if line == "event: text" and not first:
                first = time.perf_counter() - began
    if not first:
        raise RuntimeError("no text in the answer")
    return first


async def _tool(http: httpx2.AsyncClient, name: str, arguments: dict[str, Any]) -> Any:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": arguments},
    }
    answer = await http.post("/mcp", json=call, headers=_HEADERS)
    answer.raise_for_status()
    return answer.json()["result"]["structuredContent"]


async def _timed(work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = await work
    return time.perf_counter() - began, result


async def _beside_rest(http: httpx2.AsyncClient) -> dict[str, Any]:
    """Getting one task through /mcp and through REST, in turns."""
    task = (await http.post("/api/tasks", json={"title": "Measured"})).json()
    mcp: list[float] = []
    rest: list[float] = []
    for _ in range(CALLS):
        mcp.append((await _timed(_tool(http, "get_tasks", {"ids": [task["id"]]})))[0])
        rest.append((await _timed(http.get(f"/api/tasks/{task['id']}")))[0])
    more = (median(mcp) - median(rest)) * 1000
    return {"mcp": _spread(mcp), "rest": _spread(rest), "more_p50_ms": round(more, 1)}


async def _bulk(http: httpx2.AsyncClient) -> dict[str, Any]:
    wanted = [{"title": f"Row {n}", "due_date": "2030-01-03"} for n in range(ROWS)]
    tasks = (await _tool(http, "add_tasks", {"tasks": wanted}))["applied"]
    moves = [{"task_id": task["id"], "due_date": "2030-01-04"} for task in tasks]
    proposed, result = await _timed(_tool(http, "reschedule_tasks", {"tasks": moves}))
    path = f"/api/proposals/{result['proposal']['id']}/apply"
    applied, answer = await _timed(http.post(path, json={}))
    undone, back = await _timed(http.post(f"/api/batches/{answer.json()['batch_id']}/undo"))
    if len(answer.json()["applied"]) != ROWS or len(back.json()["undone"]) != ROWS:
        raise RuntimeError("not every row was applied and undone")
    return {
        "rows": ROWS,
        "proposed_s": round(proposed, 2),
        "applied_s": round(applied, 2),
        "undone_s": round(undone, 2),
    }


def _memory_of_imports() -> dict[str, float]:
    """The resident memory of the services' code, with and without what the chat adds at start, in MB."""
    program = (
        "import resource, {}\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    # Everything but the room of the chat: what todo.services would import without it.
    without = (
        "import sys, types, resource\n"
        "sys.modules['todo.chat.routes'] = types.SimpleNamespace(router=__import__('fastapi').APIRouter())\n"
        "sys.modules['todo.chat.turns'] = types.SimpleNamespace(finish_answers=None)\n"
        "import todo.services\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    measured = {
        name: float(
            subprocess.run(
                [sys.executable, "-c", text], capture_output=True, check=True, text=True
            ).stdout
        )
        for name, text in (("with", program.format("todo.services")), ("without", without))
    }
    return {**measured, "more": round(measured["with"] - measured["without"], 1)}


async def measure(subject: Subject) -> dict[str, Any]:
    process = psutil.Process(_started[-1])
    idle = process.memory_info().rss / 1024**2
    headers = {"authorization": f"Bearer {subject.me.token}"}
    base = f"http://127.0.0.1:{subject.port}"
    async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=120) as http:
        cold = await _first_token(http, "what is due today")
        before = process.cpu_times()
        tokens = [await _first_token(http, f"add task {n} tomorrow at 9") for n in range(MESSAGES)]
        after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
        await _tool(http, "list_tags", {})
        beside = await _beside_rest(http)
        bulk = await _bulk(http)
        began = time.perf_counter()
        many = await asyncio.gather(*(_first_token(http, f"add note {n}") for n in range(CHATS)))
        took = time.perf_counter() - began
    return {
        "first token of the local model": {
            **_spread(tokens),
            # Whatever else runs on the machine.
            "processor_ms_per_answer": round(used / MESSAGES * 1000, 1),
            "the first chat after the start, s": round(cold, 1),
        },
        "get one task through /mcp and REST": beside,
        "a proposal": bulk,
        "concurrent chats": {
            "number": CHATS,
            "errors": 0,
            **_spread(many),
            "all_s": round(took, 1),
        },
        "memory of the process, MB": {
            "idle, no chat": round(idle),
            "after chats": round(process.memory_info().rss / 1024**2),
            "imports at start": _memory_of_imports(),
        },
    }


async def main() -> None:
    report = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres(Path(folder) / "data", Path(folder) / "log")
        server = await postgres.launch()
        try:
            await postgres.ready()
            async with await Subject.start(postgres.url, _process) as subject:
                report |= await measure(subject)
        finally:
            await server.stop()
    report["load_after"] = os.getloadavg()
    report["commands"] = [
        "python -m bench.assistant",
        "pytest tests/unit/chat tests/integration -k chat",
    ]
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
