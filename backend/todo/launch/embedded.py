"""`todo up`: PostgreSQL, the five services in this process, the pages, one public port."""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any

from todo.launch import frontend, monitoring, schema, serve
from todo.launch.data_dir import claimed
from todo.launch.postgres import Postgres
from todo.launch.progress import CannotStart, Steps
from todo.launch.supervisor import (
    Supervisor,
    keep_small,
    plain_environment,
    private_log,
    rotate,
)
from todo.runtime.observe import configure_logging
from todo.runtime.settings import Settings


def run_embedded(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM and return the exit code. An error at start is one line."""
    return serve.live(lambda: _run(settings, Steps()))


async def _run(settings: Settings, steps: Steps) -> None:
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(claimed(settings.data_dir.absolute()))
        (folder / "stack.json").unlink(missing_ok=True)  # of a stack that was killed
        logs = folder / "log"
        logs.mkdir(exist_ok=True)
        rotating = asyncio.create_task(keep_small(logs))
        stack.callback(rotating.cancel)
        if settings.monitoring and settings.metrics_port is None:
            settings = settings.model_copy(update={"metrics_port": frontend.free_port()})
        sockets = serve.bind(settings.app_host, settings.port)
        for listener in sockets:
            stack.callback(listener.close)

        keeper = Supervisor(steps.line)
        stack.push_async_callback(keeper.stop)
        port = frontend.free_port()
        page_server = frontend.command(
            port, logs / "pages.log", {**plain_environment(), "TODO_API_URL": inner_url(settings)}
        )
        url = settings.database_url
        if url is None:
            postgres = Postgres(folder / "postgres", logs / "database.log")
            with steps.step("a new database" if postgres.is_new else "database"):
                database = await postgres.launch()
                keeper.add(database)
                await postgres.ready()
                keeper.watch(database, before=postgres.clean_up_after_crash)
            url = postgres.url
        # Node starts while our own code is loaded.
        pages = await keeper.start(page_server)
        with steps.step("the services' code"):
            application = _load()
            # exempt modules from garbage collection, because they are never freed
            gc.freeze()
            gc.enable()
        with steps.step("schema"):
            await schema.bring_up(url)
        # The services log to a file; the terminal shows only the steps of the start.
        rotate(logs / "services.log")
        log = TextIOWrapper(private_log(logs / "services.log"), "utf-8", line_buffering=True)
        stack.enter_context(log)
        stack.enter_context(contextlib.redirect_stderr(log))
        configure_logging(settings.log_level)
        app = application(
            settings.model_copy(update={"database_url": url, "data_dir": folder}), port
        )
        server = serve.server(app, settings, lifespan=True)
        serving = asyncio.create_task(server.serve(sockets=sockets))
        stack.push_async_callback(serve.stop, server, serving)
        with steps.step("services"):
            await serve.until_ready(inner_url(settings), serving)
        with steps.step("pages"):
            await frontend.listening(pages, port)
        steps.line(f"ready  {settings.origin}")
        if settings.monitoring:
            host = inner_url(settings).removeprefix("http://").rpartition(":")[0]
            targets = {"todo": [f"{host}:{settings.metrics_port}"]}
            steps.line(
                await monitoring.start(settings, folder, logs, targets, keeper, frontend.free_port)
            )
        # wait, not await: a cancellation here must not cancel the server, which is stopped in order
        await asyncio.wait({serving})
        raise CannotStart(f"the services stopped; see {logs / 'services.log'}")


def inner_url(settings: Settings) -> str:
    """The public port as seen from this machine."""
    host = settings.app_host
    if host in {"0.0.0.0", "::", "localhost"}:  # noqa: S104
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _load() -> Callable[[Settings, int], Any]:
    """Import the services; the function that is returned makes the public app."""
    from todo.launch.edge import PAGE_SECONDS, PRODUCT_PATHS, Edge, Proxy
    from todo.runtime.app import build_app
    from todo.runtime.http.site import Site
    from todo.services import SERVICES

    def application(settings: Settings, pages: int) -> Any:
        app = build_app(SERVICES, settings)
        scheme = settings.origin.partition(":")[0]
        proxy = Proxy(pages, scheme=scheme, begins_within=PAGE_SECONDS)
        edge = Edge([(PRODUCT_PATHS, app)], otherwise=proxy, lifespan=app)
        return Site(edge, settings)

    return application
