"""The tools that only read."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from todo.accounts.schemas import Text
from todo.assistant.inputs import TaskId, ToolInput
from todo.assistant.outputs import Failure, Output, TaskOut, in_zone, moment_text, task_out
from todo.assistant.tools.fetching import FETCHING
from todo.assistant.tools.history import HISTORY
from todo.assistant.tools.registry import AnyTool, Scope, Tool, ToolContext
from todo.domain.errors import Invalid, NotFound
from todo.domain.recurrence import local
from todo.domain.task import Task
from todo.tasks import counting, queries
from todo.tasks.dates import next_dates
from todo.tasks.queries import Search
from todo.tasks.recurrence_routes import preview
from todo.tasks.recurrence_schemas import MOST_DATES, PreviewRequest
from todo.tasks.schemas import (
    Counts,
    DueDate,
    ListStatus,
    ProjectFilter,
    project_key,
    read_due_date,
)
from todo.tasks.view import date_of

Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(max_length=200)]
_LISTED_TEXT = 500
# A date and time, or a day. "To" includes the whole day.
When = DueDate


class TasksOut(Output):
    tasks: list[TaskOut]
    next_cursor: str | None = Field(description="pass it on to get the next page; null on the last")


def shown(ctx: ToolContext, tasks: Iterable[Task]) -> list[TaskOut]:
    return [task_out(task, ctx.timezone, ctx.origin, ctx.now) for task in tasks]


def listed(ctx: ToolContext, tasks: Iterable[Task]) -> list[TaskOut]:
    """As `shown`, with long descriptions cut: a list of 200 tasks must fit into a model's context."""
    return shown(ctx, (replace(task, description=_cut(task.description)) for task in tasks))


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= _LISTED_TEXT:
        return text
    return f"{text[:_LISTED_TEXT]}… (get_tasks gives the rest)"


class SearchTasks(ToolInput):
    query: Annotated[Text, StringConstraints(max_length=200)] | None = Field(
        None, description="words of the title or description; absent: all"
    )
    status: ListStatus = Field("open", description="completed also finds done occurrences")
    tag: Annotated[Text, StringConstraints(max_length=60)] | None = None
    project: ProjectFilter | None = None
    sleeping: bool = Field(
        False,
        description="also open tasks whose start date is still to come; words find them anyway",
    )
    due_from: When | None = Field(None, description="a day, or a date and time")
    due_to: When | None = Field(None, description="a day, which is included, or a date and time")
    limit: Limit = 50
    cursor: Cursor | None = None


async def _search(ctx: ToolContext, wanted: SearchTasks) -> TasksOut:
    tag = wanted.tag.removeprefix("#").strip() if wanted.tag else None
    search = Search(
        wanted.status,
        wanted.query,
        start_of(wanted.due_from, ctx),
        end_of(wanted.due_to, ctx),
        tag,
        wanted.limit,
        wanted.cursor,
        ctx.now if wanted.status == "open" and not wanted.sleeping else None,
        project=project_key(wanted.project),
        timezone=ctx.caller.timezone,
    )
    async with ctx.context.db.reading() as connection:
        tasks, cursor = await queries.find(connection, ctx.caller.user_id, search)
    return TasksOut(tasks=listed(ctx, tasks), next_cursor=cursor)


def start_of(when: str | None, ctx: ToolContext) -> datetime | None:
    return read_due_date(when, ctx.timezone, None)[0]


def end_of(when: str | None, ctx: ToolContext) -> datetime | None:
    """The end of a day, or the moment itself."""
    if when is None:
        return None
    if len(when) == 10:
        with suppress(ValueError, OverflowError):  # read_due_date explains what is wrong with it
            when = (date.fromisoformat(when) + timedelta(days=1)).isoformat()
    return start_of(when, ctx)


class GetTasks(ToolInput):
    ids: Annotated[list[TaskId], Field(min_length=1, max_length=200)]


class TasksById(Output):
    tasks: list[TaskOut]
    failures: list[Failure]


async def _get(ctx: ToolContext, wanted: GetTasks) -> TasksById:
    found: list[Task] = []
    failures: list[Failure] = []
    async with ctx.context.db.reading() as connection:
        for index, task_id in enumerate(wanted.ids):
            try:
                found.append(await queries.owned_by(connection, ctx.caller.user_id, task_id))
            except NotFound as error:
                failures.append(Failure(index=index, title=f"Task {task_id}", detail=error.message))
    return TasksById(tasks=shown(ctx, found), failures=failures)


class ListByDate(ToolInput):
    start: date | None = Field(None, description="the first day; today by default")
    end: date | None = Field(None, description="the last day; the first day by default")
    status: Literal["open", "completed", "all"] = "open"
    overdue: bool = Field(False, description="also list open tasks due before today")
    limit: Limit = 100
    cursor: Cursor | None = None


class TasksByDate(Output):
    start: date
    end: date
    timezone: str
    overdue: list[TaskOut]
    tasks: list[TaskOut]
    next_cursor: str | None


def today(ctx: ToolContext) -> date:
    return local(ctx.now, ctx.timezone).date()


async def _by_date(ctx: ToolContext, wanted: ListByDate) -> TasksByDate:
    start = wanted.start or today(ctx)
    end = wanted.end or start
    if end < start:
        raise Invalid("The last day is before the first one.", "end")
    search = Search(
        wanted.status,
        due_from=start_of(start.isoformat(), ctx),
        due_to=end_of(end.isoformat(), ctx),
        limit=wanted.limit,
        cursor=wanted.cursor,
        timezone=ctx.caller.timezone,
    )
    overdue: Any = []
    async with ctx.context.db.reading() as connection:
        tasks, cursor = await queries.find(connection, ctx.caller.user_id, search)
        if wanted.overdue:
            overdue = await overdue_tasks(ctx, connection, wanted.limit)
    return TasksByDate(
        start=start,
        end=end,
        timezone=ctx.timezone,
        overdue=listed(ctx, overdue),
        tasks=listed(ctx, tasks),
        next_cursor=cursor,
    )


async def overdue_tasks(ctx: ToolContext, connection: Any, limit: int) -> list[Task]:
    """Open tasks that were due before today."""
    end = start_of(today(ctx).isoformat(), ctx)
    search = Search(due_to=end, limit=limit, timezone=ctx.caller.timezone)
    found, _ = await queries.find(connection, ctx.caller.user_id, search)
    return list(found)


class PreviewRecurrence(ToolInput):
    task_id: TaskId | None = Field(None, description="the next dates of this task, or give a rule")
    recurrence: str | None = Field(None, description="daily, weekly, monthly, yearly or an RRULE")
    due_date: DueDate | None = Field(None, description="the first date")
    recurrence_mode: Literal["from_due", "from_completion", "skip_missed"] = "from_due"
    count: Annotated[int, Field(ge=1, le=MOST_DATES)] = 5

    @model_validator(mode="after")
    def _task_or_rule(self) -> "PreviewRecurrence":
        rule = self.recurrence is not None and self.due_date is not None
        if rule == (self.task_id is not None):
            raise ValueError("give either task_id, or recurrence and due_date")
        return self


class PreviewOut(Output):
    recurrence_text: str | None
    dates: list[str]


async def _preview(ctx: ToolContext, wanted: PreviewRecurrence) -> PreviewOut:
    if wanted.task_id is not None:
        task, found = await next_dates(
            ctx.context, ctx.caller.user_id, ctx.caller.timezone, wanted.task_id, wanted.count
        )
        text = task_out(task, ctx.timezone, ctx.origin, ctx.now).recurrence_text
        return PreviewOut(
            recurrence_text=text,
            dates=[moment_text(date_of(task, one), ctx.timezone) for one in found],
        )
    request = PreviewRequest.model_validate(
        wanted.model_dump(exclude={"task_id"}) | {"timezone": ctx.timezone}
    )
    shown_dates = await preview(request, ctx.caller, ctx.context)
    return PreviewOut(
        recurrence_text=shown_dates.recurrence_text,
        dates=[moment_text(one.due_date, ctx.timezone) for one in shown_dates.occurrences],
    )


class ListTags(ToolInput):
    pass


class TagCount(BaseModel):
    tag: str
    open: int
    completed: int


class TagsOut(Output):
    tags: list[TagCount]


async def _tags(ctx: ToolContext, _wanted: ListTags) -> TagsOut:
    async with ctx.context.db.reading() as connection:
        rows = await counting.tags(connection, ctx.caller.user_id)
    return TagsOut(tags=[TagCount(**row) for row in rows])


class GetOverview(ToolInput):
    pass


class Overview(Output):
    now: str
    timezone: str
    counts: Counts
    overdue: list[TaskOut] = Field(description="due before today; at most 50")
    today: list[TaskOut] = Field(description="open and due today; at most 50")


async def _overview(ctx: ToolContext, _wanted: GetOverview) -> Overview:
    start, end = start_of(today(ctx).isoformat(), ctx), end_of(today(ctx).isoformat(), ctx)
    if start is None or end is None:
        raise Invalid("The calendar ends here.")
    async with ctx.context.db.reading() as connection:
        counts = await counting.count(connection, ctx.caller.user_id, ctx.now, ctx.timezone)
        overdue = await overdue_tasks(ctx, connection, 50)
        due_today, _ = await queries.find(
            connection,
            ctx.caller.user_id,
            Search(due_from=start, due_to=end, timezone=ctx.caller.timezone),
        )
    return Overview(
        now=in_zone(ctx.now, ctx.timezone) or "",
        timezone=ctx.timezone,
        counts=Counts.model_validate(counts),
        overdue=listed(ctx, overdue),
        today=listed(ctx, due_today),
    )


def _tool(name: str, title: str, description: str, input_: Any, output: Any, run: Any) -> AnyTool:
    return Tool(
        name=name,
        title=title,
        description=description,
        input=input_,
        output=output,
        handler=run,
        scope=Scope.READ,
        read_only=True,
    )


READING: tuple[AnyTool, ...] = (
    _tool(
        "get_overview",
        "Overview of today",
        "What is overdue and due today, the counts of all lists, the current time and the user's time zone. A "
        "good first call.",
        GetOverview,
        Overview,
        _overview,
    ),
    _tool(
        "search_tasks",
        "Search tasks",
        "Find tasks by words, tag, project, status and due date. Done tasks and done occurrences have status "
        "completed. Open tasks that start later are left out unless `sleeping` is true.",
        SearchTasks,
        TasksOut,
        _search,
    ),
    _tool(
        "get_tasks",
        "Get tasks",
        "The current values of tasks by their ids.",
        GetTasks,
        TasksById,
        _get,
    ),
    _tool(
        "list_tasks_by_date",
        "List tasks by date",
        "Tasks due on a day or in a range of days of the user's time zone, in order of their due dates, also "
        "those that start later (`sleeping`).",
        ListByDate,
        TasksByDate,
        _by_date,
    ),
    _tool(
        "preview_recurrence",
        "Preview a recurrence",
        "The dates that a recurrence rule gives, or the next dates of a repeating task.",
        PreviewRecurrence,
        PreviewOut,
        _preview,
    ),
    _tool(
        "list_tags", "List tags", "All tags with their numbers of tasks.", ListTags, TagsOut, _tags
    ),
    HISTORY,
    *FETCHING,
)
