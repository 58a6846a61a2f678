"""The shape of each event on the wire: a CloudEvent with its data. A test compares them with what is emitted."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from todo.domain.events import Topic
from todo.domain.project import Colour
from todo.notifications.schemas import Notification
from todo.tasks.schemas import Task

TaskType = Literal[
    "todo.task.created.v1",
    "todo.task.updated.v1",
    "todo.task.completed.v1",
    "todo.task.deleted.v1",
]


BeforeAndAfter = Annotated[
    dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]],
    Field(description="field → its value before and after"),
]
_ACTOR: Any = Field(
    description="who made the change: “person”, “chat”, “system”, or a client or token"
)


class _TaskChange(BaseModel):
    version: Literal["1.0"]
    event_type: Literal["task_created", "task_updated", "task_completed", "task_deleted"]
    task_id: int
    task_data: Task = Field(description="the task after the change")
    user_id: str
    timestamp: datetime


class TaskEventData(_TaskChange):
    actor: str = _ACTOR
    conversation_id: UUID | None = None
    batch_id: UUID | None = None
    changes: BeforeAndAfter


class TaskUpdateData(_TaskChange):
    task_version: int = Field(description="a reader ignores a version older than its own")


class ProjectData(BaseModel):
    id: int
    name: str
    colour: Colour
    icon: str | None
    archived: bool
    version: int


class ProjectUpdateData(BaseModel):
    version: Literal["1.0"]
    event_type: Literal["project_created", "project_updated", "project_deleted", "projects_ordered"]
    project_id: int | None = Field(description="null if the order of all projects changed")
    project_data: ProjectData | None = Field(description="the project after the change")
    user_id: str
    timestamp: datetime


class ProjectEventData(ProjectUpdateData):
    actor: str = _ACTOR
    conversation_id: UUID | None = None
    batch_id: UUID | None = None
    changes: BeforeAndAfter


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


class AccessChangedData(BaseModel):
    version: Literal["1.0"]
    event_type: Literal["access_changed"]
    user_id: str
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


class ProjectEvent(_CloudEvent):
    """A project was created, changed, deleted or moved in its order: for the services."""

    type: Literal["todo.project.changed.v1"]
    data: ProjectEventData


class ProjectUpdate(_CloudEvent):
    """The same change for open windows."""

    type: Literal["todo.project.changed.v1"]
    data: ProjectUpdateData


class ReminderDue(_CloudEvent):
    """A reminder is due, or a digest of several late ones."""

    type: Literal["todo.reminder.due.v1"]
    data: ReminderDueData


class NotificationCreated(_CloudEvent):
    """A reminder is shown by the bell: for open windows."""

    type: Literal["todo.notification.created.v1"]
    data: NotificationCreatedData


class AccessChanged(_CloudEvent):
    """A session, a token or a connection of the user has ended: their windows must connect again."""

    type: Literal["todo.account.access_changed.v1"]
    data: AccessChangedData


EVENTS: dict[Topic, tuple[type[_CloudEvent], ...]] = {
    Topic.TASK_EVENTS: (TaskEvent, ProjectEvent),
    Topic.REMINDERS: (ReminderDue,),
    Topic.TASK_UPDATES: (TaskUpdate, ProjectUpdate, NotificationCreated, AccessChanged),
}
