"""Conversations with the assistant, over HTTP: the local model, what is stored, and what is refused."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.chat import converse, id_of, of_kind, read_events, say, text_of, titles
from tests.harness.fake_model import FakeModel, Step, serving
from tests.harness.system import Person, System, eventually, running
from todo.runtime.ports import Unavailable


async def messages(person: Person, chat: str) -> list[dict[str, Any]]:
    return list((await person.get(f"/api/conversations/{chat}"))["messages"])


async def test_a_conversation_adds_moves_completes_and_undoes(system: System) -> None:
    async with system.person() as ann:
        events = await say(ann, "add buy milk tomorrow at 5pm #home")
        names = [name for name, _ in events]
        assert names[:2] == ["conversation", "message"]
        assert names[-1] == "done"
        chat = id_of(events)
        [task] = await ann.tasks()
        assert (task["title"], task["tags"]) == ("buy milk", ["home"])
        await say(ann, "move it to friday", chat)
        await say(ann, "complete buy milk", chat)
        assert await ann.tasks() == []
        events = await say(ann, "undo that", chat)
        assert "Undone" in text_of(events), text_of(events)
        assert len(await ann.tasks()) == 1


async def test_a_bulk_move_is_proposed_applied_by_yes_and_undone(system: System) -> None:
    async with system.person() as ann:
        for title in ("One", "Two", "Dentist"):
            await ann.add(title, due_date="2030-01-03", recurrence="weekly")
        events = await say(
            ann, "move everything due on 2030-01-03 to 2030-01-04 except the dentist"
        )
        [proposal] = of_kind(events, "proposal")
        assert [row["title"] for row in proposal["rows"]] == ["One", "Two"]
        assert {task["due_date"][:10] for task in await ann.tasks()} == {"2030-01-03"}
        chat = id_of(events)
        applied = await say(ann, "yes", chat)
        assert of_kind(applied, "proposal")[0]["status"] == "applied"
        moved = {task["title"]: task["due_date"][:10] for task in await ann.tasks()}
        assert moved == {"One": "2030-01-04", "Two": "2030-01-04", "Dentist": "2030-01-03"}
        assert all(task["recurrence"] == "weekly" for task in await ann.tasks())
        await say(ann, "undo that", chat)
        assert {task["due_date"][:10] for task in await ann.tasks()} == {"2030-01-03"}


async def test_an_approval_by_click_can_be_undone_in_the_conversation(system: System) -> None:
    async with system.person() as ann:
        await ann.add("Dentist")
        events = await say(ann, "delete the dentist")
        [proposal] = of_kind(events, "proposal")
        assert await titles(ann) == ["Dentist"]
        answer = await ann.http.post(f"/api/proposals/{proposal['id']}/apply", json={})
        assert answer.status_code == 200, answer.text
        assert await titles(ann) == []
        [_, said] = await messages(ann, id_of(events))
        [shown] = [part for part in said["parts"] if part["type"] == "proposal"]
        assert shown["proposal"]["status"] == "applied"
        await say(ann, "undo that", id_of(events))
        assert await titles(ann) == ["Dentist"]


async def test_the_conversation_that_the_stack_and_the_cluster_have_too(system: System) -> None:
    async with system.person() as ann:
        await converse(ann.http)


async def test_no_dismisses_and_another_sentence_leaves_the_proposal_open(system: System) -> None:
    async with system.person() as ann:
        await ann.add("Dentist")
        chat = id_of(await say(ann, "delete the dentist"))
        await say(ann, "no", chat)
        assert "nothing to confirm" in text_of(await say(ann, "yes", chat))
        assert await titles(ann) == ["Dentist"]


async def test_an_ambiguous_name_is_asked_about_and_the_answer_continues(system: System) -> None:
    async with system.person() as ann:
        await ann.add("Write report")
        await ann.add("Send report")
        events = await say(ann, "complete the report")
        assert "Which one" in text_of(events)
        assert len(await ann.tasks()) == 2
        await say(ann, "the second one", id_of(events))
        assert len(await ann.tasks()) == 1


async def test_this_task_is_the_one_that_is_open_on_the_page(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        task = await ann.add("Dentist")
        await say(ann, "complete this task", task_id=task["id"])
        assert await ann.tasks() == []
        foreign = {"message": "complete this", "task_id": task["id"]}
        assert (await bob.http.post("/api/chat", json=foreign)).status_code == 404


async def test_history_names_the_chat(system: System) -> None:
    async with system.person() as ann:
        chat = id_of(await say(ann, "add dentist tomorrow"))
        [task] = await ann.tasks()

        async def actors() -> list[Any]:
            sql = "SELECT actor, data->>'conversation_id' FROM audit_log WHERE task_id = $1"
            return [tuple(row) for row in await system.fetch(sql, task["id"])]

        await eventually(actors, lambda seen: seen == [("chat", chat)])


async def test_what_was_said_is_stored_and_listed(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        first = id_of(await say(ann, "add one"))
        second = id_of(await say(ann, "add two"))
        page = await ann.get("/api/conversations?limit=1")
        assert [item["id"] for item in page["items"]] == [second]
        rest = await ann.get(f"/api/conversations?limit=1&cursor={page['next_cursor']}")
        assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([first], None)
        [asked, answered] = await messages(ann, first)
        assert (asked["role"], asked["text"]) == ("user", "add one")
        assert answered["status"] == "complete"
        assert [part["type"] for part in answered["parts"]] == ["tool", "text"]
        assert "key" not in answered["parts"][0]
        path = f"/api/conversations/{first}"
        assert (await ann.http.patch(path, json={"title": "Mine"})).status_code == 204
        assert (await ann.get(path))["title"] == "Mine"
        for method, where in (
            ("GET", path), ("DELETE", path), ("POST", f"{path}/stop"), ("POST", f"{path}/retry"),
        ):  # fmt: skip
            assert (await bob.http.request(method, where)).status_code == 404
        assert (await bob.http.patch(path, json={"title": "x"})).status_code == 404
        foreign = {"message": "hello", "conversation_id": first}
        assert (await bob.http.post("/api/chat", json=foreign)).status_code == 404
        assert (await ann.http.delete(path)).status_code == 204
        assert (await ann.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"message": ""}, 422),
        ({"message": "   "}, 422),
        ({"message": "x" * 8001}, 422),
        ({"message": "x" * 1_000_000}, 422),
        ({"message": "x" * 1_100_000}, 413),
        ({"message": "a\x00b"}, 422),
        ({"message": "hi", "conversation_id": "1"}, 422),
        ({"message": "hi", "conversation_id": str(uuid4())}, 404),
        ({"message": "hi", "user_id": "1"}, 422),
        ({"message": "hi", "task_id": 0}, 422),
        ({"message": ["hi"]}, 422),
    ],
)
async def test_bad_messages_are_clear_errors(
    system: System, wanted: dict[str, Any], status: int
) -> None:
    async with system.person() as ann:
        answer = await ann.http.post("/api/chat", json=wanted)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await ann.get("/api/conversations"))["items"] == []


async def test_the_cache_may_be_gone_or_wrong(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with system.person() as ann:
        chat = id_of(await say(ann, "add buy milk"))
        await system.fetch("UPDATE state_entry SET value = 'nonsense' WHERE key LIKE 'chat %'")
        await say(ann, "move it to 2030-01-04", chat)
        await system.fetch("DELETE FROM state_entry")
        await say(ann, "rename it to buy bread", chat)
        key = f"chat {ann.id} {chat}"
        stale = '[{"id":"%s","role":"user","parts":[],"status":"complete","created_at":"2026-01-01","memory":{}}]'
        await system.context.runtime.state.save(key, (stale % uuid4()).encode())

        async def away(*_: Any, **__: Any) -> Any:
            raise Unavailable("the sidecar does not answer")

        await say(ann, "complete it", chat)
        assert await ann.tasks() == []
        for name in ("get", "save"):
            monkeypatch.setattr(system.context.runtime.state, name, away)
        events = await say(ann, "undo that", chat)
        assert of_kind(events, "note") == of_kind(events, "error") == []
        assert await titles(ann) == ["buy bread"]


@pytest.fixture
async def model() -> AsyncIterator[FakeModel]:
    async with serving() as started:
        yield started


@pytest.fixture
async def slow(make_database: MakeDatabase, model: FakeModel) -> AsyncIterator[System]:
    settings = settings_for(await make_database(), openai_base_url=model.url, model="scripted")
    async with running(settings) as system:
        yield system


async def _begin(person: Person, message: str) -> tuple[str, "asyncio.Task[Any]"]:
    """Send a message, and give the conversation as soon as it is stored."""
    answer = asyncio.create_task(person.http.post("/api/chat", json={"message": message}))

    async def begun() -> list[Any]:
        return list((await person.get("/api/conversations"))["items"])

    [item] = await eventually(begun)
    return item["id"], answer


async def _number(requests: list[Any]) -> int:
    return len(requests)


async def test_two_answers_at_once_in_a_conversation_are_refused(
    slow: System, model: FakeModel
) -> None:
    model.steps = [Step("Slow.", slow=1)]
    async with slow.person() as ann:
        chat, answer = await _begin(ann, "hello")
        wanted = {"message": "again", "conversation_id": chat}
        refused = await ann.http.post("/api/chat", json=wanted)
        assert refused.status_code == 409, refused.text
        assert (await ann.http.post(f"/api/conversations/{chat}/retry")).status_code == 409
        assert text_of(read_events((await answer).text)) == "Slow."
        assert len(await messages(ann, chat)) == 2


async def test_an_answer_is_stopped_and_answered_again(slow: System, model: FakeModel) -> None:
    model.steps = [Step("Never.", slow=30), Step("The second time.")]
    async with slow.person() as ann:
        chat, answer = await _begin(ann, "hello")
        await eventually(lambda: _number(model.requests))
        assert (await ann.http.post(f"/api/conversations/{chat}/stop")).status_code == 204
        assert of_kind(read_events((await answer).text), "done")[0]["status"] == "stopped"
        assert (await messages(ann, chat))[-1]["status"] == "stopped"
        again = await ann.http.post(f"/api/conversations/{chat}/retry")
        assert text_of(read_events(again.text)) == "The second time."
        assert [each["text"] for each in await messages(ann, chat)] == ["hello", "The second time."]


async def test_an_answer_stopped_by_another_process_ends(slow: System, model: FakeModel) -> None:
    model.steps = [Step("Never.", slow=30)]
    async with slow.person() as ann:
        chat, answer = await _begin(ann, "hello")
        await slow.fetch("UPDATE messages SET status = 'stopped' WHERE status = 'streaming'")
        assert of_kind(read_events((await answer).text), "done")[0]["status"] == "stopped"
        assert (await messages(ann, chat))[-1]["status"] == "stopped"


async def test_a_reader_that_leaves_does_not_end_the_answer(slow: System, model: FakeModel) -> None:
    model.steps = [Step("All of it.", slow=0.5)]
    async with slow.person() as ann:
        chat, answer = await _begin(ann, "hello")
        answer.cancel()

        async def last() -> dict[str, Any]:
            return (await messages(ann, chat))[-1]

        stored = await eventually(last, lambda seen: seen["status"] != "streaming")
        assert (stored["status"], stored["text"]) == ("complete", "All of it.")


async def test_answering_again_does_nothing_twice(slow: System, model: FakeModel) -> None:
    adds = Step(calls=[("add_tasks", {"tasks": [{"title": "Buy bread"}]})])
    model.steps = [adds, Step(status=500), adds, Step("Added it.")]
    async with slow.person() as ann:
        chat = id_of(await say(ann, "add buy bread"))
        again = await ann.http.post(f"/api/conversations/{chat}/retry")
        assert text_of(read_events(again.text)) == "Added it."
        assert await titles(ann) == ["Buy bread"]


@pytest.mark.parametrize(
    "said", ["complete water plants", "skip water plants", "postpone water plants by a day"]
)
async def test_trying_an_order_again_does_it_once(system: System, said: str) -> None:
    async with system.person() as ann:
        await ann.add("Water plants", due_date="2030-01-03", recurrence="weekly")
        chat = id_of(await say(ann, said))
        [left] = await eventually(ann.tasks)
        assert left["due_date"][:10] in ("2030-01-04", "2030-01-10")
        again = await ann.http.post(f"/api/conversations/{chat}/retry")
        assert of_kind(read_events(again.text), "tool_result")[-1]["ok"], again.text
        [same] = await eventually(ann.tasks)
        assert (same["id"], same["due_date"]) == (left["id"], left["due_date"])


async def test_a_message_that_is_sent_again_is_answered_once(
    slow: System, model: FakeModel
) -> None:
    """Its sender stopped before it heard of the conversation, and tries again during the first answer."""
    adds = Step(calls=[("add_tasks", {"tasks": [{"title": "Buy bread"}]})])
    model.steps = [adds, Step("Never.", slow=30), adds, Step("Added it."), adds, Step("Again.")]
    async with slow.person() as ann, slow.person() as bob:
        wanted = {"message": "add buy bread"}
        keyed = {"Idempotency-Key": "message one"}
        first = asyncio.create_task(ann.http.post("/api/chat", json=wanted, headers=keyed))
        await eventually(lambda: _number(model.requests), lambda number: number == 2)
        again = await ann.http.post("/api/chat", json=wanted, headers=keyed)
        assert text_of(read_events(again.text)) == "Added it."
        assert of_kind(read_events((await first).text), "done")[0]["status"] == "stopped"
        assert await titles(ann) == ["Buy bread"]
        [chat] = (await ann.get("/api/conversations"))["items"]
        said = [each["text"] for each in await messages(ann, chat["id"])]
        assert said == ["add buy bread", "Added it."]
        other = await bob.http.post("/api/chat", json=wanted, headers=keyed)
        assert id_of(read_events(other.text)) != chat["id"]
        assert await titles(bob) == ["Buy bread"]


async def test_a_message_that_others_followed_is_not_answered_again(system: System) -> None:
    async with system.person() as ann:
        wanted = {"message": "add buy bread"}
        keyed = {"Idempotency-Key": "one"}
        first = await ann.http.post("/api/chat", json=wanted, headers=keyed)
        chat = id_of(read_events(first.text))
        await say(ann, "add buy milk", chat)
        refused = await ann.http.post("/api/chat", json=wanted, headers=keyed)
        assert (refused.status_code, "others followed" in refused.text) == (409, True)


async def test_opening_the_assistant_imports_its_model_in_the_background(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "todo.chat.agent", raising=False)
    monkeypatch.delattr("todo.chat.agent", raising=False)  # or the package keeps the new one
    async with system.person() as ann:
        assert (await ann.get("/api/chat/status"))["model"] == "local"

        async def imported() -> bool:
            return "todo.chat.agent" in sys.modules

        await eventually(imported)


async def test_an_answer_whose_process_died_is_interrupted_and_says_what_was_done(
    system: System,
) -> None:
    async with system.person() as ann:
        chat = id_of(await say(ann, "add buy milk"))
        [_, said] = await messages(ann, chat)
        # As if the process had been killed right after the commit of the tool, and one before another.
        row = await system.fetch("SELECT parts FROM messages WHERE id = $1", UUID(said["id"]))
        running_ = {**row[0]["parts"][0], "status": "running"}
        lost = {**running_, "key": "another", "id": str(uuid4())}
        await system.fetch(
            """UPDATE messages SET status = 'streaming', parts = $2, alive_at = now() - interval '1 minute'
               WHERE id = $1""",
            UUID(said["id"]),
            [running_, lost],
        )
        [_, seen] = await messages(ann, chat)
        assert seen["status"] == "interrupted"
        assert [part["status"] for part in seen["parts"]] == ["done", "failed"]
        assert "batch_id" in seen["parts"][0]
        again = await ann.http.post(f"/api/conversations/{chat}/retry")
        assert again.status_code == 200
        assert await titles(ann) == ["buy milk"]


async def test_fifty_conversations_at_once_all_get_their_answer(system: System) -> None:
    async with system.person() as ann:
        answers = await asyncio.gather(*(say(ann, f"add task number {n}") for n in range(50)))
        assert all("Added" in text_of(events) for events in answers)
        assert len(await titles(ann)) == 50
