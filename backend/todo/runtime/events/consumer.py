"""One delivery is one transaction: the inbox row and the effect live or die together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import DomainError
from todo.domain.events import read_data
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import Envelope, Malformed, decode
from todo.runtime.observe import log
from todo.runtime.ports import Outcome, Subscription


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str = ""
    # The database was away: that says nothing about the event, so it does not count as one of its attempts.
    outage: bool = False
    # It was nothing for this consumer, and says nothing about the database.
    passed_over: bool = field(default=False, compare=False)


SUCCESS = Verdict(Outcome.SUCCESS)
PASSED_OVER = Verdict(Outcome.SUCCESS, passed_over=True)

Note = Callable[[asyncpg.Pool | PoolConnectionProxy], Awaitable[None]]


def open_envelope(wire: bytes | str | Mapping[str, object]) -> Envelope:
    """Decode and bring old forms up to date. Raises Malformed, also for what a newer version sent."""
    envelope = decode(wire)
    try:
        data = read_data(envelope.type, envelope.data)
    except ValueError as error:
        raise Malformed(str(error)) from None
    return Envelope(
        envelope.type,
        envelope.source,
        envelope.key,
        data,
        envelope.time,
        envelope.traceparent,
        envelope.id,
    )


async def deliver(
    database: Database,
    app_id: str,
    subscription: Subscription,
    envelopes: Sequence[Envelope],
    note: Note | None = None,
) -> Verdict:
    """Let the subscription react to each event that `app_id` has not had, all in one transaction.

    `note` writes in it how far the reader has come. Then the commit need not wait for the disk: together with the
    effect the position is lost, and the events are read again.
    """
    wanted = [envelope for envelope in envelopes if subscription.wants(envelope)]
    try:
        if not wanted:
            if note is not None:
                await note(database.pool)
            return PASSED_OVER
        async with database.unit(app_id, durable=note is None) as unit:
            await _react_once(app_id, subscription, wanted, unit)
            if note is not None:
                await note(unit.connection)
    except DomainError as error:  # a retry cannot change a rule
        return Verdict(Outcome.DROP, error.message)
    except asyncpg.DataError as error:  # what PostgreSQL cannot hold today it cannot hold tomorrow
        return Verdict(Outcome.DROP, f"a value cannot be stored: {error}")
    except UNREACHABLE as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # its rollback failed, which hid that
            raise asyncio.CancelledError from None
        log.warning("a delivery waits for the database", consumer=app_id, reason=str(error))
        return Verdict(Outcome.RETRY, f"the database does not answer: {error}", outage=True)
    except Exception as error:
        if len(envelopes) == 1:
            log.exception("delivery failed", consumer=app_id, event_id=str(envelopes[0].id))
        return Verdict(Outcome.RETRY, f"{type(error).__name__}: {error}")
    return SUCCESS


async def _react_once(
    app_id: str, subscription: Subscription, envelopes: Sequence[Envelope], unit: Unit
) -> None:
    by_id = {
        envelope.id: envelope for envelope in envelopes
    }  # a batch may hold the same event twice
    fresh = await unit.first_times(app_id, list(by_id))
    if fresh:
        await subscription.react([e for e in by_id.values() if e.id in fresh], unit)


async def deliver_wire(
    database: Database,
    app_id: str,
    subscription: Subscription,
    wire: bytes | str | Mapping[str, object],
    note: Note | None = None,
) -> Verdict:
    try:
        envelope = open_envelope(wire)
    except Malformed as error:
        return Verdict(Outcome.DROP, str(error))
    return await deliver(database, app_id, subscription, [envelope], note)
