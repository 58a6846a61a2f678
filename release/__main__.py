"""Run one command of the package: `scripts/release COMMAND ARGUMENT…`."""

import ast
import importlib
import os
import sys
from types import ModuleType

from release.programs import ROOT, tools_folder
from release.report import Refused

# Modules are imported when their command runs: those of a deployment need no installed package, others do.
COMMANDS = {
    "audit": "release.audit",
    "chart-docs": "release.chart_docs",
    "chart-schemas": "release.chart_schemas",
    "check-environment": "release.environment",
    "check-scan": "release.scan",
    "cluster-prepare": "release.cluster_prepare",
    "cluster-test": "release.cluster_test",
    "commits": "release.commits",
    "compatible": "release.compatible",
    "dapr-types": "release.dapr_types",
    "deploy": "release.deploy",
    "image": "release.references",
    "images": "release.images",
    "login-oke": "release.login_oke",
    "monitoring": "release.monitoring.generate",
    "pipeline": "release.pipeline",
    "restore-drill": "release.restore_drill",
    "sbom": "release.sbom",
    "sign": "release.sign",
    "smoke": "release.smoke",
    "try-stack": "release.try_stack",
    "tools": "release.tools",
    "traceability": "release.traceability",
    "verify": "release.verify",
}


def explain(command: str) -> str:
    """The docstring of the command's module, read without importing it."""
    source = ROOT / f"{COMMANDS[command].replace('.', '/')}.py"
    return ast.get_docstring(ast.parse(source.read_text())) or ""


def load(command: str) -> ModuleType:
    try:
        return importlib.import_module(COMMANDS[command])
    except ModuleNotFoundError as error:
        missing = f"the Python package {error.name} is not installed"
        raise Refused(f"{missing}: `make setup` makes the environment for it") from error


def main(arguments: list[str]) -> int:
    command, *rest = arguments or ["--help"]
    if command in ("-h", "--help"):
        print("scripts/release COMMAND, where --help after a command says more:\n")
        for name in COMMANDS:
            print(f"  {name:18} {explain(name).splitlines()[0]}")
        return 0
    if command not in COMMANDS:
        print(
            f"release: no such command: '{command}' (scripts/release lists them)", file=sys.stderr
        )
        return 2
    if rest in (["-h"], ["--help"]):
        print(explain(command))
        return 0
    os.environ["PATH"] = f"{tools_folder()}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        load(command).main(rest)
    except Refused as refusal:
        print(f"{command}: {refusal}", file=sys.stderr)
        if os.environ.get("GITHUB_ACTIONS"):
            print(f"::error title={command}::{refusal}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
