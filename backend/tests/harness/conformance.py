"""Runs the MCP conformance suite and the inspector against the product (scripts/conformance).

The server scenarios send no credential, so they call a port that adds the token of a fresh user to each request.
The authorization scenarios print an address for a browser; a scripted login follows it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conftest import settings_for
from tests.harness.assistant import access_token
from tests.harness.oauth import Assistant, answer_request, assistant, query_of
from tests.harness.system import Person, System, eventually, free_port, running
from todo.db.migrate import upgrade
from todo.launch.postgres import Postgres

TOOLS = Path(__file__).parents[3] / "tools/mcp"
REQUIREMENTS = ("2025-11-25", "2026-07-28")


@dataclass
class Product:
    system: System
    person: Person
    # The MCP endpoint, without the need of a credential.
    url: str


@asynccontextmanager
async def product() -> AsyncIterator[Product]:
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
                    yield Product(system, person, url)
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

    async def listening() -> bool:
        return server.started

    await eventually(listening)
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.should_exit = True
        await serving


async def started(*command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(TOOLS / "node_modules/.bin" / command[0]),
        *command[1:],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NO_COLOR": "1"},
    )


async def tool(*command: str) -> tuple[int, str]:
    process = await started(*command)
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def authorize(at: Product) -> tuple[bool, str]:
    """Run the authorization scenarios; whether all passed, and what was printed."""
    port = free_port()
    async with assistant(at.system) as client:
        callback = f"http://127.0.0.1:{port}/callback"
        await client.register(redirect_uris=[callback])
        process = await started(
            *(
                "conformance",
                "authorization",
                "--url",
                at.system.url,
                "--client-id",
                client.client_id,
            ),
            *("--resource", client.resource, "-p", str(port)),
        )
        assert process.stdout is not None
        output = ""
        followed: set[str] = set()
        async for line in process.stdout:
            output += line.decode()
            for address in re.findall(r"http\S+/oauth/authorize\?\S+", line.decode()):
                if address not in followed:
                    followed.add(address)
                    await _log_in(at.person, client, address)
        await process.wait()
    passed = re.search(r"Total: [1-9]\d* passed, 0 failed", output) is not None
    return passed and process.returncode == 0, output


async def _log_in(person: Person, client: Assistant, address: str) -> None:
    """What the person does in the browser: open the address, allow, and come back to the suite."""
    answer = await client.http.get(address)
    request_id = query_of(answer.headers["location"])["request"]
    back = await answer_request(person, request_id, allow=True)
    await client.http.get(back)


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
    async with product() as at:
        url = at.url
        for revision in REQUIREMENTS:
            status, output = await tool(
                *("conformance", "server", "--url", url, "--requirements", revision),
                *("--expected-failures", str(TOOLS / f"expected-failures-{revision}.yaml")),
            )
            if status != 0 or verbose:
                print(output)
            print(f"{revision}: {'as expected' if status == 0 else 'NOT as expected'}")
            failed += [revision] if status else []
        passed, output = await authorize(at)
        if not passed or verbose:
            print(output)
        print(f"authorization: {'passed' if passed else 'FAILED'}")
        failed += [] if passed else ["authorization"]
        problem = await inspect(url)
        print(f"inspector: {problem or 'lists the tools'}")
        failed += ["inspector"] if problem else []
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="print all results")
    raise SystemExit(asyncio.run(main(parser.parse_args().verbose)))
