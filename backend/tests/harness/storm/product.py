"""The product under the storm, in either size: its start, its processes, its disk and its clock."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from tests.harness.kill_start import Installation
from todo.launch.postgres import Postgres

# Room for a new cluster and the broker's log; the disk is filled by the storm.
_DISK_MB = {"embedded": 700, "dapr": 1500}
_START_SECONDS = 300.0
# A process notices a jump within a second; more if the machine is busy.
_NOTICED_SECONDS = 5.0


class Clock:
    """The clock of the product's processes. libfaketime adds an offset, which it reads from a file each second."""

    def __init__(self, folder: Path, library: Path | None) -> None:
        self.offset = 0.0
        self._jumped_at = -inf
        self._file = folder / "clock"
        self._library = library

    def now(self) -> float:
        return time.time() + self.offset

    def set(self, offset: float) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{offset:+.0f}\n")
        fresh.replace(self._file)
        self.offset = offset
        self._jumped_at = time.monotonic()

    def was_steady_since(self, moment: float) -> bool:
        """Whether all processes have had the same clock since then (by the monotonic clock)."""
        return moment - self._jumped_at > _NOTICED_SECONDS

    @property
    def environment(self) -> dict[str, str]:
        if self._library is None:
            return {}
        self.set(self.offset)
        clock = {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DISABLE_SHM": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            # Waiting is measured with the monotonic clock, which does not jump.
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            # daprd does not read the time through libc; the broker and the pages keep the real one as well.
            "FAKETIME_SKIP_CMDS": "java,node",
            "PYTHONPATH": os.pathsep.join(
                [str(Path(__file__).parents[1] / "shifted_clock"), os.environ.get("PYTHONPATH", "")]
            ),
        }
        return {**clock, "SHIFTED_CLOCK": " ".join(["SHIFTED_CLOCK", *clock])}


def libfaketime() -> Path:
    """The library, installed if it is missing."""
    if named := os.environ.get("LIBFAKETIME"):
        return Path(named)

    def found() -> Path | None:
        return next(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"), None)

    if found() is None:
        apt = [*_as_root(), "apt-get", "-qq"]
        subprocess.run([*apt, "update"], check=True)
        subprocess.run(
            [*apt, "install", "-y", "--no-install-recommends", "libfaketime"], check=True
        )
    if library := found():
        return library
    raise SystemExit("libfaketime is missing: install it, or set LIBFAKETIME to libfaketime.so.1")


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


class Disk:
    """A small file system in memory for the data folder, so that it can be filled."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        self._filler = folder / "filler"
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={megabytes}m,uid={os.geteuid()},mode=0700"
        subprocess.run(
            [*_as_root(), "mount", "-t", "tmpfs", "-o", options, "storm", str(folder)], check=True
        )

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as file:
            for size in (1_000_000, 4096):
                zeros = bytes(size)
                try:
                    while file.write(zeros) == size:
                        continue
                except OSError:
                    continue

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        subprocess.run([*_as_root(), "umount", "--lazy", str(self._folder)], check=False)


@dataclass
class Product:
    size: str
    folder: Path
    has_own_disk: bool = False
    library: Path | None = None
    disk: Disk | None = None
    ready: bool = False
    installation: Installation = field(init=False)
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self.folder, self.library)
        todo = str(Path(sys.executable).with_name("todo"))
        self.installation = Installation(
            self.folder, (todo, "up", "--stack", self.size), patience=_START_SECONDS
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database_url(self) -> str:
        return Postgres(self.data / "postgres", self.data / "log").url

    async def start(self) -> None:
        if self.has_own_disk:
            self.disk = Disk(self.data, _DISK_MB[self.size])
        self.installation.environment = {
            **self.clock.environment,
            "TODO_ALLOW_PRIVATE_ADDRESSES": "true",
        }
        await self.installation.start()
        self.ready = True

    async def kill(self, *, family: bool) -> None:
        """Kill the launcher, or it and all its descendants at once, and start again."""
        self.ready = False
        if family:
            self.installation.kill()
        elif self.installation.process is not None:
            self.installation.process.kill()
            self.installation.process.wait()
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                await self.installation.start()
            except AssertionError:
                # It refuses to start while the disk is full.
                if not self.installation.ended or time.monotonic() > until:
                    raise
                await asyncio.sleep(1)
            else:
                self.ready = True
                return

    def described(self) -> dict[str, Any]:
        """The stack's own description of its processes."""
        described: dict[str, Any] = json.loads((self.data / "stack.json").read_text())
        return described

    def targets(self) -> dict[str, int]:
        """The processes that handle events, by name; not those that are being restarted."""
        if not self.ready:
            return {}
        if self.size == "embedded":
            return self._embedded_targets()
        described = self.described()
        found = {f"store {name}": pid for name, pid in described["stores"].items()}
        for app_id, app in described["apps"].items():
            if app_id != "todo-frontend":
                found[app_id] = app["pid"]
                found[f"{app_id}'s sidecar"] = app["daprd_pid"]
        return {name: pid for name, pid in found.items() if pid}

    def _embedded_targets(self) -> dict[str, int]:
        assert self.installation.process is not None
        found = {"the product": self.installation.process.pid}
        try:
            said = (self.data / "postgres/postmaster.pid").read_text().split(maxsplit=1)
        except OSError:
            said = []
        return {**found, "store database": int(said[0])} if said else found

    def empty_broker(self) -> None:
        """Kill the broker and take its folder away."""
        pid = self.described()["stores"]["kafka"]
        lost = self.data / f"kafka.lost-{time.monotonic_ns()}"
        (self.data / "kafka").rename(lost)
        if pid:
            with contextlib.suppress(ProcessLookupError):  # it is being restarted
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(lost, ignore_errors=True)

    async def stop(self) -> None:
        process = self.installation.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(process.wait, 40)
            except subprocess.TimeoutExpired:
                self.installation.kill()

    def remove(self, *, logs_to: Path | None = None) -> None:
        """Unmount the disk; keep the logs if something was wrong."""
        if logs_to is not None:
            shutil.copytree(self.data / "log", logs_to, dirs_exist_ok=True)
        if self.disk is not None:
            self.disk.unmount()
