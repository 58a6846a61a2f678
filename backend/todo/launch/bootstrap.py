"""From a fresh clone to something that can start: packages, pages, and nothing twice.

Runs before there is an environment, so: standard library only. Each step leaves a stamp (a digest of what it
was made from) beside what it made; a step whose stamp still matches is not repeated, and deleting the product
deletes the stamp.
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
GO = (1, 21)  # from here on the go command fetches the toolchain that go.mod asks for
DAPRD = "1.18.2"
KAFKA = "4.3.1"

# What `next build` reads. Tests and lint settings are left out: they change nothing on the pages.
PAGES = (
    "package.json", "package-lock.json", "next.config.ts", "postcss.config.mjs", "tsconfig.json",
    "src", "public",
)  # fmt: skip


def digest(paths: Iterable[Path], base: Path, *words: str) -> str:
    """One value for the names and contents of files; folders count with everything in them."""
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


def run(argv: Sequence[str | Path], cwd: Path, what: str, env: Mapping[str, str] = {}) -> None:
    """Quiet unless it fails; then its last words, and one line that says which step it was."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env={**_environment(), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-15:])
        raise CannotStart(f"{what} failed (exit {done.returncode}):\n{tail}")


def _environment() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251  (there are no settings yet; children inherit)


def version(text: str) -> tuple[int, ...]:
    """The first dotted number in what a program says about itself."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def reported(argv: Sequence[str]) -> str | None:
    """What a program says about its version, or None when it is not there or does not run."""
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
    """What only `STACK=dapr` needs: Java for the broker, Go where daprd has to be built."""
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
                f"daprd {DAPRD} is not here and building it needs Go {GO[0]}.{GO[1]} or newer;"
                " install Go, or set DAPRD to the program (it comes with the Dapr CLI)"
            )


def cache() -> Path:
    base = _environment().get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "todo"


def daprd(environment: Mapping[str, str]) -> Path | None:
    """DAPRD, else a new enough one from the PATH or from `dapr init`, else the one built here before."""
    named = environment.get("DAPRD")
    if named:
        if not os.access(named, os.X_OK):
            raise CannotStart(f"DAPRD: {named} is not a program that can be run")
        return Path(named)
    for candidate in (shutil.which("daprd"), str(Path.home() / ".dapr/bin/daprd")):
        said = reported([candidate, "--version"]) if candidate else None
        # An older one may not know what the configuration asks for; it is left alone and ours is built.
        if candidate and said is not None and version(said) >= version(DAPRD):
            return Path(candidate)
    built = cache() / f"daprd-{DAPRD}" / "daprd"
    return built if os.access(built, os.X_OK) else None


def find_uv(steps: Steps) -> str:
    found = shutil.which("uv")
    # A version manager's placeholder can be on the PATH without a program behind it.
    if found is not None and reported([found, "--version"]):
        return found
    own = ROOT / ".cache" / "uv"
    program = own / "bin" / "uv"
    if not program.exists():
        with steps.step("uv, which installs the Python packages"):
            run(
                [sys.executable, "-m", "venv", own],
                ROOT,
                "python -m venv (on Debian: apt install python3-venv)",
            )
            run([own / "bin" / "python", "-m", "pip", "install", "-q", UV], ROOT, f"pip {UV}")
    return str(program)


def python_packages(steps: Steps, *, dev: bool = False) -> Path:
    """backend/.venv holds the lock file's packages and our own, editable; answers its python."""
    backend = ROOT / "backend"
    venv = backend / ".venv"
    python = venv / "bin" / "python"
    lock = backend / ("requirements-dev.lock" if dev else "requirements-local.lock")
    value = digest([lock, backend / "pyproject.toml"], backend)
    stamps = {name: venv / f"todo-{name}.stamp" for name in ("dev", "local")}
    dev_value = digest([backend / "requirements-dev.lock", backend / "pyproject.toml"], backend)
    # The development set contains the other, so its stamp stands for both.
    if python.exists() and (
        stamped(stamps["dev"], dev_value) or (not dev and stamped(stamps["local"], value))
    ):
        return python
    uv = find_uv(steps)
    with steps.step("Python packages"):
        if not python.exists():
            run([uv, "venv", "-q", "--clear", "--python", sys.executable, venv], backend, "uv venv")
        for stamp in stamps.values():
            stamp.unlink(missing_ok=True)
        into: list[str | Path] = ["-q", "--python", python]
        # install, not sync: an environment keeps what somebody added to it by hand
        run(
            [uv, "pip", "install", *into, "--compile-bytecode", "--require-hashes", "-r", lock],
            backend,
            f"installing {lock.name}",
        )
        run([uv, "pip", "install", *into, "--no-deps", "-e", "."], backend, "installing todo")
        stamps["dev" if dev else "local"].write_text(value)
    return python


def installed_already(frontend: Path) -> bool:
    """Does node_modules hold exactly the lock file's versions (an `npm install` by hand does)?"""
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
    if not installed_already(frontend):
        with steps.step("Node packages"):
            run(
                ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
                frontend,
                "npm ci",
                {"npm_config_update_notifier": "false"},
            )
    stamp.write_text(value)


def pages(steps: Steps) -> None:
    frontend = ROOT / "frontend"
    standalone = frontend / ".next" / "standalone"
    stamp = standalone / "todo.stamp"
    value = digest([frontend / name for name in PAGES], frontend)
    if stamped(stamp, value):
        return
    node_packages(steps)
    with steps.step("building the pages"):
        stamp.unlink(missing_ok=True)
        run(["npm", "run", "build"], frontend, "next build", {"NEXT_TELEMETRY_DISABLED": "1"})
        # The standalone server serves these itself, from these places, but the build does not put them there.
        for source, target in (
            (frontend / ".next" / "static", standalone / ".next" / "static"),
            (frontend / "public", standalone / "public"),
        ):
            shutil.rmtree(target, ignore_errors=True)
            if source.exists():
                shutil.copytree(source, target)
        stamp.write_text(value)


def kafka(steps: Steps) -> Path:
    """The broker's jars, from Maven, once per machine."""
    home = cache() / f"kafka-{KAFKA}"
    libs = home / "libs"
    stamp = home / "stamp"
    value = digest([ROOT / "dapr/kafka/pom.xml"], ROOT)
    if not stamped(stamp, value):
        with steps.step(f"Kafka {KAFKA}"):
            shutil.rmtree(home, ignore_errors=True)
            run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={libs}"],
                ROOT / "dapr" / "kafka",
                "fetching Kafka with Maven",
            )
            stamp.write_text(value)
    return libs


def sidecar(steps: Steps) -> Path:
    """daprd, built from its Go module where nobody has installed it; once per machine."""
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
                # The full build, as Dapr releases it: without a tag the program has no components and panics
                # at start, and the stable ones alone lack the name resolution that needs no multicast.
                "-tags", "allcomponents",
                "-ldflags", f"-s -w -X github.com/dapr/dapr/pkg/buildinfo.version={DAPRD}",
                "-o", fresh, "github.com/dapr/dapr/cmd/daprd",
            ],
            ROOT / "dapr" / "daprd",
            "building daprd",
        )  # fmt: skip
        fresh.replace(program)
    return program


@contextmanager
def alone(steps: Steps) -> Iterator[None]:
    """Two at once would build into each other's hands; the second waits, and finds everything done."""
    lock = ROOT / ".cache" / "bootstrap.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with steps.step("waiting for another make that is preparing the same folder"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare(steps: Steps, what: str) -> Path:
    """Make what `what` needs (see WHAT); answers the environment's python."""
    check_node()
    if "stack" in WHAT[what]:
        check_stack(_environment())
    with alone(steps):
        return _prepare(steps, WHAT[what])


def _prepare(steps: Steps, parts: frozenset[str]) -> Path:
    python = python_packages(steps, dev="dev" in parts)
    # Where PYTHONDONTWRITEBYTECODE is set every start would do it again. It is only faster: no reason to fail.
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
    # without starting anything afterwards
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
    return 0  # never: this process is that one now


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
