"""Run one Kafka broker (KRaft mode) on loopback, with its log in the data folder."""

import base64
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from todo.launch.bootstrap import KAFKA, cache
from todo.launch.progress import CannotStart
from todo.launch.supervisor import Child, Command, last_lines, plain_environment

# Small, with a quick start: few events, in a household or a test.
_JVM = (
    "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
)  # fmt: skip


def _java(main: str, *arguments: str | Path) -> list[str | Path]:
    libs = cache() / f"kafka-{KAFKA}" / "libs"
    if not libs.is_dir():
        raise CannotStart(
            "Kafka is not installed; start with `make up STACK=dapr`, which downloads it"
        )
    return ["java", *_JVM, "-cp", f"{libs}/*", main, *arguments]


def properties(folder: Path, port: int, controller: int) -> str:
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(folder),
        # `todo topics apply` creates the topics with their partitions and retention.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "num.recovery.threads.per.data.dir": "1",
        "log.cleaner.dedupe.buffer.size": "8388608",
        "unclean.leader.election.enable": "false",
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


async def start(folder: Path, logs: Path, port: int, controller: int) -> Child:
    """Start the broker, which is not listening yet."""
    await prepare(folder, logs, port, controller)
    return await Child.start(
        Command(
            name="kafka",
            argv=_java("kafka.Kafka", folder / "server.properties"),
            log=logs / "kafka.log",
            env=plain_environment(),
            cwd=folder,
            stop_within=3,
        )
    )


async def prepare(folder: Path, logs: Path, port: int, controller: int) -> None:
    """Write the settings, and format the storage if there is none."""
    _write(folder / "server.properties", properties(folder / "log", port, controller))
    if not _is_formatted(folder / "log"):
        await _format(folder, logs, port, controller)


def _write(settings: Path, text: str) -> None:
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(text)


def _is_formatted(storage: Path) -> bool:
    try:
        return "cluster.id=" in (storage / "meta.properties").read_text()
    except (OSError, UnicodeDecodeError):
        return False


async def _format(folder: Path, logs: Path, port: int, controller: int) -> None:
    """Format beside the storage and rename it, so that a killed start leaves no partial storage.

    A storage without a readable cluster id is deleted: Kafka cannot use it, and its events are in the outbox.
    """
    fresh = folder / "log.new"
    shutil.rmtree(fresh, ignore_errors=True)
    settings = folder / "format.properties"
    _write(settings, properties(fresh, port, controller))
    identity = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
    if identity.startswith("-"):
        identity = f"A{identity[1:]}"  # an id that begins with - would be an option
    maker = await Child.start(
        Command(
            name="kafka's storage",
            argv=_java("kafka.tools.StorageTool", "format", "-t", identity, "-c", settings),
            log=logs / "kafka.log",
            env=plain_environment(),
        )
    )
    try:
        code = await maker.process.wait()
    finally:
        await maker.stop()
    if code:
        said: Sequence[str] = last_lines(logs / "kafka.log", 1) or ["no output"]
        raise CannotStart(
            f"Kafka's storage cannot be formatted: {said[0]} (see {logs / 'kafka.log'})"
        )
    _sync(fresh)
    shutil.rmtree(folder / "log", ignore_errors=True)
    fresh.rename(folder / "log")


def _sync(folder: Path) -> None:
    """Kafka does not sync all files that it formats, and never starts again if a power failure loses one."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
