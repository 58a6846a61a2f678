"""Write the component types of Dapr with their fields, for the skill dapr-component.

    dapr-types

Run it when dapr/daprd pins another version. The source is the metadata that Dapr's components publish, in their Go
module; the skill reads only what is written here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from release.programs import ROOT, must
from release.report import Refused

MODULE = "github.com/dapr/components-contrib"
OUT = ROOT / ".claude/skills/dapr-component/assets/types.json"


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: dapr-types")
    version = pinned()
    found = must(
        f"{MODULE} cannot be had", "go", "mod", "download", "-json", f"{MODULE}@{version}", cwd=ROOT
    )
    types = types_in(Path(json.loads(found)["Dir"]))
    text = json.dumps({"source": f"{MODULE}@{version}", "types": types}, indent=1, sort_keys=True)
    OUT.write_text(text + "\n")
    print(f"wrote {OUT.name}: {len(types)} types of {version}")


def pinned() -> str:
    """The version that the pinned daprd is built with."""
    found = re.search(rf"{MODULE} (v\S+)", (ROOT / "dapr/daprd/go.mod").read_text())
    if not found:
        raise Refused(f"dapr/daprd/go.mod does not name {MODULE}")
    return found[1]


def types_in(folder: Path) -> dict[str, Any]:
    """Type → version → its fields, those that are required, and those that are secret."""
    types: dict[str, Any] = {}
    for path in sorted(folder.glob("**/metadata.yaml")):
        # One of the files has tabs between words of a text.
        described = yaml.safe_load(path.read_text().replace("\t", " "))
        if isinstance(described, dict) and {"type", "name", "version"} <= described.keys():
            name = f"{described['type']}.{described['name']}"
            types.setdefault(name, {})[described["version"]] = _fields(described)
    return types


def _fields(described: Mapping[str, Any]) -> dict[str, list[str]]:
    always = described.get("metadata") or []
    by_login = [
        field
        for key in ("authenticationProfiles", "builtinAuthenticationProfiles")
        for profile in described.get(key) or []
        for field in profile.get("metadata") or []
    ]
    return {
        "fields": _names([*always, *by_login]),
        "required": _names(field for field in always if field.get("required")),
        "secret": _names(field for field in [*always, *by_login] if field.get("sensitive")),
    }


def _names(fields: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({field["name"] for field in fields})
