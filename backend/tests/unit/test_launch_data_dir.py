"""The data folder and the port: what is refused, and with which message."""

import errno
import io
import os
import re
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from todo.launch import data_dir, postgres, serve
from todo.launch.progress import CannotStart, Steps


def test_a_folder_is_created_and_locked_until_the_block_ends(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with data_dir.claimed(data):
        with pytest.raises(CannotStart, match=f"in use by process {os.getpid()}"):
            with data_dir.claimed(data):
                pass
    with data_dir.claimed(data):
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
        (errno.ENOSPC, "the disk is full"),
        (errno.ENOTDIR, "is not a folder"),
    ],
)
def test_an_error_of_the_disk_becomes_one_line_that_names_the_folder(
    tmp_path: Path, number: int, words: str
) -> None:
    with pytest.raises(CannotStart) as reason, data_dir.sentences(tmp_path):
        raise OSError(number, os.strerror(number))
    assert words in str(reason.value)
    assert str(tmp_path) in str(reason.value)
    assert "TODO_DATA_DIR" in str(reason.value)


def test_a_file_in_place_of_the_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(CannotStart, match="is not a folder"), data_dir.claimed(tmp_path / "data"):
        pass


def test_a_full_disk_is_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9 - 1, 1_000_000))
    with pytest.raises(CannotStart, match="the disk is full"), data_dir.claimed(tmp_path / "data"):
        pass


def test_a_busy_port_is_one_line_that_names_the_setting() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} is in use.*TODO_PORT"):
            serve.bind("127.0.0.1", port)


def test_a_data_folder_of_another_postgresql_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    for version, advice in (("99", "newer version"), ("9", "backup")):
        (data / "PG_VERSION").write_text(f"{version}\n")
        with pytest.raises(CannotStart, match=f"PostgreSQL {version}, .*{advice}"):
            postgres.Postgres(data, tmp_path / "log").check_version()


def test_a_long_path_gets_a_short_socket_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120) / "postgres"
    server = postgres.Postgres(deep, tmp_path / "log")
    assert len(str(server.socket_folder)) < 100
    assert postgres.Postgres(deep, tmp_path / "log").socket_folder == server.socket_folder


def test_steps_print_what_succeeded_and_what_failed() -> None:
    out = io.StringIO()
    steps = Steps(out)
    with steps.step("database"):
        pass
    with pytest.raises(ValueError), steps.step("pages"):
        raise ValueError
    done, failed = out.getvalue().splitlines()
    assert re.fullmatch(r"  ✓ database  \d+\.\d s", done)
    assert failed == "  ✗ pages"
