"""/api/chat and /api/conversations."""

import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from todo.accounts.caller import Caller, CurrentCaller
from todo.chat import answering, approvals, recent, store, turns
from todo.chat.answering import Turn
from todo.chat.schemas import (
    Budget,
    ChatMessage,
    ChatStatus,
    ConversationItem,
    ConversationOut,
    ConversationPage,
    ConversationTitle,
    MessageOut,
)
from todo.chat.tools import settled
from todo.domain.errors import Invalid
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import IdempotencyKey, Now, OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["chat"])

_CHANGE = problems(401, 403, 404)
_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
_STREAM = {
    200: {
        "description": "Server-sent events: conversation, message, text, tool_call, tool_result, proposal, note, "
        "error, done. Each has one JSON object as its data.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    **problems(401, 403, 404, 409),
}


def _streamed(turn: Turn) -> StreamingResponse:
    # No proxy may hold events back.
    return StreamingResponse(
        turns.events(turn), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


@router.post("/chat", operation_id="chat", response_class=StreamingResponse, responses=_STREAM)
async def chat(
    wanted: ChatMessage,
    caller: CurrentCaller,
    context: OpenContext,
    idempotency_key: IdempotencyKey = None,
) -> StreamingResponse:
    """Say something to the assistant. Without a conversation_id a new conversation begins.

    A message whose Idempotency-Key was used is answered again, and nothing is done for it twice.
    """
    turn = await turns.begin(
        context,
        caller,
        wanted.conversation_id,
        wanted.message,
        key=idempotency_key,
        view=wanted.view,
        task_id=wanted.task_id,
    )
    return _streamed(turn)


@router.get("/chat/status", operation_id="getChatStatus", responses=problems(401))
async def status(caller: CurrentCaller, context: OpenContext, now: Now) -> ChatStatus:
    """Which model answers. The page asks when it opens the assistant, so the model is made ready."""
    answering.prepare()
    settings = context.settings
    if settings.model is None:
        return ChatStatus(model="local", budget=None)
    used = await store.tokens_used(context.db.pool, caller.user_id, now)
    return ChatStatus(
        model=settings.model, budget=Budget(used=used, limit=settings.chat_tokens_per_day)
    )


@router.get("/conversations", operation_id="listConversations", responses=problems(401))
async def list_conversations(
    caller: CurrentCaller,
    context: OpenContext,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> ConversationPage:
    async with context.db.reading() as connection:
        rows = await store.page(connection, caller.user_id, _read_cursor(cursor), limit + 1)
    items = [ConversationItem(**dict(row)) for row in rows[:limit]]
    return ConversationPage(
        items=items, next_cursor=_cursor(items[-1]) if len(rows) > limit else None
    )


def _cursor(item: ConversationItem) -> str:
    return base64.urlsafe_b64encode(f"{item.updated_at.isoformat()}|{item.id}".encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    try:
        moment, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition("|")
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None:
            raise ValueError
        return read, UUID(id_)
    except (ValueError, binascii.Error):
        raise Invalid("This cursor does not come from an earlier answer.", "cursor") from None


@router.get(
    "/conversations/{conversation_id}",
    operation_id="getConversation",
    responses=problems(401, 404),
)
async def get_conversation(
    conversation_id: UUID, caller: CurrentCaller, context: OpenContext, now: Now
) -> ConversationOut:
    async with context.db.reading() as connection:
        row = await store.conversation(connection, caller.user_id, conversation_id)
        said = await store.messages(connection, caller.user_id, conversation_id, now)
        shown = [await _shown(each, caller, connection, now) for each in said]
    return ConversationOut(id=row["id"], title=row["title"], messages=shown)


async def _shown(
    message: store.Message, caller: Caller, connection: object, now: datetime
) -> MessageOut:
    parts = message.parts
    if message.status == "interrupted":
        parts = await settled(parts, caller, connection, now)
    return MessageOut.model_validate(
        {
            "id": message.id,
            "role": message.role,
            "text": message.text,
            "parts": await approvals.shown_parts(caller, parts, connection, now),
            "status": message.status,
            "waits": message.run_state is not None,
            "created_at": message.created_at,
        }
    )


@router.patch(
    "/conversations/{conversation_id}",
    status_code=204,
    operation_id="renameConversation",
    responses=_CHANGE,
)
async def rename(
    conversation_id: UUID, wanted: ConversationTitle, caller: CurrentCaller, unit: OpenUnit
) -> None:
    await store.rename(unit.connection, caller.user_id, conversation_id, wanted.title)


@router.delete(
    "/conversations/{conversation_id}",
    status_code=204,
    operation_id="deleteConversation",
    responses=_CHANGE,
)
async def delete(conversation_id: UUID, caller: CurrentCaller, context: OpenContext) -> None:
    """Delete a conversation with its messages; what it changed stays. An answer in progress is stopped."""
    await turns.stop(context, caller, conversation_id)
    async with context.db.unit() as unit:
        await store.delete(unit.connection, caller.user_id, conversation_id)
    await recent.forget(context, caller.user_id, conversation_id)


@router.post(
    "/conversations/{conversation_id}/stop",
    status_code=204,
    operation_id="stopAnswer",
    responses=_CHANGE,
)
async def stop(conversation_id: UUID, caller: CurrentCaller, context: OpenContext) -> None:
    await turns.stop(context, caller, conversation_id)


@router.post(
    "/conversations/{conversation_id}/retry",
    operation_id="retryAnswer",
    response_class=StreamingResponse,
    responses=_STREAM,
)
async def retry(
    conversation_id: UUID, caller: CurrentCaller, context: OpenContext
) -> StreamingResponse:
    """Answer the last message again; what was done for it already is not done twice."""
    return _streamed(await turns.again(context, caller, conversation_id))


@router.post(
    "/conversations/{conversation_id}/continue",
    operation_id="continueAnswer",
    response_class=StreamingResponse,
    responses=_STREAM,
)
async def go_on(
    conversation_id: UUID, caller: CurrentCaller, context: OpenContext
) -> StreamingResponse:
    """Let the model go on that waited for the person, who has approved or dismissed its proposals."""
    return _streamed(await turns.go_on(context, caller, conversation_id))
