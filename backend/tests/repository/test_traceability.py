"""specs/: every requirement is proved by tests that run, or says why not, and every capability has its files."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from release import proofs, traceability
from release.proofs import SPECS, Gap, Requirement, capabilities, faults, specification
from release.report import Refused

from tests.repository.commands import ROOT, release, run

FOLDERS = sorted(path.name for path in SPECS.glob("[0-9]*"))
SECTIONS = {
    "spec.md": (
        "# Feature Specification: ",
        "## User Scenarios & Testing",
        "### User Story 1 - ",
        "(Priority: P1)",
        "**Why this priority**",
        "**Independent Test**",
        "**Given**",
        "### Edge Cases",
        "## Requirements",
        "### Functional Requirements",
        "- **FR-001**: ",
        "### Key Entities",
        "## Success Criteria",
        "- **SC-001**: ",
        "## Assumptions",
    ),
    "plan.md": (
        "# Implementation Plan: ",
        "## Summary",
        "## Technical Context",
        "## Constitution Check",
        "## Project Structure",
        "## Decisions",
    ),
    "tasks.md": ("# Tasks: ", "- [x] T001 "),
}


def every_requirement() -> list[Requirement]:
    return [*specification(), *capabilities()]


def test_every_requirement_is_proved_or_says_why_not() -> None:
    assert traceability.all_faults() == []
    assert len(every_requirement()) > 300


def test_the_table_is_what_the_specifications_say() -> None:
    answer = release("traceability", "--check")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_capability_is_in_the_shape_of_spec_kit() -> None:
    assert FOLDERS, "there are capabilities"
    numbers = [int(name[:3]) for name in FOLDERS]
    assert numbers == [*range(1, len(numbers) + 1)]
    for name in FOLDERS:
        for file, wanted in SECTIONS.items():
            text = (SPECS / name / file).read_text()
            assert [part for part in wanted if part not in text] == [], f"{name}/{file}"


@pytest.mark.parametrize("name", FOLDERS)
def test_the_numbers_of_a_capability_have_no_gap(name: str) -> None:
    for file, form in (
        ("spec.md", r"^- \*\*(FR|SC)-(\d{3})"),
        ("tasks.md", r"^- \[.\] (T)(\d{3})"),
    ):
        found = re.findall(form, (SPECS / name / file).read_text(), re.M)
        for kind in {kind for kind, _ in found}:
            numbers = [int(number) for each, number in found if each == kind]
            assert numbers == [*range(1, len(numbers) + 1)], f"{name}/{file}: {kind}"


def named(suffix: str) -> dict[str, list[Path]]:
    """The tests that proofs name, of files with this suffix, and their files."""
    return {
        proof: [path for path in proofs.known_tests()[proof] if path.name.endswith(suffix)]
        for one in every_requirement()
        for proof in one.proofs
        if any(path.name.endswith(suffix) for path in proofs.known_tests().get(proof, ()))
    }


def files_of(found: dict[str, list[Path]], folder: str) -> list[str]:
    paths = {path for files in found.values() for path in files}
    return sorted(str(path.relative_to(ROOT / folder)) for path in paths)


@pytest.mark.timeout(300)
def test_every_named_test_of_the_backend_is_collected() -> None:
    """A function that pytest does not collect proves nothing: in a file it does not read, or overwritten."""
    found = named(".py")
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-o",
            "addopts=",
            *files_of(found, "backend"),
        ],
        cwd=ROOT / "backend",
        capture_output=True,
        text=True,
        check=False,
    )
    collected = set(re.findall(r"^tests/\S+?::(?:\w+::)*(test_\w+)", answer.stdout, re.M))
    assert sorted(found.keys() - collected) == []


@pytest.mark.parametrize(
    ("suffix", "command"),
    [
        (".spec.ts", ("playwright", "test", "--list")),
        (".test.ts", ("vitest", "list")),
        (".test.tsx", ("vitest", "list")),
    ],
)
def test_every_named_test_of_the_page_is_collected(suffix: str, command: tuple[str, ...]) -> None:
    found = named(suffix)
    if not found:
        return
    program, *arguments = command
    frontend = ROOT / "frontend"
    binary = frontend / "node_modules/.bin" / program
    answer = run(binary, *arguments, *files_of(found, "frontend"), cwd=frontend)
    for proof in found:
        title = proof.partition(": ")[2]
        fixed = [re.escape(part) for part in re.split(r"\$\{[^}]*\}", title)]
        assert re.search("[^›]*".join(fixed), answer.stdout), f"{proof}\n{answer.stderr}"


def test_no_test_is_skipped() -> None:
    """What is collected runs, everywhere. One test is about a feature that only Linux has."""
    skipping = re.compile(r"pytest\.skip\(|mark\.skip|mark\.xfail|test\.(skip|fixme)\(|it\.skip\(")
    allowed = 'skipif(sys.platform != "linux"'
    folders = ("backend/tests", "frontend/tests", "frontend/src")
    lines: Iterator[tuple[Path, str]] = (
        (path, line)
        for folder in folders
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".py", ".ts", ".tsx"} and path != Path(__file__)
        for line in path.read_text().splitlines()
    )
    assert [
        f"{p}: {line}" for p, line in lines if skipping.search(line) and allowed not in line
    ] == []


GOOD = Requirement("specification.md", "FR-1.1", "text", ("test_a_second_delivery_does_nothing",))


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (replace(GOOD, proofs=()), "has no proof, and no reason why not"),
        (replace(GOOD, proofs=("test_that_nobody_wrote",)), "no such test: test_that_nobody_wrote"),
        (replace(GOOD, proofs=("live.spec.ts: no such title",)), "no such test: live.spec.ts"),
        (
            replace(GOOD, proofs=("docs/reports/none.json: a = 1",)),
            "no such report: docs/reports/none.json",
        ),
        (replace(GOOD, proofs=("docs/reports/storm.json: nothing = 1",)), "has no “nothing”"),
        (
            replace(GOOD, proofs=("docs/reports/storm.json: runs > * > sigkills <= 1",)),
            "docs/reports/storm.json: runs > * > sigkills is",
        ),
        (
            replace(GOOD, open=Gap("not built", "release/proofs.py")),
            "stale: release/proofs.py is true",
        ),
        (
            replace(GOOD, open=Gap("too slow", "docs/reports/storm.json: runs > * > good = true")),
            "stale: docs/reports/storm.json: runs > * > good = true is true",
        ),
        (
            replace(GOOD, elsewhere=Gap("a cloud", "none", "docs/no.md")),
            "no such document: docs/no.md",
        ),
    ],
)
def test_a_wrong_proof_is_named(one: Requirement, sentence: str) -> None:
    assert faults(GOOD) == []
    assert any(sentence in line for line in faults(one))
    assert all(line.startswith("specification.md FR-1.1: ") for line in faults(one))


@pytest.mark.parametrize(
    ("proofs_file", "sentence"),
    [
        ("requirements: {FR-9.9: {proofs: [test_x]}}", "not in specification.md: FR-9.9"),
        ("requirements: {FR-1.1: {prooofs: [test_x]}}", "FR-1.1: unknown key prooofs"),
        ("requirements: {FR-1.1: {open: {why: x}}}", "FR-1.1: open: "),
    ],
)
def test_a_mistake_in_the_source_is_named(tmp_path: Path, proofs_file: str, sentence: str) -> None:
    (tmp_path / "specification.md").write_text("| FR-1.1 | text |\n")
    (tmp_path / "proofs.yaml").write_text(proofs_file)
    with pytest.raises(Refused, match=re.escape(sentence)):
        specification(tmp_path)


def test_a_requirement_may_be_proved_in_part() -> None:
    gap = Gap("reason", "none")
    assert GOOD.state == "proved"
    assert replace(GOOD, elsewhere=gap).state == "proved here in part"
    assert replace(GOOD, open=gap).state == "built in part"
    assert replace(GOOD, proofs=(), elsewhere=gap).state == "only provable elsewhere"
    assert replace(GOOD, proofs=(), open=gap).state == "not built"
