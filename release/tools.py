"""Build the Go programs of the checks and the pipeline into the cache, once per version; print the cache's folder.

    tools              all of them (10 to 20 minutes on two cores the first time)
    tools NAME…        only these
    tools chart NAME…  those that check the chart, and these

Each module below tools/ pins its programs by go.mod and go.sum. $TODO_TOOLS is another folder than
~/.cache/todo/tools.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from release.programs import ROOT, must, require, tools_folder
from release.report import Refused

# Helm and its plugin ask the client library which Kubernetes they speak; an unstamped build would say 1.20.
HELM_VERSION = " ".join(
    f"-X helm.sh/helm/v3/{variable}"
    for variable in (
        *("pkg/chartutil.k8sVersionMajor=1", "pkg/chartutil.k8sVersionMinor=34"),
        *("pkg/lint/rules.k8sVersionMajor=1", "pkg/lint/rules.k8sVersionMinor=34"),
        "internal/version.version=v3.22.0",
    )
)


# Program: its Go module below tools/, and its package there.
CHART_PROGRAMS = {
    "helm": ("helm", "helm.sh/helm/v3/cmd/helm"),
    "kubeconform": ("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform"),
    "kube-score": ("kube-score", "github.com/zegl/kube-score/cmd/kube-score"),
    "helm-unittest": ("helm-unittest", "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"),
    "podsecurity": ("podsecurity", "."),
}
PROGRAMS = {
    **CHART_PROGRAMS,
    "actionlint": ("pipeline", "github.com/rhysd/actionlint/cmd/actionlint"),
    "crane": ("pipeline", "github.com/google/go-containerregistry/cmd/crane"),
    "cosign": ("pipeline", "github.com/sigstore/cosign/v3/cmd/cosign"),
    "promtool": ("prometheus", "github.com/prometheus/prometheus/cmd/promtool"),
    "prometheus": ("prometheus", "github.com/prometheus/prometheus/cmd/prometheus"),
    "alertmanager": ("alertmanager", "./cmd/alertmanager"),
}
# Without the service discovery of every cloud: a third of the time and of the memory of the full build.
TAGS = {"promtool": "remove_all_sd", "prometheus": "remove_all_sd"}
# The module of a program that embeds pages which are not in it, and the folders where they would be.
WITHOUT_PAGES = {
    "alertmanager": ("github.com/prometheus/alertmanager", ("ui/app/dist", "ui/mantine-ui/dist"))
}


def main(arguments: list[str]) -> None:
    wanted = arguments or [*PROGRAMS]
    ensure([name for word in wanted for name in (CHART_PROGRAMS if word == "chart" else [word])])
    print(tools_folder())


def ensure(names: list[str]) -> None:
    """Build those of these programs that are not in the cache."""
    for name in names:
        if name not in PROGRAMS:
            raise Refused(f"no such tool: {name} (known: {' '.join(PROGRAMS)})")
    missing = [name for name in names if not is_current(name)]
    for count, name in enumerate(missing, 1):
        print(f"tools: building {name} ({count} of {len(missing)})", file=sys.stderr)
        began = time.monotonic()
        build(name)
        print(f"tools: {name} after {time.monotonic() - began:.0f} s", file=sys.stderr)


def stamp(name: str) -> str:
    """A checksum of the program's module: any other version is another stamp."""
    module = ROOT / "tools" / PROGRAMS[name][0]
    sources = sorted({*module.glob("go.*"), *module.glob("*.go")})
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def stamp_file(name: str) -> Path:
    return tools_folder() / f"{name}.stamp"


def is_current(name: str) -> bool:
    if not os.access(tools_folder() / name, os.X_OK) or not stamp_file(name).is_file():
        return False
    return stamp_file(name).read_text().strip() == stamp(name)


def build(name: str) -> None:
    require("go")
    folder, package = PROGRAMS[name]
    into = tools_folder()
    into.mkdir(parents=True, exist_ok=True)
    # Built under another name and then renamed, so that concurrent builds are safe.
    unfinished = into / f".{name}.{os.getpid()}"
    with tempfile.TemporaryDirectory() as temporary:
        module = ROOT / "tools" / folder
        if name in WITHOUT_PAGES:
            module = copied(name, module, Path(temporary) / name)
        must(
            f"could not build {name}",
            *("nice", "-n", "15", "go", "build", "-trimpath", "-tags", TAGS.get(name, "")),
            *("-ldflags", f"-s -w {HELM_VERSION}", "-o", unfinished, package),
            cwd=module,
            env={"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"},
        )
    unfinished.replace(into / name)
    stamp_file(name).write_text(f"{stamp(name)}\n")


def copied(name: str, module: Path, into: Path) -> Path:
    """The source of a program, with a placeholder for its pages: Go refuses to embed a folder that is missing."""
    path, folders = WITHOUT_PAGES[name]
    said = must(f"could not fetch {name}", "go", "mod", "download", "-json", path, cwd=module)
    source = json.loads(said)["Dir"]
    shutil.copytree(source, into, copy_function=shutil.copyfile)
    for folder, _, _ in os.walk(into):  # read-only in Go's cache
        Path(folder).chmod(0o755)
    for missing in folders:
        (into / missing).mkdir(parents=True)
        (into / missing / "index.html").write_text(f"<title>{name}</title>The API is at /api/v2.\n")
    return into
