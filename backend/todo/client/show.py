"""Tables for a terminal; in a pipe, lines of full length."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from todo.client import formatting
from todo.runtime import clock

_NOTHING = {
    "open": "Nothing to do.",
    "completed": "Nothing is completed yet.",
    "all": "There are no tasks yet.",
    "trash": "The trash is empty.",
}
_PREVIEWED = 3


def _console() -> Console:
    console = Console(highlight=False)
    # In a pipe, rich assumes 80 columns and would cut titles that another program reads.
    return console if console.is_terminal else Console(highlight=False, width=2000)


def tasks(
    items: list[Any], *, status: str, filtered: bool, home: str | None, now: datetime
) -> None:
    console = _console()
    if not items:
        console.print("No task matches." if filtered else _NOTHING[status])
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("ID", justify="right", no_wrap=True)
    table.add_column("Completed" if status == "completed" else "Due", no_wrap=True)
    table.add_column("Task", overflow="fold", ratio=None)
    # Leave out empty columns, to have more space for titles.
    repeats = any(item["recurrence_text"] for item in items)
    starting = any(_start(item, home, now) for item in items)
    tagged = any(item["tags"] for item in items)
    if repeats:
        table.add_column("Repeats")
    if starting:
        table.add_column("Starts")
    if tagged:
        table.add_column("Tags")
    for item in items:
        row = [Text(str(item["id"])), _date(item, status, home, now), _title(item)]
        if repeats:
            row.append(Text(formatting.printable(item["recurrence_text"] or "")))
        if starting:
            row.append(Text(_start(item, home, now)))
        if tagged:
            row.append(Text(" ".join(f"#{formatting.printable(tag)}" for tag in item["tags"])))
        table.add_row(*row)
    console.print(table)


def _date(item: dict[str, Any], status: str, home: str | None, now: datetime) -> Text:
    completed = status == "completed" and item["completed_at"]
    stamp = item["completed_at"] if completed else item["due_date"]
    if stamp is None:
        return Text("")
    zone, all_day = item["timezone"], bool(item["all_day"]) and not completed
    due = formatting.read_due(stamp, zone, all_day=all_day)
    late = not item["completed"] and formatting.is_overdue(due, home or zone, now=now)
    text = formatting.when(due, zone, now=now, home=home)
    return Text(text, style="red" if late else "")


def _start(item: dict[str, Any], home: str | None, now: datetime) -> str:
    """When a sleeping task starts; empty for the others."""
    zone, text = item["timezone"], item.get("start_date")
    if not text or item["completed"]:
        return ""
    start = formatting.read_due(text, zone, all_day=False)
    if not formatting.is_later(start, home or zone, now=now):
        return ""
    return formatting.when(start, zone, now=now, home=home)


def _title(item: dict[str, Any]) -> Text:
    title = Text(formatting.printable(item["title"]), style="dim" if item["completed"] else "")
    if formatting.priority(item["priority"]) == "high":
        title = Text("! ", style="bold red") + title
    if item["completed"]:
        title = Text("✓ ", style="green") + title
    return title


def preview(
    task: dict[str, Any], occurrences: list[Any], project: str | None, unclear: list[str]
) -> Iterator[str]:
    """The parsed task, one line per field, and the words that were not understood."""
    now, zone = clock.now(), task["timezone"]
    yield formatting.printable(task["title"])
    if task["due_date"]:
        due = formatting.read_due(task["due_date"], zone, all_day=task["all_day"])
        yield f"  due        {formatting.when(due, zone, now=now)}"
    if task.get("start_date"):
        start = formatting.read_due(task["start_date"], task["timezone"], all_day=False)
        yield f"  starts     {formatting.when(start, zone, now=now)}"
    if task["recurrence"]:
        dates = [
            formatting.day(
                formatting.read_due(o["due_date"], zone, all_day=task["all_day"]), zone, now=now
            )
            for o in occurrences
        ]
        text = f"  repeats    {task['recurrence_text']}"
        yield f"{text}: {', '.join(dates[:_PREVIEWED])} …" if dates else text
    if task["reminders"]:
        yield f"  reminders  {', '.join(formatting.reminder(spec) for spec in task['reminders'])}"
    if task["priority"]:
        yield f"  priority   {formatting.priority(task['priority'])}"
    if task["tags"]:
        yield f"  tags       {' '.join(f'#{formatting.printable(tag)}' for tag in task['tags'])}"
    if project:
        yield f"  project    {formatting.printable(project)}"
    if unclear:
        words = ", ".join(f"“{formatting.printable(text)}”" for text in unclear)
        yield f"  not understood, kept in the title: {words}"


def import_result(result: dict[str, Any]) -> None:
    console = _console()
    counts = (result[name] for name in ("created", "updated", "unchanged"))
    console.print("{} created, {} updated, {} unchanged.".format(*counts))
    if not result["unsupported"]:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Task", overflow="fold")
    table.add_column("Property", no_wrap=True)
    table.add_column("Not imported because")
    for loss in result["unsupported"]:
        cells = (loss["summary"] or "", loss["property"], loss["reason"])
        table.add_row(*(Text(formatting.printable(str(cell))) for cell in cells))
    console.print(table)
