"""The public routes of the authorization server: metadata under /.well-known, endpoints under /oauth.

They are described by the RFCs and not by our OpenAPI document, and a program on any site may call them, without
cookies.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from todo.accounts.routes import limited
from todo.authorization.scopes import SCOPES, issuer, resource
from todo.runtime.context import Context
from todo.runtime.http.routing import OpenContext
from todo.runtime.settings import Settings

router = APIRouter(include_in_schema=False)

_ANY_SITE: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
}

_Endpoint = Callable[[Request, Context], Awaitable[Response]]


def _load() -> ModuleType:
    from todo.authorization import endpoints

    return endpoints


async def _serve(name: str, request: Request, context: Context) -> Response:
    # The first call imports the MCP SDK, in a thread, because that takes half a second.
    endpoint: _Endpoint = getattr(await asyncio.to_thread(_load), name)
    answer = await endpoint(request, context)
    # Our middleware sets it on every response; the SDK's handlers do too.
    if "cache-control" in answer.headers:
        del answer.headers["cache-control"]
    return answer


def _server_metadata(settings: Settings) -> dict[str, Any]:
    """RFC 8414. Every client is public: PKCE protects the code, and rotation the refresh token."""
    base = issuer(settings)
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "registration_endpoint": f"{base}/oauth/register",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


# Clients look with and without the path of the resource (RFC 8414, 3.1 and RFC 9728, 3.1).
@router.get("/.well-known/oauth-authorization-server")
@router.get("/.well-known/oauth-authorization-server/mcp")
async def server_metadata(context: OpenContext) -> Response:
    return JSONResponse(_server_metadata(context.settings), headers=_ANY_SITE)


@router.get("/.well-known/oauth-protected-resource")
@router.get("/.well-known/oauth-protected-resource/mcp")
async def resource_metadata(context: OpenContext) -> Response:
    settings = context.settings
    metadata = {
        "resource": resource(settings),
        "authorization_servers": [issuer(settings)],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Todo",
    }
    return JSONResponse(metadata, headers=_ANY_SITE)


# Fetches the client's metadata document, hence the limit.
@router.get("/oauth/authorize", dependencies=[Depends(limited)])
async def authorize(request: Request, context: OpenContext) -> Response:
    return await _serve("authorize", request, context)


@router.post("/oauth/register", dependencies=[Depends(limited)])
async def register(request: Request, context: OpenContext) -> Response:
    return _for_any_site(await _serve("register", request, context))


@router.post("/oauth/token")
async def token(request: Request, context: OpenContext) -> Response:
    return _for_any_site(await _serve("token", request, context))


@router.post("/oauth/revoke")
async def revoke(request: Request, context: OpenContext) -> Response:
    return _for_any_site(await _serve("revoke", request, context))


@router.options("/oauth/{endpoint}")
@router.options("/.well-known/{document:path}")
async def preflight() -> Response:
    return Response(status_code=204, headers=_ANY_SITE)


def _for_any_site(answer: Response) -> Response:
    answer.headers.update(_ANY_SITE)
    return answer
