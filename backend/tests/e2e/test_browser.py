"""The main job in a real Chromium against a running `todo up`; the cases are in frontend/tests/e2e."""

from pathlib import Path

import pytest

from tests.harness.product import mail_sink, playwright, up

# Layout and keyboard tests run on the embedded size only, because they do not depend on the runtime.
_SIZES = [("embedded", ()), pytest.param("dapr", ("main-job",), marks=pytest.mark.stack)]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("stack", "only"), _SIZES)
async def test_a_weekly_task_comes_back_and_its_reminder_arrives(
    stack: str, only: tuple[str, ...], tmp_path: Path
) -> None:
    async with mail_sink() as (mailbox, sink):
        async with up(tmp_path, stack=stack, smtp_url=mailbox.url) as product:
            await playwright(product, sink, *only)
