"""The public port and the main task of the launcher, which stops everything in order."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx2
import uvicorn
import uvloop
from starlette.types import ASGIApp

from todo.launch.progress import CannotStart
from todo.runtime.http.connections import allow_files, server_options
from todo.runtime.settings import Settings, SettingsInvalid

# "localhost" is ::1 for some programs and 127.0.0.1 for others.
_ADDRESSES = {
    "localhost": ("127.0.0.1", "::1"),
    "127.0.0.1": ("127.0.0.1", "::1"),
    "0.0.0.0": ("0.0.0.0", "::1"),  # noqa: S104  (the operator asked for it)
    "::": ("0.0.0.0", "::"),  # noqa: S104
}


def bind(host: str, port: int) -> list[socket.socket]:
    """Listen on the public port. This is done first, so that a busy port stops the start before anything runs."""
    sockets = []
    for address in _ADDRESSES.get(host, (host,)):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            # With SO_REUSEADDR two sockets may bind, but only one may listen.
            listener.listen(2048)
        except OSError as error:
            if address != host and ":" in address and error.errno != errno.EADDRINUSE:
                continue  # a machine without IPv6
            raise CannotStart(_busy(address, port, error)) from error
        sockets.append(listener)
    return sockets


def _busy(address: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} is in use; stop what uses it, or set TODO_PORT to another"
        case errno.EACCES:
            return f"port {port} needs more rights than yours; set TODO_PORT to one above 1023"
        case _:
            return (
                f"cannot listen on {address} port {port}: {error.strerror} (TODO_HOST, TODO_PORT)"
            )


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the launcher stops it before the services that it needs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: ASGIApp, settings: Settings, *, lifespan: bool) -> Server:
    allow_files(settings)
    return Server(
        uvicorn.Config(
            app,
            lifespan="on" if lifespan else "off",
            timeout_graceful_shutdown=2,
            **server_options(settings),
        )
    )


async def stop(server: Server, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True
    await asyncio.gather(serving, return_exceptions=True)


async def until_ready(url: str, serving: asyncio.Task[None], patience: float = 60) -> None:
    """Wait until /readyz answers 200."""
    until = time.monotonic() + patience
    said = "no answer"
    async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=5) as client:
        while time.monotonic() < until:
            if serving.done():
                raise CannotStart("the services did not start")
            try:
                answer = await client.get(f"{url}/readyz")
            except httpx2.TransportError as error:
                said = str(error) or type(error).__name__
            else:
                if answer.status_code == 200:
                    return
                said = answer.text
            await asyncio.sleep(0.02)
    raise CannotStart(f"not ready after {patience:.0f} s: {said}")


def live(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run `work` until it ends or a signal stops it, and return the exit code.

    A signal cancels `work` once; `work` cleans up in its finally blocks.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_live(work))


async def _live(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work())
    asked = asyncio.Event()

    def stop() -> None:
        if not asked.is_set():
            asked.set()
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except (CannotStart, SettingsInvalid) as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
    return 0
