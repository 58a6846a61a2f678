"""Options of `todo add` as fields of the API. Words such as “tomorrow 9am” are parsed by the server."""

import re
from typing import TYPE_CHECKING, Any

import typer

from todo.client import formatting
from todo.client.errors import ClientError, Exit

if TYPE_CHECKING:
    from todo.client.api import Api

_ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_SHORTHANDS = {"daily", "weekly", "monthly", "yearly"}


def parsed_text(api: "Api", text: str, timezone: str | None) -> dict[str, Any]:
    """The task that the server reads in the text, shown before it is created."""
    parsed = api.post("/tasks/parse", without_none(text=text, timezone=timezone))
    task: dict[str, Any] = dict(parsed["task"])
    if parsed["spans"]:
        from todo.client import show

        unclear = _words(text, parsed["spans"], "unclear")
        projects = [word.removeprefix("+") for word in _words(text, parsed["spans"], "project")]
        project = projects[-1] if projects else None
        for line in show.preview(task, parsed["occurrences"], project, unclear):
            typer.echo(line)
    task.pop("recurrence_text", None)
    return task


def _words(text: str, spans: list[Any], kind: str) -> list[str]:
    """The words of a kind. "unclear" ones were not understood; they stay in the title."""
    return [text[span["start"] : span["end"]].strip() for span in spans if span["kind"] == kind]


def due_date(api: "Api", due: str | None, timezone: str | None) -> dict[str, Any]:
    if due is None:
        return {}
    if _ISO_DATE.fullmatch(due.strip()):
        return {"due_date": due.strip().upper().replace(" ", "T")}
    task = _phrase(api, due, timezone, {"date", "time"})
    if task is None or task["due_date"] is None:
        examples = "2026-11-30, 2026-11-30T09:00 or “tomorrow 9am”"
        raise ClientError(f"--due: “{due}” is not a date; try {examples}.", Exit.USAGE)
    return {key: task[key] for key in ("due_date", "all_day", "timezone")}


def start_date(api: "Api", start: str | None, timezone: str | None) -> dict[str, Any]:
    if start is None:
        return {}
    if _ISO_DATE.fullmatch(start.strip()):
        return {"start_date": start.strip().upper().replace(" ", "T")}
    task = _phrase(api, start, timezone, {"date", "time", "start"})
    found = task and (task.get("start_date") or _written(task["due_date"], task))
    if not found:
        examples = "2026-11-30, 2026-11-30T09:00 or “next monday”"
        raise ClientError(f"--start: “{start}” is not a date; try {examples}.", Exit.USAGE)
    return {"start_date": found}


def _written(due: str | None, task: dict[str, Any]) -> str | None:
    """A due date as a start date: a whole day as its date."""
    if due is None or not task["all_day"]:
        return due
    return formatting.read_due(due, task["timezone"], all_day=True).isoformat()


def recurrence(
    api: "Api", repeat: str | None, due: str | None, timezone: str | None
) -> dict[str, Any]:
    if repeat is None:
        return {}
    if repeat.strip().lower() in _SHORTHANDS or "FREQ=" in repeat.upper():
        return {"recurrence": repeat.strip()}
    task = _phrase(api, repeat, timezone, {"recurrence", "time"})
    if task is None or task["recurrence"] is None:
        examples = "weekly, “every 2 weeks” or FREQ=MONTHLY;BYMONTHDAY=-1"
        raise ClientError(f"--repeat: “{repeat}” is not a repeat rule; try {examples}.", Exit.USAGE)
    rule = {name: task[name] for name in ("recurrence", "recurrence_mode")}
    # “every Monday at 9” names a first date; --due overrides it.
    start = () if due else ("due_date", "all_day", "timezone")
    return rule | {name: task[name] for name in start}


def _phrase(api: "Api", text: str, timezone: str | None, kinds: set[str]) -> dict[str, Any] | None:
    """The task that a phrase means; None if a part of it is not of these kinds."""
    parsed = api.post("/tasks/parse", without_none(text=text, timezone=timezone))
    rest = list(text)
    for span in parsed["spans"]:
        if span["kind"] not in kinds:
            return None
        rest[span["start"] : span["end"]] = " " * (span["end"] - span["start"])
    return None if "".join(rest).strip() else dict(parsed["task"])


def reminders(remind: list[str] | None) -> dict[str, Any]:
    if remind is None:
        return {}
    chosen = [text for text in remind if text.strip().lower() != "none"]
    return {"reminders": [formatting.read_reminder(text) for text in chosen]}


def priority_of(priority: str | None) -> dict[str, Any]:
    if priority is None:
        return {}
    number = formatting.read_priority(priority)
    if number is None:
        raise ClientError(
            f"--priority: “{priority}” is not one of high, medium, low, none or 0 to 9.", Exit.USAGE
        )
    return {"priority": number}


def project_id(api: "Api", name: str | None) -> dict[str, Any]:
    """The field of a new task. The Inbox needs none."""
    if name is None or _is_inbox(name):
        return {}
    return {"project_id": _project(api, name)}


def project_filter(api: "Api", name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    return {"project": "inbox" if _is_inbox(name) else _project(api, name)}


def _is_inbox(name: str) -> bool:
    return name.strip().casefold() == "inbox"


def _project(api: "Api", name: str) -> int:
    found = api.get("/projects")["items"]
    for project in found:
        if project["name"].casefold() == name.strip().casefold():
            return int(project["id"])
    known = ", ".join(f"“{formatting.printable(project['name'])}”" for project in found)
    there_are = f"there are {known}" if found else "there are no projects"
    raise ClientError(f"--project: “{name}” is not a project; {there_are}.", Exit.USAGE)


def without_none(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
