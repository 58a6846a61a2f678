"""Run the storm and report it.

scripts/storm --size embedded --seconds 120 --seed 1 --seed 2 --seed 3
scripts/storm --size dapr --blows kill stop
"""

import argparse
import asyncio
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.harness.storm.blows import KINDS
from tests.harness.storm.run import Plan, blows_of, storm


def main() -> int:
    parser = argparse.ArgumentParser(description="see the top of this file")
    parser.add_argument("--size", choices=["embedded", "dapr"], default="dapr")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--every", type=float, default=2)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--completions", type=int, default=1000)
    parser.add_argument("--reminders", type=int, default=400)
    parser.add_argument("--blows", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--report", type=Path)
    arguments = vars(parser.parse_args())
    report, seeds = arguments.pop("report"), arguments.pop("seed") or [1, 2, 3]
    arguments["blows"] = blows_of(arguments["size"], arguments["blows"])
    good = True
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix=f"storm-{seed}-"))
        found = asyncio.run(storm(Plan(seed=seed, **arguments), folder))
        print(json.dumps(found, indent=1), flush=True)
        if report:
            add(report, found)
        good = good and found["good"]
        if found["good"]:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"not good; the logs are kept in {folder}", flush=True)
    return 0 if good else 1


def add(report: Path, found: dict[str, Any]) -> None:
    """Add a run to the report, which keeps the latest run of each size, seed, pace and kinds of blows."""
    runs = json.loads(report.read_text())["runs"] if report.exists() else []

    def kind(run: dict[str, Any]) -> tuple[str, str, float, int]:
        blows, pace = " ".join(run.get("blows", ())), run.get("seconds_between_kills", 2)
        return run.get("size", "dapr"), blows, pace, run["seed"]

    runs = [run for run in runs if kind(run) != kind(found)] + [found]
    report.write_text(json.dumps({"runs": sorted(runs, key=kind)}, indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
