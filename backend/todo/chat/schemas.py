"""Requests and answers of the chat."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from todo.accounts.schemas import Input, Text

MOST_LETTERS = 8_000


def _said(message: str) -> str:
    if not message:
        raise ValueError("a message needs some text")
    return message


class ChatMessage(Input):
    conversation_id: UUID | None = Field(None, description="absent: a new conversation begins")
    message: Annotated[Text, StringConstraints(max_length=MOST_LETTERS), AfterValidator(_said)]
    view: Annotated[Text, StringConstraints(max_length=200)] | None = Field(
        None, description="the page that the person looks at"
    )
    task_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="the task that is open on the page: “this task”"
    )


class ConversationTitle(Input):
    title: Annotated[Text, StringConstraints(min_length=1, max_length=200)]


class ConversationItem(BaseModel):
    id: UUID
    title: str
    updated_at: datetime


class ConversationPage(BaseModel):
    items: list[ConversationItem]
    next_cursor: str | None


class MessageOut(BaseModel):
    id: UUID
    role: Literal["user", "assistant"]
    text: str
    parts: list[dict[str, Any]] = Field(
        description="type: text, tool, proposal or note, in the order in which they happened"
    )
    status: Literal["complete", "stopped", "interrupted", "streaming"]
    waits: bool = Field(
        description="the model waits for the decision about its proposals (continueAnswer)"
    )
    created_at: datetime


class ConversationOut(BaseModel):
    id: UUID
    title: str
    messages: list[MessageOut]


class Budget(BaseModel):
    used: int
    limit: int


class ChatStatus(BaseModel):
    model: str = Field(description="“local”, or the name of the model at the endpoint")
    budget: Budget | None = Field(description="tokens of today (UTC); null for the local model")
