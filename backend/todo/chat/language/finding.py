"""Finds the tasks that a target means, by `search_tasks`."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from todo.chat.language.dates import Today
from todo.chat.language.matching import FoundTask, choose, places
from todo.chat.language.requests import Action, Call, Target
from todo.chat.language.words import stems

Found = Generator[Call, Mapping[str, Any], tuple[list[FoundTask], bool]]

TRASH: Final = "\x00trash"
_PAGE: Final = 200
# Of more tasks a change would be too long to look through.
_MOST_PAGES: Final = 5


def find(
    target: Target,
    today: Today,
    recent: Sequence[tuple[int, str]],
    action: Action | None = None,
) -> Found:
    """The tasks, and whether all were looked at."""
    if target.pronoun or target.ordinals or target.rest:
        return (yield from _recent(target, today, recent))
    status = _status(target, action)
    if TRASH in target.tags:
        target = replace(target, tags=())
    query = _query(target)
    # Lists leave out what starts later; a change, or who asks for words or dates, means it too.
    sleeping = action is not None or bool(target.words or target.period)
    tasks, complete = yield from _search(target, today, status, query, sleeping=sleeping)
    chosen = choose(target, tasks)
    if not chosen and query:
        # Perhaps a typing error, in the words or in the title.
        tasks, complete = yield from _search(target, today, status, None, sleeping=sleeping)
        chosen = choose(target, tasks)
    if not chosen and action is None and target.words and status != "all":
        tasks, complete = yield from _search(target, today, "all", query)
        chosen = choose(replace(target, completed=False), tasks)
    return chosen, complete


def _status(target: Target, action: Action | None) -> str:
    if TRASH in target.tags or action is Action.RESTORE:
        return "trash"
    if target.completed or action is Action.REOPEN:
        return "completed"
    return "all" if action in (Action.HISTORY,) else "open"


def _query(target: Target) -> str | None:
    """The longest word, shortened to what its forms share; the rest is compared here."""
    if not target.words or target.mentioned or (target.several and not target.exact):
        return None
    if target.exact:
        return target.words[:100]
    longest = max(stems(target.words), key=len, default="")
    return longest.removesuffix("y")[:60] if len(longest) > 2 else None


def _search(
    target: Target, today: Today, status: str, query: str | None, *, sleeping: bool = False
) -> Found:
    arguments: dict[str, Any] = {"status": status, "limit": _PAGE}
    if sleeping and status == "open":
        arguments["sleeping"] = True
    if query:
        arguments["query"] = query
    if len(target.tags) == 1:
        arguments["tag"] = target.tags[0]
    if target.project is not None:
        arguments["project"] = str(target.project.id or "inbox")
    if target.period is not None and status != "completed":
        if target.period.start is not None:
            arguments["due_from"] = target.period.start.astimezone(today.zone).isoformat()
        if target.period.end is not None:
            last = target.period.end.astimezone(today.zone) - timedelta(days=1)
            arguments["due_to"] = last.date().isoformat()
    found: list[FoundTask] = []
    for _ in range(_MOST_PAGES):
        result = yield Call("search_tasks", dict(arguments))
        found += (FoundTask.read(task, today.zone) for task in result.get("tasks") or ())
        if not result.get("next_cursor"):
            return found, True
        arguments["cursor"] = result["next_cursor"]
    return found, False


def _recent(target: Target, today: Today, recent: Sequence[tuple[int, str]]) -> Found:
    """The tasks of the answer before, by their place."""
    if target.ordinals:
        ids = [recent[place][0] for place in places(target.ordinals, len(recent))]
    else:
        ids = [id_ for id_, _ in recent]
    if not ids:
        return [], True
    result = yield Call("get_tasks", {"ids": ids[:_PAGE]})
    tasks = [FoundTask.read(task, today.zone) for task in result.get("tasks") or ()]
    return choose(replace(target, words=""), tasks), True
