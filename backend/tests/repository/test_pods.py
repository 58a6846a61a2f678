"""What `deploy` learns from the pods of a failing release."""

from typing import Any

import pytest
from release.pod_watch import failing


def pod(state: dict[str, Any], restarts: int = 0) -> dict[str, Any]:
    status = {"name": "app", "restartCount": restarts, "state": state}
    return {"metadata": {"name": "todo-1"}, "status": {"containerStatuses": [status]}}


@pytest.mark.parametrize("state", [{}, {"waiting": {"reason": "ContainerCreating"}}])
def test_a_pod_that_starts_is_not_failing(state: dict[str, Any]) -> None:
    assert failing(pod(state)) == []
    assert failing({"metadata": {"name": "todo-1"}, "status": {}}) == []


def test_a_restart_and_a_crash_loop_are_failures() -> None:
    assert failing(pod({"running": {}}, restarts=1)) == [("todo-1", "app", "restarted", "")]
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
    assert failing(pod(waiting)) == [("todo-1", "app", "CrashLoopBackOff", "")]


def test_an_image_that_cannot_be_pulled_brings_its_message() -> None:
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "403\n  Forbidden"}}
    assert failing(pod(waiting)) == [("todo-1", "app", "ErrImagePull", "403 Forbidden")]
