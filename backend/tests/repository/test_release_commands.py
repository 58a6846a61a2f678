"""The commands of `scripts/release`: each explains itself, and refuses in one line what it cannot do."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from release import audit
from release.__main__ import COMMANDS

from tests.repository.commands import ROOT, last_line, release, stub
from tests.repository.test_workflows import SCHEDULED, called

# Each command, called so that it refuses: the line says what is missing or wrong.
REFUSALS: dict[str, tuple[list[str], str]] = {
    "audit": ([], "uv is not installed"),
    "chart-docs": (["--chekc"], "usage: chart-docs [--check]"),
    "chart-schemas": (["Pod"], "usage: chart-schemas"),
    "check-environment": ([], "CLOUD is not set"),
    "check-scan": (["no such file"], "nothing was scanned"),
    "cluster-prepare": ([], "helm is not installed: scripts/release tools helm builds it"),
    "cluster-test": ([], "KUBECONFIG is not set"),
    "commits": (["no-such-branch..HEAD"], "git is not installed"),
    "compatible": (["no-such-release"], "git is not installed"),
    "dapr-types": (["kafka"], "usage: dapr-types"),
    "deploy": ([], "NAMESPACE is not set"),
    "image": (["name", "kafka"], "no such image: 'kafka'"),
    "images": (["kafak"], "no such image: kafak"),
    "login-oke": ([], "OCI_TENANCY is not set"),
    "monitoring": (["--chekc"], "usage: monitoring [--check]"),
    "pipeline": ([], "kubectl is not installed"),
    "restore-drill": (["no such file"], "give no argument, or the file of a dump"),
    "sbom": (["kafka"], "which image, backend or frontend?"),
    "sign": ([], "nothing to sign with"),
    "smoke": ([], "no address: give the public URL"),
    "tools": (["helmm"], "no such tool: helmm"),
    "traceability": (["--chekc"], "usage: traceability [--check]"),
    "try-stack": (["compose"], "no such stack: 'compose'"),
    "verify": ([], "GITHUB_WORKFLOW_REF is not set"),
}


def test_every_command_has_a_refusal_here() -> None:
    assert set(REFUSALS) == set(COMMANDS)


@pytest.mark.parametrize("command", REFUSALS)
def test_a_command_says_in_one_line_why_it_does_not_start(command: str, tmp_path: Path) -> None:
    arguments, sentence = REFUSALS[command]
    for program in ("sh", "dirname"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    stub(tmp_path / "cosign", "exit 1")
    env = {"PATH": str(tmp_path), "TODO_TOOLS": str(tmp_path)}
    answer = release(command, *arguments, env=env)
    assert answer.returncode == 1
    (line,) = answer.stderr.strip().splitlines()
    assert line.startswith(f"{command}: ")
    assert sentence in line


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself_and_its_call(command: str) -> None:
    answer = release(command, "--help")
    assert answer.returncode == 0, answer.stderr
    assert len(answer.stdout.splitlines()[0]) <= 115
    assert re.search(rf"^ *{command}\b", answer.stdout, re.M)


def test_an_unknown_command_is_refused_and_no_command_lists_them() -> None:
    assert "no such command: 'depoly'" in last_line(release("depoly"))
    listed = release("--help").stdout
    assert all(f"  {command} " in listed for command in COMMANDS)


def test_a_refusal_is_an_annotation_of_the_workflow() -> None:
    answer = release("deploy", env={"GITHUB_ACTIONS": "true"})
    assert answer.stdout.startswith("::error title=deploy::NAMESPACE is not set")


# Those that run in a job which sets up nothing, and the commands that have no part in a deployment.
NEEDS_THE_ENVIRONMENT = {
    "chart-docs",
    "chart-schemas",
    "dapr-types",
    "monitoring",
    "restore-drill",
    "traceability",
}


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - NEEDS_THE_ENVIRONMENT))
def test_a_command_needs_no_installed_package(command: str) -> None:
    """-S leaves out site-packages: a runner's own Python has nothing of ours."""
    answer = subprocess.run(
        [sys.executable, "-S", "-c", f"import {COMMANDS[command]}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("command", sorted(NEEDS_THE_ENVIRONMENT))
def test_a_command_without_its_packages_says_how_to_get_them(command: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "release", command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert last_line(answer).endswith("is not installed: `make setup` makes the environment for it")


def test_the_only_job_whose_command_needs_packages_installs_them_first() -> None:
    assert called() & NEEDS_THE_ENVIRONMENT == {"restore-drill"}
    runs = [step.get("run", "") for step in SCHEDULED["jobs"]["restore-drill"]["steps"]]
    assert runs.index("make setup") < runs.index("scripts/release restore-drill")


def test_a_missing_variable_is_named() -> None:
    some = {
        "CLOUD": "gke",
        "GCP_PROJECT": "p",
        "GKE_LOCATION": "europe-west3",
        "PUBLIC_URL": "https://todo.example.com",
    }
    line = last_line(release("check-environment", env=some))
    assert "GCP_WORKLOAD_IDENTITY_PROVIDER GCP_SERVICE_ACCOUNT GKE_CLUSTER" in line
    assert "docs/deploy/gke.md" in line
    assert "'aws'" in last_line(release("check-environment", env={"CLOUD": "aws"}))


def test_a_public_address_with_a_path_is_refused() -> None:
    some = dict.fromkeys(
        ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"), "x"
    ) | dict.fromkeys(("AKS_RESOURCE_GROUP", "AKS_CLUSTER"), "x")
    env = {"CLOUD": "aks", **some, "PUBLIC_URL": "https://todo.example.com/app"}
    assert "without a path" in last_line(release("check-environment", env=env))
    env["PUBLIC_URL"] = "https://todo.example.com"
    assert release("check-environment", env=env).returncode == 0


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        ([], "0 of 2 packages could not be looked up"),
        ([{"name": "a", "version": "1", "skip_reason": "no network"}], "1 of 2 packages"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-2026-1"}]}], "a 1: CVE-2026-1"),
    ],
)
def test_an_audit_tells_what_is_wrong(report: list[dict[str, object]], problem: str) -> None:
    assert problem in audit.judge(report, "a==1\nb==2\n", 0)


def test_an_audit_of_clean_packages_passes_unless_the_auditor_failed() -> None:
    clean: list[dict[str, object]] = [{"name": "a", "version": "1", "vulns": []}]
    assert audit.judge(clean, "a==1\n", 0) == ""
    assert audit.judge(clean, "a==1\n", 1) == "pip-audit ended with 1"


def test_a_finding_on_one_side_does_not_hide_the_other(tmp_path: Path) -> None:
    found = json.dumps({"dependencies": [{"name": "a", "version": "1", "skip_reason": "offline"}]})
    stub(tmp_path / "uv", "")
    stub(tmp_path / "uvx", f"for file; do :; done; echo '{found}' >\"$file\"")
    for npm, where in (("0", "Python"), ("1", "Python web")):
        stub(tmp_path / "npm", f"exit {npm}")
        line = last_line(release("audit", env={"TODO_TOOLS": str(tmp_path)}))
        assert line == f"audit: dependencies of: {where} (see above)"


def test_an_auditor_that_writes_no_report_is_a_finding(tmp_path: Path) -> None:
    for program in ("uv", "uvx", "npm"):
        stub(tmp_path / program, "")
    answer = release("audit", env={"TODO_TOOLS": str(tmp_path)})
    assert last_line(answer) == "audit: dependencies of: Python (see above)"
    assert "wrote no report" in answer.stdout


def test_a_scan_of_nothing_is_not_a_clean_scan(tmp_path: Path) -> None:
    report = tmp_path / "report.sarif"
    report.write_text('{"runs": []}')
    assert "nothing was scanned" in last_line(release("check-scan", report))
    for text in ("{", "[]", '{"runs": [{"tool": {}}]}'):
        report.write_text(text)
        assert "the scan did not end well" in last_line(release("check-scan", report))
    report.write_text('{"runs": [{"results": [{"ruleId": "CVE-2026-1"}]}]}')
    assert "CVE-2026-1" in last_line(release("check-scan", report))
    report.write_text('{"runs": [{"results": []}]}')
    assert release("check-scan", report).returncode == 0


def test_a_product_that_ends_by_itself_is_told_with_its_log(tmp_path: Path) -> None:
    stub(tmp_path / "make", "echo Node is missing; exit 1")
    answer = release("try-stack", "dapr", env={"TODO_TOOLS": str(tmp_path)})
    assert last_line(answer) == "try-stack: make up STACK=dapr ended by itself"
    assert "Node is missing" in answer.stderr


def test_a_product_that_does_not_become_ready_is_stopped_with_all_its_processes(
    tmp_path: Path,
) -> None:
    stub(tmp_path / "make", f"sleep 100 & echo $! > {tmp_path}/child; wait")
    env = {"TODO_TOOLS": str(tmp_path), "UP_SECONDS": "1"}
    answer = release("try-stack", env=env)
    assert last_line(answer) == "try-stack: make up STACK=embedded was not ready after 1 s"
    child = (tmp_path / "child").read_text().strip()
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_the_cluster_test_needs_dapr(tmp_path: Path) -> None:
    stub(tmp_path / "kubectl", 'case "$*" in *crd*) exit 1 ;; esac')
    env = {"TODO_TOOLS": str(tmp_path), "KUBECONFIG": "/somewhere"}
    assert "Dapr is not installed" in last_line(release("cluster-test", env=env))
    stub(tmp_path / "kubectl", "echo connection refused >&2; exit 1")
    line = last_line(release("cluster-test", env=env))
    assert line == "cluster-test: the cluster of /somewhere does not answer: connection refused"


def test_a_rehearsal_without_a_way_to_load_images_is_refused_before_anything_is_built(
    tmp_path: Path,
) -> None:
    for program in ("helm", "kubectl"):
        stub(tmp_path / program, "echo production")
    line = last_line(release("pipeline", env={"TODO_TOOLS": str(tmp_path)}))
    assert line.startswith("pipeline: the cluster is not kind: set IMAGE_LOADER")
    stub(tmp_path / "kubectl", "exit 1")
    line = last_line(release("pipeline", env={"TODO_TOOLS": str(tmp_path)}))
    assert line.startswith("pipeline: the cluster cannot be reached: set KUBECONFIG")
