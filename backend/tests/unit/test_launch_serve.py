"""The public port names the client of a request: X-Forwarded-For counts only from a trusted proxy."""

import asyncio
import socket

import httpx2
import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from todo.launch import serve
from todo.runtime.http.proxies import client_of
from todo.runtime.settings import Settings


async def client_of_request(scope: Scope, receive: Receive, send: Send) -> None:
    client = Request(scope).client
    await PlainTextResponse(client.host if client else "")(scope, receive, send)


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ("", "203.0.113.9", "127.0.0.1"),
        ("10.0.0.0/8", "203.0.113.9", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        # What the client itself sent stands before the address that the proxy added.
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1,10.0.0.0/8", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
    ],
)
async def test_only_a_trusted_proxy_names_the_client(
    trusted: str, forwarded: str, client: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = serve.server(client_of_request, Settings(trusted_proxies=trusted), lifespan=False)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx2.AsyncClient(trust_env=False) as http:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            answer = await http.get(url, headers={"X-Forwarded-For": forwarded})
        await serve.stop(server, serving)
    assert answer.text == client


@pytest.mark.parametrize("value", ["proxy", "10.0.0.0/33", "*", "10.0.0.1/8"])
def test_a_trusted_proxy_is_an_address_or_a_network(value: str) -> None:
    with pytest.raises(ValidationError, match="is not an address or a network"):
        Settings(trusted_proxies=value)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_a_client_of_ipv6_is_counted_by_its_network(address: str, client: str) -> None:
    assert client_of(address) == client
