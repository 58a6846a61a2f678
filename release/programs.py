"""Run external programs: where they are, which are needed, and what they said when they failed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from release.report import Refused

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "todo-app"
# Programs that `scripts/release tools` can build when they are missing.
BUILT_HERE = ("cosign", "crane", "helm")

Done = subprocess.CompletedProcess[str]


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "todo"


def tools_folder() -> Path:
    return Path(os.environ.get("TODO_TOOLS") or cache() / "tools")


def require(*names: str) -> None:
    """Refuse to start when one of these programs is not on the PATH."""
    for name in names:
        if shutil.which(name) is None:
            how = f": scripts/release tools {name} builds it" if name in BUILT_HERE else ""
            raise Refused(f"{name} is not installed{how}")


def run(
    *command: str | Path,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Done:
    """The finished program, whatever its exit code; `env` is added to the environment."""
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        check=False,
    )


def last_line(done: Done) -> str:
    lines = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    return lines[-1] if lines else f"it ended with {done.returncode}"


def must(
    sentence: str,
    *command: str | Path,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """What the program printed; when it fails, a refusal with this sentence and the program's last line."""
    done = run(*command, stdin=stdin, env=env, cwd=cwd)
    if done.returncode:
        raise Refused(f"{sentence}: {last_line(done)}")
    return done.stdout


def show(
    *command: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> int:
    """Run a program that prints to this process's output; returns its exit code."""
    sys.stdout.flush()
    return subprocess.run(
        [str(part) for part in command], env={**os.environ, **(env or {})}, cwd=cwd, check=False
    ).returncode


def echo(*command: str | Path) -> tuple[int, list[str]]:
    """Run a program and print its output as it arrives; returns its exit code and its lines."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line.rstrip("\n"))
    return process.wait(), lines
