"""Compare specs/contracts with those of a release: what would break a program that was written for it.

    compatible          with the last release (the newest tag v*)
    compatible REF      with any commit

An answer, an event or the output of a tool may gain fields, and values of an enumeration. A request or the input
of a tool may gain optional fields, and may not become narrower.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from release.programs import ROOT, must, require, run
from release.report import Refused, say

Schema = Mapping[str, Any]
FOLDER = "specs/contracts"
# What a schema demands beyond its type, and when a new demand refuses what an old one allowed.
LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(
        ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"),
        lambda new, old: old is None or new > old,
    ),
    **dict.fromkeys(
        ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"),
        lambda new, old: old is None or new < old,
    ),
    **dict.fromkeys(
        ("pattern", "format", "multipleOf", "uniqueItems"),
        lambda new, old: bool(new) and new != old,
    ),
}
ALL_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def main(arguments: list[str]) -> None:
    require("git")
    match arguments:
        case []:
            release = run("git", "describe", "--tags", "--abbrev=0", "--match", "v*", cwd=ROOT)
            if release.returncode:
                say("there is no release yet: nothing to compare")
                return
            ref = release.stdout.strip()
        case [ref] if not ref.startswith("-"):
            pass
        case _:
            raise Refused("usage: compatible [REF]")
    broken = [*changes(contracts_at(ref), contracts_here())]
    if broken:
        print("\n".join(broken))
        raise Refused(f"{len(broken)} changes break programs of {ref}; the first: {broken[0]}")
    say(f"nothing breaks a program of {ref}")


def contracts_at(ref: str) -> dict[str, Schema]:
    names = must(
        f"{ref} is no commit", "git", "ls-tree", "-r", "--name-only", ref, FOLDER, cwd=ROOT
    )
    return {
        name.removeprefix(f"{FOLDER}/"): json.loads(
            must(f"{name} cannot be read", "git", "show", f"{ref}:{name}", cwd=ROOT)
        )
        for name in names.split()
        if name.endswith(".json")
    }


def contracts_here() -> dict[str, Schema]:
    folder = ROOT / FOLDER
    return {
        str(path.relative_to(folder)): json.loads(path.read_text())
        for path in folder.rglob("*.json")
    }


def changes(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> Iterator[str]:
    """One line per breaking change; each names its place."""
    for name in sorted(old):
        if name not in new:
            yield f"{name}: is gone"
        elif name == "openapi.json":
            yield from _operations(old[name], new[name])
        elif name == "mcp-tools.json":
            yield from _tools(old[name], new[name])
        elif name == "asyncapi.json":
            for channel in sorted(old[name]["channels"].keys() - new[name]["channels"].keys()):
                yield f"{name}: the topic {channel} is gone"
        else:
            yield from Comparison(old[name], new[name]).read(old[name], new[name], name)


def _operations(old: Schema, new: Schema) -> Iterator[str]:
    compare = Comparison(old, new)
    for path, methods in old["paths"].items():
        for method, before in methods.items():
            where = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{where}: is gone"
                continue
            yield from _parameters(before, after, compare, where)
            if _body_required(after) and not _body_required(before):
                yield f"{where}: a body is required now"
            yield from compare.write(_body(before), _body(after), where)
            for status, answer in before["responses"].items():
                later = after["responses"].get(status)
                if later is None and status.startswith("2"):
                    yield f"{where}: no answer {status} any more"
                elif later is not None and status.startswith("2"):
                    yield from compare.read(_content(answer), _content(later), f"{where} {status}")


def _parameters(before: Schema, after: Schema, compare: "Comparison", where: str) -> Iterator[str]:
    had, has = (
        {(one["in"], one["name"]): one for one in operation.get("parameters", ())}
        for operation in (before, after)
    )
    for place, name in sorted(had.keys() - has.keys()):
        yield f"{where}: the {place} parameter {name} is gone"
    for (place, name), one in has.items():
        known = had.get((place, name), {})
        if one.get("required") and not known.get("required"):
            yield f"{where}: the {place} parameter {name} is required now"
        if known:
            inside = f"{where}?{name}"
            yield from compare.write(known.get("schema", {}), one.get("schema", {}), inside)


def _body_required(operation: Schema) -> bool:
    return bool(operation.get("requestBody", {}).get("required"))


def _body(operation: Schema) -> Schema:
    return _content(operation.get("requestBody", {}))


def _content(holder: Schema) -> Schema:
    schema: Schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _tools(old: Schema, new: Schema) -> Iterator[str]:
    later = {tool["name"]: tool for tool in new["tools"]}
    for tool in old["tools"]:
        name, now = tool["name"], later.get(tool["name"])
        if now is None:
            yield f"tool {name}: is gone"
            continue
        before, after = tool["inputSchema"], now["inputSchema"]
        yield from Comparison(before, after).write(before, after, f"tool {name}")
        before, after = tool["outputSchema"], now["outputSchema"]
        yield from Comparison(before, after).read(before, after, f"tool {name}")


class Comparison:
    """Compares schemas of two documents; references are looked up in their own document."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, str]] = set()

    def read(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        """What a reader of the new form, who knows the old one, would not expect."""
        for before, after in self._pairs(old, new, "read"):
            if "const" in before and values(after, self._new) != values(before, self._old):
                yield f"{where}: is not always {json.dumps(before['const'])} now"
            if added := types(after, self._new) - types(before, self._old):
                yield f"{where}: may be {', '.join(sorted(added))} now"
            had, has = before.get("properties", {}), after.get("properties", {})
            for name in sorted(had.keys() - has.keys()):
                yield f"{where}: the field {name} is gone"
            for name in sorted(set(before.get("required", ())) - set(after.get("required", ()))):
                if name in has:
                    yield f"{where}: the field {name} may be absent now"
            for name in sorted(had.keys() & has.keys()):
                yield from self.read(had[name], has[name], f"{where}.{name}")
            yield from self.read(before.get("items", {}), after.get("items", {}), f"{where}[]")

    def write(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        """What a writer of the old form would see refused."""
        for before, after in self._pairs(old, new, "write"):
            if lost := types(before, self._old) - types(after, self._new):
                yield f"{where}: no longer accepts {', '.join(sorted(lost))}"
            allowed = values(after, self._new)
            if allowed is not None:
                for value in sorted((values(before, self._old) or {"other values"}) - allowed):
                    yield f"{where}: no longer accepts {value}"
            for keyword, narrower in LIMITS.items():
                if keyword in after and narrower(after[keyword], before.get(keyword)):
                    yield f"{where}: {keyword} is {after[keyword]} now"
            had, has = before.get("properties", {}), after.get("properties", {})
            for name in sorted(set(after.get("required", ())) - set(before.get("required", ()))):
                yield f"{where}: the field {name} is required now"
            if after.get("additionalProperties") is False:
                for name in sorted(had.keys() - has.keys()):
                    yield f"{where}: no longer accepts the field {name}"
            for name in sorted(had.keys() & has.keys()):
                yield from self.write(had[name], has[name], f"{where}.{name}")
            yield from self.write(before.get("items", {}), after.get("items", {}), f"{where}[]")

    def _pairs(self, old: Schema, new: Schema, kind: str) -> Iterator[tuple[Schema, Schema]]:
        """The schema itself, and that of its only alternative that has a shape; each reference once."""
        if not old or not new:
            return
        before, after = shape(old, self._old), shape(new, self._new)
        key = (kind, json.dumps(before, sort_keys=True), json.dumps(after, sort_keys=True))
        if key not in self._seen:
            self._seen.add(key)
            yield before, after


def shape(schema: Schema, document: Schema) -> Schema:
    """The schema without references. Of alternatives, the only one with fields or items, or the only one besides
    null; else all of them."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    options = [shape(one, document) for one in alternatives(schema)]
    shaped = [one for one in options if "properties" in one or "items" in one]
    chosen = shaped or [one for one in options if one.get("type") != "null"]
    return {**schema, **chosen[0]} if len(chosen) == 1 else schema


def values(schema: Schema, document: Schema) -> set[str] | None:
    """The only values that are allowed, as JSON; None if there are others."""
    schema = shape(schema, document) if "$ref" in schema else schema
    if options := alternatives(schema):
        found = [values(one, document) for one in options]
        return None if None in found else set[str]().union(*(one for one in found if one))
    if "const" in schema:
        return {json.dumps(schema["const"])}
    if "enum" in schema:
        return {json.dumps(value) for value in schema["enum"]}
    return {"null"} if schema.get("type") == "null" else None


def alternatives(schema: Schema) -> list[Schema]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def types(schema: Schema, document: Schema) -> set[str]:
    """The JSON types that a value may have."""
    schema = shape(schema, document) if "$ref" in schema else schema
    if options := alternatives(schema):
        return set[str]().union(*(types(one, document) for one in options))
    found = schema.get("type", ALL_TYPES)
    allowed = {found} if isinstance(found, str) else set(found)
    return allowed | {"integer"} if "number" in allowed else allowed
