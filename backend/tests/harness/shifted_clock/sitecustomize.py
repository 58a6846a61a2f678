"""Python imports this file at its start under `make test-days`: the processes it starts get the shifted clock too.

The launcher gives PostgreSQL, the pages and the services environments of their own, without these variables.
"""

import os
import subprocess
from typing import Any

_NAMES = os.environ.get("SHIFTED_CLOCK", "").split()
_CLOCK = {name: os.environ[name] for name in _NAMES if name in os.environ}
_start = subprocess.Popen.__init__


def _start_shifted(self: Any, *arguments: Any, **options: Any) -> None:
    if options.get("env") is not None:
        own = dict(options["env"])
        if "PYTHONPATH" in own and _CLOCK:
            own["PYTHONPATH"] += os.pathsep + _CLOCK["PYTHONPATH"]
        options["env"] = _CLOCK | own
    _start(self, *arguments, **options)


subprocess.Popen.__init__ = _start_shifted  # type: ignore[method-assign]
