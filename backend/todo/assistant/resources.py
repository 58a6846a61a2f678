"""Resources: lists that a client can attach without a tool call. Each is the answer of a reading tool."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from todo.assistant.tools import BY_NAME, ToolContext, ToolError, call
from todo.assistant.tools.reading import today


@dataclass(frozen=True, slots=True)
class Resource:
    uri: str
    name: str
    title: str
    description: str


RESOURCES = (
    Resource("todo://today", "today", "Today", "Open tasks due today, and the overdue ones"),
    Resource("todo://overdue", "overdue", "Overdue", "Open tasks due before today"),
    Resource("todo://upcoming", "upcoming", "Upcoming", "Open tasks due in the next 14 days"),
    Resource("todo://open", "open", "All open tasks", "Open tasks, the earliest due date first"),
    Resource("todo://completed", "completed", "Completed", "Done tasks, the latest first"),
    Resource("todo://tags", "tags", "Tags", "All tags with their numbers of tasks"),
)
TEMPLATES = (
    Resource("todo://task/{id}", "task", "A task", "One task by its id"),
    Resource("todo://tag/{tag}", "tag", "Tasks with a tag", "Open tasks with this tag"),
)


_MOST_DIGITS = 19  # of 2**63


class NoSuchResource(Exception):
    pass


async def read(uri: str, ctx: ToolContext) -> str:
    """The resource as JSON. Raises NoSuchResource."""
    name, arguments = _call(uri, ctx)
    try:
        answer = await call(BY_NAME[name], ctx, arguments)
    except ToolError as error:
        raise NoSuchResource(str(error)) from None
    if name == "get_tasks" and not answer.tasks:  # type: ignore[attr-defined]
        raise NoSuchResource("There is no such task.")
    return answer.model_dump_json()


def _call(uri: str, ctx: ToolContext) -> tuple[str, Mapping[str, Any]]:
    day = today(ctx)
    kind, _, rest = uri.removeprefix("todo://").partition("/")
    match kind, unquote(rest):
        case "today", "":
            return "list_tasks_by_date", {"overdue": True}
        case "overdue", "":
            return "search_tasks", {"due_to": (day - timedelta(days=1)).isoformat(), "limit": 200}
        case "upcoming", "":
            end = day + timedelta(days=14)
            start = day + timedelta(days=1)
            return "list_tasks_by_date", {"start": start.isoformat(), "end": end.isoformat()}
        case "open", "":
            return "search_tasks", {"limit": 200}
        case "completed", "":
            return "search_tasks", {"status": "completed"}
        case "tags", "":
            return "list_tags", {}
        case "tag", tag if tag:
            return "search_tasks", {"tag": tag}
        case "task", id_ if id_.isascii() and id_.isdigit() and len(id_) <= _MOST_DIGITS:
            return "get_tasks", {"ids": [int(id_)]}
    raise NoSuchResource("There is no such resource.")
