"""`sign` and `verify`, with a stub of cosign."""

from pathlib import Path

import pytest

from tests.repository.commands import last_line, release, some_images, stub


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return some_images(tmp_path / "images")


def test_an_image_that_is_not_given_by_digest_stops_the_signing_too(
    images: Path, tmp_path: Path
) -> None:
    (images / "backend").write_text("ghcr.io/somebody/todo-backend:latest\n")
    log = tmp_path / "log"
    stub(tmp_path / "cosign", f"echo asked >> {log}")
    env = {"IMAGES_DIR": str(images), "TODO_TOOLS": str(tmp_path), "COSIGN_KEY": "/dev/null"}
    assert "not given by digest" in last_line(release("sign", env=env))
    assert not log.exists()


def test_verification_stops_at_the_first_image_that_is_not_ours(
    images: Path, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    stub(
        bin_ / "cosign",
        'echo "$@" >> "$TODO_TOOLS/../log"; echo "Error: no signatures found" >&2; exit 1',
    )
    env = {
        "IMAGES_DIR": str(images),
        "TODO_TOOLS": str(bin_),
        "GITHUB_WORKFLOW_REF": "o/r/.github/workflows/deploy.yml@refs/heads/main",
    }
    line = last_line(release("verify", env=env))
    assert "backend is not signed by us, nothing was deployed" in line
    asked = (tmp_path / "log").read_text()
    assert (
        "--certificate-identity https://github.com/o/r/.github/workflows/deploy.yml@refs/heads/main"
        in asked
    )
    assert "frontend" not in asked


def test_without_a_key_or_an_identity_nothing_is_signed_or_verified(
    images: Path, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    stub(bin_ / "cosign", "exit 0")
    env = {"IMAGES_DIR": str(images), "TODO_TOOLS": str(bin_)}
    assert "nothing to sign with: set COSIGN_KEY" in last_line(release("sign", env=env))
    assert "GITHUB_WORKFLOW_REF is not set" in last_line(release("verify", env=env))


def test_each_image_is_signed_by_digest_and_its_bill_of_materials_attested(
    images: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    stub(tmp_path / "bin/cosign", f'echo "$@" >> {log}')
    (tmp_path / "backend.cdx.json").write_text("{}")
    env = {
        "IMAGES_DIR": str(images),
        "TODO_TOOLS": str(tmp_path / "bin"),
        "COSIGN_KEY": "/dev/null",
        "SBOM_DIR": str(tmp_path),
    }
    answer = release("sign", env=env)
    assert answer.returncode == 0, answer.stderr
    backend, bill, frontend = log.read_text().splitlines()
    assert backend.startswith("sign --yes --key /dev/null --signing-config ")
    assert backend.endswith(f"--recursive 127.0.0.1:1/todo/todo-backend@sha256:{'0' * 64}")
    assert "--type cyclonedx --predicate" in bill
    assert frontend.startswith("sign ")


def test_a_bill_of_materials_that_is_not_signed_refuses_the_release(
    images: Path, tmp_path: Path
) -> None:
    stub(tmp_path / "bin/cosign", '[ "$1" = verify ]')
    env = {
        "IMAGES_DIR": str(images),
        "TODO_TOOLS": str(tmp_path / "bin"),
        "COSIGN_PUBLIC_KEY": "/dev/null",
    }
    assert release("verify", env=env).returncode == 0
    line = last_line(release("verify", env={**env, "SBOM_TYPE": "cyclonedx"}))
    assert "backend has no bill of materials signed by us, nothing was deployed" in line
