"""The payloads of a sidecar's requests: raw events as base64, wrapped by daprd in a CloudEvent of its own."""

import base64

import orjson


def unwrapped(body: bytes) -> str:
    """The event of a single delivery; the body itself if it has no such wrapper."""
    try:
        return decoded(orjson.loads(body)["data_base64"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="surrogateescape")


def decoded(data: str) -> str:
    """As text that can be encoded to the same bytes again, also if they are not valid UTF-8."""
    return base64.b64decode(data).decode(errors="surrogateescape")


def bulk_entries(body: bytes) -> list[tuple[str, str]]:
    """The entry ids and events of a bulk delivery. Raises ValueError, KeyError or TypeError."""
    return [
        (str(entry["entryId"]), decoded(entry["event"])) for entry in orjson.loads(body)["entries"]
    ]
