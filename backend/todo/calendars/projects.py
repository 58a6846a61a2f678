"""The projects that a calendar file names. Those that do not exist are created."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from todo.accounts.caller import Caller
from todo.calendars.ical import Calendar, Unsupported
from todo.calendars.ical.model import PROJECT
from todo.domain.errors import Conflict, Invalid
from todo.domain.project import name_key
from todo.runtime.db.unit import Unit
from todo.tasks import commands, project_commands, project_queries
from todo.tasks.project_schemas import NewProject


@dataclass(frozen=True, slots=True)
class Projects:
    names: Mapping[int, str]
    usable: Mapping[str, int]

    def id_of(self, name: str | None) -> int | None:
        """None for a project that takes no tasks."""
        return None if name is None else self.usable.get(name_key(name))


async def projects_of(
    caller: Caller, calendar: Calendar, report: list[Unsupported], unit: Unit, now: datetime
) -> Projects:
    """What cannot be used is added to `report`; its new tasks are imported into the Inbox."""
    existing = await project_queries.every(unit.connection, caller.user_id)
    names = {project.id: project.name for project in existing}
    usable: dict[str, int] = {}
    named = {name_key(todo.project): todo.project for todo in calendar.todos if todo.project}
    for project in existing:
        # Locked, so that it is not deleted before its tasks are written.
        if (key := name_key(project.name)) in named:
            del named[key]
            try:
                await commands.require_project(caller, project.id, unit)
            except Invalid as refusal:
                report.append(Unsupported(None, None, PROJECT, refusal.message))
            else:
                usable[key] = project.id
    try:
        for key, name in named.items():
            wanted = NewProject(name=name)
            made = await project_commands.create_project(caller, wanted, unit, now)
            usable[key], names[made.id] = made.id, made.name
    except Conflict as refusal:  # there are too many
        report.append(Unsupported(None, None, PROJECT, refusal.message))
    return Projects(names, usable)
