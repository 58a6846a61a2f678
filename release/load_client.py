"""Complete tasks at a steady rate and count every error, during an upgrade or a rollback.

    load_client.py --api URL [--seconds N] [--rate N]

Creates weekly tasks and completes them, never retries, and counts every answer that is not the wanted one.
SIGTERM (or the time) ends it: it waits until every completed task has its one successor, prints one line of
JSON and exits 0 only without a single error.

One file, standard library only: `release.pod` mounts it into a pod of the backend's image.
"""

import argparse
import http.client
import json
import secrets
import signal
import statistics
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit


class Person:
    def __init__(self, api: str) -> None:
        self.address = urlsplit(api)
        self.headers = {"Content-Type": "application/json"}
        self.errors: list[str] = []
        self.milliseconds: list[float] = []
        self.completed: set[int] = set()

    def ask(self, wanted: int, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON; None after an error, which is noted."""
        began = time.monotonic()
        connection = http.client.HTTPConnection(self.address.netloc, timeout=10)
        data = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, data, self.headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.note(method, path, repr(error))
            return None
        finally:
            connection.close()
        self.milliseconds.append((time.monotonic() - began) * 1000)
        if answer.status != wanted:
            self.note(method, path, f"{answer.status} {text[:200]!r}")
            return None
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.headers["Cookie"] = cookie.split(";")[0]
            self.headers["Origin"] = f"{self.address.scheme}://{self.address.netloc}"
        return json.loads(text) if text else {}

    def note(self, method: str, path: str, what: str) -> None:
        self.errors.append(f"{datetime.now(UTC):%H:%M:%S} {method} {path}: {what}")

    def register(self) -> None:
        account = {
            "email": f"client-{secrets.token_hex(8)}@example.com",
            "password": secrets.token_urlsafe(24),
        }
        if self.ask(201, "POST", "/api/auth/register", account) is None:
            sys.exit(f"load_client: {self.errors[0]}")

    def complete_one(self) -> None:
        due = datetime.now(UTC) + timedelta(days=1)
        wanted = {
            "title": "Water the plants",
            "due_date": due.isoformat(),
            "recurrence": "weekly",
            "reminders": [],
        }
        task = self.ask(201, "POST", "/api/tasks", wanted)
        if task and self.ask(200, "POST", f"/api/tasks/{task['id']}/complete", {}):
            self.completed.add(task["id"])

    def open_tasks(self) -> int:
        count, cursor = 0, ""
        while True:
            page = self.ask(200, "GET", f"/api/tasks?status=open&limit=100{cursor}")
            if page is None:
                return -1
            count += len(page["items"])
            if not page["next_cursor"]:
                return count
            cursor = f"&cursor={page['next_cursor']}"

    def wait_for_successors(self, seconds: float) -> int:
        deadline, successors = time.monotonic() + seconds, -1
        while successors != len(self.completed) and time.monotonic() < deadline:
            successors = self.open_tasks()
            time.sleep(0.5)
        return successors


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Complete tasks and count errors.")
    parser.add_argument("--api", required=True)
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--rate", type=float, default=2, help="tasks a second")
    given = parser.parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    person = Person(given.api)
    person.register()
    print("started", flush=True)
    end = time.monotonic() + given.seconds
    while not stopped.is_set() and time.monotonic() < end:
        began = time.monotonic()
        person.complete_one()
        stopped.wait(max(0.0, 1 / given.rate - (time.monotonic() - began)))
    successors = person.wait_for_successors(60)
    report = {
        "requests": len(person.milliseconds) + len(person.errors),
        "errors": len(person.errors),
        "completed": len(person.completed),
        "successors": successors,
        "p50_ms": round(statistics.median(person.milliseconds), 1),
        "max_ms": round(max(person.milliseconds), 1),
    }
    for line in person.errors[:20]:
        print(line, file=sys.stderr)
    print(json.dumps(report), flush=True)
    sys.exit(1 if person.errors or successors != len(person.completed) else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
