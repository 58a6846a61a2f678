"""The recent turns of a conversation, cached in the runtime's state store.

The tables are the truth. The cache is used only if it names the last message; when it is gone, wrong or cannot be
reached, the turns are read from the tables and nobody notices.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from todo.chat import store
from todo.chat.store import Message
from todo.runtime.context import Context
from todo.runtime.ports import EtagMismatch, Unavailable

MOST_TURNS = 20
_TTL = timedelta(hours=1)
# A cache that does not answer at once is not worth waiting for.
_SECONDS = 0.5


def _key(user_id: str, conversation_id: UUID) -> str:
    return f"chat {user_id} {conversation_id}"


async def recent_turns(
    context: Context,
    user_id: str,
    conversation_id: UUID,
    last: UUID | None,
    connection: Any,
    now: datetime,
) -> list[Message]:
    """The last messages, the oldest first; `last` is the id of the newest one by the table."""
    if last is None:
        return []
    cached = await _cached(context, user_id, conversation_id)
    if cached and cached[-1].id == last:
        return cached
    return await store.messages(connection, user_id, conversation_id, now, MOST_TURNS)


async def _cached(context: Context, user_id: str, conversation_id: UUID) -> list[Message] | None:
    try:
        async with asyncio.timeout(_SECONDS):
            entry = await context.runtime.state.get(_key(user_id, conversation_id))
        return None if entry is None else _read(entry.value)
    except (Unavailable, OSError, TimeoutError, ValueError, KeyError, TypeError):
        return None


def _read(value: bytes) -> list[Message]:
    return [
        Message(
            id=UUID(item["id"]),
            role=str(item["role"]),
            parts=list(item["parts"]),
            status=str(item["status"]),
            created_at=datetime.fromisoformat(item["created_at"]),
            memory=dict(item["memory"]),
        )
        for item in orjson.loads(value)
    ]


async def remember(
    context: Context, user_id: str, conversation_id: UUID, turns: Sequence[Message]
) -> None:
    """Replace the cached turns. Two writers cannot mix: the entry is written at the etag that was read."""
    value = orjson.dumps(
        [
            {
                "id": str(turn.id),
                "role": turn.role,
                "parts": turn.parts,
                "status": turn.status,
                "created_at": turn.created_at.isoformat(),
                "memory": dict(turn.memory),
            }
            for turn in turns[-MOST_TURNS:]
        ]
    )
    key, state = _key(user_id, conversation_id), context.runtime.state
    try:
        async with asyncio.timeout(_SECONDS):
            entry = await state.get(key)
            await state.save(key, value, etag=entry.etag if entry else None, ttl=_TTL)
    except (Unavailable, OSError, TimeoutError, EtagMismatch):
        return


async def forget(context: Context, user_id: str, conversation_id: UUID) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await context.runtime.state.delete(_key(user_id, conversation_id))
    except (Unavailable, OSError, TimeoutError):
        return
