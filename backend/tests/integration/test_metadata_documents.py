"""Client ID metadata documents: fetched over TLS from a real server, through the guard of outgoing requests."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness.oauth import CALLBACK, Assistant, Site, assistant, site
from tests.harness.system import Person, System
from todo.authorization import documents
from todo.authorization.caller import caller_of


@pytest.fixture
async def client_site(system: System, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    await system.context.db.pool.execute("TRUNCATE oauth_client CASCADE")
    async with site(monkeypatch) as made:
        yield made


@pytest.fixture
async def helper(system: System, client_site: Site) -> AsyncIterator[Assistant]:
    async with assistant(system) as made:
        made.client_id = client_site.client_id
        yield made


@pytest.fixture
async def ann(system: System) -> AsyncIterator[Person]:
    async with system.person() as person:
        yield person


async def test_a_client_is_known_by_its_document(
    system: System, helper: Assistant, client_site: Site, ann: Person
) -> None:
    shown = await ann.get(f"/api/oauth/requests/{await helper.request_id()}")
    assert (shown["name"], shown["host"]) == ("Example Assistant", "client.example.com")
    tokens = await helper.connect(ann)
    client = await caller_of(system.context, tokens["access_token"])
    assert client is not None
    assert client.client_id == client_site.client_id
    assert client.caller.actor == "client:Example Assistant"
    [connected] = (await ann.get("/api/connected-assistants"))["items"]
    assert connected["host"] == "client.example.com"


async def test_a_document_is_fetched_once_and_again_when_it_is_stale(
    system: System, helper: Assistant, client_site: Site
) -> None:
    for _ in range(3):
        await helper.request_id()
    assert len(client_site.asked) == 1
    moved = CALLBACK.replace("callback", "moved")
    client_site.publish(client_site.document(redirect_uris=[moved]))
    await system.context.db.pool.execute("UPDATE oauth_client SET fresh_until = now()")
    assert (await helper.authorize()).status_code == 400
    await helper.request_id(redirect_uri=moved)
    assert len(client_site.asked) == 2


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [("", 300), ("max-age=0", 300), ("max-age=3600", 3600), ("max-age=999999999", 86400)],
)
async def test_a_document_is_used_for_as_long_as_it_says_within_limits(
    system: System, helper: Assistant, client_site: Site, cache_control: str, seconds: int
) -> None:
    header = f"Cache-Control: {cache_control}\r\n" if cache_control else ""
    client_site.publish(client_site.document(), headers=header)
    await helper.request_id()
    left = await system.value("SELECT extract(epoch FROM fresh_until - now()) FROM oauth_client")
    assert seconds - 30 < left <= seconds


async def test_a_refresh_works_while_the_site_of_the_client_is_down(
    system: System, helper: Assistant, client_site: Site, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    client_site.answers.clear()
    await system.context.db.pool.execute("UPDATE oauth_client SET fresh_until = now()")
    assert (await helper.refresh(tokens["refresh_token"])).status_code == 200
    assert len(client_site.asked) == 1


async def test_a_client_that_prefers_a_key_is_public_if_its_document_allows_it(
    helper: Assistant, client_site: Site
) -> None:
    """As ChatGPT's document does."""
    client_site.publish(
        client_site.document(
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_methods_supported=["none", "private_key_jwt"],
            jwks_uri="https://client.example.com/jwks.json",
        )
    )
    await helper.request_id()
    assert len(client_site.asked) == 1


async def refused(helper: Assistant, **changes: str | None) -> str:
    answer = await helper.authorize(**changes)
    assert answer.status_code == 400, answer.headers
    assert "location" not in answer.headers
    assert answer.json()["error"] == "invalid_client"
    return str(answer.json()["error_description"])


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"client_id": "https://other.example.com/oauth/client.json"}, "another client"),
        ({"client_id": "https://client.example.com/oauth/client.json/"}, "another client"),
        ({"client_id": None}, "another client"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "must start with https://"),
        ({"redirect_uris": [CALLBACK, "data:text/html,x"]}, "must start with https://"),
        ({"redirect_uris": ["http://client.example.com/"]}, "must lead to localhost"),
        ({"redirect_uris": []}, "needs redirect_uris"),
        ({"redirect_uris": "x"}, "needs redirect_uris"),
        ({"redirect_uris": [7]}, "needs redirect_uris"),
        ({"redirect_uris": [CALLBACK] * 21}, "at most 20"),
        ({"token_endpoint_auth_method": "client_secret_post"}, 'needs token_endpoint_auth_method "none"'),
        ({"token_endpoint_auth_method": "private_key_jwt"}, 'needs token_endpoint_auth_method "none"'),
        ({"grant_types": ["client_credentials"]}, "authorization_code"),
        ({"grant_types": None}, "authorization_code"),
    ],
)  # fmt: skip
async def test_a_hostile_document_is_refused_with_the_reason(
    system: System, helper: Assistant, client_site: Site, changes: dict[str, Any], because: str
) -> None:
    client_site.publish(client_site.document(**changes))
    assert because in await refused(helper)
    assert await system.value("SELECT count(*) FROM oauth_client") == 0


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (b"x" * 1_000_000, "larger than 64 kB"),
        (b'{"a": "' + b"x" * 65_536 + b'"}', "larger than 64 kB"),
        (b"", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"[" * 60_000, "not a JSON object"),
        (b"<html></html>", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
    ],
)
async def test_an_unreadable_document_is_refused(
    helper: Assistant, client_site: Site, body: bytes, because: str
) -> None:
    client_site.publish(body)
    assert because in await refused(helper)


async def test_a_document_of_any_length_is_read_up_to_the_limit_only(
    helper: Assistant, client_site: Site
) -> None:
    """Neither a Content-Length that lies nor a compressed body gets around it."""
    path = "/oauth/client.json"
    client_site.answers[path] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1_000_000
    assert "larger than 64 kB" in await refused(helper)
    client_site.publish(b"x", headers="Content-Encoding: gzip\r\n")
    assert "compressed" in await refused(helper)


async def test_a_redirect_to_the_metadata_service_of_a_cloud_is_not_followed(
    helper: Assistant, client_site: Site
) -> None:
    client_site.publish(
        b"", status=302, headers="Location: http://169.254.169.254/latest/meta-data/\r\n"
    )
    assert "redirects to another address" in await refused(helper)
    assert len(client_site.asked) == 1


@pytest.mark.parametrize("status", [201, 404, 500])
async def test_only_an_answer_with_200_is_a_document(
    helper: Assistant, client_site: Site, status: int
) -> None:
    client_site.publish(client_site.document(), status=status)
    assert f"answered {status}" in await refused(helper)


async def test_a_slow_document_is_given_up(
    helper: Assistant, client_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "SECONDS", 0.5)
    client_site.hangs = True
    assert "did not answer within 0.5 seconds" in await refused(helper)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
async def test_a_name_with_a_private_address_is_not_asked(
    system: System, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    async with site(monkeypatch, address=address) as made, assistant(system) as asking:
        await system.context.db.pool.execute("TRUNCATE oauth_client CASCADE")
        asking.client_id = made.client_id
        assert "resolves to a private address" in await refused(asking)
        assert made.asked == []


@pytest.mark.parametrize(
    ("client_id", "because"),
    [
        ("http://client.example.com/client.json", "must start with https://"),
        ("ftp://client.example.com/client.json", "must start with https://"),
        ("https://169.254.169.254/latest/meta-data/", "private address"),
        ("https://127.0.0.1/client.json", "private address"),
        ("https://[::ffff:127.0.0.1]/client.json", "private address"),
        ("https://localhost/client.json", "private network"),
        ("https://2130706433/client.json", "four plain numbers"),
        ("https://user:secret@client.example.com/client.json", "user name"),
        ("https://client.example.com", "needs a path"),
        ("https://client.example.com/", "needs a path"),
        ("https://client.example.com/../client.json", "needs a path"),
        ("https://client.example.com/./client.json", "needs a path"),
        ("https://client.example.com/client.json#x", "needs a path"),
        ("https://client.example.com:22/client.json", "Port 22"),
        ("https://client.example.com/" + "x" * 2048, "longer than"),
    ],
)
async def test_an_address_that_no_client_has_is_refused(
    helper: Assistant, client_site: Site, client_id: str, because: str
) -> None:
    assert because in await refused(helper, client_id=client_id)
    assert client_site.asked == []


async def test_a_document_without_a_name_shows_its_host(
    helper: Assistant, client_site: Site, ann: Person
) -> None:
    client_site.publish(client_site.document(client_name=""))
    shown = await ann.get(f"/api/oauth/requests/{await helper.request_id()}")
    assert shown["name"] == "client.example.com"


async def test_a_document_that_changes_its_name_does_not_rename_what_was_allowed(
    system: System, helper: Assistant, client_site: Site, ann: Person
) -> None:
    request_id = await helper.request_id()
    await system.context.db.pool.execute("UPDATE oauth_client SET fresh_until = now()")
    client_site.publish(client_site.document(client_name="Todo itself"))
    await helper.request_id()
    assert (await ann.get(f"/api/oauth/requests/{request_id}"))["name"] == "Example Assistant"
