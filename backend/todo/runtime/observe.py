"""JSON logs without what users wrote, and the trace context that an event carries on from its request."""

import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from io import TextIOBase
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import Processor

# Source: W3C Trace Context, version 00
_TRACEPARENT = re.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
# PostgreSQL quotes the row in DETAIL and CONTEXT, asyncpg the argument: both hold what a user wrote.
_VALUES = re.compile(
    r"(?:\n(?:DETAIL|CONTEXT):[^\n]*)|(?<=invalid input for query argument )(\$\d+): .*? \(",
    re.DOTALL,
)
_trace: ContextVar[str | None] = ContextVar("traceparent", default=None)


def traceparent() -> str | None:
    return _trace.get()


def continue_trace(parent: str | None, event_id: UUID | None = None) -> None:
    """Join the caller's trace (W3C traceparent), or start a new one. Log lines name it, and the event if given."""
    known = _TRACEPARENT.fullmatch(parent or "")
    trace_id = known[1] if known else secrets.token_hex(16)
    _trace.set(f"00-{trace_id}-{secrets.token_hex(8)}-01")
    structlog.contextvars.bind_contextvars(trace_id=trace_id)
    if event_id is not None:
        structlog.contextvars.bind_contextvars(event_id=str(event_id))


def name_actor(client: str) -> None:
    """Log lines of this request name which program acts, not its user."""
    structlog.contextvars.bind_contextvars(actor=client)


def without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """A processor that cuts values of users out of the texts of errors."""
    for key in ("exception", "reason"):
        if isinstance(event.get(key), str):
            event[key] = _VALUES.sub(lambda found: f"{found[1]} (" if found[1] else "", event[key])
    return event


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
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        without_values,
    ]
    render = structlog.processors.JSONRenderer()
    stream = LossyStream(sys.stderr)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    # What libraries log, in the same form.
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # asyncpg logs a traceback per attempt during an outage; callers log an outage once.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)


log: structlog.stdlib.BoundLogger = structlog.get_logger()
