"""The delivery engine: batching, halving, retry counting and dead letters, the same for every runtime.

A source (the embedded bus, a sidecar's request) passes events that arrived together and gets an outcome for each:
SUCCESS (handled), RETRY (pass it again later) or DROP (given up, stored as a dead letter).

- All events share one transaction. If it fails, each half is tried, down to the single events that fail.
- Order is kept per lane (see `Received.lane`): behind an event to be retried, the rest of its lane waits.
- An event that failed before is tried alone. After 8 failures, or if a retry cannot help, it is a dead letter.
- An outage of the database is no failure of the event, however often it happens.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.envelope import Malformed, key_of
from todo.runtime.events import dead_letters
from todo.runtime.events.delivery import (
    SUCCESS,
    Connection,
    SaveProgress,
    Verdict,
    deliver,
    deliver_wire,
    open_envelope,
)
from todo.runtime.observe import log
from todo.runtime.ports import Outcome
from todo.runtime.service import Subscription

ATTEMPTS = 8
_REMEMBERED = 10_000  # events whose failures are counted; the oldest is forgotten first
_NOT_TRIED = Verdict(Outcome.RETRY)


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it was received. Only a source that reads partitions itself knows partition and position."""

    wire: str
    partition: int | None = None
    position: int = 0

    @property
    def lane(self) -> int | str:
        """Events of one lane stay in order: those of a partition, or of a key where the partition is unknown."""
        return key_of(self.wire) if self.partition is None else self.partition


SavePositions = Callable[[Sequence[Received], Connection], Awaitable[None]]


class Consumer:
    """Delivers the events of one subscription to one service.

    `timeout`: seconds for one call of `handle`. `save_positions`: stores the reader's position in the
    transaction of the effect. `has_dead_letter_topic`: the broker keeps what is dropped, so the table may
    miss it.
    """

    def __init__(
        self,
        context: Context,
        app_id: str,
        subscription: Subscription,
        *,
        timeout: float | None = None,
        save_positions: SavePositions | None = None,
        has_dead_letter_topic: bool = False,
    ) -> None:
        self._context = context
        self._app_id = app_id
        self._subscription = subscription
        self._timeout = timeout
        self._save_positions = save_positions
        self._has_dead_letter_topic = has_dead_letter_topic
        self._failures: OrderedDict[str, int] = OrderedDict()

    async def handle(self, events: Sequence[Received]) -> list[Outcome]:
        """Deliver events in their order; one outcome for each."""
        return await self._in_order(events, self._deadline(), set()) if events else []

    async def handle_independent(self, events: Sequence[Received]) -> list[Outcome]:
        """Deliver events of different partitions. If they cannot share a transaction, all are tried at once."""
        deadline = self._deadline()
        if len(events) > 1 and await self._together(events, deadline) == SUCCESS:
            return [Outcome.SUCCESS] * len(events)
        return await asyncio.gather(*(self._alone(event, deadline) for event in events))

    def failures_of(self, event: Received) -> int:
        return self._failures.get(dead_letters.event_id_of(event.wire), 0) if self._failures else 0

    async def _in_order(
        self, events: Sequence[Received], deadline: float | None, waiting: set[int | str]
    ) -> list[Outcome]:
        """`waiting`: the lanes in which an event is to be retried. Events behind it are not delivered."""
        if len(events) == 1:
            [event] = events
            outcome = Outcome.RETRY
            if not (waiting and event.lane in waiting):
                outcome = await self._alone(event, deadline)
            if outcome is Outcome.RETRY:
                waiting.add(event.lane)
            return [outcome]
        verdict = _NOT_TRIED
        if not (waiting and any(event.lane in waiting for event in events)):
            verdict = await self._together(events, deadline)
        if verdict == SUCCESS:
            return [Outcome.SUCCESS] * len(events)
        # In an outage every transaction fails: try one event of each lane, not every half.
        size = 1 if verdict.outage else (len(events) + 1) // 2
        outcomes: list[Outcome] = []
        for start in range(0, len(events), size):
            outcomes += await self._in_order(events[start : start + size], deadline, waiting)
        return outcomes

    async def _together(self, events: Sequence[Received], deadline: float | None) -> Verdict:
        """All in one transaction. Unless it succeeds nothing is changed, and any of them may be the reason."""
        if any(self.failures_of(event) for event in events):
            return _NOT_TRIED
        try:
            envelopes = [open_envelope(event.wire) for event in events]
        except Malformed:
            return _NOT_TRIED
        try:
            # Half of the time that is left: the halves need the rest.
            async with asyncio.timeout(None if deadline is None else _left(deadline) / 2):
                verdict = await deliver(
                    self._context.db,
                    self._app_id,
                    self._subscription,
                    envelopes,
                    self._saving(events),
                )
        except TimeoutError:
            return _NOT_TRIED
        self._report_outage(verdict)
        return verdict

    async def _alone(self, event: Received, deadline: float | None) -> Outcome:
        if deadline is not None and _left(deadline) <= 0:
            return Outcome.RETRY  # other events used up the time: not counted as a failure
        try:
            async with asyncio.timeout_at(deadline):
                verdict = await deliver_wire(
                    self._context.db,
                    self._app_id,
                    self._subscription,
                    event.wire,
                    self._saving([event]),
                )
        except TimeoutError:
            verdict = Verdict(Outcome.RETRY, f"not handled within {self._timeout} s")
        self._report_outage(verdict)
        return await self._outcome(event, verdict)

    async def _outcome(self, event: Received, verdict: Verdict) -> Outcome:
        """Count a failure; give up after the last attempt, or at once if a retry cannot help."""
        match verdict.outcome:
            case Outcome.SUCCESS:
                if self._failures:
                    self._failures.pop(dead_letters.event_id_of(event.wire), None)
                return Outcome.SUCCESS
            case Outcome.RETRY:
                if verdict.outage or self._count_failure(event) < ATTEMPTS:
                    cause = "outage" if verdict.outage else "event"
                    metrics.event_retries.labels(self._app_id, cause).inc()
                    return Outcome.RETRY
            case Outcome.DROP:
                pass
        return await self._give_up(event, verdict.reason)

    def _count_failure(self, event: Received) -> int:
        event_id = dead_letters.event_id_of(event.wire)
        self._failures[event_id] = failures = self._failures.pop(event_id, 0) + 1
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)
        return failures

    async def _give_up(self, event: Received, reason: str) -> Outcome:
        database = self._context.db
        try:
            await dead_letters.store(
                database,
                topic=self._subscription.topic,
                consumer=self._app_id,
                wire=event.wire,
                reason=reason,
            )
            if self._save_positions is not None:
                await self._save_positions([event], database.pool)
        except UNREACHABLE as error:
            log.warning("a dead letter waits for the database", reason=str(error))
            self._context.health.report_outage(f"the database does not answer: {error}")
            return Outcome.RETRY
        except Exception:
            log.exception("a dead letter could not be stored", consumer=self._app_id)
            if not self._has_dead_letter_topic:
                return Outcome.RETRY
        self._failures.pop(dead_letters.event_id_of(event.wire), None)
        return Outcome.DROP

    def _report_outage(self, verdict: Verdict) -> None:
        """For `/dapr-health`: a database that answers may still refuse every write (disk full, read only)."""
        if verdict.outage:
            self._context.health.report_outage(verdict.reason)
        elif verdict.outcome is Outcome.SUCCESS and not verdict.filtered_out:
            self._context.health.report_outage(None)

    def _saving(self, events: Sequence[Received]) -> SaveProgress | None:
        return partial(self._save_positions, events) if self._save_positions else None

    def _deadline(self) -> float | None:
        if self._timeout is None:
            return None
        return asyncio.get_running_loop().time() + self._timeout


def _left(deadline: float) -> float:
    return deadline - asyncio.get_running_loop().time()
