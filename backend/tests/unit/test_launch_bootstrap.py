"""Setup: what is built again after a change, and the message when a program is missing."""

import fcntl
import io
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from todo.launch import bootstrap
from todo.launch.progress import CannotStart, Steps


def a_folder(base: Path, **files: str) -> Path:
    for name, content in files.items():
        file = base / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return base


def test_the_digest_changes_with_a_file_s_content_its_name_and_its_presence(tmp_path: Path) -> None:
    base = a_folder(tmp_path, src__page_tsx="one", package_json="{}")
    before = bootstrap.digest([base / "package.json", base / "src"], base)
    assert before == bootstrap.digest([base / "package.json", base / "src"], base)

    (base / "src/page.tsx").write_text("two")
    changed = bootstrap.digest([base / "package.json", base / "src"], base)
    (base / "src/page.tsx").rename(base / "src/other.tsx")
    renamed = bootstrap.digest([base / "package.json", base / "src"], base)
    (base / "src/more.tsx").write_text("")
    added = bootstrap.digest([base / "package.json", base / "src"], base)
    assert len({before, changed, renamed, added}) == 4


def test_a_changed_test_file_does_not_build_the_pages_again(tmp_path: Path) -> None:
    base = a_folder(tmp_path, src__page_tsx="one", src__page_test_tsx="one")
    before = bootstrap.digest([base / "src"], base)
    (base / "src/page.test.tsx").write_text("two")
    assert bootstrap.digest([base / "src"], base) == before


def test_a_build_is_up_to_date_only_if_its_stamp_has_the_same_digest(tmp_path: Path) -> None:
    stamp = tmp_path / "built" / "stamp"
    assert not bootstrap.stamped(stamp, "abc")
    stamp.parent.mkdir()
    stamp.write_text("abc")
    assert bootstrap.stamped(stamp, "abc")
    assert not bootstrap.stamped(stamp, "def")


@pytest.mark.parametrize(
    ("there", "same"),
    [
        ({"node_modules/a": {"version": "1"}}, True),
        ({"node_modules/a": {"version": "2"}}, False),
        ({}, False),
    ],
)
def test_a_manual_install_is_kept_if_it_has_the_versions_of_the_lock_file(
    tmp_path: Path, there: dict[str, object], same: bool
) -> None:
    wanted = {
        "": {"name": "todo"},
        "node_modules/a": {"version": "1"},
        "node_modules/only-on-another-system": {"version": "1", "optional": True},
    }
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": wanted}))
    (tmp_path / "node_modules").mkdir()
    hidden = tmp_path / "node_modules/.package-lock.json"
    hidden.write_text(json.dumps({"packages": there}))
    assert bootstrap.installed_already(tmp_path) is same


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("v20.20.2\n", (20, 20, 2)),
        ('openjdk version "17.0.15" 2025-04-15', (17, 0, 15)),
        ('java version "1.8.0_301"', (1, 8, 0)),
        ("no number", ()),
    ],
)
def test_versions_are_read_from_what_programs_say(said: str, numbers: tuple[int, ...]) -> None:
    assert bootstrap.version(said) == numbers


def programs(monkeypatch: pytest.MonkeyPatch, **said: str | None) -> None:
    monkeypatch.setattr(bootstrap, "reported", lambda argv: said.get(argv[0]))
    monkeypatch.setattr("shutil.which", lambda name: said.get(name) and f"/bin/{name}")


def line(reason: pytest.ExceptionInfo[CannotStart]) -> str:
    text = str(reason.value)
    assert "\n" not in text
    return text


def test_a_missing_node_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    programs(monkeypatch)
    with pytest.raises(CannotStart) as reason:
        bootstrap.check_node()
    assert line(reason) == "Node 20.9 or newer is needed and `node` is not on the PATH"


def test_a_node_that_is_too_old_is_one_line_with_its_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs(monkeypatch, node="v18.19.0\n", npm="10")
    with pytest.raises(CannotStart) as reason:
        bootstrap.check_node()
    assert line(reason) == "Node 20.9 or newer is needed, but `node` is v18.19.0"


def test_missing_java_is_reported_with_the_alternative(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs(monkeypatch, go="go version go1.26.8 linux/amd64")
    with pytest.raises(CannotStart) as reason:
        bootstrap.check_stack({})
    assert "Java 17" in line(reason)
    assert "KAFKA_BROKERS" in line(reason)


def test_a_broker_that_already_runs_needs_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    programs(monkeypatch, go="go version go1.26.8 linux/amd64")
    bootstrap.check_stack({"KAFKA_BROKERS": "broker:9092"})


def test_missing_go_is_reported_with_the_alternative(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs(monkeypatch)
    monkeypatch.setattr(bootstrap, "cache", lambda: tmp_path)
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    with pytest.raises(CannotStart) as reason:
        bootstrap.check_stack({"KAFKA_BROKERS": "broker:9092"})
    assert "needs Go" in line(reason)
    assert "DAPRD" in line(reason)


def test_a_named_daprd_that_cannot_run_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as reason:
        bootstrap.daprd({"DAPRD": str(tmp_path / "nothing")})
    assert line(reason).startswith("DAPRD: ")


@pytest.mark.parametrize(
    ("said", "taken"), [("1.18.2\n", True), ("1.19.0", True), ("1.15.4", False)]
)
def test_an_installed_daprd_is_taken_if_it_is_new_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, taken: bool
) -> None:
    monkeypatch.setattr(bootstrap, "cache", lambda: tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: "/bin/daprd")
    monkeypatch.setattr(bootstrap, "reported", lambda argv: said)
    found = bootstrap.daprd({})
    assert (found == Path("/bin/daprd")) is taken


def test_a_failing_step_shows_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as reason:
        bootstrap.run(["sh", "-c", "echo the reason; exit 3"], tmp_path, "npm ci")
    assert str(reason.value) == "npm ci failed (exit 3):\n    the reason"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty clone, in which every command of the set-up succeeds without doing anything."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    a_folder(
        tmp_path,
        **{"frontend/package-lock.json": "{}", "frontend/package.json": "{}"},
        **dict.fromkeys(("backend/requirements-dev.lock", "backend/requirements-local.lock"), ""),
        **{"backend/pyproject.toml": "", "backend/.venv/bin/python": ""},
    )
    for name in set(bootstrap.PAGES) - {"public"}:
        (tmp_path / "frontend" / name).touch()
    (tmp_path / "frontend/public").mkdir()
    return tmp_path


STEPS = [
    (bootstrap.node_packages, "frontend/node_modules/.package-lock.json"),
    (bootstrap.pages, "frontend/.next/server/half.js"),
    (bootstrap.python_packages, "backend/.venv/lib/half_copied/__init__.py"),
]


@pytest.mark.parametrize(("step", "left_over"), STEPS)
def test_what_a_killed_step_left_is_made_anew(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: Callable[..., object], left_over: str
) -> None:
    """An installer takes a package for installed if it was killed while it copied its files."""
    ran: list[str] = []
    monkeypatch.setattr(bootstrap, "reported", lambda argv: "1.0")
    monkeypatch.setattr(bootstrap, "installed_already", lambda frontend: True)
    killed = True

    def run(argv: Sequence[str | Path], cwd: Path, what: str, env: object = None) -> None:
        ran.append(" ".join(map(str, argv)))
        if "build" in what:
            (root / "frontend/.next/standalone").mkdir(parents=True, exist_ok=True)
        if killed and "venv" not in argv:
            (root / left_over).parent.mkdir(parents=True, exist_ok=True)
            (root / left_over).write_text("half")
            raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "run", run)
    (root / "frontend/node_modules").mkdir()
    if step is bootstrap.node_packages:  # npm was killed, or it would not have run at all
        marker = root / ".cache/node-packages.unfinished"
        marker.parent.mkdir()
        marker.touch()
    with pytest.raises(KeyboardInterrupt):
        step(Steps(io.StringIO()))
    killed = False
    ran.clear()
    step(Steps(io.StringIO()))
    match step:
        case bootstrap.pages:
            assert not (root / left_over).exists()
            assert any("npm run build" in command for command in ran)
        case bootstrap.node_packages:
            assert any("npm ci" in command for command in ran)
        case _:
            assert any("venv" in command and "--clear" in command for command in ran)
    ran.clear()
    step(Steps(io.StringIO()))
    assert ran == [], "a finished step is not repeated"


def test_an_installer_that_outlives_a_killed_set_up_keeps_the_next_one_waiting(
    root: Path,
) -> None:
    with bootstrap.alone(Steps(io.StringIO())):
        orphan = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with (root / ".cache/bootstrap.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        orphan.kill()
        orphan.wait()
    with bootstrap.alone(Steps(io.StringIO())):
        pass
