"""Rehearse deploy.yml on one machine, with the same commands that the workflow runs.

    pipeline           everything, on the cluster of $KUBECONFIG with Dapr
    pipeline images    only the half that needs no cluster

Build, push to a registry on loopback, sign with a key made here, verify, install by digest, smoke test. Then
a tampered image must be refused, and two broken releases must be rolled back: a backend that exits at its start,
and a frontend that serves no page. Meanwhile a client completes tasks and must not see an error.

    SKIP_BUILD=1      take the images that are there
    BACKEND_IMAGE, FRONTEND_IMAGE    their references (localhost/todo-backend:test, localhost/todo-frontend:test)
    IMAGE_LOADER      command that brings an image into the nodes (REFERENCE ARCHIVE); a kind cluster needs none
    NAMESPACE         todo-pipeline. KEEP=1 leaves it
    BROKEN_TIMEOUT    90s, until a backend that does not start counts as failed
    PIPELINE_REPORT   file for the seconds of each step, as JSON
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from release import backing, references, tools
from release.engine import current_context, find_engine
from release.helm import HelmRelease
from release.images import PRODUCT, build_images
from release.pod import ScriptPod
from release.programs import CHART, ROOT, Done, last_line, must, require, run, show
from release.registry import Registry, load_release, variant
from release.report import Refused, say
from release.sbom import bill

BROKEN = ROOT / "release/broken"
ROLLED_BACK = "was rolled back; revision"


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["images"]):
        raise Refused("usage: pipeline [images]")
    with_cluster = not arguments
    if with_cluster:
        check_cluster()  # before ten minutes of building, not after
    tools.ensure(["crane", "cosign"])
    began = time.monotonic()
    with ExitStack() as cleanup:
        rehearsal = Rehearsal(
            Path(cleanup.enter_context(tempfile.TemporaryDirectory())),
            os.environ.get("NAMESPACE") or "todo-pipeline",
            os.environ.get("RELEASE") or "todo-app",
            cleanup,
        )
        registry = rehearsal.images()
        if with_cluster:
            rehearsal.cluster(registry)
        rehearsal.write_report(round(time.monotonic() - began))


def check_cluster() -> None:
    require("kubectl", "helm")
    if run("kubectl", "get", "--raw", "/version", "--request-timeout=10s").returncode:
        raise Refused(
            "the cluster cannot be reached: set KUBECONFIG (`pipeline images` is the half without one)"
        )
    if not os.environ.get("IMAGE_LOADER") and not current_context().startswith("kind-"):
        raise Refused(
            "the cluster is not kind: set IMAGE_LOADER to a command that loads an image into it"
        )


@dataclass
class Rehearsal:
    work: Path
    namespace: str
    release: str
    cleanup: ExitStack
    seconds: dict[str, int] = field(default_factory=dict)
    client: dict[str, float] | None = None

    def images(self) -> Registry:
        """The half without a cluster: build, push, sign, verify, and refuse a tampered image."""
        good = self.work / "images"
        if not os.environ.get("SKIP_BUILD"):
            with self.step("build"):
                build_images(find_engine(), PRODUCT)
        registry = Registry.start(self.work / "registry")
        self.cleanup.callback(registry.stop)
        with self.step("push to a registry on loopback"):
            self.push(registry, good)
        key = ("cosign", "generate-key-pair")
        must("could not make a key", *key, cwd=self.work, env={"COSIGN_PASSWORD": ""})
        with self.step("bill of materials"):
            (self.work / "sboms").mkdir()
            for name in PRODUCT:
                (self.work / "sboms" / f"{name}.cdx.json").write_text(json.dumps(bill(name)))
        with self.step("sign"):
            self.command("sign", **self.signing(good), SBOM_DIR=str(self.work / "sboms"))
        with self.step("verify"):
            self.command("verify", **self.verifying(good))
        tampered = self.work / "tampered.txt"
        tampered.write_text("tampered\n")
        bad = self.broken(registry, "tampered", "backend", tampered)
        with self.step("a tampered image is refused"):
            self.refused("backend is not signed by us", "verify", **self.verifying(bad))
        with self.step("a layer changed in the registry is noticed"):
            self.change_a_layer(registry, references.read(good, "backend"))
        return registry

    def cluster(self, registry: Registry) -> None:
        """The half with a cluster: install, then two broken releases while a client works."""
        good = self.work / "images"
        self.cleanup.callback(self.remove)
        with self.step("PostgreSQL and Kafka"):
            values = backing.start(self.namespace, self.work)
        deploying = {
            "NAMESPACE": self.namespace,
            "RELEASE": self.release,
            "VALUES_FILES": f"{CHART / 'values-local.yaml'} {values}",
            "PULL_POLICY": "Never",
        }
        with self.step("load"):
            load_release(good, self.work)
        with self.step("install by digest, smoke test"):
            self.command("deploy", IMAGES_DIR=str(good), **deploying)
        backend, frontend = BROKEN / "backend.py", BROKEN / "frontend.mjs"
        dies = self.broken(registry, "dies", "backend", backend, "python", "/backend.py")
        lies = self.broken(registry, "lies", "frontend", frontend, "node", "/frontend.mjs")
        with self.step("sign the broken images too"):
            for folder in (dies, lies):
                self.command("sign", **self.signing(folder))
        for folder in (dies, lies):
            load_release(folder, self.work)
        client = ScriptPod("todo-client", self.namespace, self.release)
        self.cleanup.callback(client.remove)
        image = str(references.read(good, "backend"))
        os.environ["PULL_POLICY"] = "Never"
        client.start(image, ROOT / "release/load_client.py", "--api", "http://todo-backend")
        client.ready()
        for name, folder, timeout in (
            ("a backend that dies at start", dies, os.environ.get("BROKEN_TIMEOUT") or "90s"),
            ("a frontend that lies", lies, "5m"),
        ):
            with self.step(f"{name} is rolled back"):
                broken = {**deploying, "IMAGES_DIR": str(folder), "HELM_TIMEOUT": timeout}
                self.refused(ROLLED_BACK, "deploy", **broken)
            self.check_serves(good)
        say("meanwhile, a client that completes tasks")
        passed, lines = client.stop()
        if not passed:
            raise Refused("the client saw errors during the rollbacks")
        self.client = json.loads([line for line in lines if line.startswith("{")][-1])
        show("helm", "history", self.release, "--namespace", self.namespace)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        say(name)
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began)

    def command(self, name: str, **env: str) -> None:
        """Run a command of the workflow; if it fails, this command fails too."""
        if show(sys.executable, "-B", "-m", "release", name, env=self.environment(env)):
            raise Refused(f"{name} failed (see above)")

    def refused(self, wanted: str, name: str, **env: str) -> None:
        """Run a command that must fail with a last line that holds these words."""
        done: Done = run(sys.executable, "-B", "-m", "release", name, env=self.environment(env))
        said = last_line(done)
        if done.returncode == 0 or wanted not in said:
            print(done.stdout, done.stderr, sep="")
            why = f"not for the expected reason ('{wanted}')" if done.returncode else "not refused"
            raise Refused(f"{name} must refuse this, but it was {why}: {said}")
        print(f"    {said}")

    def environment(self, env: dict[str, str]) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT), "GITHUB_ACTIONS": "", **env}

    def signing(self, folder: Path) -> dict[str, str]:
        key = {"COSIGN_KEY": str(self.work / "cosign.key"), "COSIGN_PASSWORD": ""}
        return {**key, "IMAGES_DIR": str(folder), "REGISTRY_HTTP": "1"}

    def verifying(self, folder: Path) -> dict[str, str]:
        key = {"COSIGN_PUBLIC_KEY": str(self.work / "cosign.pub"), "SBOM_TYPE": "cyclonedx"}
        return {**key, "IMAGES_DIR": str(folder), "REGISTRY_HTTP": "1"}

    def push(self, registry: Registry, into: Path) -> None:
        engine = find_engine()
        for name in PRODUCT:
            image = os.environ.get(f"{name.upper()}_IMAGE") or f"localhost/todo-{name}:test"
            if not engine.has(image):
                raise Refused(f"there is no image {image}: `make images` builds it")
            target = f"{registry.repository(name)}:pipeline"
            engine.push(image, target)
            references.record(into, name, registry.digest(target))

    def broken(
        self, registry: Registry, tag: str, image: str, file: Path, *entrypoint: str
    ) -> Path:
        """A release like the good one, with one image of it changed."""
        folder = self.work / tag
        good = references.read_all(self.work / "images")
        for name, reference in good.items():
            references.record(folder, name, reference)
        target = variant(good[image], tag, file, entrypoint, self.work)
        references.record(folder, image, registry.digest(target))
        return folder

    def change_a_layer(self, registry: Registry, image: references.Reference) -> None:
        """Change one byte where the layer is stored: same reference, same digest, other content."""
        file = registry.layer_file(image)
        untouched = file.read_bytes()
        changed = bytearray(untouched)
        changed[100] ^= 0xFF
        file.write_bytes(changed)
        try:
            pulled = run("crane", "pull", str(image), self.work / "tampered.tar")
        finally:
            file.write_bytes(untouched)
        if pulled.returncode == 0:
            raise Refused("a layer that was changed in the registry was accepted")

    def check_serves(self, good: Path) -> None:
        """The history ends in a rollback, and both deployments run the good images again."""
        release = HelmRelease(self.namespace, self.release)
        last = release.history()[-1]
        said = f"{last['revision']} {last['status']} {last['description']}"
        if " deployed Rollback to " not in said:
            raise Refused(f"helm history does not end in a rollback: {said}")
        for name in PRODUCT:
            running, wanted = release.running_image(f"todo-{name}"), references.read(good, name)
            if running != str(wanted):
                raise Refused(f"todo-{name} runs {running} instead of {wanted}")
        print(f"    {said}")

    def remove(self) -> None:
        if not os.environ.get("KEEP"):
            run("helm", "uninstall", self.release, "--namespace", self.namespace)
            run("kubectl", "delete", "namespace", self.namespace, "--wait=false")

    def write_report(self, total: int) -> None:
        for name, seconds in self.seconds.items():
            print(f"{seconds:5d} s  {name}")
        report: dict[str, object] = {"seconds": total, "steps": self.seconds}
        if self.client is not None:
            report["client"] = self.client
        if path := os.environ.get("PIPELINE_REPORT"):
            Path(path).write_text(json.dumps(report, indent=2) + "\n")
        print(f"pipeline: passed in {total} s")
