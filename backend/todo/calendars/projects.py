"""The projects that a calendar file names. Those that do not exist are created."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from todo.accounts.caller import Caller
from todo.calendars.ical import Calendar, Unsupported
from todo.calendars.ical.model import PROJECT
from todo.domain.errors import Invalid
from todo.domain.project import MOST_PROJECTS, Project, fitting, name_key, takes_tasks
from todo.domain.task import Task
from todo.runtime.db.unit import Unit
from todo.tasks import project_commands, project_queries
from todo.tasks.project_schemas import NewProject


@dataclass(frozen=True, slots=True)
class Projects:
    """The projects of the user during an import, in which no other request changes them."""

    # Also the deleted ones.
    by_id: Mapping[int, Project]
    # The projects that the file names and that take tasks.
    usable: Mapping[str, int]
    # Of the projects that are not deleted.
    names: Mapping[int, str]
    # Also of the deleted ones, as the history shows them.
    all_names: Mapping[int, str]

    def id_of(self, name: str | None) -> int | None:
        """None for a project that takes no tasks."""
        return None if name is None else self.usable.get(name_key(name))

    def fitting(self, task: Task) -> Task:
        """The task, in the Inbox if its project takes it no more."""
        return fitting(task, self.by_id[task.project_id]) if task.project_id else task


async def projects_of(
    caller: Caller, calendar: Calendar, report: list[Unsupported], unit: Unit, now: datetime
) -> Projects:
    """What cannot be used is added to `report`; its new tasks are imported into the Inbox."""
    stored = await project_queries.locked(unit.connection, caller.user_id)
    existing = {name_key(one.name): one for one in stored if one.deleted_at is None}
    named = {name_key(todo.project): todo.project for todo in calendar.todos if todo.project}
    usable: dict[str, int] = {}
    for key, project in existing.items():
        if key not in named:
            continue
        try:
            usable[key] = takes_tasks(project).id
        except Invalid as refusal:
            report.append(Unsupported(None, None, PROJECT, refusal.message))
    missing = [NewProject(name=name) for key, name in named.items() if key not in existing]
    room = max(MOST_PROJECTS - len(existing), 0)
    if len(missing) > room:
        report.append(Unsupported(None, None, PROJECT, project_commands.FULL))
    made = await project_commands.add_projects(
        caller, missing[:room], [*existing.values()], unit, now
    )
    usable |= {name_key(project.name): project.id for project in made}
    return Projects(
        by_id={project.id: project for project in (*stored, *made)},
        usable=usable,
        names={project.id: project.name for project in (*existing.values(), *made)},
        all_names={project.id: project.name for project in (*stored, *made)},
    )
