"""The tool that lists the projects."""

from pydantic import BaseModel, Field

from todo.assistant.inputs import ToolInput
from todo.assistant.outputs import Output
from todo.assistant.tools.registry import Scope, Tool, ToolContext
from todo.tasks import counting, project_queries
from todo.tasks.schemas import Count


class ListProjects(ToolInput):
    pass


class ProjectOut(BaseModel):
    project_id: int
    name: str
    archived: bool = Field(description="it takes no tasks")
    open: Count = Field(description="its open tasks")


class ProjectsOut(Output):
    inbox: Count = Field(description="the open tasks without a project")
    projects: list[ProjectOut]


async def _list(ctx: ToolContext, _wanted: ListProjects) -> ProjectsOut:
    user_id = ctx.caller.user_id
    async with ctx.context.db.reading() as connection:
        found = await project_queries.counted(connection, user_id, ctx.now, ctx.timezone)
        counts = await counting.count(connection, user_id, ctx.now, ctx.timezone)
    projects = [
        ProjectOut(
            project_id=project.id,
            name=project.name,
            archived=project.archived_at is not None,
            open=Count.model_validate(opened),
        )
        for project, opened in found
    ]
    return ProjectsOut(inbox=Count.model_validate(counts["inbox"]), projects=projects)


PROJECTS = (
    Tool(
        name="list_projects",
        title="List projects",
        description="The person's projects in their order, and how many open tasks each and the Inbox have. "
        "project_id files a task (add_tasks, update_tasks) and filters (search_tasks).",
        input=ListProjects,
        output=ProjectsOut,
        handler=_list,
        scope=Scope.READ,
        read_only=True,
    ),
)
