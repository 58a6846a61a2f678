"""The words of a task and of a search: what counts as the same word."""

import re
from itertools import permutations
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.domain import search

# A lexeme without the state and the owner before it.
_LEXEME = re.compile(r"'[oc][0-9a-f]{8}((?:[^'\\]|''|\\\\)+)'")


def words(text: str) -> set[str]:
    written = search.vector("ann", title=text, description=None, tags=[], is_open=True)
    return {word.replace("''", "'").replace("\\\\", "\\") for word in _LEXEME.findall(written)}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Müller", "muller"),
        ("M\u0075\u0308ller", "MULLER"),  # the umlaut as a combining mark
        ("Straße STRASSE", "strasse"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul"),
        ("ﬁnd", "find"),
        ("Ørsted Łódź þorn œuvre", "orsted lodz thorn oeuvre"),
        ("ΣΊΣΥΦΟΣ", "σισυφος".replace("ς", "σ")),
        ("ёлка", "елка"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("ＡＢＣ１２", "abc12"),
        ("soft\u00adhyphen", "softhyphen"),
        ("می\u200cخواهم", "میخواهم"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_words_are_the_same_without_their_case_and_accents(text: str, same: str) -> None:
    assert words(text) == words(same)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E-mail", {"e", "mail", "email", "-"}),
        ("don’t", {"don", "t", "dont", "’"}),
        ("U.S.A", {"u", "s", "a", "usa", "sa", "."}),
        ("snow - man", {"snow", "man", "-"}),
        ("a--b", {"a", "b", "-"}),
        ("買い物", {"買い", "い物", "物"}),
        ("iPhone用", {"iphone", "用"}),
        ("👩‍💻🎉", {"👩", "💻", "🎉"}),
        ("x" * 100, {"x" * 60}),
    ],
)
def test_a_text_has_these_words(text: str, expected: set[str]) -> None:
    assert words(text) == expected


def test_a_word_has_the_weight_of_its_best_place() -> None:
    written = search.vector(
        "ann", title="milk", description="milk bread", tags=["bread"], is_open=False
    )
    key = "c" + search.owner_key("ann")
    assert written == f"'#{key}bread' '{key}milk':1A '{key}bread':1B"


@pytest.mark.parametrize("text", ["", "   ", "\u200f\u2066", "\u00ad"])
def test_a_text_without_words_searches_nothing(text: str) -> None:
    assert search.query("ann", text, is_open=True) is None


@pytest.mark.parametrize(("text", "same"), [("öl, kauf!", "öl kauf"), ("100%", "100")])
def test_punctuation_beside_words_is_ignored(text: str, same: str) -> None:
    assert search.query("ann", text, is_open=True) == search.query("ann", same, is_open=True)


def test_punctuation_alone_is_searched_for() -> None:
    query = search.query("ann", "%", is_open=True)
    assert query is not None
    assert query.exact == f"'o{search.owner_key('ann')}%'"


def test_tags_that_differ_only_in_case_are_one_tag() -> None:
    assert search.distinct_tags(["a", "A", "a"]) == ("a",)
    assert search.distinct_tags(["Käse", "KÄSE", "Ka\u0308se", "Kase"]) == ("Käse", "Kase")
    assert search.distinct_tags(["straße", "STRASSE", "ﬁ", "fi"]) == ("straße", "ﬁ")


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert search.fold(search.fold(text)) == search.fold(text)


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3))
def test_the_order_of_the_words_does_not_matter(parts: list[str]) -> None:
    queries = {
        frozenset(query.exact.split(" & ")) if query else None
        for order in permutations(parts)
        for query in [search.query("ann", " ".join(order), is_open=True)]
    }
    assert len(queries) == 1


@pytest.mark.parametrize(
    "text", ["a" * 30_000, "a-" * 15_000, "字" * 30_000, "ﷺ " * 10_000, "%'\\" * 10_000]
)
def test_a_hostile_text_is_read_in_a_moment(text: str) -> None:
    start = process_time()
    search.vector("ann", title=text, description=text, tags=[], is_open=True)
    assert process_time() - start < 1


def test_a_text_of_many_long_words_stays_below_the_limit_of_postgresql() -> None:
    letters = [chr(number) for number in range(0x10400, 0x10450)]  # four bytes each
    text = " ".join(
        "-".join(letters[n % 80] * (n // 80 % 12 + 1) for n in range(k, k + 5)) for k in range(4000)
    )
    written = search.vector("ann", title=text[:10_000], description=text, tags=[], is_open=True)
    assert len(written.encode()) < 1 << 20
