"""`todo up` is killed with all its processes at random moments of its start; `scripts/kill-start` does more."""

from pathlib import Path

import pytest

from tests.e2e.test_up import TODO
from tests.harness.kill_start import Installation, run


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("size", "kills"), [("embedded", 3), pytest.param("dapr", 2, marks=pytest.mark.stack)]
)
async def test_it_starts_with_all_data_after_a_kill_at_any_moment_of_the_start(
    tmp_path: Path, size: str, kills: int
) -> None:
    installation = Installation(tmp_path, (str(TODO), "up", "--stack", size), patience=200)
    try:
        found = await run(installation, kills, seed=15)
    finally:
        installation.kill()
    assert found["failures"] == []
    assert found["started_afterwards"] == kills
    assert found["missing"] == {"tasks": 0, "successors": 0}
