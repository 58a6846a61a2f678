"""What a proposed change does, in words: to the repetition, to the reminders, and all of them together."""

from collections import Counter
from collections.abc import Iterable

from todo.assistant.changes import Changed
from todo.assistant.inputs import Change, Delete, Postpone, Reopen, Reschedule, Restore, Skip
from todo.assistant.outputs import due_in_zone
from todo.domain.task import Task
from todo.domain.task_schedule import rule_from_here
from todo.tasks.view import recurrence_text

_DONE = {
    "add": "Add",
    "update": "Change",
    "reschedule": "Move",
    "complete": "Complete",
    "reopen": "Reopen",
    "skip": "Skip",
    "postpone": "Postpone",
    "delete": "Delete",
    "restore": "Restore",
    "set_reminders": "Set the reminders of",
    "snooze": "Snooze",
}


def summary(actions: Iterable[str]) -> str:
    """For instance "Move 3 tasks, delete 1 task"."""
    parts = [
        f"{_DONE[action]} {number} task{'s' if number > 1 else ''}"
        for action, number in Counter(actions).items()
    ]
    first, *others = parts or ["Change nothing"]
    return ", ".join([first, *(part[0].lower() + part[1:] for part in others)])


def _repeats(task: Task) -> str | None:
    rule = rule_from_here(task)
    return f"Repeats {_lower(recurrence_text(rule, task.timezone))}." if rule else None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def series(change: Change, changed: Changed, timezone: str) -> str | None:
    before, after = changed.before, changed.after
    repeats = _repeats(after)
    repeated = _repeats(before) if before else None
    if repeats is None:
        return f"{repeated} It will not repeat any more." if repeated else None
    if before is None or repeated is None:
        return repeats
    match change:
        case Reschedule() | Postpone():
            return f"{repeats} The series is kept. Only this occurrence moves."
        case Delete():
            return f"{repeats} No further occurrence comes, unless it is restored."
        case Reopen() | Restore():
            return f"{repeats} The series is kept."
    if after.completed_at is not None and before.completed_at is None:
        return f"{repeats} {_following(change, changed, timezone)}"
    if repeats != repeated:
        return f"{repeats} Before: {_lower(repeated)}"
    moved = before.anchor != after.anchor
    return f"{repeats} The whole series moves." if moved else f"{repeats} The series is kept."


def _following(change: Change, changed: Changed, timezone: str) -> str:
    if changed.following is None:
        return "This was the last occurrence."
    day = due_in_zone(changed.after, changed.following.due, timezone)
    kind = "skipped" if isinstance(change, Skip) else "done"
    return f"The series is kept. When this one is {kind}, the next is due {day}."


def reminders(changed: Changed) -> str | None:
    before, after = changed.before, changed.after
    if after.deleted_at is not None or after.completed_at is not None:
        return "No more reminders for it."
    if before is not None and before.reminders != after.reminders:
        return f"Reminders: {_specs(after)}."
    if before is not None and before.due_date == after.due_date:
        return None
    if not after.reminders and (after.due_date is None or after.reminders is not None):
        return None
    return f"Reminders move with the date: {_specs(after)}." if before else None


def _specs(task: Task) -> str:
    if task.reminders is None:
        return "the default ones"
    return ", ".join(task.reminders) or "none"
