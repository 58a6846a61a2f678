"""CloudEvents 1.0 as structured JSON: the form in which events are published, the same for every runtime.

Source: CloudEvents spec 1.0.2 with its `partitionkey` and distributed-tracing extensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from todo.domain.events import Event, rfc3339


class Malformed(Exception):
    """Not one of our events. A retry cannot help, so it becomes a dead letter with this reason."""


@dataclass(frozen=True, slots=True)
class Envelope:
    type: str
    source: str
    key: str
    data: Mapping[str, Any]
    time: datetime
    traceparent: str | None = None
    id: UUID = field(default_factory=uuid4)


def wrap(event: Event, *, source: str, time: datetime, traceparent: str | None) -> Envelope:
    return Envelope(event.type, source, event.key, event.data, time, traceparent)


def encode(envelope: Envelope) -> bytes:
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "type": envelope.type,
        "source": envelope.source,
        "time": rfc3339(envelope.time),
        "datacontenttype": "application/json",
        "partitionkey": envelope.key,
        "data": envelope.data,
    }
    if envelope.traceparent:
        attributes["traceparent"] = envelope.traceparent
    return orjson.dumps(attributes)


def decode(wire: bytes | str | Mapping[str, Any]) -> Envelope:
    """Raises Malformed. Unknown attributes (a sidecar adds pubsubname, traceid…) are ignored."""
    try:
        body = wire if isinstance(wire, Mapping) else orjson.loads(wire)
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from None
    if not isinstance(body, Mapping):
        raise Malformed("not a CloudEvent: not an object")
    if body.get("specversion") != "1.0":
        raise Malformed(f"not a CloudEvent 1.0: specversion {body.get('specversion')!r}")
    data, traceparent = body.get("data"), body.get("traceparent")
    if not isinstance(data, Mapping):
        raise Malformed("the event's data is not an object")
    if not isinstance(traceparent, str | None):
        raise Malformed("the event's traceparent is not a string")
    try:
        return Envelope(
            id=UUID(str(body["id"])),
            type=str(body["type"]),
            source=str(body["source"]),
            key=str(body.get("partitionkey") or data.get("user_id") or ""),
            data=data,
            time=datetime.fromisoformat(str(body["time"])),
            traceparent=traceparent,
        )
    except (KeyError, ValueError) as error:
        raise Malformed(f"a CloudEvent attribute is missing or wrong: {error}") from None


def key_of(wire: str) -> str:
    """The partition key, without decoding the event; "" if there is none."""
    try:
        body = orjson.loads(wire)
    except ValueError:
        return ""
    return str(body.get("partitionkey", "")) if isinstance(body, dict) else ""
