"""Build the Go programs of the checks and the pipeline into the cache, once per version; print the cache's folder.

    tools              all of them (10 to 20 minutes on two cores the first time)
    tools NAME…        only these
    tools chart NAME…  those that check the chart, and these

Each module below tools/ pins its programs by go.mod and go.sum. $TODO_TOOLS is another folder than
~/.cache/todo/tools.
"""

import hashlib
import os
import sys
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
    must(
        f"could not build {name}",
        *("nice", "-n", "15", "go", "build", "-trimpath"),
        *("-ldflags", f"-s -w {HELM_VERSION}", "-o", unfinished, package),
        cwd=ROOT / "tools" / folder,
        env={"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"},
    )
    unfinished.replace(into / name)
    stamp_file(name).write_text(f"{stamp(name)}\n")
