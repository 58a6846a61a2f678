"""Imports point inward (contracts: pyproject.toml); the domain knows the standard library and dateutil."""

import ast
import sys
from pathlib import Path

from importlinter.cli import lint_imports

import todo.domain

BACKEND = Path(__file__).parents[2]


def test_imports_point_only_inward() -> None:
    assert lint_imports(config_filename=str(BACKEND / "pyproject.toml"), cache_dir=None) == 0


def test_the_domain_imports_the_standard_library_and_dateutil_only() -> None:
    known = sys.stdlib_module_names | {"dateutil"}
    foreign = {
        f"{file.name}: {name}"
        for file in Path(str(todo.domain.__path__[0])).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
        if name.partition(".")[0] not in known and not name.startswith("todo.domain")
    }
    assert foreign == set()


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []
