"""The product as a user starts it: `todo up` as a separate process, with an empty data folder."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
from aiosmtpd.controller import Controller

from tests.harness.mail import Mailbox
from tests.harness.system import eventually, free_port

FRONTEND = Path(__file__).parents[3] / "frontend"


@dataclass
class Product:
    url: str
    data: Path
    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


@asynccontextmanager
async def up(
    folder: Path, *, stack: str = "embedded", smtp_url: str = ""
) -> AsyncIterator[Product]:
    """Start the product before the block and stop it afterwards."""
    port = free_port()
    environment = {
        **os.environ,
        "TODO_PORT": str(port),
        "TODO_DATA_DIR": str(folder / "data"),
        "TODO_LOGIN_LIMIT": "1000/minute",
        "TODO_USER_LIMIT": "1000000/minute",
        "TODO_ADDRESS_LIMIT": "1000000/minute",
        "SMTP_URL": smtp_url,
        "SMTP_FROM": "Todo <todo@example.com>",
    }
    arguments = ["-m", "todo.launch", *(["dapr"] if stack == "dapr" else [])]
    with (folder / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env=environment,
            stdout=log,
            stderr=log,
            stdin=asyncio.subprocess.DEVNULL,
        )
    product = Product(f"http://localhost:{port}", folder / "data", process)
    try:
        async with httpx2.AsyncClient(base_url=product.url, trust_env=False, timeout=10) as http:

            async def ready() -> bool:
                if process.returncode is not None:
                    raise AssertionError((folder / "up.log").read_text())
                with suppress(httpx2.TransportError):
                    return (await http.get("/readyz")).status_code == 200
                return False

            await eventually(ready, within=180)
        yield product
    finally:
        await product.stop()


@asynccontextmanager
async def mail_sink() -> AsyncIterator[tuple[Mailbox, str]]:
    """A real SMTP server, and an HTTP address where a browser test can read the received mails."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        letters = [
            {"to": str(m["To"]), "subject": str(m["Subject"]), "text": _text(m)}
            for m in box.messages
        ]
        body = json.dumps(letters).encode()
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield box, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        controller.stop()


def _text(message: object) -> str:
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content()) if body else ""


async def playwright(product: Product, sink: str, *only: str) -> None:
    """Run the browser tests (all of frontend/tests/e2e, or the files in `only`); a failure shows their output."""
    environment = {**os.environ, "TODO_URL": product.url, "MAIL_SINK_URL": sink, "CI": "1"}
    process = await asyncio.create_subprocess_exec(
        "npx", "--no-install", "playwright", "test", *only,
        cwd=FRONTEND, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()[-8000:]
