"""Python imports this file at its start under `make test-days`: the processes it starts get the shifted clock too.

The launcher gives PostgreSQL, the pages and the services environments of their own, without these variables.
"""

import asyncio
import os
import subprocess
from typing import Any

_NAMES = os.environ.get("SHIFTED_CLOCK", "").split()
_CLOCK = {name: os.environ[name] for name in _NAMES if name in os.environ}
_start = subprocess.Popen.__init__
# uvloop starts processes without subprocess.Popen.
_start_in_a_loop = asyncio.create_subprocess_exec


def _with_the_clock(options: dict[str, Any]) -> dict[str, Any]:
    if options.get("env") is None:
        return options
    own = dict(options["env"])
    if "PYTHONPATH" in own and _CLOCK:
        own["PYTHONPATH"] += os.pathsep + _CLOCK["PYTHONPATH"]
    return {**options, "env": {**_CLOCK, **own}}


def _start_shifted(self: Any, *arguments: Any, **options: Any) -> None:
    _start(self, *arguments, **_with_the_clock(options))


async def _start_shifted_in_a_loop(*arguments: Any, **options: Any) -> Any:
    return await _start_in_a_loop(*arguments, **_with_the_clock(options))


subprocess.Popen.__init__ = _start_shifted  # type: ignore[method-assign]
asyncio.create_subprocess_exec = _start_shifted_in_a_loop
