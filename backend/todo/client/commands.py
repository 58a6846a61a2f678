"""`todo add`, `list`, `done`, …: what a person types.

HTTP, settings and tables are imported when a command runs, so that --help is quick.
"""

import functools
import json as json_format
import re
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from todo.client import formatting
from todo.client.errors import ClientError, Exit
from todo.runtime import clock

if TYPE_CHECKING:
    from todo.client.api import Api

_PANEL = "Your tasks"
_ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_SHORTHANDS = {"daily", "weekly", "monthly", "yearly"}
_PAGE = 200

Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="The server. Else TODO_URL, else the last `todo login`.", show_default=False
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", help="Access token. Else TODO_TOKEN, else that login's.", show_default=False
    ),
]
Id = Annotated[
    list[int], typer.Argument(help="The numbers that `todo list` shows.", metavar="ID...", min=1)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


class Status(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    ALL = "all"
    TRASH = "trash"


def register(app: typer.Typer) -> None:
    """Add the person's commands to the program."""
    commands: dict[str, Callable[..., None]] = {
        "login": login,
        "add": add,
        "list": list_tasks,
        "done": done,
        "reopen": reopen,
        "import": import_file,
    }
    for name, command in commands.items():
        app.command(name, rich_help_panel=_PANEL)(_in_one_line(command))


def _in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is said in one line on stderr; the exit code says which kind it is."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ClientError as error:
            typer.echo(f"todo: {error.message}", err=True)
            raise typer.Exit(error.code) from None

    return run


def _open(url: str | None, token: str | None) -> "Api":
    from todo.client.api import Api
    from todo.client.settings import choose_connection

    return Api(choose_connection(url, token))


# ── Logging in ────────────────────────────────────────────────────────────────────────────────────


def login(
    url: Url = None,
    email: Annotated[str | None, typer.Option(help="Asked for when not given.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    token: Annotated[
        str | None, typer.Option(help="Keep this access token instead of making one.")
    ] = None,
) -> None:
    """Log in at a server and keep an access token for it on this machine.

    The token appears in the settings of your account, where you can revoke it. It is kept, readable for you
    only, in $XDG_CONFIG_HOME/todo/config.toml (or ~/.config/todo/config.toml).
    """
    from todo.client.settings import save_login

    with _open(url, token) as api:
        server = api.connection.url
    if token is None:
        typer.echo(f"Logging in at {server}")
        email = email or typer.prompt("Email")
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = typer.prompt("Password", hide_input=True)
        token = _new_token(server, email, password)
    me = _me(server, token)
    file = save_login(server, token)
    typer.echo(f"Logged in as {me['email']}. The token is in {file}.")


def _new_token(server: str, email: str | None, password: str) -> str:
    import platform

    from todo.client.api import Api
    from todo.client.settings import Connection

    with Api(Connection(server, None)) as session:
        session.post("/auth/login", {"email": email, "password": password})
        try:
            made = session.post(
                "/tokens", {"name": f"todo on {platform.node()}"[:100], "scope": "write"}
            )
        finally:
            session.post("/auth/logout")  # the token is enough from here on
    return str(made["token"])


def _me(server: str, token: str) -> Any:
    from todo.client.api import Api
    from todo.client.settings import Connection

    with Api(Connection(server, token)) as api:
        return api.get("/me")


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


def add(
    text: Annotated[list[str], typer.Argument(help="What to do.", metavar="TEXT")],
    due: Annotated[
        str | None, typer.Option(help="2026-11-30, 2026-11-30T09:00, or words: “tomorrow 9am”.")
    ] = None,
    repeat: Annotated[
        str | None,
        typer.Option(help="daily, weekly, monthly, yearly, an RRULE, or words: “every 2 weeks”."),
    ] = None,
    remind: Annotated[
        list[str] | None,
        typer.Option(help="How long before: 1d, 2h, P1D; or a moment; or none. Repeatable."),
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="high, medium, low, none; or 0 to 9.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Repeatable.")] = None,
    description: Annotated[str | None, typer.Option(help="More about it.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA name, such as Europe/Berlin. Else your account's.")
    ] = None,
    literal: Annotated[
        bool, typer.Option("--literal", help="Take the text as it is: no dates or tags in it.")
    ] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Add a task.

    Without any option the text may say it all:

        todo add "Pay rent every month on the 31st at 9 remind 1d #home"

    What was understood is shown. With an option the text is the title as it stands.
    """
    title = " ".join(text).strip()
    if not title:
        raise ClientError("A task needs a title.", Exit.USAGE)
    options = (due, repeat, remind, priority, tag, description)
    understand = not literal and all(option is None for option in options)
    with _open(url, token) as api:
        if understand:
            wanted = _understood(api, title, timezone)
        else:
            wanted = {"title": title, "timezone": timezone, "description": description, "tags": tag}
            wanted |= _repeat(api, repeat, due, timezone) | _due(api, due, timezone)
            wanted |= _reminders(remind) | _priority(priority)
        task = api.post(
            "/tasks", {key: value for key, value in wanted.items() if value is not None}
        )

    typer.echo(
        f"Added {task['id']}: {formatting.printable(task['title'])}"
        + _summary(task, brief=understand)
    )


def _understood(api: "Api", text: str, timezone: str | None) -> dict[str, Any]:
    """What the server reads in the text; shown before anything is created."""
    parsed = api.post("/tasks/parse", _without_none(text=text, timezone=timezone))
    task: dict[str, Any] = dict(parsed["task"])
    if parsed["spans"]:
        from todo.client import show

        for line in show.preview(task, parsed["occurrences"]):
            typer.echo(line)
    task.pop("recurrence_text", None)
    return task


def _due(api: "Api", due: str | None, timezone: str | None) -> dict[str, Any]:
    if due is None:
        return {}
    if _ISO_DATE.fullmatch(due.strip()):
        return {"due_date": due.strip().upper().replace(" ", "T")}
    task = _phrase(api, due, timezone, {"date", "time"})
    if task is None or task["due_date"] is None:
        examples = "2026-11-30, 2026-11-30T09:00 or “tomorrow 9am”"
        raise ClientError(
            f"--due: “{due}” is not a date that I can read; try {examples}.", Exit.USAGE
        )
    return {key: task[key] for key in ("due_date", "all_day", "timezone")}


def _repeat(
    api: "Api", repeat: str | None, due: str | None, timezone: str | None
) -> dict[str, Any]:
    if repeat is None:
        return {}
    if repeat.strip().lower() in _SHORTHANDS or "FREQ=" in repeat.upper():
        return {"recurrence": repeat.strip()}
    task = _phrase(api, repeat, timezone, {"recurrence", "time"})
    if task is None or task["recurrence"] is None:
        examples = "weekly, “every 2 weeks” or FREQ=MONTHLY;BYMONTHDAY=-1"
        raise ClientError(
            f"--repeat: “{repeat}” is not a rule that I can read; try {examples}.", Exit.USAGE
        )
    rule = {name: task[name] for name in ("recurrence", "recurrence_mode")}
    # “every Monday at 9” says when it begins; --due says it better.
    start = () if due else ("due_date", "all_day", "timezone")
    return rule | {name: task[name] for name in start}


def _phrase(api: "Api", text: str, timezone: str | None, kinds: set[str]) -> dict[str, Any] | None:
    """The task that a phrase of these kinds stands for; None if anything in it is something else."""
    parsed = api.post("/tasks/parse", _without_none(text=text, timezone=timezone))
    rest = list(text)
    for span in parsed["spans"]:
        if span["kind"] not in kinds:
            return None
        rest[span["start"] : span["end"]] = " " * (span["end"] - span["start"])
    return None if "".join(rest).strip() else dict(parsed["task"])


def _reminders(remind: list[str] | None) -> dict[str, Any]:

    if remind is None:
        return {}
    chosen = [text for text in remind if text.strip().lower() != "none"]
    return {"reminders": [formatting.read_reminder(text) for text in chosen]}


def _priority(priority: str | None) -> dict[str, Any]:

    if priority is None:
        return {}
    number = formatting.read_priority(priority)
    if number is None:
        raise ClientError(
            f"--priority: “{priority}” is not one of high, medium, low, none or 0 to 9.", Exit.USAGE
        )
    return {"priority": number}


def _summary(task: dict[str, Any], *, brief: bool) -> str:
    """`, Mon 30 Nov 09:00, monthly`: what the options became; a preview has said it already."""

    parts = []
    if not brief and task["due_date"]:
        due = formatting.read_moment(task["due_date"])
        parts.append(formatting.when(due, task["timezone"], task["all_day"], now=clock.now()))
    if not brief and task["recurrence_text"]:
        parts.append(task["recurrence_text"])
    return "".join(f", {part}" for part in parts)


def _without_none(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


# ── Looking ───────────────────────────────────────────────────────────────────────────────────────


def list_tasks(
    status: Annotated[Status, typer.Option(help="Which tasks.")] = Status.OPEN,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    search: Annotated[str | None, typer.Option(help="Only those that contain these words.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List your tasks, the next due first."""
    params = _without_none(status=status.value, tag=tag, q=search)
    items: list[Any] = []
    cursor: str | None = None
    with _open(url, token) as api:
        while len(items) < limit:
            size = min(limit - len(items), _PAGE)
            page = api.get("/tasks", params | _without_none(limit=size, cursor=cursor))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        home = api.get("/me")["timezone"] if items and not json else None
    if json:
        typer.echo(json_format.dumps(items, ensure_ascii=False, indent=2))
        return
    from todo.client import show

    filtered = bool(tag or search)
    show.tasks(items, status=status.value, filtered=filtered, home=home, now=clock.now())
    if cursor is not None:
        typer.echo(f"There are more: todo list --limit {limit * 2}", err=True)


# ── Doing ─────────────────────────────────────────────────────────────────────────────────────────


def done(ids: Id, url: Url = None, token: Token = None) -> None:
    """Complete tasks. Of one that repeats, the next date is shown."""

    with _open(url, token) as api:
        for task_id in ids:
            task = _act(api, task_id, "complete", ids)
            following = task.get("next_due_date")
            line = "Done."
            if following:
                due = formatting.read_moment(following)
                line += f" Next: {formatting.day(due, task['timezone'], now=clock.now())}."
            typer.echo(f"{task_id}: {line}" if len(ids) > 1 else line)


def reopen(ids: Id, url: Url = None, token: Token = None) -> None:
    """Make completed tasks open again."""
    with _open(url, token) as api:
        for task_id in ids:
            task = _act(api, task_id, "reopen", ids)

            typer.echo(f"Open again: {formatting.printable(task['title'])}")


def _act(api: "Api", task_id: int, verb: str, ids: list[int]) -> Any:
    try:
        return api.post(f"/tasks/{task_id}/{verb}")
    except ClientError as error:
        if len(ids) > 1 and error.code is Exit.REFUSED:
            raise ClientError(f"{task_id}: {error.message}") from None
        raise


def import_file(
    file: Annotated[
        Path, typer.Argument(help="An .ics file, or - for standard input.", metavar="FILE")
    ],
    json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Import the tasks of a calendar file, as Apple Reminders and Nextcloud write it.

    Importing a file again updates its tasks. What could not be carried over is listed.
    """
    if str(file) == "-":
        data = sys.stdin.buffer.read()
    else:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ClientError(f"{file}: {error.strerror}.", Exit.USAGE) from None
    with _open(url, token) as api:
        result = api.post_calendar("/import", data)
    if json:
        typer.echo(json_format.dumps(result, ensure_ascii=False, indent=2))
        return
    from todo.client import show

    show.import_result(result)
