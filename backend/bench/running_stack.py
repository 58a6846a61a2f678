"""The stack under measurement: `todo up --stack dapr` as a process of its own."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from bench import load


class Stack:
    """Starts and stops it; tells the memory and processor time of each of its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = load.free_port()
        self.process: asyncio.subprocess.Process | None = None

    @property
    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return found

    async def start(self) -> dict[str, float]:
        """The seconds until the pages and the API answer (P15)."""
        began = time.perf_counter()
        with (self.folder.parent / "up.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("todo"), "up", "--stack", "dapr",
                env={
                    **os.environ,
                    "TODO_DATA_DIR": str(self.folder),
                    "TODO_PORT": str(self.port),
                    "TODO_LOGIN_LIMIT": "9999/minute",
                    "TODO_USER_LIMIT": "9999999/minute",
                    "TODO_ADDRESS_LIMIT": "9999999/minute",
                    "TODO_MAX_TASKS": "100000000",
                },
                stdout=log, stderr=log,
            )  # fmt: skip
        await load.until_open(self.port)
        while not await self._is_up():
            if self.process.returncode is not None:
                raise RuntimeError((self.folder.parent / "up.log").read_text())
            await asyncio.sleep(0.02)
        return {"seconds": round(time.perf_counter() - began, 2), "load": os.getloadavg()[0]}

    async def _is_up(self) -> bool:
        try:
            for path in ("/readyz", "/login"):
                status, _ = await load.once(self.port, load.request("GET", path))
                if status != 200:
                    return False
        except (OSError, asyncio.IncompleteReadError):
            return False
        return True

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        for process in (first, *first.children(recursive=True)):
            words = process.cmdline()
            if "serve" in words:
                name = " ".join(words[-2:])
            elif "--app-id" in words:
                name = f"daprd {words[words.index('--app-id') + 1]}"
            else:
                name = Path(words[0]).name.split(":")[0] if words else "?"
            yield name, process

    def memory(self) -> dict[str, Any]:
        """Proportional set sizes in MB: shared memory is counted once (P14b)."""
        by_name: Counter[str] = Counter()
        for name, process in self._processes():
            by_name[name] += process.memory_full_info().pss / 1024**2
        return {
            "all": round(sum(by_name.values())),
            **{name: round(mb) for name, mb in sorted(by_name.items())},
        }

    def processor(self) -> Counter[str]:
        """Seconds of processor time of each process since its start."""
        by_name: Counter[str] = Counter()
        for name, process in self._processes():
            times = process.cpu_times()
            by_name[name] += times.user + times.system
        return by_name
