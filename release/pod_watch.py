"""Keep the last log lines of failing pods during an upgrade: a rollback deletes the pods and their logs."""

import json
import threading
from types import TracebackType
from typing import Any

from release.programs import run

STARTING = ("", "ContainerCreating", "PodInitializing")


class PodWatch:
    def __init__(self, namespace: str, release: str, every: float) -> None:
        self.last_words: list[str] = []
        self._kubectl = ("kubectl", "--namespace", namespace)
        self._selector = f"app.kubernetes.io/instance={release}"
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PodWatch":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()

    def reason(self) -> str:
        """The first line with a message, not only a state."""
        return next((line for line in self.last_words if not line.endswith(": ")), "")

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            done = run(
                *self._kubectl, "get", "pods", "--selector", self._selector, "--output", "json"
            )
            try:
                pods = json.loads(done.stdout)["items"]
            except (ValueError, KeyError):
                continue
            words = [self._words(*each) for pod in pods for each in failing(pod)]
            if words:
                self.last_words = words

    def _words(self, pod: str, container: str, state: str, message: str) -> str:
        if not message:
            log = run(
                *self._kubectl, "logs", pod, "--container", container, "--previous", "--tail=4"
            ).stdout
            message = next((line for line in reversed(log.splitlines()) if line), "")
        return f"{pod} ({container}): {state}: {message[:300]}"


def failing(pod: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Pod, container, state and message of each container that restarted or cannot start."""
    found = []
    for status in pod["status"].get("containerStatuses", []):
        waiting = status["state"].get("waiting", {})
        reason = waiting.get("reason", "")
        # An image that cannot be pulled has no log; the message names it.
        message = " ".join(waiting.get("message", "").split()) if "Image" in reason else ""
        if status["restartCount"] or reason not in STARTING:
            found.append((pod["metadata"]["name"], status["name"], reason or "restarted", message))
    return found
