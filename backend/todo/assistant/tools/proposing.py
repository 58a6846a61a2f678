"""The tools that propose changes, apply a proposal and undo a batch."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from todo.assistant import batches, proposals
from todo.assistant.inputs import MOST_CHANGES, AnyChange, Batch, Delete, ToolInput
from todo.assistant.outputs import ChangesOut, UndoneOut, task_out
from todo.assistant.tools.changing import propose, shown
from todo.assistant.tools.registry import AnyTool, Scope, Tool, ToolContext, ToolError


class ProposeChanges(ToolInput):
    changes: Batch[AnyChange] = Field(description="any mix of changes, at most one per task")


class ApplyProposal(ToolInput):
    proposal_id: UUID
    fingerprint: str = Field(
        min_length=16, max_length=16, description="of the proposal that the person agreed to"
    )
    rows: Annotated[list[int], Field(min_length=1, max_length=MOST_CHANGES)] | None = Field(
        None, description="the indices of the rows to apply; all by default"
    )


class UndoChanges(ToolInput):
    batch_id: UUID


async def _propose(ctx: ToolContext, wanted: ProposeChanges) -> ChangesOut:
    deletes = any(isinstance(change, Delete) for change in wanted.changes)
    if deletes and Scope.DELETE not in ctx.scopes:
        raise ToolError(f"This client may not delete tasks; it needs the scope {Scope.DELETE}.")
    return await propose(ctx, wanted.changes)


async def _apply(ctx: ToolContext, wanted: ApplyProposal) -> ChangesOut:
    batch_id, changed, failures = await proposals.apply(
        ctx.caller,
        wanted.proposal_id,
        ctx.unit,
        ctx.now,
        only=wanted.rows,
        fingerprint=wanted.fingerprint,
        may_delete=Scope.DELETE in ctx.scopes,
    )
    message = f"{len(changed)} changes were applied. undo_changes takes them back."
    if failures:
        message += f" {len(failures)} could not be applied, see failures."
    return ChangesOut(
        message=message,
        applied=[shown(ctx, one) for one in changed],
        failures=failures,
        batch_id=batch_id,
        proposal=None,
    )


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
        "Show the rows to the person and ask; the proposal is valid for ten minutes.",
        input=ProposeChanges,
        output=ChangesOut,
        handler=_propose,
        scope=Scope.WRITE,
    ),
    Tool(
        name="apply_proposal",
        title="Apply a proposal",
        description="Apply a proposal of yours after the person agreed to its rows. It works once. All of it is "
        "one batch that undo_changes takes back.",
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
