"""Proposals and batches over REST, at their size, and through kills."""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.harness import apply_and_die
from tests.harness.assistant import access_token, mcp_client
from tests.harness.system import Person, System, eventually

KILLS = 30


async def proposal_of(system: System, person: Person, titles: list[str], **change: Any) -> Any:
    """A proposal of another program, for tasks with these titles."""
    async with mcp_client(system.url, await access_token(person)) as client:
        wanted = [{"title": title, "due_date": "2030-05-02T10:00"} for title in titles]
        added: Any = (await client.call_tool("add_tasks", {"tasks": wanted})).structured_content
        assert added["failures"] == []
        changes = [{"task_id": task["id"], **change} for task in added["applied"]]
        answer: Any = await client.call_tool("reschedule_tasks", {"tasks": changes})
        return answer.structured_content["proposal"]


async def test_a_person_applies_the_ticked_rows_and_undoes_them(system: System) -> None:
    async with system.person() as person:
        proposal = await proposal_of(system, person, ["A", "B", "C"], due_date="2030-05-03")
        path = f"/api/proposals/{proposal['id']}"
        assert (await person.get(path))["status"] == "open"
        answer = await person.http.post(f"{path}/apply", json={"rows": [0, 2]})
        assert answer.status_code == 200, answer.text
        applied = answer.json()
        assert [task["title"] for task in applied["applied"]] == ["A", "C"]
        assert applied["applied"][0]["due_date"] == "2030-05-03T10:00:00+02:00"
        shown = await person.get(path)
        assert (shown["status"], shown["batch_id"]) == ("applied", applied["batch_id"])
        assert shown["undone"] is False
        assert (await person.http.post(f"{path}/apply")).status_code == 409
        undone = await person.http.post(f"/api/batches/{applied['batch_id']}/undo")
        assert len(undone.json()["undone"]) == 2
        dates = {task["due_date"] for task in await person.tasks()}
        assert dates == {"2030-05-02T08:00:00Z"}
        again = await person.http.post(f"/api/batches/{applied['batch_id']}/undo")
        assert again.status_code == 409
        shown = await person.get(path)
        assert (shown["status"], shown["undone"]) == ("applied", True)


async def test_undoing_a_change_keeps_a_whole_day_as_the_start(system: System) -> None:
    async with system.person(timezone="America/New_York") as person:
        fields = {"start_date": "2030-05-01", "due_date": "2030-05-02"}
        task = await person.add("taxes", **fields)
        async with mcp_client(system.url, await access_token(person)) as client:
            wanted = [{"task_id": task["id"], "title": "pay taxes"}]
            answer: Any = await client.call_tool("update_tasks", {"tasks": wanted})
            batch = answer.structured_content["batch_id"]
        await person.http.post(f"/api/batches/{batch}/undo")
        [found] = await person.tasks(sleeping=True)
        assert {name: found[name] for name in ("title", *fields)} == {"title": "taxes", **fields}


async def test_the_history_says_which_program_proposed_what_a_person_approved(
    system: System,
) -> None:
    async with system.person() as person:
        proposal = await proposal_of(system, person, ["A", "B"], due_date="2030-05-03")
        applied = (await person.http.post(f"/api/proposals/{proposal['id']}/apply")).json()
        path = f"/api/tasks/{applied['applied'][0]['id']}/history"
        page = await eventually(lambda: person.get(path), lambda page: len(page["items"]) == 2)
        assert page["items"][0]["actor"] == {"kind": "token", "name": "Editor"}
        assert page["items"][0]["batch_id"] == applied["batch_id"]


async def test_a_dismissed_proposal_and_another_persons_cannot_be_applied(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        proposal = await proposal_of(system, ann, ["A", "B"], due_date="2030-05-03")
        path = f"/api/proposals/{proposal['id']}"
        for action in ("", "/apply", "/dismiss"):
            method = "POST" if action else "GET"
            assert (await bob.http.request(method, path + action)).status_code == 404
        assert (await ann.http.post(f"{path}/apply", json={"rows": [5]})).status_code == 422
        assert (await ann.http.post(f"{path}/apply", json={"rows": []})).status_code == 422
        assert (await ann.http.post(f"{path}/dismiss")).status_code == 204
        assert (await ann.http.post(f"{path}/apply")).status_code == 409
        assert (await ann.get(path))["status"] == "dismissed"


async def test_200_changes_are_applied_and_undone_in_a_second_each(system: System) -> None:
    async with system.person() as person:
        titles = [f"Task {number}" for number in range(200)]
        proposal = await proposal_of(system, person, titles, due_date="2030-05-03")
        started = time.process_time()
        applied = (await person.http.post(f"/api/proposals/{proposal['id']}/apply")).json()
        assert (len(applied["applied"]), applied["failures"]) == (200, [])
        in_between = time.process_time()
        undone = (await person.http.post(f"/api/batches/{applied['batch_id']}/undo")).json()
        assert (len(undone["undone"]), undone["failures"]) == (200, [])
        # Processor time, which the load of the machine does not change.
        assert in_between - started < 1
        assert time.process_time() - in_between < 1


async def test_a_killed_approval_is_applied_once_or_not_at_all(system: System) -> None:
    url = system.context.settings.database_url
    chance = random.Random(17)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", apply_and_die.__name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    outcomes = []
    async with system.person() as person:
        for number in range(KILLS):
            titles = [f"{number} {letter}" for letter in "ABCDEFGH"]
            proposal = await proposal_of(system, person, titles, due_date="2030-05-03")
            order = {
                "url": url,
                "user": person.id,
                "proposal": proposal["id"],
                "after": chance.uniform(0, 0.15),
            }
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
            await process.stdout.readline()
            await eventually(lambda: connections(system), lambda count: count == 0)
            ids = [row["task_id"] for row in proposal["rows"]]
            versions = set(await versions_of(system, ids))
            status = await system.value(
                "SELECT status FROM proposal WHERE id = $1", UUID(proposal["id"])
            )
            assert (status, versions) in (("open", {1}), ("applied", {2}))
            outcomes.append(status)
            again = await person.http.post(f"/api/proposals/{proposal['id']}/apply")
            assert again.status_code == (200 if status == "open" else 409)
            assert set(await versions_of(system, ids)) == {2}
    process.stdin.close()
    await process.wait()
    assert {"open", "applied"} >= set(outcomes)


async def connections(system: System) -> int:
    """How many connections of killed processes PostgreSQL still serves: a COMMIT may be on its way."""
    count: int = await system.value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
        apply_and_die.APPLICATION,
    )
    return count


async def versions_of(system: System, ids: list[int]) -> list[int]:
    rows = await system.fetch("SELECT version FROM task WHERE id = ANY($1::bigint[])", ids)
    return [row["version"] for row in rows]
