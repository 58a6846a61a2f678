"""A pytest plugin (-p tests.harness.elsewhere): the run starts at TODO_TEST_MOMENT, and the clock runs on."""

import os
from datetime import datetime

import pytest
import time_machine
from hypothesis import settings


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    moment = datetime.fromisoformat(os.environ["TODO_TEST_MOMENT"])
    time_machine.travel(moment, tick=True).start()
    settings.register_profile("elsewhere", deadline=None, max_examples=20)
    settings.load_profile("elsewhere")
