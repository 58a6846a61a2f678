"""The Agent Skills: valid, without overlap, and their scripts generate files that the real tools accept."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from release import dapr_types
from skills_ref import read_properties, validate

from tests.repository import chart
from tests.repository.chart import template
from tests.repository.commands import ROOT, run, stub
from todo.runtime.dapr.kafka_admin import TOPICS
from todo.services import SERVICES

SKILLS = ROOT / ".claude/skills"
NAMES = sorted(path.name for path in SKILLS.iterdir())
SCRIPTS = {"kafka-topic": "kafka_topic.py", "dapr-component": "dapr_component.py"}
EXAMPLES = [
    (name, path.stem) for name in SCRIPTS for path in sorted(SKILLS.glob(f"{name}/examples/*.yaml"))
]
BIN = Path(sys.executable).parent
Done = subprocess.CompletedProcess[str]


def generate(skill: str, spec: Path, folder: Path) -> Done:
    return run(
        sys.executable, SKILLS / skill / "scripts" / SCRIPTS[skill], "generate", spec, folder
    )


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_a_skill_is_valid(name: str) -> None:
    assert validate(SKILLS / name) == []
    body = (SKILLS / name / "SKILL.md").read_text()
    assert len(body.splitlines()) < 500
    assert set(SCRIPTS) == set(NAMES), "each skill has its script"


def test_no_two_descriptions_overlap() -> None:
    """So that an assistant takes the right one: at most a third of the longer words are shared."""
    words = {
        name: set(re.findall(r"[a-z]{5,}", read_properties(SKILLS / name).description.lower()))
        for name in NAMES
    }
    for one, other in combinations(NAMES, 2):
        shared = words[one] & words[other]
        assert len(shared) <= min(len(words[one]), len(words[other])) / 3, (one, other, shared)


def test_the_shared_script_is_the_same_in_each_skill() -> None:
    """A skill is copied alone, so each has its own."""
    assert len({(SKILLS / name / "scripts/specfile.py").read_text() for name in NAMES}) == 1


@pytest.mark.parametrize(("skill", "example"), EXAMPLES)
def test_an_example_is_generated_as_committed_and_again_without_a_change(
    skill: str, example: str, tmp_path: Path
) -> None:
    spec = SKILLS / skill / "examples" / f"{example}.yaml"
    done = generate(skill, spec, tmp_path)
    assert done.returncode == 0, done.stderr
    assert texts(tmp_path) == texts(spec.with_suffix(""))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = generate(skill, spec, tmp_path)
    assert {line.split()[0] for line in again.stdout.splitlines()} == {"unchanged"}
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("skill", "example"), EXAMPLES)
def test_what_is_generated_for_kubernetes_fits_its_published_schema(
    skill: str, example: str
) -> None:
    folder = SKILLS / skill / "examples" / example
    location = ROOT / "tools/schemas" / "{{ .ResourceKind }}{{ .KindSuffix }}.json"
    files = sorted(folder.glob("*.yaml"))
    done = chart.run("kubeconform", "-strict", "-schema-location", str(location), *map(str, files))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("example", [name for skill, name in EXAMPLES if skill == "kafka-topic"])
def test_the_script_of_topics_is_clean_and_calls_kafkas_tools(example: str, tmp_path: Path) -> None:
    script = SKILLS / "kafka-topic/examples" / example / "create-topics.sh"
    assert run(BIN / "shellcheck", script).returncode == 0
    for tool in ("kafka-topics.sh", "kafka-configs.sh"):
        stub(tmp_path / tool, 'echo "$(basename "$0") $*"')
    env = {"BROKERS": "broker:9092", "KAFKA_BIN": str(tmp_path)}
    called = run("bash", script, env=env).stdout.splitlines()
    topics = [*yaml.safe_load_all((script.parent / "topics.yaml").read_text())]
    assert len(called) == 2 * len(topics)
    assert all("--bootstrap-server broker:9092" in line for line in called)
    assert "BROKERS is not set" in run("bash", script, env={"BROKERS": ""}).stderr


TOPIC = {
    "name": "a",
    "purpose": "p",
    "key": "k",
    "partitions": 1,
    "retention": "1d",
    "consumers": [{"service": "x"}],
}
KAFKA = {
    "name": "events",
    "type": "pubsub.kafka",
    "purpose": "p",
    "settings": {"brokers": "b:9092", "authType": "none"},
    "scopes": ["one", "two"],
}
CRON = {"name": "tick", "type": "bindings.cron", "purpose": "p"}


def topics_spec(*topics: dict[str, Any]) -> dict[str, Any]:
    return {"project": "p", "brokers": 1, "topics": [{**TOPIC, **topic} for topic in topics]}


def kafka_spec(**changes: Any) -> dict[str, Any]:
    return {"components": [{**KAFKA, **changes}]}


def cron_spec(schedule: str) -> dict[str, Any]:
    return {"components": [{**CRON, "settings": {"schedule": schedule}}]}


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("kafka-topic", topics_spec({"partitions": 0}), "topics[0].partitions: 0 is less than"),
    ("kafka-topic", topics_spec({"name": "a b"}), "“a b” is not a topic's name"),
    ("kafka-topic", topics_spec({"retention": "0d"}), "“0d” is not a time such as"),
    ("kafka-topic", topics_spec({"reten": "1d"}), "topics[0].reten: unknown; it may be name,"),
    ("kafka-topic", topics_spec({}, {}), "a clashes with a"),
    ("kafka-topic", topics_spec({"name": "a.b"}, {"name": "a_b"}), "a_b clashes with a.b"),
    (
        "kafka-topic",
        topics_spec(
            {"consumers": [{"service": "x", "group": "g"}, {"service": "y", "group": "g"}]}
        ),
        "y and x share the group g: each record would reach one of them only",
    ),
    (
        "kafka-topic",
        topics_spec({"deadLetter": {"retention": "1h"}}),
        "topics[0].deadLetter.retention: is shorter than that of a",
    ),
    ("dapr-component", kafka_spec(type="pubsub.kafak"), "did you mean pubsub.kafka"),
    (
        "dapr-component",
        kafka_spec(settings={"authType": "none"}),
        "components[0]: pubsub.kafka needs brokers",
    ),
    (
        "dapr-component",
        kafka_spec(settings={**KAFKA["settings"], "consumerGroup": "all"}),  # type: ignore[dict-item]
        "several apps would share this group",
    ),
    (
        "dapr-component",
        kafka_spec(settings={"brokers": "b", "authRequired": False}),
        "authRequired: is an old field",
    ),
    (
        "dapr-component",
        kafka_spec(settings={"brokers": "b", "saslPassword": "secret"}),
        "saslPassword: is a secret",
    ),
    (
        "dapr-component",
        kafka_spec(settings={"brokers": "b", "saslMechanism": "SCRAM-SHA-256"}),
        "Dapr takes anything else as PLAIN",
    ),
    (
        "dapr-component",
        kafka_spec(settings={"brokers": "b", "initalOffset": "oldest"}),
        "did you mean initialOffset?",
    ),
    ("dapr-component", kafka_spec(secrets={"saslPassword": "s"}), "name the secret store"),
    ("dapr-component", kafka_spec(publishes={"three": []}), "three is not among the scopes"),
    ("dapr-component", kafka_spec(without=["brokers"]), "brokers is no setting that is added"),
    (
        "dapr-component",
        {"components": [{"name": "s", "type": "state.postgresql", "purpose": "p"}]},
        "say which version: v1, v2",
    ),
    ("dapr-component", cron_spec("0 0 30 2 *"), "never fires: no such day in any of its months"),
    ("dapr-component", cron_spec("@every 0s"), "never fires"),
    ("dapr-component", cron_spec("0 25 * * *"), "hours: “25” is not between 0 and 23"),
    ("dapr-component", cron_spec("* *"), "has 2 fields instead of five"),
]


@pytest.mark.parametrize(("skill", "spec", "sentence"), FAULTS)
def test_a_fault_is_named_with_its_line_and_nothing_is_written(
    skill: str, spec: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path, folder = tmp_path / "spec.yaml", tmp_path / "out"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    done = generate(skill, path, folder)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert all(
        re.match(rf"{re.escape(str(path))}:\d+: ", line) for line in done.stderr.splitlines()
    )
    assert not folder.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("topics: [", "1: no YAML"), ("", "1: the file is empty"), ("project: 1", "1: ")],
)
def test_what_is_no_spec_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(text)
    done = generate("kafka-topic", tmp_path / "spec.yaml", tmp_path / "out")
    assert done.returncode == 1
    assert f"spec.yaml:{sentence}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_line_is_that_of_the_fault(tmp_path: Path) -> None:
    spec = (SKILLS / "kafka-topic/examples/shop-java.yaml").read_text()
    (tmp_path / "spec.yaml").write_text(spec.replace("partitions: 3\n", "partitions: 0\n"))
    done = generate("kafka-topic", tmp_path / "spec.yaml", tmp_path / "out")
    number = int(done.stderr.split(":")[1])
    assert spec.splitlines()[number - 1].strip() == "partitions: 3"


def script(skill: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SKILLS / skill / f"scripts/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "schedule",
    ["@every 5m", "@every 1h30m", "@daily", "*/5 * * * *", "0 30 2 * * *", "0 9 * * MON-FRI",
     "0 0 29 2 *", "0 0 31 1,2 ?", "0 0 30 2 SUN"],
)  # fmt: skip
def test_a_schedule_that_fires_is_accepted(schedule: str) -> None:
    assert script("dapr-component", "cron").why_never(schedule) == ""


# --- our own files -----------------------------------------------------------------------


def test_our_components_are_generated_by_the_skill(tmp_path: Path) -> None:
    """After a change of dapr/components.spec.yaml generate them again (dapr/README.md)."""
    done = generate("dapr-component", ROOT / "dapr/components.spec.yaml", tmp_path)
    assert done.returncode == 0, done.stderr
    ours = {
        name: text
        for name, text in texts(ROOT / "dapr/components").items()
        if name != "resiliency.yaml"
    }
    assert texts(tmp_path) == ours


@pytest.fixture
def our_topics(tmp_path: Path) -> dict[str, dict[str, Any]]:
    done = generate("kafka-topic", ROOT / "dapr/topics.spec.yaml", tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = yaml.safe_load_all((tmp_path / "topics.yaml").read_text())
    return {topic["metadata"]["name"]: topic["spec"] for topic in loaded}


def test_our_topics_are_those_that_the_chart_renders(our_topics: dict[str, dict[str, Any]]) -> None:
    files, settings = chart.WAYS["oke, all on, strimzi"]
    done = template(files, (*settings, "kafka.strimzi.replicas=3"))
    rendered = {
        each["metadata"]["name"]: each["spec"]
        for each in yaml.safe_load_all(done.stdout)
        if each and each["kind"] == "KafkaTopic"
    }
    assert rendered.keys() == our_topics.keys()
    for name, spec in rendered.items():
        for key in ("partitions", "replicas"):
            assert spec[key] == our_topics[name][key], f"{name}: {key}"
        for key, value in spec["config"].items():
            assert value == our_topics[name]["config"][key], f"{name}: {key}"


def test_our_topics_are_those_of_the_code(our_topics: dict[str, dict[str, Any]]) -> None:
    assert {
        name: (spec["partitions"], spec["config"]["retention.ms"])
        for name, spec in our_topics.items()
    } == {
        str(name): (topic.partitions, topic.retention.total_seconds() * 1000)
        for name, topic in TOPICS.items()
    }
    spec = yaml.safe_load((ROOT / "dapr/topics.spec.yaml").read_text())
    assert {
        (topic["name"], consumer["service"], consumer.get("each", "service"))
        for topic in spec["topics"]
        for consumer in topic["consumers"]
    } == {
        (str(part.topic), service.app_id, kind)
        for service in SERVICES
        for kind, parts in (("service", service.on), ("replica", service.fan_out))
        for part in parts
    }


def test_the_types_are_those_of_the_pinned_dapr() -> None:
    written = json.loads(dapr_types.OUT.read_text())
    assert written["source"] == f"{dapr_types.MODULE}@{dapr_types.pinned()}"
    assert len(written["types"]) > 100


def test_a_skill_works_alone(tmp_path: Path) -> None:
    """Copied to another repository, called from there."""
    copied = tmp_path / "skills/kafka-topic"
    shutil.copytree(SKILLS / "kafka-topic", copied)
    called = [
        sys.executable,
        "scripts/kafka_topic.py",
        "generate",
        "examples/sensors-go.yaml",
        "out",
    ]
    done = subprocess.run(
        called,
        cwd=copied,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert texts(copied / "out") == texts(copied / "examples/sensors-go")
