"""The caller of a request to the MCP server: the user and the client that an access token was issued to.

Access tokens are not cached, so that a revoked connection is refused at the next request. The HTTP API does not
accept them.
"""

from dataclasses import dataclass

from todo.accounts.caller import Caller
from todo.authorization.scopes import resource
from todo.authorization.store import ACCESS_PREFIX
from todo.db.relations import ACCOUNTS
from todo.runtime.context import Context
from todo.runtime.db.secrets import hash_secret

_BY_TOKEN = f"""
    WITH known AS (
        SELECT c.id, c.client_id, c.client_name, c.user_id, t.scopes, a.timezone, a.default_reminders
        FROM oauth_token t JOIN oauth_connection c ON c.id = t.connection_id
            JOIN ({ACCOUNTS}) a ON a.id = c.user_id
        WHERE t.token_hash = $1 AND t.kind = 'access' AND t.expires_at > now() AND c.resource = $2
    ), used AS (
        UPDATE oauth_connection c SET last_used_at = now() FROM known
        WHERE c.id = known.id AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute'))
    SELECT * FROM known
"""


@dataclass(frozen=True, slots=True)
class AuthorizedClient:
    caller: Caller
    connection_id: int
    client_id: str
    name: str
    scopes: frozenset[str]


def actor_of(client_name: str) -> str:
    """The actor in the audit log."""
    return f"client:{client_name}"


async def caller_of(context: Context, token: str) -> AuthorizedClient | None:
    """None if the token is unknown, expired, revoked, or issued for another resource."""
    if not token.startswith(ACCESS_PREFIX):
        return None
    row = await context.db.pool.fetchrow(_BY_TOKEN, hash_secret(token), resource(context.settings))
    if row is None:
        return None
    return AuthorizedClient(
        Caller(
            row["user_id"],
            row["timezone"],
            tuple(row["default_reminders"]),
            actor_of(row["client_name"]),
            client=f"client:{row['id']}",
        ),
        row["id"],
        row["client_id"],
        row["client_name"],
        frozenset(row["scopes"]),
    )
