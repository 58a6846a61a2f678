"""The storm in a small size for CI; `make storm` runs the full one."""

from pathlib import Path

import pytest

from tests.stack.storm import Storm, run


@pytest.mark.stack
@pytest.mark.timeout(900)
async def test_nothing_is_lost_or_doubled_while_everything_is_killed(tmp_path: Path) -> None:
    storm = Storm(completions=200, users=10, kills=12, seed=1, folder=tmp_path)
    found = await run(storm)
    assert len(storm.acknowledged) == 200
    assert found["good"], found
