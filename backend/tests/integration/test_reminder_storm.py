"""The reminder storm in a small size; scripts/reminder-storm runs the large one and writes its report."""

from pathlib import Path

import pytest

from tests.harness.reminder_storm import Plan, storm


@pytest.mark.timeout(300)
async def test_killed_and_stopped_processes_lose_no_reminder_and_use_one_key_for_each(
    tmp_path: Path,
) -> None:
    plan = Plan(reminders=200, seconds=25, kills=4, stops=1, lease=8)
    found = await storm(plan, tmp_path)
    wrong = ("missing", "unsigned", "repeats_at_a_sink_that_honours_keys", "early",
             "ledger_rows_not_sent", "dead_letters")  # fmt: skip
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0), found
