"""Shared by the tests of the chart: the pinned tools, the values files and the rendered objects."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from release.programs import tools_folder
from release.tools import CHART_PROGRAMS, ensure

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "helm" / "todo-app"
Object = dict[str, Any]

# A digest with the right format; the pipeline sets the real one.
DIGEST = "sha256:" + "0" * 64
PRODUCTION = (
    f"image.backend.repository=ghcr.io/example/todo-backend,image.backend.digest={DIGEST}",
    f"image.frontend.repository=ghcr.io/example/todo-frontend,image.frontend.digest={DIGEST}",
    "ingress.host=todo.example.org,certManager.email=ops@example.org",
    "kafka.brokers={seed-0.example.org:9092,seed-1.example.org:9092}",
)
STRIMZI = ("kafka.mode=strimzi", "kafka.brokers=null")
EVERYTHING = (
    "monitoring.enabled=true",
    "keda.enabled=true",
    "externalDns.enabled=true",
    "dapr.otlpEndpoint=otel-collector.monitoring:4317",
    "networkPolicy.otlpNamespace=monitoring",
)
GATEWAY = (
    "ingress.enabled=false",
    "ingress.host=",
    "gateway.enabled=true,gateway.host=todo.example.org,gateway.name=shared",
)

# Every supported way to install the chart: values files and settings.
WAYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "local": (("local",), ()),
    "prod": (("prod",), PRODUCTION),
    "oke": (("prod", "oke"), PRODUCTION),
    "gke": (("prod", "gke"), PRODUCTION),
    "aks": (("prod", "aks"), PRODUCTION),
    "oke, all on, strimzi": (("prod", "oke"), (*PRODUCTION, *STRIMZI, *EVERYTHING)),
    "gke, all on, gateway": (("prod", "gke"), (*PRODUCTION, *EVERYTHING, *GATEWAY)),
}


@cache
def tools() -> Path:
    """The folder of helm, kubeconform and the others; they are built once."""
    ensure([*CHART_PROGRAMS])
    return tools_folder()


def run(
    tool: str, *arguments: str | Path, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp")}
    return subprocess.run(
        [tools() / tool, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
    )


def template(
    files: tuple[str, ...], settings: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return run(
        "helm",
        *("template", "todo-app", CHART, "--namespace", "todo-app"),
        *(argument for file in files for argument in ("-f", CHART / f"values-{file}.yaml")),
        *(argument for setting in settings for argument in ("--set", setting)),
    )


@cache
def rendered(way: str) -> str:
    done = template(*WAYS[way])
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def objects(way: str) -> tuple[Object, ...]:
    return tuple(each for each in yaml.safe_load_all(rendered(way)) if each)


def of_kind(way: str, *kinds: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in objects(way) if each["kind"] in kinds}


@cache
def values() -> Object:
    loaded: Object = yaml.safe_load((CHART / "values.yaml").read_text())
    return loaded
