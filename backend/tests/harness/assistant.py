"""Clients of the MCP server for tests: the official SDK's own, over HTTP, with a personal access token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.harness.system import Person, http_client

# The versions of the protocol that clients speak: stateless, and with a handshake.
ERAS = ("2026-07-28", "legacy")


async def access_token(person: Person, scope: str = "write", name: str = "Editor") -> str:
    answer = await person.http.post("/api/tokens", json={"name": name, "scope": scope})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


@asynccontextmanager
async def mcp_client(url: str, token: str, **options: Any) -> AsyncIterator[Client]:
    async with http_client(headers={"Authorization": f"Bearer {token}"}) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, **options) as client:
            yield client
