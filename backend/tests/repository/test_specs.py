"""The proofs that the specifications and decisions name: each of them exists."""

import re
from pathlib import Path

import pytest
from release.proofs import is_proof, known_tests

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "backend/tests"
DOCUMENTS = sorted(
    path for folder in ("specs", "docs/decisions") for path in (ROOT / folder).rglob("*.md")
)
# `test_name` or `test_file*.py`
NAMED = re.compile(r"\btest_\w+(?:\*?\.py)?")
QUOTED = re.compile(r"`([^`\n]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    names = set(NAMED.findall(text))
    files = {name for name in names if name.endswith(".py")}
    titles = {quoted for quoted in QUOTED.findall(text) if is_proof(quoted) and ".ts" in quoted}
    assert sorted((names - files | titles) - known_tests().keys()) == []
    assert sorted(name for name in files if not any(TESTS.rglob(name))) == []


def test_the_specifications_name_tests() -> None:
    named = {name for path in DOCUMENTS for name in NAMED.findall(path.read_text())}
    assert len(named) > 50
