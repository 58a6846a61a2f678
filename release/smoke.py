"""Test an installation from outside, the way a person uses it.

    smoke URL                               everything behind one address, as in front of an ingress
    smoke --api URL --web URL --ws URL      the three services one by one, from inside the cluster
          --door SECONDS                    longest wait for the first connection (a new certificate takes time)

It signs in (SMOKE_TOKEN, a personal access token with scope "write", or else a new throw-away account), creates
a weekly task, completes it and waits SMOKE_PATIENCE seconds (60) for its successor: that covers the API, the
database, the outbox, Kafka and the recurring-task service. Then it opens the live connection and deletes its
tasks. The last line says what failed.

One file, standard library only: `release.pod` mounts it into a pod of the backend's image.
"""

import argparse
import base64
import http.client
import json
import os
import secrets
import ssl
import sys
import time
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit


def fail(sentence: str) -> NoReturn:
    sys.exit(f"smoke: {sentence}")


def connection_to(base: str) -> http.client.HTTPConnection:
    address = urlsplit(base)
    if address.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(address.netloc, timeout=15, context=context)
    return http.client.HTTPConnection(address.netloc, timeout=15)


def wait_for_connection(base: str, seconds: float) -> None:
    """Return when a connection can be made, with a valid certificate; the HTTP answer is not looked at."""
    deadline = time.monotonic() + seconds
    while True:
        connection = connection_to(base)
        try:
            return connection.connect()
        except OSError as error:
            if time.monotonic() >= deadline:
                fail(f"{base} cannot be entered after {seconds:.0f} s: {error}")
        finally:
            connection.close()
        time.sleep(1)


class Client:
    def __init__(self, api: str) -> None:
        self.api = api
        self.headers = {"Accept": "application/json"}

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        base: str = "",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Message, Any]:
        """One request on a connection of its own: status, headers, and JSON or text."""
        address = urlsplit(base or self.api)
        connection = connection_to(base or self.api)
        data = None if body is None else json.dumps(body)
        sent = {**self.headers, **(headers or {})}
        if data:
            sent["Content-Type"] = "application/json"
        if "Cookie" in sent and method != "GET":
            sent["Origin"] = f"{address.scheme}://{address.netloc}"
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            if answer.status == 101:  # the body of an upgraded connection never ends
                return answer.status, answer.headers, ""
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            fail(f"{method} {address.netloc}{path} gave no answer: {error}")
        finally:
            connection.close()
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return answer.status, answer.headers, json.loads(text) if is_json and text else text

    def expect(
        self,
        wanted: int,
        method: str,
        path: str,
        body: object = None,
        *,
        base: str = "",
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The body of an answer with this status; any other status ends the test."""
        status, _, answer = self.ask(method, path, body, base=base, headers=headers)
        if status != wanted:
            is_problem = isinstance(answer, dict)
            said = answer.get("detail") or answer.get("title") if is_problem else answer[:120]
            fail(f"{method} {path} answered {status} instead of {wanted}: {said}")
        return answer


def sign_in(client: Client) -> None:
    if token := os.environ.get("SMOKE_TOKEN"):
        client.headers["Authorization"] = f"Bearer {token}"
    else:
        register(client)
    client.expect(200, "GET", "/api/me")


def register(client: Client) -> None:
    account = {
        "email": f"smoke-{secrets.token_hex(8)}@example.com",
        "password": secrets.token_urlsafe(24),
        "timezone": "Europe/Berlin",
    }
    status, headers, answer = client.ask("POST", "/api/auth/register", account)
    if status == 403:
        fail("sign-up is closed, so SMOKE_TOKEN must hold a personal access token with scope write")
    if status != 201:
        fail(f"POST /api/auth/register answered {status} instead of 201: {answer}")
    cookies = headers.get_all("Set-Cookie") or []
    client.headers["Cookie"] = "; ".join(cookie.split(";")[0] for cookie in cookies)


def check_recurrence(client: Client) -> float:
    """Complete a weekly task and return the seconds until its successor exists."""
    patience = float(os.environ.get("SMOKE_PATIENCE", "60"))
    title = f"Smoke test {secrets.token_hex(6)}"
    due = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    wanted = {"title": title, "due_date": due.isoformat(), "recurrence": "weekly", "reminders": []}
    task = client.expect(201, "POST", "/api/tasks", wanted)
    began = time.monotonic()
    client.expect(200, "POST", f"/api/tasks/{task['id']}/complete", {})
    successors: list[dict[str, Any]] = []
    while not successors and time.monotonic() - began < patience:
        found = client.expect(200, "GET", f"/api/tasks?status=open&q={quote(title)}")
        successors = [one for one in found["items"] if one["title"] == title]
        if not successors:
            time.sleep(0.2)
    took = time.monotonic() - began
    for one in (task, *successors):
        client.expect(204, "DELETE", f"/api/tasks/{one['id']}")
    if len(successors) != 1:
        fail(
            f"a completed weekly task had {len(successors)} successors after {patience:.0f} s: "
            "are events flowing?"
        )
    return took


def check_live_connection(client: Client, base: str) -> None:
    ticket = client.expect(201, "POST", "/api/realtime/tickets", {})["ticket"]
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }
    client.expect(101, "GET", f"/ws?ticket={quote(ticket)}", base=base, headers=handshake)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="smoke", description="Test an installation from outside.")
    parser.add_argument("url", nargs="?", help="the public address")
    for part in ("api", "web", "ws"):
        parser.add_argument(f"--{part}", help="address of that service, from inside the cluster")
    parser.add_argument("--door", type=float, default=0, help="seconds until the first connection")
    given = parser.parse_args(arguments)
    api, web, ws = (getattr(given, part) or given.url for part in ("api", "web", "ws"))
    if not (api and web and ws):
        fail("no address: give the public URL, or --api, --web and --ws")
    client = Client(api)
    if given.door:
        wait_for_connection(web, given.door)
    page = client.expect(200, "GET", "/login", base=web)
    if "<html" not in page.lower():
        fail(f"{web}/login is not a page")
    sign_in(client)
    took = check_recurrence(client)
    check_live_connection(client, ws)
    print(f"smoke: passed; the successor was there after {took * 1000:.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
