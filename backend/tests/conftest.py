"""A private PostgreSQL for the run, and a fresh database from a migrated template for each test that needs
one."""

import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from aiosmtpd.controller import Controller
from hypothesis import settings as hypothesis_settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from tests.harness.mail import Mailbox
from tests.harness.system import System, free_port, running
from todo.accounts import passwords
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres
from todo.runtime.settings import Settings

# No deadline: a busy machine must not fail a test.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")

MakeDatabase = Callable[[], Awaitable[str]]


def pytest_configure() -> None:
    # A job in the background of a shell may start with SIGINT ignored, and could not be stopped by scripts/test.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cheap_password_hashes() -> Iterator[None]:
    """Argon2 with the least work: a run registers about a thousand people, each at 160 ms of processor time."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_passwords", PasswordHash((hasher,)))
        yield


@pytest.fixture(scope="session")
async def make_database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MakeDatabase]:
    """Each call: the URL of a new database with the current schema and no rows."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    postgres = Postgres(folder / "data", folder / "log")
    server = await postgres.launch()
    await postgres.ready()
    await upgrade(postgres.url)

    async def make() -> str:
        name = f"t{secrets.token_hex(6)}"
        connection = await asyncpg.connect(postgres.url.replace("/todo?", "/postgres?"))
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE todo")
        finally:
            await connection.close()
        return postgres.url.replace("/todo?", f"/{name}?")

    try:
        yield make
    finally:
        await server.stop()


@pytest.fixture
async def database_url(make_database: MakeDatabase) -> str:
    return await make_database()


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server that keeps the mails it receives."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()


def settings_for(url: str, **overrides: object) -> Settings:
    """Settings that ignore the environment and .env."""
    fields: dict[str, object] = {
        "database_url": url,
        "login_limit": "100000/minute",
        "address_limit": "1000000/minute",
        "user_limit": "1000000/minute",
        "import_limit": "1000000/minute",
        "feed_limit": "1000000/minute",
        "test_message_limit": "1000000/minute",
        "max_connections_per_address": 1000,
        "app_api_token": SecretStr("token of the app"),
        **overrides,
    }
    return Settings(_env_file=None, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def system(make_database: MakeDatabase, mailbox: Mailbox) -> AsyncIterator[System]:
    """The whole product, one per module."""
    url = await make_database()
    async with running(settings_for(url, smtp_url=SecretStr(mailbox.url))) as started:
        yield started
