"""`todo mcp`: MCP over stdio. Each line from the client is a POST to /mcp, and each answer is a line back.

It reads of the messages only what the HTTP headers of the protocol repeat, so it serves every version.
"""

import asyncio
import base64
import json
import sys
from typing import IO, Any

import httpx2

from todo.client.settings import Connection

_ACCEPT = "application/json, text/event-stream"
_VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
_TIMEOUT = httpx2.Timeout(60, connect=10)
_INTERNAL_ERROR = -32603
_PARSE_ERROR = -32700


def run(connection: Connection) -> None:
    """Serve until the client closes stdin."""
    asyncio.run(_serve(connection, sys.stdin.buffer, sys.stdout.buffer))


async def _serve(connection: Connection, source: IO[bytes], target: IO[bytes]) -> None:
    async with httpx2.AsyncClient(
        headers={"Accept": _ACCEPT, "User-Agent": "todo-cli"}
        | ({"Authorization": f"Bearer {connection.token}"} if connection.token else {}),
        timeout=_TIMEOUT,
        follow_redirects=False,  # send a token only to the server that issued it
    ) as http:
        pipe = _Pipe(http, connection, target)
        async with asyncio.TaskGroup() as calls:
            # A thread reads, because stdin may be a file, for which an event loop has no reader.
            while line := await asyncio.to_thread(source.readline):
                await pipe.take(line, calls)


class _Pipe:
    def __init__(self, http: httpx2.AsyncClient, connection: Connection, target: IO[bytes]) -> None:
        self._http = http
        self._connection = connection
        self._target = target
        # Agreed by the handshake of 2025; later versions name it in each message.
        self._version: str | None = None

    async def take(self, line: bytes, calls: asyncio.TaskGroup) -> None:
        """Pass a message on. Calls run side by side, but the handshake comes first."""
        if not line.strip():
            return
        try:
            message = json.loads(line)
        except ValueError:
            self._write(_error(None, _PARSE_ERROR, "This line is not JSON."))
            return
        if not isinstance(message, dict):
            self._write(_error(None, _PARSE_ERROR, "A message is a JSON object."))
        elif message.get("method") == "initialize":
            await self._exchange(message, line)
        else:
            calls.create_task(self._exchange(message, line))

    async def _exchange(self, message: dict[str, Any], line: bytes) -> None:
        answer = await self._ask(message, line)
        if answer is None or message.get("id") is None:
            return
        if message.get("method") == "initialize":
            self._version = (answer.get("result") or {}).get("protocolVersion")
        self._write(answer)

    async def _ask(self, message: dict[str, Any], line: bytes) -> dict[str, Any] | None:
        id_, url = message.get("id"), self._connection.url
        try:
            answer = await self._http.post(
                f"{url}/mcp",
                content=line.strip(),
                headers={"Content-Type": "application/json"} | self._headers(message),
            )
        except httpx2.HTTPError as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            return _error(id_, _INTERNAL_ERROR, f"No answer from {url}: {reason}")
        except httpx2.InvalidURL:
            return _error(id_, _INTERNAL_ERROR, f"{url} is not a URL.")
        if answer.status_code == 401:
            return _error(id_, _INTERNAL_ERROR, f"Not logged in at {url}; run `todo login`.")
        try:
            body = answer.json() if answer.content else None
        except ValueError:
            body = {}
        if body is None or (isinstance(body, dict) and "jsonrpc" in body):
            return body
        return _error(
            id_, _INTERNAL_ERROR, f"{url} answered {answer.status_code}, not as a Todo server."
        )

    def _headers(self, message: dict[str, Any]) -> dict[str, str]:
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        meta = params.get("_meta")
        named = meta.get(_VERSION_KEY) if isinstance(meta, dict) else None
        headers = {"MCP-Protocol-Version": named or self._version}
        if named:
            headers["Mcp-Method"] = message.get("method")
            headers["Mcp-Name"] = params.get("name") or params.get("uri")
        return {name: _ascii(value) for name, value in headers.items() if isinstance(value, str)}

    def _write(self, message: dict[str, Any]) -> None:
        self._target.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        self._target.flush()


def _ascii(value: str) -> str:
    """A header value; other characters are encoded as the protocol says."""
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def _error(id_: Any, code: int, text: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": text}}
