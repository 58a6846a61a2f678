"""The endpoints under /oauth. Imports the MCP SDK: see `oauth_routes`.

The SDK's handlers do most of the work. Added here: exact redirect URIs and errors that a person can read, `iss` in
error answers (RFC 9207), `resource` at the token endpoint (RFC 8707), and the revocation of public clients, for
which the SDK's handler demands a secret.
"""

from html import escape
from typing import Any, Final
from urllib.parse import quote

from mcp.server.auth.handlers.authorize import AuthorizationHandler
from mcp.server.auth.handlers.register import RegistrationHandler
from mcp.server.auth.handlers.token import TokenHandler
from mcp.server.auth.middleware.client_auth import ClientAuthenticator
from mcp.server.auth.settings import ClientRegistrationOptions
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from todo.authorization.clients import client_asking
from todo.authorization.documents import ClientRefused
from todo.authorization.provider import Provider, sdk_client
from todo.authorization.redirects import is_registered
from todo.authorization.scopes import SCOPES, is_our_resource, issuer, resource
from todo.runtime.context import Context

_REGISTRATION: Final = ClientRegistrationOptions(
    enabled=True, valid_scopes=list(SCOPES), default_scopes=list(SCOPES)
)


async def authorize(request: Request, context: Context) -> Response:
    """Redirect to the consent page. Nothing is sent to a redirect URI that the client does not have."""
    sent = request.query_params
    if len(sent.multi_items()) != len(sent) or any("\0" in value for value in sent.values()):
        return _refused(request, "invalid_request", "A parameter is repeated or not text.")
    redirect_uri = sent.get("redirect_uri", "")
    try:
        client = await client_asking(context, sent.get("client_id", ""))
    except ClientRefused as refused:
        return _refused(request, "invalid_client", refused.reason)
    if not is_registered(redirect_uri, client.redirect_uris):
        return _refused(
            request,
            "invalid_request",
            f"The redirect_uri “{redirect_uri[:200]}” is none of those that the client registered.",
        )
    provider = Provider(context, sdk_client(client, (redirect_uri,)))
    answer = await AuthorizationHandler(provider).handle(request)
    consent = f"{issuer(context.settings)}/connect?"
    location = answer.headers.get("location")
    if location is not None and not location.startswith(consent):
        answer.headers["location"] = f"{location}&iss={quote(issuer(context.settings), safe='')}"
    return answer


async def token(request: Request, context: Context) -> Response:
    sent = (await request.form()).get("resource")
    if not is_our_resource(sent if isinstance(sent, str) else None, context.settings):
        return _error("invalid_target", f"The only resource here is {resource(context.settings)}.")
    provider = Provider(context)
    answer: Response = await TokenHandler(provider, ClientAuthenticator(provider)).handle(request)
    return answer


async def register(request: Request, context: Context) -> Response:
    return await RegistrationHandler(Provider(context), _REGISTRATION).handle(request)


async def revoke(request: Request, context: Context) -> Response:
    """Revoke a token with all others of its connection (RFC 7009). An unknown token is a success."""
    form = await request.form()
    sent, client_id = form.get("token"), form.get("client_id")
    if not isinstance(sent, str) or not sent:
        return _error("invalid_request", "token is missing.")
    await Provider(context).revoke(sent, client_id if isinstance(client_id, str) else None)
    return Response(status_code=200)


def _error(error: str, description: str) -> JSONResponse:
    content: dict[str, Any] = {"error": error, "error_description": description}
    return JSONResponse(content, 400)


_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Not connected · Todo</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto 0; padding: 0 1.25rem }}
  h1 {{ font-size: 1.5rem }} p {{ overflow-wrap: anywhere }}
</style>
<h1>This assistant cannot be connected</h1>
<p dir="auto">{reason}</p>
<p>Nothing was shared with it. <a href="/">Back to your tasks</a></p>
</html>"""
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
)


def _refused(request: Request, error: str, reason: str) -> Response:
    """For the person, who is here with a browser, or for a program. There is nowhere safe to redirect to."""
    if "text/html" not in request.headers.get("accept", ""):
        return _error(error, reason)
    return HTMLResponse(
        _PAGE.format(reason=escape(reason)),
        400,
        {"Content-Security-Policy": _POLICY, "X-Frame-Options": "DENY"},
    )
