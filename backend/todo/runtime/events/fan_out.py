"""Broadcast events to a listener. Lost updates are not retried: the browser fetches the state by itself."""

from todo.runtime.context import Context
from todo.runtime.envelope import Malformed
from todo.runtime.events.delivery import open_envelope
from todo.runtime.observe import continue_trace, log
from todo.runtime.service import FanOut


async def broadcast(context: Context, fan_out: FanOut, wire: str) -> None:
    """Call the listener with one event; errors are only logged."""
    try:
        envelope = open_envelope(wire)
        continue_trace(envelope.traceparent, envelope.id)
        await fan_out.listen(envelope, context)
    except Malformed as error:
        log.warning("a live update was malformed", reason=str(error))
    except Exception:
        log.exception("a live update was not passed on")
