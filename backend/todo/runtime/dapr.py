"""The runtime through a Dapr sidecar, over its HTTP API.

What daprd was seen to do, and what follows here (each has a test in tests/contract):
- an answer other than SUCCESS, RETRY or DROP is redelivered for ever, and 404 is a silent loss: see `sidecar.py`;
- an event without `traceid` gets a new `traceparent`: so it gets one, empty, on its way out;
- a first write without an etag on a live key is a 500, so writes without an etag are last-write.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx2
from fastapi import APIRouter

from todo.runtime.context import Context
from todo.runtime.ports import Entry, EtagMismatch, Message, Reply, Service, Unavailable
from todo.runtime.settings import Settings, SettingsInvalid
from todo.runtime.sidecar import PUBSUB, routers

_STATE_STORE = "statestore"

# Longer than the sidecar's own limits (dapr/components/resiliency.yaml): it is the one to say what is wrong.
_PUBLISH = httpx2.Timeout(8, connect=1)
_INVOKE = httpx2.Timeout(25, connect=1)
_STATE = httpx2.Timeout(3, connect=1)
_READY = httpx2.Timeout(0.4)

# daprd takes requests up to 4 MiB, and one request is one answer to wait for.
_BATCH_BYTES = 2 * 1024 * 1024
_BATCH_EVENTS = 500


class DaprState:
    """`state.postgresql` v2 behind the sidecar. Values travel as base64, for its API speaks JSON."""

    def __init__(self, sidecar: "Sidecar") -> None:
        self._sidecar = sidecar

    async def get(self, key: str) -> Entry | None:
        response = await self._sidecar.call("GET", _state_path(key), timeout=_STATE)
        if response.status_code == 204 or not response.content:
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


class Sidecar:
    """One keep-alive client; what the transport says becomes Unavailable."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def call(self, method: str, path: str, **how: Any) -> httpx2.Response:
        try:
            response = await self._client.request(method, path, **how)
        except httpx2.TransportError as error:
            raise Unavailable(
                f"the sidecar does not answer: {error or type(error).__name__}"
            ) from None
        if response.status_code == 401:
            raise Unavailable("DAPR_API_TOKEN: the sidecar does not accept it")
        return response


class DaprRuntime:
    """`runtime.ports.Runtime` beside a sidecar."""

    gather_seconds = 0.0

    def __init__(self, settings: Settings, client: httpx2.AsyncClient) -> None:
        self._sidecar = Sidecar(client)
        self._secret_store = settings.secret_store
        self.state = DaprState(self._sidecar)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["DaprRuntime"]:
        if settings.app_api_token is None:
            raise SettingsInvalid(
                "APP_API_TOKEN: is not set; by it the app knows that its sidecar is calling"
            )
        headers = {}
        if settings.dapr_api_token is not None:
            headers["dapr-api-token"] = settings.dapr_api_token.get_secret_value()
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{settings.dapr_http_port}",
            headers=headers,
            trust_env=False,
            limits=httpx2.Limits(max_connections=50, keepalive_expiry=30),
        ) as client:
            yield cls(settings, client)

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        for batch in batches(messages):
            response = await self._sidecar.call(
                "POST",
                f"/v1.0-alpha1/publish/bulk/{PUBSUB}/{topic}",
                content=bulk_body(batch),
                headers={"content-type": "application/json"},
                timeout=_PUBLISH,
            )
            # Only 204 says that all of it arrived: a handler that ends without an answer is an empty 200.
            if response.status_code != 204:
                # Some may have arrived; published again they are known by their ids.
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
        body = _json(response)
        # The app's own errors are problem details; these are the sidecar's.
        if response.status_code >= 500 and isinstance(body, Mapping) and "errorCode" in body:
            raise Unavailable(f"{app_id} does not answer: {_reason(response)}")
        return Reply(response.status_code, body)

    async def secret(self, name: str) -> str | None:
        response = await self._sidecar.call(
            "GET", f"/v1.0/secrets/{self._secret_store}/{quote(name, safe='')}", timeout=_STATE
        )
        if response.status_code in {204, 403, 404}:
            return None  # 403: the store is closed but for what is listed
        if response.status_code == 500 and "not found" in response.text:
            return None
        _expect(response, "the secret store")
        values: dict[str, str] = response.json()
        return values.get(name)

    def routers(self, services: Sequence[Service], context: Context) -> Sequence[APIRouter]:
        return routers(services, context)

    @asynccontextmanager
    async def serving(self, services: Sequence[Service], context: Context) -> AsyncIterator[None]:
        """Nothing to run: the sidecar calls in."""
        yield

    async def ready(self) -> str | None:
        try:
            response = await self._sidecar.call("GET", "/v1.0/healthz/outbound", timeout=_READY)
        except Unavailable as error:
            return str(error)
        if response.status_code == 204:
            return None
        return f"the sidecar is not ready ({response.status_code})"


def batches(messages: Sequence[Message]) -> list[list[Message]]:
    """In their order, each small enough for one request."""
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
    """The envelopes go out as the bytes that were committed, but for the attribute that keeps their trace."""
    entries = (
        b'{"entryId":"%d","contentType":"application/cloudevents+json","metadata":%b,"event":%b}'
        % (
            number,
            json.dumps({"partitionKey": message.key}).encode(),
            b'{"traceid":"",' + message.wire.lstrip()[1:],
        )
        for number, message in enumerate(messages)
    )
    return b"[" + b",".join(entries) + b"]"


def _state_path(key: str) -> str:
    return f"/v1.0/state/{_STATE_STORE}/{quote(key, safe='')}"


def _expect_etag(response: httpx2.Response, key: str, etag: str | None) -> None:
    if response.status_code == 409 or (etag is not None and response.status_code == 400):
        raise EtagMismatch(key)
    _expect(response, "the state store")


def _expect(response: httpx2.Response, what: str) -> None:
    if response.status_code >= 300:
        raise Unavailable(f"{what} does not answer: {_reason(response)}")


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json() if response.content else None
    except ValueError:
        return response.text


def _reason(response: httpx2.Response) -> str:
    body = _json(response)
    if isinstance(body, Mapping):
        failed = body.get("failedEntries") or [{}]
        said = failed[0].get("error") or body.get("message") or body.get("errorCode")
        return f"{said} ({response.status_code})"
    return f"the sidecar answered {response.status_code}"
