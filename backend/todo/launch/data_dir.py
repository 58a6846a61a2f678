"""Lock and check the data folder: one process at a time, writable, with enough free space."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from todo.launch.progress import CannotStart

# Free space for a new database cluster with its write-ahead log; for an existing one to grow.
FIRST_START_BYTES = 200_000_000
LATER_BYTES = 50_000_000


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Create and lock the folder. Two servers on one cluster would corrupt it."""
    with sentences(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(folder)
        lock = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(lock, 32, 0).decode().strip()
            raise CannotStart(
                f"{folder}: in use by process {holder}, a `make up` that still runs;"
                " stop that one, or set TODO_DATA_DIR to another folder"
            ) from None
        with sentences(folder):
            # Write, because permission bits do not tell about a read-only or full disk.
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid():<4096}".encode(), 0)
            os.fsync(lock)
        yield folder
    finally:
        os.close(lock)


def is_claimed(folder: Path) -> bool:
    """Whether a launcher runs on the folder. A process id in a file could belong to anybody after a kill."""
    try:
        with (folder / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def sentences(folder: Path) -> Iterator[None]:
    """Turn an OSError about the folder into one line with advice."""
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.EROFS | errno.EACCES | errno.EPERM:
                reason = "cannot be written (read-only disk or somebody else's folder)"
            case errno.ENOSPC | errno.EDQUOT:
                reason = "the disk is full; free some space"
            case errno.EEXIST | errno.ENOTDIR:
                reason = "is not a folder"
            case _:
                reason = error.strerror or str(error)
        raise CannotStart(f"{folder}: {reason}, or set TODO_DATA_DIR to another folder") from error


def _check_room(folder: Path) -> None:
    needed = LATER_BYTES if (folder / "postgres").exists() else FIRST_START_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"{folder}: the disk is full ({free // 1_000_000} MB left, {needed // 1_000_000} MB needed);"
            " free some space, or set TODO_DATA_DIR to another folder"
        )
