"""Searching tasks: words in any order, ranked, of the owner only."""

from typing import Any

import pytest

from tests.harness.system import System
from todo.tasks import counting
from todo.tasks.words import fill_words


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Kauf Äpfel und Öl", "kauf öl"),
        ("Kauf Äpfel und Öl", "OL kau"),
        ("Müller anrufen", "muller"),
        ("Muller anrufen", "MÜLLER"),
        ("Write an E-mail", "email"),
        ("Write an email", "e-mail"),
        ("Write an E-mail", "mail"),
        ("Don't forget", "dont"),
        ("Rue de l’Église", "eglise"),
        ("Straße fegen", "STRASSE"),
        ("İzmir", "izmir"),
        ("ﬁx the ﬂat", "fix flat"),
        ("牛乳と卵を買う", "卵を"),
        ("牛乳と卵を買う", "買う 牛乳"),
        ("สวัสดีชาวโลก", "ชาวโลก"),
        ("לקנות חָלָב", "חלב"),
        ("اشتري الحليب", "الحليب"),
        ("Party 🎉", "🎉"),
        ("Pay 100%", "100%"),
        ("it's 50% off \\o/", "\\"),
        ("C++ course", "c++"),
        ("2026-11-30 report", "2026-11-30"),
        ("see example.com/path", "example.com"),
    ],
)
async def test_a_task_is_found_as_people_type(system: System, title: str, typed: str) -> None:
    async with system.person() as ann:
        await ann.add(title)
        await ann.add("Something else")
        for status in ("open", "all"):
            assert [t["title"] for t in await ann.tasks(q=typed, status=status)] == [title]


@pytest.mark.parametrize(
    "typed",
    ["kauf bier", "äpfelx", "auf", "!!!", "'", "' | 'x", "kauf:*", "|", "\U0001f600", "\u200f", "x" * 200,
     "q " * 100, "q-" * 100, "字" * 200, "İ" * 200],
)  # fmt: skip
async def test_what_no_task_has_finds_nothing(system: System, typed: str) -> None:
    async with system.person() as ann:
        await ann.add("Kaufen: Äpfel und Öl")
        found = await ann.tasks(q=typed)
        assert [t["title"] for t in found] == (
            ["Kaufen: Äpfel und Öl"] if typed == "kauf:*" else []
        )


async def test_the_best_match_comes_first(system: System) -> None:
    async with system.person() as ann:
        await ann.add("in the notes, exact", description="call", due_date="2026-12-01")
        await ann.add("in the notes, the beginning", description="callback", due_date="2026-12-01")
        await ann.add("callback", due_date="2026-12-01")
        await ann.add("a tag", tags=["call"])
        done = await ann.add("call, but done", due_date="2026-12-01")
        await ann.do(done, "complete")
        await ann.add("call later")
        await ann.add("call soon", due_date="2026-12-03")
        titles = [t["title"] for t in await ann.tasks(q="CALL", status="all")]
        assert titles == [
            "call soon",
            "call later",
            "call, but done",
            "callback",
            "a tag",
            "in the notes, exact",
            "in the notes, the beginning",
        ]


async def test_each_task_found_is_on_exactly_one_page(system: System) -> None:
    async with system.person() as ann:
        for number in range(7):
            task = await ann.add(f"call {number}", due_date="2027-01-01" if number % 2 else None)
            if number > 4:
                await ann.do(task, "complete")
            await ann.add(f"note {number}", description="callback")
        whole = [t["id"] for t in await ann.tasks(q="call", status="all")]
        assert len(whole) == 14
        for limit in (1, 3):
            seen: list[int] = []
            cursor: Any = None
            while True:
                more: dict[str, Any] = {"cursor": cursor} if cursor else {}
                page = (
                    await ann.http.get("/api/tasks", params={"q": "call", "status": "all", "limit": limit} | more)
                ).json()  # fmt: skip
                seen += [t["id"] for t in page["items"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert seen == whole


async def test_a_cursor_of_another_list_is_refused(system: System) -> None:
    async with system.person() as ann:
        for number in range(3):
            await ann.add(f"call {number}", due_date="2027-01-01")
        for path, other in ("?limit=1&q=call", "?"), ("?limit=1", "?q=call&"):
            page = await ann.get(f"/api/tasks{path}")
            answer = await ann.http.get(f"/api/tasks{other}cursor={page['next_cursor']}")
            assert answer.status_code == 422


async def test_a_change_is_found_at_once(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("Buy milk")
        await ann.http.patch(
            f"/api/tasks/{task['id']}", json={"title": "Buy bread", "description": "rye"}
        )
        assert await ann.tasks(q="milk") == []
        assert len(await ann.tasks(q="rye bread")) == 1
        await ann.do(task, "complete")
        assert await ann.tasks(q="bread") == []
        assert len(await ann.tasks(q="bread", status="completed")) == 1
        await ann.http.delete(f"/api/tasks/{task['id']}")
        assert await ann.tasks(q="bread", status="all") == []
        assert len(await ann.tasks(q="bread", status="trash")) == 1


async def test_a_search_keeps_to_the_dates_and_the_tag(system: System) -> None:
    async with system.person() as ann:
        await ann.add("call one", due_date="2027-01-10T00:00:00Z", tags=["Käse"])
        await ann.add("call two", due_date="2027-02-10T00:00:00Z")
        await ann.add("call three")

        async def found(**more: Any) -> list[str]:
            return [t["title"] for t in await ann.tasks(q="call", **more)]

        assert await found(due_from="2027-01-11T00:00:00Z") == ["call two"]
        assert await found(due_to="2027-02-10T00:00:00Z") == ["call one"]
        assert await found(tag="käse") == ["call one"]


async def test_a_search_finds_only_tasks_of_the_owner(system: System) -> None:
    async with system.person() as ann, system.person() as ben:
        await ann.add("secret plan", tags=["secret"])
        assert await ben.tasks(q="secret", status="all") == []
        assert await ben.tasks(tag="secret") == []


async def test_a_tag_is_kept_once_and_found_in_any_case(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add("t", tags=["a", "A", "#a", "Käse", "it's 5%\\", "ﷺ" * 60])
        assert task["tags"] == ["a", "Käse", "it's 5%\\", "ﷺ" * 60]
        for tag in ("A", "käse", "KÄSE", "IT'S 5%\\", "ﷺ" * 60):
            assert len(await ann.tasks(tag=tag)) == 1, tag
        assert await ann.tasks(tag="kase") == []
        answer = await ann.http.patch(f"/api/tasks/{task['id']}", json={"tags": ["B", "b", "Käse"]})
        assert answer.json()["tags"] == ["B", "Käse"]
        parsed = await ann.http.post("/api/tasks/parse", json={"text": "x #Home #home"})
        assert parsed.json()["task"]["tags"] == ["Home"]


async def test_tags_that_differ_only_in_case_are_counted_as_one(system: System) -> None:
    async with system.person() as ann:
        await ann.do(await ann.add("first", tags=["Work"]), "complete")
        for tags in (["work"], ["WORK", "home"]):
            await ann.add("later", tags=tags)
        async with system.context.db.reading() as connection:
            found = await counting.tags(connection, ann.id)
        assert found == [
            {"tag": "Work", "open": 2, "completed": 1},
            {"tag": "home", "open": 1, "completed": 0},
        ]


async def test_a_search_of_more_than_the_limit_is_refused(system: System) -> None:
    async with system.person() as ann:
        assert (await ann.http.get("/api/tasks", params={"q": "x" * 10_000})).status_code == 422


async def test_a_task_of_an_older_version_is_found_after_it_was_filled_in(system: System) -> None:
    async with system.person() as ann:
        await system.context.db.pool.execute(
            "INSERT INTO task (user_id, title) VALUES ($1, 'Old release')", ann.id
        )
        task = await ann.add("New title")
        await system.context.db.pool.execute(
            "UPDATE task SET title = 'Older title', version = version + 1 WHERE id = $1", task["id"]
        )
        while await fill_words(system.context.db):
            pass
        assert len(await ann.tasks(q="release")) == 1
        assert len(await ann.tasks(q="older")) == 1
        assert await ann.tasks(q="new") == []
