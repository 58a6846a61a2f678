"""Commands on projects, as those on tasks: each loads, lets the domain decide, saves and emits events."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from todo.accounts.caller import Caller
from todo.domain import project as domain
from todo.domain import task_changes
from todo.domain.errors import Conflict, Invalid, NotFound, StaleVersion
from todo.domain.events import ProjectChange, TaskChange, project_changed
from todo.domain.project import MOST_PROJECTS, Project, clean_name, name_key
from todo.domain.task import Status, Task
from todo.runtime.db.unit import Unit
from todo.tasks import commands, places
from todo.tasks.project_schemas import Move, NewProject, ProjectChanges, TasksOfDeleted
from todo.tasks.project_store import ProjectStore
from todo.tasks.repeated import Keyed, carried_out, remember
from todo.tasks.store import TaskStore
from todo.tasks.view import plain, project_data

FULL = f"An account has at most {MOST_PROJECTS} projects; delete one first."
_AT_A_TIME = 20


async def create_project(caller: Caller, wanted: NewProject, unit: Unit, now: datetime) -> Project:
    projects = ProjectStore(unit.connection)
    await projects.lock_lists(caller.user_id)
    known = await projects.every(caller.user_id)
    _require_room(known)
    _check_name(clean_name(wanted.name), known)
    [project] = await add_projects(caller, [wanted], known, unit, now)
    return project


def _require_room(known: Sequence[Project]) -> None:
    if len(known) >= MOST_PROJECTS:
        raise Conflict(FULL)


async def add_projects(
    caller: Caller,
    wanted: Sequence[NewProject],
    known: Sequence[Project],
    unit: Unit,
    now: datetime,
) -> list[Project]:
    """Add projects behind those that are `known`. There is room for them, and their names are new."""
    first = max((one.position for one in known), default=0) + 1
    added = [
        domain.create(
            id_=await unit.next_id("project"),
            user_id=caller.user_id,
            name=new.name,
            colour=new.colour,
            icon=new.icon,
            position=position,
            now=now,
        )
        for position, new in enumerate(wanted, start=first)
    ]
    await ProjectStore(unit.connection).add(added)
    for project in added:
        _emit(ProjectChange.CREATED, None, project, caller, unit, now)
    return added


async def create_project_once(
    caller: Caller, wanted: NewProject, request: Keyed | None, unit: Unit, now: datetime
) -> Project:
    """Create a project, or return the one that the same request with this Idempotency-Key created."""
    if request is None:
        return await create_project(caller, wanted, unit, now)
    project_id = await carried_out(caller.user_id, request, unit, "project_id")
    if project_id is not None:
        return await ProjectStore(unit.connection).owned_by(caller.user_id, project_id)
    project = await create_project(caller, wanted, unit, now)
    await remember(caller.user_id, request, project.id, unit, "project_id")
    return project


async def edit_project(
    caller: Caller,
    project_id: int,
    wanted: ProjectChanges,
    version: int | None,
    unit: Unit,
    now: datetime,
) -> Project:
    projects = ProjectStore(unit.connection)
    old = await _to_change(caller, project_id, unit)
    if version is not None and version != old.version:
        raise StaleVersion(
            f"The project has changed (it is at version {old.version}); load it again.", "If-Match"
        )
    changes = wanted.model_dump(exclude_unset=True)
    for required in ("name", "colour"):
        if required in changes and changes[required] is None:
            raise Invalid("This cannot be empty.", required)
    project = domain.edit(old, changes, now)
    if project.name != old.name:
        known = await projects.every(caller.user_id)
        _check_name(project.name, [one for one in known if one.id != project_id])
    return await _save(caller, old, project, unit, now)


def _check_name(name: str, others: Sequence[Project]) -> None:
    """`name` is clean."""
    same = next((one for one in others if name_key(one.name) == name_key(name)), None)
    if same is not None:
        where = ", in the archive" if same.archived_at else ""
        raise Conflict(f"There is already a project “{same.name}”{where}.", "name")


async def archive_project(caller: Caller, project_id: int, unit: Unit, now: datetime) -> Project:
    old = await _to_change(caller, project_id, unit)
    opened = await places.count_open(unit.connection, caller.user_id, project_id)
    return await _save(caller, old, domain.archive(old, opened, now), unit, now)


async def unarchive_project(caller: Caller, project_id: int, unit: Unit, now: datetime) -> Project:
    old = await _to_change(caller, project_id, unit)
    return await _save(caller, old, domain.unarchive(old, now), unit, now)


async def _to_change(caller: Caller, project_id: int, unit: Unit) -> Project:
    projects = ProjectStore(unit.connection)
    await projects.lock_lists(caller.user_id)
    return await projects.owned_by(caller.user_id, project_id, lock=True)


async def delete_project(
    caller: Caller, project_id: int, tasks: TasksOfDeleted, unit: Unit, now: datetime
) -> None:
    """Delete a project, and move its tasks to the Inbox or to the trash. `restore_project` undoes both."""
    projects = ProjectStore(unit.connection)
    old = await _to_change(caller, project_id, unit)
    moved = await TaskStore(unit.connection).of_project(caller.user_id, project_id)
    names = {old.id: old.name}
    async for task in _paced(moved, unit):
        if tasks == "inbox":
            changed = task_changes.edit(task, {"project_id": None}, now, caller.timezone)
            await commands.save_change(caller, task, changed, unit, now, names=names)
        else:
            gone = task_changes.delete(task, now)
            await commands.save_change(caller, task, gone, unit, now, TaskChange.DELETED)
    to_inbox = tuple(task.id for task in moved) if tasks == "inbox" else ()
    project = domain.delete(old, to_inbox, now)
    await projects.save(project)
    _emit(ProjectChange.DELETED, old, project, caller, unit, now)


async def restore_project(caller: Caller, project_id: int, unit: Unit, now: datetime) -> Project:
    """Undo a deletion: the tasks that are where it put them come back, in their order."""
    projects = ProjectStore(unit.connection)
    await projects.lock_lists(caller.user_id)
    old = await projects.find(caller.user_id, project_id, "FOR UPDATE")
    if old is None:
        raise NotFound("There is no such project.")
    if old.deleted_at is None:
        return old
    known = await projects.every(caller.user_id)
    _require_room(known)
    _check_name(old.name, known)
    project = domain.restore(old, now)
    await projects.save(project)
    store = TaskStore(unit.connection)
    found = {task.id: task for task in await store.by_ids(caller.user_id, old.moved_tasks)}
    numbers = {task_id: number for number, task_id in enumerate(old.moved_tasks, start=1)}
    names = {project_id: project.name}
    async for task in _paced([found[id_] for id_ in numbers if id_ in found], unit):
        # It may have been reopened there, and an archived project has no open tasks.
        fits = not (project.archived_at and task.status is Status.OPEN)
        if fits and task.project_id is None and task.deleted_at is None:
            placed = task_changes.place(task, project_id, numbers[task.id] * places.GAP, now)
            await commands.save_change(caller, task, placed, unit, now, names=names)
    trashed = await store.of_project(caller.user_id, project_id, trashed_at=old.deleted_at)
    async for task in _paced(trashed, unit):
        await commands.save_change(caller, task, task_changes.restore(task, now), unit, now)
    _emit(ProjectChange.UPDATED, old, project, caller, unit, now)
    return project


async def _paced(tasks: Sequence[Task], unit: Unit) -> AsyncIterator[Task]:
    """The tasks, with pauses in which other requests run. The statement tells the database that the transaction
    is in use: it ends one that is idle for 15 seconds."""
    for number, task in enumerate(tasks):
        if number % _AT_A_TIME == 0:
            await unit.connection.execute("SELECT")
        yield task


async def order_projects(caller: Caller, ids: Sequence[int], unit: Unit, now: datetime) -> None:
    """Set the order of the projects. Those that are not named follow, in the order they have."""
    projects = ProjectStore(unit.connection)
    await projects.lock_lists(caller.user_id)
    known = [project.id for project in await projects.every(caller.user_id)]
    if unknown := set(ids) - set(known):
        raise Invalid(f"There is no project {min(unknown)}.", "ids")
    ordered = list(dict.fromkeys((*ids, *known)))
    if ordered == known:
        return
    await projects.save_order(caller.user_id, ordered)
    unit.emit(
        *project_changed(
            ProjectChange.ORDERED,
            project_id=None,
            user_id=caller.user_id,
            data=None,
            by=caller.attribution,
            at=now,
            changes={"order": [known, ordered]},
        )
    )


async def move_task(caller: Caller, task_id: int, wanted: Move, unit: Unit, now: datetime) -> Task:
    """Put a task behind another one in the list of its project, or of another project."""
    await ProjectStore(unit.connection).lock_lists(caller.user_id)
    project = await commands.hold_project(caller, wanted.project_id, unit)
    old = await commands.to_change(caller, task_id, unit)
    named = "project_id" in wanted.model_fields_set
    project_id = wanted.project_id if named else old.project_id
    if project_id not in (None, old.project_id):
        domain.takes_tasks(project)
    position = await places.place_behind(
        unit.connection, caller.user_id, project_id, wanted.after, task_id
    )
    task = task_changes.place(old, project_id, position, now)
    return await commands.save_change(caller, old, task, unit, now)


async def _save(
    caller: Caller, old: Project, project: Project, unit: Unit, now: datetime
) -> Project:
    if project is not old:
        await ProjectStore(unit.connection).save(project)
        _emit(ProjectChange.UPDATED, old, project, caller, unit, now)
    return project


def _emit(
    change: ProjectChange,
    old: Project | None,
    project: Project,
    caller: Caller,
    unit: Unit,
    now: datetime,
) -> None:
    changes = {
        name: [plain(before), plain(after)]
        for name, (before, after) in domain.difference(old, project).items()
    }
    unit.emit(
        *project_changed(
            change,
            project_id=project.id,
            user_id=project.user_id,
            data=project_data(project),
            by=caller.attribution,
            at=now,
            changes=changes,
        )
    )
