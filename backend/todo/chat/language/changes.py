"""The arguments of the tools that change tasks, one entry per task; or a sentence that says what is missing."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from todo.chat.language.dates import LENGTH, Today, read_length, read_when
from todo.chat.language.matching import FoundTask
from todo.chat.language.requests import Action, Change
from todo.domain import quick_add
from todo.domain.recurrence import to_utc

Entry = dict[str, Any]
_MORNING: Final = time(9)


def arguments_for(request: Change, tasks: Sequence[FoundTask], today: Today) -> list[Entry] | str:
    entries: list[Entry] = []
    if request.action is Action.FILE and len(tasks) > 1:
        tasks = [task for task in tasks if task.project_id != int(request.value)] or tasks[:1]
    for task in tasks:
        entry = _entry(request, task, today)
        if isinstance(entry, str):
            return entry
        entries.append({"task_id": task.id, **entry})
    return entries


def _entry(request: Change, task: FoundTask, today: Today) -> Entry | str:
    match request.action:
        case Action.COMPLETE:
            return _completed(request.value, today)
        case Action.MOVE | Action.POSTPONE:
            return _moved(request, task, today)
        case Action.RENAME:
            return {"title": request.value} if request.value else "What should it be called?"
        case Action.TAG | Action.UNTAG:
            return _tags(request, task)
        case Action.REMIND:
            return _reminders(request.value, task, today)
        case Action.SNOOZE:
            return _snoozed(request.value, today)
        case Action.REPEAT:
            return _repeated(request.value, task, today)
        case _:
            return _field(request, task, today)


def _field(request: Change, task: FoundTask, today: Today) -> Entry | str:
    """The changes of one plain field."""
    match request.action:
        case Action.PRIORITY:
            return {"priority": int(request.value)}
        case Action.DESCRIBE:
            return {"description": "\n".join(filter(None, (task.description, request.value)))}
        case Action.REDESCRIBE:
            none = request.value == "none"
            return {"clear": ["description"]} if none else {"description": request.value}
        case Action.CLEAR_DATE:
            return {"clear": ["due_date"]}
        case Action.START:
            return _started(request.value, today)
        case Action.FILE:
            return _filed(int(request.value), task)
        case _:
            return {}


def _completed(value: str, today: Today) -> Entry:
    if value.lower() in {"yesterday", "last night"}:
        return {
            "completed_at": (today.now - timedelta(days=1))
            .astimezone(today.zone)
            .isoformat(timespec="seconds")
        }
    return {}


def _moved(request: Change, task: FoundTask, today: Today) -> Entry | str:
    value = request.value
    if not value:
        return "Until when? Say for example: " + (
            f"postpone “{task.title}” until friday."
            if request.action is Action.POSTPONE
            else f"move “{task.title}” to friday."
        )
    if value[0] in "+-" and (length := read_length(value[1:])) is not None:
        if task.due_date is None:
            return f"“{task.title}” has no due date. Say to which day it moves, for example: move it to friday."
        wall = task.due_date.astimezone(today.zone).replace(tzinfo=None)
        wall = wall + length if value[0] == "+" else wall - length
        whole = task.all_day and not (length.hours or length.minutes)
        return {"due_date": wall.date().isoformat() if whole else _at(wall, today)}
    when = read_when(value, today)
    if when is None:
        return f"I do not understand the date “{value}”."
    if when.all_day and task.due_date is not None and not task.all_day:
        # The time of day stays.
        kept = task.due_date.astimezone(today.zone).timetz().replace(tzinfo=None)
        return {"due_date": _at(datetime.combine(when.wall.date(), kept), today)}
    if when.all_day:
        return {"due_date": when.wall.date().isoformat()}
    if not when.has_day and task.due_date is not None:
        day = task.due_date.astimezone(today.zone).date()
        return {"due_date": _at(datetime.combine(day, when.wall.time()), today)}
    return {"due_date": _at(when.wall, today)}


def _started(value: str, today: Today) -> Entry | str:
    if value == "none":
        return {"clear": ["start_date"]}
    when = read_when(value, today)
    if when is None:
        return f"I do not understand the date “{value}”."
    return {"start_date": when.wall.date().isoformat() if when.all_day else _at(when.wall, today)}


def _filed(project_id: int, task: FoundTask) -> Entry | str:
    if task.project_id == project_id:
        return f"“{task.title}” is there already."
    return {"project_id": project_id} if project_id else {"clear": ["project_id"]}


def _at(wall: datetime, today: Today) -> str:
    return to_utc(wall, today.timezone).astimezone(today.zone).isoformat()


def _tags(request: Change, task: FoundTask) -> Entry | str:
    named = re.findall(r"[\w/-]+", re.sub(r"\band\b", " ", request.value))
    if not named:
        return "Which tag? Say for example: tag the rent with #home."
    if request.action is Action.TAG:
        return {"tags": list(dict.fromkeys((*task.tags, *named)))}
    gone = {tag.casefold() for tag in named}
    if not gone & {tag.casefold() for tag in task.tags}:
        return f"“{task.title}” has no tag #{named[0]}."
    return {"tags": [tag for tag in task.tags if tag.casefold() not in gone]}


def _reminders(value: str, task: FoundTask, today: Today) -> Entry | str:
    if value == "none":
        return {"reminders": []}
    if not value:
        return f"When should I remind you of “{task.title}”? Say for example: 2 hours before, or tomorrow at 9."
    if re.fullmatch(r"when .*due|at the time|on time", value, re.IGNORECASE):
        return {"reminders": ["PT0S"]}
    said = re.sub(
        r"\b(?:beforehand|ahead|earlier|in advance)\b", "before", value, flags=re.IGNORECASE
    )
    if re.search(r"\bbefore\b", said, re.IGNORECASE):
        if task.due_date is None:
            return f"“{task.title}” has no due date, so there is no “before”. Say a day and a time."
        due = task.due_date.astimezone(today.zone)
        line = f"zq {due:%Y-%m-%d}{'' if task.all_day else f' at {due:%H:%M}'} remind me {said}"
        found = quick_add.parse(line, now=today.now, timezone=today.timezone)
        if not found.reminders:
            return f"I do not understand the time “{value}”."
        return {"reminders": list(found.reminders)}
    when = read_when(said, today)
    if when is None:
        return f"I do not understand the time “{value}”."
    wall = datetime.combine(when.wall.date(), _MORNING) if when.all_day else when.wall
    moment = to_utc(wall, today.timezone)
    if moment <= today.now:
        return "That time has already passed."
    return {"reminders": [moment.astimezone(UTC).isoformat().replace("+00:00", "Z")]}


def _snoozed(value: str, today: Today) -> Entry | str:
    if value.startswith("+") and (found := re.fullmatch(LENGTH, value[1:], re.IGNORECASE)):
        length = read_length(found[0])
        if length is not None:
            seconds = (today.now + length - today.now).total_seconds()
            return {"minutes": max(1, round(seconds / 60))}
    when = read_when(value, today)
    if when is None:
        return f"I do not understand the time “{value}”."
    wall = datetime.combine(when.wall.date(), _MORNING) if when.all_day else when.wall
    return {"until": _at(wall, today)}


def _repeated(value: str, task: FoundTask, today: Today) -> Entry | str:
    if value == "none":
        return {"clear": ["recurrence"]}
    found = quick_add.parse(f"zq {value}", now=today.now, timezone=today.timezone)
    if found.recurrence is None or found.due_date is None:
        return f"I do not understand the repetition “{value}”."
    entry: Entry = {"recurrence": found.recurrence, "recurrence_mode": str(found.recurrence_mode)}
    wall = found.due_date.astimezone(today.zone)
    if task.due_date is None:
        entry["due_date"] = wall.date().isoformat() if found.all_day else wall.isoformat()
    elif not found.all_day:
        entry["due_date"] = wall.isoformat()
    elif "BY" in found.recurrence:
        kept = time() if task.all_day else task.due_date.astimezone(today.zone).time()
        first = datetime.combine(wall.date(), kept)
        entry["due_date"] = wall.date().isoformat() if task.all_day else _at(first, today)
    return entry
