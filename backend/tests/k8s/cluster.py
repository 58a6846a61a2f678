"""The cluster for the tests: kubectl, Helm, client pods, and the report."""

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
CHART = ROOT / "helm" / "todo-app"
IMAGE = "localhost/todo-backend:test"
NEXT_IMAGE = "localhost/todo-backend:next"

RESTRICTED = {
    "podSecurityContext": {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}


def run(
    *command: str | Path,
    stdin: str | None = None,
    within: float = 300,
    cwd: Path | None = None,
    more: dict[str, str] | None = None,
) -> str:
    """The output of a command; an AssertionError with its last lines when it failed. `more` adds variables."""
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=within,
        cwd=cwd,
        env={**os.environ, **(more or {})},
    )
    if done.returncode:
        raise AssertionError(
            f"{' '.join(map(str, command))}\n{done.stdout[-1500:]}\n{done.stderr[-2500:]}"
        )
    return done.stdout


def eventually(look: Callable[[], Any], what: str, within: float = 120, every: float = 1) -> Any:
    deadline = time.monotonic() + within
    while True:
        try:
            seen = look()
        except AssertionError as error:
            seen, last = None, str(error)
        else:
            last = repr(seen)
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within:.0f} s; last seen: {last}")
        time.sleep(every)


@dataclass
class Cluster:
    namespace: str
    report: dict[str, Any] = field(default_factory=dict)

    def kubectl(self, *arguments: str, stdin: str | None = None, within: float = 300) -> str:
        return run("kubectl", "-n", self.namespace, *arguments, stdin=stdin, within=within)

    def helm(self, *arguments: str | Path, within: float = 600) -> str:
        return run("helm", "-n", self.namespace, *arguments, within=within)

    def get(self, *what: str) -> Any:
        return json.loads(self.kubectl("get", *what, "-o", "json"))

    def pods(self, component: str | None = None) -> list[dict[str, Any]]:
        selector = "app.kubernetes.io/name=todo-app"
        if component:
            selector += f",app.kubernetes.io/component={component}"
        items: list[dict[str, Any]] = self.get("pods", "-l", selector)["items"]
        return [
            pod
            for pod in items
            if "deletionTimestamp" not in pod["metadata"]
            and pod["metadata"]["labels"]["app.kubernetes.io/component"].startswith("todo-")
            and pod["metadata"].get("ownerReferences", [{}])[0].get("kind") == "ReplicaSet"
        ]

    def ready(self, component: str | None = None) -> bool:
        found = self.pods(component)
        return bool(found) and all(
            len(pod["status"].get("containerStatuses", [])) == 2
            and all(status["ready"] for status in pod["status"]["containerStatuses"])
            for pod in found
        )

    def settled(self, within: float = 180) -> None:
        eventually(self.ready, "every pod 2/2", within)

    @contextmanager
    def forwarded(self, service: str, port: int) -> Iterator[int]:
        """Forward a port of 127.0.0.1 to the service inside the block."""
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(
                ["kubectl", "-n", self.namespace, "port-forward", f"service/{service}", f":{port}"],
                stdout=said,
                stderr=subprocess.STDOUT,
            )

            def local() -> int:
                said.seek(0)
                found = re.search(r"127\.0\.0\.1:(\d+) ->", said.read())
                return int(found[1]) if found else 0

            try:
                yield eventually(local, f"a way to {service}", 30, 0.2)
            finally:
                process.terminate()
                process.wait()

    def evicted(self, pod: str) -> bool:
        """Evict a pod as a drain does; an AssertionError when a disruption budget refuses."""
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": self.namespace},
        }
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/eviction"
        run("kubectl", "create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))
        return True

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl(
            "apply",
            "-f",
            "-",
            stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
        )

    def apply_cluster(self, *objects: dict[str, Any]) -> None:
        """Apply objects without a namespace."""
        run(
            "kubectl",
            "apply",
            "-f",
            "-",
            stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
        )

    def start(
        self, name: str, *arguments: str, script: str = "client.py", image: str = IMAGE
    ) -> None:
        """Start a pod that runs one of the scripts of this folder, without a sidecar and without rights."""
        self.kubectl("delete", "pod", name, "--ignore-not-found", "--wait=true", "--grace-period=1")
        spec = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 60,
            "securityContext": RESTRICTED["podSecurityContext"],
            "containers": [
                {
                    "name": "script",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python", "-u", f"/scripts/{script}", *arguments],
                    "env": [
                        {"name": "DATABASE_URL", "value": "postgres://todo:todo@postgres:5432/todo"}
                    ],
                    "securityContext": RESTRICTED["securityContext"],
                    "resources": {
                        "requests": {"cpu": "20m", "memory": "64Mi"},
                        "limits": {"memory": "512Mi"},
                    },
                    "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}],
                }
            ],
            "volumes": [{"name": "scripts", "configMap": {"name": "scripts"}}],
        }
        labels = {"app": "e2e-client"}
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "labels": labels},
                "spec": spec,
            }
        )

    def started(self, name: str) -> None:
        eventually(
            lambda: "started" in self.kubectl("logs", name), f"the pod {name} starts", 60, 0.5
        )

    def finish(self, name: str, within: float = 300) -> dict[str, Any]:
        def over() -> bool:
            return self.get("pod", name)["status"]["phase"] in {"Succeeded", "Failed"}

        eventually(over, f"the pod {name} ends", within)
        log = self.kubectl("logs", name)
        phase = self.get("pod", name)["status"]["phase"]
        assert phase == "Succeeded", log[-3000:]
        self.kubectl("delete", "pod", name, "--wait=false")
        answer: dict[str, Any] = json.loads(log.strip().splitlines()[-1])
        return answer

    def stop(self, name: str) -> dict[str, Any]:
        self.kubectl("exec", name, "--", "python", "-c", "import os; os.kill(1, 15)")
        return self.finish(name)

    def script(
        self, name: str, *arguments: str, script: str = "client.py", within: float = 300
    ) -> dict[str, Any]:
        self.start(name, *arguments, script=script)
        return self.finish(name, within)

    @contextmanager
    def running(self, name: str, *arguments: str) -> Iterator[dict[str, Any]]:
        """Run a client inside the block; afterwards the yielded dict holds its report."""
        self.start(name, *arguments)
        self.started(name)
        said: dict[str, Any] = {}
        yield said
        said |= self.stop(name)


def environment(name: str, default: str = "") -> str:
    return os.environ.get(name, default)
