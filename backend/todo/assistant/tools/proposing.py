"""The tools that propose changes, apply a proposal and undo a batch."""

from uuid import UUID

from pydantic import Field

from todo.assistant import batches, proposals
from todo.assistant.inputs import AnyChange, Batch, Delete, ToolInput
from todo.assistant.outputs import ChangesOut, Proposal, UndoneOut, task_out
from todo.assistant.tools.changing import changes_out, propose, shown
from todo.assistant.tools.registry import AnyTool, Scope, Tool, ToolContext, ToolError


class ProposeChanges(ToolInput):
    changes: Batch[AnyChange] = Field(description="any mix of changes, at most one per task")


class ApplyProposal(ToolInput):
    proposal_id: UUID
    fingerprint: str = Field(
        min_length=16, max_length=16, description="of the proposal that the person was shown"
    )


class UndoChanges(ToolInput):
    batch_id: UUID


async def _propose(ctx: ToolContext, wanted: ProposeChanges) -> ChangesOut:
    deletes = any(isinstance(change, Delete) for change in wanted.changes)
    if deletes and Scope.DELETE not in ctx.scopes:
        raise ToolError(f"This client may not delete tasks; it needs the scope {Scope.DELETE}.")
    return await propose(ctx, wanted.changes)


async def _apply(ctx: ToolContext, wanted: ApplyProposal) -> ChangesOut:
    connection = ctx.unit.connection
    found = await proposals.find(ctx.caller, wanted.proposal_id, connection, lock=True)
    proposals.require_fingerprint(found, wanted.fingerprint)
    proposal = proposals.shown(found, ctx.now)
    if proposal.status == "applied":
        return await _applied(ctx, proposal)
    if proposal.status == "open" and proposals.needs_person(found):
        message = (
            "Nothing was changed yet: this waits for the approval of the person, who opens approve_at. "
            "Call apply_proposal again after that."
        )
        approve_at = proposals.approval_url(proposal.id, ctx.origin)
        return changes_out(message, [], [], proposal=proposal, approve_at=approve_at)
    batch_id, changed, failures = await proposals.apply(
        ctx.caller, proposal.id, ctx.context, ctx.unit, ctx.now
    )
    message = f"{len(changed)} changes were applied. undo_changes takes them back."
    applied = [shown(ctx, one) for one in changed]
    return changes_out(message, applied, failures, batch_id=batch_id)


async def _applied(ctx: ToolContext, proposal: Proposal) -> ChangesOut:
    """The answer about a proposal that was applied before, by the person or by an earlier call."""
    batch_id = proposal.batch_id
    if batch_id is None or proposal.undone:
        return changes_out("This proposal was applied, and undone since.", [], [])
    tasks = await batches.tasks_of(ctx.caller, batch_id, ctx.unit)
    message = (
        f"Applied: {len(tasks)} of {len(proposal.rows)} changes. undo_changes takes them back."
    )
    applied = [task_out(task, ctx.timezone, ctx.origin, ctx.now) for task in tasks]
    return changes_out(message, applied, [], batch_id=batch_id)


async def _undo(ctx: ToolContext, wanted: UndoChanges) -> UndoneOut:
    undone, failures = await batches.undo(ctx.caller, wanted.batch_id, ctx.unit, ctx.now)
    message = f"{len(undone)} changes were undone."
    if failures:
        message += f" {len(failures)} could not be undone, see failures."
    return UndoneOut(
        message=message,
        undone=[task_out(task, ctx.timezone, ctx.origin, ctx.now) for task in undone],
        failures=failures,
    )


PROPOSING: tuple[AnyTool, ...] = (
    Tool(
        name="propose_changes",
        title="Propose changes",
        description="Put any mix of changes into one proposal, with rows before and after. It changes nothing. "
        "Show the rows to the person, who approves them on a page; it is valid for ten minutes.",
        input=ProposeChanges,
        output=ChangesOut,
        handler=_propose,
        scope=Scope.WRITE,
    ),
    Tool(
        name="apply_proposal",
        title="Apply a proposal",
        description="Finish a proposal of yours: says what was applied after the person approved it, or where "
        "they approve it. One that deletes nothing and changes at most one existing task is applied at once, "
        "as one batch that undo_changes takes back.",
        input=ApplyProposal,
        output=ChangesOut,
        handler=_apply,
        scope=Scope.WRITE,
        destructive=True,
    ),
    Tool(
        name="undo_changes",
        title="Undo changes",
        description="Take back a batch of changes. A task that was changed again since then stays as it is and is "
        "named in failures.",
        input=UndoChanges,
        output=UndoneOut,
        handler=_undo,
        scope=Scope.WRITE,
        destructive=True,
    ),
)
