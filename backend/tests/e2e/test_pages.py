"""The server of the pages, with a backend that is not ready at first."""

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from todo.launch import frontend
from todo.launch.supervisor import Child


class Backend(http.server.ThreadingHTTPServer):
    """Answers the first `refusals` requests with 503, as a backend does while its database restarts."""

    refusals = 0
    asked = 0


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        self.server.asked += 1
        refused = self.server.asked <= self.server.refusals
        status, kind = (503, "application/problem+json") if refused else (200, "application/json")
        answer = {"title": "Not ready"} if refused else {"id": "1", "email": "anna@example.org"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


async def test_a_page_asks_again_while_the_backend_is_not_ready(
    backend: Backend, tmp_path: Path
) -> None:
    backend.refusals = 3
    port = frontend.free_port()
    api = f"http://127.0.0.1:{backend.server_port}"
    pages = await Child.start(
        frontend.command(port, tmp_path / "log", {**os.environ, "TODO_API_URL": api})
    )
    try:
        await frontend.listening(pages, port)
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", cookies={"todo_session": "1"}, timeout=30
        ) as browser:
            # The login page redirects who is logged in.
            assert (await browser.get("/login")).status_code == 307
    finally:
        await pages.stop()
    assert backend.asked >= 4
