"""The figures of README.md are those of the committed reports, with their day."""

import json
import re
from datetime import date, datetime
from typing import Any

import pytest

from tests.repository.commands import ROOT

TEXT = (ROOT / "README.md").read_text()


def report(name: str) -> Any:
    return json.loads((ROOT / f"docs/reports/{name}.json").read_text())


def row(words: str) -> str:
    """The second cell of the row that begins with these words."""
    (found,) = [line for line in TEXT.splitlines() if line.strip("| *").startswith(words)]
    return found.split(" | ")[1]


def numbers(cell: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", cell)]


BENCH, STACK, CLUSTER = report("bench"), report("bench-stack"), report("k8s")
EVENTS = {
    rate: STACK["P1 commit to handler, ms"][rate]["commit to handler, with outbox"]
    for rate in ("20/s", "100/s", "300/s")
}
RATIOS = {rate: STACK["P1 commit to handler, ms"][rate]["p50 ratio to raw"] for rate in EVENTS}
WRITES = BENCH["P4-P5 against the reference"]


@pytest.mark.parametrize(
    ("words", "measured"),
    [
        (
            "lateness of 200 reminders",
            [BENCH["P11 reminder lateness, ms"][key] for key in ("p50", "p99", "max")],
        ),
        (
            "tasks created in one second",
            [
                *(WRITES[f"create c={n}"]["requests_per_second"] for n in (1, 8)),
                *(WRITES[f"create c={n}"]["ratio"] for n in (1, 8)),
            ],
        ),
        ("tasks updated in one second", [WRITES["update c=1"]["requests_per_second"]]),
        (
            "tasks completed in one second",
            [BENCH["P6 complete, with the next occurrence, c=8"]["completions_per_second"]],
        ),
        (
            "first start, memory when idle",
            [
                BENCH["P14-P15 todo up"]["P15 first start, s"],
                BENCH["P14-P15 todo up"]["P14 idle, MB PSS"]["together"],
            ],
        ),
        (
            "an event from its commit to its handler, 20 a second",
            [EVENTS["20/s"]["p50"], EVENTS["20/s"]["p99"], RATIOS["20/s"]],
        ),
        (
            "the same, 100 a second",
            [EVENTS["100/s"]["p50"], EVENTS["100/s"]["p99"], RATIOS["100/s"]],
        ),
        ("the same, 300 a second", [EVENTS["300/s"]["p50"], EVENTS["300/s"]["p99"]]),
        ("memory when idle, with all sidecars", [STACK["P14b idle memory, MB (PSS)"]["all"]]),
        ("an installation until every pod", [CLUSTER["install_to_all_ready_seconds"]]),
        (
            "a commit until it is in a browser",
            [CLUSTER["main_job"]["commit_to_browser_ms"][key] for key in ("p50", "p95")],
        ),
        (
            "failed requests during an upgrade",
            [
                sum(CLUSTER[phase][key] for phase in ("upgrade", "rollback", "drain"))
                for key in ("failed", "requests")
            ],
        ),
    ],
)
def test_a_figure_is_that_of_its_report(words: str, measured: list[float]) -> None:
    cell = re.sub(r"p\d\d|50 ms of it.*", "", row(words))
    told = numbers(cell)
    assert len(told) == len(measured)
    for number, figure in zip(told, measured, strict=True):
        decimals = len(str(number).partition(".")[2]) if number != int(number) else 0
        assert number == pytest.approx(round(figure, decimals), abs=0.1 if decimals else 1)


@pytest.mark.parametrize("name", ["bench", "bench-stack", "k8s"])
def test_a_table_says_when_its_report_was_measured(name: str) -> None:
    day: date = datetime.fromisoformat(report(name)["at"]).date()
    (head,) = [
        line for line in TEXT.splitlines() if line.startswith("| ") and f"[{name}.json]" in line
    ]
    assert f"{day.day} {day:%B %Y}" in head
