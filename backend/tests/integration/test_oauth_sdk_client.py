"""The MCP SDK's own OAuth client against the running product: discovery, consent, tokens, refresh, revocation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.harness.oauth import CALLBACK, answer_request, query_of, site
from tests.harness.system import Person, System
from todo.authorization.caller import caller_of
from todo.authorization.scopes import resource_metadata_url

# Below /mcp, so that this test does not depend on the MCP server itself.
PROBE = "/mcp/probe"


@pytest.fixture
async def probed(system: System) -> AsyncIterator[System]:
    """The product with a protected resource that names the caller of its token."""

    async def probe(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        client = await caller_of(system.context, token)
        if client is None:
            metadata = resource_metadata_url(system.context.settings)
            challenge = f'Bearer resource_metadata="{metadata}", scope="tasks:read tasks:write"'
            return Response(status_code=401, headers={"WWW-Authenticate": challenge})
        return JSONResponse({"user": client.caller.user_id, "scopes": sorted(client.scopes)})

    route = Route(PROBE, probe)
    system.app.router.routes.insert(0, route)
    yield system
    system.app.router.routes.remove(route)


@dataclass
class Storage:
    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """The person's browser: opens the address, answers the consent page, follows to the client's callback."""

    def __init__(self, person: Person, *, allow: bool = True, iss: str | None = None) -> None:
        self._person, self._allow, self._iss = person, allow, iss
        self._arrived: dict[str, str] = {}
        self.consents = 0

    async def open(self, url: str) -> None:
        answer = await self._person.http.get(url)
        assert answer.status_code == 302, answer.text
        self.consents += 1
        request_id = query_of(answer.headers["location"])["request"]
        self._arrived = query_of(await answer_request(self._person, request_id, allow=self._allow))

    async def callback(self) -> AuthorizationCodeResult:
        arrived = self._arrived
        return AuthorizationCodeResult(
            code=arrived.get("code", ""), state=arrived["state"], iss=self._iss or arrived["iss"]
        )


@asynccontextmanager
async def sdk_client(
    system: System, browser: Browser, storage: Storage, document: str | None = None
) -> AsyncIterator[httpx2.AsyncClient]:
    provider = OAuthClientProvider(
        f"{system.url}{PROBE}",
        OAuthClientMetadata(
            client_name="SDK client",
            redirect_uris=[AnyUrl(CALLBACK)],
            token_endpoint_auth_method="none",
        ),
        storage,
        browser.open,
        browser.callback,
        client_metadata_url=document,
    )
    async with httpx2.AsyncClient(base_url=system.url, auth=provider, timeout=30) as http:
        yield http


async def test_the_sdks_client_registers_connects_refreshes_and_is_revoked(probed: System) -> None:
    storage = Storage()
    async with probed.person() as ann:
        browser = Browser(ann)
        async with sdk_client(probed, browser, storage) as http:
            answer = await http.get(PROBE)
            assert answer.json() == {"user": ann.id, "scopes": ["tasks:read", "tasks:write"]}
            assert storage.client is not None
            assert storage.client.token_endpoint_auth_method == "none"
            first = storage.tokens
            assert first is not None

            assert isinstance(http.auth, OAuthClientProvider)
            http.auth.context.token_expiry_time = 1
            assert (await http.get(PROBE)).status_code == 200
            assert browser.consents == 1
            second = storage.tokens
            assert second is not None
            assert second.access_token != first.access_token

            [connected] = (await ann.get("/api/connected-assistants"))["items"]
            assert connected["name"] == "SDK client"
            await ann.http.delete(f"/api/connected-assistants/{connected['id']}")
            assert await caller_of(probed.context, second.access_token) is None
            # Its next request is refused, and the client asks the person again.
            assert (await http.get(PROBE)).status_code == 200
            assert browser.consents == 2


async def test_the_sdks_client_connects_with_a_metadata_document(
    probed: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage()
    async with site(monkeypatch) as client_site, probed.person() as ann:
        async with sdk_client(probed, Browser(ann), storage, client_site.client_id) as http:
            assert (await http.get(PROBE)).json()["user"] == ann.id
        assert storage.client is not None
        assert storage.client.client_id == client_site.client_id
        [connected] = (await ann.get("/api/connected-assistants"))["items"]
        assert connected["host"] == client_site.host


async def test_the_sdks_client_hears_that_the_person_refused(probed: System) -> None:
    storage = Storage()
    async with probed.person() as ann:
        async with sdk_client(probed, Browser(ann, allow=False), storage) as http:
            with pytest.raises(OAuthFlowError):
                await http.get(PROBE)
        assert storage.tokens is None


async def test_the_sdks_client_notices_a_mix_up(probed: System) -> None:
    """Another authorization server answers in our place; without `iss` the client could not know (RFC 9207)."""
    storage = Storage()
    async with probed.person() as ann:
        browser = Browser(ann, iss="https://attacker.example.com")
        async with sdk_client(probed, browser, storage) as http:
            with pytest.raises(OAuthFlowError):
                await http.get(PROBE)
        assert storage.tokens is None
