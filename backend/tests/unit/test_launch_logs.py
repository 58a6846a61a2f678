"""Logs of `make up` stay small while it runs, and stay with their writers."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from tests.harness.system import eventually
from todo.launch import supervisor
from todo.launch.supervisor import keep_small, private_log, rotate


def test_a_large_log_is_moved_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "services.log"
    with private_log(log) as writer:
        os.write(writer.fileno(), b"first\n" * 10)
        rotate(log, limit=50)
        os.write(writer.fileno(), b"second\n")
    assert log.read_bytes() == b"second\n"
    kept = tmp_path / "services.log.1"
    assert kept.read_bytes() == b"first\n" * 10
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_second_rotation_replaces_the_first(tmp_path: Path) -> None:
    log = tmp_path / "pages.log"
    for text in (b"a" * 100, b"b" * 60):
        log.write_bytes(text)
        rotate(log, limit=50)
    assert (tmp_path / "pages.log.1").read_bytes() == b"b" * 60


def test_a_small_or_missing_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "pages.log"
    rotate(log, limit=50)
    log.write_bytes(b"a" * 50)
    rotate(log, limit=50)
    assert [path.name for path in tmp_path.iterdir()] == ["pages.log"]


async def test_logs_are_rotated_while_the_product_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LOG_SECONDS", 0.01)
    log = tmp_path / "kafka.log"
    keeping = asyncio.create_task(keep_small(tmp_path))
    log.write_bytes(b"x" * (supervisor.LOG_BYTES + 1))

    async def size() -> int:
        return log.stat().st_size

    await eventually(size, until=lambda size: size == 0)
    keeping.cancel()
