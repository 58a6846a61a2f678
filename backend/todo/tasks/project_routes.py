"""/api/projects, and moving a task within the list of a project."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from todo.accounts.caller import Caller, CurrentCaller
from todo.domain.errors import NotFound
from todo.runtime.context import Context
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit
from todo.tasks import commands, project_commands, project_queries
from todo.tasks.project_schemas import (
    Move,
    NewProject,
    ProjectChanges,
    ProjectId,
    ProjectItem,
    ProjectOrder,
    ProjectPage,
    TasksOfDeleted,
    shown,
)
from todo.tasks.repeated import SentCommand, SentCreation, once
from todo.tasks.routes import IfMatch, answer, read_version
from todo.tasks.schemas import Task, TaskId

router = APIRouter(prefix="/api", tags=["projects"])

_CHANGE = problems(401, 403, 404, 409)


async def _item(
    project_id: int, caller: Caller, context: Context, now: datetime, response: Response
) -> dict[str, Any]:
    """The stored project with its count, read after the unit that changed it."""
    async with context.db.reading() as connection:
        found = await project_queries.counted(
            connection, caller.user_id, now, caller.timezone, project_id
        )
    if not found:
        raise NotFound("There is no such project.")
    [(project, opened)] = found
    response.headers["ETag"] = f'"{project.version}"'
    return shown(project, opened)


@router.get(
    "/projects",
    response_model=ProjectPage,
    operation_id="listProjects",
    responses=problems(401),
)
async def list_projects(caller: CurrentCaller, context: OpenContext, now: Now) -> dict[str, Any]:
    """All projects in their order, the archived ones too. The Inbox is not among them: every account has it."""
    async with context.db.reading() as connection:
        found = await project_queries.counted(connection, caller.user_id, now, caller.timezone)
    return {"items": [shown(*one) for one in found], "next_cursor": None}


@router.post(
    "/projects",
    status_code=201,
    response_model=ProjectItem,
    operation_id="createProject",
    responses=problems(401, 403, 409),
)
async def create_project(
    wanted: NewProject,
    response: Response,
    caller: CurrentCaller,
    sent: SentCreation,
    context: OpenContext,
    now: Now,
) -> dict[str, Any]:
    async with context.db.unit() as unit:
        project = await project_commands.create_project_once(caller, wanted, sent, unit, now)
    return await _item(project.id, caller, context, now, response)


@router.post(
    "/projects/order",
    status_code=204,
    operation_id="orderProjects",
    responses=problems(401, 403),
)
async def order_projects(
    wanted: ProjectOrder, caller: CurrentCaller, unit: OpenUnit, now: Now
) -> None:
    await project_commands.order_projects(caller, wanted.ids, unit, now)


@router.get(
    "/projects/{project_id}",
    response_model=ProjectItem,
    operation_id="getProject",
    responses=problems(401, 404),
)
async def get_project(
    project_id: ProjectId, response: Response, caller: CurrentCaller, context: OpenContext, now: Now
) -> dict[str, Any]:
    return await _item(project_id, caller, context, now, response)


@router.patch(
    "/projects/{project_id}",
    response_model=ProjectItem,
    operation_id="editProject",
    responses=problems(401, 403, 404, 409, 412),
)
async def edit_project(
    project_id: ProjectId,
    wanted: ProjectChanges,
    response: Response,
    caller: CurrentCaller,
    context: OpenContext,
    now: Now,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    version = read_version(if_match)
    async with context.db.unit() as unit:
        project = await project_commands.edit_project(
            caller, project_id, wanted, version, unit, now
        )
    return await _item(project.id, caller, context, now, response)


@router.delete(
    "/projects/{project_id}", status_code=204, operation_id="deleteProject", responses=_CHANGE
)
async def delete_project(
    project_id: ProjectId,
    caller: CurrentCaller,
    unit: OpenUnit,
    now: Now,
    tasks: TasksOfDeleted = "inbox",
) -> None:
    """Delete a project and move its tasks to the Inbox or to the trash. It can be restored."""
    await project_commands.delete_project(caller, project_id, tasks, unit, now)


@router.post(
    "/projects/{project_id}/restore",
    response_model=ProjectItem,
    operation_id="restoreProject",
    responses=_CHANGE,
)
async def restore_project(
    project_id: ProjectId, response: Response, caller: CurrentCaller, context: OpenContext, now: Now
) -> dict[str, Any]:
    """Undo a deletion. The tasks come back that are still where the deletion put them."""
    async with context.db.unit() as unit:
        project = await project_commands.restore_project(caller, project_id, unit, now)
    return await _item(project.id, caller, context, now, response)


@router.post(
    "/projects/{project_id}/archive",
    response_model=ProjectItem,
    operation_id="archiveProject",
    responses=_CHANGE,
)
async def archive_project(
    project_id: ProjectId, response: Response, caller: CurrentCaller, context: OpenContext, now: Now
) -> dict[str, Any]:
    """Put a finished project away. It must have no open tasks."""
    async with context.db.unit() as unit:
        project = await project_commands.archive_project(caller, project_id, unit, now)
    return await _item(project.id, caller, context, now, response)


@router.post(
    "/projects/{project_id}/unarchive",
    response_model=ProjectItem,
    operation_id="unarchiveProject",
    responses=_CHANGE,
)
async def unarchive_project(
    project_id: ProjectId, response: Response, caller: CurrentCaller, context: OpenContext, now: Now
) -> dict[str, Any]:
    async with context.db.unit() as unit:
        project = await project_commands.unarchive_project(caller, project_id, unit, now)
    return await _item(project.id, caller, context, now, response)


@router.post(
    "/tasks/{task_id}/move", response_model=Task, operation_id="moveTask", responses=_CHANGE
)
async def move_task(
    task_id: TaskId,
    wanted: Move,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Response:
    """Put the task behind another one in the list of its project, or of another project."""
    task = await once(
        *(sent, caller, task_id, unit),
        do=lambda: project_commands.move_task(caller, task_id, wanted, unit, now),
        again=commands.current,
    )
    return answer(task)
