"""Look for known vulnerabilities in what we ship: Python by the hash-pinned lock, the web by package-lock.json.

audit
"""

import json
import re
import tempfile
from pathlib import Path

from release.programs import ROOT, require, show
from release.report import Refused, say

LOCK = ROOT / "backend/requirements.lock"


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: audit")
    require("uv", "uvx", "npm")
    # Both are audited before anything fails: a finding in one must not hide the other's.
    bad = []
    say("Python")
    if problem := audit_python():
        print(problem)
        bad.append("Python")
    say("web")
    frontend = ROOT / "frontend"
    if show("npm", "audit", "--prefix", frontend, "--omit=dev", "--audit-level=high"):
        bad.append("web")
    if bad:
        raise Refused(f"dependencies of: {' '.join(bad)} (see above)")


def audit_python() -> str:
    """What is wrong, or nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "python.json"
        code = show(
            *("uvx", "pip-audit==2.10.0", "--disable-pip", "--require-hashes", "-r", LOCK),
            *("--format", "json", "--output", report),
        )
        try:
            audited = json.loads(report.read_text())["dependencies"]
        except (OSError, ValueError, KeyError):
            return f"pip-audit ended with {code} and wrote no report"
    return judge(audited, LOCK.read_text(), code)


def judge(audited: list[dict[str, object]], lock: str, code: int) -> str:
    """What is wrong with this report. pip-audit also exits with 0 when it could not look anything up."""
    skipped = [str(package["name"]) for package in audited if "skip_reason" in package]
    if skipped or not audited:
        locked = len(re.findall(r"^[a-z0-9][^ \n]*==", lock, re.M))
        names = ", ".join(skipped[:5])
        return f"{len(skipped)} of {locked} packages could not be looked up: {names}"
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in audited
        for vulnerability in package.get("vulns", [])  # type: ignore[attr-defined]
    ]
    if found:
        return "\n".join(found)
    if code:
        return f"pip-audit ended with {code}"
    print(f"{len(audited)} packages, nothing known")
    return ""
