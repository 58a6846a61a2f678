"""`todo up --stack dapr`: Kafka, PostgreSQL, and a process with a Dapr sidecar for each service.

dapr.yaml describes the services. This module gives them ports, tokens and log files, and restarts them.
"""

import asyncio
import contextlib
import gc
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2
from dotenv import dotenv_values

from todo.launch import bootstrap, frontend, kafka, monitoring, schema, serve
from todo.launch.dapr_template import App, daprd_arguments, load
from todo.launch.data_dir import claimed
from todo.launch.edge import PAGE_SECONDS, PRODUCT_PATHS, Edge, Proxy
from todo.launch.embedded import inner_url
from todo.launch.postgres import Postgres
from todo.launch.progress import CannotStart, Steps
from todo.launch.supervisor import Child, Command, Supervisor, keep_small, plain_environment
from todo.runtime.dapr.kafka_admin import apply_topics, certificates
from todo.runtime.http.site import Site
from todo.runtime.settings import Settings, SettingsInvalid

TEMPLATE = frontend.ROOT / "dapr.yaml"
BACKEND, WEBSOCKET, FRONTEND = "todo-backend", "todo-websocket", "todo-frontend"

# Kafka's names of the mechanisms (in the settings) → the Dapr component's names.
_MECHANISM = {"SCRAM-SHA-256": "SHA-256", "SCRAM-SHA-512": "SHA-512"}


def run_stack(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM and return the exit code."""
    return serve.live(lambda: _run(settings, Steps()))


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """The ports of one app and its sidecar."""

    app: App
    app_port: int
    http_port: int
    grpc_port: int
    internal_port: int
    metrics_port: int
    app_metrics_port: int | None

    @classmethod
    def of(cls, app: App, port: frontend.PortMaker, settings: Settings) -> "ServicePorts":
        measured = app.app_id != FRONTEND and (settings.monitoring or settings.metrics_port)
        own = port(settings.metrics_port) if measured else None
        return cls(app, port(app.app_port), port(None), port(None), port(None), port(None), own)

    @property
    def targets(self) -> dict[str, list[str]]:
        """What Prometheus reads of the app and of its sidecar."""
        ports = {
            self.app.app_id: self.app_metrics_port,
            f"{self.app.app_id}-dapr": self.metrics_port,
        }
        return {job: [f"127.0.0.1:{number}"] for job, number in ports.items() if number}


@dataclass(frozen=True, slots=True)
class Parts:
    """What all services of a stack share."""

    folder: Path
    logs: Path
    database_url: str
    state_url: str
    brokers: str
    dapr_token: str
    app_token: str


async def _run(settings: Settings, steps: Steps) -> None:
    gc.enable()
    daprd = bootstrap.daprd(os.environ)  # noqa: TID251  (DAPRD names a program, not a setting of ours)
    if daprd is None:
        raise CannotStart("daprd is not here; start with `make up STACK=dapr`, which builds it")
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(claimed(settings.data_dir.absolute()))
        stack.callback((folder / "stack.json").unlink, missing_ok=True)
        (folder / "stack.json").unlink(missing_ok=True)  # of a stack that was killed
        logs = folder / "log"
        logs.mkdir(exist_ok=True)
        rotating = asyncio.create_task(keep_small(logs))
        stack.callback(rotating.cancel)
        sockets = serve.bind(settings.app_host, settings.port)
        for listener in sockets:
            stack.callback(listener.close)
        port = frontend.ports_for(stack)
        stores, apps, sidecars = (Supervisor(steps.line) for _ in range(3))
        # Stopped in reverse order: first the sidecars, which finish the deliveries they have begun.
        for keeper in (stores, apps, sidecars):
            stack.push_async_callback(keeper.stop)

        with steps.step("database and broker"):
            (url, state_url), brokers = await asyncio.gather(
                _database(settings, folder, logs, stores),
                _broker(settings, folder, logs, stores, port),
            )
        with steps.step("schema"):
            await schema.bring_up(url)
            if settings.database_url is None:
                await _state_schema(url)
        token = secrets.token_urlsafe
        parts = Parts(folder, logs, url, state_url, brokers, token(32), token(32))
        _write_secrets(settings, parts)
        environment = _environment(settings, parts)
        with steps.step("topics"):
            await _topics(settings, brokers)

        places = [ServicePorts.of(app, port, settings) for app in load(TEMPLATE)]

        def note() -> None:
            try:
                _write_private(
                    folder / "stack.json", _description(places, parts, apps, sidecars, stores)
                )
            except OSError:  # the disk is full
                asyncio.get_running_loop().call_later(5, note)

        for keeper in (stores, apps, sidecars):
            keeper.changed = note
        for place in places:
            await apps.start(_app_command(place, parts, environment))
            await sidecars.start(_sidecar_command(place, parts, settings, daprd))
        edge, proxies = _edge(settings, {place.app.app_id: place.app_port for place in places})
        for proxy in proxies:
            stack.push_async_callback(proxy.aclose)
        server = serve.server(Site(edge, settings), settings, lifespan=False)
        serving = asyncio.create_task(server.serve(sockets=sockets))
        stack.push_async_callback(serve.stop, server, serving)
        with steps.step("services and sidecars"):
            await asyncio.gather(*(_up(place, parts.dapr_token) for place in places))
            await serve.until_ready(inner_url(settings), serving, patience=180)
        steps.line(f"ready  {settings.origin}")
        if settings.monitoring:
            targets = {job: to for place in places for job, to in place.targets.items()}
            steps.line(await monitoring.start(settings, folder, logs, targets, apps, port))
        await asyncio.wait({serving})
        raise CannotStart("the public port was closed")


async def _database(
    settings: Settings, folder: Path, logs: Path, keeper: Supervisor
) -> tuple[str, str]:
    """DATABASE_URL of the services and of the state store, which has its own role in the bundled PostgreSQL."""
    if settings.database_url is not None:
        return settings.database_url, settings.database_url
    # Five pools, the connections of the relay and the consumers, and a margin for restarts.
    postgres = Postgres(folder / "postgres", logs / "database.log", connections=120)
    database = await postgres.launch()
    keeper.add(database)
    await postgres.ready()
    keeper.watch(database, before=postgres.clean_up_after_crash)
    return postgres.url, postgres.url_of("dapr")


async def _state_schema(url: str) -> None:
    """Create the role and the schema in which daprd creates its tables. The role has no other rights."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = 'dapr'"):
            await connection.execute("CREATE ROLE dapr LOGIN")
        await connection.execute("CREATE SCHEMA IF NOT EXISTS dapr AUTHORIZATION dapr")
    finally:
        await connection.close()


async def _broker(
    settings: Settings, folder: Path, logs: Path, keeper: Supervisor, port: frontend.PortMaker
) -> str:
    if settings.kafka_brokers is not None:
        return settings.kafka_brokers
    number = port(9092)
    brokers = f"127.0.0.1:{number}"
    where = (folder / "kafka", logs, number, port(None))
    broker = await kafka.start(*where)

    async def topics_again(restarted: Child) -> None:
        """Create the topics of a broker that has lost its data."""
        while restarted.running:
            try:
                await frontend.listening(restarted, number)
                await _topics(settings, brokers)
            except (CannotStart, SettingsInvalid) as reason:
                keeper.tell(f"the topics cannot be checked: {reason}")
                await asyncio.sleep(2)
            else:
                return

    keeper.watch(broker, before=lambda: kafka.prepare(*where), after=topics_again)
    await frontend.listening(broker, number)
    return brokers


async def _topics(settings: Settings, brokers: str) -> None:
    await apply_topics(settings.model_copy(update={"kafka_brokers": brokers}))


def _environment(settings: Settings, parts: Parts) -> dict[str, str]:
    """The environment of every service: .env of the current folder, our environment, and the stack's settings."""
    dotenv = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {
        **dotenv,
        **os.environ,  # noqa: TID251  (the services read their settings from it, as in a cluster)
        "DATABASE_URL": parts.database_url,
        "KAFKA_BROKERS": parts.brokers,
        "DAPR_API_TOKEN": parts.dapr_token,
        "APP_API_TOKEN": parts.app_token,
        "TODO_DATA_DIR": str(parts.folder),
        "TODO_PUBLIC_URL": settings.origin,
        "TODO_TRUSTED_PROXIES": "127.0.0.1",  # the public port proxies to the services
        "TODO_DATABASE_POOL": "5",
        "PYTHONUNBUFFERED": "1",
    }


def _app_command(place: ServicePorts, parts: Parts, environment: Mapping[str, str]) -> Command:
    app = place.app
    own = {
        **app.env,
        "APP_ID": app.app_id,
        "APP_PORT": str(place.app_port),
        "DAPR_HTTP_PORT": str(place.http_port),
        "DAPR_GRPC_PORT": str(place.grpc_port),
    }
    if app.app_id == FRONTEND:
        # The pages need the token of their sidecar and no other secret.
        base = {**plain_environment(), "DAPR_API_TOKEN": parts.dapr_token}
        own["PORT"] = str(place.app_port)
    else:
        base = dict(environment)
        if place.app_metrics_port is not None:
            own["TODO_METRICS_PORT"] = str(place.app_metrics_port)
    return Command(
        name=app.app_id,
        argv=app.command,
        cwd=app.app_dir_path,
        log=parts.logs / f"{app.app_id}.log",
        env={**base, **own},
        stop_within=10,
    )


def _sidecar_command(place: ServicePorts, parts: Parts, settings: Settings, daprd: Path) -> Command:
    loopback = "127.0.0.1"
    password = settings.kafka_username is not None
    return Command(
        name=f"{place.app.app_id}'s sidecar",
        argv=[
            daprd, *daprd_arguments(place.app),
            "--app-port", str(place.app_port),
            "--dapr-http-port", str(place.http_port),
            "--dapr-grpc-port", str(place.grpc_port),
            "--dapr-internal-grpc-port", str(place.internal_port),
            # The defaults of these three are all interfaces.
            "--dapr-listen-addresses", loopback,
            "--dapr-internal-grpc-listen-address", loopback,
            "--metrics-listen-address", loopback,
            "--metrics-port", str(place.metrics_port),
            "--placement-host-address", "", "--scheduler-host-address", "",
            "--dapr-graceful-shutdown-seconds", "30",
        ],
        # daprd reads names.db and secrets.json in its current folder
        cwd=parts.folder / "dapr",
        log=parts.logs / f"{place.app.app_id}.daprd.log",
        env={
            **plain_environment(),
            "DAPR_API_TOKEN": parts.dapr_token,
            "APP_API_TOKEN": parts.app_token,
            # the address that it registers for the other sidecars
            "DAPR_HOST_IP": loopback,
            "KAFKA_BROKERS": parts.brokers,
            "KAFKA_AUTH_TYPE": "password" if password else "none",
            "KAFKA_USERNAME": settings.kafka_username or "",
            "KAFKA_SASL": _MECHANISM[settings.kafka_sasl_mechanism],
            "KAFKA_DISABLE_TLS": str(not (password and settings.kafka_tls)).lower(),
            "KAFKA_CA_CERT": certificates(settings) or "",
            "GOMEMLIMIT": "96MiB",
        },
        stop_within=10,
    )  # fmt: skip


async def _up(place: ServicePorts, token: str, patience: float = 180) -> None:
    """Wait until the sidecar and the app are healthy and the sidecar calls the app."""
    paths = ["/v1.0/healthz"]
    if place.app.enable_app_health_check:
        # Before its first health probe of the app, the sidecar refuses invocations.
        paths.append(f"/v1.0/invoke/{place.app.app_id}/method/healthz")
    app_id = place.app.app_id
    said = "no answer"
    with contextlib.suppress(TimeoutError):
        async with (
            asyncio.timeout(patience),
            httpx2.AsyncClient(trust_env=False, verify=False, timeout=5) as client,
        ):
            while paths:
                try:
                    answer = await client.get(
                        f"http://127.0.0.1:{place.http_port}{paths[0]}",
                        headers={"dapr-api-token": token},
                    )
                except httpx2.TransportError as error:
                    said = str(error)
                else:
                    if answer.is_success:
                        del paths[0]
                        continue
                    said = answer.text
                await asyncio.sleep(0.1)
            return
    raise CannotStart(f"{app_id} and its sidecar are not up after {patience:.0f} s: {said}")


def _edge(settings: Settings, ports: Mapping[str, int]) -> tuple[Edge, list[Proxy]]:
    """The routes that the ingress has in a cluster."""
    scheme = settings.origin.partition(":")[0]
    api, live = (Proxy(ports[app], scheme=scheme) for app in (BACKEND, WEBSOCKET))
    pages = Proxy(ports[FRONTEND], scheme=scheme, begins_within=PAGE_SECONDS)
    return Edge([(("/ws",), live), (PRODUCT_PATHS, api)], otherwise=pages), [api, live, pages]


def _write_secrets(settings: Settings, parts: Parts) -> None:
    """Write the file of the component `local-secrets`."""
    home = parts.folder / "dapr"
    home.mkdir(exist_ok=True)
    # Entries of the last run name processes that are gone; invoking them costs a timeout.
    for stale in home.glob("names.db*"):
        stale.unlink()
    password = settings.kafka_password
    smtp = settings.smtp_url
    _write_private(
        home / "secrets.json",
        {
            "kafka-password": password.get_secret_value() if password else "",
            "statestore-connection": parts.state_url,
            "smtp-url": smtp.get_secret_value() if smtp else "",
        },
    )


def _description(
    places: list[ServicePorts],
    parts: Parts,
    apps: Supervisor,
    sidecars: Supervisor,
    stores: Supervisor,
) -> dict[str, object]:
    """For tools that inspect a running stack: `todo replay`, `make storm`, kcat."""
    return {
        "pid": os.getpid(),
        "database_url": parts.database_url,
        "kafka_brokers": parts.brokers,
        "dapr_api_token": parts.dapr_token,
        "app_api_token": parts.app_token,
        "stores": stores.pids,
        "apps": {
            place.app.app_id: {
                "pid": apps.pids.get(place.app.app_id),
                "daprd_pid": sidecars.pids.get(f"{place.app.app_id}'s sidecar"),
                "app_port": place.app_port,
                "dapr_http_port": place.http_port,
                "dapr_grpc_port": place.grpc_port,
                "metrics_port": place.metrics_port,
            }
            for place in places
        },
    }


def _write_private(path: Path, content: Mapping[str, object]) -> None:
    """Write a file atomically, readable by its owner only."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
    fresh.replace(path)
