"""Which names this server answers to, and HSTS."""

import httpx2
import pytest
from pydantic import ValidationError
from starlette.responses import PlainTextResponse

from todo.runtime.http.site import Site
from todo.runtime.settings import Settings

PAGE = PlainTextResponse("page")


def site(**settings: str) -> Site:
    return Site(PAGE, Settings(_env_file=None, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "[fe80::1%25eth0]", "192.168.1.20",
     "backend:8000", "todo.example.com", "TODO.example.com:443", "todo.example.com.", "tasks.example.net",
     "nas.local", "", "a.localhost"],
)  # fmt: skip
def test_our_own_names_and_addresses_are_known(host: str) -> None:
    assert site(public_url="https://todo.example.com", hosts="tasks.example.net").knows(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3000", "todo.example.com.evil.example", "127.0.0.1.evil.example",
     "xtodo.example.com", "todo.example.com@evil.example", "evil.example/localhost", "1.2.3.4.5",
     "local.evil.example", "evil.example:80:80"],
)  # fmt: skip
def test_other_names_are_not(host: str) -> None:
    assert not site(public_url="https://todo.example.com").knows(host)


async def test_a_request_for_another_name_is_refused_with_a_way_out() -> None:
    transport = httpx2.ASGITransport(app=site(public_url="https://todo.example.com"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://evil.example") as http:
        answer = await http.get("/")
    assert answer.status_code == 421
    assert "“evil.example” is not a name of this server" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://todo.example.com", "max-age=31536000"), ("http://localhost", None)],
)
async def test_https_is_demanded_where_it_is_used(url: str, expected: str | None) -> None:
    transport = httpx2.ASGITransport(app=site(public_url=url))
    async with httpx2.AsyncClient(transport=transport, base_url=url) as http:
        answer = await http.get("/")
    assert answer.headers.get("strict-transport-security") == expected


@pytest.mark.parametrize("names", ["https://todo.example", "a b", "*", "todo..example"])
def test_a_wrong_name_stops_the_start(names: str) -> None:
    with pytest.raises(ValidationError, match="is not a host name"):
        site(hosts=names)
