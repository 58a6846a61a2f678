"""Read a YAML spec, check it against a JSON Schema, and write what is generated from it.

Every fault names the file and its line. Nothing is written if there is one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

Keys = Sequence[str | int]


class Wrong(Exception):
    """The spec has faults; the message has one line for each."""


@dataclass(frozen=True)
class Spec:
    path: Path
    data: Any
    node: yaml.Node

    def fault(self, at: Keys, sentence: str) -> str:
        place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in at)
        return f"{self.path}:{line_of(self.node, at)}: {place.lstrip('.') or 'spec'}: {sentence}"


def load(path: Path, schema: Path) -> Spec:
    """Raises Wrong."""
    try:
        text = path.read_text()
        node = yaml.compose(text, yaml.SafeLoader)
    except OSError as error:
        raise Wrong(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise Wrong(f"{path}:{line}: no YAML: {getattr(error, 'problem', error)}") from None
    if node is None:
        raise Wrong(f"{path}:1: the file is empty")
    spec = Spec(path, yaml.safe_load(text), node)
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text()))
    refuse(spec.fault(*_explained(error)) for error in validator.iter_errors(spec.data))
    return spec


def _explained(error: jsonschema.ValidationError) -> tuple[Keys, str]:
    """Where a fault is, and what to do about it."""
    at = list(error.absolute_path)
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in known)
        return [*at, unknown], f"unknown; it may be {', '.join(known)}"
    if error.validator == "pattern" and "description" in schema:
        return at, f"“{error.instance}” is not {schema['description']}"
    return at, str(error.message)


def refuse(faults: Iterator[str]) -> None:
    found = sorted(set(faults), key=lambda fault: (int(fault.split(":")[1]), fault))
    if found:
        raise Wrong("\n".join(found))


def line_of(node: yaml.Node, at: Keys) -> int:
    line = node.start_mark.line + 1
    for key in at:
        if isinstance(node, yaml.MappingNode):
            pairs = [pair for pair in node.value if pair[0].value == str(key)]
            if not pairs:
                return line
            name, node = pairs[0]
            line = name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            node = node.value[key]
            line = node.start_mark.line + 1
    return line


def write(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Write what differs; one line per file. A second run changes nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for name, text in files.items():
        path = folder / name
        same = path.is_file() and path.read_text() == text
        if not same:
            path.write_text(text)
        said.append(f"{'unchanged' if same else 'wrote'} {path}")
    return said
