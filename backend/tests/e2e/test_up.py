"""`todo up` as a process: it starts, stops, is killed and starts again, and leaves no process running."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
import psutil  # type: ignore[import-untyped]
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.harness.system import eventually, free_port
from todo.launch.postgres import Postgres

TODO = Path(sys.executable).with_name("todo")
PERSON = {"email": "a@example.com", "password": "correct horse battery"}

# The address that a proxy in front of the product gives it.
PUBLIC_URL = "http://tasks.example"
EVERY_ADDRESS = {
    "TODO_HOST": "0.0.0.0",
    "TODO_PUBLIC_URL": PUBLIC_URL,
    "TODO_HOSTS": "todo.example",
    "TODO_LOGIN_LIMIT": "1000/minute",
}

pytestmark = pytest.mark.timeout(300)


class Up:
    """One installation, a data folder and a port, that a test can start several times."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._out = folder / "out"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        return self._out.read_text()

    @property
    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def child(self, word: str) -> psutil.Process:
        return next(p for p in self.family if word in words_of(p))

    # the arguments of `todo up`
    options: tuple[str, ...] = ()
    # settings of this installation
    settings: Mapping[str, str] = {}

    def begin(self, *before: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "TODO_DATA_DIR": str(self.data),
            "TODO_PORT": str(self.port),
            **self.settings,
        }
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [*before, str(TODO), "up", *self.options], env=environment, stdout=out, stderr=out
            )
        return self.process

    async def start(self) -> None:
        process = self.begin()
        await until(lambda: "ready  http" in self.said or process.poll() is not None, 300)
        assert process.poll() is None, self.said

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code; fails if the process does not end within ten seconds."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 10)

    async def refused(self, *before: str) -> str:
        """Start an installation that must refuse to start; returns its one line."""
        process = self.begin(*before)
        code = await asyncio.to_thread(process.wait, 60)
        assert code == 1, self.said
        lines = [line for line in self.said.splitlines() if not line.startswith("  ")]
        assert len(lines) == 1, self.said
        return lines[0]

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx2.AsyncClient]:
        async with httpx2.AsyncClient(
            base_url=self.url, headers={"Origin": self.url}, timeout=30, trust_env=False
        ) as http:
            yield http


async def until(holds: Callable[[], bool], seconds: float) -> None:
    async def look() -> bool:
        return holds()

    await eventually(look, within=seconds)


def words_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # PostgreSQL's workers are short-lived
        return ""


def gone(processes: list[psutil.Process]) -> bool:
    return not any(alive(process) for process in processes)


def alive(process: psutil.Process) -> bool:
    """A zombie counts as ended, because its new parent may never collect it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    installation = Up(tmp_path)
    yield installation
    if installation.process is not None and installation.process.poll() is None:
        family = installation.family
        installation.process.kill()
        installation.process.wait()
        await until(lambda: gone(family), 20)


async def test_one_address_serves_everything_and_stopping_leaves_nothing(up: Up) -> None:
    await up.start()
    async with up.client() as http:
        assert (await http.get("/readyz")).json()["status"] == "ready"
        assert (await http.get("/healthz")).status_code == 200
        page = await http.get("/login")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert (await http.get("/api/openapi.json")).status_code == 200
        assert (await http.get("/metrics")).status_code == 404, "metrics are not public"
    family = up.family
    assert len(family) > 2
    assert await up.end() == 0
    assert gone(family)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", up.port))


def own_address() -> str:
    """An address of this machine in its network; without a network another address of loopback."""
    found = [a for addresses in psutil.net_if_addrs().values() for a in addresses]
    own = [a.address for a in found if a.family == socket.AF_INET]
    return next((a for a in own if not a.startswith("127.")), "127.0.0.2")


async def check_every_address(up: Up) -> None:
    """Pages, the API and live updates work at each address, and refuse other sites at each."""
    async with up.client() as http:
        await http.post("/api/auth/register", json=PERSON)
    for host in ("localhost", "127.0.0.1", "[::1]", own_address()):
        await check_address(up, f"{host}:{up.port}", f"http://{host}:{up.port}")
    # Behind a proxy with a name of its own, which passes the Host header on, and behind one that replaces it.
    await check_address(up, "todo.example", "http://todo.example")
    await check_address(up, f"127.0.0.1:{up.port}", PUBLIC_URL)
    # A page whose name was made to point to this server (DNS rebinding).
    async with up.client() as http:
        for path in ("/", "/login", "/api/openapi.json"):
            answer = await http.get(path, headers={"Host": f"evil.example:{up.port}"})
            assert answer.status_code == 421, path


async def check_address(up: Up, host: str, origin: str) -> None:
    inner = f"http://{host}" if str(up.port) in host else f"http://127.0.0.1:{up.port}"
    headers = {"Host": host, "Origin": origin}
    async with httpx2.AsyncClient(base_url=inner, headers=headers, trust_env=False) as http:
        page = await http.get("/login")
        assert page.status_code == 200, origin
        assert f"ws://{host}" in page.headers["content-security-policy"], "the page may connect"
        login = await http.post("/api/auth/login", json=PERSON)
        assert login.status_code == 200, (origin, login.text)
        session = {"Cookie": login.headers["set-cookie"].partition(";")[0]}
        made = await http.post("/api/realtime/tickets", json={}, headers=session)
        assert made.status_code == 201, (origin, made.text)
        foreign = {**session, "Origin": "http://evil.example"}
        refused = await http.post("/api/tasks", json={"title": "x"}, headers=foreign)
        assert refused.status_code == 403, origin
    url = f"ws://{host}/ws?ticket={made.json()['ticket']}"
    where = {} if str(up.port) in host else {"host": "127.0.0.1", "port": up.port}
    with pytest.raises(InvalidStatus, match="403"):
        async with connect(url, origin="http://evil.example", proxy=None, **where):  # type: ignore[arg-type]
            pass
    async with connect(url, origin=origin, proxy=None, **where) as live:  # type: ignore[arg-type]
        assert json.loads(await live.recv())["type"] == "hello", origin


async def test_it_works_at_every_address_of_the_machine_and_behind_proxies(up: Up) -> None:
    up.settings = EVERY_ADDRESS
    await up.start()
    await check_every_address(up)


async def test_what_was_saved_is_there_after_a_kill_and_the_next_start(up: Up) -> None:
    await up.start()
    async with up.client() as http:
        (await http.post("/api/auth/register", json=PERSON)).raise_for_status()
        made = await http.post("/api/tasks", json={"title": "survive"})
        made.raise_for_status()
    family = up.family
    await up.end(signal.SIGKILL)
    await until(lambda: gone(family), 20)
    await up.start()
    async with up.client() as http:
        (await http.post("/api/auth/login", json=PERSON)).raise_for_status()
        titles = [task["title"] for task in (await http.get("/api/tasks")).json()["items"]]
    assert titles == ["survive"]


async def test_a_database_server_that_outlived_its_parent_is_stopped_first(
    up: Up, tmp_path: Path
) -> None:
    """For systems whose kernel does not end orphans, or ends them too late."""
    server = Postgres(up.data / "postgres", tmp_path / "log")
    up.data.mkdir()
    orphan = await server.launch()
    await server.ready()
    try:
        await up.start()
        assert await asyncio.wait_for(orphan.process.wait(), 10) == 0
    finally:
        await orphan.stop()


async def test_a_killed_database_and_a_killed_web_server_are_restarted(up: Up) -> None:
    await up.start()
    async with up.client() as http:
        (await http.post("/api/auth/register", json=PERSON)).raise_for_status()
        for word in ("bin/postgres", "next-server"):
            victim = up.child(word)
            victim.kill()
            await until(lambda victim=victim: gone([victim]), 10)  # type: ignore[misc]

        async def works() -> bool:
            answers = [await http.get("/api/tasks"), await http.get("/login")]
            # The login page redirects a logged-in user to the list.
            return all(answer.status_code in {200, 307} for answer in answers)

        await eventually(works, within=60)
    assert "database stopped (SIGKILL)" in up.said
    assert "pages stopped (SIGKILL)" in up.said


async def test_a_second_start_on_the_same_folder_is_refused_and_the_first_keeps_running(
    up: Up, tmp_path: Path
) -> None:
    await up.start()
    second = Up(tmp_path / "second")
    (tmp_path / "second").mkdir()
    second.data = up.data
    assert "in use by process" in await second.refused()
    async with up.client() as http:
        assert (await http.get("/readyz")).status_code == 200


async def test_a_busy_port_is_one_line_and_nothing_was_started(up: Up) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", up.port))
        other.listen()
        line = await up.refused()
    assert line == f"port {up.port} is in use; stop what uses it, or set TODO_PORT to another"
    assert not (up.data / "postgres").exists()


async def test_a_database_that_does_not_answer_is_one_line_that_names_the_setting(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{up.port}/none")
    assert (await up.refused()).startswith("DATABASE_URL: ")
    assert not (up.data / "postgres").exists(), "no server of its own is started beside it"


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(
    up: Up, tmp_path: Path
) -> None:
    up.data.mkdir()
    server = Postgres(up.data / "postgres", tmp_path / "log")
    child = await server.launch()
    await server.ready()
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE TABLE alembic_version (version_num text)")
    await connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    await connection.close()
    await child.stop()
    assert "newer version" in await up.refused()
    assert not (up.data / "postgres/postmaster.pid").exists(), "it was stopped in order"


@pytest.mark.parametrize(
    ("options", "words"), [("size=2m", "the disk is full"), ("ro", "cannot be written")]
)
async def test_a_full_or_read_only_disk_is_one_line(up: Up, options: str, words: str) -> None:
    up.data.mkdir()
    mount = f'mount -t tmpfs -o {options} tmpfs "$0" && exec "$@"'
    inside = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(up.data))
    line = await up.refused(*inside)
    assert words in line
    assert str(up.data) in line
    assert "TODO_DATA_DIR" in line
