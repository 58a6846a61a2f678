"""A person's own "yes" or "no" to the proposal of the last answer. No model sees it, so no model can say it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from todo.accounts.caller import Caller
from todo.assistant import proposals, store
from todo.assistant.outputs import Proposal
from todo.chat.language.clauses import ENDS, collapse
from todo.chat.store import Message, Part
from todo.domain.errors import NotFound
from todo.runtime.context import Context

_YES: Final = re.compile(
    r"(?:yes|yep|yeah|ok(?:ay)?|sure|do it|go ahead|confirm(?:ed)?|please do|ja"
    r"|apply(?: (?:it|them|all|that|the (?:changes|proposal)))?|approved?(?: (?:it|them|all))?)"
    r"(?:[ ,]+(?:please|do it|apply(?: (?:it|them))?|go ahead|thanks|approve))*",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"(?:no|nope|don'?t|do not|cancel|dismiss(?: (?:it|them))?|reject(?: (?:it|them))?|never ?mind|stop|nein)"
    r"(?:[ ,]+(?:thanks|thank you|please))*",
    re.IGNORECASE,
)


def decision(message: str) -> bool | None:
    """True to apply, False to dismiss, None if the message is about something else."""
    said = collapse(message).rstrip(ENDS)
    if _YES.fullmatch(said):
        return True
    return False if _NO.fullmatch(said) else None


def proposed(turns: Sequence[Message]) -> list[UUID]:
    """The proposals of the last answer."""
    if not turns or turns[-1].role != "assistant":
        return []
    return [UUID(part["id"]) for part in turns[-1].parts if part["type"] == "proposal"]


async def found(
    caller: Caller, ids: Sequence[UUID], connection: Any, now: datetime
) -> dict[UUID, Proposal]:
    """The proposals as they are now; those that are no longer kept are left out."""
    known: dict[UUID, Proposal] = {}
    for id_ in ids:
        try:
            known[id_] = proposals.shown(await proposals.find(caller, id_, connection), now)
        except NotFound:
            continue
    return known


async def outcome(
    caller: Caller, ids: Sequence[UUID], connection: Any, now: datetime
) -> str | None:
    """What the person decided by clicks, as a sentence for the model; None while a proposal is open, or if
    the caller may not use it."""
    known = await found(caller, ids, connection, now)
    if known.keys() != set(ids) or any(each.status == "open" for each in known.values()):
        return None
    said = []
    for each in known.values():
        if each.status == "applied" and each.batch_id:
            number = len(await store.batch_rows(connection, each.batch_id))
            said.append(f"The person approved {number} of {len(each.rows)} changes. They are done.")
        else:
            said.append(f"The proposal was {each.status}. Nothing was changed.")
    return " ".join(said)


async def shown_parts(
    caller: Caller, parts: Sequence[Part], connection: Any, now: datetime
) -> list[Part]:
    """The parts for the page: a proposal with its rows and its state of now, tools without their keys."""
    ids = [UUID(part["id"]) for part in parts if part["type"] == "proposal"]
    known = await found(caller, ids, connection, now)
    shown: list[Part] = []
    for part in parts:
        if part["type"] == "proposal":
            proposal = known.get(UUID(part["id"]))
            if proposal is not None:
                shown.append({"type": "proposal", "proposal": proposal.model_dump(mode="json")})
        else:
            shown.append({name: value for name, value in part.items() if name != "key"})
    return shown


async def apply(caller: Caller, id_: UUID, context: Context) -> tuple[Proposal, str]:
    """Apply a proposal as the person. Raises DomainError."""
    now = context.db.now()
    async with context.db.unit() as unit:
        _, changed, failures = await proposals.apply(caller, id_, context, unit, now)
        row = await proposals.find(caller, id_, unit.connection)
        proposal = proposals.shown(row, now)
    number = len(changed)
    text = f"Done: {number} change{'' if number == 1 else 's'}. Say “undo that” to take it back."
    return proposal, " ".join(
        (text, *(f"Not done: {each.title}: {each.detail}" for each in failures))
    )


async def dismiss(caller: Caller, id_: UUID, context: Context) -> Proposal:
    now = context.db.now()
    async with context.db.unit() as unit:
        await proposals.dismiss(caller, id_, unit)
        return proposals.shown(await proposals.find(caller, id_, unit.connection), now)
