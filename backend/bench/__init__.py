import os
import platform
from datetime import UTC, datetime
from typing import Any


def circumstances() -> dict[str, Any]:
    """What every report begins with."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "kernel": platform.release(),
        },
        "load_before": os.getloadavg(),
    }
