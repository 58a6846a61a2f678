"""P14, P15: start time and memory of `todo up`, without the pages' server (Node)."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil  # type: ignore[import-untyped]

from bench import load

TIMES = 5
_REST_SECONDS = 10  # idle before its memory is measured
_START_SECONDS = 120


async def start_and_weigh() -> dict[str, Any]:
    """One start without data, `TIMES` with; then the memory of Python and PostgreSQL together."""
    with tempfile.TemporaryDirectory(prefix="todo-bench-") as folder:
        first, _ = await _start(folder, weigh=False)
        took = [(await _start(folder, weigh=False))[0] for _ in range(TIMES)]
        _, weight = await _start(folder, weigh=True)
    return {
        "P15 first start, s": round(first, 2),
        "P15 start with data, s": round(median(took), 2),
        "P14 idle, MB PSS": weight,
    }


async def _start(folder: str, *, weigh: bool) -> tuple[float, dict[str, float]]:
    port = load.free_port()
    began = time.perf_counter()
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "todo.launch",
        env={**os.environ, "TODO_DATA_DIR": str(Path(folder) / "data"), "TODO_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            await load.until_open(port)
            while not await _is_ready(port):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.02)
        took = time.perf_counter() - began
        if not weigh:
            return took, {}
        await asyncio.sleep(_REST_SECONDS)
        return took, _weights(launcher.pid)
    finally:
        launcher.send_signal(signal.SIGTERM)
        await launcher.wait()


async def _is_ready(port: int) -> bool:
    status, _ = await load.once(port, load.request("GET", "/readyz"))
    return status == 200


def _weights(pid: int) -> dict[str, float]:
    launcher = psutil.Process(pid)
    weights: dict[str, float] = {"python": 0.0, "postgresql": 0.0}
    for process in (launcher, *launcher.children(recursive=True)):
        name = "postgresql" if "postgres" in process.name() else "python"
        if "node" not in process.name() and "next" not in process.name():
            weights[name] += process.memory_full_info().pss / 1024**2
    weights["together"] = sum(weights.values())
    return {name: round(weight, 1) for name, weight in weights.items()}
