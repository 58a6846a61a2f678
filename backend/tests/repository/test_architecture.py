"""ARCHITECTURE.md names every folder, service and topic that there is."""

import re
from pathlib import Path

import todo
from tests.repository.commands import ROOT
from todo.services import SERVICES

TEXT = (ROOT / "ARCHITECTURE.md").read_text()
PRODUCT = Path(str(todo.__path__[0]))


def folders_in(folder: Path) -> set[str]:
    return {
        path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")
    }


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_folder_of_the_backend_has_its_row() -> None:
    named = set(re.findall(r"(\w+)/", section("Folders of the backend")))
    assert folders_in(PRODUCT) - named == set()


def test_every_part_of_the_runtime_has_its_row() -> None:
    runtime = PRODUCT / "runtime"
    files = {path.name for path in runtime.glob("*.py") if path.name != "__init__.py"}
    named = set(re.findall(r"`([\w.]+)/?`", section("The runtime")))
    assert (folders_in(runtime) | files) - named == set()


def test_every_feature_of_the_page_is_named() -> None:
    row = next(line for line in section("The page").splitlines() if "features/<subject>/" in line)
    assert {name for name in folders_in(ROOT / "frontend/src/features") if name not in row} == set()


def test_every_service_has_its_row_with_its_topics_and_jobs() -> None:
    rows = {line.split(" | ")[0].strip("| "): line for line in section("Services").splitlines()}
    for service in SERVICES:
        names = [
            *(subscription.topic for subscription in service.on),
            *(listener.topic for listener in service.fan_out),
            *(job.name for job in service.every),
        ]
        assert [name for name in names if name not in rows[service.app_id]] == []
