"""The container engine of this machine, Docker or Buildah: build, look for, save and push images."""

import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from release.programs import Done, must, run
from release.report import Refused

# By default Docker adds an attestation to each image, which makes an index of it. What is loaded into the nodes of
# a cluster must be one image with one digest.
ONE_IMAGE = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


class Engine(ABC):
    name: str

    @abstractmethod
    def has(self, image: str) -> bool: ...

    @abstractmethod
    def build(self, image: str, folder: Path, *options: str) -> Done: ...

    @abstractmethod
    def save(self, image: str, archive: Path) -> None:
        """Write the image to a tar archive, as `docker save` does."""

    @abstractmethod
    def push(self, image: str, target: str) -> None:
        """Push to a registry on loopback, which may speak plain HTTP."""

    @abstractmethod
    def site_packages(self, image: str) -> str:
        """The folder of the package `todo` inside the backend's image."""


WHERE_TODO_IS = "import pathlib, todo; print(pathlib.Path(todo.__file__).parent)"


class Docker(Engine):
    name = "docker"

    def has(self, image: str) -> bool:
        return run("docker", "image", "inspect", image).returncode == 0

    def build(self, image: str, folder: Path, *options: str) -> Done:
        return run("docker", "build", "--quiet", "-t", image, *options, folder, env=ONE_IMAGE)

    def save(self, image: str, archive: Path) -> None:
        must(f"{image} could not be saved", "docker", "save", image, "-o", archive)

    def push(self, image: str, target: str) -> None:
        must(f"{image} could not be tagged", "docker", "tag", image, target)
        must(f"{image} could not be pushed", "docker", "push", "--quiet", target)

    def site_packages(self, image: str) -> str:
        command = ("docker", "run", "--rm", "--entrypoint", "python", image, "-c", WHERE_TODO_IS)
        return must(f"{image} does not run", *command).strip()


class Buildah(Engine):
    name = "buildah"

    def has(self, image: str) -> bool:
        return run("buildah", "inspect", "--type", "image", image).returncode == 0

    def build(self, image: str, folder: Path, *options: str) -> Done:
        # chroot isolation also works where creating namespaces is not allowed.
        return run(
            *("nice", "-n", "10", "buildah", "bud", "--quiet", "--isolation", "chroot"),
            *("--pull=missing", "--layers", "-t", image, *options),
            folder,
        )

    def save(self, image: str, archive: Path) -> None:
        target = f"docker-archive:{archive}:{image}"
        must(f"{image} could not be saved", "buildah", "push", "--quiet", image, target)

    def push(self, image: str, target: str) -> None:
        options = ("--quiet", "--tls-verify=false", "--format", "oci")
        must(
            f"{image} could not be pushed", "buildah", "push", *options, image, f"docker://{target}"
        )

    def site_packages(self, image: str) -> str:
        container = must(f"{image} cannot be used", "buildah", "from", image).strip()
        try:
            return must(
                f"{image} does not run",
                *("buildah", "run", "--isolation", "chroot", container),
                *("--", "python", "-c", WHERE_TODO_IS),
            ).strip()
        finally:
            run("buildah", "rm", container)


def find_engine() -> Engine:
    if shutil.which("docker") and run("docker", "info").returncode == 0:
        return Docker()
    if shutil.which("buildah"):
        return Buildah()
    raise Refused(
        "neither a running Docker nor buildah is here: install one (apt-get install buildah)"
    )


def load_into_nodes(engine: Engine, image: str, archive: Path) -> None:
    """Load an image of the engine into every node of the current cluster."""
    engine.save(image, archive)
    load_archive(image, archive)
    archive.unlink()


def load_archive(image: str, archive: Path) -> None:
    """$IMAGE_LOADER is a command that takes a reference and an archive; a kind cluster needs none."""
    loader = os.environ.get("IMAGE_LOADER", "").split()
    context = current_context()
    if loader:
        must(f"{loader[0]} could not load {image}", *loader, image, archive)
    elif context.startswith("kind-"):
        name = context.removeprefix("kind-")
        must(
            f"kind could not load {image}",
            *("kind", "load", "image-archive", archive, "--name", name),
        )
    else:
        raise Refused("set IMAGE_LOADER to a command that brings an image into the nodes")


def current_context() -> str:
    return run("kubectl", "config", "current-context").stdout.strip()
