"""A search reads the words of its owner from the index: neither the tasks of others nor all of the owner's."""

import random
from collections.abc import AsyncIterator
from itertools import accumulate
from typing import Any

import asyncpg
import pytest

from tests.conftest import MakeDatabase
from tests.harness.plans import Explaining, buffers, indexes
from todo.domain import search
from todo.tasks import queries
from todo.tasks.queries import Search

USERS = {"large": 10_000, **{f"other{n}": 100 for n in range(200)}}
SYLLABLES = ["ka", "lo", "mi", "ten", "bar", "sho", "vel", "dar", "fin", "gro", "tas", "pen"]
# Most of the pages of a search that everything matches: two kinds of matches for open and for closed tasks.
MOST_BUFFERS = 2_000


def texts(rng: random.Random) -> Any:
    """Titles and descriptions whose words are as unequally frequent as those of a language."""
    words = ["call", "pay", "buy"]
    words += ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(5_000)]
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    return lambda count: " ".join(rng.choices(words, cum_weights=weights, k=count))


@pytest.fixture(scope="module")
async def connection(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(await make_database(), server_settings={"jit": "off"})
    await opened.executemany(
        "INSERT INTO account (id, email, password_hash) VALUES ($1, $1, '')",
        [(user,) for user in USERS],
    )
    rng = random.Random(1)
    text = texts(rng)

    def row(user: str) -> tuple[Any, ...]:
        title, description = text(rng.randint(3, 9)), text(rng.randint(0, 30))
        tags, done = ["Käse"] if rng.random() < 0.05 else [], rng.random() < 0.7
        words = search.vector(
            user, title=title, description=description, tags=tags, is_open=not done
        )
        return user, title, description, tags, done, words

    await opened.executemany(
        """INSERT INTO task (user_id, title, description, tags, completed, words, words_version)
           VALUES ($1, $2, $3, $4, $5, $6::text::tsvector, 1)""",
        [row(user) for user, count in USERS.items() for _ in range(count)],
    )
    await opened.execute("VACUUM ANALYZE task")
    yield opened
    await opened.close()


@pytest.mark.parametrize("status", ["open", "all"])
@pytest.mark.parametrize(
    "text", ["call", "k", "ka lo", "bu mi", "call buy pa", "e-mail", "nothing"]
)
@pytest.mark.parametrize(("user", "most"), [("large", MOST_BUFFERS), ("other7", 400)])
async def test_a_search_reads_only_matches_of_its_owner(
    connection: asyncpg.Connection, user: str, most: int, text: str, status: str
) -> None:
    explaining: Any = Explaining(connection)
    await queries.find(explaining, user, Search(status=status, text=text, timezone="UTC"))
    [plan] = explaining.plans
    assert indexes(plan) == {"ix_task_search"}, plan
    assert buffers(plan) <= most


async def test_a_search_within_a_tag_uses_the_index_too(connection: asyncpg.Connection) -> None:
    explaining: Any = Explaining(connection)
    found, _ = await queries.find(
        explaining, "large", Search(text="call", tag="KÄSE", timezone="UTC")
    )
    assert found
    [plan] = explaining.plans
    assert indexes(plan) == {"ix_task_search"}


async def test_beginnings_are_looked_for_only_if_the_words_find_few(connection: Any) -> None:
    async def found(text: str) -> list[set[str]]:
        tasks: list[set[str]] = []
        cursor = None
        while True:
            search_for = Search(status="all", text=text, timezone="UTC", cursor=cursor)
            page, cursor = await queries.find(connection, "large", search_for)
            tasks += [set(f"{task.title} {task.description}".split()) for task in page]
            if cursor is None:
                return tasks

    frequent = await found("ka")
    assert len(frequent) == 500
    assert all("ka" in words for words in frequent)
    beginning = "tast"  # no syllable ends so, so no task has this word
    assert any(await found(beginning))
