"""Which program calls, for whom, and what it may do. Only the credential of the request decides."""

from dataclasses import dataclass

from todo.accounts.caller import Caller, bearer
from todo.assistant.tools.registry import ALL_SCOPES, Scope
from todo.authorization.caller import caller_of
from todo.runtime.context import Context


@dataclass(frozen=True, slots=True)
class Client:
    caller: Caller
    scopes: frozenset[Scope]


async def identify(context: Context, token: str) -> Client | None:
    """The client of a bearer token; None if the token is unknown, revoked or expired."""
    authorized = await caller_of(context, token)
    if authorized is not None:
        return Client(authorized.caller, frozenset(map(Scope, authorized.scopes)))
    return await _by_access_token(context, token)


async def _by_access_token(context: Context, token: str) -> Client | None:
    found = await bearer(context, token)
    if found is None:
        return None
    caller, scope = found
    return Client(caller, frozenset({Scope.READ}) if scope == "read" else ALL_SCOPES)
