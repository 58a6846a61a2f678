"""One delivery: a transaction that holds the inbox rows of the events and their effect."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import DomainError
from todo.domain.events import read_data
from todo.runtime import metrics
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope, Malformed, decode
from todo.runtime.observe import log
from todo.runtime.ports import Outcome
from todo.runtime.service import Subscription


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str = ""
    # The database did not answer. That is not the event's fault, so it does not count as one of its attempts.
    outage: bool = False
    # The subscription's filter refused all events; the database was not used.
    filtered_out: bool = field(default=False, compare=False)


SUCCESS = Verdict(Outcome.SUCCESS)
FILTERED_OUT = Verdict(Outcome.SUCCESS, filtered_out=True)

Connection = asyncpg.Pool | PoolConnectionProxy
SaveProgress = Callable[[Connection], Awaitable[None]]


def open_envelope(wire: bytes | str | Mapping[str, object]) -> Envelope:
    """Decode an event and convert older versions of its data. Raises Malformed, also for a newer major version."""
    envelope = decode(wire)
    try:
        return replace(envelope, data=read_data(envelope.type, envelope.data))
    except ValueError as error:
        raise Malformed(str(error)) from None


async def deliver(
    database: Database,
    app_id: str,
    subscription: Subscription,
    envelopes: Sequence[Envelope],
    save_progress: SaveProgress | None = None,
) -> Verdict:
    """Call the subscription's handler with the events that `app_id` has not handled yet, in one transaction.

    `save_progress` stores the reader's position in the same transaction. The commit then need not wait for
    the disk: a power failure loses the effect and the position together, and the events are read again.
    """
    wanted = [envelope for envelope in envelopes if subscription.wants(envelope)]
    try:
        if not wanted:
            if save_progress is not None:
                await save_progress(database.pool)
            return FILTERED_OUT
        async with database.unit(app_id, durable=save_progress is None) as unit:
            fresh = await _react_once(app_id, subscription, wanted, unit)
            if save_progress is not None:
                await save_progress(unit.connection)
    except DomainError as error:  # the event breaks a rule: trying again cannot help
        return Verdict(Outcome.DROP, error.message)
    except (
        asyncpg.DataError
    ) as error:  # PostgreSQL cannot store the value: trying again cannot help
        return Verdict(Outcome.DROP, f"a value cannot be stored: {error}")
    except UNREACHABLE as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # cancelled, and the rollback failed as well
            raise asyncio.CancelledError from None
        log.warning("a delivery waits for the database", consumer=app_id, reason=str(error))
        return Verdict(Outcome.RETRY, f"the database does not answer: {error}", outage=True)
    except Exception as error:
        if len(envelopes) == 1:
            log.exception("delivery failed", consumer=app_id, event_id=str(envelopes[0].id))
        return Verdict(Outcome.RETRY, f"{type(error).__name__}: {error}")
    now, delay = database.now(), metrics.event_delivery.labels(app_id)
    for envelope in fresh:
        delay.observe((now - envelope.time).total_seconds())
    return SUCCESS


async def _react_once(
    app_id: str, subscription: Subscription, envelopes: Sequence[Envelope], unit: Unit
) -> list[Envelope]:
    """Returns those that were not handled before."""
    by_id = {envelope.id: envelope for envelope in envelopes}  # a batch may repeat an event
    first_times = await unit.first_times(app_id, list(by_id))
    fresh = [envelope for envelope in by_id.values() if envelope.id in first_times]
    if fresh:
        await subscription.react(fresh, unit)
    return fresh


async def deliver_wire(
    database: Database,
    app_id: str,
    subscription: Subscription,
    wire: bytes | str | Mapping[str, object],
    save_progress: SaveProgress | None = None,
) -> Verdict:
    """Decode and deliver one event; a malformed one is dropped with its reason."""
    try:
        envelope = open_envelope(wire)
    except Malformed as error:
        return Verdict(Outcome.DROP, str(error))
    return await deliver(database, app_id, subscription, [envelope], save_progress)
