"""Run a standalone Python script as a pod beside the release, where it can reach the services.

The pod carries the labels of the chart's own test pod, which the network policies let through to the services.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from release.programs import Done, require, run
from release.report import Refused

SECONDS = 180  # longest run of a script


@dataclass(frozen=True)
class ScriptPod:
    name: str
    namespace: str
    release: str

    def run(self, image: str, script: Path, *arguments: str) -> tuple[bool, list[str]]:
        """Run the script to its end: whether it passed, and what it printed."""
        self.start(image, script, *arguments)
        return self.finish()

    def start(self, image: str, script: Path, *arguments: str) -> None:
        require("kubectl")
        self._kubectl("delete", "pod,configmap,secret", self.name, "--ignore-not-found")
        objects = json.dumps(self._objects(image, script.read_text(), arguments))
        done = run("kubectl", "--namespace", self.namespace, "apply", "-f", "-", stdin=objects)
        if done.returncode:
            raise Refused(f"the pod {self.name} could not be made: {done.stderr.strip()}")

    def ready(self) -> None:
        waited = self._kubectl("wait", "--for=condition=Ready", f"pod/{self.name}", "--timeout=60s")
        if waited.returncode:
            raise Refused(f"the pod {self.name} did not start")

    def stop(self) -> tuple[bool, list[str]]:
        """Send SIGTERM to the script and wait for its end."""
        terminate = "import os, signal; os.kill(1, signal.SIGTERM)"
        self._kubectl("exec", self.name, "--", "python", "-c", terminate)
        return self.finish()

    def finish(self) -> tuple[bool, list[str]]:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self._field("{.status.phase}") in ("Succeeded", "Failed"):
                break
            time.sleep(1)
        log = self._kubectl("logs", self.name).stdout
        print(log, end="", flush=True)
        code = self._field("{.status.containerStatuses[0].state.terminated.exitCode}")
        if not code:
            print(self._field("{.status.containerStatuses[0].state}"), file=sys.stderr)
        self.remove()
        return code == "0", log.splitlines()

    def remove(self) -> None:
        what = "pod,configmap,secret"
        self._kubectl("delete", what, self.name, "--ignore-not-found", "--wait=false")

    def _kubectl(self, *arguments: str) -> Done:
        return run("kubectl", "--namespace", self.namespace, *arguments)

    def _field(self, path: str) -> str:
        return self._kubectl("get", "pod", self.name, "-o", f"jsonpath={path}").stdout.strip()

    def _objects(self, image: str, script: str, arguments: tuple[str, ...]) -> dict[str, object]:
        metadata = {"name": self.name}
        labels = {
            "app.kubernetes.io/name": "todo-app",
            "app.kubernetes.io/instance": self.release,
            "app.kubernetes.io/component": "todo-test",
        }
        container = {
            "name": "script",
            "image": image,
            "imagePullPolicy": os.environ.get("PULL_POLICY") or "IfNotPresent",
            "command": ["python", "-B", "/script/script", *arguments],
            "envFrom": [{"secretRef": metadata}],
            "volumeMounts": [{"name": "script", "mountPath": "/script", "readOnly": True}],
            "resources": {
                "requests": {"cpu": "20m", "memory": "32Mi"},
                "limits": {"memory": "128Mi"},
            },
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        spec = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": "script", "configMap": metadata}],
        }
        token = {"SMOKE_TOKEN": os.environ.get("SMOKE_TOKEN", "")}
        return {
            "apiVersion": "v1",
            "kind": "List",
            "items": [
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": metadata,
                    "data": {"script": script},
                },
                {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": token},
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {**metadata, "labels": labels},
                    "spec": spec,
                },
            ],
        }
