"""The chat while its process is killed. CHAT_KILLS=30 pytest tests/e2e/test_chat_kills.py kills more often."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import MakeDatabase
from tests.e2e.test_crash import Served
from tests.harness.chat_kills import Victim, kill_again_and_again, ready

KILLS = int(os.environ.get("CHAT_KILLS", "6"))


@pytest.fixture
async def embedded(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(await make_database(), tmp_path / "log")
    await served.start()
    try:
        yield served
    finally:
        await served.kill()


@pytest.mark.timeout(1800)
async def test_what_the_chat_does_is_done_once_whatever_is_killed(embedded: Served) -> None:
    async with embedded.client() as http:
        await ready(http)
        person = {"email": "chat@example.com", "password": "correct horse"}
        (await http.post("/api/auth/register", json=person)).raise_for_status()

        async def restart() -> None:
            await embedded.restart()
            await ready(http)

        victim = Victim(http, restart, embedded.database_url)
        await kill_again_and_again(victim, KILLS, 20261130)
        print(dict(victim.outcomes))
