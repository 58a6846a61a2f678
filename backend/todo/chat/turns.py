"""One turn: a person's message and its answer, which is written in the background, whoever listens.

A reload does not stop it. When this process is killed, what was said and done so far is in the tables, and the
message counts as interrupted as soon as nobody renews it.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import orjson

from todo.accounts.caller import Caller
from todo.chat import approvals, recent, store
from todo.chat.answers import Answer
from todo.chat.guard import Guard
from todo.chat.language.dates import Today
from todo.chat.language.requests import Memory
from todo.chat.store import Message
from todo.chat.tools import ToolCalls
from todo.domain.errors import Conflict, DomainError
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.observe import log
from todo.runtime.ports import Unavailable
from todo.tasks import queries

_PING_SECONDS = 15
_TITLE_LETTERS = 60


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


# The answers that this process writes, by conversation.
_running: dict[UUID, tuple[asyncio.Task[None], Answer]] = {}


async def begin(
    context: Context,
    caller: Caller,
    conversation_id: UUID | None,
    text: str,
    *,
    view: str | None = None,
    task_id: int | None = None,
) -> Turn:
    """Store the message and begin its answer. Raises NotFound or Conflict."""
    now = context.db.now()
    id_ = conversation_id or uuid4()
    message = Message(uuid4(), "user", [{"type": "text", "text": text}], "complete", now)
    cached = await recent.cached_turns(context, caller.user_id, id_) if conversation_id else []
    async with context.db.unit() as unit:
        connection = unit.connection
        task = None
        if task_id is not None:
            task = (task_id, (await queries.owned_by(connection, caller.user_id, task_id)).title)
        title = " ".join(text.split())[:_TITLE_LETTERS]
        if conversation_id is None:
            await store.begin_conversation(connection, caller.user_id, id_, title, now)
        else:
            row = await store.conversation(connection, caller.user_id, id_, lock=True)
            title = row["title"]
            await store.interrupted(connection, id_, now)
        before = await recent.checked(cached, caller.user_id, id_, connection, now)
        if before and before[-1].status == "streaming":
            raise Conflict(
                "An answer is being written in this conversation; wait for it or stop it."
            )
        await store.add_message(connection, id_, message)
        answer = Answer(context, id_, uuid4())
        await store.add_message(connection, id_, _empty(answer, now))
    return _start(Turn(context, caller, title, message, before, answer, view, task))


async def again(context: Context, caller: Caller, conversation_id: UUID) -> Turn:
    """Answer the last message again. What was done for it already is not done twice. Raises NotFound, Conflict."""
    now = context.db.now()
    async with context.db.unit() as unit:
        connection = unit.connection
        row = await store.conversation(connection, caller.user_id, conversation_id, lock=True)
        await store.interrupted(connection, conversation_id, now)
        turns = await store.messages(
            connection, caller.user_id, conversation_id, now, recent.MOST_TURNS
        )
        place = next((n for n in reversed(range(len(turns))) if turns[n].role == "user"), None)
        if place is None:
            raise Conflict("There is no message to answer again.")
        if turns[-1].status == "streaming":
            raise Conflict(
                "An answer is being written in this conversation; wait for it or stop it."
            )
        message = turns[place]
        await store.remove_after(connection, conversation_id, message.id)
        answer = Answer(context, conversation_id, uuid4())
        await store.add_message(connection, conversation_id, _empty(answer, now))
    return _start(Turn(context, caller, row["title"], message, turns[:place], answer))


def _empty(answer: Answer, now: Any) -> Message:
    return Message(answer.id, "assistant", [], "streaming", now)


def _start(turn: Turn) -> Turn:
    id_ = turn.answer.conversation_id
    task = asyncio.create_task(_write(turn), name=f"chat {id_}")
    _running[id_] = (task, turn.answer)
    task.add_done_callback(lambda _: _forget(id_, turn.answer))
    return turn


def _forget(conversation_id: UUID, answer: Answer) -> None:
    if conversation_id in _running and _running[conversation_id][1] is answer:
        del _running[conversation_id]


async def stop(context: Context, caller: Caller, conversation_id: UUID) -> None:
    """Stop the answer, wherever it is written. Raises NotFound."""
    async with context.db.unit() as unit:
        await store.conversation(unit.connection, caller.user_id, conversation_id)
        await store.stop(unit.connection, conversation_id)
    if conversation_id in _running:
        task, answer = _running[conversation_id]
        answer.stopped = True
        task.cancel()


async def finish_answers(context: Context) -> None:
    """Background task: when the process ends, its answers are marked as interrupted."""
    try:
        await asyncio.Event().wait()
    finally:
        tasks = [task for task, _ in _running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def events(turn: Turn) -> AsyncIterator[bytes]:
    """The answer as server-sent events, until it is complete."""
    answer = turn.answer
    yield _event("conversation", {"id": str(answer.conversation_id), "title": turn.title})
    yield _event("message", {"id": str(answer.id), "role": "assistant"})
    while True:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                event = await answer.events.get()
        except TimeoutError:
            yield b": ping\n\n"
            continue
        if event is None:
            return
        yield _event(*event)


def _event(name: str, data: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))


async def _write(turn: Turn) -> None:
    answer = turn.answer
    status = "complete"
    writing = asyncio.create_task(_answer(turn))
    alive = asyncio.create_task(answer.keep_alive())
    try:
        await asyncio.wait({writing, alive}, return_when=asyncio.FIRST_COMPLETED)
        if writing.done():
            writing.result()
        elif alive.done() and not answer.stopped:
            alive.result()
    except asyncio.CancelledError:
        status = "interrupted"
    except (*UNREACHABLE, Unavailable) as error:
        log.warning("an answer of the chat was interrupted", reason=type(error).__name__)
        status = "interrupted"
        _failed(answer, "The database did not answer.")
    except Exception:
        log.exception("an answer of the chat failed")
        _failed(answer, "Something went wrong on our side.")
    for task in (writing, alive):
        task.cancel()
    await asyncio.gather(writing, alive, return_exceptions=True)
    await _end(turn, "stopped" if answer.stopped else status)


def _failed(answer: Answer, detail: str) -> None:
    answer.send("error", title="The answer failed", detail=detail, retry=True)


async def _end(turn: Turn, status: str) -> None:
    answer, context = turn.answer, turn.context
    metrics.assistant_turns.labels(status).inc()
    metrics.assistant_tokens.inc(answer.tokens)
    try:
        await answer.end(status)
        used = await store.use_tokens(
            context.db.pool, turn.person.user_id, answer.tokens, context.db.now()
        )
        done = Message(
            answer.id, "assistant", answer.parts, status, context.db.now(), answer.memory or {}
        )
        await recent.remember(
            context, turn.person.user_id, answer.conversation_id, [*turn.before, turn.message, done]
        )
        usage = {"tokens": used, "budget": context.settings.chat_tokens_per_day}
        more = {"usage": usage} if answer.tokens else {}
        answer.send("done", message_id=str(answer.id), status=status, **more)
    except (*UNREACHABLE, Unavailable) as error:
        log.warning("the end of an answer was not stored", reason=type(error).__name__)
        answer.send("done", message_id=str(answer.id), status="interrupted")
    finally:
        answer.events.put_nowait(None)


async def _answer(turn: Turn) -> None:
    text, answer, context = turn.message.text, turn.answer, turn.context
    memory = await _memory(turn)
    answer.memory = memory.to_json()
    decided = approvals.decision(text)
    open_ids = [] if decided is None else await _open_proposals(turn)
    if open_ids:
        outcome = await _decide(turn, open_ids, bool(decided), memory)
        await _resume(turn, outcome)
        return
    calls = _calls(turn)
    if await _by_endpoint(turn, text, calls):
        return
    agent = await _agent()
    today = Today(context.db.now(), turn.person.timezone)
    left = await agent.answer_locally(text, memory, calls, answer, today)
    answer.memory = left.to_json()


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
    return await asyncio.to_thread(importlib.import_module, "todo.chat.agent")


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
    used = await store.tokens_used(context.db.pool, turn.person.user_id, context.db.now())
    if used >= context.settings.chat_tokens_per_day:
        answer.note("Today's budget of the model is used up. The local assistant answers instead.")
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


async def _resume(turn: Turn, outcome: str) -> None:
    """Let the model that waited for the decision go on, also after a restart."""
    last = turn.before[-1].id
    state = await store.run_state(turn.context.db.pool, last)
    if state is None or turn.context.settings.model is None:
        return
    endpoint = await _endpoint(turn)
    if endpoint is None:
        return
    agent = await _agent()
    calls = replace(_calls(turn), guard=Guard(turn.context, turn.person, ""))
    turn.answer.say("\n\n")
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
