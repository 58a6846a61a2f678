"""`todo`: the server's commands and the person's. Imports wait until a command needs them, for a quick --help."""


import sys
from typing import Annotated, NoReturn

import typer



app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A task manager whose recurring tasks and reminders can be trusted.",
)
topics = typer.Typer(no_args_is_help=True, help="Kafka topics.")
dead_letters = typer.Typer(no_args_is_help=True, help="Events that were given up on.")
app.add_typer(topics, name="topics", rich_help_panel="Operating")
app.add_typer(dead_letters, name="dead-letters", rich_help_panel="Operating")


_OPERATING = "Operating"


@app.command(rich_help_panel=_OPERATING)
def up(stack: Annotated[str, typer.Option(help="embedded or dapr")] = "embedded") -> None:
    """Run everything on this machine (what `make up` does after installing)."""
    from todo.runtime.settings import load_settings

    settings = load_settings()
    if stack == "dapr":
        from todo.launch.stack import run_stack

        raise typer.Exit(run_stack(settings))
    from todo.launch.embedded import run_embedded

    raise typer.Exit(run_embedded(settings))


@app.command(rich_help_panel=_OPERATING)
def serve(
    name: Annotated[str, typer.Argument(help="a service's app id, such as todo-backend, or “all”")],
) -> None:
    """Run one service in the foreground (or all in one process)."""
    import uvicorn

    from todo.runtime.host import build_app
    from todo.runtime.observe import configure_logging
    from todo.runtime.settings import load_settings
    from todo.services import SERVICES

    chosen = [service for service in SERVICES if name in {service.app_id, "all"}]
    if not chosen:
        names = ", ".join(service.app_id for service in SERVICES)
        _stop(f"there is no service “{name}”; it is one of {names}, or “all”")
    settings = load_settings()
    configure_logging(settings.log_level)
    uvicorn.run(
        build_app(chosen, settings),
        host=settings.app_host,
        port=settings.app_port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


@app.command(rich_help_panel=_OPERATING)
def migrate() -> None:
    """Bring the database at DATABASE_URL to this version's schema."""
    from todo.db.migrate import upgrade_now

    upgrade_now(_database_url())


@app.command(rich_help_panel=_OPERATING)
def openapi() -> None:
    """Print the HTTP API's OpenAPI 3.1 document."""
    import json

    from todo.runtime.host import build_app
    from todo.runtime.settings import load_settings
    from todo.services import SERVICES

    document = build_app(SERVICES, load_settings()).openapi()
    typer.echo(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False))


def _database_url() -> str:
    from todo.runtime.settings import load_settings

    url = load_settings().database_url
    if url is None:
        _stop("DATABASE_URL: is not set; give the address of the PostgreSQL database")
    return url


def _stop(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def main() -> None:
    """The console script: whatever stands in the way is one line."""
    from todo.db.migrate import SchemaNewer
    from todo.runtime.settings import SettingsInvalid

    try:
        app()
    except (SettingsInvalid, SchemaNewer, OSError) as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
