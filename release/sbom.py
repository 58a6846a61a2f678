"""Print what an image is made of, from the lock files, as a bill of materials in CycloneDX 1.6.

    sbom backend|frontend

For `make pipeline`. The workflow scans the finished image instead (anchore/sbom-action), which also sees the
base image.
"""

import json
import re
from typing import Any

from release.programs import ROOT
from release.report import Refused

Package = tuple[str, str, str]  # kind, name, version


def python_packages() -> list[Package]:
    lock = (ROOT / "backend/requirements.lock").read_text()
    pattern = r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^ ;\\]+)"
    return [("pypi", name, version) for name, version in re.findall(pattern, lock, re.M)]


def web_packages() -> list[Package]:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text())
    kept = {
        path.rpartition("node_modules/")[2]: entry
        for path, entry in lock["packages"].items()
        if path and not entry.get("dev")
    }
    return [
        ("npm", name, entry["version"])
        for name, entry in sorted(kept.items())
        if "version" in entry
    ]


def bill(image: str) -> dict[str, Any]:
    packages = python_packages() if image == "backend" else web_packages()
    if not packages:
        raise Refused(f"the lock file of {image} names no package")
    name = f"todo-{image}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name, "bom-ref": name}},
        "components": [component(*package) for package in packages],
    }


def component(kind: str, name: str, version: str) -> dict[str, str]:
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    return {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}


def main(arguments: list[str]) -> None:
    match arguments:
        case [("backend" | "frontend") as image]:
            print(json.dumps(bill(image), indent=1))
        case _:
            raise Refused("which image, backend or frontend?")
