"""Fail when a scan found something. The report is uploaded before, so that the findings can be read.

check-scan FILE.sarif
"""

import json
from pathlib import Path

from release.report import Refused


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        raise Refused("give the SARIF file of a scan; without one nothing was scanned")
    try:
        runs = json.loads(Path(arguments[0]).read_text())["runs"]
        found = sorted({result["ruleId"] for run in runs for result in run["results"]})
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{arguments[0]} is no SARIF report with results: the scan did not end well"
        ) from error
    if not runs:
        raise Refused("the report has no run, so nothing was scanned")
    if found:
        raise Refused(f"{len(found)} with a fix available: {', '.join(found)}")
    print("check-scan: nothing found")
