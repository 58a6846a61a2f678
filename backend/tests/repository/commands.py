"""Call a command of `scripts/release` in a clean environment, with stubs for the programs it uses."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
Done = subprocess.CompletedProcess[str]
# What a workflow or a developer's shell may have set, and a test must not inherit.
FOREIGN = ("GITHUB_", "ACTIONS_", "COSIGN_", "IMAGE", "KUBECONFIG", "NAMESPACE", "CLOUD", "SMOKE_")


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT) -> Done:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, **(env or {})},
        timeout=110,
        check=False,
    )


def release(command: str, *arguments: str | Path, env: dict[str, str] | None = None) -> Done:
    return run(ROOT / "scripts/release", command, *arguments, env=env)


def last_line(done: Done) -> str:
    """The last line of a command that refused."""
    assert done.returncode != 0, done.stdout
    return done.stderr.strip().splitlines()[-1]


def stub(path: Path, body: str) -> None:
    """A program of this name that does only this."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{body}\n")
    path.chmod(0o755)


def some_images(folder: Path) -> Path:
    """A release of two images by digest."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("backend", "frontend"):
        (folder / name).write_text(f"127.0.0.1:1/todo/todo-{name}@sha256:{'0' * 64}\n")
    return folder
