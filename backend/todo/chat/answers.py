"""An answer while it is written: what was said, what was done, and the events for the page that listens."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from todo.chat import store
from todo.chat.store import Part
from todo.runtime.context import Context
from todo.runtime.observe import log

# How often what was said is stored, and how often a quiet answer is kept alive.
_SAVE_SECONDS = 0.5
_ALIVE_SECONDS = 2.0
# Neither PostgreSQL nor UTF-8 can hold these; a model may write them.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_NOT_STORED: Part = {"type": "note", "text": "The rest of this answer could not be stored."}


def clean(value: Any) -> Any:
    """The same JSON value without characters that cannot be stored or sent."""
    match value:
        case str():
            return _NOT_TEXT.sub("", value)
        case Mapping():
            return {clean(name): clean(each) for name, each in value.items()}
        case list() | tuple():
            return [clean(each) for each in value]
    return value


@dataclass
class Answer:
    context: Context
    conversation_id: UUID
    id: UUID
    parts: list[Part] = field(default_factory=list)
    memory: dict[str, Any] | None = None
    run_state: str | None = None
    tokens: int = 0
    # Someone asked to stop, here or in another process.
    stopped: bool = False
    events: "asyncio.Queue[tuple[str, dict[str, Any]] | None]" = field(
        default_factory=asyncio.Queue
    )
    _dirty: bool = False

    def send(self, event: str, **data: Any) -> None:
        self.events.put_nowait((event, clean(data)))

    def say(self, delta: str) -> None:
        if not delta:
            return
        delta = clean(delta)
        if not self.parts or self.parts[-1]["type"] != "text":
            self.parts.append({"type": "text", "text": ""})
        self.parts[-1]["text"] += delta
        self._dirty = True
        self.send("text", delta=delta)

    def note(self, text: str) -> None:
        self.add({"type": "note", "text": text})
        self.send("note", text=text)

    def add(self, part: Part) -> None:
        self.parts.append(part)
        self._dirty = True

    @property
    def has_changed_tasks(self) -> bool:
        return any(part["type"] == "tool" and part.get("batch_id") for part in self.parts)

    async def save(self) -> None:
        """Store the answer so far; notices that it was stopped."""
        self._dirty = False
        saved = await store.save_answer(
            self.context.db.pool,
            self.id,
            clean(self.parts),
            self.context.db.now(),
            run_state=clean(self.run_state),
        )
        self.stopped = self.stopped or not saved

    async def end(self, status: str) -> None:
        self.parts, self.memory = clean(self.parts), clean(self.memory)
        try:
            await self._store_end(status, self.run_state)
        except (asyncpg.DataError, TypeError, ValueError):
            # Without its end, the conversation would wait for this answer.
            log.exception("the parts of an answer cannot be stored")
            self.parts, self.memory = [_NOT_STORED], None
            await self._store_end(status, None)

    async def _store_end(self, status: str, run_state: str | None) -> None:
        saved = await store.save_answer(
            self.context.db.pool,
            self.id,
            self.parts,
            self.context.db.now(),
            status=status,
            memory=self.memory,
            run_state=clean(run_state),
        )
        if not saved:  # it was stopped; what was done is stored all the same
            await store.save_parts(self.context.db.pool, self.id, self.parts)

    async def keep_alive(self) -> None:
        """Store what is new, until the answer is stopped."""
        quiet = 0.0
        while not self.stopped:
            await asyncio.sleep(_SAVE_SECONDS)
            quiet += _SAVE_SECONDS
            if self._dirty or quiet >= _ALIVE_SECONDS:
                quiet = 0.0
                await self.save()
