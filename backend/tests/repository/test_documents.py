"""Every Markdown document: plain words, short sentences, and links that lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.repository.commands import ROOT, run
from tests.repository.prose import anchors, links, sentences, text_of

LISTED = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md").stdout
DOCUMENTS = [name for name in LISTED.split() if (ROOT / name).is_file()]
MOST_WORDS = 35
# Words that praise, fill or hide: a plain one says the same, or the sentence is complete without it.
BANNED = re.compile(
    r"\b(utili[sz](?:e[sd]?|ing)|leverag\w+|seamless\w*|robust\w*|blazing\w*|cutting-edge|state-of-the-art|world-class|"
    r"best-in-class|effortless\w*|powerful\w*|holistic\w*|synerg\w+|delve\w*|game-chang\w+|simply|obviously|"
    r"basically|actually|easily|really|quite|of course|please note|in order to)\b",
    re.I,
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_in_plain_words(name: str) -> None:
    text = (ROOT / name).read_text()
    found = sorted({match[0].lower() for match in BANNED.finditer(text_of(text))})
    assert found == [], f"{name}: say it in plain words"
    long = [sentence for sentence in sentences(text) if len(sentence.split()) > MOST_WORDS]
    assert long == [], f"{name}: more than {MOST_WORDS} words"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_link_of_a_document_leads_somewhere(name: str) -> None:
    document = ROOT / name
    broken = [
        link
        for link in links(document.read_text())
        if not re.match(r"https?://|mailto:", link) and not leads(document, link)
    ]
    assert broken == []


def leads(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))


def test_there_are_documents() -> None:
    assert {"README.md", "specs/constitution.md", "docs/deploy/oke.md"} <= set(DOCUMENTS)


TEXT = """\
# The Title: of `this`, twice

One sentence (with an aside of four words). Another: here
it goes on.

- an item that
  goes on

| a | table that is no prose |

```sh
not prose [not](a-link)
```

[here](#the-title-of-this-twice) ![shown](shown.png) <img src="also.png">
"""


def test_the_reader_of_documents_reads_what_people_read() -> None:
    assert [*sentences(TEXT)][:4] == [
        "One sentence.",
        "Another:",
        "here it goes on.",
        "an item that goes on",
    ]
    assert links(TEXT) == ["#the-title-of-this-twice", "shown.png", "also.png"]
    assert anchors(TEXT) == {"the-title-of-this-twice"}
    assert BANNED.search("It simply works")
    assert not BANNED.search("a plain word")
