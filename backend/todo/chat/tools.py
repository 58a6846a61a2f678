"""Calls the tools of the registry for one answer: bound to the caller, recorded before and after, and shown."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from todo.accounts.caller import Caller
from todo.assistant import store as assistant
from todo.assistant.tools import BY_NAME, TOOLS, AnyTool, ToolContext, ToolError, call
from todo.assistant.tools.registry import ALL_SCOPES, AWAY, UNKNOWN
from todo.chat.answers import Answer, clean
from todo.chat.guard import Guard
from todo.chat.store import Part
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.observe import log

# Only a person applies a proposal: by a click, or by an own "yes" that no model sees.
HIDDEN = frozenset({"apply_proposal"})
OFFERED: tuple[AnyTool, ...] = tuple(tool for tool in TOOLS if tool.name not in HIDDEN)
_MOST_CALLS = 40
_KEPT = timedelta(days=2)  # how long the registry remembers answers
_SECONDS = 30


@dataclass
class ToolCalls:
    context: Context
    # Acts as "chat", in this conversation.
    caller: Caller
    answer: Answer
    # The message of the person. Its nth call of a tool that writes happens once, also when it is answered again.
    message_id: UUID
    guard: Guard | None = None
    _made: Counter[str] = field(default_factory=Counter)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> tuple[bool, dict[str, Any]]:
        """Whether it succeeded, and the structured answer (`error` when it failed)."""
        arguments = clean(arguments)
        tool = BY_NAME.get(name)
        if tool is None or name in HIDDEN:
            return False, {"error": f"There is no tool {name}."}
        if self._made.total() >= _MOST_CALLS:
            return False, {"error": "Too many calls for one message. Tell the person what is left."}
        if self.guard is not None and not tool.read_only:
            try:
                tool, arguments = await self.guard.checked(tool, arguments)
            except ToolError as error:
                return False, {"error": str(error)}
        key = self._key(tool.name)
        part: dict[str, Any] = {
            "type": "tool",
            "id": str(uuid4()),
            "name": tool.name,
            "title": tool.title,
            "arguments": dict(arguments),
            "status": "running",
            "key": key,
        }
        self.answer.add(part)
        self.answer.send(
            "tool_call", **{key: part[key] for key in ("id", "name", "title", "arguments")}
        )
        if not tool.read_only:
            await (
                self.answer.save()
            )  # before it happens: a killed process must not hide what it did
            if self.answer.stopped:
                raise asyncio.CancelledError
        ok, result = await self._run(tool, arguments, key)
        self._finish(part, ok, result)
        return ok, result

    def _key(self, name: str) -> str:
        """Without the arguments: a retry finds another occurrence than the one that was completed."""
        self._made[name] += 1
        return f"{self.message_id} {name} {self._made[name]}"

    async def _run(
        self, tool: AnyTool, arguments: Mapping[str, Any], key: str
    ) -> tuple[bool, dict[str, Any]]:
        ctx = ToolContext(
            self.context,
            self.caller,
            ALL_SCOPES,
            self.context.db.now(),
            None if tool.read_only else key,
            same_key_same_call=True,
        )
        try:
            async with asyncio.timeout(_SECONDS):
                result = await call(tool, ctx, arguments)
            return True, result.model_dump(mode="json")
        except ToolError as error:
            return False, {"error": str(error)}
        except UNREACHABLE as error:
            log.warning("a tool of the chat failed", tool=tool.name, reason=type(error).__name__)
            return False, {"error": AWAY if tool.read_only else UNKNOWN}

    def _finish(self, part: dict[str, Any], ok: bool, result: Mapping[str, Any]) -> None:
        part |= _outcome(ok, result)
        self.answer.send("tool_result", id=part["id"], ok=ok, summary=part["summary"])
        proposal = result.get("proposal")
        if proposal:
            self.answer.add({"type": "proposal", "id": proposal["id"]})
            self.answer.send("proposal", **proposal)


def _outcome(ok: bool, result: Mapping[str, Any]) -> Part:
    summary = str(result.get("error") or result.get("message") or _counted(result))
    if result.get("proposal"):
        # The message is for the model, and no longer true after the approval.
        summary = f"Proposed: {result['proposal']['summary']}"
    outcome: Part = {"status": "done" if ok else "failed", "ok": ok, "summary": summary[:1000]}
    return {**outcome, "batch_id": result["batch_id"]} if result.get("batch_id") else outcome


def _counted(result: Mapping[str, Any]) -> str:
    for name in ("tasks", "results", "tags", "items", "dates"):
        if isinstance(result.get(name), list):
            number = len(result[name])
            what = {"results": "task", "items": "entry"}.get(name, name.removesuffix("s"))
            return (
                f"{number} {what if number == 1 else 'entries' if what == 'entry' else f'{what}s'}"
            )
    return "Done"


async def settled(
    parts: Sequence[Part], caller: Caller, connection: Any, now: datetime
) -> list[Part]:
    """The parts of an interrupted answer: for each call that was running, whether it was done before the end."""
    chat = replace(caller, client="chat")
    found: list[Part] = []
    for part in parts:
        found.append(part)
        if part["type"] != "tool" or part["status"] != "running":
            continue
        row = await assistant.answered(connection, chat, f"client {part['key']}", now - _KEPT)
        if row is None:
            found[-1] = {
                **part,
                "status": "failed",
                "ok": False,
                "summary": "Not done: it was interrupted.",
            }
            continue
        result = row["answer"]
        found[-1] = {**part, **_outcome(True, result)}
        if result.get("proposal"):
            found.append({"type": "proposal", "id": result["proposal"]["id"]})
    return found
