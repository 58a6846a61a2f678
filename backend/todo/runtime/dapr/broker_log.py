"""Notice that the broker has lost its log, and publish the events again that the outbox still has.

The relay marks an event as published when the broker has acknowledged it. A broker whose disk is lost or emptied
forgets such events, and a consumer that has not read them would never see them. So a background task remembers how
far each log went. A log that ends before that, or is in another cluster, starts anew. Then all kept events of the
topic are published again with the same ids: a consumer handles only those that it has missed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import zip_longest

import orjson

from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE
from todo.runtime.events.replay import REPUBLISHED, republish
from todo.runtime.observe import log
from todo.runtime.ports import Unavailable
from todo.runtime.settings import SettingsInvalid

# Much younger than an inbox row gets (42 days), so that an event is recognised also after a second loss.
_KEPT = timedelta(days=14)
_LOOK_SECONDS = 10
_STATE = "broker-log"


@dataclass(frozen=True, slots=True)
class BrokerLog:
    """The cluster, and per topic the end offset of each partition."""

    cluster: str
    ends: Mapping[str, list[int]]


def lost_topics(before: BrokerLog | None, now: BrokerLog) -> list[str]:
    """The topics with events that are gone. If nothing is known of a topic: those that are empty."""
    return [topic for topic, ends in now.ends.items() if _starts_anew(topic, ends, before, now)]


def _starts_anew(topic: str, ends: list[int], before: BrokerLog | None, now: BrokerLog) -> bool:
    if before is None or topic not in before.ends:
        return not any(ends)
    fewer = any(new < old for old, new in zip_longest(before.ends[topic], ends, fillvalue=0))
    return fewer or before.cluster != now.cluster


async def watch_broker_log(context: Context) -> None:
    """Background task of todo-backend. Harmless in several replicas."""
    if context.settings.runtime != "dapr" or context.settings.kafka_brokers is None:
        return  # there is no broker, or it is not known
    while True:
        try:
            reason = await look(context)
        except (SettingsInvalid, Unavailable, *UNREACHABLE) as error:
            reason = f"the broker's log cannot be checked: {error or type(error).__name__}"
            log.warning(reason)
        context.health.report("broker", reason)
        await asyncio.sleep(_LOOK_SECONDS)


async def look(context: Context) -> str | None:
    """Compare the log with that of the last look, and publish again what is gone; returns what was wrong."""
    # aiokafka takes long to load, and most installations run without Kafka.
    from todo.runtime.dapr.kafka_admin import log_ends

    now = BrokerLog(*await log_ends(context.settings, REPUBLISHED))
    if missing := [topic for topic in REPUBLISHED if topic not in now.ends]:
        return f"the broker has no topic {', '.join(missing)}; `todo topics apply` creates it"
    entry = await context.runtime.state.get(_STATE)
    lost = lost_topics(BrokerLog(**orjson.loads(entry.value)) if entry else None, now)
    count = await republish(context.db, lost, clock.now() - _KEPT) if lost else 0
    # Saved last: after a crash in between, the events are published once more, which consumers notice.
    await context.runtime.state.save(_STATE, orjson.dumps(asdict(now)))
    if not count:
        return None
    log.error("the broker has lost its log", topics=lost, published_again=count)
    return f"the broker has lost the log of {', '.join(lost)}; publishing {count} events again"
