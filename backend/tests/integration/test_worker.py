"""Work in processes of their own: its budget of processor time, its errors, and its end."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable

import psutil  # type: ignore[import-untyped]
import pytest
from structlog.testing import capture_logs

from tests.harness.system import System, eventually
from todo.domain.errors import Invalid, NotFound, TooMany
from todo.runtime import worker
from todo.runtime.worker import WorkerLost, Workers


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers()
    yield made
    await made.close()


def spin() -> None:
    while True:
        pass


def backtrack() -> object:
    return re.match(r"(a+)+$", "a" * 40 + "b")


def in_c() -> int:
    return sum(range(10**11))  # never returns to the interpreter, which would call a signal handler


def environment() -> dict[str, str]:
    return dict(os.environ)


def refuse() -> None:
    raise NotFound("There is no such thing.", "thing")


def run_away(*_: object, **__: object) -> None:
    os._exit(1)


async def _alive(pids: list[int]) -> bool:
    return any(psutil.pid_exists(pid) for pid in pids)


async def test_no_process_starts_before_there_is_work(workers: Workers) -> None:
    assert workers.pids == []
    assert await workers.run("This", "field", 1, max, 1, 2) == 2
    assert len(workers.pids) == 1
    assert await workers.run("This", "field", 1, max, 3, 4) == 4
    assert len(workers.pids) == 1


async def test_an_idle_worker_ends() -> None:
    workers = Workers(idle_seconds=0.05)
    pid = await workers.run("This", "field", 1, os.getpid)
    assert pid != os.getpid()
    await eventually(lambda: _alive([pid]), until=lambda alive: not alive)
    assert workers.pids == []


@pytest.mark.parametrize("work", [spin, backtrack, in_c])
async def test_work_over_its_budget_is_stopped_while_the_event_loop_goes_on(
    workers: Workers, work: Callable[[], object]
) -> None:
    running: asyncio.Task[object] = asyncio.create_task(workers.run("This file", "file", 0.2, work))
    turns = 0
    while not running.done():
        await asyncio.sleep(0.001)
        if workers.pids:  # the process has been started
            turns += 1
    with pytest.raises(
        Invalid, match=r"This file takes more than 0\.2 s of processor time"
    ) as refused:
        await running
    assert refused.value.field == "file"
    assert turns >= 10
    assert await workers.run("This", "field", 1, max, 1, 2) == 2


async def test_an_error_of_the_domain_arrives_as_it_was_raised(workers: Workers) -> None:
    with pytest.raises(NotFound) as refused:
        await workers.run("This", "field", 1, refuse)
    assert (refused.value.message, refused.value.field) == ("There is no such thing.", "thing")


async def test_a_fault_of_ours_is_an_error_of_the_server_and_quotes_no_input(
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError, match=r"^This failed in its worker: ValueError at ") as fault:
        await workers.run("This", "field", 1, int, "a secret title")
    assert "secret" not in f"{fault.value}{capfd.readouterr()}"
    assert await workers.run("This", "field", 1, max, 1, 2) == 2


async def test_a_worker_that_ends_by_itself_is_replaced(workers: Workers) -> None:
    with pytest.raises(WorkerLost, match="exit code 1 "):
        await workers.run("This", "field", 1, run_away)
    assert await workers.run("This", "field", 1, max, 1, 2) == 2


async def test_a_killed_worker_is_not_the_fault_of_its_input(workers: Workers) -> None:
    """As the kernel does when memory is used up."""
    work = asyncio.create_task(workers.run("This", "field", 30, spin))

    async def started() -> list[int]:
        return workers.pids

    [pid] = await eventually(started)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerLost, match="exit code -9 "):
        await work


async def test_a_request_whose_worker_was_lost_may_be_sent_again(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todo.calendars.routes.read", run_away)
    async with system.person() as anna:
        with capture_logs() as logs:
            answer = await anna.http.post(
                "/api/import", content=b"", headers={"Content-Type": "text/calendar"}
            )
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "database" not in answer.json()["detail"]
        [lost] = [entry for entry in logs if entry["log_level"] == "error"]
        assert "exit code 1 " in lost["reason"]


async def test_an_idle_worker_that_was_killed_is_replaced(workers: Workers) -> None:
    await workers.run("This", "field", 1, max, 1, 2)
    [pid] = workers.pids
    os.kill(pid, signal.SIGKILL)

    async def ended() -> bool:
        return all(process.returncode is not None for process in workers._free)

    await eventually(ended)
    assert await workers.run("This", "field", 1, max, 1, 2) == 2


async def test_a_worker_knows_no_secret(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://user:password@host")
    assert set(await workers.run("This", "field", 1, environment)) <= {
        "PYTHONPATH",
        "PYTHONTZPATH",
        "LC_CTYPE",
    }


async def test_a_caller_that_goes_away_stops_its_work(workers: Workers) -> None:
    work = asyncio.create_task(workers.run("This", "field", 30, spin))

    async def started() -> list[int]:
        return workers.pids

    pids = await eventually(started)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert workers.pids == []
    await workers.close()
    await eventually(lambda: _alive(list(pids)), until=lambda alive: not alive)


async def test_too_much_waiting_work_is_refused(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_WAITING", 1)
    first = asyncio.create_task(workers.run("This", "field", 0.2, spin))
    await asyncio.sleep(0)
    with pytest.raises(TooMany):
        await workers.run("This", "field", 1, max, 1, 2)
    await asyncio.gather(first, return_exceptions=True)


async def test_a_request_that_costs_too_much_names_its_field(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget is made tiny, because no input is known any more that uses it up."""
    monkeypatch.setattr("todo.calendars.routes.FILE_SECONDS", 0.001)
    monkeypatch.setattr("todo.tasks.quick_add.SHORT_SECONDS", 0.001)
    async with system.person() as anna:
        file = (
            b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:x\r\n"
            + b"A:\r\n" * 100_000
            + b"END:VTODO\r\nEND:VCALENDAR\r\n"
        )
        answer = await anna.http.post(
            "/api/import", content=file, headers={"Content-Type": "text/calendar"}
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")
        assert "processor time" in answer.json()["detail"]
        answer = await anna.http.post("/api/tasks/parse", json={"text": "every monday " * 500})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "text")


async def test_the_pieces_that_run_in_a_worker_answer_as_before(system: System) -> None:
    async with system.person() as anna:
        parsed = await anna.http.post(
            "/api/tasks/parse", json={"text": "x " * 700 + "tomorrow at 9"}
        )
        assert parsed.json()["task"]["due_date"]
        asked = {"due_date": "2027-01-01T09:00:00Z", "recurrence": "FREQ=DAILY", "count": 100}
        dates = (await anna.http.post("/api/recurrence/preview", json=asked)).json()["occurrences"]
        assert len(dates) == 100
        task = await anna.add(due_date="2027-01-01T09:00:00Z", recurrence="FREQ=DAILY")
        following = await anna.get(f"/api/tasks/{task['id']}/next-dates?count=99")
        assert following["occurrences"] == dates[1:]
