"""Child processes: they are stopped, restarted when they die, and report why they cannot start."""

import asyncio
import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.harness.system import eventually
from todo.launch.progress import CannotStart
from todo.launch.supervisor import Child, Command, Supervisor, last_lines, plain_environment


def a_command(tmp_path: Path, code: str) -> Command:
    return Command(
        name="child",
        argv=[sys.executable, "-c", code],
        log=tmp_path / "child.log",
        env=plain_environment(),
        stop_within=5,
    )


async def test_a_program_that_is_missing_is_one_line(tmp_path: Path) -> None:
    command = Command("child", [tmp_path / "nothing"], tmp_path / "log")
    with pytest.raises(CannotStart) as reason:
        await Child.start(command)
    assert str(tmp_path / "nothing") in str(reason.value)


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    command = a_command(tmp_path, f"{deaf}; signal.pause()")
    child = await Child.start(
        Command(command.name, command.argv, command.log, command.env, stop_within=0.1)
    )

    async def deaf_now() -> list[str]:
        return last_lines(command.log)

    await eventually(deaf_now)
    await child.stop()
    assert child.process.returncode == -9


async def test_a_child_that_dies_is_restarted_and_its_last_lines_are_reported(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    keeper = Supervisor(told.append)
    again = asyncio.Event()
    child = await keeper.start(
        a_command(tmp_path, "import time; print('bye', flush=True); exit(3)")
    )
    keeper.changed = again.set
    async with asyncio.timeout(30):
        await again.wait()
    await keeper.stop()
    assert keeper.pids["child"] != child.process.pid
    assert told[0].startswith("child stopped (exit 3)")
    assert "    bye" in told


def test_the_plain_environment_of_a_child_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "OPENAI_API_KEY" not in plain_environment()
    assert "PATH" in plain_environment()


async def test_what_a_restarted_child_needs_is_done_before_and_after_its_start(
    tmp_path: Path,
) -> None:
    done: list[str] = []
    ready = asyncio.Event()

    async def before() -> None:
        done.append("before")

    async def after(child: Child) -> None:
        done.append("after" if child.process.pid != first.process.pid else "too early")
        ready.set()

    keeper = Supervisor(lambda text: None)
    first = await Child.start(a_command(tmp_path, "import time; time.sleep(60)"))
    keeper.watch(first, before, after)
    first.process.kill()
    async with asyncio.timeout(30):
        await ready.wait()
    await keeper.stop()
    assert done == ["before", "after"]


async def test_only_the_owner_may_read_a_log(tmp_path: Path) -> None:
    command = a_command(tmp_path, "print('a title')")
    command.log.write_text("of an earlier version")
    command.log.chmod(0o644)
    child = await Child.start(command)
    await child.process.wait()
    assert stat.S_IMODE(command.log.stat().st_mode) == 0o600


async def test_a_full_disk_does_not_end_the_supervision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todo.launch.supervisor._LONGEST_PAUSE", 0.01)
    told: list[str] = []
    full = [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]
    again = asyncio.Event()

    async def before() -> None:
        if full:
            raise full.pop()

    keeper = Supervisor(told.append)
    first = await Child.start(a_command(tmp_path, "import time; time.sleep(60)"))
    keeper.watch(first, before)
    keeper.changed = again.set
    first.process.kill()
    async with asyncio.timeout(30):
        await again.wait()
    await keeper.stop()
    assert "child waits: [Errno 28] No space left on device" in told
