"""The tools that change tasks. One existing task is changed at once; more, or a deletion, become a proposal."""

from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import Field

from todo.assistant import proposals
from todo.assistant.batches import BatchWriter
from todo.assistant.changes import Changed
from todo.assistant.inputs import (
    Add,
    Batch,
    Change,
    Complete,
    Delete,
    Postpone,
    Refused,
    Reopen,
    Reschedule,
    Restore,
    SetReminders,
    Skip,
    Snooze,
    ToolInput,
    Update,
)
from todo.assistant.outputs import ChangesOut, Failure, Proposal, TaskOut, task_out
from todo.assistant.tools.registry import AnyTool, Scope, Tool, ToolContext
from todo.domain.errors import DomainError, Invalid
from todo.tasks.quota import require_room

T = TypeVar("T", bound=Change)


class Tasks(ToolInput, Generic[T]):
    tasks: Batch[T] = Field(description="one entry per task")


def shown(ctx: ToolContext, changed: Changed) -> TaskOut:
    following = changed.following.due if changed.following else None
    return task_out(changed.after, ctx.timezone, ctx.origin, ctx.now, following)


async def change_now(ctx: ToolContext, changes: Sequence[Change | Refused]) -> ChangesOut:
    """Run the changes in one batch, and say per item what could not be done."""
    batch = await BatchWriter.begin(ctx.caller, ctx.unit, ctx.now)
    failures: list[Failure] = []
    for index, change in enumerate(changes):
        try:
            if isinstance(change, Refused):
                raise Invalid(change.detail)
            await batch.run(change)
        except DomainError as error:
            failures.append(proposals.failure(index, change, error))
    applied = [shown(ctx, changed) for changed in batch.changed]
    message = f"Done: {_tasks(len(applied))}." if applied else "Nothing was changed."
    return changes_out(message, applied, failures, batch_id=batch.id if applied else None)


def changes_out(
    message: str,
    applied: list[TaskOut],
    failures: list[Failure],
    *,
    batch_id: UUID | None = None,
    proposal: Proposal | None = None,
    approve_at: str | None = None,
) -> ChangesOut:
    if failures:
        message += f" {_tasks(len(failures))} could not be changed, see failures."
    return ChangesOut(
        message=message,
        applied=applied,
        failures=failures,
        batch_id=batch_id,
        proposal=proposal,
        approve_at=approve_at,
    )


def _tasks(number: int) -> str:
    return f"{number} task{'' if number == 1 else 's'}"


async def propose(ctx: ToolContext, changes: Sequence[Change | Refused]) -> ChangesOut:
    proposal, failures = await proposals.propose(
        ctx.caller, changes, ctx.context, ctx.unit, ctx.now
    )
    if proposal is None:
        return changes_out("Nothing was changed.", [], failures)
    message = (
        f"Nothing was changed yet. Proposal: {proposal.summary}. Show every row to the person, who approves "
        "it at approve_at. Then call apply_proposal, which says what was done."
    )
    approve_at = proposals.approval_url(proposal.id, ctx.origin)
    return changes_out(message, [], failures, proposal=proposal, approve_at=approve_at)


async def _add(ctx: ToolContext, wanted: Tasks[Add]) -> ChangesOut:
    await require_room(ctx.context, ctx.caller.user_id, len(wanted.tasks), ctx.unit.connection)
    return await change_now(ctx, wanted.tasks)


async def _change(ctx: ToolContext, wanted: Tasks[T]) -> ChangesOut:
    if len(wanted.tasks) > 1:
        return await propose(ctx, wanted.tasks)
    return await change_now(ctx, wanted.tasks)


async def _delete(ctx: ToolContext, wanted: Tasks[Delete]) -> ChangesOut:
    return await propose(ctx, wanted.tasks)


_AT_ONCE = (
    "One task is changed at once; several become a proposal that the person approves on its page."
)


def _tool(
    name: str, title: str, description: str, item: type[Change], *, destructive: bool = False
) -> AnyTool:
    return Tool(
        name=name,
        title=title,
        description=f"{description} {_AT_ONCE}",
        input=Tasks[item],  # type: ignore[valid-type]
        output=ChangesOut,
        handler=_change,
        scope=Scope.WRITE,
        destructive=destructive,
    )


CHANGING: tuple[AnyTool, ...] = (
    Tool(
        name="add_tasks",
        title="Add tasks",
        description="Add one or more tasks, at once. Dates without an offset are in the user's time zone. A task "
        "that repeats needs a due date to start from.",
        input=Tasks[Add],
        output=ChangesOut,
        handler=_add,
        scope=Scope.WRITE,
        idempotent=False,
    ),
    _tool(
        "update_tasks",
        "Change tasks",
        "Change fields of tasks. Absent and null fields stay as they are; name fields to empty in `clear`. A "
        "new due_date of a repeating task moves its whole series; to move one occurrence use reschedule_tasks.",
        Update,
        destructive=True,
    ),
    _tool(
        "reschedule_tasks",
        "Move tasks to another date",
        "Move the due date and nothing else. A repeating task keeps its repetition: only this occurrence moves.",
        Reschedule,
    ),
    _tool(
        "complete_tasks",
        "Complete tasks",
        "Mark tasks as done. A repeating task continues with its next occurrence (next_due_date); the done one "
        "stays findable with status completed.",
        Complete,
    ),
    _tool(
        "reopen_tasks",
        "Reopen tasks",
        "Open done or skipped tasks again. The next occurrence of a repeating task is withdrawn if nobody changed "
        "it.",
        Reopen,
    ),
    _tool(
        "skip_tasks",
        "Skip occurrences",
        "Skip the current occurrence of repeating tasks without doing it; the series continues.",
        Skip,
    ),
    _tool(
        "postpone_tasks",
        "Postpone tasks",
        "Move open tasks to a later time, which must be in the future. Of a repeating task only this occurrence "
        "moves.",
        Postpone,
    ),
    Tool(
        name="delete_tasks",
        title="Delete tasks",
        description="Propose to move tasks to the trash, where they stay for 90 days. Nothing is deleted before "
        "the person approved the proposal on its page, also a single task.",
        input=Tasks[Delete],
        output=ChangesOut,
        handler=_delete,
        scope=Scope.DELETE,
        destructive=True,
    ),
    _tool("restore_tasks", "Restore tasks", "Bring tasks back from the trash.", Restore),
    _tool(
        "set_reminders",
        "Set reminders",
        "Set when tasks remind: durations before the due date such as PT30M or P1D, or moments.",
        SetReminders,
    ),
    _tool(
        "snooze_reminders",
        "Snooze reminders",
        "Remind of open tasks again later, without moving their due dates.",
        Snooze,
    ),
)
