"""What a tool is and what it may use. A call is checked, runs in one transaction, and may be repeated."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

import asyncpg
from pydantic import BaseModel, ValidationError

from todo.accounts.caller import Caller
from todo.assistant import store
from todo.assistant.inputs import explain
from todo.domain.errors import DomainError
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.db.unit import Unit
from todo.runtime.observe import log

# A call without a key of its own that repeats another one within this time is the same call, sent again.
_REPEATS_WITHIN = timedelta(seconds=60)
_KEYS_LAST = timedelta(days=2)
AWAY = "The database does not answer; try again."
# The commit may have been done before the connection broke.
UNKNOWN = "The database does not answer. It is not known whether anything was changed; look before you repeat it."


class Scope(StrEnum):
    READ = "tasks:read"
    WRITE = "tasks:write"
    DELETE = "tasks:delete"


ALL_SCOPES = frozenset(Scope)


class ToolError(Exception):
    """The call failed as a whole, and nothing was changed. The message is a sentence for the model."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Who calls, and what a handler may use. The user is never an argument of a tool."""

    context: Context
    caller: Caller
    scopes: frozenset[Scope]
    now: datetime
    # The client's own idempotency key for this call.
    key: str | None = None
    # A call with a used key gets the earlier answer, also when its arguments differ.
    same_key_same_call: bool = False
    # The transaction of this call. Only tools that write have one.
    open_unit: Unit | None = None

    @property
    def unit(self) -> Unit:
        if self.open_unit is None:
            raise RuntimeError("a tool that only reads has no unit of work")
        return self.open_unit

    @property
    def timezone(self) -> str:
        return self.caller.timezone

    @property
    def origin(self) -> str:
        """The address of the pages."""
        return self.context.settings.origin


In = TypeVar("In", bound=BaseModel)
Out = TypeVar("Out", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Tool(Generic[In, Out]):
    name: str
    title: str
    description: str
    input: type[In]
    output: type[Out]
    handler: Callable[[ToolContext, In], Awaitable[Out]]
    scope: Scope
    read_only: bool = False
    # May lose something that only undo_changes or the trash brings back.
    destructive: bool = False
    # Calling it again changes nothing more. If not, the same call within a minute counts as a repetition.
    idempotent: bool = True

    def allowed(self, scopes: frozenset[Scope]) -> bool:
        return self.scope in scopes


AnyTool = Tool[Any, Any]


async def call(tool: AnyTool, ctx: ToolContext, arguments: Mapping[str, Any]) -> BaseModel:
    """Call a tool in one transaction. Raises ToolError."""
    outcome = "failed"
    try:
        answer = await _call(tool, ctx, arguments)
        outcome = "ok"
        return answer
    except ToolError:
        outcome = "refused"
        raise
    finally:
        metrics.assistant_tool_calls.labels(tool.name, outcome).inc()


async def _call(tool: AnyTool, ctx: ToolContext, arguments: Mapping[str, Any]) -> BaseModel:
    if not tool.allowed(ctx.scopes):
        raise ToolError(f"This client may not use {tool.name}; it needs the scope {tool.scope}.")
    try:
        wanted = tool.input.model_validate(dict(arguments))
    except ValidationError as error:
        raise ToolError(f"Invalid arguments: {explain(error)}") from None
    try:
        if tool.read_only:
            answer: BaseModel = await tool.handler(ctx, wanted)
            return answer
        async with ctx.context.db.unit() as unit:
            return await _once(tool, replace(ctx, open_unit=unit), wanted, arguments)
    except DomainError as error:
        raise ToolError(error.message) from None
    except ValidationError as error:  # of values that only the handler can check together
        raise ToolError(f"Invalid arguments: {explain(error)}") from None
    except UNREACHABLE as error:
        log.warning("a dependency does not answer", reason=str(error))
        raise ToolError(AWAY if tool.read_only else UNKNOWN) from None
    except (asyncpg.DataError, asyncpg.CharacterNotInRepertoireError):
        raise ToolError("One of the values cannot be stored. Nothing was changed.") from None
    except (asyncpg.TransactionRollbackError, asyncpg.UniqueViolationError):
        raise ToolError("Another request changed this at the same time; try again.") from None


async def _once(
    tool: AnyTool, ctx: ToolContext, wanted: BaseModel, arguments: Mapping[str, Any]
) -> BaseModel:
    """Run a call that writes, or return the answer of the call that it repeats."""
    if ctx.key is None and tool.idempotent:
        first: BaseModel = await tool.handler(ctx, wanted)
        return first
    request = json.dumps([tool.name, dict(arguments)], sort_keys=True)
    digest = hashlib.sha256(request.encode()).digest()
    key = f"client {ctx.key}" if ctx.key else f"derived {digest.hex()}"
    lasts = _KEYS_LAST if ctx.key else _REPEATS_WITHIN
    connection = ctx.unit.connection
    earlier = await store.answered(connection, ctx.caller, key, ctx.now - lasts)
    if earlier is None:
        answer: BaseModel = await tool.handler(ctx, wanted)
        kept = answer.model_dump(mode="json")
        await store.remember_answer(connection, ctx.caller, key, digest, kept, ctx.now)
        return answer
    if earlier["request_hash"] != digest and not ctx.same_key_same_call:
        raise ToolError("This idempotency key was used for another call.")
    repeated: BaseModel = tool.output.model_validate(earlier["answer"])
    return repeated
