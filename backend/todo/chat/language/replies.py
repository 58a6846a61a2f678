"""The sentences of the local model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from todo.chat.language.dates import Today
from todo.chat.language.finding import TRASH
from todo.chat.language.matching import FoundTask
from todo.chat.language.requests import Action, Change, Project, Show, Target

Result = Mapping[str, Any]
NOTHING_SAID: Final = "I did not understand that. Say “help” for what I can do."
OTHERS: Final = (
    "I do not know which other tasks you mean, so nothing was changed. Say their titles, or let me list tasks first: "
    "say for example “what is due today”."
)
_MOST_LISTED: Final = 20
_DONE: Final = {
    Action.COMPLETE: "Completed", Action.REOPEN: "Reopened", Action.SKIP: "Skipped", Action.MOVE: "Moved",
    Action.POSTPONE: "Postponed", Action.RENAME: "Renamed", Action.DELETE: "Deleted", Action.RESTORE: "Restored",
    Action.TAG: "Tagged", Action.UNTAG: "Changed the tags of", Action.PRIORITY: "Changed the priority of",
    Action.REMIND: "Set the reminders of", Action.SNOOZE: "Snoozed", Action.REPEAT: "Changed the repetition of",
    Action.DESCRIBE: "Changed the description of", Action.CLEAR_DATE: "Removed the due date of",
    Action.REDESCRIBE: "Changed the description of", Action.START: "Changed the start date of", Action.FILE: "Changed the project of",
}  # fmt: skip
_VERB: Final = {
    Action.COMPLETE: "complete", Action.REOPEN: "reopen", Action.SKIP: "skip", Action.MOVE: "move",
    Action.POSTPONE: "postpone", Action.RENAME: "rename", Action.DELETE: "delete", Action.RESTORE: "restore",
    Action.REMIND: "remind you of", Action.SNOOZE: "snooze", Action.HISTORY: "look up",
    Action.NEXT_DATES: "look up",
}  # fmt: skip


def day_and_time(due: datetime | None, all_day: bool, today: Today) -> str:
    if due is None:
        return "no due date"
    wall = due.astimezone(today.zone)
    days = (wall.date() - today.day).days
    day = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if day is None:
        day = f"{wall:%A}, {wall.day} {wall:%B}" + (
            "" if wall.year == today.day.year else f" {wall.year}"
        )
    return day if all_day else f"{day} at {wall:%H:%M}"


def _read_due(text: str, today: Today) -> datetime:
    """An all-day date begins at midnight in the user's zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=today.zone)


def _of(task: Mapping[str, Any], today: Today) -> str:
    return line(FoundTask.read(task, today.zone), today)


def line(task: FoundTask, today: Today) -> str:
    extra = [day_and_time(task.due_date, task.all_day, today)] if task.due_date else []
    if task.starts:
        extra.append(f"starts {day_and_time(task.starts, True, today)}")
    if task.recurrence:
        extra.append("repeats")
    extra += (f"#{tag}" for tag in task.tags)
    return f"“{task.title}”" + (f" ({', '.join(extra)})" if extra else "")


def _bullets(tasks: Sequence[FoundTask], today: Today) -> str:
    shown = [
        f"{number}. {line(task, today)}" for number, task in enumerate(tasks[:_MOST_LISTED], 1)
    ]
    if len(tasks) > _MOST_LISTED:
        shown.append(f"… and {len(tasks) - _MOST_LISTED} more.")
    return "\n".join(shown)


def added(result: Result, today: Today) -> str:
    tasks = list(result.get("applied") or ())
    parts = []
    if len(tasks) == 1:
        parts.append(f"Added {_of(tasks[0], today)}.")
        if tasks[0].get("recurrence_text"):
            parts.append(f"It repeats {tasks[0]['recurrence_text']}.")
        if start := tasks[0].get("start_date"):
            day = day_and_time(_read_due(start, today), "T" not in start, today)
            parts.append(f"Lists show it from {day} on.")
    elif tasks:
        parts.append(f"Added {len(tasks)} tasks: {', '.join(_of(task, today) for task in tasks)}.")
    return " ".join((*parts, *_failures(result))) or str(
        result.get("message") or result.get("error")
    )


def changed(request: Change, result: Result, today: Today) -> str:
    proposal = result.get("proposal")
    if proposal:
        # The answer is read again after the approval, so it says nothing about the state.
        return " ".join(("Here is what I would change.", *_failures(result)))
    tasks = list(result.get("applied") or ())
    parts = [f"{_DONE[request.action]} {_of(task, today)}." for task in tasks]
    if len(tasks) == 1 and tasks[0].get("next_due_date"):
        following = _read_due(tasks[0]["next_due_date"], today)
        parts.append(f"Next: {day_and_time(following, bool(tasks[0].get('all_day')), today)}.")
    return " ".join((*parts, *_failures(result))) or str(
        result.get("error") or "Nothing was changed."
    )


def _failures(result: Result) -> list[str]:
    return [f"Not done: {each['title']}: {each['detail']}" for each in result.get("failures") or ()]


def undone(result: Result) -> str:
    if result.get("error"):
        return str(result["error"])
    titles = [f"“{task['title']}”" for task in result.get("undone") or ()]
    said = (
        [f"Undone: {', '.join(titles[:10])}{' and more' if len(titles) > 10 else ''}."]
        if titles
        else []
    )
    return " ".join((*said, *_failures(result))) or "Nothing was undone."


def listed(request: Show, tasks: Sequence[FoundTask], complete: bool, today: Today) -> str:
    what = described(request.target)
    if not tasks:
        return f"There {'are' if request.target.several else 'is'} no {what}."
    more = "" if complete else " There are more than I looked through."
    if request.count:
        return (
            f"{len(tasks)} {what if len(tasks) != 1 else what.replace('tasks', 'task', 1)}.{more}"
        )
    if len(tasks) == 1:
        only = tasks[0]
        due = day_and_time(only.due_date, only.all_day, today)
        return (
            f"{line(_without_date(only), today)}: {due if only.due_date is None else f'due {due}'}."
        )
    return f"{len(tasks)} {what}:{more}\n{_bullets(tasks, today)}"


def _without_date(task: FoundTask) -> FoundTask:
    return replace(task, due_date=None)


def described(target: Target) -> str:
    """ "open tasks with #home, due this week"."""
    trash = TRASH in target.tags
    parts = ["deleted tasks" if trash else "completed tasks" if target.completed else "open tasks"]
    if target.words:
        parts.append(f"that match “{target.words}”")
    if target.project is not None:
        parts.append(f"in {target.project.name}")
    parts += (f"with #{tag}" for tag in target.tags if tag != TRASH)
    if target.priority is not None:
        parts.append("with that priority")
    if target.repeating:
        parts.append("that repeat")
    if target.period is not None:
        name = target.period.name
        parts.append(
            name
            if target.period.undated
            else f"due {name}"
            if name not in {"overdue", "late"}
            else "that are overdue"
        )
    return " ".join(parts)


def which(request: Change, tasks: Sequence[FoundTask], today: Today) -> str:
    verb = _VERB.get(request.action, "change")
    return (
        f"{len(tasks)} tasks match. Which one do you want to {verb}? Say its number, “all” for all of them, or its "
        f"title.\n{_bullets(tasks, today)}"
    ).replace("do you want to remind you of", "should I remind you of")


def none_found(request: Change, recent: Sequence[tuple[int, str]]) -> str:
    if request.target.rest:
        return OTHERS
    if request.target.pronoun or request.target.ordinals:
        return "I do not know which task you mean. Say its title, for example in quotes."
    nothing = f"I found no {described(_state_of(request))}, so nothing was changed."
    if request.target.words and request.action in (Action.COMPLETE, Action.MOVE, Action.REMIND):
        return f"{nothing} To add it, say: add {request.target.words}."
    return f"{nothing} Say “show all tasks” to see the titles."


def unknown_exception(exception: Target) -> str:
    named = f"task “{exception.words}”" if exception.words else "such task"
    return f"I found no {named} to leave out, so nothing was changed. Say the title of the task to leave out."


def _state_of(request: Change) -> Target:
    if request.action is Action.RESTORE:
        return replace(request.target, tags=(*request.target.tags, TRASH))
    return replace(
        request.target, completed=request.target.completed or request.action is Action.REOPEN
    )


def offer(text: str) -> str:
    return (
        f"I am not sure what to do with that. Shall I add “{text}” as a task? Say “yes” to add it, or “help” for "
        "what else I can do."
    )


def overview(result: Result, today: Today) -> str:
    if result.get("error"):
        return str(result["error"])
    parts = []
    for name, key in (("Overdue", "overdue"), ("Today", "today")):
        tasks = [FoundTask.read(task, today.zone) for task in result.get(key) or ()]
        parts.append(
            f"{name}: {len(tasks) or 'nothing'}" + (f"\n{_bullets(tasks, today)}" if tasks else ".")
        )
    return "\n".join(parts)


def tags(result: Result) -> str:
    names = [f"#{each['tag']} ({each['open']} open)" for each in result.get("tags") or ()]
    return (
        f"Your tags: {', '.join(names)}."
        if names
        else "There are no tags yet. Say for example: tag the rent with #home."
    )


def known_projects(result: Result) -> list[Project]:
    """Those that take tasks."""
    every = result.get("projects") or ()
    return [Project(int(e["project_id"]), str(e["name"])) for e in every if not e.get("archived")]


def projects(result: Result) -> str:
    names = [
        f"{each['name']} ({each['open']['value']} open)" for each in result.get("projects") or ()
    ]
    return f"Your projects: {', '.join(names)}." if names else "There are no projects yet."


def next_dates(task: FoundTask, result: Result, today: Today) -> str:
    dates = [_read_due(each, today) for each in result.get("dates") or ()]
    shown = "; ".join(day_and_time(each, task.all_day, today) for each in dates)
    rule = result.get("recurrence_text")
    now = day_and_time(task.due_date, task.all_day, today)
    return f"“{task.title}” repeats {rule}: due {now}, then {shown or 'no more'}."


def history(task: FoundTask, result: Result) -> str:
    items = [
        f"- {each['at'][:16].replace('T', ' ')}: {each['event']} ({each['actor']})"
        for each in result.get("items") or ()
    ]
    return f"History of “{task.title}”:\n" + ("\n".join(items) or "nothing yet.")
