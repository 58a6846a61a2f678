"""The runtime over a Dapr sidecar's HTTP API.

How daprd behaves, and what this code does about it (each has a test in tests/contract):
- it parses and rewrites CloudEvents, with changed attributes: events are published as raw payloads, byte for byte;
- a first-write without an etag on an existing key is a 500: a write without an etag is a last-write.
What it does with answers to deliveries: `subscriptions.py`.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
from fastapi import APIRouter
from yarl import URL

from todo.runtime.context import Context
from todo.runtime.dapr.routes import PUBSUB, routers
from todo.runtime.ports import Entry, EtagMismatch, Message, Reply, Unavailable
from todo.runtime.service import Service
from todo.runtime.settings import Settings, SettingsInvalid

_STATE_STORE = "statestore"

# Longer than the sidecar's own timeouts (dapr/components/resiliency.yaml), so that its error message is received.
_PUBLISH = aiohttp.ClientTimeout(8, sock_connect=1)
_INVOKE = aiohttp.ClientTimeout(25, sock_connect=1)
_STATE = aiohttp.ClientTimeout(3, sock_connect=1)
_READY = aiohttp.ClientTimeout(0.4)

# daprd accepts requests up to 4 MiB. Each request costs a round trip.
_BATCH_BYTES = 2 * 1024 * 1024
_BATCH_EVENTS = 500


class DaprState:
    """`state.postgresql` v2 behind the sidecar. Values are sent as base64, because its API is JSON."""

    def __init__(self, sidecar: "Sidecar") -> None:
        self._sidecar = sidecar

    async def get(self, key: str) -> Entry | None:
        response = await self._sidecar.call("GET", _state_path(key), timeout=_STATE)
        if response.status == 204 or not response.content:
            return None
        _expect(response, "the state store")
        return Entry(base64.b64decode(response.json()), response.headers["etag"])

    async def save(
        self, key: str, value: bytes, *, etag: str | None = None, ttl: timedelta | None = None
    ) -> None:
        entry: dict[str, Any] = {"key": key, "value": base64.b64encode(value).decode()}
        if etag is not None:
            entry |= {"etag": etag, "options": {"concurrency": "first-write"}}
        if ttl is not None:
            entry["metadata"] = {"ttlInSeconds": str(max(1, round(ttl.total_seconds())))}
        response = await self._sidecar.call(
            "POST", f"/v1.0/state/{_STATE_STORE}", json=[entry], timeout=_STATE
        )
        _expect_etag(response, key, etag)

    async def delete(self, key: str, *, etag: str | None = None) -> None:
        headers = {} if etag is None else {"If-Match": etag}
        response = await self._sidecar.call(
            "DELETE",
            _state_path(key) + ("" if etag is None else "?concurrency=first-write"),
            headers=headers,
            timeout=_STATE,
        )
        _expect_etag(response, key, etag)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def body(self) -> Any:
        """Parsed JSON, or text if it is not JSON."""
        try:
            return self.json() if self.content else None
        except ValueError:
            return self.content.decode(errors="replace")


class Sidecar:
    """The HTTP client of the sidecar. Transport errors become Unavailable.

    aiohttp, because a request costs a fifth of httpx2's time and events need many (docs/decisions/0012).
    """

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self._session = session
        self._origin = origin

    async def call(
        self, method: str, path: str, *, timeout: aiohttp.ClientTimeout, **how: Any
    ) -> Answer:
        try:
            # The path is quoted already: a key may contain any character.
            url = URL(self._origin + path, encoded=True)
            async with self._session.request(
                method, url, timeout=timeout, allow_redirects=False, **how
            ) as response:
                answer = Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"the sidecar does not answer: {str(error) or type(error).__name__}"
            ) from None
        if answer.status == 401:
            raise Unavailable("DAPR_API_TOKEN: the sidecar does not accept it")
        return answer


class DaprRuntime:
    """`ports.Runtime` over a sidecar."""

    publish_interval = 0.0

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._sidecar = Sidecar(session, f"http://127.0.0.1:{settings.dapr_http_port}")
        self._secret_store = settings.secret_store
        self.state = DaprState(self._sidecar)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["DaprRuntime"]:
        if settings.app_api_token is None:
            raise SettingsInvalid(
                "APP_API_TOKEN: is not set; the app needs it to recognise its sidecar's calls"
            )
        headers = {}
        if settings.dapr_api_token is not None:
            headers["dapr-api-token"] = settings.dapr_api_token.get_secret_value()
        async with aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=50, keepalive_timeout=30),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            yield cls(settings, session)

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        for batch in batches(messages):
            response = await self._sidecar.call(
                "POST",
                f"/v1.0-alpha1/publish/bulk/{PUBSUB}/{topic}?metadata.rawPayload=true",
                data=bulk_body(batch),
                headers={"content-type": "application/json"},
                timeout=_PUBLISH,
            )
            # Only 204 means that all were published: a handler of daprd that ends early answers with an empty 200.
            if response.status != 204:
                # Some may have been published. They are published again; consumers recognise their ids.
                raise Unavailable(f"{topic} was not published: {_reason(response)}")

    async def invoke(
        self, app_id: str, method: str, path: str, *, json: Mapping[str, Any] | None = None
    ) -> Reply:
        response = await self._sidecar.call(
            method,
            f"/v1.0/invoke/{app_id}/method/{path.lstrip('/')}",
            json=None if json is None else dict(json),
            timeout=_INVOKE,
        )
        body = response.body
        # An `errorCode` is from the sidecar; the app's own errors are problem details.
        if response.status >= 500 and isinstance(body, Mapping) and "errorCode" in body:
            raise Unavailable(f"{app_id} does not answer: {_reason(response)}")
        return Reply(response.status, body)

    async def secret(self, name: str) -> str | None:
        response = await self._sidecar.call(
            "GET", f"/v1.0/secrets/{self._secret_store}/{quote(name, safe='')}", timeout=_STATE
        )
        if response.status in {204, 403, 404}:
            return None  # 403: not on the list of allowed secrets
        if response.status == 500 and b"not found" in response.content:
            return None
        _expect(response, "the secret store")
        values: dict[str, str] = response.json()
        return values.get(name)

    def routers(self, services: Sequence[Service], context: Context) -> Sequence[APIRouter]:
        return routers(services, context)

    @asynccontextmanager
    async def serving(self, services: Sequence[Service], context: Context) -> AsyncIterator[None]:
        """Nothing to run here: the sidecar calls the routes."""
        yield

    async def ready(self) -> str | None:
        try:
            response = await self._sidecar.call("GET", "/v1.0/healthz/outbound", timeout=_READY)
        except Unavailable as error:
            return str(error)
        if response.status == 204:
            return None
        return f"the sidecar is not ready ({response.status})"


def batches(messages: Sequence[Message]) -> list[list[Message]]:
    """Split into requests that daprd accepts, in order."""
    found: list[list[Message]] = []
    size = 0
    for message in messages:
        size += len(message.wire)
        if not found or len(found[-1]) == _BATCH_EVENTS or size > _BATCH_BYTES:
            found.append([])
            size = len(message.wire)
        found[-1].append(message)
    return found


def bulk_body(messages: Sequence[Message]) -> bytes:
    entries = (
        b'{"entryId":"%d","contentType":"application/octet-stream","metadata":%b,"event":"%b"}'
        % (
            number,
            json.dumps({"partitionKey": message.key}).encode(),
            base64.b64encode(message.wire),
        )
        for number, message in enumerate(messages)
    )
    return b"[" + b",".join(entries) + b"]"


def _state_path(key: str) -> str:
    return f"/v1.0/state/{_STATE_STORE}/{quote(key, safe='')}"


def _expect_etag(response: Answer, key: str, etag: str | None) -> None:
    if response.status == 409 or (etag is not None and response.status == 400):
        raise EtagMismatch(key)
    _expect(response, "the state store")


def _expect(response: Answer, what: str) -> None:
    if response.status >= 300:
        raise Unavailable(f"{what} does not answer: {_reason(response)}")


def _reason(response: Answer) -> str:
    body = response.body
    if isinstance(body, Mapping):
        failed = body.get("failedEntries") or [{}]
        reason = failed[0].get("error") or body.get("message") or body.get("errorCode")
        return f"{reason} ({response.status})"
    return f"the sidecar answered {response.status}"
