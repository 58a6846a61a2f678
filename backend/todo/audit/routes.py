"""/api/tasks/{id}/history: the changes of a task, each with its actor."""

from typing import Annotated

from fastapi import APIRouter, Query

from todo.accounts.caller import CurrentCaller
from todo.audit import queries
from todo.audit.queries import History
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext
from todo.tasks.schemas import TaskId

router = APIRouter(prefix="/api", tags=["history"])


@router.get(
    "/tasks/{task_id}/history", operation_id="listTaskHistory", responses=problems(401, 404)
)
async def list_history(
    task_id: TaskId,
    caller: CurrentCaller,
    context: OpenContext,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> History:
    async with context.db.reading() as connection:
        return await queries.history(connection, caller.user_id, task_id, limit, cursor)
