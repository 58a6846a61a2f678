"""What a process tells Prometheus after real work, and what it never tells."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.conftest import MakeDatabase, settings_for
from tests.harness.assistant import access_token, mcp_client
from tests.harness.certificate import house_certificate
from tests.harness.mail import Mailbox
from tests.harness.system import System, eventually, free_port, running
from todo.runtime import clock
from todo.runtime.app import build_app
from todo.runtime.certificate import expiry
from todo.runtime.sampling import Sampler
from todo.runtime.settings import SettingsInvalid
from todo.services import SAMPLES, SERVICES

_TITLE = "Ask Dr. Quisling about the biopsy"
# Every label, and how many values it may have.
_VALUES = {
    "method": 8, "route": 200, "status": 20, "topic": 3, "consumer": 3, "cause": 2, "channel": 8, "outcome": 16,
    "state": 2, "name": 20, "tick": 1, "tool": 40, "slot": 10, "le": 20,
}  # fmt: skip


@dataclass
class Scraped:
    system: System
    port: int

    async def text(self) -> str:
        async with httpx2.AsyncClient(trust_env=False) as http:
            return (await http.get(f"http://127.0.0.1:{self.port}/metrics")).text

    async def value(self, name: str, /, **labels: str) -> float:
        """The sum of the samples with these labels; 0 without one."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(await self.text())
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


@pytest.fixture
async def scraped(make_database: MakeDatabase, mailbox: Mailbox) -> AsyncIterator[Scraped]:
    port = free_port()
    settings = settings_for(
        await make_database(),
        metrics_port=port,
        smtp_url=SecretStr(mailbox.url),
        allow_private_addresses=True,
    )
    async with running(settings) as system:
        yield Scraped(system, port)


async def test_work_is_counted_and_timed(scraped: Scraped, mailbox: Mailbox) -> None:
    ours = {"method": "POST", "route": "/api/tasks", "status": "201"}
    before = await scraped.value("todo_http_requests_total", **ours)
    sent = await scraped.value("todo_deliveries_total", channel="email", outcome="sent")
    handled = await scraped.value("todo_event_delivery_seconds_count", consumer="todo-audit")
    heard = await scraped.value("todo_live_update_delay_seconds_count")
    async with scraped.system.person() as ann, scraped.system.window(ann) as window:
        assert await scraped.value("todo_websocket_connections") == 1
        at = (clock.now() + timedelta(milliseconds=300)).isoformat()
        task = await ann.add(_TITLE, reminders=[at])
        await ann.do(await ann.add(_TITLE), "complete")
        await window.hears(lambda message: message["type"] == "reminder.due")
        assert (await ann.http.get(f"/api/tasks/{task['id']}")).status_code == 200
        await eventually(
            lambda: scraped.value("todo_deliveries_total", channel="email", outcome="sent"),
            lambda value: value == sent + 1,
        )
    assert await scraped.value("todo_http_requests_total", **ours) == before + 2
    assert await scraped.value(
        "todo_http_requests_total", route="/api/tasks/{task_id}", status="200"
    )
    assert await scraped.value("todo_live_update_delay_seconds_count") >= heard + 3
    # Created twice and completed, and the reminder.
    await eventually(
        lambda: scraped.value("todo_event_delivery_seconds_count", consumer="todo-audit"),
        lambda value: value >= handled + 4,
    )
    assert await scraped.value("todo_reminder_lateness_seconds_count") > 0
    assert await scraped.value("todo_delivery_lateness_seconds_count", channel="email") > 0
    assert await scraped.value("todo_events_published_total", topic="task-events") > 0
    for job in ("relay", "reminders", "deliveries"):
        age = clock.now().timestamp() - await scraped.value(
            "todo_job_last_round_timestamp_seconds", name=job
        )
        assert -1 < age < 10, job
    assert await scraped.value("todo_websocket_connections") == 0


async def test_what_waits_is_read_from_the_database(scraped: Scraped) -> None:
    await scraped.system.fetch(
        """INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
           VALUES ('task-events', 'todo-audit', 'x', '{}', 'test')"""
    )
    await scraped.system.fetch(
        """INSERT INTO outbox (event_id, topic, key, shard, envelope, created_at)
           VALUES (gen_random_uuid(), 'task-events', 'u', 99, '{}', now())"""
    )
    sampler = Sampler(SAMPLES)
    await sampler.read(scraped.system.context.db)
    assert await scraped.value("todo_dead_letters_open", consumer="todo-audit") == 1
    assert await scraped.value("todo_outbox_waiting") == 1
    assert await scraped.value("todo_database_size_bytes") > 1_000_000
    assert await scraped.value("todo_consumer_lag") == 0
    # A value whose rows are gone is not kept.
    await scraped.system.fetch("DELETE FROM dead_letter")
    await sampler.read(scraped.system.context.db)
    assert 'todo_dead_letters_open{consumer="todo-audit"}' not in await scraped.text()


async def test_no_label_and_no_value_names_a_user_or_a_task(scraped: Scraped) -> None:
    async with scraped.system.person() as ann:
        task = await ann.add(_TITLE)
        token = await access_token(ann)
        async with mcp_client(scraped.system.url, token) as client:
            await client.call_tool("search_tasks", {"query": "biopsy"})
        for path in (f"/api/tasks/{task['id']}", f"/api/{ann.id}/x", f"/{token}", "/api/tasks/0"):
            await ann.http.get(path)
        await ann.http.request(f"M{ann.id[:8]}".upper(), "/api/tasks")
        text = await scraped.text()
        for secret in (_TITLE, "biopsy", ann.email, ann.id, ann.id[:8], token, ann.id[:8].upper()):
            assert secret not in text
    values: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("todo_"):
                for label, value in sample.labels.items():
                    values[label].add(value)
    assert set(values) <= set(_VALUES)
    for label, found in values.items():
        assert len(found) <= _VALUES[label], (label, found)
    assert await scraped.value("todo_assistant_tool_calls_total", tool="search_tasks", outcome="ok")


async def test_a_busy_metrics_port_stops_the_start_with_one_line(
    scraped: Scraped, make_database: MakeDatabase
) -> None:
    settings = settings_for(await make_database(), metrics_port=scraped.port)
    app = build_app(SERVICES, settings)
    with pytest.raises(SettingsInvalid, match=f"TODO_METRICS_PORT: 127.0.0.1:{scraped.port}"):
        async with app.router.lifespan_context(app):
            pass


async def test_the_expiry_of_a_certificate_is_read() -> None:
    serving, _ = house_certificate("todo.test")
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=serving
    )
    async with server:
        expires = await expiry("127.0.0.1", server.sockets[0].getsockname()[1])
    assert datetime.fromtimestamp(expires, UTC).year == 2119
