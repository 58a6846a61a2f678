"""The ports: what the product asks of a distributed runtime, in Dapr's words.

`embedded` (PostgreSQL) and `dapr` (a sidecar) implement them. One contract suite (tests/contract) holds both
to the same behaviour: events arrive at least once, in order per key, and a handler's outcome is SUCCESS,
RETRY or DROP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class Outcome(StrEnum):
    """The three statuses of Dapr's pub/sub API. daprd redelivers an event for ever after any other status."""

    SUCCESS = "SUCCESS"
    RETRY = "RETRY"
    DROP = "DROP"


@dataclass(frozen=True, slots=True)
class Message:
    """An event to publish: its encoded envelope, and the id and key that a broker needs."""

    id: UUID
    key: str
    wire: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Entry:
    value: bytes
    etag: str


class EtagMismatch(Exception):
    """Another writer changed the key first."""


class StateStore(Protocol):
    """Keys are per app, not per user: include the user id in the key."""

    async def get(self, key: str) -> Entry | None: ...

    async def save(
        self, key: str, value: bytes, *, etag: str | None = None, ttl: timedelta | None = None
    ) -> None:
        """With `etag`: only if it is still the current one, else EtagMismatch."""

    async def delete(self, key: str, *, etag: str | None = None) -> None: ...


class Unavailable(Exception):
    """The broker, the sidecar or another app did not answer. Nothing is lost: try again later."""


class Runtime(Protocol):
    # Under a steady load the relay publishes once per this many seconds, so that events share a publish.
    # 0: as often as there are events.
    publish_interval: float

    @property
    def state(self) -> StateStore: ...

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Publish all of `messages`, in this order per key; else Unavailable. May duplicate, never loses."""

    async def invoke(
        self, app_id: str, method: str, path: str, *, json: Mapping[str, Any] | None = None
    ) -> Reply:
        """Call another app. Raises Unavailable when it cannot be reached."""

    async def secret(self, name: str) -> str | None: ...

    async def ready(self) -> str | None:
        """None, or one line that says why events are not delivered at the moment."""
