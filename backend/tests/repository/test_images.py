"""Images: how they are named and built, with stubs of the engines, and what a real registry holds of them."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from release import references, tools
from release.engine import Buildah, Docker, Engine, find_engine, load_archive
from release.images import Builder, measure
from release.pipeline import Rehearsal
from release.programs import must, tools_folder
from release.references import Reference
from release.registry import Registry, variant
from release.report import Refused
from release.sbom import bill

from tests.repository.commands import last_line, release, stub


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH besides the system's shell."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_an_image_is_named_after_its_owner_in_lower_case(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    env = {"GITHUB_REPOSITORY_OWNER": "SomeBody", "GITHUB_OUTPUT": str(outputs)}
    answer = release("image", "name", "backend", env=env)
    assert answer.stdout.strip() == "ghcr.io/somebody/todo-backend"
    assert outputs.read_text() == "name=ghcr.io/somebody/todo-backend\n"


def test_a_recorded_image_is_read_again_and_a_tag_is_not_recorded(tmp_path: Path) -> None:
    env = {
        "IMAGES_DIR": str(tmp_path / "digests"),
        "NAME": "r/todo",
        "DIGEST": f"sha256:{'a' * 64}",
    }
    answer = release("image", "record", "backend", env=env)
    assert answer.stdout == f"- `r/todo@sha256:{'a' * 64}`\n"
    assert references.read_all(tmp_path / "digests") == {
        "backend": Reference("r/todo", f"sha256:{'a' * 64}")
    }
    line = last_line(release("image", "record", "frontend", env={**env, "DIGEST": "latest"}))
    assert line == "image: the image frontend is not given by digest: 'r/todo@latest'"


def test_a_folder_without_images_is_no_release(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(Refused, match="holds no image"):
            references.read_all(folder)


def test_docker_is_used_where_it_runs_and_buildah_where_it_does_not(programs: Path) -> None:
    stub(programs / "docker", "exit 1")
    stub(programs / "buildah", "")
    assert isinstance(find_engine(), Buildah)
    stub(programs / "docker", "")
    assert isinstance(find_engine(), Docker)


@pytest.mark.parametrize(("engine", "word"), [(Docker(), "docker"), (Buildah(), "buildah")])
def test_an_image_is_built_with_its_version_its_commit_and_its_base(
    engine: Engine, word: str, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    stub(programs / word, f'echo "$@" >> {log}')
    monkeypatch.setenv("PYTHON_IMAGE", "mirror.example/python:3")
    monkeypatch.setenv("PLATFORM", "linux/arm64")
    monkeypatch.setattr(Builder, "_measure", lambda self, image: (3.0, 1.0))
    Builder(engine, tmp_path, "next").build("backend")
    (line,) = log.read_text().splitlines()
    assert "-t localhost/todo-backend:next" in line
    assert "--build-arg PYTHON_IMAGE=mirror.example/python:3" in line
    assert "--build-arg VERSION=0." in line
    assert "--build-arg REVISION=" in line
    assert "--platform linux/arm64" in line


def test_an_image_that_does_not_build_says_its_last_line(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_IMAGE", "node")
    stub(programs / "docker", "echo 'npm ci failed' >&2; exit 1")
    with pytest.raises(Refused, match="todo-frontend could not be built: npm ci failed"):
        Builder(Docker(), tmp_path, "test").build("frontend")


def test_without_a_registry_and_without_stand_ins_nothing_is_built(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHON_IMAGE", "NODE_IMAGE", "BASE_IMAGES"):
        monkeypatch.delenv(name, raising=False)
    stub(programs / "buildah", "exit 1")
    with pytest.raises(Refused, match="no registry can be reached: set PYTHON_IMAGE"):
        Builder(Buildah(), tmp_path, "test").build("backend")


def test_the_size_is_that_of_all_layers_plain_and_compressed(tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    layer = bytes(2_000_000)
    with tarfile.open(archive, "w") as tar:
        for name, data in (
            ("manifest.json", json.dumps([{"Layers": ["a", "b"]}]).encode()),
            ("a", layer),
            ("b", layer),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    unpacked, compressed = measure(archive)
    assert unpacked == 4.0
    assert compressed == round(2 * len(gzip.compress(layer, 6)) / 1e6, 1)


def test_an_image_goes_into_the_nodes_by_the_loader_or_by_kind(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    for program in ("loader", "kind"):
        stub(programs / program, f'echo {program} "$@" >> {log}')
    stub(programs / "kubectl", "echo kind-todo")
    monkeypatch.setenv("IMAGE_LOADER", "loader --quietly")
    load_archive("r/todo:1", Path("/a.tar"))
    monkeypatch.delenv("IMAGE_LOADER")
    load_archive("r/todo:1", Path("/a.tar"))
    assert log.read_text().splitlines() == [
        "loader --quietly r/todo:1 /a.tar",
        "kind load image-archive /a.tar --name todo",
    ]
    stub(programs / "kubectl", "echo production")
    with pytest.raises(Refused, match="set IMAGE_LOADER"):
        load_archive("r/todo:1", Path("/a.tar"))


@pytest.mark.parametrize("image", ["backend", "frontend"])
def test_the_bill_of_materials_names_every_locked_package(image: str) -> None:
    components = bill(image)["components"]
    names = {component["name"] for component in components}
    assert names > ({"fastapi", "asyncpg"} if image == "backend" else {"next", "react"})
    assert "pytest" not in names
    assert all(component["purl"].endswith(f"@{component['version']}") for component in components)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    tools.ensure(["crane"])
    monkeypatch.setenv("PATH", f"{tools_folder()}:/usr/bin:/bin")
    started = Registry.start(tmp_path / "registry")
    yield started
    started.stop()


@pytest.mark.timeout(600)  # the first run builds crane
def test_a_changed_byte_in_the_registry_is_noticed_and_put_right(
    registry: Registry, tmp_path: Path
) -> None:
    content = tmp_path / "content.bin"
    content.write_bytes(bytes(range(256)) * 100)
    base = push_layer(registry, content)
    target = variant(base, "changed", content, ("sh", "-c"), tmp_path)
    changed = registry.digest(target)
    assert changed != base
    assert changed.repository == base.repository
    layer = registry.layer_file(changed)
    before = layer.read_bytes()
    rehearsal = Rehearsal(tmp_path, "todo", "todo-app", cleanup=None)  # type: ignore[arg-type]
    rehearsal.change_a_layer(registry, changed)
    assert layer.read_bytes() == before


def push_layer(registry: Registry, content: Path) -> Reference:
    """An image of one layer, on no base."""
    layer = content.with_suffix(".tar")
    with tarfile.open(layer, "w") as tar:
        tar.add(content, arcname=content.name)
    target = f"{registry.repository('backend')}:base"
    must("no image", "crane", "append", "--new_layer", layer, "--new_tag", target)
    return registry.digest(target)
