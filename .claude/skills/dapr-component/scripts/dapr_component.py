# /// script
# requires-python = ">=3.11"
# dependencies = ["pyyaml>=6", "jsonschema>=4"]
# ///
"""Generate Dapr component files from a short spec.

dapr_component.py generate SPEC FOLDER   writes one file for each component
dapr_component.py types WORD             lists the types of Dapr that have this word
dapr_component.py fields TYPE            lists the fields of a type
"""

import difflib
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from cron import why_never
from defaults import DEFAULTS, FAN_OUT, FIXED_REFUSALS, NOTES, SHA, SHARED_FIELDS
from specfile import Spec, Wrong, load, refuse, write

ASSETS = Path(__file__).parents[1] / "assets"
TYPES: dict[str, dict[str, dict[str, list[str]]]] = json.loads((ASSETS / "types.json").read_text())[
    "types"
]
WIDTH = 120
Component = dict[str, Any]
Keys = list[str | int]


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["generate", spec, folder]:
                files = generated(read(Path(spec)))
                print("\n".join(write(Path(folder), files)))
            case ["types", word]:
                print("\n".join(sorted(name for name in TYPES if word in name)) or "none")
            case ["fields", name] if name in TYPES:
                print(_table(name))
            case ["fields", name]:
                raise Wrong(f"{name}: {_unknown(name, TYPES)}")
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def _table(name: str) -> str:
    lines = []
    for version, described in sorted(TYPES[name].items()):
        for field in described["fields"]:
            marks = [mark for mark in ("required", "secret") if field in described[mark]]
            lines.append(" ".join([version, field, *marks]))
    return "\n".join(lines) or "no fields"


def read(path: Path) -> Spec:
    """Raises Wrong with the line of each fault."""
    spec = load(path, ASSETS / "components.schema.json")
    refuse(_faults(spec))
    return spec


def _faults(spec: Spec) -> Iterator[str]:
    names: set[str] = set()
    for number, component in enumerate(spec.data["components"]):
        at: Keys = ["components", number]
        if component["name"] in names:
            yield spec.fault([*at, "name"], f"there is already a component {component['name']}")
        names.add(component["name"])
        if component["type"] not in TYPES:
            yield spec.fault([*at, "type"], _unknown(component["type"], TYPES))
            continue
        version = _version(component)
        if version not in TYPES[component["type"]]:
            known = ", ".join(sorted(TYPES[component["type"]]))
            yield spec.fault([*at, "version"], f"say which version: {known}")
            continue
        for place, sentence in _of_component(component, TYPES[component["type"]][version]):
            yield spec.fault([*at, *place], sentence)
        if component.get("secrets") and "secretStore" not in spec.data:
            yield spec.fault(
                [*at, "secrets"], "name the secret store: secretStore at the top of the spec"
            )


def _version(component: Component) -> str:
    known = TYPES[component["type"]]
    return str(component.get("version", next(iter(known)) if len(known) == 1 else ""))


def _of_component(
    component: Component, described: dict[str, list[str]]
) -> Iterator[tuple[Keys, str]]:
    yield from _fields(component, described)
    yield from _rights(component)
    if component["type"] == "pubsub.kafka":
        yield from _kafka(component)
    elif "delivery" in component:
        yield ["delivery"], "is for pubsub.kafka only"
    schedule = component.get("settings", {}).get("schedule", "")
    if component["type"] == "bindings.cron" and schedule and (never := why_never(str(schedule))):
        yield ["settings", "schedule"], never
    defaults = {field for field, _ in DEFAULTS.get(component["type"], ())}
    for index, field in enumerate(component.get("without", ())):
        if field not in defaults:
            yield ["without", index], f"{field} is no setting that is added to {component['type']}"


def _fields(component: Component, described: dict[str, list[str]]) -> Iterator[tuple[Keys, str]]:
    family = component["type"].partition(".")[0]
    known = {*described["fields"], *SHARED_FIELDS.get(family, ())}
    given: set[str] = set()
    for source in ("env", "secrets", "settings"):
        for field in component.get(source, {}):
            place: Keys = [source, field]
            if (component["type"], field) in FIXED_REFUSALS:
                yield place, FIXED_REFUSALS[component["type"], field]
            elif field not in known:
                yield place, _unknown(field, known)
            elif field in given:
                yield place, "is given twice"
            elif source == "settings" and field in described["secret"]:
                yield place, "is a secret: give the name of a secret under secrets"
            given.add(field)
    for field in described["required"]:
        if field not in given:
            yield [], f"{component['type']} needs {field}"


def _rights(component: Component) -> Iterator[tuple[Keys, str]]:
    for right in ("publishes", "subscribes"):
        if right in component and not component["type"].startswith("pubsub."):
            yield [right], "is for pub/sub only"
        for app in component.get(right, {}):
            if app not in component.get("scopes", [app]):
                yield [right, app], f"{app} is not among the scopes, so it cannot use the component"


def _kafka(component: Component) -> Iterator[tuple[Keys, str]]:
    settings, secrets = component.get("settings", {}), component.get("secrets", {})
    group = settings.get("consumerGroup")
    if group is not None and "delivery" in component:
        yield ["settings", "consumerGroup"], "delivery sets it; leave one of them out"
    elif (
        group is not None and "{appID}" not in str(group) and len(component.get("scopes", ())) != 1
    ):
        yield (
            ["settings", "consumerGroup"],
            "several apps would share this group, and each event would reach one of them only; leave it out",
        )
    if "saslMechanism" in settings and settings["saslMechanism"] not in SHA:
        yield (
            ["settings", "saslMechanism"],
            f"is {' or '.join(SHA)}; Dapr takes anything else as PLAIN",
        )
    if settings.get("authType") == "none" and "saslPassword" in secrets:
        yield ["settings", "authType"], "none: the password would not be used"


def _unknown(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, [*known], n=3)
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"Dapr does not know “{name}”{meant}"


def generated(spec: Spec) -> dict[str, str]:
    return {
        f"{component['name']}.yaml": _component(component, spec.data)
        for component in spec.data["components"]
    }


def _component(component: Component, whole: dict[str, Any]) -> str:
    lines = _comment(component["purpose"], "")
    lines += ["apiVersion: dapr.io/v1alpha1", "kind: Component", "metadata:"]
    lines.append(f"  name: {component['name']}")
    if "namespace" in whole:
        lines.append(f"  namespace: {whole['namespace']}")
    lines += ["spec:", f"  type: {component['type']}", f"  version: {_version(component)}"]
    if "ignoreErrors" in component:
        lines.append(f"  ignoreErrors: {str(component['ignoreErrors']).lower()}")
    if "initTimeout" in component:
        lines.append(f"  initTimeout: {component['initTimeout']}")
    entries = [*_metadata(component)]
    lines += ["  metadata:", *entries] if entries else ["  metadata: []"]
    if scopes := component.get("scopes"):
        lines.append(f"scopes: [{', '.join(scopes)}]")
    if component.get("secrets"):
        lines += ["auth:", f"  secretStore: {whole['secretStore']}"]
    return "\n".join(lines) + "\n"


def _metadata(component: Component) -> Iterator[str]:
    for field, variable in component.get("env", {}).items():
        yield from _note(component, field)
        yield f"    - {{name: {field}, envRef: {variable}}}"
    for field, secret in component.get("secrets", {}).items():
        name, _, key = secret.partition("/")
        yield f"    - {{name: {field}, secretKeyRef: {{name: {name}, key: {key or name}}}}}"
    for field, value in _settings(component).items():
        yield from _note(component, field, value)
        yield f"    - {{name: {field}, value: {_scalar(value)}}}"
    for right, field in (("publishes", "publishingScopes"), ("subscribes", "subscriptionScopes")):
        if right in component:
            topics = ";".join(f"{app}={','.join(of)}" for app, of in component[right].items())
            yield f"    - name: {field}"
            yield f'      value: "{topics}"'


def _settings(component: Component) -> dict[str, Any]:
    """Those of the spec, then those that are added."""
    given = {**component.get("env", {}), **component.get("secrets", {})}
    settings = dict(component.get("settings", {}))
    if component.get("delivery") == "each-replica":
        settings |= {field: value for field, value in FAN_OUT.items() if field not in settings}
    for field, value in DEFAULTS.get(component["type"], ()):
        if field not in {*given, *settings, *component.get("without", ())}:
            settings[field] = value
    return settings


def _note(component: Component, field: str, value: Any = None) -> list[str]:
    """The comment above a field: for its added value, or for every value."""
    note = NOTES.get((component["type"], field, value), NOTES.get((component["type"], field, None)))
    return _comment(note, "    ") if note else []


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _scalar(value: Any) -> str:
    """The value as text, as Dapr reads it; quoted where YAML would read anything else."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    plain = not set(text) & set(",[]{}#:\"'@*&!|>%?`") and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
