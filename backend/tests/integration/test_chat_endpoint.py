"""The chat with a model at an OpenAI-compatible endpoint: the real Agents SDK, scripted answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.chat import id_of, of_kind, read_events, say, text_of, titles
from tests.harness.fake_model import FakeModel, Step, serving
from tests.harness.system import System, running

SECRET = "sk-secret-of-test"


@pytest.fixture(scope="module")
async def model() -> AsyncIterator[FakeModel]:
    async with serving() as started:
        yield started


@pytest.fixture(scope="module")
async def endpoint(make_database: MakeDatabase, model: FakeModel) -> AsyncIterator[System]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", SECRET)
        settings = settings_for(
            await make_database(),
            openai_base_url=model.url,
            model="scripted",
            chat_tokens_per_day=5000,
        )
        async with running(settings) as system:
            yield system


@pytest.fixture(autouse=True)
def fresh(model: FakeModel) -> None:
    model.steps, model.obeys = [], None
    model.requests, model.keys = [], []


def adds(*names: str) -> tuple[str, dict[str, Any]]:
    return "add_tasks", {"tasks": [{"title": name} for name in names]}


async def test_text_is_streamed_and_tools_run_in_between(
    endpoint: System, model: FakeModel
) -> None:
    model.steps = [Step("I add it. ", [adds("Buy milk")]), Step("Added it.")]
    async with endpoint.person() as ann:
        events = await say(ann, "please put buy milk on my list")
        assert text_of(events) == "I add it. Added it."
        assert len(of_kind(events, "text")) > 2
        [call], [result] = of_kind(events, "tool_call"), of_kind(events, "tool_result")
        assert (call["name"], call["title"], result["ok"]) == ("add_tasks", "Add tasks", True)
        assert await titles(ann) == ["Buy milk"]
        assert of_kind(events, "done")[0]["usage"] == {"tokens": 200, "budget": 5000}
    assert model.keys == [f"Bearer {SECRET}"] * 2
    offered = {tool["function"]["name"] for tool in model.requests[0]["tools"]}
    assert "add_tasks" in offered
    assert "apply_proposal" not in offered


async def test_calls_in_parallel_all_run(endpoint: System, model: FakeModel) -> None:
    model.steps = [Step(calls=[adds("Apples"), adds("Pears"), ("list_tags", {})]), Step("Done.")]
    async with endpoint.person() as ann:
        events = await say(ann, "add apples and pears")
        assert await titles(ann) == ["Apples", "Pears"]
        assert [each["ok"] for each in of_kind(events, "tool_result")] == [True] * 3


async def test_a_refusal_is_shown_as_text(endpoint: System, model: FakeModel) -> None:
    model.steps = [Step(refusal="I cannot help with that.")]
    async with endpoint.person() as ann:
        assert text_of(await say(ann, "do something bad")) == "I cannot help with that."


@pytest.mark.parametrize(
    "step",
    [
        Step(status=500),
        Step(status=401),
        Step(status=429, retry_after="120"),
        Step(raw="data: {this is not json\n\n"),
        Step("I begin", breaks=True),
        Step(calls=[("add_tasks", '{"tasks": [{"title": ')]),
        Step(calls=[("no_such_tool", {})]),
    ],
    ids=["500", "401", "429", "malformed", "disconnect", "arguments", "unknown tool"],
)
async def test_a_failing_endpoint_is_replaced_by_the_local_model_with_a_note(
    endpoint: System, model: FakeModel, step: Step
) -> None:
    model.steps = [step, *[Step(status=500)] * 3]
    async with endpoint.person() as ann:
        events = await say(ann, "add buy bread tomorrow")
        [note] = of_kind(events, "note")
        assert "The local assistant answers instead." in note["text"]
        assert "Added “buy bread”" in text_of(events)
        assert await titles(ann) == ["buy bread"]
        assert SECRET not in str(events)


async def test_a_short_retry_after_is_waited_for(endpoint: System, model: FakeModel) -> None:
    model.steps = [Step(status=429, retry_after="0.1"), Step("Here I am.")]
    async with endpoint.person() as ann:
        events = await say(ann, "hello")
        assert text_of(events) == "Here I am."
        assert of_kind(events, "note") == []


async def test_a_model_that_fails_after_a_change_is_not_replaced(
    endpoint: System, model: FakeModel
) -> None:
    model.steps = [Step(calls=[adds("Buy bread")]), Step(status=500)]
    async with endpoint.person() as ann:
        events = await say(ann, "add buy bread")
        assert "What was done until then is listed above" in of_kind(events, "note")[0]["text"]
        assert await titles(ann) == ["Buy bread"]


async def test_a_slow_token_is_waited_for_and_silence_is_not(
    endpoint: System, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.steps = [Step("Late.", slow=0.5), Step("Too late.", slow=5)]
    async with endpoint.person() as ann:
        assert text_of(await say(ann, "hello")) == "Late."
        monkeypatch.setattr("todo.chat.agent._QUIET_SECONDS", 0.6)
        events = await say(ann, "hello again")
        assert "did not answer in time" in of_kind(events, "note")[0]["text"]


async def test_a_used_up_budget_is_told_and_the_local_model_answers(
    endpoint: System, model: FakeModel
) -> None:
    model.steps = [Step("Expensive.", tokens=6000)]
    async with endpoint.person() as ann:
        await say(ann, "hello")
        status = await ann.get("/api/chat/status")
        assert status == {"model": "scripted", "budget": {"used": 6000, "limit": 5000}}
        events = await say(ann, "add buy bread")
        assert "budget" in of_kind(events, "note")[0]["text"]
        assert await titles(ann) == ["buy bread"]


async def test_the_budget_ends_an_answer_between_two_calls_of_the_model(
    endpoint: System, model: FakeModel
) -> None:
    model.steps = [
        Step(calls=[adds("Buy bread")], tokens=4999),
        Step(calls=[("list_tags", {})], tokens=100),
        Step("Never."),
    ]
    async with endpoint.person() as ann:
        events = await say(ann, "add buy bread")
        [note] = of_kind(events, "note")
        assert "budget of the model is used up" in note["text"]
        assert text_of(events) == ""
        assert await titles(ann) == ["Buy bread"]
        assert (await ann.get("/api/chat/status"))["budget"] == {"used": 5099, "limit": 5000}
    assert len(model.requests) == 2


async def test_neither_logs_nor_tables_contain_the_key(
    endpoint: System, model: FakeModel, capfd: pytest.CaptureFixture[str]
) -> None:
    model.steps = [Step(status=401)]
    async with endpoint.person() as ann:
        chat = id_of(await say(ann, "hello"))
        assert SECRET not in str(await ann.get(f"/api/conversations/{chat}"))
    captured = capfd.readouterr()
    assert SECRET not in captured.out + captured.err


async def test_the_turns_before_are_sent_to_the_model(endpoint: System, model: FakeModel) -> None:
    model.steps = [Step("Nice to meet you."), Step("Ann.")]
    async with endpoint.person() as ann:
        chat = id_of(await say(ann, "My name is Ann."))
        await say(ann, "What is my name?", chat)
    said = [message["content"] for message in model.requests[1]["messages"][1:]]
    assert said == ["My name is Ann.", "Nice to meet you.", "What is my name?"]


def deletes(task: dict[str, Any]) -> Step:
    return Step(calls=[("delete_tasks", {"tasks": [{"task_id": task["id"]}]})])


async def test_a_run_that_waits_for_an_approval_goes_on_after_it(
    endpoint: System, model: FakeModel
) -> None:
    async with endpoint.person() as ann:
        task = await ann.add("Dentist")
        model.steps = [deletes(task), Step("It is gone. Anything else?")]
        events = await say(ann, "delete the dentist")
        assert len(of_kind(events, "proposal")) == 1
        assert await titles(ann) == ["Dentist"]
        events = await say(ann, "yes", id_of(events))
        assert await titles(ann) == []
        assert text_of(events).endswith("It is gone. Anything else?")
        told = [m["content"] for m in model.requests[-1]["messages"] if m["role"] == "tool"]
        assert "Done: 1 change" in str(told)


async def test_a_dismissed_proposal_is_told_to_the_run_that_waits(
    endpoint: System, model: FakeModel
) -> None:
    async with endpoint.person() as ann:
        task = await ann.add("Dentist")
        model.steps = [deletes(task), Step("I leave it.")]
        chat = id_of(await say(ann, "delete the dentist"))
        assert text_of(await say(ann, "no", chat)).endswith("I leave it.")
        assert await titles(ann) == ["Dentist"]


async def test_a_click_lets_the_run_go_on_once_also_after_a_restart(
    endpoint: System, model: FakeModel
) -> None:
    async with endpoint.person() as ann:
        tasks = [await ann.add(title) for title in ("Dentist", "Gym")]
        deletes_both = ("delete_tasks", {"tasks": [{"task_id": task["id"]} for task in tasks]})
        model.steps = [
            Step(calls=[adds("Buy bread")]),
            Step(calls=[deletes_both]),
            Step(calls=[adds("Buy milk")]),
            Step("All done."),
        ]
        said = "add buy bread, delete the dentist and the gym, then add buy milk"
        events = await say(ann, said)
        chat, [proposal] = id_of(events), of_kind(events, "proposal")
        assert of_kind(events, "done")[0]["waits"] is True
        path = f"/api/conversations/{chat}"
        assert (await ann.get(path))["messages"][-1]["waits"] is True
        early = await ann.http.post(f"{path}/continue")
        assert (early.status_code, "first" in early.text) == (409, True)
        await ann.http.post(f"/api/proposals/{proposal['id']}/apply", json={"rows": [0]})
        answers = await asyncio.gather(*(ann.http.post(f"{path}/continue") for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        [went_on] = [read_events(each.text) for each in answers if each.status_code == 200]
        assert text_of(went_on) == "All done."
        assert await titles(ann) == ["Buy bread", "Buy milk", "Gym"]
        told = [m["content"] for m in model.requests[-1]["messages"] if m["role"] == "tool"]
        assert "approved 1 of 2 changes" in str(told)
        shown = (await ann.get(path))["messages"]
        assert [each["role"] for each in shown] == ["user", "assistant", "assistant"]
        assert [each["waits"] for each in shown] == [False] * 3


async def test_only_the_owner_lets_a_run_go_on(endpoint: System, model: FakeModel) -> None:
    async with endpoint.person() as ann, endpoint.person() as bob:
        task = await ann.add("Dentist")
        model.steps = [deletes(task)]
        chat = id_of(await say(ann, "delete the dentist"))
        assert (await bob.http.post(f"/api/conversations/{chat}/continue")).status_code == 404


async def test_a_run_of_another_version_is_given_up_and_the_proposal_still_decides(
    endpoint: System, model: FakeModel
) -> None:
    async with endpoint.person() as ann:
        task = await ann.add("Dentist")
        model.steps = [deletes(task)]
        chat = id_of(await say(ann, "delete the dentist"))
        await endpoint.fetch(
            """UPDATE messages SET run_state = '{"$schemaVersion": "99.0"}' WHERE run_state IS NOT NULL"""
        )
        events = await say(ann, "yes", chat)
        assert await titles(ann) == []
        assert "ask again" in of_kind(events, "note")[0]["text"]


async def test_characters_that_cannot_be_stored_do_not_lose_the_answer(
    endpoint: System, model: FakeModel
) -> None:
    model.steps = [Step(calls=[adds("Buy\x00 \ud800milk")]), Step("Added\x00 \udc00it.")]
    async with endpoint.person() as ann:
        events = await say(ann, "add buy milk")
        assert await titles(ann) == ["Buy milk"]
        assert of_kind(events, "done")[0]["status"] == "complete"
        [_, stored] = (await ann.get(f"/api/conversations/{id_of(events)}"))["messages"]
        assert (stored["status"], stored["text"]) == ("complete", text_of(events))
        assert stored["parts"][0]["arguments"] == {"tasks": [{"title": "Buy milk"}]}


async def test_an_answer_that_cannot_be_stored_still_ends(
    endpoint: System, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todo.chat.answers.clean", lambda value: value)
    model.steps = [Step("Bad\x00.")]
    async with endpoint.person() as ann:
        chat = id_of(await say(ann, "hello"))
        [_, stored] = (await ann.get(f"/api/conversations/{chat}"))["messages"]
        assert stored["status"] == "complete"
