"""Rows of `conversations`, `messages` and `chat_usage`. Every query names the owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import Conflict, NotFound

Part = dict[str, Any]
# A streaming answer that was not renewed for so long has lost its process.
LEASE = timedelta(seconds=10)
BUSY = "An answer is being written in this conversation; wait for it or stop it."
_COLUMNS = "m.id, m.role, m.parts, m.status, m.memory, m.run_state, m.created_at, m.alive_at"


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    role: str
    parts: list[Part]
    status: str
    created_at: datetime
    memory: Mapping[str, Any] = field(default_factory=dict)
    run_state: str | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(part["text"] for part in self.parts if part["type"] == "text")


def _message(row: asyncpg.Record, now: datetime) -> Message:
    lost = row["status"] == "streaming" and row["alive_at"] < now - LEASE
    return Message(
        id=row["id"],
        role=row["role"],
        parts=row["parts"],
        status="interrupted" if lost else row["status"],
        created_at=row["created_at"],
        memory=row["memory"],
        run_state=row["run_state"],
    )


async def conversation(
    connection: PoolConnectionProxy, user_id: str, id_: UUID, *, lock: bool = False
) -> asyncpg.Record:
    """Raises NotFound."""
    row = await connection.fetchrow(
        f"""SELECT id, title, updated_at FROM conversations WHERE id = $1 AND user_id = $2
            {"FOR UPDATE" if lock else ""}""",
        id_,
        user_id,
    )
    if row is None:
        raise NotFound("There is no such conversation.")
    return row


async def begin_conversation(
    connection: PoolConnectionProxy, user_id: str, id_: UUID, title: str, now: datetime
) -> None:
    await connection.execute(
        """INSERT INTO conversations (id, user_id, title, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $4)""",
        id_, user_id, title, now,
    )  # fmt: skip


async def page(
    connection: PoolConnectionProxy, user_id: str, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[asyncpg.Record]:
    moment, id_ = before or (None, None)
    return await connection.fetch(
        """SELECT id, title, updated_at FROM conversations
           WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (updated_at, id) < ($2, $3::uuid))
           ORDER BY updated_at DESC, id DESC LIMIT $4""",
        user_id, moment, id_, limit,
    )  # fmt: skip


async def rename(connection: PoolConnectionProxy, user_id: str, id_: UUID, title: str) -> None:
    changed = await connection.fetchval(
        "UPDATE conversations SET title = $3 WHERE id = $1 AND user_id = $2 RETURNING true",
        id_, user_id, title,
    )  # fmt: skip
    if not changed:
        raise NotFound("There is no such conversation.")


async def delete(connection: PoolConnectionProxy, user_id: str, id_: UUID) -> None:
    deleted = await connection.fetchval(
        "DELETE FROM conversations WHERE id = $1 AND user_id = $2 RETURNING true", id_, user_id
    )
    if not deleted:
        raise NotFound("There is no such conversation.")


async def messages(
    connection: PoolConnectionProxy, user_id: str, id_: UUID, now: datetime, limit: int = 500
) -> list[Message]:
    """The last `limit` messages, the oldest first."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.conversation_id = $1 AND c.user_id = $2 ORDER BY m.position DESC LIMIT $3""",
        id_, user_id, limit,
    )  # fmt: skip
    return [_message(row, now) for row in reversed(rows)]


async def said_in(connection: PoolConnectionProxy, user_id: str, id_: UUID) -> UUID | None:
    """The conversation that has this message. Concurrent requests with the same message wait here."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))", str(id_))
    found: UUID | None = await connection.fetchval(
        """SELECT c.id FROM messages m JOIN conversations c ON c.id = m.conversation_id
           WHERE m.id = $1 AND c.user_id = $2""",
        id_, user_id,
    )  # fmt: skip
    return found


async def last_id(connection: PoolConnectionProxy, id_: UUID) -> UUID | None:
    """The id of the last message of a conversation that the caller has locked."""
    last: UUID | None = await connection.fetchval(
        "SELECT id FROM messages WHERE conversation_id = $1 ORDER BY position DESC LIMIT 1", id_
    )
    return last


async def add_message(
    connection: PoolConnectionProxy, conversation_id: UUID, message: Message
) -> None:
    """Raises Conflict while another answer is being written in this conversation."""
    try:
        await connection.execute(
            """WITH touched AS (UPDATE conversations SET updated_at = $5 WHERE id = $2)
               INSERT INTO messages (id, conversation_id, role, parts, created_at, status, alive_at)
               VALUES ($1, $2, $3, $4, $5, $6, $5)""",
            message.id, conversation_id, message.role, message.parts, message.created_at, message.status,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(BUSY) from None


async def remove_after(
    connection: PoolConnectionProxy, conversation_id: UUID, message_id: UUID
) -> None:
    """Delete the messages behind this one."""
    await connection.execute(
        """DELETE FROM messages WHERE conversation_id = $1
           AND position > (SELECT position FROM messages WHERE id = $2)""",
        conversation_id, message_id,
    )  # fmt: skip


async def interrupted(connection: PoolConnectionProxy, id_: UUID, now: datetime) -> None:
    """Mark an answer whose process is gone."""
    await connection.execute(
        """UPDATE messages SET status = 'interrupted'
           WHERE conversation_id = $1 AND status = 'streaming' AND alive_at < $2""",
        id_, now - LEASE,
    )  # fmt: skip


async def save_answer(
    connection: Any,
    id_: UUID,
    parts: Sequence[Part],
    now: datetime,
    *,
    status: str = "streaming",
    memory: Mapping[str, Any] | None = None,
    run_state: str | None = None,
) -> bool:
    """Store what was said so far. False if the answer was stopped or deleted in the meantime."""
    saved = await connection.fetchval(
        """UPDATE messages SET parts = $2, alive_at = $3, status = $4,
               memory = coalesce($5::jsonb, memory), run_state = $6
           WHERE id = $1 AND status = 'streaming' RETURNING true""",
        id_, list(parts), now, status, memory, run_state,
    )  # fmt: skip
    return bool(saved)


async def take_run(connection: Any, id_: UUID) -> str | None:
    """The run that waits for the decision about this answer's proposals. It is given once."""
    state: str | None = await connection.fetchval(
        """WITH waiting AS (SELECT id, run_state FROM messages WHERE id = $1 FOR UPDATE)
           UPDATE messages SET run_state = NULL FROM waiting WHERE messages.id = waiting.id
           RETURNING waiting.run_state""",
        id_,
    )
    return state


async def stop(connection: PoolConnectionProxy, id_: UUID) -> None:
    """Whoever writes the answer notices it at the next save."""
    await connection.execute(
        "UPDATE messages SET status = 'stopped' WHERE conversation_id = $1 AND status = 'streaming'",
        id_,
    )


async def save_parts(connection: Any, id_: UUID, parts: Sequence[Part]) -> None:
    """Store the parts of an answer that has ended."""
    await connection.execute("UPDATE messages SET parts = $2 WHERE id = $1", id_, list(parts))


async def tokens_used(connection: Any, user_id: str, now: datetime) -> int:
    used: int | None = await connection.fetchval(
        "SELECT tokens FROM chat_usage WHERE user_id = $1 AND day = $2", user_id, now.date()
    )
    return used or 0


async def use_tokens(connection: Any, user_id: str, tokens: int, now: datetime) -> None:
    await connection.execute(
        """INSERT INTO chat_usage (user_id, day, tokens) VALUES ($1, $2, $3)
           ON CONFLICT (user_id, day) DO UPDATE SET tokens = chat_usage.tokens + excluded.tokens""",
        user_id, now.date(), tokens,
    )  # fmt: skip


RETENTION = ("DELETE FROM chat_usage WHERE day < now() - interval '42 days'",)

# For the download of everything about a person ($1).
SECTIONS = {
    "conversations": """SELECT m.position AS page_key, c.id, c.title, c.created_at, m.role, m.parts,
        m.created_at AS sent_at
        FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE c.user_id = $1""",
    "chat_usage": "SELECT day AS page_key, day, tokens FROM chat_usage WHERE user_id = $1",
}
