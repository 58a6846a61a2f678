"""One turn: a person's message and its answer, which is written in the background, whoever listens.

A reload does not stop it. When this process is killed, what was said and done so far is in the tables, and the
message counts as interrupted as soon as nobody renews it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson

from todo.accounts.caller import Caller
from todo.chat import answering, approvals, recent, store
from todo.chat.answering import Turn
from todo.chat.answers import Answer
from todo.chat.store import Message
from todo.domain.errors import Conflict
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.observe import log
from todo.runtime.ports import Unavailable
from todo.tasks import queries

_PING_SECONDS = 15
# The ids of messages that were sent with an Idempotency-Key: one per person and key.
_KEYS = UUID("2b7a6b0e-52a5-4a51-9c3f-3c4b5d0d9a68")
_TITLE_LETTERS = 60


# The answers that this process writes, by conversation.
_running: dict[UUID, tuple[asyncio.Task[None], Answer]] = {}


async def begin(
    context: Context,
    caller: Caller,
    conversation_id: UUID | None,
    text: str,
    *,
    key: str | None = None,
    view: str | None = None,
    task_id: int | None = None,
) -> Turn:
    """Store the message and begin its answer. Raises NotFound or Conflict.

    A message with a `key` that was used is answered again instead: it had arrived, but its sender may not know.
    """
    now = context.db.now()
    id_ = uuid5(_KEYS, f"{caller.user_id} {key}") if key else uuid4()
    message = Message(id_, "user", [{"type": "text", "text": text}], "complete", now)
    cached: list[Message] = []
    if conversation_id is not None:
        cached = await recent.cached_turns(context, caller.user_id, conversation_id)
    async with context.db.unit() as unit:
        earlier = await store.said_in(unit.connection, caller.user_id, id_) if key else None
        if earlier is None:
            turn = await _stored(context, caller, conversation_id, message, cached, unit.connection)
            if task_id is not None:
                found = await queries.owned_by(unit.connection, caller.user_id, task_id)
                turn = replace(turn, task=(task_id, found.title))
    if earlier is not None:
        await stop(context, caller, earlier)
        return await again(context, caller, earlier, message.id)
    return _start(replace(turn, view=view))


async def _stored(
    context: Context,
    caller: Caller,
    conversation_id: UUID | None,
    message: Message,
    cached: list[Message],
    connection: Any,
) -> Turn:
    """Store a new message with an empty answer, in a new conversation if there is none."""
    now = message.created_at
    id_ = conversation_id or uuid4()
    title = " ".join(message.text.split())[:_TITLE_LETTERS]
    if conversation_id is None:
        await store.begin_conversation(connection, caller.user_id, id_, title, now)
    else:
        row = await store.conversation(connection, caller.user_id, id_, lock=True)
        title = row["title"]
        await store.interrupted(connection, id_, now)
    before = await recent.checked(cached, caller.user_id, id_, connection, now)
    if before and before[-1].status == "streaming":
        raise Conflict(store.BUSY)
    await store.add_message(connection, id_, message)
    answer = Answer(context, id_, uuid4())
    await store.add_message(connection, id_, _empty(answer, now))
    return Turn(context, caller, title, message, before, answer)


async def again(
    context: Context, caller: Caller, conversation_id: UUID, message_id: UUID | None = None
) -> Turn:
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
            raise Conflict(store.BUSY)
        message = turns[place]
        if message_id not in (None, message.id):
            raise Conflict("This message was answered, and others followed it.")
        await store.remove_after(connection, conversation_id, message.id)
        answer = Answer(context, conversation_id, uuid4())
        await store.add_message(connection, conversation_id, _empty(answer, now))
    return _start(Turn(context, caller, row["title"], message, turns[:place], answer))


async def go_on(context: Context, caller: Caller, conversation_id: UUID) -> Turn:
    """Let the model go on that waited for the person, who has decided by a click. Raises NotFound or Conflict."""
    now = context.db.now()
    async with context.db.unit() as unit:
        connection = unit.connection
        row = await store.conversation(connection, caller.user_id, conversation_id, lock=True)
        turns = await store.messages(
            connection, caller.user_id, conversation_id, now, recent.MOST_TURNS
        )
        asked = next((each for each in reversed(turns) if each.role == "user"), None)
        outcome = await approvals.outcome(caller, approvals.proposed(turns), connection, now)
        if asked is None or outcome is None:
            raise Conflict("Approve or dismiss the changes first.")
        state = await store.take_run(connection, turns[-1].id)
        if state is None:
            raise Conflict("No answer waits here for a decision.")
        answer = Answer(context, conversation_id, uuid4())
        await store.add_message(connection, conversation_id, _empty(answer, now))
    # Calls of the model that are made after the decision have keys of their own, the same when it is tried again.
    message = replace(asked, id=uuid5(asked.id, str(len(turns) - turns.index(asked))))
    turn = Turn(context, caller, row["title"], message, turns, answer, paused=(state, outcome))
    return _start(turn)


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
    writing = asyncio.create_task(answering.answer(turn))
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
        used = await store.tokens_used(context.db.pool, turn.person.user_id, context.db.now())
        done = Message(
            answer.id, "assistant", answer.parts, status, context.db.now(), answer.memory or {}
        )
        said = [] if turn.paused else [turn.message]
        await recent.remember(
            context, turn.person.user_id, answer.conversation_id, [*turn.before, *said, done]
        )
        usage = {"tokens": used, "budget": context.settings.chat_tokens_per_day}
        more = {"usage": usage} if answer.tokens else {}
        waits = answer.run_state is not None
        answer.send("done", message_id=str(answer.id), status=status, waits=waits, **more)
    except (*UNREACHABLE, Unavailable) as error:
        log.warning("the end of an answer was not stored", reason=type(error).__name__)
        answer.send("done", message_id=str(answer.id), status="interrupted")
    finally:
        answer.events.put_nowait(None)
