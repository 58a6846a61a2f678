"""The commands of a person: `todo add`, `list`, `done`, ….

HTTP, settings and tables are imported when a command runs, so that --help is fast.
"""

import functools
import json as json_format
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from todo.client import formatting, options
from todo.client.errors import ClientError, Exit
from todo.runtime import clock

if TYPE_CHECKING:
    from todo.client.api import Api

_PANEL = "Your tasks"
_PAGE = 200

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="The server. Default: TODO_URL, then that of the last login.",
        show_default=False,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        help="Access token. Default: TODO_TOKEN, then that of the login.",
        show_default=False,
    ),
]
Id = Annotated[list[int], typer.Argument(help="Numbers from `todo list`.", metavar="ID...", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


class Status(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    ALL = "all"
    TRASH = "trash"


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    commands: dict[str, Callable[..., None]] = {
        "login": login,
        "add": add,
        "list": list_tasks,
        "done": done,
        "reopen": reopen,
        "import": import_file,
        "mcp": mcp,
    }
    for name, command in commands.items():
        app.command(name, rich_help_panel=_PANEL)(_in_one_line(command))


def _in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    """Report an error as one line on stderr, with an exit code for its kind."""

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


def mcp(url: Url = None, token: Token = None) -> None:
    """Connect an assistant over stdio (MCP): it starts this command, and this command asks the server."""
    from todo.client.mcp_stdio import run
    from todo.client.settings import choose_connection

    run(choose_connection(url, token))


# ── Logging in ────────────────────────────────────────────────────────────────────────────────────


def login(
    url: Url = None,
    email: Annotated[str | None, typer.Option(help="Prompted for when not given.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    token: Annotated[
        str | None, typer.Option(help="Save this access token instead of creating one.")
    ] = None,
) -> None:
    """Log in to a server and save an access token for it on this machine.

    The token appears in the settings of your account, where you can revoke it. It is saved, readable by you
    only, in $XDG_CONFIG_HOME/todo/config.toml (or ~/.config/todo/config.toml).
    """
    from todo.client.settings import save_login

    with _open(url, token) as api:
        server = api.connection.url
    if token is None:
        typer.echo(f"Logging in to {server}")
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
            session.post("/auth/logout")  # from here on the token is enough
    return str(made["token"])


def _me(server: str, token: str) -> Any:
    from todo.client.api import Api
    from todo.client.settings import Connection

    with Api(Connection(server, token)) as api:
        return api.get("/me")


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


def add(
    text: Annotated[list[str], typer.Argument(help="The task.", metavar="TEXT")],
    due: Annotated[
        str | None, typer.Option(help="2026-11-30, 2026-11-30T09:00, or words: “tomorrow 9am”.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Not before: a date or words, as for --due.")
    ] = None,
    repeat: Annotated[
        str | None,
        typer.Option(help="daily, weekly, monthly, yearly, an RRULE, or words: “every 2 weeks”."),
    ] = None,
    remind: Annotated[
        list[str] | None,
        typer.Option(
            help="Time before the due date: 1d, 2h, P1D; or a moment; or none. Repeatable."
        ),
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="high, medium, low, none; or 0 to 9.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Repeatable.")] = None,
    project: Annotated[
        str | None, typer.Option(help="The name of a project. Default: the Inbox.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="A longer description.")] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            help="IANA name, such as Europe/Berlin. Default: the time zone of your account."
        ),
    ] = None,
    literal: Annotated[
        bool, typer.Option("--literal", help="Use the text as the title: no dates or tags in it.")
    ] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Add a task.

    Without options, the text may contain everything:

        todo add "Pay rent every month on the 31st at 9 remind 1d #home +Flat"

    The result is shown first. With an option, the whole text is the title.
    """
    title = " ".join(text).strip()
    if not title:
        raise ClientError("A task needs a title.", Exit.USAGE)
    given = (due, start, repeat, remind, priority, tag, project, description)
    parse = not literal and all(option is None for option in given)
    with _open(url, token) as api:
        if parse:
            wanted = options.parsed_text(api, title, timezone)
        else:
            wanted = {"title": title, "timezone": timezone, "description": description, "tags": tag}
            wanted |= options.recurrence(api, repeat, due, timezone) | options.due_date(
                api, due, timezone
            )
            wanted |= options.start_date(api, start, timezone)
            wanted |= options.reminders(remind) | options.priority_of(priority)
            wanted |= options.project_id(api, project)
        task = api.post(
            "/tasks", {key: value for key, value in wanted.items() if value is not None}
        )

    typer.echo(
        f"Added {task['id']}: {formatting.printable(task['title'])}" + _summary(task, brief=parse)
    )


def _summary(task: dict[str, Any], *, brief: bool) -> str:
    """`, Mon 30 Nov 09:00, monthly`; nothing after a preview, which shows the same."""
    parts = []
    if not brief and task["due_date"]:
        zone = task["timezone"]
        due = formatting.read_due(task["due_date"], zone, all_day=task["all_day"])
        parts.append(formatting.when(due, zone, now=clock.now()))
    if not brief and task.get("start_date"):
        start = formatting.read_due(task["start_date"], task["timezone"], all_day=False)
        parts.append(f"starts {formatting.when(start, task['timezone'], now=clock.now())}")
    if not brief and task["recurrence_text"]:
        parts.append(task["recurrence_text"])
    return "".join(f", {part}" for part in parts)


# ── Looking ───────────────────────────────────────────────────────────────────────────────────────


def list_tasks(
    status: Annotated[Status, typer.Option(help="Which tasks.")] = Status.OPEN,
    tag: Annotated[str | None, typer.Option(help="Only tasks with this tag.")] = None,
    project: Annotated[
        str | None,
        typer.Option(
            help="Only tasks of this project, by its name, or inbox; open ones in their own order."
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(help="Only tasks with these words, or their beginnings; best matches first."),
    ] = None,
    sleeping: Annotated[
        bool, typer.Option("--sleeping", help="Also open tasks whose start date has not come.")
    ] = False,
    limit: Annotated[int, typer.Option(help="The most tasks to list.", min=1)] = 50,
    json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List your tasks, the next due first."""
    params = options.without_none(status=status.value, tag=tag, q=search, sleeping=sleeping or None)
    items: list[Any] = []
    cursor: str | None = None
    with _open(url, token) as api:
        params |= options.project_filter(api, project)
        while len(items) < limit:
            size = min(limit - len(items), _PAGE)
            page = api.get("/tasks", params | options.without_none(limit=size, cursor=cursor))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        home = api.get("/me")["timezone"] if items and not json else None
    if json:
        typer.echo(json_format.dumps(items, ensure_ascii=False, indent=2))
        return
    from todo.client import show

    filtered = bool(tag or search or project)
    show.tasks(items, status=status.value, filtered=filtered, home=home, now=clock.now())
    if cursor is not None:
        typer.echo(f"There are more tasks: todo list --limit {limit * 2}", err=True)


# ── Doing ─────────────────────────────────────────────────────────────────────────────────────────


def done(ids: Id, url: Url = None, token: Token = None) -> None:
    """Complete tasks. For a task that repeats, the next date is shown."""
    with _open(url, token) as api:
        for task_id in ids:
            task = _act(api, task_id, "complete", ids)
            following = task.get("next_due_date")
            line = "Done."
            if following:
                zone = task["timezone"]
                due = formatting.read_due(following, zone, all_day=task["all_day"])
                line += f" Next: {formatting.day(due, zone, now=clock.now())}."
            typer.echo(f"{task_id}: {line}" if len(ids) > 1 else line)


def reopen(ids: Id, url: Url = None, token: Token = None) -> None:
    """Reopen completed tasks."""
    with _open(url, token) as api:
        for task_id in ids:
            task = _act(api, task_id, "reopen", ids)
            typer.echo(f"Reopened: {formatting.printable(task['title'])}")


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

    Importing a file twice updates its tasks; it never duplicates them. What is not supported is listed.
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
