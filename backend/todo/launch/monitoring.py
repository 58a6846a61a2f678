"""Prometheus and Alertmanager for `make up MONITORING=1`: their configuration, and how they are started."""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from todo.launch.bootstrap import ROOT, cache
from todo.launch.supervisor import Command, Supervisor, plain_environment
from todo.runtime.settings import Settings

RULES = ROOT / "helm/todo-app/files/rules.yaml"
# Between two reads of the metrics, and between two evaluations of the rules.
INTERVAL = "5s"


@dataclass(frozen=True, slots=True)
class Ports:
    prometheus: int
    alertmanager: int


def program(name: str) -> Path | None:
    """From the PATH, or as `scripts/release tools` has built it."""
    found = shutil.which(name)
    built = cache() / "tools" / name
    if found is not None:
        return Path(found)
    return built if os.access(built, os.X_OK) else None


def missing() -> list[str]:
    return [name for name in ("prometheus", "alertmanager") if program(name) is None]


async def start(
    settings: Settings,
    folder: Path,
    logs: Path,
    targets: Mapping[str, Sequence[str]],
    keeper: Supervisor,
    port: Callable[[int | None], int],
) -> str:
    """Start both beside the product; returns the line for the terminal."""
    if lacking := missing():
        names = " and ".join(lacking)
        build = f"scripts/release tools {' '.join(lacking)}"
        return f"without {names}: `{build}` builds what is missing (minutes, once)"
    webhook = settings.alert_webhook.get_secret_value() if settings.alert_webhook else None
    ports = Ports(port(9095), port(9093))
    for command in commands(folder / "monitoring", logs, ports, targets, webhook=webhook):
        await keeper.start(command)
    return (
        f"watched  by Prometheus http://127.0.0.1:{ports.prometheus}/api/v1/alerts"
        f" and Alertmanager http://127.0.0.1:{ports.alertmanager}/api/v2/alerts"
    )


def commands(
    folder: Path,
    logs: Path,
    ports: Ports,
    targets: Mapping[str, Sequence[str]],
    *,
    webhook: str | None = None,
    rules: Path | None = None,
    interval: str | None = None,
) -> list[Command]:
    """How to run both. `targets`: per job the addresses to read. `webhook`: where alerts are sent."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "prometheus.yml", _prometheus(ports, targets, rules or RULES, interval or INTERVAL)
    )
    _write(folder / "alertmanager.yml", _alertmanager(webhook))
    loopback = "127.0.0.1"
    return [
        Command(
            name="prometheus",
            argv=[
                program("prometheus") or "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                "--storage.tsdb.retention.time=15d",
                f"--web.listen-address={loopback}:{ports.prometheus}",
            ],
            log=logs / "prometheus.log",
            env=plain_environment(),
            stop_within=10,
        ),
        Command(
            name="alertmanager",
            argv=[
                program("alertmanager") or "alertmanager",
                f"--config.file={folder / 'alertmanager.yml'}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address={loopback}:{ports.alertmanager}",
                "--cluster.listen-address=",
            ],
            log=logs / "alertmanager.log",
            env=plain_environment(),
        ),
    ]


def _prometheus(
    ports: Ports, targets: Mapping[str, Sequence[str]], rules: Path, interval: str
) -> dict[str, object]:
    return {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(rules)],
        "alerting": {
            "alertmanagers": [
                {"static_configs": [{"targets": [f"127.0.0.1:{ports.alertmanager}"]}]}
            ]
        },
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": list(addresses)}]}
            for job, addresses in targets.items()
        ],
    }


def _alertmanager(webhook: str | None) -> dict[str, object]:
    """One message per alert, repeated every four hours while it lasts."""
    receiver: dict[str, object] = {"name": "operator"}
    if webhook is not None:
        receiver["webhook_configs"] = [{"url": webhook, "send_resolved": True}]
    return {
        "route": {
            "receiver": "operator",
            "group_by": ["alertname"],
            "group_wait": "1s",
            "group_interval": "5s",
            "repeat_interval": "4h",
        },
        "receivers": [receiver],
    }


def _write(path: Path, document: object) -> None:
    """JSON is YAML. Only the owner may read it: the address of a webhook is a secret."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=1))
