"""Requests and answers about projects."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field, StringConstraints

from todo.accounts.schemas import Input, Text, domain_check
from todo.domain.project import INBOX, MAX_NAME, MOST_PROJECTS, Colour, Project, clean_name
from todo.tasks.schemas import Count
from todo.tasks.view import project_data

ProjectId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Name = Annotated[
    Text,
    StringConstraints(max_length=MAX_NAME),
    domain_check(clean_name),
    Field(
        description="unlike the names of the other projects, in any case",
        json_schema_extra={"minLength": 1},
    ),
]
Icon = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=8),
    Field(description="an emoji, shown instead of the dot in the colour"),
]


class NewProject(Input):
    name: Name
    colour: Colour = Colour.GREY
    icon: Icon | None = None


class ProjectChanges(Input):
    name: Name | None = None
    colour: Colour | None = None
    icon: Icon | None = None


class ProjectOrder(Input):
    ids: Annotated[list[int], Field(min_length=1, max_length=MOST_PROJECTS)] = Field(
        description="the projects in their new order; those left out follow in the order they have"
    )


class ProjectItem(BaseModel):
    id: int
    name: str
    colour: Colour
    icon: str | None
    archived: bool
    open: Count = Field(description="its open tasks, without those that start later")
    version: int
    created_at: datetime
    updated_at: datetime


class ProjectPage(BaseModel):
    items: list[ProjectItem]
    next_cursor: str | None


TasksOfDeleted = Literal["inbox", "trash"]


class Move(Input):
    after: int | None = Field(
        ge=1, le=2**63 - 1, description="the task to stand behind; null: the first place"
    )
    project_id: int | None = Field(
        None, ge=1, le=2**63 - 1, description=f"null: the {INBOX}; absent: the task's own project"
    )


def shown(project: Project, opened: dict[str, Any]) -> dict[str, Any]:
    """A project as `ProjectItem`."""
    return {
        **project_data(project),
        "open": opened,
        "created_at": project.created_at,
        "updated_at": project.updated_at,
    }
