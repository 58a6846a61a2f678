"""JSON logs, and the trace context that an event carries on from its request."""

import logging
import re
import secrets
import sys
from contextlib import suppress
from contextvars import ContextVar
from io import TextIOBase
from typing import TextIO

import structlog

# Source: W3C Trace Context, version 00
_TRACEPARENT = re.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_trace: ContextVar[str | None] = ContextVar("traceparent", default=None)


def traceparent() -> str | None:
    return _trace.get()


def continue_trace(parent: str | None) -> None:
    """Join the caller's trace (W3C traceparent), or start a new one."""
    known = _TRACEPARENT.fullmatch(parent or "")
    trace_id = known[1] if known else secrets.token_hex(16)
    _trace.set(f"00-{trace_id}-{secrets.token_hex(8)}-01")
    structlog.contextvars.bind_contextvars(trace_id=trace_id)


class LossyStream(TextIOBase):
    """A log stream that drops what it cannot write: a full disk must not stop the work that is logged."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure_logging(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(LossyStream(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # asyncpg logs a traceback per attempt during an outage; callers log an outage once.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)


log: structlog.stdlib.BoundLogger = structlog.get_logger()
