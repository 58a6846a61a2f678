"""One delivery is one transaction: the inbox row and the effect live or die together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from todo.domain.errors import DomainError
from todo.domain.events import read_data
from todo.runtime import observe
from todo.runtime.database import UNREACHABLE, Database
from todo.runtime.envelope import Envelope, Malformed, decode
from todo.runtime.observe import log
from todo.runtime.ports import Outcome, Reaction


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str = ""
    # The database was away: that says nothing about the event, so it does not count as one of its attempts.
    outage: bool = False


SUCCESS = Verdict(Outcome.SUCCESS)


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
    database: Database, app_id: str, react: Reaction, envelopes: Sequence[Envelope]
) -> Verdict:
    """Let `react` have each event that `app_id` has not had, all in one transaction."""
    try:
        async with database.unit(app_id) as unit:
            fresh = await unit.first_times(app_id, [envelope.id for envelope in envelopes])
            for envelope in envelopes:
                if envelope.id in fresh:
                    # A batch may hold the same event twice.
                    fresh.discard(envelope.id)
                    observe.continue_trace(envelope.traceparent)
                    await react(envelope, unit)
    except DomainError as error:  # a retry cannot change a rule
        return Verdict(Outcome.DROP, error.message)
    except asyncpg.DataError as error:  # what PostgreSQL cannot hold today it cannot hold tomorrow
        return Verdict(Outcome.DROP, f"a value cannot be stored: {error}")
    except UNREACHABLE as error:
        log.warning("a delivery waits for the database", consumer=app_id, reason=str(error))
        return Verdict(Outcome.RETRY, f"the database does not answer: {error}", outage=True)
    except Exception as error:
        if len(envelopes) == 1:
            log.exception("delivery failed", consumer=app_id, event_id=str(envelopes[0].id))
        return Verdict(Outcome.RETRY, f"{type(error).__name__}: {error}")
    return SUCCESS


async def deliver_wire(
    database: Database, app_id: str, react: Reaction, wire: bytes | str | Mapping[str, object]
) -> Verdict:
    try:
        envelope = open_envelope(wire)
    except Malformed as error:
        return Verdict(Outcome.DROP, str(error))
    return await deliver(database, app_id, react, [envelope])
