"""Child processes: start, restart and stop them; they end when this process ends."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from todo.launch.progress import CannotStart

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# After this time a child counts as started, and the next restart is quick again.
_SETTLED_SECONDS = 10.0
_LONGEST_PAUSE = 4.0

# A log and the one before it are kept, each up to about this size.
LOG_BYTES = 10_000_000
_LOG_SECONDS = 60.0


def _die_with_parent(parent: int, last_signal: signal.Signals) -> Callable[[], None]:
    """Prepare the child before exec: on Linux the kernel signals it when this process ends for any reason.

    On other systems the next start stops a server that was left over.
    """

    def prepare() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(last_signal))
            if os.getppid() != parent:  # this process ended before prctl
                os._exit(1)
        # Ctrl-C signals the whole foreground process group, but children are stopped in order.
        os.setpgid(0, 0)

    return prepare


@dataclass(frozen=True, slots=True)
class Command:
    """How to run a child. Its output goes to `log`."""

    name: str
    argv: Sequence[str | Path]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    stop_with: signal.Signals = signal.SIGTERM
    stop_within: float = 5.0
    # The signal from the kernel if this process ends without stopping it.
    when_orphaned: signal.Signals = signal.SIGKILL


class Child:
    def __init__(self, command: Command, process: asyncio.subprocess.Process) -> None:
        self.command = command
        self.process = process
        self.since = time.monotonic()

    @classmethod
    async def start(cls, command: Command) -> "Child":
        command.log.parent.mkdir(parents=True, exist_ok=True)
        rotate(command.log)
        with private_log(command.log) as log:
            try:
                process = await asyncio.create_subprocess_exec(
                    *(str(word) for word in command.argv),
                    env=dict(command.env),
                    cwd=command.cwd,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                    preexec_fn=_die_with_parent(os.getpid(), command.when_orphaned),
                )
            except OSError as error:
                where = f" in {command.cwd}" if command.cwd else ""
                raise CannotStart(
                    f"{command.name} cannot be started: {command.argv[0]}{where}: {error.strerror};"
                    " `make up` installs what is missing"
                ) from error
        return cls(command, process)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def stop(self) -> None:
        """Send `stop_with`, then SIGKILL if the child has not ended in time."""
        for ask, patience in (
            (self.command.stop_with, self.command.stop_within),
            (signal.SIGKILL, 5.0),
        ):
            if not self.running:
                return
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(ask)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), patience)


def plain_environment() -> dict[str, str]:
    """What a program needs to run at all: children get no secret that is not meant for them."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "NODE_OPTIONS", "JAVA_HOME", "SSL_CERT_FILE")
    return {name: os.environ[name] for name in names if name in os.environ}  # noqa: TID251


def last_lines(log: Path, count: int = 5) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]


def private_log(log: Path) -> BinaryIO:
    """The log, opened to be appended to. Only the owner may read it."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(file, 0o600)
    return os.fdopen(file, "ab")


def rotate(log: Path, limit: int = LOG_BYTES) -> None:
    """Move a large log to `.log.1`. Its writer keeps the file, because it may be another program."""
    with contextlib.suppress(OSError):
        if log.stat().st_size <= limit:
            return
        with contextlib.suppress(OSError):  # a full disk: then only the end of its growth matters
            with log.open("rb") as old, private_log(log.with_suffix(".log.1")) as kept:
                kept.truncate(0)
                shutil.copyfileobj(old, kept)
        os.truncate(log, 0)


async def keep_small(logs: Path) -> None:
    """Rotate the logs of a folder for as long as the product runs."""
    while True:
        await asyncio.to_thread(_rotate_all, logs)
        await asyncio.sleep(_LOG_SECONDS)


def _rotate_all(logs: Path) -> None:
    for log in logs.glob("*.log"):
        rotate(log)


class Supervisor:
    """Children that are stopped together. One that ends is reported and restarted, with growing pauses."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self._children: dict[str, Child] = {}
        self._watchers: list[asyncio.Task[None]] = []
        # Called after every start, because the process ids have changed.
        self.changed: Callable[[], None] = lambda: None

    async def start(self, command: Command) -> Child:
        child = await Child.start(command)
        self.watch(child)
        return child

    def add(self, child: Child) -> None:
        """Stop the child with the others, without restarting it."""
        self._children[child.command.name] = child

    def watch(
        self,
        child: Child,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[Child], Awaitable[None]] | None = None,
    ) -> None:
        """Restart the child when it ends; `before` and `after` run around each restart."""
        self.add(child)
        self._watchers.append(asyncio.create_task(self._supervise(child, before, after)))
        self.changed()

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.process.pid for name, child in self._children.items()}

    async def stop(self) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await asyncio.gather(*(child.stop() for child in self._children.values()))

    async def _restart(
        self, command: Command, before: Callable[[], Awaitable[None]] | None
    ) -> Child:
        """Retry until the child starts; its program may be missing while it is being rebuilt."""
        while True:
            try:
                if before is not None:
                    await before()
                self._children[command.name] = child = await Child.start(command)
            except (CannotStart, OSError) as reason:
                is_known = isinstance(reason, CannotStart)  # else the disk is full
                self.tell(f"{reason}" if is_known else f"{command.name} waits: {reason}")
                await asyncio.sleep(_LONGEST_PAUSE)
            else:
                return child

    async def _supervise(
        self,
        child: Child,
        before: Callable[[], Awaitable[None]] | None,
        after: Callable[[Child], Awaitable[None]] | None,
    ) -> None:
        name, log = child.command.name, child.command.log
        pause = 0.5
        while True:
            code = await child.process.wait()
            if time.monotonic() - child.since > _SETTLED_SECONDS:
                pause = 0.5
            self.tell(f"{name} stopped ({_reason(code)}), again in {pause:.1f} s; its log is {log}")
            for line in last_lines(log, 3):
                self.tell(f"    {line}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            child = await self._restart(child.command, before)
            self.changed()
            if after is not None:
                await after(child)


def _reason(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
