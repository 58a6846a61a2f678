"""The storm in a small size; `make storm` runs the large one."""

import subprocess
import warnings
from pathlib import Path

import pytest

from tests.harness.storm.blows import KINDS
from tests.harness.storm.product import Disk, libfaketime
from tests.harness.storm.run import Plan, blows_of, storm


def possible_here(folder: Path) -> list[str]:
    """The blows that this machine allows: a container may refuse a mount, and libfaketime may be missing."""
    kinds = list(KINDS)
    try:
        Disk(folder / "probe", 1).unmount()
    except (OSError, subprocess.CalledProcessError) as reason:
        warnings.warn(
            f"the disk is not filled up: no file system can be mounted ({reason})", stacklevel=2
        )
        kinds.remove("fill-disk")
    try:
        libfaketime()
    except (OSError, subprocess.CalledProcessError, SystemExit) as reason:
        warnings.warn(f"the clock does not jump: {reason}", stacklevel=2)
        kinds.remove("jump-clock")
    return kinds


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", ["embedded", pytest.param("dapr", marks=pytest.mark.stack)])
async def test_nothing_is_lost_or_doubled_while_the_product_is_hit_in_every_way(
    tmp_path: Path, size: str
) -> None:
    blows = blows_of(size, possible_here(tmp_path))
    plan = Plan(
        size, seed=1, seconds=20, users=4, completions=60, reminders=24, blows=blows, jump_seconds=10,
    )  # fmt: skip
    found = await storm(plan, tmp_path)
    assert found["acknowledged_completions"] == 60
    assert found["acknowledged_reminders"] > 0
    assert found["good"], found
