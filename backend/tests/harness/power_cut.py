"""Cut the power of the product while it is used: all processes are killed, and files lose what was not synced.

A preloaded library (synced.c, needs a C compiler) keeps the content of every file as of its last fsync. After the
kill each file gets that content; one that was never synced is empty. Names of files survive. With --without PATH
the syncs of files whose path contains PATH do not count: then acknowledged changes must be missing.

    scripts/power-cut --size embedded --cuts 10 --seed 1
    scripts/power-cut --size embedded --cuts 1 --without pg_wal
"""

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.harness.kill_start import Installation
from tests.harness.report import report
from tests.harness.system import eventually

_WRITERS = 4
_HERE = Path(__file__).parent


class Disk:
    """What is safe on the disk of an installation."""

    def __init__(self, folder: Path, without: str = "") -> None:
        self._data = folder / "data"
        self._synced = folder / "synced"
        self._without = without
        self._library = folder / "synced.so"
        self._synced.mkdir()
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-o", self._library, _HERE / "synced.c", "-ldl"],
            check=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        preload = {
            "LD_PRELOAD": str(self._library),
            "SYNCED_ROOT": str(self._data),
            "SYNCED_TO": str(self._synced),
            "SYNCED_NOT": self._without,
            "PYTHONPATH": os.pathsep.join(
                [str(_HERE / "shifted_clock"), os.environ.get("PYTHONPATH", "")]
            ),
        }
        return {**preload, "SHIFTED_CLOCK": " ".join(["SHIFTED_CLOCK", *preload])}

    def lose(self) -> Counter[str]:
        """Give every file its synced content; returns how many files lost something."""
        found: Counter[str] = Counter()
        for path in self._data.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            kept = self._synced / str(path.stat().st_ino)
            safe = kept.read_bytes() if kept.exists() else b""
            found["files"] += 1
            if path.read_bytes() != safe:
                found["files that lost something"] += 1
                path.write_bytes(safe)
        return found


async def run(installation: Installation, disk: Disk, cuts: int, seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    installation.environment = disk.environment
    lost: list[dict[str, int]] = []
    failures: list[str] = []
    await installation.start()
    for _ in range(cuts):
        working = [asyncio.create_task(_work(installation)) for _ in range(_WRITERS)]
        answered = len(installation.completed) + _WRITERS
        await eventually(
            lambda: _answered(installation),
            lambda count, wanted=answered: count >= wanted,  # type: ignore[misc]
            within=120,
        )
        await asyncio.sleep(chance.uniform(0, 2))
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        installation.kill()
        lost.append(dict(disk.lose()))
        try:
            await installation.start()
        except AssertionError as error:
            failures.append(str(error)[-500:])
            break
    return {
        "cuts": cuts,
        "started_afterwards": len(lost) - len(failures),
        "lost": lost,
        "failures": failures,
        "acknowledged": {
            "tasks": len(installation.titles),
            "completions": len(installation.completed),
        },
        "missing": await installation.missing() if not failures else None,
    }


async def _answered(installation: Installation) -> int:
    return len(installation.completed)


async def _work(installation: Installation) -> None:
    while True:
        await installation.work()


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--size", choices=["embedded", "dapr"], default="embedded")
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="power-cut-"))
    todo = str(Path(sys.executable).with_name("todo"))
    installation = Installation(folder, (todo, "up", "--stack", arguments.size))
    disk = Disk(folder, arguments.without)
    try:
        found = asyncio.run(run(installation, disk, arguments.cuts, arguments.seed))
    finally:
        installation.kill()
    without = f" --without {arguments.without}" if arguments.without else ""
    words = f"--size {arguments.size} --cuts {arguments.cuts} --seed {arguments.seed}{without}"
    good = not found["failures"] and not any(found["missing"].values())
    report(
        arguments.report,
        f"power cut {arguments.size}{without}",
        f"scripts/power-cut {words}",
        {**found, "good": good},
    )
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"not good; the data folder is kept in {folder}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
