"""Kill `make up` with SIGKILL at random moments of its start; each later start must work, with all data.

Only what a client got an answer for is checked. With --first the clone is new, and each step of its set-up is
killed.

    scripts/kill-start --size embedded --kills 20 --seed 1
    scripts/kill-start --size dapr --kills 20 --seed 1
    scripts/kill-start --size embedded --kills 20 --seed 1 --first
    scripts/kill-start --size dapr --kills 20 --seed 1 --first
"""

import argparse
import asyncio
import os
import random
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil  # type: ignore[import-untyped]

from tests.harness.report import report
from tests.harness.system import eventually, free_port

ROOT = Path(__file__).resolve().parents[3]
PERSON = {"email": "kill-start@example.org", "password": "killed at every moment"}
# The steps of a first start, and how long after its beginning a step is killed at most.
_PACKAGES = (("Python packages", 15.0), ("Node packages", 40.0), ("building the pages", 40.0))
SET_UP = {
    "embedded": (*_PACKAGES, ("a new database", 15.0)),
    "dapr": (*_PACKAGES, ("daprd", 40.0), ("Kafka", 15.0), ("database and broker", 40.0)),
}


@dataclass
class Installation:
    """One clone with one data folder. `command` starts it."""

    folder: Path
    command: tuple[str, ...]
    cwd: Path = ROOT
    patience: float = 600
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    # What the client was answered: titles of tasks, and ids of tasks that were completed.
    titles: list[str] = field(default_factory=list)
    completed: list[int] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "up.log"

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def begin(self) -> None:
        environment = {
            **os.environ,
            **self.environment,
            "TODO_DATA_DIR": str(self.folder / "data"),
            "TODO_PORT": str(self.port),
            "TODO_LOGIN_LIMIT": "100000/minute",
            "TODO_USER_LIMIT": "1000000/minute",
            "TODO_ADDRESS_LIMIT": "1000000/minute",
        }
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=environment, stdout=out, stderr=out,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    async def until_said(self, *words: str) -> None:
        """Wait until the output has one of `words`."""
        deadline = time.monotonic() + self.patience
        while not any(each in self.said for each in words):
            if self.ended:
                raise AssertionError(f"it ended by itself:\n{self.said}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not {words} after {self.patience:.0f} s:\n{self.said}")
            await asyncio.sleep(0.05)

    async def start(self) -> float:
        """Start until it is ready; returns the seconds."""
        began = time.monotonic()
        self.begin()
        await self.until_said("ready  http")
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL for the process and all its descendants."""
        assert self.process is not None
        family = []
        if self.process.poll() is None:
            root = psutil.Process(self.process.pid)
            family = [root, *root.children(recursive=True)]
        while family:
            for process in family:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
            # What a member had started between the listing and its end.
            family = [p for p in _of_session(self.process.pid) if p not in family]
        self.process.wait()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            base_url=self.url, headers={"Origin": self.url}, timeout=60, trust_env=False
        )

    async def work(self) -> None:
        """Create a task, and complete a repeated one."""
        async with self.client() as http:
            await _log_in(http)
            title = f"task {secrets.token_hex(8)}"
            (await http.post("/api/tasks", json={"title": title})).raise_for_status()
            self.titles.append(title)
            weekly = {
                "title": "repeated",
                "due_date": "2027-01-04T09:00:00",
                "recurrence": "weekly",
            }
            made = (await http.post("/api/tasks", json=weekly)).raise_for_status().json()
            (await http.post(f"/api/tasks/{made['id']}/complete", json={})).raise_for_status()
            self.completed.append(made["id"])

    async def missing(self) -> dict[str, int]:
        """The number of acknowledged changes that are missing. Successors may take a moment."""
        async with self.client() as http:
            await _log_in(http)
            there = await _titles(http)

            async def without_successor() -> int:
                found = [await _successors(http, task) for task in self.completed]
                return sum(count != 1 for count in found)

            try:
                lost = await eventually(without_successor, lambda n: n == 0, within=120)
            except AssertionError:
                lost = await without_successor()
        return {"tasks": len(set(self.titles) - there), "successors": lost}


def _of_session(session: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


async def _log_in(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/api/auth/register", json=PERSON)
    if answer.status_code == 409:
        answer = await http.post("/api/auth/login", json=PERSON)
    answer.raise_for_status()


async def _titles(http: httpx2.AsyncClient) -> set[str]:
    found: set[str] = set()
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = (await http.get("/api/tasks", params=query)).raise_for_status().json()
        found |= {task["title"] for task in page["items"]}
        if not page.get("next_cursor"):
            return found
        query["cursor"] = page["next_cursor"]


async def _successors(http: httpx2.AsyncClient, task: int) -> int:
    listed = (await http.get(f"/api/tasks/{task}/occurrences")).raise_for_status().json()["items"]
    return sum(o["occurrence"] == 2 and o["task_id"] is not None for o in listed)


async def run(installation: Installation, kills: int, seed: int) -> dict[str, Any]:
    """Kill starts of an installation that has been used, each after a kill in the middle of its work."""
    chance = random.Random(seed)
    usual = await installation.start()
    moments, started, failures = [], 0, []
    for _ in range(kills):
        await installation.work()
        installation.kill()
        installation.begin()
        moment = chance.uniform(0, usual)
        await asyncio.sleep(moment)
        moments.append(round(moment, 2))
        if installation.ended:
            failures.append(installation.said[-500:])
        else:
            installation.kill()
        try:
            usual = await installation.start()
            started += 1
            print(f"  killed after {moment:.1f} s, started again in {usual:.1f} s", flush=True)
        except AssertionError as error:
            failures.append(str(error)[-500:])
            break
    return {
        "kills": len(moments),
        "killed_after_seconds": moments,
        "started_afterwards": started,
        "failures": failures,
        "acknowledged": {
            "tasks": len(installation.titles),
            "completions": len(installation.completed),
        },
        "missing": await installation.missing() if not failures else None,
    }


async def run_first(
    installation: Installation, steps: Sequence[tuple[str, float]], kills: int, seed: int
) -> dict[str, Any]:
    """Kill the first start of a new clone in each step of its set-up."""
    chance = random.Random(seed)
    killed: dict[str, list[float]] = {}
    failures = []
    for number in range(kills):
        at = number * len(steps) // kills
        step, longest = steps[at]
        installation.begin()
        if at and step not in killed:
            # Later steps too: a start that was killed may have finished this one.
            later = [f"{mark} {name}" for name, _ in steps[at:] for mark in "…✓"]
            await installation.until_said(f"✓ {steps[at - 1][0]}", *later)
        moment = chance.uniform(0, longest)
        await asyncio.sleep(moment)
        if installation.ended:
            failures.append(installation.said[-500:])
        else:
            installation.kill()
        killed.setdefault(step, []).append(round(moment, 2))
        print(f"  killed in “{step}” after {moment:.1f} s", flush=True)
    usual = await installation.start()
    await installation.work()
    return {
        "kills": sum(map(len, killed.values())),
        "killed_after_seconds_in_step": killed,
        "started_afterwards": "ready  http" in installation.said,
        "seconds_of_the_last_start": round(usual, 1),
        "failures": failures,
        "missing": await installation.missing(),
    }


def _own_programs(folder: Path) -> dict[str, str]:
    """A first start builds daprd and fetches Kafka again. What was compiled and downloaded is used."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return {
        "XDG_CACHE_HOME": str(folder / "cache"),
        "GOCACHE": os.environ.get("GOCACHE") or str(home / "go-build"),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(home / "uv"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--size", choices=["embedded", "dapr"], default="embedded")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", action="store_true", help="kill the set-up of a new clone")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill-start-"))
    clone = ROOT
    if arguments.first:
        clone = folder / "clone"
        subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", clone], check=True)
    installation = Installation(folder, ("make", "up", f"STACK={arguments.size}"), clone)
    if not arguments.first:
        running = run(installation, arguments.kills, arguments.seed)
    else:
        installation.environment = _own_programs(folder)
        steps = SET_UP[arguments.size]
        running = run_first(installation, steps, arguments.kills, arguments.seed)
    try:
        found = asyncio.run(running)
    finally:
        installation.kill()
    good = not found["failures"] and not any(found["missing"].values())
    first = " --first" if arguments.first else ""
    words = f"--size {arguments.size} --kills {arguments.kills} --seed {arguments.seed}{first}"
    report(
        arguments.report,
        f"kill-start {arguments.size}{first}",
        f"scripts/kill-start {words}",
        {**found, "good": good},
    )
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"not good; the logs are kept in {folder}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
