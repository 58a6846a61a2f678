"""docs/security: every proof that the table of ASVS and the threat model name exists."""

import re
from pathlib import Path

import pytest
from release.proofs import is_proof, known_tests

from tests.repository.commands import ROOT

FOLDER = ROOT / "docs/security"
ASVS = (FOLDER / "asvs.md").read_text()
CHAPTERS = (
    "V1 Encoding and Sanitization",
    "V2 Validation and Business Logic",
    "V3 Web Frontend Security",
    "V4 API and Web Service",
    "V5 File Handling",
    "V6 Authentication",
    "V7 Session Management",
    "V8 Authorization",
    "V9 Self-contained Tokens",
    "V10 OAuth and OIDC",
    "V11 Cryptography",
    "V12 Secure Communication",
    "V13 Configuration",
    "V14 Data Protection",
    "V15 Secure Coding and Architecture",
    "V16 Security Logging and Error Handling",
    "V17 WebRTC",
)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in ASVS.splitlines()
    if line.startswith("| V")
]
QUOTED = re.compile(r"`([^`\n]+)`")


@pytest.mark.parametrize("document", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_every_proof_of_a_security_document_exists(document: Path) -> None:
    quoted = QUOTED.findall(document.read_text())
    tests = {text for text in quoted if is_proof(text)}
    paths = {text for text in quoted if re.fullmatch(r"[\w.-]+(/[\w.-]+)+|[A-Z]+\.md", text)}
    assert sorted(tests - known_tests().keys()) == []
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_every_chapter_is_there() -> None:
    assert tuple(re.findall(r"^## (V\d.*)$", ASVS, re.M)) == CHAPTERS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_a_verdict_has_its_proof_or_says_what_is_missing(row: list[str]) -> None:
    _, verdict, proof, missing = row
    named = [text for text in QUOTED.findall(proof) if is_proof(text) or (ROOT / text).exists()]
    match verdict:
        case "met":
            assert named
            assert missing == "–"
        case "partly":
            assert named
            assert len(missing) > len("–")
        case "not met":
            assert len(missing) > len("–")
        case _:
            assert verdict == "does not apply"
            assert proof == ""
