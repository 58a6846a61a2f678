"""Runs the MCP conformance suite and the inspector against the product (scripts/conformance).

They send no credential, so they call a port that adds the token of a fresh user to each request.
"""

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conftest import settings_for
from tests.harness.assistant import access_token
from tests.harness.system import eventually, free_port, running
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres

TOOLS = Path(__file__).parents[3] / "tools/mcp"
REQUIREMENTS = ("2025-11-25", "2026-07-28")


@asynccontextmanager
async def product() -> AsyncIterator[str]:
    """The MCP endpoint of a running product, without the need of a credential."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = Postgres(folder / "data", folder / "log")
        server = await postgres.launch()
        try:
            await postgres.ready()
            await upgrade(postgres.url)
            async with running(settings_for(postgres.url)) as system, system.person() as person:
                await person.add("Water plants", tags=["home"], due_date="2030-05-06")
                async with with_token(system.app, await access_token(person)) as url:
                    yield url
        finally:
            await server.stop()


@asynccontextmanager
async def with_token(app: ASGIApp, token: str) -> AsyncIterator[str]:
    """The running `app` on another port, where each request has the token."""

    async def authorized(scope: Scope, receive: Receive, send: Send) -> None:
        header = (b"authorization", f"Bearer {token}".encode())
        await app({**scope, "headers": [*scope["headers"], header]}, receive, send)

    port = free_port()
    config = uvicorn.Config(authorized, port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.should_exit = True
        await serving


async def tool(*command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        str(TOOLS / "node_modules/.bin" / command[0]),
        *command[1:],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def inspect(url: str) -> str | None:
    """None, or what the inspector's command line shows instead of the tools."""
    target = ("mcp-inspector", "--cli", url, "--transport", "http")
    status, output = await tool(*target, "--method", "tools/list")
    with contextlib.suppress(ValueError):
        listed, _ = json.JSONDecoder().raw_decode(output[output.index("{") :])
        names = [one["name"] for one in listed["tools"]]
        if status == 0 and "add_tasks" in names:
            return None
    return output


async def main(verbose: bool) -> int:
    failed: list[str] = []
    async with product() as url:
        for revision in REQUIREMENTS:
            status, output = await tool(
                *("conformance", "server", "--url", url, "--requirements", revision),
                *("--expected-failures", str(TOOLS / f"expected-failures-{revision}.yaml")),
            )
            if status != 0 or verbose:
                print(output)
            print(f"{revision}: {'as expected' if status == 0 else 'NOT as expected'}")
            failed += [revision] if status else []
        problem = await inspect(url)
        print(f"inspector: {problem or 'lists the tools'}")
        failed += ["inspector"] if problem else []
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="print all results")
    raise SystemExit(asyncio.run(main(parser.parse_args().verbose)))
