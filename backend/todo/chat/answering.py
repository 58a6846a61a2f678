"""Answers a message: a decision about proposals, the configured model, or the local one."""

import asyncio
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from todo.accounts.caller import Caller
from todo.chat import approvals, store
from todo.chat.answers import Answer
from todo.chat.guard import Guard
from todo.chat.language.dates import Today
from todo.chat.language.requests import Memory
from todo.chat.store import Message
from todo.chat.tools import ToolCalls
from todo.domain.errors import DomainError
from todo.runtime.context import Context
from todo.runtime.ports import Unavailable

_AGENT = "todo.chat.agent"
# The import in progress, if there is one.
_preparing: set[asyncio.Task[Any]] = set()


@dataclass(frozen=True, slots=True)
class Turn:
    context: Context
    # The person. The tools act as `chat` in their name.
    person: Caller
    title: str
    message: Message
    before: Sequence[Message]
    answer: Answer
    view: str | None = None
    task: tuple[int, str] | None = None
    # A paused run of the model, and what the person decided by a click. Nothing new was said then.
    paused: tuple[str, str] | None = None


async def answer(turn: Turn) -> None:
    text, written, context = turn.message.text, turn.answer, turn.context
    memory = await _memory(turn)
    written.memory = memory.to_json()
    if turn.paused is not None:
        await _resume(turn, *turn.paused)
        return
    decided = approvals.decision(text)
    open_ids = [] if decided is None else await _open_proposals(turn)
    if open_ids:
        outcome = await _decide(turn, open_ids, bool(decided), memory)
        state = await store.take_run(context.db.pool, turn.before[-1].id)
        if state is not None:
            written.say("\n\n")
            await _resume(turn, state, outcome)
        return
    calls = _calls(turn)
    if await _by_endpoint(turn, text, calls):
        return
    agent = await _agent()
    today = Today(context.db.now(), turn.person.timezone)
    left = await agent.answer_locally(text, memory, calls, written, today)
    written.memory = left.to_json()


def _calls(turn: Turn) -> ToolCalls:
    answer, context = turn.answer, turn.context
    return ToolCalls(
        context,
        replace(turn.person, actor="chat", client="chat", conversation_id=answer.conversation_id),
        answer,
        turn.message.id,
    )


async def _agent() -> Any:
    """The Agents SDK takes seconds to import: in a thread, so that other requests go on."""
    return await asyncio.to_thread(importlib.import_module, _AGENT)


def prepare() -> None:
    """Import the Agents SDK in the background, because a message is likely to follow."""
    if _AGENT not in sys.modules and not _preparing:
        task = asyncio.create_task(_agent())
        _preparing.add(task)
        task.add_done_callback(_preparing.discard)


async def _by_endpoint(turn: Turn, text: str, calls: ToolCalls) -> bool:
    """Whether the configured model answered. If it cannot, a note says so, and the local model answers instead."""
    answer = turn.answer
    endpoint = await _endpoint(turn)
    if endpoint is None:
        return False
    agent = await _agent()
    guarded = replace(calls, guard=Guard(turn.context, calls.caller, text))
    try:
        await agent.answer_by_endpoint(endpoint, turn.before, text, turn.view, guarded, answer)
    except agent.ModelFailed as error:
        if answer.has_changed_tasks or any(part["type"] == "proposal" for part in answer.parts):
            answer.note(
                f"{error} What was done until then is listed above. Ask again for the rest."
            )
            return True
        answer.note(f"{error} The local assistant answers instead.")
        return False
    return True


async def _endpoint(turn: Turn) -> Any:
    """The configured endpoint; None, with a note that says why, if it cannot be used."""
    answer, context = turn.answer, turn.context
    name = context.settings.model
    if name is None:
        return None
    key = await _key(context)
    if key is None:
        answer.note("The model has no key. The local assistant answers instead.")
        return None
    agent = await _agent()
    return agent.Endpoint(name, context.settings.openai_base_url, key)


async def _key(context: Context) -> str | None:
    """An endpoint of one's own may need no key."""
    try:
        key = await context.runtime.secret("OPENAI_API_KEY")
    except Unavailable:
        key = None
    given = context.settings.openai_api_key
    if not key and given is not None:
        key = given.get_secret_value()
    return key or ("none" if context.settings.openai_base_url else None)


async def _memory(turn: Turn) -> Memory:
    """What "it" and "undo that" refer to: the last answer, the open task, a proposal applied since."""
    last = next((each for each in reversed(turn.before) if each.role == "assistant"), None)
    memory = Memory.from_json(last.memory) if last else Memory()
    if turn.task is not None and memory.asked is None:
        memory = replace(memory, shown=(turn.task,))
    ids = approvals.proposed([last]) if last else []
    if ids:
        async with turn.context.db.reading() as connection:
            known = await approvals.found(turn.person, ids, connection, turn.context.db.now())
        applied = [each.batch_id for each in known.values() if each.batch_id]
        if applied:
            memory = replace(memory, batch_id=str(applied[-1]))
    return memory


async def _open_proposals(turn: Turn) -> list[UUID]:
    ids = approvals.proposed(turn.before)
    if not ids:
        return []
    async with turn.context.db.reading() as connection:
        known = await approvals.found(turn.person, ids, connection, turn.context.db.now())
    return [id_ for id_, each in known.items() if each.status in ("open", "expired")]


async def _resume(turn: Turn, state: str, outcome: str) -> None:
    """Let the model that waited for the decision go on, also after a restart."""
    endpoint = await _endpoint(turn)
    if endpoint is None:
        return
    agent = await _agent()
    asked = next((each for each in reversed(turn.before) if each.role == "user"), turn.message)
    calls = _calls(turn)
    calls = replace(calls, guard=Guard(turn.context, calls.caller, asked.text))
    try:
        await agent.resume(endpoint, state, {"message": outcome}, calls, turn.answer)
    except agent.ModelFailed as error:
        turn.answer.note(str(error))


async def _decide(turn: Turn, ids: Sequence[UUID], applies: bool, memory: Memory) -> str:
    """Apply or dismiss; returns what came of it."""
    answer = turn.answer
    said: list[str] = []
    for id_ in ids:
        try:
            if applies:
                proposal, text = await approvals.apply(turn.person, id_, turn.context)
                memory = replace(memory, batch_id=str(proposal.batch_id))
            else:
                proposal = await approvals.dismiss(turn.person, id_, turn.context)
                text = "Dismissed. Nothing was changed."
        except DomainError as error:
            answer.say(error.message)
            said.append(error.message)
            continue
        answer.add({"type": "proposal", "id": str(id_)})
        answer.send("proposal", **proposal.model_dump(mode="json"))
        answer.say(text)
        said.append(text)
    answer.memory = memory.to_json()
    return " ".join(said)
