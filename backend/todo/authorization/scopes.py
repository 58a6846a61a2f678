"""The scopes of access tokens, and the resource (RFC 8707) that tokens are issued for."""

from typing import Final
from urllib.parse import urlsplit

from todo.runtime.settings import Settings

READ: Final = "tasks:read"
WRITE: Final = "tasks:write"
DELETE: Final = "tasks:delete"
SCOPES: Final = (READ, WRITE, DELETE)


def issuer(settings: Settings) -> str:
    return settings.origin


def resource(settings: Settings) -> str:
    """The MCP server, the only audience of our tokens."""
    return f"{settings.origin}/mcp"


def resource_metadata_url(settings: Settings) -> str:
    """For the WWW-Authenticate header of the MCP server (RFC 9728)."""
    return f"{settings.origin}/.well-known/oauth-protected-resource/mcp"


def is_our_resource(sent: str | None, settings: Settings) -> bool:
    """Whether a request is for our resource. Older clients name none: ours is the only one.

    Scheme and host are compared without case, and a slash at the end is ignored.
    """
    return not sent or _canonical(sent) == _canonical(resource(settings))


def _canonical(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (
        parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower())
        .geturl()
        .rstrip("/")
    )
