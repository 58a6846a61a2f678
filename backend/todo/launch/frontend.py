"""Run the pages: Next's standalone server on a port of loopback."""

import asyncio
import contextlib
import random
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from todo.launch.progress import CannotStart
from todo.launch.supervisor import Child, Command, last_lines

ROOT = Path(__file__).resolve().parents[3]
SERVER = ROOT / "frontend" / ".next" / "standalone" / "server.js"


# Below the range of ephemeral ports, so that no outgoing connection takes a port before the server binds it.
_INNER_PORTS = range(20_000, 30_000)


def hold_port(wanted: int | None = None) -> socket.socket:
    """Bind `wanted`, or another free port, without listening on it.

    A child may still bind the port, because both sockets allow reuse. Other installations see it as taken, also
    while our server on it is restarted. Otherwise another installation's broker could take the port, and our
    sidecars would publish to it.
    """
    for port in (*([wanted] if wanted else []), *random.sample(_INNER_PORTS, 200)):
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        # Set after bind: set before, bind would succeed beside another socket that allows reuse.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return held
    raise CannotStart("no free port on 127.0.0.1 between 20000 and 29999")


def free_port(wanted: int | None = None) -> int:
    with hold_port(wanted) as held:
        port: int = held.getsockname()[1]
    return port


PortMaker = Callable[[int | None], int]


def ports_for(stack: contextlib.AsyncExitStack) -> PortMaker:
    """Ports that are reserved until `stack` ends, also while the child that listens on one is restarted."""

    def port(wanted: int | None) -> int:
        held = stack.enter_context(hold_port(wanted))
        number: int = held.getsockname()[1]
        if sys.platform != "linux":  # on other systems the child cannot bind a bound port
            held.close()
        return number

    return port


def command(port: int, log: Path, env: Mapping[str, str]) -> Command:
    """`env` has the address of the API: TODO_API_URL, or DAPR_HTTP_PORT and DAPR_API_TOKEN."""
    if not SERVER.exists():
        raise CannotStart("the pages are not built; start with `make up`, which builds them")
    return Command(
        name="pages",
        # V8's default limit is a share of the machine's memory, far more than this server needs.
        argv=["node", "--max-old-space-size=256", SERVER],
        cwd=SERVER.parent,
        log=log,
        env={
            **env,
            "NODE_ENV": "production",
            "NEXT_TELEMETRY_DISABLED": "1",
            "HOSTNAME": "127.0.0.1",
            "PORT": str(port),
        },
        # It waits for open keep-alive connections, which are our own.
        stop_within=1.5,
    )


async def listening(child: Child, port: int, patience: float = 120) -> None:
    """Wait until something listens on the child's port."""
    until = time.monotonic() + patience
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            pass
        else:
            writer.close()
            return
        if not child.running:
            said = (last_lines(child.command.log, 1) or ["no output"])[0].strip()
            raise CannotStart(
                f"{child.command.name} did not start: {said} (see {child.command.log})"
            )
        if time.monotonic() > until:
            raise CannotStart(
                f"{child.command.name} does not answer after {patience:.0f} s (see {child.command.log})"
            )
        await asyncio.sleep(0.02)
