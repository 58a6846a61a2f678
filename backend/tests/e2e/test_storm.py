"""The storm in a small size; `make storm` runs the large one."""

from pathlib import Path

import pytest

from tests.harness.storm.run import Plan, blows_of, storm


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", ["embedded", pytest.param("dapr", marks=pytest.mark.stack)])
async def test_nothing_is_lost_or_doubled_while_the_product_is_hit_in_every_way(
    tmp_path: Path, size: str
) -> None:
    plan = Plan(
        size, seed=1, seconds=20, users=4, completions=60, reminders=24, blows=blows_of(size),
        jump_seconds=10,
    )  # fmt: skip
    found = await storm(plan, tmp_path)
    assert found["acknowledged_completions"] == 60
    assert found["acknowledged_reminders"] > 0
    assert found["good"], found
