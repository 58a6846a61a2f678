"""The tools in memory, for the language of the local model: what a sentence changes, as one line of text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from todo.chat.language.dates import Today
from todo.chat.language.dialogue import respond
from todo.chat.language.requests import Answer, Call, Memory

# A Wednesday, 10:00 in Berlin.
TODAY = Today(datetime(2026, 12, 2, 9, 0, tzinfo=UTC), "Europe/Berlin")


def _task(id_: int, title: str, due: str | None = None, **more: Any) -> dict[str, Any]:
    whole = due is not None and len(due) == 10
    shown = due if due is None or whole else f"{due}:00+01:00"
    basic = {"id": id_, "title": title, "due_date": shown, "all_day": whole, "recurrence": None}
    rest = {"tags": [], "priority": 0, "description": None, "status": "open", "project_id": None}
    return {**basic, **rest, **more}


PROJECTS = [
    {"project_id": number, "name": name, "archived": False, "open": {"value": 1, "capped": False}}
    for number, name in enumerate(("Work", "Garden", "New kitchen"), 1)
]


def tasks() -> list[dict[str, Any]]:
    return [
        _task(1, "Pay rent", "2026-12-01", recurrence="monthly", tags=["home"]),
        _task(2, "Dentist", "2026-12-03T15:00", tags=["health"]),
        _task(
            3, "Water the plants", "2026-12-02", recurrence="weekly", tags=["home"], project_id=2
        ),
        _task(4, "Write report", "2026-12-04T17:00", tags=["work"], priority=1, project_id=1),
        _task(5, "Send report to Anna", "2026-12-07", tags=["work"], project_id=1),
        _task(6, "Buy milk", tags=["shopping"]),
        _task(7, "Call mom", "2026-12-03T18:00"),
        _task(8, "Delete old emails", "2026-12-03", tags=["work"]),
        _task(9, "Gym", "2026-12-02T18:30", recurrence="FREQ=WEEKLY;BYDAY=MO,WE,FR"),
        _task(10, "Renew passport", "2026-12-15", priority=1),
        _task(11, "Buy milk chocolate"),
        _task(12, "Clean kitchen", status="completed", completed_at="2026-12-01T20:00:00+01:00"),
        _task(13, "Old idea", status="trash"),
        _task(14, "Move the car", "2026-12-05"),
        _task(15, "Complete tax return", "2026-11-30", tags=["work"]),
        _task(16, "Order the cake", "2026-12-03"),
    ]


@dataclass
class Tools:
    """Answers calls like the tools of todo.assistant and notes every change."""

    tasks: list[dict[str, Any]] = field(default_factory=tasks)
    changes: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def call(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        match call.name:
            case "search_tasks":
                return {"tasks": self._search(call.arguments), "next_cursor": None}
            case "get_tasks":
                wanted = call.arguments["ids"]
                return {"tasks": [t for id_ in wanted for t in self.tasks if t["id"] == id_]}
            case "get_overview":
                return {"overdue": [], "today": []}
            case "list_projects":
                return {"inbox": {"value": 0}, "projects": PROJECTS}
            case "list_tags":
                return {"tags": [{"tag": "home", "open": 2, "completed": 0}]}
            case "get_history":
                return {"items": []}
            case "preview_recurrence":
                return {"dates": [], "recurrence_text": "every month"}
            case "undo_changes":
                self.changes.append("undo")
                return {"undone": [], "failures": []}
            case _:
                return self._change(call)

    def _search(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        status = wanted.get("status", "open")
        found = [t for t in self.tasks if status == "all" or t["status"] == status]
        if not wanted.get("sleeping") and not wanted.get("query") and status == "open":
            found = [t for t in found if not t.get("sleeping")]
        if query := wanted.get("query"):
            found = [t for t in found if query.casefold() in t["title"].casefold()]
        if project := wanted.get("project"):
            number = 0 if project == "inbox" else int(project)
            found = [t for t in found if (t["project_id"] or 0) == number]
        if tag := wanted.get("tag"):
            found = [t for t in found if tag in t["tags"]]
        return found

    def _change(self, call: Call) -> Mapping[str, Any]:
        wanted = call.arguments["tasks"]
        action = call.name.removesuffix("_tasks").removesuffix("_reminders")
        if call.name == "add_tasks":
            self.changes += (f"add {_fields(task)}" for task in wanted)
            applied = [_task(100 + n, **_new(task)) for n, task in enumerate(wanted)]
            self.tasks += applied
            return {"applied": applied, "batch_id": "b1"}
        named = {task["id"]: task["title"] for task in self.tasks}
        parts = [
            " ".join(filter(None, (f"“{named[t['task_id']]}”", _fields(t, without="task_id"))))
            for t in wanted
        ]
        proposed = call.name == "delete_tasks" or len(wanted) > 1
        prefix = "propose " if proposed else ""
        self.changes.append(f"{prefix}{action} {' + '.join(parts)}")
        if proposed:
            return {"applied": [], "proposal": {"rows": wanted}}
        applied = [task for task in self.tasks if task["id"] == wanted[0]["task_id"]]
        return {"applied": applied, "batch_id": "b1"}


def _new(task: Mapping[str, Any]) -> dict[str, Any]:
    return {**task, "due": None, "due_date": task.get("due_date")}


def _fields(values: Mapping[str, Any], without: str = "") -> str:
    return " ".join(
        f"{name}={_shown(value)}"
        for name, value in values.items()
        if name != without and not (name == "recurrence_mode" and value == "from_due")
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    text = str(value)
    return text.removesuffix(":00+01:00") if "T" in text else text


def run(message: str, memory: Memory, tools: Tools, today: Today = TODAY) -> Answer:
    steps = respond(message, memory, today)
    try:
        call = next(steps)
        while True:
            call = steps.send(tools.call(call))
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def outcome(
    message: str, memory: Memory | None = None, tasks: list[dict[str, Any]] | None = None
) -> str:
    """What the sentence changes; else whom it asks about, what it lists, or "says" for a plain answer.

    Of several messages, divided by ">>", it is what the last one does.
    """
    *before, message = message.split(" >> ")
    memory, tools = memory or Memory(), Tools(tasks) if tasks else Tools()
    for each in before:
        memory = run(each, memory, tools).memory
    tools = Tools(tools.tasks)
    answer = run(message, memory, tools)
    parts = list(tools.changes)
    if answer.memory.asked:
        parts.append("asks " + ", ".join(title for _, title in answer.memory.shown))
    elif answer.memory.offered:
        parts.append(f"offers {answer.memory.offered}")
    elif (
        not parts
        and answer.memory.shown
        and any(c.name in {"search_tasks", "get_tasks"} for c in tools.calls)
    ):
        parts.append("lists " + ", ".join(title for _, title in answer.memory.shown))
    return " | ".join(parts) or "says"
