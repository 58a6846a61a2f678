"""What `chart-docs` and `chart-schemas` write."""

import json
import shutil
from pathlib import Path

import pytest
from release import chart_docs
from release.chart_schemas import named, strict
from release.programs import CHART
from release.report import Refused

from tests.repository.commands import release

VALUES = """\
# -- Who may register.
# @enum open closed
signup: open
shape:
  # -- Number of pods,
  # at least one.
  pods: 1
# -- Any key.
# @free
extra: {}
# -- Entries like the shape.
# @like shape
each: {}
"""


@pytest.fixture
def chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(CHART / "Chart.yaml", tmp_path)
    (tmp_path / "values.yaml").write_text(VALUES)
    monkeypatch.setattr(chart_docs, "CHART", tmp_path)
    return tmp_path


def test_schema_and_readme_are_what_the_values_say() -> None:
    done = release("chart-docs", "--check")
    assert done.returncode == 0, done.stdout


def test_comments_become_the_schema_and_the_table(chart: Path) -> None:
    chart_docs.main([])
    schema = json.loads((chart / "values.schema.json").read_text())
    keys = schema["properties"]
    assert keys["signup"] == {"description": "Who may register.", "enum": ["open", "closed"]}
    assert keys["shape"]["additionalProperties"] is False
    assert keys["shape"]["properties"]["pods"]["type"] == "integer"
    assert "additionalProperties" not in keys["extra"]
    assert set(keys["each"]["additionalProperties"]["properties"]) == {"pods"}
    assert (
        "| `shape.pods` | `1` | Number of pods, at least one. |"
        in (chart / "README.md").read_text()
    )


def test_a_changed_value_makes_the_written_files_stale(chart: Path) -> None:
    chart_docs.main([])
    chart_docs.main(["--check"])
    (chart / "values.yaml").write_text(VALUES.replace("pods: 1", "pods: 2"))
    with pytest.raises(Refused, match=r"not what values\.yaml says: README\.md"):
        chart_docs.main(["--check"])


def test_a_value_without_a_description_is_named(chart: Path) -> None:
    (chart / "values.yaml").write_text(VALUES + "mute: 1\n")
    with pytest.raises(Refused, match=r"no description \(# --\) for mute"):
        chart_docs.main([])


def test_a_schema_is_strict_without_prose_and_with_its_references() -> None:
    definitions = {"Port": {"format": "int-or-string", "type": "string"}}
    source = {
        "description": "prose",
        "properties": {
            "description": {"type": "string", "description": "a field of this name stays"},
            "port": {"$ref": "#/definitions/Port"},
        },
    }
    assert strict(source, definitions) == {
        "properties": {
            "description": {"type": "string"},
            "port": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "additionalProperties": False,
    }


def test_a_schema_is_named_as_kubeconform_looks_for_it() -> None:
    assert named("networking.k8s.io", "v1", "Ingress", {}, "k8s")[0] == "ingress-networking-v1.json"
    assert named("", "v1", "Pod", {}, "k8s")[0] == "pod-v1.json"
