"""Applies proposals in processes that are killed at a random moment.

Each line of stdin is JSON: the database's URL, the user, the proposal and the seconds after which SIGKILL follows.
The process is forked, so that a kill costs milliseconds and no start. PostgreSQL may still work on the last
statement of a killed process: its connections have the name APPLICATION, so that a test can wait for their end.
"""

import asyncio
import json
import os
import signal
import sys
import time
from typing import Any
from uuid import UUID

from tests.conftest import settings_for
from todo.accounts.caller import Caller
from todo.assistant import proposals
from todo.runtime.context import Context
from todo.runtime.db.database import open_database
from todo.runtime.embedded.runtime import EmbeddedRuntime

APPLICATION = "apply_and_die"


async def apply(order: dict[str, Any]) -> None:
    async with open_database(named(order["url"]), size=2) as database:
        await database.clock.read()
        settings = settings_for(order["url"])
        context = Context(settings, EmbeddedRuntime(database, "token of the app"), database)
        caller = Caller(order["user"], "Europe/Berlin", (), "person")
        async with database.unit() as unit:
            id_ = UUID(order["proposal"])
            await proposals.apply(caller, id_, context, unit, database.now())
            await asyncio.sleep(0)


def named(url: str) -> str:
    return f"{url}&application_name={APPLICATION}"


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(apply(order))
            finally:
                os._exit(0)
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


if __name__ == "__main__":
    main()
