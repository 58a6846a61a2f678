"""Live updates: who may connect, which window receives which change, and that no change is missed."""

import asyncio
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.harness.system import Person, System
from todo.realtime import routes
from todo.realtime.hub import Hub
from todo.tasks import queries


async def ticket(person: Person) -> str:
    return str((await person.http.post("/api/realtime/tickets")).json()["ticket"])


def address(system: System, pass_: str, since: str = "") -> str:
    return f"{system.url.replace('http', 'ws', 1)}/ws?ticket={pass_}&since={since}"


async def close_code(system: System, pass_: str) -> int | None:
    async with connect(address(system, pass_), origin=system.url) as socket:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        return closed.value.rcvd.code if closed.value.rcvd else None


async def test_a_ticket_is_accepted_once_and_not_after_it_has_expired(system: System) -> None:
    async with system.person() as ann:
        pass_ = await ticket(ann)
        async with connect(address(system, pass_), origin=system.url) as socket:  # type: ignore[arg-type]
            assert json.loads(await socket.recv())["type"] == "hello"
        assert await close_code(system, pass_) == 4401
        expired = await ticket(ann)
        await system.context.db.pool.execute(
            "UPDATE ticket SET expires_at = now() WHERE user_id = $1", ann.id
        )
        assert await close_code(system, expired) == 4401
        assert await close_code(system, "made-up") == 4401
        assert await close_code(system, "") == 4401


async def test_a_page_of_another_site_cannot_connect(system: System) -> None:
    async with system.person() as ann:
        pass_ = await ticket(ann)
        with pytest.raises(InvalidStatus):
            async with connect(address(system, pass_), origin="https://evil.example"):  # type: ignore[arg-type]
                pass
        assert await system.value("SELECT count(*) FROM ticket WHERE user_id = $1", ann.id) == 1


async def test_a_change_reaches_every_window_of_its_user_and_no_other(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        async with (
            system.window(ann) as one,
            system.window(ann) as two,
            system.window(bob) as other,
        ):
            task = await ann.add("Ann's")
            for window in (one, two):
                heard = await window.hears(lambda message: message["type"] == "task.changed")
                assert (heard["task_id"], heard["task_version"], heard["event_type"]) == (
                    task["id"],
                    1,
                    "task_created",
                )
                assert heard["task"]["title"] == "Ann's"
            await bob.add("Bob's")
            heard = await other.hears(lambda message: message["type"] == "task.changed")
            assert (
                heard["task"]["title"] == "Bob's"
            )  # the first message to Bob is about his own task


async def test_windows_are_told_when_live_updates_are_delayed(system: System) -> None:
    def is_status(message: dict[str, Any]) -> bool:
        return bool(message["type"] == "status")

    async with system.person() as person, system.window(person) as window:
        async with system.context.db.pool.acquire() as broker, broker.transaction():
            # nothing is published while this is held
            await broker.execute("LOCK TABLE bus_event IN ACCESS EXCLUSIVE MODE")
            await person.add()
            assert (await window.hears(is_status, within=25))["live_updates"] == "delayed"
            async with system.window(person) as later:
                assert (await later.hears(is_status))["live_updates"] == "delayed"
        assert (await window.hears(is_status, within=25))["live_updates"] == "ok"


async def test_a_window_that_connected_before_its_replica_was_subscribed_catches_up(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_STARTED", time.monotonic())
    monkeypatch.setattr(routes, "_REPEAT_SECONDS", (1, 6))
    async with (
        system.person() as person,
        system.context.db.pool.acquire() as broker,
        broker.transaction(),
    ):
        # nothing is published while this is held
        await broker.execute("LOCK TABLE bus_event IN ACCESS EXCLUSIVE MODE")
        async with system.window(person) as window:
            task = await person.add()
            heard = await window.hears(lambda message: message["type"] == "hello")
            assert heard["changes"] == [{"task_id": task["id"], "version": 1}]
            later = await person.add()
            heard = await window.hears(lambda message: message["type"] == "hello")
            assert heard["changes"] == [{"task_id": later["id"], "version": 1}]


async def test_a_window_that_reconnects_receives_the_changes_it_missed(system: System) -> None:
    async with system.person() as ann:
        async with system.window(ann) as window:
            cursor = window.hello["cursor"]
            assert window.hello["changes"] == []
        made = [await ann.add(f"t{n}") for n in range(3)]
        await ann.do(made[0], "complete")
        async with system.window(ann, since=cursor) as window:
            changes = {change["task_id"]: change["version"] for change in window.hello["changes"]}
            assert changes == {made[0]["id"]: 2, made[1]["id"]: 1, made[2]["id"]: 1}


async def test_catching_up_misses_no_change_of_overlapping_transactions(system: System) -> None:
    async with system.person() as ann:
        pool = system.context.db.pool
        seen: set[int] = set()
        cursor = int((await ann.get("/api/tasks/changes"))["cursor"])
        done = asyncio.Event()
        together = asyncio.Barrier(3)

        async def look() -> None:
            nonlocal cursor
            async with system.context.db.reading() as connection:
                changes, cursor = await queries.changed_since(connection, ann.id, cursor)
            seen.update(change["task_id"] for change in changes)

        async def watch() -> None:
            while not done.is_set():
                await look()

        async def write() -> None:
            """Three of these take their transaction ids together and commit in any order."""
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute("SELECT pg_current_xact_id()")
                await together.wait()
                await connection.execute(
                    "INSERT INTO task (user_id, title) VALUES ($1, 'x')", ann.id
                )

        watching = asyncio.create_task(watch())
        for _ in range(10):
            await asyncio.gather(*(write() for _ in range(3)))
        done.set()
        await watching
        await look()
        rows = await system.fetch("SELECT id FROM task WHERE user_id = $1", ann.id)
        assert seen == {row["id"] for row in rows}


async def test_changes_beyond_the_size_of_one_answer_come_with_the_next(system: System) -> None:
    async with system.person() as ann:
        cursor = (await ann.get("/api/tasks/changes"))["cursor"]
        for _ in range(3):
            await system.context.db.pool.execute(
                "INSERT INTO task (user_id, title) SELECT $1, 'x' FROM generate_series(1, 700)",
                ann.id,
            )
        seen: set[int] = set()
        for _ in range(4):
            answer = await ann.get(f"/api/tasks/changes?since={cursor}")
            seen |= {change["task_id"] for change in answer["changes"]}
            cursor = answer["cursor"]
        assert len(seen) == 2100


def test_a_window_that_does_not_read_is_disconnected_and_others_are_not() -> None:
    hub = Hub()
    slow, quick = hub.join("ann"), hub.join("ann")
    received: list[Any] = []
    for number in range(1000):
        hub.send("ann", {"n": number})
        received.append(quick.waiting.get_nowait())
    assert slow.must_reconnect.is_set()
    assert not quick.must_reconnect.is_set()
    assert [json.loads(message)["n"] for message in received] == list(range(1000))
    hub.leave("ann", slow)
    hub.leave("ann", quick)
