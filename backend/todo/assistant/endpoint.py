"""POST /mcp: the credential and the origin are checked here, then the SDK answers.

The SDK is imported at the first request, because only todo-backend with an assistant needs it (55 MB).
"""

import asyncio
import importlib
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from todo.accounts.caller import count_request
from todo.assistant import tools
from todo.assistant.clients import identify
from todo.authorization.scopes import resource_metadata_url
from todo.domain.errors import TooMany
from todo.runtime.context import Context
from todo.runtime.http import rates
from todo.runtime.http.origin import is_own_site
from todo.runtime.http.problems import problem
from todo.runtime.observe import name_actor
from todo.runtime.settings import Settings

PATH = "/mcp"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Endpoint:
    """Stateless: each request carries its credential, and nothing is kept between two requests."""

    def __init__(self) -> None:
        self._server: Any = None  # the module todo.assistant.server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        context: Context = request.app.state.context
        answer = await self._answer(request, context)
        await answer(scope, receive, send)

    async def _answer(self, request: Request, context: Context) -> ASGIApp:
        if not _from_here(request.headers.get("origin"), context.settings.origin):
            return problem(403, "Requests from other sites are refused.")
        token = _bearer(request)
        client = await identify(context, token) if token else None
        if client is None:
            return _unauthorized(context.settings, sent=token is not None)
        name_actor(client.caller.client)
        try:
            count_request(client.caller, context)
        except TooMany as error:
            return problem(429, error.message, headers=rates.headers_of(error))
        if self._server is None:
            self._server = await asyncio.to_thread(importlib.import_module, "todo.assistant.server")
        app: ASGIApp = self._server.http_app(context, client)
        return app


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _from_here(sent: str | None, origin: str) -> bool:
    """Only browsers send an Origin. Pages of this server and of this machine may call (DNS rebinding)."""
    if sent is None:
        return True
    try:
        host = urlsplit(sent).hostname
    except ValueError:
        return False
    return host in _LOOPBACK or is_own_site(sent, origin, None)


def _unauthorized(settings: Settings, *, sent: bool) -> Response:
    """RFC 9728: the challenge says where the client finds the authorization server."""
    parts = [
        f'resource_metadata="{resource_metadata_url(settings)}"',
        f'scope="{" ".join(sorted(tools.Scope))}"',
    ]
    if sent:
        parts.insert(0, 'error="invalid_token", error_description="The token is not valid here."')
    detail = (
        "The access token is unknown or has expired." if sent else "Send an access token (Bearer)."
    )
    return problem(401, detail, headers={"WWW-Authenticate": f"Bearer {', '.join(parts)}"})


router = APIRouter()
router.add_route(PATH, Endpoint(), methods=["POST"], include_in_schema=False)  # type: ignore[arg-type]
