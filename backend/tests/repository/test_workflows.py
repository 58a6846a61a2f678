"""The workflows, without GitHub: pinned, least privilege, nothing released untested.

Every script they call runs here too.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
GITHUB = ROOT / ".github"
SCRIPTS = ROOT / "scripts"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
FILES = WORKFLOWS + ACTIONS
BIN = Path(sys.executable).parent


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


def run(
    *command: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "ACTIONS_", "COSIGN_"))
    }
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, **(env or {})},
        timeout=110,
        check=False,
    )


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
        if "uses" not in job:  # a called workflow sets its jobs' limits itself
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
    # GITHUB_TOKEN dies with its job. OCI_OIDC_CLIENT names an OAuth client that opens nothing
    # without a token which GitHub signed for this repository and environment. SMOKE_TOKEN is a
    # token of our own product.
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
    assert order.index("scripts/ci-check-variables") < order.index("scripts/verify-images")
    assert (
        order.index("scripts/verify-images")
        < order.index("./.github/actions/cluster-login")
        < order.index("scripts/deploy")
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
    text = (SCRIPTS / "deploy").read_text()
    assert "image.backend.digest=" in text
    assert "image.backend.tag" not in text


def test_the_release_lies_in_a_folder_that_the_repository_does_not_have() -> None:
    """What lies there is signed, uploaded and deployed: `images/`, where our Dockerfiles are, would be too."""
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
    """An Ubuntu 24.04 does not by itself, and the tests of full and read-only disks live in them."""
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
    return {
        word
        for _, step in steps()
        for word in re.findall(r"scripts/[a-z0-9-]+", step.get("run", ""))
    }


def test_a_run_line_is_one_command() -> None:
    for where, step in steps():
        line = step.get("run", "").strip()
        assert not re.search(r"\n|&&|;|\|", line), f"{where}: {line!r} belongs into a script"
        assert "${{" not in line, f"{where}: {line!r} pastes an expression into a shell"


def test_every_script_a_workflow_calls_exists_and_is_executable() -> None:
    assert called()
    for name in called():
        path = ROOT / name
        assert path.is_file(), f"{name} does not exist"
        assert os.access(path, os.X_OK), f"{name} is not executable"


# Each script a workflow calls, called so that it refuses: it runs here, and says in one line what it misses.
REFUSALS: dict[str, tuple[list[str], str]] = {
    "ci-audit": ([], "uv is not installed"),
    "ci-check-variables": ([], "CLOUD is not set"),
    "ci-cluster": ([], "usage: ci-cluster prepare|test|pipeline"),
    "ci-image": (["name", "kafka"], "no such image: 'kafka'"),
    "ci-login-oke": ([], "OCI_TENANCY is not set"),
    "ci-restore-drill": (["no such file"], "give no argument, or the file of a dump"),
    "ci-sarif-gate": (["no such file"], "nothing was scanned"),
    "ci-stack": (["compose"], "no such stack: 'compose'"),
    "deploy": ([], "NAMESPACE is not set"),
    "sign-images": ([], "nothing to sign with"),
    "verify-images": ([], "GITHUB_WORKFLOW_REF is not set"),
}


def test_every_script_a_workflow_calls_is_tried_here() -> None:
    assert {f"scripts/{name}" for name in REFUSALS} == called()


@pytest.mark.parametrize("name", REFUSALS)
def test_a_script_of_a_workflow_says_in_one_line_why_it_does_not_start(
    name: str, tmp_path: Path
) -> None:
    arguments, sentence = REFUSALS[name]
    for program in ("bash", "basename", "dirname", "env", "mktemp", "rm"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    (tmp_path / "python3").symlink_to(sys.executable)
    stub(tmp_path / "cosign", "exit 1")
    env = {"PATH": str(tmp_path), "TODO_TOOLS": str(tmp_path)}
    answer = run(SCRIPTS / name, *arguments, env=env)
    assert answer.returncode == 1
    (line,) = answer.stderr.strip().splitlines()
    assert line.startswith(f"{name}: ")
    assert sentence in line


def test_an_audit_that_looked_nothing_up_is_no_audit_and_hides_nothing(tmp_path: Path) -> None:
    reports = {
        "nothing was looked up": {"name": "a", "version": "1", "skip_reason": "no network"},
        "vulnerable": {"name": "a", "version": "1", "vulns": [{"id": "CVE-2026-1"}]},
    }
    stub(tmp_path / "uv", "")
    for npm, where in (("0", "Python"), ("1", "Python web")):
        stub(tmp_path / "npm", f"exit {npm}")
        for found in reports.values():
            answer = json.dumps({"dependencies": [found]})
            stub(tmp_path / "uvx", f"echo '{answer}'")
            line = last_line(run(SCRIPTS / "ci-audit", env={"TODO_TOOLS": str(tmp_path)}))
            assert line == f"ci-audit: dependencies of: {where} (see above)"


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
    # SC1091: what a script sources from outside the repository cannot be followed
    answer = run(BIN / "shellcheck", "-x", "-P", "SCRIPTDIR", "-e", "SC1091", *shell_scripts())
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("path", shell_scripts(), ids=lambda p: p.name)
def test_a_shell_script_stops_at_the_first_error(path: Path) -> None:
    assert re.search(r"^set -e|pipeline-lib\.sh|^exec ", path.read_text(), re.M), (
        f"{path.name} goes on after a failure"
    )


# --- the linters ------------------------------------------------------------------------


def test_zizmor_finds_nothing() -> None:
    answer = run(BIN / "zizmor", "--offline", "--quiet", "--no-progress", ".github")
    assert answer.returncode == 0, answer.stdout


def test_yamllint_finds_nothing() -> None:
    answer = run(BIN / "yamllint", "--strict", "-c", ".github/yamllint.yml", ".github")
    assert answer.returncode == 0, answer.stdout


def test_actionlint_finds_nothing() -> None:
    if not shutil.which("go") and not (tools() / "actionlint").exists():
        pytest.fail("actionlint is neither in the cache nor can it be built: install Go")
    built = run(SCRIPTS / "pipeline-tools", "actionlint")
    assert built.returncode == 0, built.stderr
    answer = run(tools() / "actionlint", env={"PATH": f"{BIN}:{os.environ['PATH']}"})
    assert answer.returncode == 0, answer.stdout


def tools() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("TODO_TOOLS") or cache / "todo" / "tools")


# --- bad input: one line that says which ------------------------------------------------


def last_line(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode != 0, answer.stdout
    return answer.stderr.strip().splitlines()[-1]


def test_a_missing_variable_is_named() -> None:
    some = {
        "CLOUD": "gke",
        "GCP_PROJECT": "p",
        "GKE_LOCATION": "europe-west3",
        "PUBLIC_URL": "https://todo.example.com",
    }
    line = last_line(run(SCRIPTS / "ci-check-variables", env=some))
    assert "GCP_WORKLOAD_IDENTITY_PROVIDER GCP_SERVICE_ACCOUNT GKE_CLUSTER" in line
    assert "docs/deploy/gke.md" in line
    assert "CLOUD" in last_line(run(SCRIPTS / "ci-check-variables"))
    assert "'aws'" in last_line(run(SCRIPTS / "ci-check-variables", env={"CLOUD": "aws"}))


@pytest.mark.parametrize("cloud", ["oke", "gke", "aks"])
def test_the_check_asks_for_exactly_what_the_login_is_given(cloud: str) -> None:
    wanted = re.search(
        rf"^  {cloud}\) wanted=\(([^)]*)\)", (SCRIPTS / "ci-check-variables").read_text(), re.M
    )
    assert wanted
    passed = {"gke": ("gcp-", "gke-"), "aks": ("azure-", "aks-"), "oke": ("oci-", "oke-")}[cloud]
    login = next(
        s
        for s in DEPLOY["jobs"]["staging"]["steps"]
        if s.get("uses") == "./.github/actions/cluster-login"
    )["with"]
    names = {
        re.sub(r".*\.([A-Z0-9_]+) }}", r"\1", value)
        for key, value in login.items()
        if key.startswith(passed)
    }
    assert names == set(wanted[1].split())


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("backend", "frontend"):
        (folder / name).write_text(f"127.0.0.1:1/todo/todo-{name}@sha256:{'0' * 64}\n")
    return folder


def test_an_image_without_digest_is_refused(release: Path) -> None:
    (release / "backend").write_text("ghcr.io/somebody/todo-backend:latest\n")
    line = last_line(
        run(
            SCRIPTS / "deploy",
            env={"IMAGES_DIR": str(release), "NAMESPACE": "todo", "CLOUD": "oke"},
        )
    )
    # a machine without helm says so first, and that is one line too
    assert "not given by digest" in line or "is not installed" in line


def test_an_image_that_is_not_given_by_digest_stops_the_signing_too(
    release: Path, tmp_path: Path
) -> None:
    (release / "backend").write_text("ghcr.io/somebody/todo-backend:latest\n")
    log = tmp_path / "log"
    stub(tmp_path / "cosign", f"echo asked >> {log}")
    env = {"IMAGES_DIR": str(release), "TODO_TOOLS": str(tmp_path), "COSIGN_KEY": "/dev/null"}
    assert "not given by digest" in last_line(run(SCRIPTS / "sign-images", env=env))
    assert not log.exists()


def test_a_cluster_that_cannot_be_reached_is_named_and_nothing_is_changed(
    release: Path, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    log = tmp_path / "helm.log"
    stub(bin_ / "helm", f'echo "$@" >> {log}')
    stub(
        bin_ / "kubectl",
        'case "$1" in config) echo https://10.0.0.1:6443 ;; *) echo "dial tcp: i/o timeout" >&2; exit 1 ;; esac',
    )
    values = tmp_path / "values.yaml"
    values.write_text("{}")
    line = last_line(
        run(
            SCRIPTS / "deploy",
            env={
                "IMAGES_DIR": str(release),
                "NAMESPACE": "todo",
                "VALUES_FILES": str(values),
                "TODO_TOOLS": str(bin_),
            },
        )
    )
    assert (
        "https://10.0.0.1:6443 cannot be reached, nothing was changed: dial tcp: i/o timeout"
        in line
    )
    assert not log.exists()


def stub(path: Path, body: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{body}\n")
    path.chmod(0o755)


HELM = """
import json, os, sys, time
path = {history!r}
history = json.load(open(path))

def add(status, text):
    history.append(dict(revision=len(history) + 1, status=status, description=text))

def save():
    json.dump(history, open(path, "w"))

verb = sys.argv[1]
if verb == "template":
    sys.exit(os.environ.get("VALUES"))
if verb == "history":
    if not history:
        sys.exit("Error: release: not found")
    print(json.dumps(history))
    sys.exit()
open({calls!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")
old = [r for r in history if r["status"] == "deployed"]
for r in old:
    r["status"] = "superseded"
if verb == "upgrade" and os.environ.get("UPGRADE") == "fails":
    looks = os.environ.get("LOOKS")  # until somebody has looked at the pods, and again
    while looks and not (os.path.exists(looks) and os.path.getsize(looks) > 1):
        time.sleep(0.02)
    add("failed", "Upgrade failed")
    if old:
        add("deployed", "Rollback to %s" % old[-1]["revision"])
    save()
    sys.exit("Error: UPGRADE FAILED: context deadline exceeded")
if verb == "upgrade":
    add("deployed", "Upgrade complete")
if verb == "rollback":
    add("deployed", "Rollback to " + sys.argv[3])
if verb == "uninstall":
    history.clear()
save()
"""


class Helm:
    """A helm with its history in a file that does what the test tells it: every branch of `deploy`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.history: list[dict[str, Any]] = []
        program = folder / "helm.py"
        program.write_text(
            HELM.format(history=str(folder / "history.json"), calls=str(folder / "calls"))
        )
        stub(self.bin / "helm", f'exec {sys.executable} {program} "$@"')
        # The smoke pod: its exit code comes from the list of results, one for each time it is asked.
        stub(self.bin / "kubectl", self._kubectl())
        self.keep([])
        (folder / "values.yaml").write_text("{}")

    def _kubectl(self) -> str:
        results = self.folder / "smoke"
        return (
            'case "$*" in\n'
            '  *"get pod todo-smoke"*phase*) echo Succeeded ;;\n'
            f'  *"get pod todo-smoke"*exitCode*) head -1 {results}; sed -i 1d {results} ;;\n'
            '  *"get deployment"*) echo "r@sha256:0" ;;\n'
            '  *"get pods"*) [ -z "${LOOKS:-}" ] || { printf x >>"$LOOKS"; cat "$LOOKS.pods"; } ;;\n'
            '  *"logs todo-smoke"*) echo "${SMOKE_SAYS:-}" ;;\n'
            "  *apply*) cat >/dev/null ;;\n"
            "  *) echo ok ;;\n"
            "esac"
        )

    def keep(self, history: list[dict[str, Any]]) -> None:
        (self.folder / "history.json").write_text(json.dumps(history))

    def deploy(
        self, images: Path, smoke: list[int], **env: str
    ) -> subprocess.CompletedProcess[str]:
        (self.folder / "smoke").write_text("".join(f"{code}\n" for code in smoke))
        return run(
            SCRIPTS / "deploy",
            env={
                "IMAGES_DIR": str(images),
                "NAMESPACE": "todo",
                "VALUES_FILES": str(self.folder / "values.yaml"),
                "TODO_TOOLS": str(self.bin),
                **env,
            },
        )

    def ends(self) -> tuple[str, str]:
        history = json.loads((self.folder / "history.json").read_text())
        return (history[-1]["status"], history[-1]["description"]) if history else ("", "")

    def calls(self) -> str:
        return (self.folder / "calls").read_text()


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    return Helm(tmp_path)


SERVING = {"revision": 1, "status": "deployed", "description": "Install complete"}


def test_a_good_release_is_upgraded_atomically_and_by_digest(helm: Helm, release: Path) -> None:
    helm.keep([dict(SERVING)])
    answer = helm.deploy(release, smoke=[0])
    assert answer.returncode == 0, answer.stderr
    assert "--atomic" in helm.calls()
    assert (
        f"image.backend.repository=127.0.0.1:1/todo/todo-backend,image.backend.digest=sha256:{'0' * 64}"
        in helm.calls()
    )
    assert helm.ends() == ("deployed", "Upgrade complete")


def test_values_that_the_chart_refuses_are_not_tried(helm: Helm, release: Path) -> None:
    helm.keep([dict(SERVING)])
    said = "Error: execution error at (todo-app/templates/validate.yaml:32:57): ingress.host is required"
    line = last_line(helm.deploy(release, smoke=[], VALUES=f"{said}\n\nUse --debug flag to render"))
    assert line == f"deploy: the chart refuses the values, nothing was changed: {said}"
    assert not (helm.folder / "calls").exists()


def test_an_upgrade_that_does_not_become_ready_leaves_the_old_release_serving(
    helm: Helm, release: Path
) -> None:
    helm.keep([dict(SERVING)])
    line = last_line(helm.deploy(release, smoke=[], UPGRADE="fails"))
    assert "was rolled back; revision 1 serves as before" in line
    assert "context deadline exceeded" in line
    assert helm.ends() == ("deployed", "Rollback to 1")


def test_an_image_that_cannot_be_pulled_is_named(helm: Helm, release: Path, tmp_path: Path) -> None:
    helm.keep([dict(SERVING)])
    said = 'Back-off pulling image "ghcr.io/o/todo-backend@sha256:0": 403 Forbidden'
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": said}}
    container = {"name": "app", "restartCount": 0, "state": waiting}
    pods = {"items": [{"metadata": {"name": "p"}, "status": {"containerStatuses": [container]}}]}
    (tmp_path / "looks.pods").write_text(json.dumps(pods))
    looks = {"LOOKS": str(tmp_path / "looks"), "WATCH_SECONDS": "0.1"}
    line = last_line(helm.deploy(release, smoke=[], UPGRADE="fails", **looks))
    assert f"revision 1 serves as before (p (app): ImagePullBackOff: {said})" in line


def test_a_failed_smoke_test_rolls_back(helm: Helm, release: Path) -> None:
    helm.keep([dict(SERVING)])
    said = "smoke: http://todo-frontend/login is not a page"
    line = last_line(helm.deploy(release, smoke=[1, 0], SMOKE_SAYS=said))
    assert line == (
        "deploy: revision 2 failed its smoke test and was rolled back; "
        f"revision 1 serves again and passes ({said})"
    )
    assert helm.ends() == ("deployed", "Rollback to 1")


def test_a_first_install_that_fails_its_smoke_test_is_removed(helm: Helm, release: Path) -> None:
    line = last_line(helm.deploy(release, smoke=[1]))
    assert "the first install failed its smoke test and was removed" in line
    assert helm.ends() == ("", "")


def test_an_interrupted_upgrade_is_cleared_first(helm: Helm, release: Path) -> None:
    helm.keep(
        [
            dict(SERVING),
            {"revision": 2, "status": "pending-upgrade", "description": "Preparing upgrade"},
        ]
    )
    answer = helm.deploy(release, smoke=[0])
    assert answer.returncode == 0, answer.stderr
    assert helm.calls().splitlines()[0].startswith("rollback todo-app 1 ")


def test_a_scan_of_nothing_is_not_a_clean_scan(tmp_path: Path) -> None:
    empty = tmp_path / "empty.sarif"
    empty.write_text('{"runs": []}')
    assert "nothing was scanned" in last_line(run(SCRIPTS / "ci-sarif-gate", empty))
    for text in ("{", "[]", '{"runs": [{"tool": {}}]}'):
        empty.write_text(text)
        assert "the scan did not end well" in last_line(run(SCRIPTS / "ci-sarif-gate", empty))
    found = tmp_path / "found.sarif"
    found.write_text('{"runs": [{"results": [{"ruleId": "CVE-2026-1"}]}]}')
    assert "CVE-2026-1" in last_line(run(SCRIPTS / "ci-sarif-gate", found))
    clean = tmp_path / "clean.sarif"
    clean.write_text('{"runs": [{"results": []}]}')
    assert run(SCRIPTS / "ci-sarif-gate", clean).returncode == 0


def test_an_image_is_named_after_its_owner_in_lower_case() -> None:
    answer = run(
        SCRIPTS / "ci-image", "name", "backend", env={"GITHUB_REPOSITORY_OWNER": "SomeBody"}
    )
    assert answer.stdout.strip() == "ghcr.io/somebody/todo-backend"


# --- the exchange at Oracle's identity domain, played by a server of ours ---------------


class Exchange(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, str]]
    refuse: bool

    def answer(self, body: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Authorization"], ""))
        self.answer({"value": "github.jwt.token"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((self.path, self.headers["Authorization"], body))
        self.answer(
            {"error_description": "No matching trust"} if self.refuse else {"token": "upst"}
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def domain() -> Iterator[tuple[str, type[Exchange]]]:
    handler = type("Handler", (Exchange,), {"seen": [], "refuse": False})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def oke_environment(url: str, tmp_path: Path) -> dict[str, str]:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    stub(bin_ / "oci", f'echo "$@" > {tmp_path}/oci.log')
    return {
        "HOME": str(tmp_path),
        "KUBECONFIG": str(tmp_path / "kube" / "config"),
        "TODO_TOOLS": str(bin_),
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/github?api-version=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job",
        "OCI_TENANCY": "ocid1.tenancy.oc1..t",
        "OCI_REGION": "eu-frankfurt-1",
        "OCI_DOMAIN_URL": url,
        "OCI_OIDC_CLIENT": "id:secret",
        "OKE_CLUSTER": "ocid1.cluster.oc1..c",
    }


def test_the_login_at_oke_exchanges_github_s_token_for_a_session(
    domain: tuple[str, type[Exchange]], tmp_path: Path
) -> None:
    url, handler = domain
    answer = run(SCRIPTS / "ci-login-oke", env=oke_environment(url, tmp_path))
    assert answer.returncode == 0, answer.stderr
    (asked, bearer, _), (endpoint, basic, form) = handler.seen
    assert asked == "/github?api-version=1&audience=https%3A%2F%2Fcloud.oracle.com"
    assert bearer == "bearer job"
    assert endpoint == "/oauth2/v1/token"
    assert basic == "Basic aWQ6c2VjcmV0"
    assert "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange" in form
    assert "subject_token=github.jwt.token" in form
    assert (tmp_path / ".oci" / "token").read_text() == "upst"
    assert (tmp_path / ".oci" / "session.pem").stat().st_mode & 0o077 == 0
    config = (tmp_path / ".oci" / "config").read_text()
    assert re.search(r"^fingerprint=([0-9a-f]{2}:){15}[0-9a-f]{2}$", config, re.M)
    assert "--auth security_token --with-auth-context" in (tmp_path / "oci.log").read_text()


def test_a_refused_exchange_says_why(domain: tuple[str, type[Exchange]], tmp_path: Path) -> None:
    url, handler = domain
    handler.refuse = True
    assert "refused the exchange: No matching trust" in last_line(
        run(SCRIPTS / "ci-login-oke", env=oke_environment(url, tmp_path))
    )


# --- signatures, with a cosign that says no --------------------------------------------------


def test_verification_stops_at_the_first_image_that_is_not_ours(
    release: Path, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    stub(
        bin_ / "cosign",
        'echo "$@" >> "$TODO_TOOLS/../log"; echo "Error: no signatures found" >&2; exit 1',
    )
    env = {
        "IMAGES_DIR": str(release),
        "TODO_TOOLS": str(bin_),
        "GITHUB_WORKFLOW_REF": "o/r/.github/workflows/deploy.yml@refs/heads/main",
    }
    line = last_line(run(SCRIPTS / "verify-images", env=env))
    assert "backend is not signed by us, nothing was deployed" in line
    asked = (tmp_path / "log").read_text()
    assert (
        "--certificate-identity https://github.com/o/r/.github/workflows/deploy.yml@refs/heads/main"
        in asked
    )
    assert "frontend" not in asked


def test_without_a_key_or_an_identity_nothing_is_signed_or_verified(
    release: Path, tmp_path: Path
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    stub(bin_ / "cosign", "exit 0")
    env = {"IMAGES_DIR": str(release), "TODO_TOOLS": str(bin_)}
    assert "nothing to sign with: set COSIGN_KEY" in last_line(
        run(SCRIPTS / "sign-images", env=env)
    )
    assert "GITHUB_WORKFLOW_REF is not set" in last_line(run(SCRIPTS / "verify-images", env=env))


# --- the smoke test against a product that is broken in one way ------------------------------


class Product(BaseHTTPRequestHandler):
    """As much of the API as the smoke test uses. `broken` is what does not work."""

    broken = ""
    protocol_version = "HTTP/1.0"

    def answer(self, status: int, body: object = "", kind: str = "application/json") -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", "todo_session=s; HttpOnly")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/login":
            self.answer(200, "ok" if self.broken == "pages" else "<html></html>", "text/html")
        elif path == "/ws":
            self.answer(503 if self.broken == "live" else 101)
        elif path == "/api/tasks":
            title = self.path.rpartition("q=")[2].replace("%20", " ")
            found = [] if self.broken == "events" else [{"id": 2, "title": title}]
            self.answer(200, {"items": found, "next_cursor": None})
        else:
            self.answer(200, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/auth/register" and self.broken == "sign-up":
            self.answer(403, {"detail": "Sign-up is closed."})
        elif self.path.endswith("/complete") and self.broken == "database":
            self.answer(500, {"title": "Internal Server Error"})
        elif self.path.endswith("/complete"):
            self.answer(200, {"id": 1})
        else:
            self.answer(201, {"id": 1, "ticket": "t"})

    def do_DELETE(self) -> None:
        self.answer(204)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("pages", "/login is not a page"),
        ("sign-up", "sign-up is closed, so SMOKE_TOKEN must hold a personal access token"),
        (
            "database",
            "POST /api/tasks/1/complete answered 500 instead of 200: Internal Server Error",
        ),
        ("events", "had 0 successors after 1 s: are events flowing?"),
        ("live", "GET /ws?ticket=t answered 503 instead of 101"),
    ],
)
def test_the_smoke_test_says_in_one_line_what_is_broken(broken: str, sentence: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), type("Broken", (Product,), {"broken": broken}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        line = last_line(run(sys.executable, SCRIPTS / "smoke", url, env={"SMOKE_PATIENCE": "1"}))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert line.startswith("smoke: ")
    assert sentence in line


def test_the_smoke_test_names_an_address_that_does_not_answer() -> None:
    line = last_line(run(sys.executable, SCRIPTS / "smoke", "http://127.0.0.1:1"))
    assert "GET 127.0.0.1:1/login gave no answer" in line


class DoorThatOpens(HTTPServer):
    """The first who comes finds it shut, as long as there is no certificate; then it is opened."""

    shut = True

    def __init__(self, certificate: Path, product: type[Product]) -> None:
        super().__init__(("127.0.0.1", 0), product)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        connection, address = super().get_request()
        if self.shut:
            self.shut = False
            connection.close()
            raise OSError("no certificate yet")
        return self.tls.wrap_socket(connection, server_side=True), address


def test_the_smoke_test_waits_at_the_door_for_a_first_certificate(tmp_path: Path) -> None:
    key, certificate, both = (
        tmp_path / name for name in ("key.pem", "certificate.pem", "both.pem")
    )
    options = "-x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    made = run("openssl", "req", *options.split(), "-keyout", key, "-out", certificate)
    assert made.returncode == 0, made.stderr
    both.write_text(key.read_text() + certificate.read_text())
    for patience, passes in (("0", False), ("30", True)):
        server = DoorThatOpens(both, Product)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"https://localhost:{server.server_port}"
            env = {"SSL_CERT_FILE": str(certificate)}
            answer = run(sys.executable, SCRIPTS / "smoke", url, "--door", patience, env=env)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        assert (answer.returncode == 0) is passes, answer.stderr
    assert "cannot be entered after 1 s" in last_line(
        run(sys.executable, SCRIPTS / "smoke", "https://127.0.0.1:1", "--door", "1")
    )
