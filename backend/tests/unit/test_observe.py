"""Trace context: a request continues the trace of its caller, or begins a new one."""

import re

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
