"""Proposals: changes that a person sees, row by row, and approves before anything happens.

A proposal is bound to its user, to the client that made it and to its content. It is used once, within ten
minutes. It is applied in one transaction, as one batch, which can be undone. Only a person applies one that
deletes or changes several tasks: on the page, never a program in their name.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from pydantic import TypeAdapter

from todo.accounts.caller import Caller
from todo.assistant import describe, store
from todo.assistant.batches import BatchWriter, may_use
from todo.assistant.changes import Changed, fixed, lock, preview, run
from todo.assistant.inputs import Add, AnyChange, Change, Refused
from todo.assistant.outputs import Failure, Proposal, Row, changed_fields
from todo.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit
from todo.tasks import project_queries
from todo.tasks.quota import require_room

EXPIRES_AFTER = timedelta(minutes=10)
_CHANGE: TypeAdapter[Change] = TypeAdapter(AnyChange)


async def propose(
    caller: Caller, changes: Sequence[Change | Refused], context: Context, unit: Unit, now: datetime
) -> tuple[Proposal | None, list[Failure]]:
    """Store a proposal of the changes that are possible, and say which are not. None if no change is."""
    rows, failures = await _rows(caller, changes, context, unit, now)
    if not rows:
        return None, failures
    id_ = uuid4()
    text = describe.summary(row["action"] for row in rows)
    await store.add_proposal(
        unit.connection, id_, caller, text, rows, _hash(rows), now, now + EXPIRES_AFTER
    )
    found = await store.proposal(unit.connection, caller.user_id, id_)
    assert found is not None  # noqa: S101  (inserted above)
    metrics.assistant_proposals.labels("made").inc()
    return shown(found, now), failures


def needs_person(found: asyncpg.Record) -> bool:
    """Whether only a person may apply it: it deletes, or changes more than one existing task."""
    actions = [row["action"] for row in found["rows"]]
    return "delete" in actions or sum(action != "add" for action in actions) > 1


def approval_url(id_: UUID, origin: str) -> str:
    """The page where the person approves a proposal."""
    return f"{origin}/proposals/{id_}"


async def _rows(
    caller: Caller, changes: Sequence[Change | Refused], context: Context, unit: Unit, now: datetime
) -> tuple[list[dict[str, Any]], list[Failure]]:
    rows: list[dict[str, Any]] = []
    failures: list[Failure] = []
    named: set[int] = set()
    projects = await project_queries.names(unit.connection, caller.user_id)
    async with preview(unit, context) as trial:
        locked = await lock(caller, changes, trial)
        for index, change in enumerate(changes):
            try:
                if isinstance(change, Refused):
                    raise Invalid(change.detail)
                if not isinstance(change, Add) and change.task_id in named:
                    raise Conflict("This task is in the list twice; give one change per task.")
                wanted = fixed(caller, change, now)
                changed = await run(caller, wanted, trial, now, locked=locked)
            except DomainError as error:
                failures.append(failure(index, change, error))
                continue
            if changed.before is not None:
                named.add(changed.after.id)
            rows.append(_row(caller, len(rows), wanted, changed, projects))
    return rows, failures


def failure(index: int, change: Change | Refused, error: DomainError) -> Failure:
    match change:
        case Refused():
            title = f"Item {index + 1}"
        case Add():
            title = change.title
        case _:
            title = f"Task {change.task_id}"
    return Failure(index=index, title=title, detail=error.message)


def _row(
    caller: Caller, index: int, change: Change, changed: Changed, projects: Mapping[int, str]
) -> dict[str, Any]:
    before, after = changed_fields(changed.before, changed.after, caller.timezone, projects)
    if change.action == "snooze":
        after = {"remind_at": change.until}
    shown_row = Row(
        index=index,
        action=change.action,
        task_id=None if isinstance(change, Add) else change.task_id,
        title=changed.before.title if changed.before else changed.after.title,
        before=before,
        after=after,
        series=describe.series(change, changed, caller.timezone),
        reminders=describe.reminders(changed),
        problem=None,
    )
    return {
        **shown_row.model_dump(mode="json"),
        "change": change.model_dump(mode="json", exclude_unset=True) | {"action": change.action},
        "version": changed.before.version if changed.before else None,
    }


def _hash(rows: Sequence[Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).digest()


def _fingerprint(rows_hash: bytes) -> str:
    return rows_hash.hex()[:16]


def shown(found: asyncpg.Record, now: datetime) -> Proposal:
    expired = found["status"] == "open" and found["expires_at"] <= now
    return Proposal(
        id=found["id"],
        status="expired" if expired else found["status"],
        summary=found["summary"],
        proposed_by=found["actor"].replace(":", " ", 1),
        created_at=found["created_at"],
        expires_at=found["expires_at"],
        batch_id=found["batch_id"],
        undone=found["undone"],
        fingerprint=_fingerprint(found["rows_hash"]),
        rows=[Row.model_validate(row) for row in found["rows"]],
    )


async def find(caller: Caller, id_: UUID, connection: Any, *, lock: bool = False) -> asyncpg.Record:
    """A proposal that the caller may use: a person any of their own, a program only those it made."""
    found = await store.proposal(connection, caller.user_id, id_, lock=lock)
    if found is None or not may_use(caller, found["client"]):
        raise NotFound("There is no such proposal.")
    return found


async def apply(
    caller: Caller,
    id_: UUID,
    context: Context,
    unit: Unit,
    now: datetime,
    *,
    only: Collection[int] | None = None,
) -> tuple[UUID, list[Changed], list[Failure]]:
    """Apply a proposal, or the rows of it with the indices `only`; what could not be done is a failure each."""
    found = await find(caller, id_, unit.connection, lock=True)
    _require_usable(found, now)
    if caller.client != "person" and needs_person(found):
        raise Forbidden("Only the person can approve this proposal, on its page.")
    rows = _chosen(found["rows"], only)
    added = sum(row["action"] == "add" for row in rows)
    if added:
        await require_room(context, caller.user_id, added, unit.connection)
    # The history names the program that proposed the changes, also when a person approves them on the page.
    author = replace(
        caller,
        actor=found["actor"],
        client=found["client"],
        conversation_id=found["conversation_id"],
    )
    batch = await BatchWriter.begin(author, unit, now)
    failures: list[Failure] = []
    # New tasks first: the unit writes each kind of row at once, and reminders refer to tasks.
    rows.sort(key=lambda row: row["action"] != "add")
    changes = [_CHANGE.validate_python(row["change"]) for row in rows]
    await batch.lock(changes)
    for row, change in zip(rows, changes, strict=True):
        try:
            await batch.run(change, version=row["version"])
        except DomainError as error:
            failures.append(failure(row["index"], change, error))
            failures[-1].title = row["title"]
    await store.close_proposal(unit.connection, caller.user_id, id_, "applied", batch.id)
    metrics.assistant_proposals.labels("applied").inc()
    return batch.id, batch.changed, failures


def _require_usable(found: asyncpg.Record, now: datetime) -> None:
    match found["status"]:
        case "applied":
            raise Conflict(f"This proposal was applied already, as batch {found['batch_id']}.")
        case "dismissed":
            raise Conflict("This proposal was dismissed.")
    if found["expires_at"] <= now:
        raise Conflict("This proposal has expired; propose the changes again.")
    if _hash(found["rows"]) != found["rows_hash"]:
        raise Conflict("This proposal is not as it was proposed; propose the changes again.")


def require_fingerprint(found: asyncpg.Record, fingerprint: str) -> None:
    """A program names the rows that it speaks of, not only the id."""
    if fingerprint != _fingerprint(found["rows_hash"]):
        raise Conflict("The fingerprint is not that of this proposal; show it to the person again.")


def _chosen(rows: Sequence[dict[str, Any]], only: Collection[int] | None) -> list[dict[str, Any]]:
    if only is None:
        return list(rows)
    if not only or not set(only) <= {row["index"] for row in rows}:
        raise Invalid("Give the indices of one or more rows of the proposal.", "rows")
    return [row for row in rows if row["index"] in only]


async def dismiss(caller: Caller, id_: UUID, unit: Unit) -> None:
    found = await find(caller, id_, unit.connection, lock=True)
    if found["status"] == "applied":
        raise Conflict("This proposal was applied already.")
    await store.close_proposal(unit.connection, caller.user_id, id_, "dismissed", None)
    metrics.assistant_proposals.labels("dismissed").inc()
