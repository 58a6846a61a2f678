"""Client ID metadata documents: a client's id is the https URL of a JSON document that describes it.

Whoever asks for access chooses the URL, so it is fetched like a webhook (todo.runtime.url_guard): public addresses
only, no redirects, 5 seconds and 64 kB for everything.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson

from todo.authorization.names import readable
from todo.authorization.redirects import problem_with
from todo.runtime.settings import Settings
from todo.runtime.url_guard import AddressRefused, AddressUnknown, Target, guarded_client, parse

SECONDS: Final = 5.0
LARGEST: Final = 64 * 1024
MOST_REDIRECTS: Final = 20
# How long a document is used without fetching it again, unless its Cache-Control says something in between.
_FRESH_AT_LEAST: Final = timedelta(minutes=5)
_FRESH_AT_MOST: Final = timedelta(days=1)


class ClientRefused(Exception):
    """The client cannot be used. `reason` is a sentence for the person who wants to connect it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientDocument:
    name: str
    host: str
    redirect_uris: tuple[str, ...]
    fresh_for: timedelta


def is_document_url(client_id: str) -> bool:
    """Whether the client is described by a document. Other ids are those of registered clients."""
    return "://" in client_id


async def fetch(url: str, settings: Settings) -> ClientDocument:
    target = _check_url(url, settings)
    host = target.host
    try:
        async with asyncio.timeout(SECONDS):
            async with open_client(settings) as http:
                body, headers = await _read(http, target)
    except (AddressRefused, AddressUnknown) as refused:
        raise ClientRefused(refused.reason) from None
    except (TimeoutError, httpx2.TimeoutException):
        raise ClientRefused(f"{host} did not answer within {SECONDS:g} seconds.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise ClientRefused(f"{host} could not be reached.") from None
    return _document(url, host, body, headers)


def open_client(settings: Settings) -> httpx2.AsyncClient:
    return guarded_client(allow_private=settings.allow_private_addresses, timeout=SECONDS)


def _check_url(url: str, settings: Settings) -> Target:
    """The target of a valid client id (draft-ietf-oauth-client-id-metadata-document, section 3)."""
    if not url.startswith("https://"):
        raise ClientRefused("The address of a client must start with https://.")
    try:
        target = parse(url, allow_private=settings.allow_private_addresses)
    except AddressRefused as refused:
        raise ClientRefused(refused.reason) from None
    parts = urlsplit(url)
    if "#" in url or parts.path in {"", "/"} or {".", ".."} & set(parts.path.split("/")):
        raise ClientRefused(
            "The address of a client needs a path, without dots and without a fragment."
        )
    return target


async def _read(http: httpx2.AsyncClient, target: Target) -> tuple[bytes, Mapping[str, str]]:
    host = target.host
    asked = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with http.stream("GET", target.url, headers=asked) as response:
        if response.is_redirect:
            raise ClientRefused(f"{host} redirects to another address, which is not followed.")
        if response.status_code != 200:
            raise ClientRefused(f"{host} answered {response.status_code} instead of a description.")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ClientRefused(f"{host} sent a compressed description.")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LARGEST:
                raise ClientRefused(
                    f"The description at {host} is larger than {LARGEST // 1024} kB."
                )
        return bytes(body), response.headers


def _document(url: str, host: str, body: bytes, headers: Mapping[str, str]) -> ClientDocument:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise ClientRefused(f"The description at {host} is not a JSON object.")
    if said.get("client_id") != url:
        raise ClientRefused(f"The description at {host} belongs to another client.")
    _check_methods(said, host)
    name = said.get("client_name")
    return ClientDocument(
        readable(name) if name else host, host, _redirects(said, host), _fresh_for(headers)
    )


def _redirects(said: Mapping[str, Any], host: str) -> tuple[str, ...]:
    uris = said.get("redirect_uris")
    if (
        not isinstance(uris, list)
        or not 0 < len(uris) <= MOST_REDIRECTS
        or not all(isinstance(uri, str) for uri in uris)
    ):
        raise ClientRefused(
            f"The description at {host} needs redirect_uris, at most {MOST_REDIRECTS} of them."
        )
    for uri in uris:
        if problem := problem_with(uri):
            raise ClientRefused(f"The description at {host} is not valid. {problem}")
    return tuple(uris)


def _check_methods(said: Mapping[str, Any], host: str) -> None:
    """Every client is public here. A document may prefer another method if it also offers "none"."""
    methods = said.get("token_endpoint_auth_methods_supported")
    offered = methods if isinstance(methods, list) else []
    if said.get("token_endpoint_auth_method", "none") != "none" and "none" not in offered:
        raise ClientRefused(
            f'The description at {host} needs token_endpoint_auth_method "none": '
            "other methods are not supported."
        )
    grants = said.get("grant_types", ["authorization_code"])
    if not isinstance(grants, list) or "authorization_code" not in grants:
        raise ClientRefused(f"The description at {host} lacks the grant authorization_code.")


def _fresh_for(headers: Mapping[str, str]) -> timedelta:
    found = re.search(r"max-age=(\d{1,9})", headers.get("cache-control", ""))
    wanted = timedelta(seconds=int(found[1])) if found else _FRESH_AT_LEAST
    return min(max(wanted, _FRESH_AT_LEAST), _FRESH_AT_MOST)
