"""Trace context: a request continues the trace of its caller, or begins a new one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from todo.runtime.observe import continue_trace, traceparent

_TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_traceparent_is_continued_with_a_new_span() -> None:
    continue_trace(f"00-{_TRACE}-b7ad6b7169203331-01")
    joined = traceparent() or ""
    assert joined.startswith(f"00-{_TRACE}-")
    assert "b7ad6b7169203331" not in joined


@pytest.mark.parametrize(
    "parent", [None, "", "----", "a-b-c-d", f"00-{_TRACE.upper()}-b7ad6b7169203331-01", "é-é-é-é"]
)
def test_an_invalid_traceparent_begins_a_new_trace(parent: str | None) -> None:
    continue_trace(parent)
    begun = traceparent() or ""
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", begun)
    assert _TRACE not in begun


_LOGGING = """
from todo.runtime.observe import configure_logging, log
configure_logging("info")
for number in range(3000):
    log.warning("a line", number=number)
print("worked on")
"""


def test_a_full_disk_loses_log_lines_and_nothing_else() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", _LOGGING],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=True,
        )
    assert done.stdout == "worked on\n"
