"""Write the files of the monitoring: the table of the metrics.

monitoring           writes them
monitoring --check   fails if a file is not up to date
"""

from collections.abc import Mapping
from pathlib import Path

from release.monitoring.metrics_table import table
from release.programs import ROOT
from release.report import Refused


def files() -> Mapping[Path, str]:
    """Each generated file and its content."""
    return {ROOT / "docs/metrics.md": table()}


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        raise Refused("usage: monitoring [--check]")
    for path, content in files().items():
        if arguments == ["--check"]:
            if not path.exists() or path.read_text() != content:
                name = path.relative_to(ROOT)
                raise Refused(f"{name} is not up to date: run scripts/release monitoring")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
