"""Run parts of the suite on days that date arithmetic often gets wrong: `make test-days`.

Every process has a shifted clock, the browser and PostgreSQL included: a preloaded library (shifted_clock/clock.c)
shifts what a process reads from the system clock. Programs written in Go do not ask the C library for the time, so
daprd would keep the real date: the stack is not one of the parts.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[3]
REPORT = ROOT / "docs/reports/test-days.json"
PARTS = ("unit", "repository", "integration", "e2e")

# All their moments are fixed, and they take minutes: 100,000 cases with starts from 1995 to 2035.
FIXED_DATES = ("tests/integration/test_recurrence_postgres.py",)

# name: the zone of the machine, and its local time when a part begins
DAYS = {
    "last-day-but-one": ("Europe/Berlin", "2027-01-30T12:00"),
    "last-day": ("Europe/Berlin", "2027-01-31T00:05"),
    "28-february": ("America/New_York", "2028-02-28T12:00"),
    "29-february": ("Europe/Berlin", "2028-02-29T00:05"),
    "new-years-eve": ("Europe/Berlin", "2026-12-31T23:50"),
    "berlin-before-summer-time": ("Europe/Berlin", "2027-03-27T23:50"),
    "berlin-to-summer-time": ("Europe/Berlin", "2027-03-28T01:55"),
    "berlin-before-winter-time": ("Europe/Berlin", "2027-10-30T23:50"),
    "berlin-to-winter-time": ("Europe/Berlin", "2027-10-31T02:55"),
    "new-york-before-summer-time": ("America/New_York", "2027-03-13T23:50"),
    "new-york-to-summer-time": ("America/New_York", "2027-03-14T01:55"),
    "new-york-before-winter-time": ("America/New_York", "2027-11-06T23:50"),
    "new-york-to-winter-time": ("America/New_York", "2027-11-07T01:55"),
}

# The last line of pytest ("2 failed, 570 passed in 107.1s") and of Vitest ("Tests  1 failed | 139 passed (140)").
_RESULT = re.compile(
    r"^(?:=* *)?((?:\d+ \w+, )*\d+ (?:passed|failed|errors?).*) in [0-9.]+s.*$|^ *Tests  (.*)$",
    re.M,
)
_COUNT = re.compile(r"(\d+) (passed|failed|error)")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.M)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def shifted(environment: Mapping[str, str], zone: str, local: str) -> dict[str, str]:
    """`environment`, in which the clock starts at `local` in `zone`."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    clock = {
        "TZ": zone,
        "LD_PRELOAD": environment["SHIFTED_CLOCK_LIBRARY"],
        "SHIFTED_SECONDS": f"{moment.timestamp() - time.time():.0f}",
        "PYTHONPATH": str(Path(__file__).with_name("shifted_clock")),
        "PYTEST_ADDOPTS": " ".join(f"--ignore={file}" for file in FIXED_DATES),
    }
    return {**environment, **clock, "SHIFTED_CLOCK": " ".join(["SHIFTED_CLOCK", *clock])}


def run(name: str, part: str) -> dict[str, Any]:
    zone, local = DAYS[name]
    began = time.monotonic()
    done = subprocess.run(
        [ROOT / "scripts/test", part],
        env=shifted(os.environ, zone, local),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = _COLOUR.sub("", done.stdout)
    if done.returncode != 0:
        print(printed)
    counts = Counter[str]()
    for pytest, vitest in _RESULT.findall(printed):
        for number, outcome in _COUNT.findall(pytest or vitest):
            counts["passed" if outcome == "passed" else "failed"] += int(number)
    return {
        "passed": counts["passed"],
        "failed": counts["failed"],
        "failures": sorted(set(_FAILED.findall(printed))),
        "exit": done.returncode,
        "seconds": round(time.monotonic() - began),
        "ran_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def record(name: str, part: str, result: Mapping[str, Any]) -> None:
    """Add the result to the report, which keeps those of other days and parts."""
    report: dict[str, Any] = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    zone, local = DAYS[name]
    report.setdefault(name, {}).update({"zone": zone, "local_time": local, part: result})
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


def main(names: Iterable[str], parts: Sequence[str]) -> int:
    passed = True
    for name in names:
        for part in parts:
            result = run(name, part)
            record(name, part, result)
            print(
                f"{name} {part}: {result['passed']} passed, {result['failed']} failed", flush=True
            )
            passed &= result["exit"] == 0
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or DAYS, os.environ.get("PART", "").split() or PARTS))
