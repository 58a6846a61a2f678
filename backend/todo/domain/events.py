"""Events as values. The runtime adds the envelope (CloudEvents).

The shapes of the data follow the specification (CLR-004 and the reminder event). `task-updates` adds the task's
version, so that a reader can ignore an older state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

SCHEMA_VERSION = "1.0"


class Topic(StrEnum):
    TASK_EVENTS = "task-events"
    REMINDERS = "reminders"
    TASK_UPDATES = "task-updates"

    @property
    def dead_letter(self) -> str:
        return f"{self}.dead-letter"


class TaskChange(StrEnum):
    """The `event_type` of a task event (specification)."""

    CREATED = "task_created"
    UPDATED = "task_updated"
    COMPLETED = "task_completed"
    DELETED = "task_deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `type` is the CloudEvents type; `key` is its user, and events of one key stay in order."""

    topic: Topic
    type: str
    key: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who made a change: the actor, and the conversation and the batch of changes that it belongs to."""

    actor: str
    conversation_id: UUID | None = None
    batch_id: UUID | None = None

    def data(self) -> dict[str, str]:
        ids = {"conversation_id": self.conversation_id, "batch_id": self.batch_id}
        return {"actor": self.actor, **{name: str(id_) for name, id_ in ids.items() if id_}}


SYSTEM = Attribution("system")


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def task_changed(
    change: TaskChange,
    *,
    task_id: int,
    version: int,
    user_id: str,
    data: Mapping[str, Any],
    by: Attribution,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
) -> tuple[Event, Event]:
    """The two events of a change: one for the services (task-events), one for open browsers (task-updates)."""
    kind = f"todo.task.{change.removeprefix('task_')}.v1"
    common = {
        "version": SCHEMA_VERSION,
        "event_type": str(change),
        "task_id": task_id,
        "task_data": data,
        "user_id": user_id,
        "timestamp": rfc3339(at),
    }
    fact = {**common, **by.data(), "changes": changes or {}}
    return (
        Event(Topic.TASK_EVENTS, kind, user_id, fact),
        Event(Topic.TASK_UPDATES, kind, user_id, {**common, "task_version": version}),
    )


PROJECT_CHANGED = "todo.project.changed.v1"


class ProjectChange(StrEnum):
    """The `event_type` of a project event. ORDERED: the order of all projects."""

    CREATED = "project_created"
    UPDATED = "project_updated"
    DELETED = "project_deleted"
    ORDERED = "projects_ordered"


def project_changed(
    change: ProjectChange,
    *,
    project_id: int | None,
    user_id: str,
    data: Mapping[str, Any] | None,
    by: Attribution,
    at: datetime,
    changes: Mapping[str, Any],
) -> tuple[Event, Event]:
    """As `task_changed`, for a project."""
    common = {
        "version": SCHEMA_VERSION,
        "event_type": str(change),
        "project_id": project_id,
        "project_data": data,
        "user_id": user_id,
        "timestamp": rfc3339(at),
    }
    fact = {**common, **by.data(), "changes": changes}
    return (
        Event(Topic.TASK_EVENTS, PROJECT_CHANGED, user_id, fact),
        Event(Topic.TASK_UPDATES, PROJECT_CHANGED, user_id, common),
    )


REMINDER_DUE = "todo.reminder.due.v1"
NOTIFICATION_CREATED = "todo.notification.created.v1"

# A session, a token or a connection of the user has ended.
ACCESS_CHANGED = "todo.account.access_changed.v1"

_TASK_TYPES = {f"todo.task.{change.removeprefix('task_')}.v1" for change in TaskChange}
KNOWN_TYPES = _TASK_TYPES | {
    PROJECT_CHANGED,
    REMINDER_DUE,
    NOTIFICATION_CREATED,
    ACCESS_CHANGED,
}


def access_changed(user_id: str, at: datetime) -> Event:
    data = {
        "version": SCHEMA_VERSION,
        "event_type": "access_changed",
        "user_id": user_id,
        "timestamp": rfc3339(at),
    }
    return Event(Topic.TASK_UPDATES, ACCESS_CHANGED, user_id, data)


def read_data(type_: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event's data for a consumer, converted from earlier schemas.

    Raises ValueError for an unknown type or major version: the event then waits in the dead-letter topic for a
    newer version.
    """
    if type_ not in KNOWN_TYPES:
        raise ValueError(f"unknown event type {type_!r}")
    if "version" not in data:
        return _from_unversioned(type_, data)
    major = str(data["version"]).partition(".")[0]
    if major != SCHEMA_VERSION.partition(".")[0]:
        raise ValueError(f"unknown major version {data['version']!r} of {type_}")
    return data


def _from_unversioned(type_: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Convert the first schema of the specification: no version, `event_type` without the prefix `task_`."""
    upcast = {**data, "version": SCHEMA_VERSION}
    event_type = data.get("event_type")
    if type_ in _TASK_TYPES and event_type is not None:
        upcast["event_type"] = TaskChange(f"task_{str(event_type).removeprefix('task_')}")
    return upcast
