"""Requests with an Idempotency-Key: one that is repeated because its answer was lost changes nothing again."""

import hashlib
from dataclasses import dataclass

from fastapi import Request

from todo.domain.errors import Invalid
from todo.runtime.db.unit import Unit
from todo.tasks.store import TaskStore


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request by its key, and a digest of what it asks for."""

    key: str
    digest: bytes


async def keyed(request: Request, key: str | None) -> Keyed | None:
    """None for a request without a key. The digest covers the operation, because most commands have no body."""
    if key is None:
        return None
    operation = f"{request.method} {request.url.path}\n".encode()
    return Keyed(key, hashlib.sha256(operation + await request.body()).digest())


async def keyed_creation(request: Request, key: str | None) -> Keyed | None:
    """As `keyed`, for a new task. The digest is of the body alone, as earlier releases have stored it."""
    return None if key is None else Keyed(key, hashlib.sha256(await request.body()).digest())


async def carried_out(user_id: str, request: Keyed, unit: Unit) -> int | None:
    """The task of the earlier request with this key, or None. Raises Invalid if that was another request."""
    used = await TaskStore(unit.connection).keyed(user_id, request.key, request.digest)
    if used is None:
        return None
    task_id, same = used
    if not same:
        raise Invalid("This Idempotency-Key was used for another request.", "Idempotency-Key")
    return task_id


async def remember(user_id: str, request: Keyed, task_id: int, unit: Unit) -> None:
    """Store the key in the transaction of the command: a command that fails leaves none."""
    await TaskStore(unit.connection).remember_key(user_id, request.key, request.digest, task_id)


async def first_time(user_id: str, request: Keyed | None, task_id: int, unit: Unit) -> bool:
    """Whether to carry out a command on the task; False if the same request did so before."""
    if request is None:
        return True
    if await carried_out(user_id, request, unit) is not None:
        return False
    await remember(user_id, request, task_id, unit)
    return True
