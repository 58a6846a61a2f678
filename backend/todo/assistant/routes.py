"""/api/proposals and /api/batches: what the page needs to show, apply, dismiss and undo proposals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from todo.accounts.caller import CurrentCaller
from todo.accounts.schemas import Input
from todo.assistant import batches, proposals
from todo.assistant.inputs import MOST_CHANGES
from todo.assistant.outputs import Applied, Proposal, Undone, task_out
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit

router = APIRouter(prefix="/api", tags=["assistant"])
_CHANGE = problems(401, 403, 404, 409)


class Approval(Input):
    rows: Annotated[list[int], Field(max_length=MOST_CHANGES)] | None = Field(
        None, description="the indices of the approved rows; all by default"
    )


@router.get("/proposals/{proposal_id}", operation_id="getProposal", responses=problems(401, 404))
async def get_proposal(
    proposal_id: UUID, caller: CurrentCaller, context: OpenContext, now: Now
) -> Proposal:
    async with context.db.reading() as connection:
        return proposals.shown(await proposals.find(caller, proposal_id, connection), now)


@router.post("/proposals/{proposal_id}/apply", operation_id="applyProposal", responses=_CHANGE)
async def apply_proposal(
    proposal_id: UUID,
    caller: CurrentCaller,
    context: OpenContext,
    unit: OpenUnit,
    now: Now,
    approval: Approval | None = None,
) -> Applied:
    only = approval.rows if approval else None
    batch_id, changed, failures = await proposals.apply(
        caller, proposal_id, context, unit, now, only=only
    )
    shown = [task_out(one.after, caller.timezone, context.settings.origin, now) for one in changed]
    return Applied(batch_id=batch_id, applied=shown, failures=failures)


@router.post(
    "/proposals/{proposal_id}/dismiss",
    status_code=204,
    operation_id="dismissProposal",
    responses=_CHANGE,
)
async def dismiss_proposal(proposal_id: UUID, caller: CurrentCaller, unit: OpenUnit) -> None:
    await proposals.dismiss(caller, proposal_id, unit)


@router.post("/batches/{batch_id}/undo", operation_id="undoBatch", responses=_CHANGE)
async def undo_batch(
    batch_id: UUID, caller: CurrentCaller, context: OpenContext, unit: OpenUnit, now: Now
) -> Undone:
    """Restore the values before the batch, except of tasks that were changed again since."""
    undone, failures = await batches.undo(caller, batch_id, unit, now)
    shown = [task_out(task, caller.timezone, context.settings.origin, now) for task in undone]
    return Undone(undone=shown, failures=failures)
