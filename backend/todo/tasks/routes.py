"""/api/tasks: the HTTP routes of tasks. Each calls a query, or a command in one unit of work."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from todo.accounts.caller import Caller, CurrentCaller
from todo.accounts.schemas import Moment
from todo.domain.errors import Conflict
from todo.domain.recurrence import Occurrence
from todo.domain.task import Task as DomainTask
from todo.runtime.context import Context
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit, RawJSON
from todo.tasks import commands, counting, queries
from todo.tasks.quota import require_room
from todo.tasks.repeated import Keyed, SentCommand, SentCreation, carried_out, first_time, once
from todo.tasks.schemas import (
    Changes,
    CompletedTask,
    Completion,
    Counts,
    ListStatus,
    NewTask,
    PastOccurrences,
    Postponement,
    ProjectFilter,
    Task,
    TaskChanges,
    TaskId,
    TaskPage,
    project_key,
)
from todo.tasks.view import date_of, plain, view

router = APIRouter(prefix="/api", tags=["tasks"])

# The busiest routes open their unit themselves: FastAPI's dependency takes a tenth of the request.

IfMatch = Annotated[str | None, Header(description='the version that was read, as in ETag: "3"')]
_CHANGE = problems(401, 403, 404, 409)


def answer(task: DomainTask, status: int = 200, **more: Any) -> Response:
    return RawJSON({**view(task), **more}, status, headers={"ETag": f'"{task.version}"'})


def _closed(task: DomainTask, following: Occurrence | None) -> Response:
    return answer(task, next_due_date=plain(date_of(task, following)) if following else None)


def read_version(if_match: str | None) -> int | None:
    """The version in If-Match. None means any; -1, which no task has, means an unknown tag."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 10 else -1


@router.post(
    "/tasks",
    status_code=201,
    response_model=Task,
    operation_id="createTask",
    responses=problems(401, 403, 409),
)
async def create_task(
    wanted: NewTask,
    caller: CurrentCaller,
    sent: SentCreation,
    context: OpenContext,
    now: Now,
) -> Response:
    await _require_room(caller, sent, context)
    if sent is None and wanted.project_id is None:
        async with context.db.writes() as unit:
            task = await commands.create_task(caller, wanted, unit, now)
    else:
        async with context.db.unit() as unit:
            task = await commands.create_once(caller, wanted, sent, unit, now)
    return answer(task, 201)


async def _require_room(caller: Caller, sent: Keyed | None, context: Context) -> None:
    """A repeated request, whose task is stored, needs no room."""
    try:
        await require_room(context, caller.user_id)
    except Conflict:
        if sent is None:
            raise
        async with context.db.unit() as unit:
            if await carried_out(caller.user_id, sent, unit) is None:
                raise


@router.get("/tasks", response_model=TaskPage, operation_id="listTasks", responses=problems(401))
async def list_tasks(
    caller: CurrentCaller,
    context: OpenContext,
    now: Now,
    status: ListStatus = "open",
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=r"^[^\x00]*$",
            description="words of the title, the tags or the description, or their beginnings, in any order; "
            "the best matches come first",
        ),
    ] = None,
    due_from: Annotated[
        Moment | None, Query(description="for a task without a due date, its start date counts")
    ] = None,
    due_to: Moment | None = None,
    tag: Annotated[
        str | None, Query(max_length=60, pattern=r"^[^\x00]*$", description="in any case")
    ] = None,
    project: ProjectFilter | None = None,
    sleeping: Annotated[
        bool, Query(description="of the open tasks, also those whose start date has not come")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    awake_at = now if status == "open" and not sleeping else None
    search = queries.Search(
        status,
        q,
        due_from,
        due_to,
        tag,
        limit,
        cursor,
        awake_at,
        project_key(project),
        timezone=caller.timezone,
    )
    async with context.db.reading() as connection:
        tasks, following = await queries.find(connection, caller.user_id, search)
    return RawJSON({"items": [view(task) for task in tasks], "next_cursor": following})


@router.get(
    "/tasks/counts", response_model=Counts, operation_id="countTasks", responses=problems(401)
)
async def count_tasks(caller: CurrentCaller, context: OpenContext, now: Now) -> Response:
    async with context.db.reading() as connection:
        counted = await counting.count(connection, caller.user_id, now, caller.timezone)
    return RawJSON(counted)


@router.get(
    "/tasks/changes",
    response_model=Changes,
    operation_id="listTaskChanges",
    responses=problems(401),
)
async def list_changes(
    caller: CurrentCaller,
    context: OpenContext,
    since: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> Response:
    """The tasks that changed since the cursor of an earlier answer. Without a cursor: only a cursor to start."""
    async with context.db.reading() as connection:
        changes, cursor = await queries.changed_since(connection, caller.user_id, since)
    return RawJSON({"changes": changes, "cursor": str(cursor)})


@router.get(
    "/tasks/{task_id}", response_model=Task, operation_id="getTask", responses=problems(401, 404)
)
async def get_task(task_id: TaskId, caller: CurrentCaller, context: OpenContext) -> Response:
    async with context.db.reading() as connection:
        return answer(await queries.owned_by(connection, caller.user_id, task_id))


@router.patch(
    "/tasks/{task_id}",
    response_model=Task,
    operation_id="editTask",
    responses=problems(401, 403, 404, 409, 412),
)
async def edit_task(
    task_id: TaskId,
    wanted: TaskChanges,
    caller: CurrentCaller,
    sent: SentCommand,
    context: OpenContext,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    async with context.db.unit() as unit:
        task = await once(
            *(sent, caller, task_id, unit),
            do=lambda: commands.edit_task(
                caller, task_id, wanted, read_version(if_match), unit, now
            ),
            again=commands.current,
        )
    return answer(task)


@router.delete("/tasks/{task_id}", status_code=204, operation_id="deleteTask", responses=_CHANGE)
async def delete_task(
    task_id: TaskId,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> None:
    """Move the task to the trash, from where it can be restored."""
    if await first_time(caller.user_id, sent, task_id, unit):
        await commands.delete_task(caller, task_id, unit, now)


@router.post(
    "/tasks/{task_id}/complete",
    response_model=CompletedTask,
    operation_id="completeTask",
    responses=_CHANGE,
)
async def complete_task(
    task_id: TaskId,
    caller: CurrentCaller,
    sent: SentCommand,
    context: OpenContext,
    now: Now,
    wanted: Completion | None = None,
) -> Response:
    completed_at = wanted.completed_at if wanted else None
    async with context.db.unit() as unit:
        closed = await once(
            *(sent, caller, task_id, unit),
            do=lambda: commands.complete_task(caller, task_id, completed_at, unit, now),
            again=commands.current_with_next,
        )
    return _closed(*closed)


@router.post(
    "/tasks/{task_id}/reopen", response_model=Task, operation_id="reopenTask", responses=_CHANGE
)
async def reopen_task(
    task_id: TaskId,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Response:
    task = await once(
        *(sent, caller, task_id, unit),
        do=lambda: commands.reopen_task(caller, task_id, unit, now),
        again=commands.current,
    )
    return answer(task)


@router.post(
    "/tasks/{task_id}/skip",
    response_model=CompletedTask,
    operation_id="skipTask",
    responses=_CHANGE,
)
async def skip_task(
    task_id: TaskId,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Response:
    closed = await once(
        *(sent, caller, task_id, unit),
        do=lambda: commands.skip_task(caller, task_id, unit, now),
        again=commands.current_with_next,
    )
    return _closed(*closed)


@router.post(
    "/tasks/{task_id}/restore", response_model=Task, operation_id="restoreTask", responses=_CHANGE
)
async def restore_task(
    task_id: TaskId,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Response:
    task = await once(
        *(sent, caller, task_id, unit),
        do=lambda: commands.restore_task(caller, task_id, unit, now),
        again=commands.current,
    )
    return answer(task)


@router.post(
    "/tasks/{task_id}/postpone", response_model=Task, operation_id="postponeTask", responses=_CHANGE
)
async def postpone_task(
    task_id: TaskId,
    wanted: Postponement,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Response:
    """Move this occurrence only; the dates of its series stay."""
    task = await once(
        *(sent, caller, task_id, unit),
        do=lambda: commands.postpone_task(
            caller, task_id, wanted.due_date, unit, now, allow_past=wanted.allow_past
        ),
        again=commands.current,
    )
    return answer(task)


@router.get(
    "/tasks/{task_id}/occurrences",
    operation_id="listOccurrences",
    responses=problems(401, 404),
)
async def list_occurrences(
    task_id: TaskId, caller: CurrentCaller, context: OpenContext
) -> PastOccurrences:
    async with context.db.reading() as connection:
        items: list[Any] = await queries.past_occurrences(connection, caller.user_id, task_id)
    return PastOccurrences(items=items, next_cursor=None)
