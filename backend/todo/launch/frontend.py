"""The pages: Next's standalone server on an inner port."""

import asyncio
import random
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from todo.launch.progress import CannotStart
from todo.launch.supervisor import Child, Command, last_lines

ROOT = Path(__file__).resolve().parents[3]
SERVER = ROOT / "frontend" / ".next" / "standalone" / "server.js"


# Below the range from which systems take the ports of outgoing connections: nobody picks one of these by chance
# between our looking and the server's binding.
_INNER_PORTS = range(20_000, 30_000)


def hold_port(wanted: int | None = None) -> socket.socket:
    """`wanted` if it is free, else one that nobody uses now; nobody else of ours gets it while the socket is open.

    A server of ours that has died leaves its port to whoever comes first. If that were another installation's
    broker, our sidecars would publish there, and be told that all is well. So the port is bound here without being
    listened on: a child may still bind it (both allow reuse), and whoever looks for a free port sees it taken.
    """
    for port in (*([wanted] if wanted else []), *random.sample(_INNER_PORTS, 200)):
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        # Only now: allowed from the start, the binding would not see another's that allows it too.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return held
    raise CannotStart("no free port on 127.0.0.1 between 20000 and 29999")


def free_port(wanted: int | None = None) -> int:
    with hold_port(wanted) as held:
        port: int = held.getsockname()[1]
    return port


def command(port: int, log: Path, env: Mapping[str, str]) -> Command:
    """`env` says how its server side reaches the API: TODO_API_URL, or DAPR_HTTP_PORT and DAPR_API_TOKEN."""
    if not SERVER.exists():
        raise CannotStart("the pages are not built; start with `make up`, which builds them")
    return Command(
        name="pages",
        # The heap of a server that only renders a few pages; unset, V8 takes what the machine has.
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
        # It drains keep-alive connections for as long as there are some, and those are our own.
        stop_within=1.5,
    )


async def listening(child: Child, port: int, patience: float = 120) -> None:
    """Returns when something answers on the child's port."""
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
