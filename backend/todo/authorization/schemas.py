"""Requests and answers of the consent page and of the connected assistants."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from todo.accounts.schemas import Input

Scope = Literal["tasks:read", "tasks:write", "tasks:delete"]


class ConnectionRequest(BaseModel):
    """An assistant that asks for access, as the consent page shows it."""

    id: UUID
    name: str = Field(description="The name that the client gives itself. Nobody has verified it.")
    host: str | None = Field(
        description="The verified host of the client's metadata document; null: it registered itself."
    )
    redirect_uri: str = Field(description="Where the browser goes after the answer.")
    is_on_this_device: bool = Field(description="The redirect leads to a program on this computer.")
    scopes: list[Scope]
    expires_at: datetime


class ConnectionAnswer(Input):
    allow: bool


class Redirect(BaseModel):
    redirect_to: str


class AssistantChange(BaseModel):
    event_type: str
    title: str | None
    task_id: int | None
    at: datetime


class ConnectedAssistant(BaseModel):
    id: int
    name: str
    host: str | None
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    changes: int = Field(description="How many changes of tasks the history names it for.")
    last_changes: list[AssistantChange]


class ConnectedAssistants(BaseModel):
    items: list[ConnectedAssistant]
    next_cursor: str | None
