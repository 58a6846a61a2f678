"""Requirements and their proofs, as the specifications state them.

A requirement is a row of specs/specification.md (its proofs are in specs/proofs.yaml), or a bullet FR-nnn or
SC-nnn of a capability's spec.md, which names its proofs in backticks. A proof is one of three:

    test_a_name                                          a test function of backend/tests
    live.spec.ts: a title                                a test of the page
    docs/reports/bench.json: a key > another <= 50       a figure of a committed report; * is every entry of a list
"""

import ast
import json
import operator
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from release.programs import ROOT
from release.report import Refused

SPECS = ROOT / "specs"
_ROW = re.compile(r"^\| ([A-Z]+-[\d.]+) \| (.+) \|$", re.M)
_ITEM = re.compile(r"^- \*\*((?:FR|SC)-\d{3})\*\*: (.+?)(?=^- \*\*|^#|\Z|\n\n)", re.M | re.S)
_QUOTED = re.compile(r"`([^`]+)`")
_FIGURE = re.compile(r"(docs/reports/[\w.-]+\.json): (.+) (<=|>=|=) (\S+)")
_TITLE = re.compile(r"([\w.-]+\.(?:spec|test)\.tsx?): (.+)")
_PYTHON = re.compile(r"test_\w+")
_CALL = re.compile(r"""\b(?:test|it)(?:\.each\([^)]*\))?\(\s*(['"`])(.+?)\1""", re.S)
_COMPARE = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}
_KEYS = {"proofs", "elsewhere", "open"}


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not proved: why, and what makes this reason stale: a path that exists, or a figure that holds."""

    reason: str
    until: str
    # How somebody proves it elsewhere: a document.
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    source: str
    id: str
    text: str
    proofs: tuple[str, ...] = ()
    # It needs something that no test machine has, such as a cloud account.
    elsewhere: Gap | None = None
    # It is not built yet.
    open: Gap | None = None

    @property
    def state(self) -> str:
        match (bool(self.proofs), self.elsewhere, self.open):
            case (True, None, None):
                return "proved"
            case (True, _, None):
                return "proved here in part"
            case (True, _, _):
                return "built in part"
            case (False, None, None):
                return "without proof"
            case (False, _, None):
                return "only provable elsewhere"
            case _:
                return "not built"


def specification(folder: Path = SPECS) -> list[Requirement]:
    """The requirements of specification.md with what proofs.yaml says about them."""
    given = yaml.safe_load((folder / "proofs.yaml").read_text())["requirements"]
    rows: list[tuple[str, str]] = _ROW.findall((folder / "specification.md").read_text())
    known = [id_ for id_, _ in rows]
    if unknown := sorted(given.keys() - set(known)):
        raise Refused(f"proofs.yaml: not in specification.md: {', '.join(unknown)}")
    if twice := sorted({id_ for id_ in known if known.count(id_) > 1}):
        raise Refused(f"specification.md: more than once: {', '.join(twice)}")
    return [_with_proofs(id_, text, given.get(id_, {})) for id_, text in rows]


def _with_proofs(id_: str, text: str, given: Mapping[str, Any]) -> Requirement:
    if unknown := sorted(given.keys() - _KEYS):
        raise Refused(f"proofs.yaml: {id_}: unknown key {', '.join(unknown)}")
    gaps = {}
    for kind in ("elsewhere", "open"):
        try:
            gaps[kind] = Gap(**given[kind]) if kind in given else None
        except TypeError as error:
            raise Refused(f"proofs.yaml: {id_}: {kind}: {error}") from None
    return Requirement("specification.md", id_, text, tuple(given.get("proofs", ())), **gaps)


def capabilities(folder: Path = SPECS) -> list[Requirement]:
    """FR-nnn and SC-nnn of every capability."""
    found = []
    for path in sorted(folder.glob("[0-9][0-9][0-9]-*/spec.md")):
        for id_, body in _ITEM.findall(path.read_text()):
            proofs = tuple(quoted for quoted in _QUOTED.findall(body) if is_proof(quoted))
            text = " ".join(body.split())
            for quoted in proofs:
                text = text.replace(f"`{quoted}`", "")
            found.append(Requirement(path.parent.name, id_, text.strip(" ,"), proofs))
    return found


def is_proof(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_PYTHON, _TITLE, _FIGURE))


@cache
def known_tests() -> Mapping[str, Sequence[Path]]:
    """Every test that a proof may name, with the files that have it."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((ROOT / "backend/tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name[:5] == "test_"
            ):
                found[node.name].append(path)
    frontend = ROOT / "frontend"
    of_page = [*(frontend / "tests/e2e").glob("*.spec.ts"), *(frontend / "src").rglob("*.test.ts*")]
    for path in sorted(of_page):
        for _, title in _CALL.findall(path.read_text()):
            found[f"{path.name}: {title}"].append(path)
    return found


def faults(requirement: Requirement) -> list[str]:
    """What is wrong with the proofs of a requirement; each is one line that names it."""
    name = f"{requirement.source} {requirement.id}"
    gaps = [gap for gap in (requirement.elsewhere, requirement.open) if gap]
    said = []
    if not requirement.proofs and not gaps:
        said.append("has no proof, and no reason why not")
    for proof in requirement.proofs:
        if figure := _FIGURE.fullmatch(proof):
            said += _wrong_figure(*figure.groups())
        elif proof not in known_tests():
            said.append(f"no such test: {proof}")
    for gap in gaps:
        if _is_over(gap):
            said.append(f"stale: {gap.until} is true now; name the tests instead of the reason")
        if gap.check and not (ROOT / gap.check).is_file():
            said.append(f"no such document: {gap.check}")
    return [f"{name}: {sentence}" for sentence in said]


def _is_over(gap: Gap) -> bool:
    if figure := _FIGURE.fullmatch(gap.until):
        return not _wrong_figure(*figure.groups())
    return any(ROOT.glob(gap.until))


def _wrong_figure(report: str, keys: str, sign: str, bound: str) -> list[str]:
    path = ROOT / report
    if not path.is_file():
        return [f"no such report: {report}"]
    found = _values(json.loads(path.read_text()), keys.split(" > "))
    if not found:
        return [f"{report} has no “{keys}”"]
    limit = json.loads(bound)
    return [
        f"{report}: {keys} is {value}, not {sign} {bound}"
        for value in found
        if not _COMPARE[sign](value, limit)
    ]


def _values(report: Any, keys: Sequence[str]) -> list[Any]:
    """The values at this place; `*` stands for every entry of a list."""
    if not keys:
        return [report]
    key, *rest = keys
    if key == "*" and isinstance(report, list):
        return [value for entry in report for value in _values(entry, rest)]
    if isinstance(report, dict) and key in report:
        return _values(report[key], rest)
    if isinstance(report, list) and key.isdigit() and int(key) < len(report):
        return _values(report[int(key)], rest)
    return []
