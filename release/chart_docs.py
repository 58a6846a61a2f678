"""Write the chart's values.schema.json and README.md from the comments of its values.yaml.

    chart-docs            writes both
    chart-docs --check    fails if a file is not up to date

A comment block above a key may hold:

    # -- text          what the key means; it becomes the line in the README and the schema's description
    # @enum a b ""     the only values
    # @free            an object that takes any key
    # @items TYPE      a list of these
    # @like PATH       an object whose every entry has the shape of the object at PATH
    # @type TYPE       another type than that of the default
"""

import difflib
import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from release.programs import CHART
from release.report import Refused

TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


@dataclass
class Key:
    path: tuple[str, ...]
    node: yaml.Node
    text: str = ""
    marks: dict[str, list[str]] = field(default_factory=dict)
    children: "list[Key]" = field(default_factory=list)

    @property
    def default(self) -> Any:
        loader = yaml.SafeLoader("")
        return loader.construct_object(self.node, deep=True)


def comments(lines: list[str], line: int) -> tuple[str, dict[str, list[str]]]:
    block: list[str] = []
    while line and lines[line - 1].strip().startswith("#"):
        line -= 1
        block.insert(0, lines[line].strip().removeprefix("#").strip())
    text, marks = [], {}
    for entry in block:
        if entry.startswith("-- "):
            text = [entry[3:]]
        elif entry.startswith("@"):
            name, *values = shlex.split(entry[1:])
            marks[name] = values
        elif text:
            text.append(entry)
    return " ".join(text), marks


def keys(node: yaml.MappingNode, lines: list[str], path: tuple[str, ...] = ()) -> list[Key]:
    found = []
    for name, value in node.value:
        text, marks = comments(lines, name.start_mark.line)
        key = Key((*path, name.value), value, text, marks)
        if isinstance(value, yaml.MappingNode) and "free" not in marks and "like" not in marks:
            key.children = keys(value, lines, key.path)
        found.append(key)
    return found


def schema(key: Key, every: dict[str, Key], optional: bool = False) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if key.text:
        out["description"] = key.text
    if "enum" in key.marks:
        return {**out, "enum": key.marks["enum"]}
    if "like" in key.marks:
        (shape,) = key.marks["like"]
        entry = {
            k: v
            for k, v in schema(every[shape], every, optional=True).items()
            if k != "description"
        }
        return {**out, "type": "object", "additionalProperties": entry}
    kind = key.marks["type"][0] if "type" in key.marks else TYPES[type(key.default)]
    out["type"] = kind
    if kind == "array":
        out["items"] = {"type": key.marks["items"][0]}
    if kind == "object" and "free" not in key.marks:
        out["properties"] = {
            child.path[-1]: schema(child, every, optional) for child in key.children
        }
        out["additionalProperties"] = False
    return out


def flat(found: list[Key]) -> list[Key]:
    return [each for key in found for each in (key, *flat(key.children))]


def table(found: list[Key]) -> list[str]:
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for key in flat(found):
        if key.children and not key.text:
            continue
        shown = json.dumps(key.default, ensure_ascii=False)
        default = "see values.yaml" if len(shown) > 60 else f"`{shown}`"
        enum = (
            f" One of {', '.join(f'`{value}`' if value else 'empty' for value in key.marks['enum'])}."
            if "enum" in key.marks
            else ""
        )
        rows.append(
            f"| `{'.'.join(key.path)}` | {default} | {key.text}{enum} |".replace("\u00a0", " ")
        )
    return rows


HEAD = """# todo-app

{description}. Helm ≥ 3.14, Kubernetes ≥ 1.30, Dapr 1.18 installed with `helm/dapr-values.yaml`.

<!-- written from values.yaml by: scripts/release chart-docs -->

## Install

    helm upgrade --install dapr dapr --repo https://dapr.github.io/helm-charts --version 1.18.2 \\
      -n dapr-system --create-namespace -f helm/dapr-values.yaml --wait
    helm upgrade --install todo-app helm/todo-app -n todo-app --create-namespace \\
      -f helm/todo-app/values-prod.yaml -f helm/todo-app/values-oke.yaml …
    helm test todo-app -n todo-app

| file | for |
|---|---|
| `values.yaml` | every key and its default |
| `values-prod.yaml` | what every production installation needs |
| `values-oke.yaml`, `values-gke.yaml`, `values-aks.yaml` | what differs by provider (OKE: the free shape) |
| `values-local.yaml` | a cluster on one machine, and `make e2e-k8s` |

The start of `values-prod.yaml` has the whole command. Contradictory values are refused with a sentence that names
the key (`templates/validate.yaml`), and the schema refuses a misspelt key.

## Who may reach whom

Both directions are denied by default. The table of what is open is in
`backend/tests/repository/test_chart_network.py`, which tests the policies against it.

## Values

"""


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        raise Refused("usage: chart-docs [--check]")
    stale = {path: text for path, text in written().items() if is_stale(path, text)}
    if not arguments:
        for path, text in stale.items():
            path.write_text(text)
            print(f"wrote {path.name}")
    elif stale:
        for path, text in stale.items():
            print(difference(path, text))
        names = ", ".join(path.name for path in stale)
        raise Refused(
            f"not what values.yaml says: {names} (scripts/release chart-docs writes them)"
        )


def written() -> dict[Path, str]:
    """Both files and their texts."""
    source = (CHART / "values.yaml").read_text()
    root = yaml.compose(source, yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 (the file is ours)
    found = keys(root, source.splitlines())
    every = {".".join(key.path): key for key in flat(found)}
    silent = [name for name, key in every.items() if not key.text and not key.children]
    if silent:
        raise Refused(f"values.yaml: no description (# --) for {', '.join(silent)}")
    properties = {key.path[0]: schema(key, every) for key in found}
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of todo-app",
        "type": "object",
        "properties": {**properties, "global": {"type": "object"}},
        "additionalProperties": False,
    }
    description = yaml.safe_load((CHART / "Chart.yaml").read_text())["description"]
    readme = HEAD.format(description=description) + "\n".join(table(found)) + "\n"
    return {
        CHART / "values.schema.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        CHART / "README.md": readme,
    }


def is_stale(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text() != text


def difference(path: Path, text: str) -> str:
    old = path.read_text().splitlines(True) if path.exists() else []
    lines = difflib.unified_diff(old, text.splitlines(True), path.name, "from values.yaml")
    return "".join([*lines][:20])
