"""Compare the Origin header of a request with this server's address."""

from urllib.parse import urlsplit


def is_own_site(sent: str, public_url: str, host: str | None) -> bool:
    """Whether the Origin `sent` names the host of `public_url` or the request's Host header.

    False for the opaque origin `null` and for an Origin that is not a URL.
    """
    try:
        site = urlsplit(sent).netloc
    except ValueError:
        return False
    return bool(site) and site in {urlsplit(public_url).netloc, host}
