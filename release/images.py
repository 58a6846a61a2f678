"""Build the container images with Docker or Buildah, whichever is installed, and print their sizes.

images               the product: todo-backend and todo-frontend
images test          and what the test cluster needs: todo-kafka, todo-postgres, todo-smtp, todo-edge
images NAME…         only these: backend, frontend, kafka, postgres, smtp, edge

IMAGE_TAG      test
PLATFORM       linux/arm64, linux/amd64 (another than the machine's needs binfmt and QEMU)
PYTHON_IMAGE, NODE_IMAGE, JRE_IMAGE    other bases than the public ones in the Dockerfiles
BASE_IMAGES    for a machine that reaches no registry: a command that makes localhost/base/python:1 and
               localhost/base/node:1
"""

import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from release.engine import Engine, find_engine
from release.programs import CHART, ROOT, cache, last_line, must, run
from release.report import Refused, say

PRODUCT = ("backend", "frontend")
TEST = (*PRODUCT, "kafka", "postgres", "smtp", "edge")
# The bases that BASE_IMAGES makes, and those that are made from them here.
LOCAL_PYTHON, LOCAL_NODE = "localhost/base/python:1", "localhost/base/node:1"
LOCAL_NPM, LOCAL_JRE = "localhost/base/node-build:1", "localhost/base/jre:1"


def main(arguments: list[str]) -> None:
    names = TEST if arguments == ["test"] else tuple(arguments) or PRODUCT
    unknown = [name for name in names if name not in TEST]
    if unknown:
        raise Refused(f"no such image: {' '.join(unknown)} (known: {' '.join(TEST)})")
    build_images(find_engine(), names)


def build_images(engine: Engine, names: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as work:
        builder = Builder(engine, Path(work), os.environ.get("IMAGE_TAG") or "test")
        for name in names:
            builder.build(name)


@dataclass
class Builder:
    engine: Engine
    work: Path
    tag: str
    _ways: dict[str, Callable[[], None]] = field(init=False)

    def __post_init__(self) -> None:
        self._ways = {
            "backend": self._backend,
            "frontend": self._frontend,
            "kafka": self._kafka,
            "postgres": self._postgres,
            "smtp": self._smtp,
            "edge": self._edge,
        }

    def build(self, name: str) -> None:
        self._ways[name]()

    def _backend(self) -> None:
        self._build("todo-backend", ROOT / "backend", *base("PYTHON_IMAGE", self.bases[0]))

    def _frontend(self) -> None:
        self._build("todo-frontend", ROOT / "frontend", *base("NODE_IMAGE", self.bases[1]))

    def _postgres(self) -> None:
        self._build("todo-postgres", ROOT / "images/postgres", *base("PYTHON_IMAGE", self.bases[0]))

    def _smtp(self) -> None:
        backend = f"localhost/todo-backend:{self.tag}"
        if not self.engine.has(backend):
            self._backend()
        self._build("todo-smtp", ROOT / "images/smtp", *base("BACKEND_IMAGE", backend))

    def _kafka(self) -> None:
        folder = self._copy("kafka")
        must(
            "Kafka's jars could not be fetched",
            *("mvn", "-q", "-B", "-f", ROOT / "dapr/kafka/pom.xml"),
            *("dependency:copy-dependencies", f"-DoutputDirectory={folder / 'libs'}"),
        )
        self._build("todo-kafka", folder, *base("JRE_IMAGE", self._jre()))

    def _edge(self) -> None:
        folder = self._copy("edge")
        must(
            "the edge could not be built",
            *("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "edge", "."),
            cwd=folder,
            env={"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
        )
        self._build("todo-edge", folder)

    def _copy(self, name: str) -> Path:
        folder = self.work / name
        shutil.copytree(ROOT / "images" / name, folder)
        return folder

    def _build(self, name: str, folder: Path, *options: str) -> None:
        image = f"localhost/{name}:{self.tag}"
        say(name)
        began = time.monotonic()
        done = self.engine.build(image, folder, *common_options(), *options)
        if done.returncode:
            print(*f"{done.stdout}\n{done.stderr}".splitlines()[-25:], sep="\n", file=sys.stderr)
            raise Refused(f"{name} could not be built: {last_line(done)}")
        took = time.monotonic() - began
        unpacked, compressed = self._measure(image)
        print(f"    {took:.0f} s, {unpacked} MB, {compressed} MB compressed")

    def _measure(self, image: str) -> tuple[float, float]:
        """Megabytes unpacked and as a registry holds them, noted for the report of the cluster test."""
        archive = self.work / "size.tar"
        self.engine.save(image, archive)
        sizes = measure(archive)
        archive.unlink()
        path = cache() / "image-sizes.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(path.read_text()) if path.exists() else {}
        known[image] = {"unpacked_mb": sizes[0], "compressed_mb": sizes[1]}
        path.write_text(json.dumps(known, indent=1))
        return sizes

    @cached_property
    def bases(self) -> tuple[str, str]:
        """The Python and Node bases to use in place of the Dockerfiles' own; empty for their own."""
        python, node = os.environ.get("PYTHON_IMAGE", ""), os.environ.get("NODE_IMAGE", "")
        if python or node or self.engine.name != "buildah":
            return python, node
        if not self.engine.has(LOCAL_PYTHON):
            if run("timeout", "60", "buildah", "pull", "--quiet", public_python()).returncode == 0:
                return "", ""
            self._make_local_bases()
        elif not self.engine.has(LOCAL_NODE):
            self._make_local_bases()
        return LOCAL_PYTHON, self._npm()

    def _make_local_bases(self) -> None:
        command = os.environ.get("BASE_IMAGES", "").split()
        if not command:
            raise Refused(
                "no registry can be reached: set PYTHON_IMAGE and NODE_IMAGE, "
                "or BASE_IMAGES to a command that makes stand-ins"
            )
        say("no registry can be reached: local bases")
        must(f"{command[0]} failed", *command)

    def _npm(self) -> str:
        """The local Node base with this machine's npm, which builds the frontend."""
        if not self.engine.has(LOCAL_NPM):
            npm = shutil.which("npm")
            if npm is None:
                raise Refused("npm is not installed")
            folder = self.work / "npm"
            # …/npm/bin/npm-cli.js → …/npm
            shutil.copytree(Path(npm).resolve().parent.parent, folder / "npm", symlinks=True)
            self._local(
                LOCAL_NPM,
                folder,
                f"FROM {LOCAL_NODE}\n"
                "COPY npm /usr/local/lib/node_modules/npm\n"
                "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm"
                " && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx\n",
            )
        return LOCAL_NPM

    def _jre(self) -> str:
        if image := os.environ.get("JRE_IMAGE"):
            return image
        if self.bases[0] != LOCAL_PYTHON:
            return ""
        if not self.engine.has(LOCAL_JRE):
            folder = self.work / "jre"
            folder.mkdir()
            must(
                "a Java runtime could not be made",
                *("jlink", "--output", folder / "jre", "--strip-debug", "--no-man-pages"),
                *("--no-header-files", "--compress", "2", "--add-modules"),
                "java.se,jdk.crypto.ec,jdk.management,jdk.net,jdk.unsupported",
            )
            self._local(
                LOCAL_JRE,
                folder,
                f"FROM {LOCAL_PYTHON}\nCOPY jre /opt/jre\nENV PATH=/opt/jre/bin:/usr/bin:/bin\n",
            )
        return LOCAL_JRE

    def _local(self, image: str, folder: Path, dockerfile: str) -> None:
        (folder / "Dockerfile").write_text(dockerfile)
        done = self.engine.build(image, folder)
        if done.returncode:
            raise Refused(f"{image} could not be built: {last_line(done)}")


def base(argument: str, image: str) -> tuple[str, ...]:
    return ("--build-arg", f"{argument}={image}") if image else ()


def common_options() -> list[str]:
    version = re.search(r'^appVersion: "(.*)"', (CHART / "Chart.yaml").read_text(), re.M)
    revision = run("git", "-C", ROOT, "rev-parse", "HEAD").stdout.strip()
    options = ["--build-arg", f"VERSION={version[1] if version else ''}"]
    options += ["--build-arg", f"REVISION={revision or 'unknown'}"]
    # A network that inspects TLS names its CA in SSL_CERT_FILE; the builds trust it for their downloads only.
    ca = os.environ.get("SSL_CERT_FILE", "")
    if ca and Path(ca).is_file() and Path(ca).stat().st_size:
        options += ["--secret", f"id=ca,src={ca}"]
    if platform := os.environ.get("PLATFORM"):
        options += ["--platform", platform]
    return options


def public_python() -> str:
    dockerfile = (ROOT / "backend/Dockerfile").read_text()
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)", dockerfile, re.M)
    assert found  # noqa: S101 (the Dockerfile is ours)
    return found[1]


def measure(archive: Path) -> tuple[float, float]:
    """Megabytes of all layers of a saved image: unpacked, and compressed with gzip."""
    unpacked = compressed = 0
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None  # noqa: S101 (every saved image has one)
        for layer in json.load(manifest)[0]["Layers"]:
            stream = tar.extractfile(layer)
            assert stream is not None  # noqa: S101 (the manifest names files)
            gzip = zlib.compressobj(6, zlib.DEFLATED, 31)
            while chunk := stream.read(1 << 20):
                unpacked += len(chunk)
                compressed += len(gzip.compress(chunk))
            compressed += len(gzip.flush())
    return round(unpacked / 1e6, 1), round(compressed / 1e6, 1)
