"""`smoke` against a product of which one thing is broken."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.repository.commands import last_line, release, run


class Product(BaseHTTPRequestHandler):
    """As much of the API as the smoke test uses. `broken` is what does not work."""

    broken = ""
    protocol_version = "HTTP/1.0"

    def answer(self, status: int, body: object = "", kind: str = "application/json") -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", "todo_session=s; HttpOnly")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/login":
            self.answer(200, "ok" if self.broken == "pages" else "<html></html>", "text/html")
        elif path == "/ws":
            self.answer(503 if self.broken == "live" else 101)
        elif path == "/api/tasks":
            title = self.path.rpartition("q=")[2].replace("%20", " ")
            found = [] if self.broken == "events" else [{"id": 2, "title": title}]
            self.answer(200, {"items": found, "next_cursor": None})
        else:
            self.answer(200, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/auth/register" and self.broken == "sign-up":
            self.answer(403, {"detail": "Sign-up is closed."})
        elif self.path.endswith("/complete") and self.broken == "database":
            self.answer(500, {"title": "Internal Server Error"})
        elif self.path.endswith("/complete"):
            self.answer(200, {"id": 1})
        else:
            self.answer(201, {"id": 1, "ticket": "t"})

    def do_DELETE(self) -> None:
        self.answer(204)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("pages", "/login is not a page"),
        ("sign-up", "sign-up is closed, so SMOKE_TOKEN must hold a personal access token"),
        (
            "database",
            "POST /api/tasks/1/complete answered 500 instead of 200: Internal Server Error",
        ),
        ("events", "had 0 successors after 1 s: are events flowing?"),
        ("live", "GET /ws?ticket=t answered 503 instead of 101"),
    ],
)
def test_the_smoke_test_says_in_one_line_what_is_broken(broken: str, sentence: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), type("Broken", (Product,), {"broken": broken}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        line = last_line(release("smoke", url, env={"SMOKE_PATIENCE": "1"}))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert line.startswith("smoke: ")
    assert sentence in line


def test_the_smoke_test_names_an_address_that_does_not_answer() -> None:
    line = last_line(release("smoke", "http://127.0.0.1:1"))
    assert "GET 127.0.0.1:1/login gave no answer" in line


class LateCertificate(HTTPServer):
    """Closes the first connection, as while there is no certificate, and serves the later ones."""

    closed = True

    def __init__(self, certificate: Path, product: type[Product]) -> None:
        super().__init__(("127.0.0.1", 0), product)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        connection, address = super().get_request()
        if self.closed:
            self.closed = False
            connection.close()
            raise OSError("no certificate yet")
        return self.tls.wrap_socket(connection, server_side=True), address


def test_the_smoke_test_waits_for_a_first_certificate(tmp_path: Path) -> None:
    key, certificate, both = (
        tmp_path / name for name in ("key.pem", "certificate.pem", "both.pem")
    )
    options = "-x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    made = run("openssl", "req", *options.split(), "-keyout", key, "-out", certificate)
    assert made.returncode == 0, made.stderr
    both.write_text(key.read_text() + certificate.read_text())
    for patience, passes in (("0", False), ("30", True)):
        server = LateCertificate(both, Product)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"https://localhost:{server.server_port}"
            env = {"SSL_CERT_FILE": str(certificate)}
            answer = release("smoke", url, "--door", patience, env=env)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        assert (answer.returncode == 0) is passes, answer.stderr
    assert "cannot be entered after 1 s" in last_line(
        release("smoke", "https://127.0.0.1:1", "--door", "1")
    )
