"""Prepare a clone to start: Python and Node packages, the pages, and for the stack Kafka and daprd.

Standard library only, because it runs before the packages are installed. Each step writes a stamp (a digest of its
inputs) into the folder that it makes, as its last action. A step is skipped while its stamp matches, so a killed
step is repeated. What a killed step left is deleted first: installers take a half-copied package for installed.
"""

import compileall
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from todo.launch.progress import CannotStart, Steps

ROOT = Path(__file__).resolve().parents[3]
UV = "uv==0.13.9"
NODE = (20, 9)
JAVA = 17
GO = (1, 21)  # from this version on, go downloads the toolchain that go.mod names
DAPRD = "1.18.2"
KAFKA = "4.3.1"

# What `next build` reads.
PAGES = (
    "package.json", "package-lock.json", "next.config.ts", "postcss.config.mjs", "tsconfig.json",
    "src", "public",
)  # fmt: skip


def digest(paths: Iterable[Path], base: Path, *words: str) -> str:
    """A hash of the names and contents of files and folders, without tests."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if ".test." not in file.name and file.suffix != ".pyc":
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                total.update(f"{file.relative_to(base).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def stamped(stamp: Path, value: str) -> bool:
    try:
        return stamp.read_text() == value
    except OSError:
        return False


@contextmanager
def making(what: str, stamp: Path, value: str) -> Iterator[bool]:
    """Run a step and write its stamp; yields whether an earlier run of the step was killed or failed."""
    marker = ROOT / ".cache" / f"{what}.unfinished"
    broken = marker.exists()
    marker.parent.mkdir(exist_ok=True)
    marker.touch()
    stamp.unlink(missing_ok=True)
    yield broken
    os.sync()  # a power failure must not keep the stamp and lose the files
    stamp.write_text(value)
    marker.unlink()


def run(argv: Sequence[str | Path], cwd: Path, what: str, env: Mapping[str, str] = {}) -> None:
    """Run a command. If it fails, raise CannotStart with the step and the end of the output."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env={**_environment(), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        close_fds=False,  # only inheritable ones are passed on: the lock of `alone`
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-15:])
        raise CannotStart(f"{what} failed (exit {done.returncode}):\n{tail}")


def _environment() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251  (settings are not loaded yet)


def version(text: str) -> tuple[int, ...]:
    """The first dotted number in the output of --version."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def reported(argv: Sequence[str]) -> str | None:
    """The output of a version command, or None if the program is missing or fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout + done.stderr if done.returncode == 0 else None


def check_node() -> None:
    said = reported(["node", "--version"])
    wanted = ".".join(map(str, NODE))
    if said is None:
        raise CannotStart(f"Node {wanted} or newer is needed and `node` is not on the PATH")
    if version(said) < NODE:
        raise CannotStart(f"Node {wanted} or newer is needed, but `node` is {said.strip()}")
    if shutil.which("npm") is None:
        raise CannotStart("npm is needed and is not on the PATH (it comes with Node)")


def check_stack(environment: Mapping[str, str]) -> None:
    """Check what only `STACK=dapr` needs: Java for the broker, and Go if daprd has to be built."""
    if not environment.get("KAFKA_BROKERS"):
        said = reported(["java", "-version"])
        if said is None or version(said) < (JAVA,):
            raise CannotStart(
                f"Java {JAVA} or newer is needed for the Kafka broker"
                f" ({'`java` is not on the PATH' if said is None else said.splitlines()[0]});"
                " install it, or set KAFKA_BROKERS to a broker that already runs"
            )
        if not (cache() / f"kafka-{KAFKA}" / "stamp").exists() and shutil.which("mvn") is None:
            raise CannotStart(
                "Maven (`mvn`) is needed once, to fetch the Kafka broker;"
                " install it, or set KAFKA_BROKERS to a broker that already runs"
            )
    if daprd(environment) is None:
        said = reported(["go", "version"])
        if said is None or version(said.removeprefix("go version go")) < GO:
            raise CannotStart(
                f"daprd {DAPRD} is not installed, and building it needs Go {GO[0]}.{GO[1]} or newer;"
                " install Go, or set DAPRD to the program (it comes with the Dapr CLI)"
            )


def cache() -> Path:
    base = _environment().get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "todo"


def daprd(environment: Mapping[str, str]) -> Path | None:
    """The program in DAPRD, else a recent daprd on the PATH or from `dapr init`, else the one built earlier."""
    named = environment.get("DAPRD")
    if named:
        if not os.access(named, os.X_OK):
            raise CannotStart(f"DAPRD: {named} is not a program that can be run")
        return Path(named)
    for candidate in (shutil.which("daprd"), str(Path.home() / ".dapr/bin/daprd")):
        said = reported([candidate, "--version"]) if candidate else None
        # An older daprd may lack features that the configuration uses.
        if candidate and said is not None and version(said) >= version(DAPRD):
            return Path(candidate)
    built = cache() / f"daprd-{DAPRD}" / "daprd"
    return built if os.access(built, os.X_OK) else None


def find_uv(steps: Steps) -> str:
    found = shutil.which("uv")
    # A version manager's shim can be on the PATH without an installed program.
    if found is not None and reported([found, "--version"]):
        return found
    own = ROOT / ".cache" / "uv"
    program = own / "bin" / "uv"
    if reported([str(program), "--version"]) is None:
        with steps.step("uv, which installs the Python packages"):
            run(
                [sys.executable, "-m", "venv", "--clear", own],
                ROOT,
                "python -m venv (on Debian: apt install python3-venv)",
            )
            run([own / "bin" / "python", "-m", "pip", "install", "-q", UV], ROOT, f"pip {UV}")
    return str(program)


def python_packages(steps: Steps, *, dev: bool = False) -> Path:
    """Install the packages of the lock file and our own (editable) into backend/.venv; returns its python."""
    backend = ROOT / "backend"
    venv = backend / ".venv"
    python = venv / "bin" / "python"
    lock = backend / ("requirements-dev.lock" if dev else "requirements-local.lock")
    value = digest([lock, backend / "pyproject.toml"], backend)
    stamps = {name: venv / f"todo-{name}.stamp" for name in ("dev", "local")}
    dev_value = digest([backend / "requirements-dev.lock", backend / "pyproject.toml"], backend)
    # The development packages include the local ones, so either stamp is enough.
    if python.exists() and (
        stamped(stamps["dev"], dev_value) or (not dev and stamped(stamps["local"], value))
    ):
        return python
    uv = find_uv(steps)
    stamp = stamps["dev" if dev else "local"]
    with steps.step("Python packages"), making("python-packages", stamp, value) as broken:
        if broken or reported([str(python), "--version"]) is None:
            run([uv, "venv", "-q", "--clear", "--python", sys.executable, venv], backend, "uv venv")
        for old in stamps.values():
            old.unlink(missing_ok=True)
        into: list[str | Path] = ["-q", "--python", python]
        # install, not sync, so that packages which were added by hand stay
        run(
            [uv, "pip", "install", *into, "--compile-bytecode", "--require-hashes", "-r", lock],
            backend,
            f"installing {lock.name}",
        )
        run([uv, "pip", "install", *into, "--no-deps", "-e", "."], backend, "installing todo")
    return python


def installed_already(frontend: Path) -> bool:
    """Whether node_modules has exactly the versions of the lock file, as after `npm install`."""
    try:
        wanted = json.loads((frontend / "package-lock.json").read_text())["packages"]
        there = json.loads((frontend / "node_modules/.package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return all(
        there.get(path, {}).get("version") == package.get("version")
        for path, package in wanted.items()
        if path and not package.get("optional") and not package.get("link")
    )


def node_packages(steps: Steps) -> None:
    frontend = ROOT / "frontend"
    stamp = frontend / "node_modules" / ".todo.stamp"
    value = digest([frontend / "package-lock.json"], frontend)
    if stamped(stamp, value):
        return
    with steps.step("Node packages"), making("node-packages", stamp, value) as broken:
        if broken or not installed_already(frontend):
            run(
                ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
                frontend,
                "npm ci",
                {"npm_config_update_notifier": "false"},
            )


def pages(steps: Steps) -> None:
    frontend = ROOT / "frontend"
    standalone = frontend / ".next" / "standalone"
    stamp = standalone / "todo.stamp"
    value = digest([frontend / name for name in PAGES], frontend)
    if stamped(stamp, value):
        return
    node_packages(steps)
    with steps.step("building the pages"), making("pages", stamp, value) as broken:
        if broken:
            shutil.rmtree(frontend / ".next", ignore_errors=True)
        run(["npm", "run", "build"], frontend, "next build", {"NEXT_TELEMETRY_DISABLED": "1"})
        # The standalone server serves these folders, but the build does not copy them.
        for source, target in (
            (frontend / ".next" / "static", standalone / ".next" / "static"),
            (frontend / "public", standalone / "public"),
        ):
            shutil.rmtree(target, ignore_errors=True)
            if source.exists():
                shutil.copytree(source, target)


def kafka(steps: Steps) -> Path:
    """Download the jars of the broker with Maven, once per machine."""
    home = cache() / f"kafka-{KAFKA}"
    libs = home / "libs"
    stamp = home / "stamp"
    value = digest([ROOT / "dapr/kafka/pom.xml"], ROOT)
    if not stamped(stamp, value):
        with steps.step(f"Kafka {KAFKA}"), making("kafka", stamp, value):
            shutil.rmtree(home, ignore_errors=True)
            run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={libs}"],
                ROOT / "dapr" / "kafka",
                "fetching Kafka with Maven",
            )
    return libs


def sidecar(steps: Steps) -> Path:
    """daprd; built from its Go module if it is not installed, once per machine."""
    found = daprd(_environment())
    if found is not None:
        return found
    program = cache() / f"daprd-{DAPRD}" / "daprd"
    program.parent.mkdir(parents=True, exist_ok=True)
    with steps.step(f"daprd {DAPRD} from its source (several minutes, once per machine)"):
        fresh = program.with_suffix(".new")
        run(
            [
                "go", "build", "-mod=readonly", "-trimpath",
                # As Dapr's releases are built. Without a tag daprd has no components and panics at start;
                # stablecomponents lacks the SQLite name resolution.
                "-tags", "allcomponents",
                "-ldflags", f"-s -w -X github.com/dapr/dapr/pkg/buildinfo.version={DAPRD}",
                "-o", fresh, "github.com/dapr/dapr/cmd/daprd",
            ],
            ROOT / "dapr" / "daprd",
            "building daprd",
        )  # fmt: skip
        os.sync()
        fresh.replace(program)
    return program


@contextmanager
def alone(steps: Steps) -> Iterator[None]:
    """Hold the lock of the preparation; a second `make` waits until the first is done.

    Installers inherit the lock, because they go on when only this process is killed.
    """
    lock = ROOT / ".cache" / "bootstrap.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with steps.step("waiting for another make in the same folder"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare(steps: Steps, what: str) -> Path:
    """Prepare the parts of `what` (see WHAT); returns the python of the virtual environment."""
    check_node()
    if "stack" in WHAT[what]:
        check_stack(_environment())
    with alone(steps):
        return _prepare(steps, WHAT[what])


def _prepare(steps: Steps, parts: frozenset[str]) -> Path:
    python = python_packages(steps, dev="dev" in parts)
    # Only for speed: where PYTHONDONTWRITEBYTECODE is set, every start would compile again. Errors are ignored.
    compileall.compile_dir(ROOT / "backend" / "todo", quiet=2)
    if "node" in parts:
        node_packages(steps)
    if "pages" in parts:
        pages(steps)
    if "stack" in parts:
        sidecar(steps)
        if not _environment().get("KAFKA_BROKERS"):
            kafka(steps)
    return python


WHAT: Mapping[str, frozenset[str]] = {
    "up": frozenset({"pages"}),
    "stack": frozenset({"pages", "stack"}),
    # prepare only
    "dev": frozenset({"dev", "node"}),
    "pages": frozenset({"dev", "pages"}),
    "stack-parts": frozenset({"dev", "pages", "stack"}),
}


def main(arguments: Sequence[str]) -> int:
    what = arguments[0] if arguments else "up"
    if what not in WHAT:
        sys.stderr.write(f"usage: scripts/bootstrap {' | '.join(WHAT)}\n")
        return 2
    try:
        python = prepare(Steps(), what)
    except CannotStart as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    if what not in {"up", "stack"}:
        return 0
    os.chdir(ROOT)
    argv = [str(python), "-m", "todo.launch", *(["--stack", "dapr"] if what == "stack" else [])]
    os.execve(python, argv, _environment())  # noqa: S606  (no shell on purpose)
    return 0  # not reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
