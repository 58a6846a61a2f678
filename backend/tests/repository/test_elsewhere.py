"""What is due when depends on the task's zone alone: not on the machine's, nor on the day on which one asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[1] / "unit"
ABOUT_TIME = (
    "test_recurrence*.py", "test_quick_add*.py", "test_reminder*.py", "test_ical*.py", "test_channels.py",
)  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", ["2028-02-29T12:00:00", "2027-12-31T23:59:59"])
def test_the_suite_holds_on_the_other_side_of_the_date_line(moment: str) -> None:
    files = sorted(file for pattern in ABOUT_TIME for file in UNIT.glob(pattern))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.harness.elsewhere", *map(str, files)],
        cwd=UNIT.parents[1],
        env={**os.environ, "TZ": "Pacific/Apia", "TODO_TEST_MOMENT": f"{moment}+13:00"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
