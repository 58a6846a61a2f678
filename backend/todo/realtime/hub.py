"""The WebSocket connections of this replica, by user."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from todo.domain.events import ACCESS_CHANGED, NOTIFICATION_CREATED, PROJECT_CHANGED
from todo.runtime import clock, metrics
from todo.runtime.context import Context
from todo.runtime.envelope import Envelope

# A client that does not read is disconnected when its queue is full; it catches up when it connects again.
_MAX_WAITING = 256


class Connection:
    def __init__(self) -> None:
        self.waiting: asyncio.Queue[str] = asyncio.Queue(_MAX_WAITING)
        self.must_reconnect = asyncio.Event()

    def push(self, payload: str) -> None:
        try:
            self.waiting.put_nowait(payload)
        except asyncio.QueueFull:
            self.must_reconnect.set()


class Hub:
    def __init__(self) -> None:
        self._connections: dict[str, set[Connection]] = defaultdict(set)
        self._delayed = False

    def __bool__(self) -> bool:
        """Whether any window is connected."""
        return bool(self._connections)

    def join(self, user_id: str) -> Connection:
        connection = Connection()
        self._connections[user_id].add(connection)
        metrics.websocket_connections.inc()
        if self._delayed:
            connection.push(_status(delayed=True))
        return connection

    def count(self, user_id: str) -> int:
        """How many windows of the user are connected."""
        return len(self._connections.get(user_id, ()))

    def leave(self, user_id: str, connection: Connection) -> None:
        self._connections[user_id].discard(connection)
        metrics.websocket_connections.dec()
        if not self._connections[user_id]:
            del self._connections[user_id]
        if not self:
            self._delayed = False  # the delay is measured only while there are connections

    def send(self, user_id: str, message: Mapping[str, Any]) -> bool:
        """Send a message to every window of a user; returns whether there is one. It is serialised once."""
        if connections := self._connections.get(user_id):
            payload = orjson.dumps(message).decode()
            for connection in connections:
                connection.push(payload)
        return bool(connections)

    def disconnect(self, user_id: str) -> None:
        """Close every window of a user. Those that are still signed in connect again, with a new ticket."""
        for connection in self._connections.get(user_id, ()):
            connection.must_reconnect.set()

    def set_delayed(self, delayed: bool) -> None:
        """Tell every window when live updates become late, and when they are on time again."""
        if delayed != self._delayed:
            self._delayed = delayed
            for connections in self._connections.values():
                for connection in connections:
                    connection.push(_status(delayed=delayed))


def _status(*, delayed: bool) -> str:
    message = {"type": "status", "live_updates": "delayed" if delayed else "ok"}
    return orjson.dumps(message).decode()


hub = Hub()


async def fan_out(envelope: Envelope, _context: Context) -> None:
    """Forward an event of task-updates to every window of its user on this replica."""
    user_id = str(envelope.data.get("user_id", ""))
    if envelope.type == ACCESS_CHANGED:
        hub.disconnect(user_id)
    elif hub.send(user_id, _message(envelope)):
        metrics.live_update_delay.observe((clock.now() - envelope.time).total_seconds())


def _message(envelope: Envelope) -> dict[str, Any]:
    data = envelope.data
    if envelope.type == NOTIFICATION_CREATED:
        return {"type": "reminder.due", "notification": data.get("notification")}
    if envelope.type == PROJECT_CHANGED:
        return {"type": "project.changed", "project_id": data.get("project_id")}
    return {
        "type": "task.changed",
        "event_type": data.get("event_type"),
        "task_id": data.get("task_id"),
        "task_version": data.get("task_version"),
        "task": data.get("task_data"),
    }
