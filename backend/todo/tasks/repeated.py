"""Idempotency-Key: a request that a client repeats, because the answer was lost, is carried out once."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from todo.accounts.caller import Caller
from todo.domain.errors import Invalid
from todo.runtime.db.unit import Unit
from todo.runtime.http.routing import IdempotencyKey
from todo.tasks.store import KeyOf, TaskStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request by its key, and a digest of what it asks for."""

    key: str
    digest: bytes


async def _command(request: Request, idempotency_key: IdempotencyKey = None) -> Keyed | None:
    # The operation counts too, because most commands have no body.
    operation = f"{request.method} {request.url.path}\n".encode()
    return await _keyed(request, idempotency_key, operation)


async def _creation(request: Request, idempotency_key: IdempotencyKey = None) -> Keyed | None:
    # Of the body alone, as earlier releases have stored it.
    return await _keyed(request, idempotency_key, b"")


async def _keyed(request: Request, key: str | None, operation: bytes) -> Keyed | None:
    if key is None:
        return None
    return Keyed(key, hashlib.sha256(operation + await request.body()).digest())


# None for a request without a key. A route declares it before its unit, so that an unfinished body does
# not hold a connection of the database.
SentCommand = Annotated[Keyed | None, Depends(_command)]
SentCreation = Annotated[Keyed | None, Depends(_creation)]


async def carried_out(
    user_id: str, request: Keyed, unit: Unit, of: KeyOf = "task_id"
) -> int | None:
    """The task (or project) of the earlier request with this key, or None. Raises Invalid if that was another
    request."""
    used = await TaskStore(unit.connection).keyed(user_id, request.key, request.digest, of)
    if used is None:
        return None
    id_, same = used
    if not same:
        raise Invalid("This Idempotency-Key was used for another request.", "Idempotency-Key")
    return id_


async def remember(
    user_id: str, request: Keyed, id_: int, unit: Unit, of: KeyOf = "task_id"
) -> None:
    """Store the key in the transaction of the command: a command that fails leaves none."""
    await TaskStore(unit.connection).remember_key(user_id, request.key, request.digest, id_, of)


async def first_time(user_id: str, request: Keyed | None, task_id: int, unit: Unit) -> bool:
    """Whether to carry out a command on the task; False if the same request did so before."""
    if request is None:
        return True
    if await carried_out(user_id, request, unit) is not None:
        return False
    await remember(user_id, request, task_id, unit)
    return True


async def once(
    request: Keyed | None,
    caller: Caller,
    task_id: int,
    unit: Unit,
    *,
    do: Callable[[], Awaitable[T]],
    again: Callable[[Caller, int, Unit], Awaitable[T]],
) -> T:
    """Carry out a command on the task: `do`, or `again` if the same request did so before."""
    if await first_time(caller.user_id, request, task_id, unit):
        return await do()
    return await again(caller, task_id, unit)
