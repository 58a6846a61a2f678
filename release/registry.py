"""A container registry on loopback, and the images of a release in it (crane serves and reads it)."""

import json
import re
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from release import references
from release.engine import load_archive
from release.programs import must
from release.references import Reference
from release.report import Refused


@dataclass(frozen=True)
class Registry:
    folder: Path
    address: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path) -> "Registry":
        folder.mkdir(parents=True)
        log = folder.with_suffix(".log")
        with log.open("w") as output:
            process = subprocess.Popen(
                ["crane", "registry", "serve", "--disk", str(folder), "--address", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and process.poll() is None:
            if found := re.search(r"serving on port (\d+)", log.read_text()):
                return cls(folder, f"127.0.0.1:{found[1]}", process)
            time.sleep(0.1)
        process.kill()
        raise Refused(f"the registry did not start: {log.read_text().strip()}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def repository(self, name: str) -> str:
        return f"{self.address}/todo/todo-{name}"

    def digest(self, target: str) -> Reference:
        """The reference by digest of what this tag names now."""
        digest = must(f"{target} is not in the registry", "crane", "digest", target).strip()
        return Reference(target.rpartition(":")[0], digest)

    def layer_file(self, image: Reference) -> Path:
        """The registry's file with the image's last layer."""
        manifest = json.loads(must("no manifest", "crane", "manifest", str(image)))
        digest = manifest["layers"][-1]["digest"].removeprefix("sha256:")
        for path in self.folder.rglob(digest):
            if path.is_file():
                return path
        raise Refused(f"the registry's file of the layer {digest} was not found")


def variant(base: Reference, tag: str, file: Path, entrypoint: tuple[str, ...], work: Path) -> str:
    """Push the image with one more file and another entry point under this tag; returns the tag's full name."""
    target = f"{base.repository}:{tag}"
    layer = work / "layer.tar"
    with tarfile.open(layer, "w") as tar:
        member = tarfile.TarInfo(file.name)
        member.size, member.mode = file.stat().st_size, 0o644
        with file.open("rb") as content:
            tar.addfile(member, content)
    failed = f"the image {target} could not be made"
    must(
        failed,
        *("crane", "append", "--base", str(base), "--new_layer", layer, "--new_tag", target),
    )
    if entrypoint:
        options = ("--entrypoint", ",".join(entrypoint), "--cmd", "", "--tag", target)
        must(failed, "crane", "mutate", target, *options)
    return target


def load_release(folder: Path, work: Path) -> None:
    """Load every image of a release into the cluster's nodes, under its name and digest."""
    for image in references.read_all(folder).values():
        layout = work / "layout"
        shutil.rmtree(layout, ignore_errors=True)
        must(f"{image} could not be pulled", "crane", "pull", "--format", "oci", str(image), layout)
        index = json.loads((layout / "index.json").read_text())
        for manifest in index["manifests"]:
            # containerd names an imported image after this annotation: by digest, as the chart asks for it.
            notes = manifest.setdefault("annotations", {})
            notes["io.containerd.image.name"] = str(image)
        (layout / "index.json").write_text(json.dumps(index))
        archive = work / "image.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(layout, arcname=".")
        load_archive(str(image), archive)
