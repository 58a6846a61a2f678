"""The workflows, checked without GitHub: actions pinned, least privilege, nothing released untested."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from release import environment, tools
from release.__main__ import COMMANDS
from release.deploy import values
from release.programs import tools_folder
from release.references import Reference

from tests.repository.commands import BIN, ROOT, run

GITHUB = ROOT / ".github"
SCRIPTS = ROOT / "scripts"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
FILES = WORKFLOWS + ACTIONS


def load(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


DEPLOY, CI, SCHEDULED = (
    load(GITHUB / "workflows" / f"{n}.yml") for n in ("deploy", "ci", "scheduled")
)
LOCK: dict[str, dict[str, str]] = load(GITHUB / "actions.lock.yml")


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for where, job in jobs():
        for step in job.get("steps", []):
            yield where, step
    for path in ACTIONS:
        for step in load(path)["runs"]["steps"]:
            yield path.parent.name, step


# --- pinned -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name + "/" + p.name)
def test_every_action_is_the_commit_in_the_table_with_its_version_beside_it(path: Path) -> None:
    for line in path.read_text().splitlines():
        found = re.match(r"\s*(?:- )?uses:\s*(\S+)(?:\s+#\s*(\S+))?\s*$", line)
        if not found:
            assert "uses:" not in line, f"{path.name}: cannot read {line!r}"
            continue
        target, comment = found.groups()
        if target.startswith("./"):
            assert (ROOT / target).exists(), f"{path.name} uses {target}, which does not exist"
            continue
        name, _, commit = target.partition("@")
        assert re.fullmatch(r"[0-9a-f]{40}", commit), (
            f"{path.name}: {target} is not pinned to a commit"
        )
        locked = LOCK["/".join(name.split("/")[:2])]
        assert (commit, comment) == (locked["commit"], locked["version"]), f"{path.name}: {name}"


def test_the_table_holds_nothing_that_is_not_used() -> None:
    used = {
        "/".join(step["uses"].split("@")[0].split("/")[:2])
        for _, step in steps()
        if not step.get("uses", "./").startswith("./")
    }
    assert set(LOCK) == used


# --- least privilege --------------------------------------------------------------------


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_workflow_may_do_nothing_by_default(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow


def test_every_job_says_what_it_may_do_and_how_long() -> None:
    for where, job in jobs():
        assert job.get("permissions"), f"{where} has no permissions of its own"
        if "uses" not in job:  # a called workflow has limits of its own
            assert job["timeout-minutes"] <= 90, where
            assert job["runs-on"] == "ubuntu-24.04", (
                f"{where}: a moving runner is a moving dependency"
            )


def test_only_the_jobs_that_must_can_write() -> None:
    writers = {
        where: {k for k, v in job["permissions"].items() if v == "write"} for where, job in jobs()
    }
    assert {where: rights for where, rights in writers.items() if rights} == {
        "deploy/images": {"packages", "id-token", "attestations"},
        "deploy/staging": {"id-token"},
        "deploy/production": {"id-token"},
        "scheduled/images": {"security-events"},
    }


def test_no_secret_is_a_long_lived_cloud_key() -> None:
    used = set(re.findall(r"secrets\.([A-Z0-9_]+)", "".join(path.read_text() for path in FILES)))
    # GITHUB_TOKEN ends with its job. OCI_OIDC_CLIENT is an OAuth client that grants nothing without
    # a token that GitHub signed for this repository and environment. SMOKE_TOKEN is a token of our
    # own product.
    assert used == {"GITHUB_TOKEN", "OCI_OIDC_CLIENT", "SMOKE_TOKEN"}
    text = "".join(path.read_text() for path in FILES)
    assert not re.search(
        r"credentials_json|AZURE_CREDENTIALS|client-secret|OCI_CLI_KEY|AWS_SECRET|KUBECONFIG\s*:",
        text,
    )


def test_no_checkout_leaves_its_token_behind() -> None:
    for where, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, where


# --- nothing is released untested, nothing in production unapproved ---------------------


def needs(job: str) -> set[str]:
    direct = DEPLOY["jobs"][job].get("needs", [])
    direct = {direct} if isinstance(direct, str) else set(direct)
    return direct | {further for one in direct for further in needs(one)}


def test_images_and_deployments_wait_for_the_tests() -> None:
    assert DEPLOY["jobs"]["test"]["uses"] == "./.github/workflows/ci.yml"
    for job in set(DEPLOY["jobs"]) - {"test"}:
        assert "test" in needs(job), job
    assert "images" in needs("staging")


def test_production_comes_after_staging_and_asks_somebody() -> None:
    production = DEPLOY["jobs"]["production"]
    assert "staging" in needs("production")
    assert production["environment"]["name"] == "production"


def test_production_is_done_exactly_as_staging_was() -> None:
    staging, production = (DEPLOY["jobs"][name] for name in ("staging", "production"))
    assert staging["steps"] == production["steps"]
    assert staging["env"] == production["env"]
    assert staging["permissions"] == production["permissions"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_deployment_is_verified_first_and_never_stopped_half_way(environment: str) -> None:
    job = DEPLOY["jobs"][environment]
    order = [step.get("run") or step["uses"].split("@")[0] for step in job["steps"]]
    assert order.index("scripts/release check-environment") < order.index("scripts/release verify")
    assert (
        order.index("scripts/release verify")
        < order.index("./.github/actions/cluster-login")
        < order.index("scripts/release deploy")
    )
    assert job["concurrency"]["cancel-in-progress"] is False


def test_no_job_forgives_a_failure() -> None:
    for path in FILES:
        text = path.read_text()
        assert "continue-on-error" not in text, path.name
        assert "|| true" not in text, path.name


def test_images_are_built_for_both_architectures_with_provenance_and_deployed_by_digest() -> None:
    build = next(s for s in DEPLOY["jobs"]["images"]["steps"] if s.get("id") == "build")["with"]
    assert build["platforms"] == "linux/amd64,linux/arm64"
    assert build["provenance"] == "mode=max"
    assert build["sbom"] is True
    image = Reference("registry/todo", f"sha256:{'0' * 64}")
    (_, backend, _, _) = values([], {"backend": image, "frontend": image})
    assert backend == (
        f"image.backend.repository=registry/todo,image.backend.digest={image.digest}"
    )


def test_the_release_lies_in_a_folder_that_the_repository_does_not_have() -> None:
    """Every file of that folder is signed, uploaded and deployed."""
    for name in ("images", "staging", "production"):
        folder = DEPLOY["jobs"][name]["env"]["IMAGES_DIR"]
        assert run("git", "ls-files", folder).stdout == ""
        paths = [step["with"]["path"] for step in DEPLOY["jobs"][name]["steps"]
                 if "artifact" in step.get("uses", "")]  # fmt: skip
        assert paths
        assert {path.split("/")[0] for path in paths} == {folder}


def test_every_supported_version_is_in_the_matrix() -> None:
    matrix = CI["jobs"]["gate"]["strategy"]["matrix"]["include"]
    assert {entry["python"] for entry in matrix} == {"3.11", "3.12", "3.13"}
    assert {entry["node"] for entry in matrix} == {"20", "22", "24"}
    assert CI["jobs"]["stack"]["strategy"]["matrix"]["stack"] == ["embedded", "dapr"]


def test_the_runner_lets_the_tests_have_namespaces() -> None:
    """Ubuntu 24.04 does not by default, and tests of full and read-only disks need them."""
    users = [
        path
        for path in (ROOT / "backend/tests").rglob("test_*.py")
        if '"unshare"' in path.read_text()
    ]
    assert users
    runs = [step.get("run", "") for step in CI["jobs"]["gate"]["steps"]]
    allowed = "sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0"
    assert runs.index(allowed) < runs.index("bash .ci/run")


# --- the scripts ------------------------------------------------------------------------


def called() -> set[str]:
    """The commands of `scripts/release` that a workflow runs."""
    return {
        command
        for _, step in steps()
        for command in re.findall(r"scripts/release ([a-z-]+)", step.get("run", ""))
    }


def test_a_run_line_is_one_command() -> None:
    for where, step in steps():
        line = step.get("run", "").strip()
        assert not re.search(r"\n|&&|;|\|", line), f"{where}: {line!r} belongs into a command"
        assert "${{" not in line, f"{where}: {line!r} pastes an expression into a shell"


def test_every_script_a_workflow_calls_exists() -> None:
    for _, step in steps():
        for script in re.findall(r"scripts/[a-z0-9-]+", step.get("run", "")):
            assert os.access(ROOT / script, os.X_OK), f"{script} cannot be run"
    assert called() > {"deploy", "sign", "verify"}
    assert called() <= set(COMMANDS)


@pytest.mark.parametrize("cloud", ["oke", "gke", "aks"])
def test_the_check_of_variables_wants_exactly_what_the_login_takes(cloud: str) -> None:
    inputs = {"gke": ("gcp-", "gke-"), "aks": ("azure-", "aks-"), "oke": ("oci-", "oke-")}[cloud]
    login = next(
        step["with"]
        for step in DEPLOY["jobs"]["staging"]["steps"]
        if step.get("uses") == "./.github/actions/cluster-login"
    )
    names = {
        re.sub(r".*\.([A-Z0-9_]+) }}", r"\1", value)
        for key, value in login.items()
        if key.startswith(inputs)
    }
    assert names == set(environment.WANTED[cloud])


def shell_scripts() -> list[Path]:
    elsewhere = (
        ".ci/run",
        "backend/tests/k8s/share-processes",
        "images/kafka/start.sh",
        "images/postgres/start.sh",
    )
    return sorted(
        path
        for path in (*SCRIPTS.iterdir(), *(ROOT / name for name in elsewhere))
        if path.is_file() and re.match(rb"#!.*\b(ba)?sh\b", path.read_bytes()[:40])
    )


def test_shellcheck_finds_nothing() -> None:
    # SC1091: a sourced file outside of the repository cannot be followed
    answer = run(BIN / "shellcheck", "-x", "-P", "SCRIPTDIR", "-e", "SC1091", *shell_scripts())
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("path", shell_scripts(), ids=lambda p: p.name)
def test_a_shell_script_stops_at_the_first_error(path: Path) -> None:
    assert re.search(r"^set -e|^exec ", path.read_text(), re.M), (
        f"{path.name} goes on after a failure"
    )


# --- the linters ------------------------------------------------------------------------


def test_zizmor_finds_nothing() -> None:
    answer = run(BIN / "zizmor", "--offline", "--quiet", "--no-progress", ".github")
    assert answer.returncode == 0, answer.stdout


def test_yamllint_finds_nothing() -> None:
    answer = run(BIN / "yamllint", "--strict", "-c", ".github/yamllint.yml", ".github")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.timeout(600)  # the first run builds actionlint
def test_actionlint_finds_nothing() -> None:
    if not shutil.which("go") and not (tools_folder() / "actionlint").exists():
        pytest.fail("actionlint is neither in the cache nor can it be built: install Go")
    tools.ensure(["actionlint"])
    answer = run(tools_folder() / "actionlint", env={"PATH": f"{BIN}:{os.environ['PATH']}"})
    assert answer.returncode == 0, answer.stdout
