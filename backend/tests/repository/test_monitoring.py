"""What is generated for monitoring is up to date, and fits the metrics that the product declares."""

from release.monitoring.generate import files
from release.monitoring.metrics_table import declared, exported_name


def test_what_is_generated_is_up_to_date() -> None:
    for path, content in files().items():
        assert path.read_text() == content, f"{path.name}: run scripts/release monitoring"


def test_every_metric_has_a_name_of_ours_and_a_meaning() -> None:
    names = [exported_name(metric) for metric in declared()]
    assert len(set(names)) == len(names) > 30
    for metric in declared():
        assert exported_name(metric).startswith("todo_")
        assert len(metric._documentation) > 15


def test_no_label_is_one_that_prometheus_sets() -> None:
    """It would rename ours to exported_…, and no rule would match."""
    taken = {"job", "instance", "namespace", "pod", "container", "endpoint", "service"}
    for metric in declared():
        assert not taken & set(metric._labelnames), exported_name(metric)
