"""The shape of each event on the wire: a CloudEvent with its data. A test compares them with what is emitted."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from todo.domain.events import Topic
from todo.notifications.schemas import Notification
from todo.tasks.schemas import Task

TaskType = Literal[
    "todo.task.created.v1",
    "todo.task.updated.v1",
    "todo.task.completed.v1",
    "todo.task.deleted.v1",
]


class _TaskChange(BaseModel):
    version: Literal["1.0"]
    event_type: Literal["task_created", "task_updated", "task_completed", "task_deleted"]
    task_id: int
    task_data: Task = Field(description="the task after the change")
    user_id: str
    timestamp: datetime


class TaskEventData(_TaskChange):
    actor: str = Field(description="who made the change: a user id, “system”, “chat” or a client")
    conversation_id: UUID | None = None
    batch_id: UUID | None = None
    changes: dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]] = Field(
        description="field → its value before and after"
    )


class TaskUpdateData(_TaskChange):
    task_version: int = Field(description="a reader ignores a version older than its own")


class ReminderItem(BaseModel):
    task_id: int
    due_at: datetime | None
    title: str


class ReminderDueData(BaseModel):
    version: Literal["1.0"]
    reminder_id: int
    task_id: int
    title: str
    due_at: datetime | None
    all_day: bool
    timezone: str
    remind_at: datetime
    user_id: str
    late_seconds: int = Field(description="0 if it is in time")
    items: list[ReminderItem] = Field(description="the tasks of a digest; empty for one task")


class NotificationCreatedData(BaseModel):
    version: Literal["1.0"]
    event_type: Literal["reminder_due"]
    task_id: int
    user_id: str
    notification: Notification
    timestamp: datetime


class _CloudEvent(BaseModel):
    """The attributes of CloudEvents 1.0 (structured JSON)."""

    specversion: Literal["1.0"]
    id: UUID = Field(description="the same in every delivery of the event")
    source: str = Field(description="the app id of the service that emitted it")
    time: datetime
    datacontenttype: Literal["application/json"]
    partitionkey: str = Field(description="the user's id; events of one key stay in order")
    traceparent: str = Field("", description="W3C trace context; absent without a trace")


class TaskEvent(_CloudEvent):
    """A task was created, changed, completed or deleted: for the services."""

    type: TaskType
    data: TaskEventData


class TaskUpdate(_CloudEvent):
    """The same change for open windows."""

    type: TaskType
    data: TaskUpdateData


class ReminderDue(_CloudEvent):
    """A reminder is due, or a digest of several late ones."""

    type: Literal["todo.reminder.due.v1"]
    data: ReminderDueData


class NotificationCreated(_CloudEvent):
    """A reminder is shown by the bell: for open windows."""

    type: Literal["todo.notification.created.v1"]
    data: NotificationCreatedData


EVENTS: dict[Topic, tuple[type[_CloudEvent], ...]] = {
    Topic.TASK_EVENTS: (TaskEvent,),
    Topic.REMINDERS: (ReminderDue,),
    Topic.TASK_UPDATES: (TaskUpdate, NotificationCreated),
}
