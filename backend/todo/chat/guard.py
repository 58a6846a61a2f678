"""Keeps a model from doing at once what the person did not ask for.

Titles, descriptions and tags may contain instructions, and a model may obey them. So a change runs at once only if
the person's own words ask for something and name the task; otherwise it becomes a proposal, which the person sees.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from todo.accounts.caller import Caller
from todo.assistant import store
from todo.assistant.tools import BY_NAME, AnyTool, ToolError
from todo.chat.language.clauses import collapse, polite
from todo.chat.language.words import stems
from todo.domain.errors import NotFound
from todo.runtime.context import Context
from todo.tasks import queries

# Changes at once per message; what comes after is proposed.
_MOST_AT_ONCE: Final = 3
_MOST_ADDED: Final = 10
_QUESTION: Final = re.compile(
    r"(?:what|which|who|when|where|why|how|is|are|was|were|do|does|did|am|show|list|find|search|tell|read|summari[sz]e|overview)\b",
    re.IGNORECASE,
)
# Words of orders and dates, which every title may contain.
_COMMON: Final = frozenset(
    stems(
        "tasks todos list all everything please today tomorrow week month day date due done complete finish mark "
        "delete remove move change update add create new set make rename reschedule postpone skip tag remind "
        "reminder snooze undo show what when next now first last process check do work help clean up or not "
        "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
        "january february march april may june july august september october november december "
        "jan feb mar apr jun jul aug sep oct nov dec"
    )
)
_TAKES_BACK: Final = re.compile(
    r"\b(?:undo|revert|roll(?:ing)? back|restore|(?:take|took|put|bring|change|switch) (?:\S+ ){0,4}back)\b",
    re.IGNORECASE,
)
_ACTIONS: Final = {
    "add_tasks": "add", "update_tasks": "update", "reschedule_tasks": "reschedule", "complete_tasks": "complete",
    "reopen_tasks": "reopen", "skip_tasks": "skip", "postpone_tasks": "postpone", "delete_tasks": "delete",
    "restore_tasks": "restore", "set_reminders": "set_reminders", "snooze_reminders": "snooze",
}  # fmt: skip


@dataclass
class Guard:
    context: Context
    caller: Caller
    # What the person said.
    message: str
    _changed: int = 0
    _added: int = 0

    async def checked(
        self, tool: AnyTool, arguments: Mapping[str, Any]
    ) -> tuple[AnyTool, Mapping[str, Any]]:
        """The call as it may be made: itself, or a proposal of the same changes. Raises ToolError."""
        if tool.name == "undo_changes":
            await self._check_undo(str(arguments.get("batch_id")))
        action = _ACTIONS.get(tool.name)
        items = arguments.get("tasks")
        if action is None or not isinstance(items, list) or await self._is_asked_for(action, items):
            return tool, arguments
        changes = [{**item, "action": action} if isinstance(item, dict) else item for item in items]
        return BY_NAME["propose_changes"], {"changes": changes}

    async def _check_undo(self, batch_id: str) -> None:
        """Only the person takes changes back, and only the last ones of this conversation."""
        if not _TAKES_BACK.search(collapse(self.message)):
            raise ToolError("The person did not ask to undo anything. Nothing was changed.")
        async with self.context.db.reading() as connection:
            newest = await store.newest_batch(connection, self.caller)
        if newest is None or str(newest) != batch_id.lower():
            raise ToolError(
                f"Only the last changes of this conversation can be undone here: {newest}."
                if newest
                else "There is nothing to undo in this conversation."
            )

    async def _is_asked_for(self, action: str, items: list[Any]) -> bool:
        if action == "delete" or (action != "add" and len(items) > 1):
            return True  # the tool itself proposes
        if _QUESTION.match(polite(self.message)) or self.message.rstrip().endswith("?"):
            return False
        if action == "add":
            self._added += len(items)
            return self._added <= _MOST_ADDED and all(
                self._names(str(item.get("title", ""))) for item in items if isinstance(item, dict)
            )
        self._changed += 1
        title = await self._title(items[0]) if items else None
        return title is not None and self._changed <= _MOST_AT_ONCE and self._names(title)

    def _names(self, title: str) -> bool:
        """Whether the person said a telling word of the title."""
        said = set(stems(self.message)) - _COMMON
        return bool(said & set(stems(title)))

    async def _title(self, item: Any) -> str | None:
        task_id = item.get("task_id") if isinstance(item, dict) else None
        if not isinstance(task_id, int) or not 0 < task_id < 2**63:
            return None
        try:
            async with self.context.db.reading() as connection:
                return (await queries.owned_by(connection, self.caller.user_id, task_id)).title
        except NotFound:
            return None
