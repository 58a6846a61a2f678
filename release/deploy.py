"""Install or upgrade by digest, test the result, and roll back when either fails.

    deploy

The old release serves until the new one is ready, and again within seconds after a rollback. `helm history`
always ends in "deployed".

    IMAGES_DIR      folder with the files backend and frontend, each holding name@sha256:…
    NAMESPACE       where to install (created when missing)
    RELEASE         name of the Helm release (todo-app)
    CLOUD           oke, gke or aks: takes values-prod.yaml and values-CLOUD.yaml
    VALUES_FILES    other values files instead of CLOUD, separated by spaces
    HELM_VALUES     more values, as YAML text: host, brokers, names of Secrets
    PUBLIC_URL      address for the smoke test; without it the test runs in a pod inside the cluster
    SMOKE_TOKEN     personal access token of the smoke test's account
    HELM_TIMEOUT    10m
    PULL_POLICY     IfNotPresent
    WATCH_SECONDS   4, between two looks at the pods
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from release.helm import HelmRelease
from release.pod import ScriptPod
from release.pod_watch import PodWatch
from release.programs import CHART, ROOT, Done, echo, last_line, require, run
from release.references import Reference, read_all
from release.report import Refused, say, setting, summary

SMOKE = ROOT / "release/smoke.py"
IN_CLUSTER = (
    *("--api", "http://todo-backend"),
    *("--web", "http://todo-frontend"),
    *("--ws", "http://todo-websocket"),
)
# A new host name gets its certificate after the first install. Connections fail until then.
CERTIFICATE_SECONDS = "240"


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: deploy (settings come from the environment)")
    namespace = setting("NAMESPACE", "the namespace to deploy to")
    with tempfile.TemporaryDirectory() as scratch:
        files = values_files()
        if more := os.environ.get("HELM_VALUES"):
            own = Path(scratch) / "values.yaml"
            own.write_text(f"{more}\n")
            files.append(own)
        require("helm", "kubectl")
        images = read_all()
        release = HelmRelease(
            namespace=namespace,
            name=os.environ.get("RELEASE") or "todo-app",
            chart=Path(os.environ.get("CHART") or CHART),
            timeout=os.environ.get("HELM_TIMEOUT") or "10m",
            values=values(files, images),
        )
        Deployment(release, images, os.environ.get("PUBLIC_URL", "")).run()


def values_files() -> list[Path]:
    if named := os.environ.get("VALUES_FILES"):
        files = [Path(name) for name in named.split()]
    else:
        cloud = setting("CLOUD", "oke, gke or aks (or VALUES_FILES)")
        files = [CHART / "values-prod.yaml", CHART / f"values-{cloud}.yaml"]
    for file in files:
        if not os.access(file, os.R_OK):
            raise Refused(f"the values file {file} cannot be read")
    return files


def values(files: list[Path], images: dict[str, Reference]) -> tuple[str, ...]:
    """Helm's options: the files, then each image by repository and digest."""
    options = [option for file in files for option in ("--values", str(file))]
    for name in ("backend", "frontend"):
        if name not in images:
            raise Refused(f"the release has no image named {name}")
        image, key = images[name], f"image.{name}"
        options.append("--set-string")
        options.append(f"{key}.repository={image.repository},{key}.digest={image.digest}")
    if policy := os.environ.get("PULL_POLICY"):
        options += ["--set-string", f"image.pullPolicy={policy}"]
    return tuple(options)


@dataclass(frozen=True)
class Deployment:
    release: HelmRelease
    images: dict[str, Reference]
    public_url: str

    def run(self) -> None:
        self.check_cluster()
        self.check_values()
        before = self.clear_interrupted()
        for name, image in self.images.items():
            say(f"{name} {image}")
        self.upgrade(before)
        now = self.release.revision("deployed")
        say(f"revision {now} is ready")
        passed, complaint = self.smoke(str(self.images["backend"]))
        if passed:
            where = self.release.namespace
            summary(f"revision {now} is deployed to {where} and passed its smoke test")
            return
        self.go_back(now, before, complaint)

    def check_cluster(self) -> None:
        done = run("kubectl", "get", "--raw", "/version", "--request-timeout=10s")
        if done.returncode:
            path = "jsonpath={.clusters[0].cluster.server}"
            server = run("kubectl", "config", "view", "--minify", "-o", path).stdout.strip()
            raise Refused(
                f"the cluster {server or '(no kubeconfig)'} cannot be reached, nothing was changed: "
                f"{last_line(done)}"
            )

    def check_values(self) -> None:
        """Render the chart, which refuses wrong values, before anything changes on the cluster."""
        done = self.release.template()
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            said = [line for line in lines if not line.startswith("Use --debug")]
            raise Refused(
                f"the chart refuses the values, nothing was changed: {(said or lines)[-1]}"
            )

    def clear_interrupted(self) -> int | None:
        """The revision that serves now. Undoes a killed upgrade, whose lock would block every later one."""
        before = self.release.revision("deployed")
        stuck = self.release.revision("pending")
        if stuck is None or stuck <= (before or 0):
            return before
        if before is None:
            raise Refused(
                f"an earlier first install was interrupted: helm uninstall {self.release.name} "
                f"-n {self.release.namespace}, then run this again"
            )
        say(f"revision {stuck} was interrupted, going back to {before} first")
        done = self.release.rollback(before)
        if done.returncode:
            raise Refused(f"could not clear the interrupted revision {stuck}: {last_line(done)}")
        return self.release.revision("deployed")

    def upgrade(self, before: int | None) -> None:
        every = float(os.environ.get("WATCH_SECONDS") or 4)
        with PodWatch(self.release.namespace, self.release.name, every) as watch:
            done = self.release.upgrade()
        if done.returncode:
            reason = self.explain_failure(done, watch)
            timeout = self.release.timeout
            if before is None:
                raise Refused(
                    f"the first install did not become ready within {timeout} and was removed ({reason})"
                )
            if self.release.revision("deployed") is None:
                raise Refused(
                    "the upgrade failed and so did helm's way back: look at helm history "
                    f"{self.release.name} -n {self.release.namespace} ({reason})"
                )
            raise Refused(
                f"the upgrade did not become ready within {timeout} and was rolled back; "
                f"revision {before} serves as before ({reason})"
            )

    def explain_failure(self, done: Done, watch: PodWatch) -> str:
        """Print everything that is known, and return the most informative line."""
        print(done.stdout, done.stderr, sep="", end="", file=sys.stderr)
        events = run(
            *("kubectl", "--namespace", self.release.namespace, "get", "events"),
            *("--field-selector", "type=Warning", "--sort-by=.lastTimestamp"),
        )
        print(*events.stdout.splitlines()[-8:], *watch.last_words, sep="\n", file=sys.stderr)
        errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        return watch.reason() or (errors[-1] if errors else last_line(done))

    def go_back(self, now: int | None, before: int | None, complaint: str) -> None:
        why = f" ({complaint})" if complaint else ""
        if before is None:
            self.release.uninstall()
            raise Refused(f"the first install failed its smoke test and was removed{why}")
        say(f"the smoke test failed, going back to revision {before}")
        done = self.release.rollback(before)
        if done.returncode:
            raise Refused(
                f"revision {now} failed its smoke test AND the way back to {before} failed: "
                f"{last_line(done)}"
            )
        passed, _ = self.smoke(self.release.running_image("todo-backend"))
        if not passed:
            raise Refused(
                f"revision {now} failed its smoke test; revision {before} is back, but it fails too: "
                f"look at what both depend on{why}"
            )
        raise Refused(
            f"revision {now} failed its smoke test and was rolled back; "
            f"revision {before} serves again and passes{why}"
        )

    def smoke(self, image: str) -> tuple[bool, str]:
        """Whether the installation passes, and the line with which it fails."""
        if self.public_url:
            code, lines = echo(
                sys.executable, "-B", SMOKE, self.public_url, "--door", CERTIFICATE_SECONDS
            )
            passed = code == 0
        else:
            pod = ScriptPod("todo-smoke", self.release.namespace, self.release.name)
            try:
                passed, lines = pod.run(image, SMOKE, *IN_CLUSTER)
            except Refused as refusal:  # a test that cannot run has not passed: go back
                return False, str(refusal)
        complaints = [line for line in lines if line.startswith("smoke: ")]
        return passed, complaints[-1] if complaints else ""
