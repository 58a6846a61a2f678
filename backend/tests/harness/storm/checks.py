"""What must be zero after the storm, by SQL, the clients' journal and the receiver of the webhooks."""

import asyncio
import contextlib
import json
import time
from collections.abc import Collection
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

import asyncpg

from tests.harness.storm.clients import NOISY, Clients
from tests.harness.storm.product import Product
from todo.domain.events import Topic
from todo.runtime.dapr.kafka_admin import read_from
from todo.runtime.settings import Settings

# {tasks}: the completed tasks. {noisy}: the user whose deliveries never end.
_CHECKS = {
    "events_in_the_outbox": """SELECT count(*) FROM outbox o WHERE published_at IS NULL
        AND NOT EXISTS (SELECT FROM account a WHERE a.id = o.key AND a.email = {noisy})""",
    "acknowledged_but_not_done": """SELECT count(*) FROM unnest({tasks}) a(id)
        LEFT JOIN task t ON t.id = a.id WHERE t.fate IS DISTINCT FROM 'done'""",
    "acknowledged_without_successor": """SELECT count(*) FROM task t WHERE t.id = ANY({tasks})
        AND NOT EXISTS (SELECT FROM task n WHERE n.series_id = t.series_id AND n.occurrence = t.occurrence + 1)""",
    "occurrences_twice": """SELECT count(*) FROM (SELECT FROM task WHERE series_id IS NOT NULL
        GROUP BY series_id, occurrence HAVING count(*) > 1) doubled""",
    "successors_too_many": """SELECT count(*) FROM task t WHERE occurrence > 1 AND NOT EXISTS (
        SELECT FROM task p WHERE p.series_id = t.series_id AND p.occurrence = t.occurrence - 1
            AND p.fate = 'done')""",
    "events_without_audit_row": """SELECT count(*) FROM outbox o WHERE o.topic IN ('task-events', 'reminders')
        AND NOT EXISTS (SELECT FROM audit_log a WHERE a.event_id = o.event_id)
        AND NOT EXISTS (SELECT FROM account a WHERE a.id = o.key AND a.email = {noisy})""",
    "audit_rows_twice": """SELECT count(*) FROM (SELECT FROM audit_log GROUP BY event_id
        HAVING count(*) > 1) doubled""",
    "completions_audited_other_than_once": """SELECT count(*) FROM unnest({tasks}) a(id)
        WHERE (SELECT count(*) FROM audit_log l
               WHERE l.task_id = a.id AND l.event_type = 'task_completed') <> 1""",
    "dead_letters": "SELECT count(*) FROM dead_letter",
    "bells_twice": """SELECT count(*) FROM (SELECT FROM notification
        GROUP BY reminder_id HAVING count(*) > 1) doubled""",
    "deliveries_not_sent": """SELECT count(*) FROM delivery d JOIN account a ON a.id = d.user_id
        WHERE a.email <> {noisy} AND d.state <> 'sent'""",
}
# A late reminder may be told by another one. A bell is the row in the app.
_TOLD = """
    SELECT r.task_id, r.remind_at, coalesce(r.superseded_by, r.id) AS told_by,
        n.created_at - r.remind_at AS late
    FROM reminder r LEFT JOIN notification n ON n.reminder_id = coalesce(r.superseded_by, r.id)
    WHERE r.task_id = ANY($1::bigint[])
"""


async def settled(
    product: Product, clients: Clients, *, lost_broker: bool, within: float
) -> dict[str, Any]:
    """Count what is wrong until nothing is, or until the time is over."""
    began = time.monotonic()
    found: dict[str, Any] = {}
    wrong: dict[str, int] = {}
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            found, wrong = await _count(product, clients)
            if not wrong:
                break
        if time.monotonic() - began > within:
            break
        await asyncio.sleep(1)
    missing = await _not_on_its_topic(product, lost_broker=lost_broker)
    return {
        **found,
        "published_but_not_on_its_topic": missing,
        "settled_after_seconds": round(time.monotonic() - began, 1),
        "good": bool(found) and not wrong and not missing,
    }


async def _count(product: Product, clients: Clients) -> tuple[dict[str, Any], dict[str, int]]:
    connection = await asyncpg.connect(product.database_url, timeout=5)
    try:
        values = {
            "tasks": f"'{{{','.join(map(str, sorted(clients.journal.completed)))}}}'::bigint[]",
            "noisy": f"'{NOISY}'",
        }
        wrong: dict[str, int] = {
            name: await connection.fetchval(sql.format(**values)) for name, sql in _CHECKS.items()
        }
        told = await connection.fetch(_TOLD, sorted(clients.journal.reminders))
        twice = "SELECT count(*) FROM delivery WHERE reason LIKE 'It may have arrived twice%'"
        marked = await connection.fetchval(twice)
    finally:
        await connection.close()
    wrong |= _reminders(told, clients)
    late = [row["late"].total_seconds() for row in told if row["late"] is not None]
    came = [times for keys in clients.sink.came.values() for times in keys.values()]
    found = {
        **wrong,
        "reminders_at_a_sink_that_honours_no_keys_repeated": sum(map(len, came)) - len(came),
        "deliveries_marked_as_perhaps_twice": marked,
        "bells_late_seconds": _spread(late),
    }
    if product.library is None:  # the receiver's clock does not jump
        at = {row["told_by"]: row["remind_at"].timestamp() for row in told}
        found["messages_late_seconds"] = _spread(
            [
                min(came_at for times in keys.values() for came_at in times) - at[reminder]
                for reminder, keys in clients.sink.came.items()
                if reminder in at
            ]
        )
    return found, {name: count for name, count in wrong.items() if count}


def _reminders(told: Collection[asyncpg.Record], clients: Clients) -> dict[str, int]:
    expected, came = clients.journal.reminders, clients.sink.came
    return {
        "reminders_not_planned": len(expected.keys() - {row["task_id"] for row in told}),
        "reminders_without_bell": sum(row["late"] is None for row in told),
        "reminders_not_at_the_sink": sum(row["told_by"] not in came for row in told),
        "reminders_under_two_keys": sum(len(keys) > 1 for keys in came.values()),
        "messages_with_a_wrong_signature": clients.sink.unsigned,
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    hundredths = quantiles(seconds, n=100, method="inclusive")
    parts = {"p50": hundredths[49], "p99": hundredths[98], "max": max(seconds)}
    return {name: round(value, 2) for name, value in parts.items()}


async def _not_on_its_topic(product: Product, *, lost_broker: bool) -> int:
    """Events that are marked as published but are not on their topic. Lost live updates are not repeated."""
    topics = [t for t in Topic if not (lost_broker and t == Topic.TASK_UPDATES)]
    connection = await asyncpg.connect(product.database_url)
    try:
        published = {
            str(row["event_id"])
            for row in await connection.fetch(
                "SELECT event_id FROM outbox WHERE published_at IS NOT NULL AND topic = ANY($1)",
                topics,
            )
        }
        if product.size == "embedded":
            rows = await connection.fetch("SELECT event_id FROM bus_event")
            return len(published - {str(row["event_id"]) for row in rows})
    finally:
        await connection.close()
    settings = Settings(_env_file=None, kafka_brokers=product.described()["kafka_brokers"])
    for topic in topics:
        async for wire in read_from(settings, topic, datetime.fromtimestamp(0, UTC)):
            published.discard(str(json.loads(wire)["id"]))
    return len(published)
