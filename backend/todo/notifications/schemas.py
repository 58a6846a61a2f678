"""The API's shapes of notifications, channels and deliveries."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from todo.accounts.schemas import Input, Moment, Text
from todo.notifications.channels import Kind


class Notification(BaseModel):
    id: int
    task_id: int
    reminder_id: int
    title: str
    body: str
    due_at: datetime | None
    late_seconds: int
    created_at: datetime
    read_at: datetime | None
    acknowledged_at: datetime | None


class NotificationPage(BaseModel):
    items: list[Notification]
    next_cursor: str | None
    unread: int


class Snooze(Input):
    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 30)] | None = None
    until: Moment | None = None


class NewChannel(Input):
    kind: Kind
    name: Annotated[Text, StringConstraints(max_length=100)] = ""
    config: dict[str, Any] = Field(
        description="email: address · webhook, apprise: url · webpush: endpoint, keys"
    )
    step: Annotated[int, Field(ge=0, le=10)] = Field(
        0,
        description="0: at once; each later step waits another `escalate_after` minutes for an acknowledgement",
    )


class ChannelChanges(Input):
    name: Annotated[Text, StringConstraints(max_length=100)] | None = None
    config: dict[str, Any] | None = None
    enabled: bool | None = None
    step: Annotated[int, Field(ge=0, le=10)] | None = None


class Channel(BaseModel):
    id: int
    kind: Kind
    name: str
    config: dict[str, Any] = Field(description="without its secrets")
    enabled: bool
    step: int
    created_at: datetime
    confirmed: bool = Field(
        description="false: nothing is sent there until the link that was mailed to the address is opened"
    )


class NewlyMadeChannel(Channel):
    secret: str | None = Field(description="a webhook's signing secret, shown this once")


class ChannelPage(BaseModel):
    items: list[Channel]
    next_cursor: str | None
    push_public_key: str = Field(description="what a browser subscribes to web push with (VAPID)")


class TestResult(BaseModel):
    sent: bool
    reason: str | None


class Delivery(BaseModel):
    id: UUID
    channel: str = Field(description="in-app, email, webpush, apprise or webhook")
    to: str | None = Field(description="the channel's name, or its address in short")
    state: str = Field(description="planned, claimed, sent, failed, cancelled or acknowledged")
    attempt: int
    next_try_at: datetime | None
    sent_at: datetime | None
    acknowledged_at: datetime | None
    reason: str | None
    late_seconds: int


class ToldBy(BaseModel):
    """The notification that covers a reminder which was not sent itself."""

    reminder_id: int
    task_id: int
    title: str
    at: datetime


class Unsent(BaseModel):
    reason: str | None = Field(
        description="why it was sent through no channel; null if it was or still will be"
    )
    told_by: ToldBy | None


class Deliveries(Unsent):
    items: list[Delivery]
    next_cursor: str | None


class Reminder(Unsent):
    id: int
    offset: str
    remind_at: datetime
    state: str = Field(description="planned, passed, fired, superseded or cancelled")
    acknowledged_at: datetime | None
    deliveries: list[Delivery]


class Reminders(BaseModel):
    items: list[Reminder]
