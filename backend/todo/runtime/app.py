"""One process: builds the ASGI app that serves some of the services over the configured runtime."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from prometheus_client import start_http_server
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.db import migrate
from todo.runtime import clock, metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database, open_database
from todo.runtime.embedded.runtime import EmbeddedRuntime
from todo.runtime.http.measuring import MeasuringMiddleware
from todo.runtime.http.middleware import RequestMiddleware
from todo.runtime.http.problems import FieldProblem, Problem, install_error_handlers
from todo.runtime.http.proxies import Proxies
from todo.runtime.observe import log
from todo.runtime.service import Job, Service, ServingRuntime
from todo.runtime.settings import Settings, SettingsInvalid

VERSION = "0.1.0"
_DATABASE_SECONDS = 60  # how long the start waits for the database
_RESTART_SECONDS = 1.0  # after a background task has failed


def build_app(services: Sequence[Service], settings: Settings) -> FastAPI:
    """The ASGI app of a process that serves `services`. Its lifespan opens and closes all resources."""
    app = FastAPI(
        title="Todo",
        version=VERSION,
        summary="A task manager whose recurring tasks and reminders can be trusted",
        # FastAPI's documentation page runs scripts of another host on the origin of the session.
        docs_url=None,
        openapi_url="/api/openapi.json",
        redoc_url=None,
        lifespan=lambda app: _lifespan(app, services, settings),
    )
    app.add_middleware(RequestMiddleware, rate=settings.address_limit, proxies=Proxies.of(settings))
    app.add_middleware(MeasuringMiddleware)  # the outer one
    install_error_handlers(app)
    for service in services:
        for router in service.routers:
            app.include_router(router)
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    app.add_api_route("/readyz", _ready, include_in_schema=False)
    app.add_api_route("/dapr-health", _serving, include_in_schema=False)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def one_line(app: ASGIApp) -> ASGIApp:
    """Report a wrong setting at the start in one line, without a traceback."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def without_traceback(message: Message) -> None:
            reason = sys.exception()
            if message["type"] == "lifespan.startup.failed" and isinstance(reason, SettingsInvalid):
                message = {**message, "message": str(reason)}
            await send(message)

        await app(scope, receive, without_traceback if scope["type"] == "lifespan" else send)

    return wrapped


@asynccontextmanager
async def _lifespan(
    app: FastAPI, services: Sequence[Service], settings: Settings
) -> AsyncIterator[None]:
    if settings.app_api_token is None and settings.runtime == "embedded":
        settings = settings.model_copy(update={"app_api_token": SecretStr(secrets.token_hex(32))})
    async with AsyncExitStack() as stack:
        database = None
        if any(service.database for service in services):
            database = await _connect(stack, settings)
        runtime = await _runtime(stack, app, settings, database)
        context = Context(settings, runtime, database)
        app.state.context = context
        stack.push_async_callback(context.workers.close)
        for router in runtime.routers(services, context):
            app.include_router(router)
        for every in (every for service in services for every in service.every):
            metrics.tick_last_run.labels(every.name).set(clock.now().timestamp())
        jobs = [job for service in services for job in service.background_tasks]
        await stack.enter_async_context(runtime.serving(services, context))
        await stack.enter_async_context(_running(jobs, context))
        if database is not None:
            database.start_notifier()
        if settings.metrics_port is not None:
            stack.callback(_serve_metrics(settings.metrics_port, settings.app_host))
        yield


async def _connect(stack: AsyncExitStack, settings: Settings) -> Database:
    if settings.database_url is None:
        raise SettingsInvalid("DATABASE_URL: is not set; give the address of a PostgreSQL database")
    deadline = asyncio.get_running_loop().time() + _DATABASE_SECONDS
    while True:
        try:
            database = await stack.enter_async_context(
                open_database(settings.database_url, size=settings.database_pool)
            )
            break
        except UNREACHABLE as error:
            if asyncio.get_running_loop().time() > deadline:
                raise SettingsInvalid(
                    f"DATABASE_URL: the database does not answer: {error}"
                ) from None
            log.warning("waiting for the database", reason=str(error))
            await asyncio.sleep(1)
    if await migrate.is_restore_unfinished(database.pool):
        raise SettingsInvalid(f"DATABASE_URL: {migrate.RESTORE_UNFINISHED}")
    return database


async def _runtime(
    stack: AsyncExitStack, app: FastAPI, settings: Settings, database: Database | None
) -> ServingRuntime:
    match settings.runtime:
        case "dapr":
            from todo.runtime.dapr.client import DaprRuntime

            return await stack.enter_async_context(DaprRuntime.open(settings))
        case "embedded":
            if database is None or settings.app_api_token is None:
                raise SettingsInvalid("TODO_RUNTIME: embedded needs a service with a database")
            embedded = EmbeddedRuntime(database, settings.app_api_token.get_secret_value())
            embedded.serve_invocations_with(app)
            return embedded


@asynccontextmanager
async def _running(jobs: Sequence[Job], context: Context) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_keep_running(job, context)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_running(job: Job, context: Context) -> None:
    """Restart a background task that fails. One that returns has nothing to do in this process."""
    while True:
        try:
            return await job(context)
        except Exception:
            log.exception("a background task failed and is restarted", name=job.__name__)
            metrics.job_restarts.labels(job.__name__).inc()
        await asyncio.sleep(_RESTART_SECONDS)


def _serve_metrics(port: int, host: str) -> Callable[[], None]:
    """Serve the metrics on a port of their own, which is not public; returns what stops it."""
    try:
        server, thread = start_http_server(port, addr=host)
    except OSError as error:
        raise SettingsInvalid(
            f"TODO_METRICS_PORT: {host}:{port} cannot be used: {error.strerror}"
        ) from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


async def _alive() -> dict[str, str]:
    return {"status": "alive"}


async def _serving(request: Request) -> JSONResponse:
    """Dapr's app health check: whether to deliver to this process. Cheap, and depends on the database."""
    context: Context = request.app.state.context
    reason = await _database_problem(context) or context.health.outage
    return JSONResponse({"status": reason or "serving"}, 503 if reason else 200)


async def _ready(request: Request) -> JSONResponse:
    """Readiness: the database and the runtime. Delayed live updates are reported but do not make it unready."""
    context: Context = request.app.state.context
    database = await _database_problem(context)
    runtime = await context.runtime.ready()
    body: dict[str, Any] = {
        "status": "not ready" if database or runtime else "ready",
        "checks": {
            "database": database or context.health.outage or "ok",
            "runtime": runtime or "ok",
            **context.health.by_part,
        },
        "live_updates": "delayed" if context.health.by_part or runtime else "ok",
    }
    return JSONResponse(body, 503 if database or runtime else 200)


async def _database_problem(context: Context) -> str | None:
    if context.database is None:
        return None
    try:
        async with asyncio.timeout(0.4):
            await context.database.pool.execute("SELECT 1")
    except UNREACHABLE as error:
        return f"the database does not answer: {error or type(error).__name__}"
    return None


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the problem schema that every error response refers to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (FieldProblem, Problem):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        schemas["FieldProblem"]["description"] = "One field and what is wrong with it."
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
