"""Redirect URIs: which ones a client may have, and which one of them a request means.

They are compared as strings. A parser would read `/callback/.` and `/callback/` as the same address.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from pydantic import AnyUrl

_LONGEST: Final = 2000
# RFC 3986, without the characters that programs escape in different ways.
_ALLOWED: Final = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
# A program on the person's own computer listens on a port that the system chooses (RFC 8252, 7.3).
_LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?((?:[/?].*)?)")
# Editors whose scheme has no dot. RFC 8252 (7.1) asks for one, which other schemes need: so javascript:, data:
# and the schemes of the operating system are refused.
_EDITORS: Final = frozenset({"cursor", "vscode", "vscode-insiders", "windsurf", "zed", "claude"})


def problem_with(uri: str) -> str | None:
    """Why a client may not have this redirect URI, as a sentence; None if it may."""
    if len(uri) > _LONGEST:
        return f"A redirect URI is longer than {_LONGEST} characters."
    if not _ALLOWED.fullmatch(uri):
        return "A redirect URI has a fragment or a character that must be escaped."
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
        AnyUrl(uri)  # as the SDK reads it
    except ValueError:
        return "A redirect URI is not a valid address."
    if is_loopback(uri):
        return None
    match parts.scheme:
        case "https":
            if not host or "@" in parts.netloc:
                return "A redirect URI needs a host, and no user name."
            return None
        case "http":
            return "A redirect URI with http:// must lead to localhost, 127.0.0.1 or [::1]."
        case scheme if scheme in _EDITORS or re.fullmatch(
            r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", scheme
        ):
            return None
        case _:
            return (
                "A redirect URI must start with https://, or belong to a program on this computer."
            )


def is_loopback(uri: str) -> bool:
    return _LOOPBACK.fullmatch(uri) is not None


def is_registered(sent: str, registered: Iterable[str]) -> bool:
    """Whether `sent` is one of the client's redirect URIs. The port of a loopback address may differ."""
    return problem_with(sent) is None and any(
        sent == known or _same_loopback(sent, known) for known in registered
    )


def _same_loopback(sent: str, known: str) -> bool:
    a, b = _LOOPBACK.fullmatch(sent), _LOOPBACK.fullmatch(known)
    return a is not None and b is not None and a.groups() == b.groups()
