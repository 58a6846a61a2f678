"""The hooks of the MCP SDK's authorization server: clients, codes and tokens in the database.

The SDK parses the requests, checks the PKCE verifier and writes the answers. It takes half a second to import and
18 MB, so only `endpoints` imports this module, at the first OAuth request.
"""

import math
import re

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    RegistrationError,
    TokenError,
)
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyUrl

from todo.authorization.clients import Client, known_client
from todo.authorization.documents import MOST_REDIRECTS
from todo.authorization.names import readable
from todo.authorization.redirects import problem_with
from todo.authorization.scopes import SCOPES, is_our_resource, issuer, resource
from todo.authorization.store import ACCESS_LASTS, AuthorizationStore
from todo.runtime.context import Context
from todo.runtime.observe import log

# The base64url form of a SHA-256.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_STATE = 4096


class Provider(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    def __init__(self, context: Context, asking: OAuthClientInformationFull | None = None) -> None:
        """`asking` is the client of an authorization request, with the redirect URI that was checked."""
        self._context = context
        self._asking = asking

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        if self._asking is not None:
            return self._asking
        client = await known_client(self._context, client_id)
        return sdk_client(client, client.redirect_uris) if client else None

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        """Register a public client. RFC 7591 (3.2.1) lets a server replace what the client asked for: there are
        no client secrets, and both grants are always allowed."""
        uris = [str(uri) for uri in client_info.redirect_uris or []]
        if not 0 < len(uris) <= MOST_REDIRECTS:
            raise RegistrationError(
                "invalid_redirect_uri", f"A client needs 1 to {MOST_REDIRECTS} redirect URIs."
            )
        for uri in uris:
            if problem := problem_with(uri):
                raise RegistrationError("invalid_redirect_uri", problem)
        client_info.token_endpoint_auth_method = "none"  # noqa: S105  (the name of a method)
        client_info.client_secret = client_info.client_secret_expires_at = None
        client_info.grant_types = ["authorization_code", "refresh_token"]
        async with self._context.db.unit() as unit:
            await AuthorizationStore(unit.connection).save_client(
                client_info.client_id, readable(client_info.client_name), None, uris
            )

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        """Keep the request and return the address of the consent page."""
        settings = self._context.settings
        if not _CHALLENGE.fullmatch(params.code_challenge):
            raise AuthorizeError("invalid_request", "code_challenge is not a SHA-256 in base64url.")
        if not is_our_resource(params.resource, settings):
            raise AuthorizeError(
                "invalid_target", f"The only resource here is {resource(settings)}."
            )
        if params.state is not None and len(params.state) > _LONGEST_STATE:
            raise AuthorizeError("invalid_request", "state is too long.")
        async with self._context.db.unit() as unit:
            request_id = await AuthorizationStore(unit.connection).add_request(
                client_id=client.client_id,
                redirect_uri=str(params.redirect_uri),
                state=params.state,
                scopes=[s for s in SCOPES if s in params.scopes] if params.scopes else list(SCOPES),
                code_challenge=params.code_challenge,
                resource=resource(settings),
            )
        return f"{issuer(settings)}/connect?request={request_id}"

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        async with self._context.db.reading() as connection:
            row = await AuthorizationStore(connection).code(authorization_code)
        if row is None:
            return None
        if row["is_used"]:
            await self._end(row["connection_id"], "an authorization code was used twice")
            return None
        return AuthorizationCode(
            code=authorization_code,
            scopes=row["scopes"],
            # The database has compared the time: the clock of this host does not matter.
            expires_at=0 if row["is_expired"] else math.inf,
            client_id=row["client_id"],
            code_challenge=row["code_challenge"],
            redirect_uri=AnyUrl(row["redirect_uri"]),
            redirect_uri_provided_explicitly=True,
            resource=row["resource"],
        )

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        async with self._context.db.unit() as unit:
            store = AuthorizationStore(unit.connection)
            used = await store.use_code(authorization_code.code)
            if used is not None:
                connection_id, scopes = used
                return _answer(scopes, *await store.add_tokens(connection_id, scopes, scopes))
        # Another request has used the code since it was loaded.
        await self.load_authorization_code(client, authorization_code.code)
        raise TokenError("invalid_grant", "The authorization code was used before.")

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshToken | None:
        async with self._context.db.reading() as connection:
            row = await AuthorizationStore(connection).token(refresh_token)
        if row is None or row["kind"] != "refresh":
            return None
        if row["is_used"]:
            await self._end(row["connection_id"], "a refresh token was used twice")
            return None
        return RefreshToken(
            token=refresh_token,
            client_id=row["client_id"],
            scopes=row["scopes"],
            expires_at=1 if row["is_expired"] else None,
            resource=row["resource"],
            subject=row["user_id"],
        )

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        async with self._context.db.unit() as unit:
            store = AuthorizationStore(unit.connection)
            connection_id = await store.use_refresh_token(refresh_token.token)
            if connection_id is not None:
                tokens = await store.add_tokens(connection_id, scopes, refresh_token.scopes)
                return _answer(scopes, *tokens)
        await self.load_refresh_token(client, refresh_token.token)
        raise TokenError("invalid_grant", "The refresh token was used before.")

    async def load_access_token(self, token: str) -> AccessToken | None:
        """Part of the SDK's protocol. Our MCP server asks `caller_of`, which also knows the user."""
        async with self._context.db.reading() as connection:
            row = await AuthorizationStore(connection).token(token)
        if row is None or row["kind"] != "access" or row["is_expired"]:
            return None
        return AccessToken(
            token=token,
            client_id=row["client_id"],
            scopes=row["scopes"],
            resource=row["resource"],
            subject=row["user_id"],
        )

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        await self.revoke(token.token, token.client_id)

    async def revoke(self, token: str, client_id: str | None) -> None:
        """Revoke a token of any kind with all others of its connection, unless another client sends it."""
        async with self._context.db.unit() as unit:
            store = AuthorizationStore(unit.connection)
            row = await store.token(token)
            if row is not None and client_id in {None, row["client_id"]}:
                await store.remove_connection(row["connection_id"])

    async def _end(self, connection_id: int | None, reason: str) -> None:
        """Revoke the whole family: whoever came first may be the thief."""
        if connection_id is None:
            return
        async with self._context.db.unit() as unit:
            await AuthorizationStore(unit.connection).remove_connection(connection_id)
        log.warning("a connected assistant was disconnected", reason=reason)


def sdk_client(client: Client, redirect_uris: tuple[str, ...]) -> OAuthClientInformationFull:
    return OAuthClientInformationFull(
        client_id=client.id,
        client_name=client.name,
        redirect_uris=[AnyUrl(uri) for uri in redirect_uris],
        token_endpoint_auth_method="none",  # noqa: S106  (the name of a method)
        scope=" ".join(SCOPES),
    )


def _answer(scopes: list[str], access: str, refresh: str) -> OAuthToken:
    return OAuthToken(
        access_token=access,
        expires_in=int(ACCESS_LASTS.total_seconds()),
        scope=" ".join(scopes),
        refresh_token=refresh,
    )
