"""Ticks of the cron are only hints: daprd ignores the answer and restarts the interval with each process."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness import system as harness
from tests.harness.probe import Probe
from tests.harness.system import Person, eventually, running
from tests.harness.worlds import APP_TOKEN, World, serve
from todo.reminders import firing
from todo.runtime import clock
from todo.runtime.context import Context
from todo.runtime.service import Every, Service
from todo.services import SERVICES


async def test_a_tick_whose_job_fails_does_not_stop_the_next(make_database: MakeDatabase) -> None:
    probe = Probe()

    async def fails_at_first(context: Context) -> None:
        await probe.tick(context)
        if probe.ticks <= 2:
            raise RuntimeError("failed on purpose")

    every = Every("reminder-check", timedelta(milliseconds=50), fails_at_first)
    node = await serve(
        [Service("todo-notification", every=(every,))], settings_for(await make_database())
    )
    try:
        await probe.until(lambda: probe.ticks >= 4)
    finally:
        await node.stop()


@pytest.mark.stack
async def test_a_tick_of_the_cron_runs_the_job_and_is_answered_200_even_if_it_fails(
    dapr: World,
) -> None:
    ticks, node = dapr.probe.ticks, dapr.nodes["todo-notification"]
    async with httpx2.AsyncClient(trust_env=False) as client:
        for number, fails in enumerate((True, False), ticks + 1):
            dapr.probe.job_fails = fails
            answer = await client.post(
                f"http://127.0.0.1:{node.port}/reminder-check",
                headers={"dapr-api-token": APP_TOKEN},
            )
            assert answer.status_code == 200
            assert dapr.probe.ticks == number


@pytest.fixture
def tickless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "SERVICES", [replace(s, every=()) for s in SERVICES])


@pytest.mark.usefixtures("tickless")
async def test_without_any_tick_the_timer_fires_a_reminder(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "_POLL", timedelta(hours=1))
    async with running(settings_for(await make_database())) as system, system.person() as ann:
        moment = clock.now() + timedelta(seconds=2)
        task = await ann.add(reminders=[moment.isoformat()])
        [bell] = await eventually(lambda: bells(ann))
        assert bell["task_id"] == task["id"]


@pytest.mark.usefixtures("tickless")
async def test_without_any_tick_the_poll_fires_a_reminder_unknown_to_the_timer(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=15) >= firing._POLL
    monkeypatch.setattr(firing, "_POLL", timedelta(milliseconds=200))
    async with running(settings_for(await make_database())) as system, system.person() as ann:
        task_id = await system.value(
            """WITH untold AS (
                   INSERT INTO task (user_id, title) VALUES ($1, 'Pay rent') RETURNING user_id, id)
               INSERT INTO reminder (user_id, task_id, spec, remind_at)
               SELECT user_id, id, 'PT0S', now() FROM untold RETURNING task_id""",
            ann.id,
        )
        [bell] = await eventually(lambda: bells(ann))
        assert bell["task_id"] == task_id


async def bells(ann: Person) -> list[dict[str, Any]]:
    return list((await ann.get("/api/notifications"))["items"])
