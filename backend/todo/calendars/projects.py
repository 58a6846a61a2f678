"""The projects that a calendar file names. Those that do not exist are created."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from todo.accounts.caller import Caller
from todo.calendars.ical import Calendar, Unsupported
from todo.calendars.ical.model import PROJECT
from todo.domain.errors import DomainError
from todo.domain.project import name_key
from todo.runtime.db.unit import Unit
from todo.tasks import project_commands, project_queries
from todo.tasks.project_schemas import NewProject


@dataclass(frozen=True, slots=True)
class Projects:
    names: Mapping[int, str]
    by_key: Mapping[str, int]

    def id_of(self, name: str | None) -> int | None:
        """None, the Inbox, also for a project that takes no tasks."""
        return None if name is None else self.by_key.get(name_key(name))


async def projects_of(
    caller: Caller, calendar: Calendar, report: list[Unsupported], unit: Unit, now: datetime
) -> Projects:
    """What cannot be used is added to `report`; its tasks are imported into the Inbox."""
    existing = await project_queries.every(unit.connection, caller.user_id)
    names = {project.id: project.name for project in existing}
    by_key = {name_key(one.name): one.id for one in existing if one.archived_at is None}
    archived = {name_key(one.name) for one in existing} - by_key.keys()
    for name in dict.fromkeys(todo.project for todo in calendar.todos if todo.project):
        key = name_key(name)
        if key in by_key:
            continue
        if key in archived:
            reason = f"“{name}” is archived here; its tasks are in the Inbox."
            report.append(Unsupported(None, None, PROJECT, reason))
            continue
        try:
            wanted = NewProject(name=name)
            made = await project_commands.create_project(caller, wanted, unit, now)
        except DomainError as error:
            report.append(Unsupported(None, None, PROJECT, error.message))
            break
        by_key[key], names[made.id] = made.id, made.name
    return Projects(names, by_key)
