"""The proofs that the specifications and decisions name: each of them exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "backend/tests"
DOCUMENTS = sorted(
    path for folder in ("specs", "docs/decisions") for path in (ROOT / folder).rglob("*.md")
)
# `test_name` or `test_file*.py`
NAMED = re.compile(r"\btest_\w+(?:\*?\.py)?")


@pytest.fixture(scope="module")
def functions() -> set[str]:
    return {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_a_document_names_exists(document: Path, functions: set[str]) -> None:
    names = set(NAMED.findall(document.read_text()))
    files = {name for name in names if name.endswith(".py")}
    assert sorted(names - files - functions) == []
    assert sorted(name for name in files if not any(TESTS.rglob(name))) == []


def test_the_specifications_name_tests() -> None:
    named = {name for path in DOCUMENTS for name in NAMED.findall(path.read_text())}
    assert len(named) > 50
