"""Bad clients of twelve kinds, in a process of their own. Reads what to do from stdin; see bench.soak."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from bench import load
from bench.subject import Person

_NEVER = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n"
    f"TZOFFSETTO:+0200\r\nRRULE:{_NEVER}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
_TASK = f"BEGIN:VTODO\r\nDUE;TZID=X:20260101T090000\r\nRRULE:{_NEVER};SKIP=OMIT\r\nEND:VTODO\r\n"
_HOURS = ",".join(map(str, range(24)))
_RULE = f"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR={_HOURS};BYSETPOS=24"
_PREVIEW = json.dumps({"due_date": "2026-01-01T09:00:00Z", "recurrence": _RULE, "count": 100})
_LINE = json.dumps({"text": ("every 1 2 3 from monday until " * 400)[:10_000]})
_FIELDS = json.dumps({f"a{number}": 0 for number in range(80_000)})
_FILE = f"BEGIN:VCALENDAR\r\n{_ZONE}{_TASK * 2000}END:VCALENDAR\r\n"


class Bad:
    """One bad client: its address, and the token of its account."""

    def __init__(self, number: int, port: int, token: str, seen: Counter[str]) -> None:
        # An address of its own does not use up the limits of the good clients.
        self.address = f"127.0.1.{number + 1}"
        self.seen = seen
        self._port = port
        self._person = Person("", token)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(self.address, 0)
        )
        try:
            yield reader, writer
        finally:
            writer.close()

    async def send(self, wire: bytes, *, read: bool = True, hold: float = 0) -> None:
        """Send bytes, and note the status or the end of the connection."""
        async with self.open() as (reader, writer):
            writer.write(wire)
            await writer.drain()
            if hold:
                await asyncio.sleep(hold)
            if read:
                async with asyncio.timeout(90):
                    line = await reader.readline()
                    self.seen[line.decode("latin-1").strip()[:12] or "closed"] += 1

    def request(self, method: str, path: str, body: str = "", kind: str = "") -> bytes:
        wire = self._person.request(method, path, body)
        return wire.replace(b"application/json", kind.encode()) if kind else wire


async def half_open(bad: Bad) -> None:
    await bad.send(b"GET /api/me HTTP/1.1\r\nHost: localhost\r\n")


async def silent(bad: Bad) -> None:
    await bad.send(b"")


async def unfinished_import(bad: Bad) -> None:
    wire = bad.request("POST", "/api/import", _FILE, "text/calendar")
    await bad.send(wire[:2000])


async def costly_import(bad: Bad) -> None:
    await bad.send(bad.request("POST", "/api/import", _FILE, "text/calendar"))


async def unread_export(bad: Bad) -> None:
    await bad.send(bad.request("GET", "/api/export"), read=False, hold=20)


async def costly_rule(bad: Bad) -> None:
    await bad.send(bad.request("POST", "/api/recurrence/preview", _PREVIEW))


async def long_line(bad: Bad) -> None:
    await bad.send(bad.request("POST", "/api/tasks/parse", _LINE))


async def many_fields(bad: Bad) -> None:
    await bad.send(bad.request("POST", "/api/tasks", _FIELDS))


async def nested(bad: Bad) -> None:
    await bad.send(bad.request("POST", "/api/tasks", '{"title":' + "[" * 100_000))


async def wrong_passwords(bad: Bad) -> None:
    body = json.dumps({"email": "nobody@example.com", "password": "wrong"})
    await bad.send(load.request("POST", "/api/auth/login", body))


async def large_headers(bad: Bad) -> None:
    await bad.send(b"GET /api/me HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 100_000 + b"\r\n\r\n")


async def flood(bad: Bad) -> None:
    async with bad.open() as (reader, writer):
        for _ in range(200):
            status, _ = await load._exchange(reader, writer, bad.request("GET", "/api/tasks?q=a"))
            bad.seen[f"HTTP/1.1 {status}"] += 1


KINDS: tuple[Callable[[Bad], Awaitable[None]], ...] = (
    half_open, silent, unfinished_import, costly_import, unread_export, costly_rule,
    long_line, many_fields, nested, wrong_passwords, large_headers, flood,
)  # fmt: skip


async def misbehave(kind: Callable[[Bad], Awaitable[None]], bad: Bad) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            await kind(bad)
        await asyncio.sleep(0.05)


async def attack(port: int, seconds: float, tokens: list[str]) -> Counter[str]:
    seen: Counter[str] = Counter()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for number, token in enumerate(tokens):
                kind = KINDS[number % len(KINDS)]
                group.create_task(misbehave(kind, Bad(number, port, token, seen)))
    return seen


def main() -> None:
    task: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(dict(asyncio.run(attack(**task)).most_common())))


if __name__ == "__main__":
    main()
