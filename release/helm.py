"""One Helm release in one namespace: its history, upgrade and rollback."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from release.programs import CHART, Done, require, run


@dataclass(frozen=True)
class HelmRelease:
    namespace: str
    name: str = "todo-app"
    chart: Path = CHART
    timeout: str = "10m"
    values: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        require("helm", "kubectl")

    def history(self) -> list[dict[str, str | int]]:
        """Oldest revision first; empty before the first install."""
        done = run("helm", "history", self.name, "--namespace", self.namespace, "--output", "json")
        entries: list[dict[str, str | int]] = json.loads(done.stdout) if not done.returncode else []
        return entries

    def revision(self, status: str) -> int | None:
        """The newest revision whose status begins with this word."""
        found = [
            int(entry["revision"])
            for entry in self.history()
            if str(entry["status"]).startswith(status)
        ]
        return max(found, default=None)

    def template(self) -> Done:
        command = ("helm", "template", self.name, str(self.chart), "--namespace", self.namespace)
        return run(*command, *self.values)

    def upgrade(self) -> Done:
        """Install or upgrade; Helm rolls back when it does not become ready in time."""
        return run(
            *("helm", "upgrade", "--install", self.name, str(self.chart), *self._options()),
            *self.values,
            *("--create-namespace", "--atomic", "--wait", "--history-max", "10"),
        )

    def rollback(self, revision: int) -> Done:
        options = (*self._options(), "--wait", "--cleanup-on-fail")
        return run("helm", "rollback", self.name, str(revision), *options)

    def uninstall(self) -> Done:
        return run("helm", "uninstall", self.name, "--namespace", self.namespace, "--wait")

    def running_image(self, deployment: str) -> str:
        path = '{.spec.template.spec.containers[?(@.name=="app")].image}'
        done = run(
            *("kubectl", "--namespace", self.namespace),
            *("get", "deployment", deployment, "-o", f"jsonpath={path}"),
        )
        return done.stdout.strip()

    def _options(self) -> tuple[str, ...]:
        return ("--namespace", self.namespace, "--timeout", self.timeout)
