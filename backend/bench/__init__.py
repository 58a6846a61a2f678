import os
import platform
import time
from datetime import UTC, datetime
from typing import Any


def circumstances() -> dict[str, Any]:
    """The beginning of every report: time, machine and load."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "kernel": platform.release(),
            "ms for a million turns of a loop": round(_million_turns()),
        },
        "load_before": os.getloadavg(),
    }


def _million_turns() -> float:
    """Milliseconds of processor time: a shared processor is not equally fast every day."""
    took = []
    for _ in range(3):
        began = time.process_time()
        total = 0
        for turn in range(1_000_000):
            total += turn * turn
        took.append((time.process_time() - began) * 1000)
    return min(took)
