"""`todo`: the commands of the server and of a person. A command imports what it needs, so that --help is fast."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from todo.launch.installation import Operating

from todo.client.commands import register
from todo.launch.admin import admin
from todo.launch.operate import operate as _operate
from todo.launch.operate import stop as _stop

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A task manager whose recurring tasks and reminders can be trusted.",
)
topics = typer.Typer(no_args_is_help=True, help="Kafka topics.")
dead_letters = typer.Typer(no_args_is_help=True, help="Events that could not be delivered.")
app.add_typer(admin, name="admin", rich_help_panel="Operating")
app.add_typer(topics, name="topics", rich_help_panel="Operating")
app.add_typer(dead_letters, name="dead-letters", rich_help_panel="Operating")


register(app)

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

    from todo.runtime.app import build_app, one_line
    from todo.runtime.http.connections import allow_files, server_options
    from todo.runtime.http.site import Site
    from todo.runtime.observe import configure_logging
    from todo.runtime.settings import load_settings
    from todo.services import SERVICES

    chosen = [service for service in SERVICES if name in {service.app_id, "all"}]
    if not chosen:
        names = ", ".join(service.app_id for service in SERVICES)
        _stop(f"there is no service “{name}”; it is one of {names}, or “all”")
    settings = load_settings()
    configure_logging(settings.log_level)
    allow_files(settings)
    uvicorn.run(
        one_line(Site(build_app(chosen, settings), settings)),
        host=settings.app_host,
        port=settings.app_port,
        timeout_graceful_shutdown=20,
        **server_options(settings),
    )


@app.command(rich_help_panel=_OPERATING)
def migrate() -> None:
    """Bring the database at DATABASE_URL to this version's schema."""
    from todo.db.migrate import upgrade_now

    upgrade_now(_database_url())


@app.command(rich_help_panel=_OPERATING)
def backup(file: Annotated[Path, typer.Argument(help="a new file, such as todo.backup")]) -> None:
    """Write everything to a file, while the services run."""
    from todo.launch.backup import back_up, summary

    async def run(operating: "Operating") -> None:
        manifest = await back_up(operating.settings.database_url or "", file)
        typer.echo(f"{file}: {summary(manifest)}, {file.stat().st_size / 1e6:.1f} MB")

    _operate(run)


@app.command(rich_help_panel=_OPERATING)
def restore(
    file: Annotated[Path, typer.Argument(help="a file that `todo backup` wrote")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="check the file and the database, and restore nothing")
    ] = False,
) -> None:
    """Restore a backup into an empty database, while nothing runs on it.

    Without DATABASE_URL this is the database in the data folder (TODO_DATA_DIR), which may be new.
    """
    import asyncio

    from todo.launch.backup import restore_here, summary

    manifest = asyncio.run(restore_here(file, dry_run=dry_run))
    typer.echo(f"{'can restore' if dry_run else 'restored'} {summary(manifest)}")
    if not dry_run:
        typer.echo("Everybody has to log in again, and assistants have to connect again.")
        typer.echo(
            "Access tokens and calendar links that were revoked after the backup work again."
        )
        typer.echo("Passwords are those of the backup.")


@app.command(rich_help_panel=_OPERATING)
def doctor() -> None:
    """Check the schema, the clocks and the time zones of an installation."""
    from todo.launch.doctor import findings

    async def run(operating: "Operating") -> None:
        found = [finding async for finding in findings(operating)]
        for finding in found or ["no problem found"]:
            typer.echo(finding)
        if found:
            raise typer.Exit(1)

    _operate(run)


@app.command("reset-password", rich_help_panel=_OPERATING)
def reset_password(email: Annotated[str, typer.Argument(help="address of the account")]) -> None:
    """Print a link that sets a new password, for a server that sends no mail. It works once, for 30 minutes."""
    from todo.accounts.mail_texts import reset_link
    from todo.accounts.password_commands import reset_secret

    async def run(operating: "Operating") -> None:
        async with operating.database.unit() as unit:
            secret = await reset_secret(email, unit, unit.now())
        if secret is None:
            _stop(f"there is no account with the address “{email}”")
        typer.echo(reset_link(operating.settings.origin, secret))

    _operate(run)


@app.command(rich_help_panel=_OPERATING)
def contracts(
    folder: Annotated[Path, typer.Argument(help="such as specs/contracts")],
) -> None:
    """Write the contracts: OpenAPI, AsyncAPI, JSON Schemas of the events, MCP tools."""
    from todo.contracts.documents import documents
    from todo.runtime.settings import load_settings

    for name, text in documents(load_settings()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@topics.command("apply")
def topics_apply() -> None:
    """Create the topics with their partitions and retention, and change those that differ."""
    import asyncio

    from todo.launch.installation import here
    from todo.runtime.dapr.kafka_admin import apply_topics
    from todo.runtime.settings import load_settings

    done = asyncio.run(apply_topics(here(load_settings())))
    for line in done or ["every topic is as declared"]:
        typer.echo(line)


@app.command(rich_help_panel=_OPERATING)
def replay(
    since: Annotated[
        datetime, typer.Option("--from", help="replay events published from this time on (UTC)")
    ],
    topic: Annotated[str, typer.Option(help="such as task-events")] = "",
    consumer: Annotated[
        str, typer.Option(help="the app id, with or without “todo-”, such as audit")
    ] = "",
    source: Annotated[
        str, typer.Option(help="broker: what it kept; outbox: after the broker lost its log")
    ] = "broker",
) -> None:
    """Deliver stored events again to one consumer. Audit rebuilds its log; no message is sent twice.

    With --source outbox the relay publishes the events again, and every consumer handles those that it has missed.
    """
    moment = since if since.tzinfo else since.replace(tzinfo=UTC)
    match source:
        case "broker" if topic and consumer:
            _replay_from_broker(topic, consumer, moment)
        case "broker":
            _stop("--topic and --consumer are needed; with --source outbox only --from is")
        case "outbox" if not consumer:
            _replay_from_outbox(topic, moment)
        case "outbox":
            _stop("--consumer: --source outbox publishes to every consumer; leave it out")
        case _:
            _stop(f"--source: is broker or outbox, not “{source}”")


def _replay_from_outbox(topic: str, since: datetime) -> None:
    from todo.domain.events import Topic
    from todo.runtime.events.replay import REPUBLISHED, republish

    if topic and topic not in list(Topic):
        _stop(f"--topic: there is no topic “{topic}”; there are {', '.join(Topic)}")

    async def run(operating: "Operating") -> None:
        count = await republish(operating.database, [topic] if topic else REPUBLISHED, since)
        typer.echo(f"{count} events are published again by todo-backend")

    _operate(run)


def _replay_from_broker(topic: str, consumer: str, since: datetime) -> None:
    from todo.runtime.events.replay import replay as deliver_again
    from todo.runtime.events.replay import subscription_of
    from todo.runtime.retained import retained_events, where_retained
    from todo.services import SERVICES

    app_id, subscription = subscription_of(SERVICES, consumer, topic)

    async def run(operating: "Operating") -> None:
        events = retained_events(operating.database, operating.settings, topic, since)
        done = await deliver_again(operating.database, app_id, subscription, events)
        typer.echo(f"{done.events} events of {topic} for {app_id}, {done.failed} failed")
        typer.echo(f"read from {where_retained(operating.settings)}", err=True)
        for reason in done.reasons:
            typer.echo(f"  {reason}", err=True)
        if done.failed:
            raise typer.Exit(1)

    _operate(run)


@dead_letters.command("list")
def dead_letters_list(
    consumer: Annotated[str | None, typer.Option(help="only of this consumer")] = None,
) -> None:
    """List the events that could not be delivered and have not been handled since."""
    from todo.runtime.events import replay

    async def run(operating: "Operating") -> None:
        found = await replay.dead_letters(operating.database, consumer)
        for letter in found:
            typer.echo(
                f"{letter['id']}  {letter['created_at']:%Y-%m-%d %H:%M:%S}  {letter['consumer']}"
                f"  {letter['topic']}  {letter['event_id']}  {letter['reason']}"
            )
        typer.echo(f"{len(found)} dead letters", err=True)

    _operate(run)


@dead_letters.command("show")
def dead_letters_show(number: Annotated[int, typer.Argument(help="number from the list")]) -> None:
    """Show one dead letter with its event."""
    import json

    from todo.runtime.events import replay

    async def run(operating: "Operating") -> None:
        letter = await replay.dead_letter(operating.database, number)
        if letter is None:
            _stop(f"there is no dead letter {number}")
        typer.echo(json.dumps(letter, indent=1, default=str, ensure_ascii=False))

    _operate(run)


@dead_letters.command("redrive")
def dead_letters_redrive(
    numbers: Annotated[list[int] | None, typer.Argument(help="number from the list")] = None,
    every: Annotated[bool, typer.Option("--all", help="all of the list")] = False,
) -> None:
    """Deliver dead letters again, only to the consumer that failed."""
    from todo.runtime.events import replay
    from todo.services import SERVICES

    async def run(operating: "Operating") -> None:
        database = operating.database
        chosen = list(numbers or [])
        if every:
            chosen = [letter["id"] for letter in await replay.dead_letters(database)]
        failed = False
        for number in chosen:
            verdict = await replay.redrive(database, SERVICES, number)
            if verdict is None:
                _stop(f"there is no dead letter {number}")
            failed |= verdict.outcome != "SUCCESS"
            typer.echo(f"{number}  {verdict.reason or 'delivered'}")
        if failed:
            raise typer.Exit(1)

    if not numbers and not every:
        _stop("give numbers from `todo dead-letters list`, or --all")
    _operate(run)


@dead_letters.command("discard")
def dead_letters_discard(
    numbers: Annotated[list[int], typer.Argument(help="number from the list")],
) -> None:
    """Delete dead letters."""
    from todo.runtime.events import replay

    async def run(operating: "Operating") -> None:
        for number in numbers:
            if not await replay.discard(operating.database, number):
                _stop(f"there is no dead letter {number}")

    _operate(run)


def _database_url() -> str:
    from todo.runtime.settings import load_settings

    url = load_settings().database_url
    if url is None:
        _stop("DATABASE_URL: is not set; give the address of the PostgreSQL database")
    return url


def main() -> None:
    """The console script. Expected errors are one line."""
    try:
        app()
    except Exception as error:
        # Compare names: importing these classes would load a web server and a database driver for `--help`.
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds.isdisjoint(
            {"SettingsInvalid", "SchemaUnusable", "BackupError", "CannotStart", "OSError"}
        ):
            raise
        typer.echo(str(error), err=True)
        sys.exit(1)
