"""Prints what a script has measured, and keeps it in a report: docs/reports/edges.json."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def report(path: Path | None, name: str, command: str, measured: Mapping[str, Any]) -> None:
    """Each measurement is one object of the report at `path`; a new run of it replaces the last."""
    found = {
        "command": command,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        **measured,
    }
    print(json.dumps(found, indent=1), flush=True)
    if path is not None:
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**known, name: found}, indent=1, sort_keys=True) + "\n")
