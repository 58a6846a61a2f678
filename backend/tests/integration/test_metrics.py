"""What a process tells Prometheus after real work, and what it never tells."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import lt
from pathlib import Path

import httpx2
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

import todo
from tests.conftest import MakeDatabase, settings_for
from tests.harness.assistant import access_token, mcp_client
from tests.harness.certificate import house_certificate
from tests.harness.mail import Mailbox
from tests.harness.system import System, eventually, free_port, running
from todo.runtime import app, clock
from todo.runtime.certificate import expiry
from todo.runtime.context import Context
from todo.runtime.db.database import open_database
from todo.runtime.sampling import Sampler
from todo.runtime.service import Service
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
    for job in ("relay", "clock_reminders", "deliver"):
        before = await scraped.value("todo_job_last_round_timestamp_seconds", name=job)
        await eventually(
            partial(scraped.value, "todo_job_last_round_timestamp_seconds", name=job),
            partial(lt, before),
        )
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


async def test_what_a_consumer_of_the_embedded_bus_has_not_read_is_its_lag(
    make_database: MakeDatabase,
) -> None:
    """Nothing runs on this database, so what waits stays."""
    async with open_database(await make_database(), size=2) as database:
        # An hour ago in one partition, two hours in another; and one event that was read.
        await database.pool.execute(
            """INSERT INTO bus_event (topic, partition, position, event_id, key, envelope, published_at)
               SELECT 'reminders', partition, position, gen_random_uuid(), 'x', '{}', now() - age * interval '1h'
               FROM (VALUES (0, 1, 9), (0, 2, 1), (0, 3, 0), (1, 4, 2)) e (partition, position, age)"""
        )
        await database.pool.execute(
            "INSERT INTO bus_position VALUES ('todo-notification', 'reminders', 0, 1)"
        )
        await Sampler(SAMPLES).read(database)
    labels = {"consumer": "todo-notification", "topic": "reminders"}
    assert REGISTRY.get_sample_value("todo_consumer_lag", labels) == 3
    age = REGISTRY.get_sample_value("todo_consumer_lag_age_seconds", labels)
    assert age is not None
    assert age >= 7200


def test_a_background_task_has_one_name_in_all_metrics() -> None:
    """The function's name, which the log of a failure and the counter of restarts use."""
    names = {job.__name__ for service in SERVICES for job in service.background_tasks}
    rounds = {
        name
        for path in Path(todo.__file__).parent.rglob("*.py")
        for name in re.findall(r'round_done\("(\w+)"\)', path.read_text())
    }
    assert len(rounds) == 4
    assert rounds <= names


async def test_a_background_task_that_returns_has_nothing_to_do(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails is started again."""
    monkeypatch.setattr(app, "_RESTART_SECONDS", 0)
    calls = list[str]()
    again = asyncio.Event()

    async def idle(_context: Context) -> None:
        calls.append("idle")

    async def failing(_context: Context) -> None:
        calls.append("failing")
        if len(calls) > 5:
            again.set()
        raise ValueError

    service = Service("todo-backend", background_tasks=(idle, failing))
    built = app.build_app([service], settings_for(await make_database()))
    async with built.router.lifespan_context(built):
        await asyncio.wait_for(again.wait(), 60)
    assert calls.count("idle") == 1


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
    built = app.build_app(SERVICES, settings)
    with pytest.raises(SettingsInvalid, match=f"TODO_METRICS_PORT: 127.0.0.1:{scraped.port}"):
        async with built.router.lifespan_context(built):
            pass


async def test_the_expiry_of_a_certificate_is_read() -> None:
    serving, _ = house_certificate("todo.test")
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=serving
    )
    async with server:
        expires = await expiry("127.0.0.1", server.sockets[0].getsockname()[1])
    assert datetime.fromtimestamp(expires, UTC).year == 2119
