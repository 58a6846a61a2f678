"""`deploy`: every way an upgrade can end, with stubs of Helm and kubectl."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repository.commands import Done, last_line, release, some_images, stub


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return some_images(tmp_path / "images")


def test_an_image_without_digest_is_refused(images: Path) -> None:
    (images / "backend").write_text("ghcr.io/somebody/todo-backend:latest\n")
    line = last_line(
        release(
            "deploy",
            env={"IMAGES_DIR": str(images), "NAMESPACE": "todo", "CLOUD": "oke"},
        )
    )
    # a machine without helm says so first, and that is one line too
    assert "not given by digest" in line or "is not installed" in line


def test_a_cluster_that_cannot_be_reached_is_named_and_nothing_is_changed(
    images: Path, tmp_path: Path
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
        release(
            "deploy",
            env={
                "IMAGES_DIR": str(images),
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
    """A stub of Helm that keeps its history in a file and fails as the test says."""

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

    def deploy(self, images: Path, smoke: list[int], **env: str) -> Done:
        (self.folder / "smoke").write_text("".join(f"{code}\n" for code in smoke))
        return release(
            "deploy",
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


def test_a_good_release_is_upgraded_atomically_and_by_digest(helm: Helm, images: Path) -> None:
    helm.keep([dict(SERVING)])
    answer = helm.deploy(images, smoke=[0])
    assert answer.returncode == 0, answer.stderr
    assert "--atomic" in helm.calls()
    assert (
        f"image.backend.repository=127.0.0.1:1/todo/todo-backend,image.backend.digest=sha256:{'0' * 64}"
        in helm.calls()
    )
    assert helm.ends() == ("deployed", "Upgrade complete")


def test_values_that_the_chart_refuses_are_not_tried(helm: Helm, images: Path) -> None:
    helm.keep([dict(SERVING)])
    said = "Error: execution error at (todo-app/templates/validate.yaml:32:57): ingress.host is required"
    line = last_line(helm.deploy(images, smoke=[], VALUES=f"{said}\n\nUse --debug flag to render"))
    assert line == f"deploy: the chart refuses the values, nothing was changed: {said}"
    assert not (helm.folder / "calls").exists()


def test_an_upgrade_that_does_not_become_ready_leaves_the_old_release_serving(
    helm: Helm, images: Path
) -> None:
    helm.keep([dict(SERVING)])
    line = last_line(helm.deploy(images, smoke=[], UPGRADE="fails"))
    assert "was rolled back; revision 1 serves as before" in line
    assert "context deadline exceeded" in line
    assert helm.ends() == ("deployed", "Rollback to 1")


def test_an_image_that_cannot_be_pulled_is_named(helm: Helm, images: Path, tmp_path: Path) -> None:
    helm.keep([dict(SERVING)])
    said = 'Back-off pulling image "ghcr.io/o/todo-backend@sha256:0": 403 Forbidden'
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": said}}
    container = {"name": "app", "restartCount": 0, "state": waiting}
    pods = {"items": [{"metadata": {"name": "p"}, "status": {"containerStatuses": [container]}}]}
    (tmp_path / "looks.pods").write_text(json.dumps(pods))
    looks = {"LOOKS": str(tmp_path / "looks"), "WATCH_SECONDS": "0.1"}
    line = last_line(helm.deploy(images, smoke=[], UPGRADE="fails", **looks))
    assert f"revision 1 serves as before (p (app): ImagePullBackOff: {said})" in line


def test_a_failed_smoke_test_rolls_back(helm: Helm, images: Path) -> None:
    helm.keep([dict(SERVING)])
    said = "smoke: http://todo-frontend/login is not a page"
    line = last_line(helm.deploy(images, smoke=[1, 0], SMOKE_SAYS=said))
    assert line == (
        "deploy: revision 2 failed its smoke test and was rolled back; "
        f"revision 1 serves again and passes ({said})"
    )
    assert helm.ends() == ("deployed", "Rollback to 1")


def test_a_first_install_that_fails_its_smoke_test_is_removed(helm: Helm, images: Path) -> None:
    line = last_line(helm.deploy(images, smoke=[1]))
    assert "the first install failed its smoke test and was removed" in line
    assert helm.ends() == ("", "")


def test_an_interrupted_upgrade_is_cleared_first(helm: Helm, images: Path) -> None:
    helm.keep(
        [
            dict(SERVING),
            {"revision": 2, "status": "pending-upgrade", "description": "Preparing upgrade"},
        ]
    )
    answer = helm.deploy(images, smoke=[0])
    assert answer.returncode == 0, answer.stderr
    assert helm.calls().splitlines()[0].startswith("rollback todo-app 1 ")


def test_a_failed_smoke_test_of_both_revisions_blames_what_they_share(
    helm: Helm, images: Path
) -> None:
    helm.keep([dict(SERVING)])
    line = last_line(helm.deploy(images, smoke=[1, 1]))
    assert "revision 1 is back, but it fails too: look at what both depend on" in line
    assert helm.ends() == ("deployed", "Rollback to 1")


def test_a_smoke_test_that_cannot_run_has_not_passed(helm: Helm, images: Path) -> None:
    helm.keep([dict(SERVING)])
    kubectl = (helm.bin / "kubectl").read_text()
    (helm.bin / "kubectl").write_text(kubectl.replace("*apply*) cat >/dev/null", "*apply*) exit 1"))
    line = last_line(helm.deploy(images, smoke=[]))
    assert "revision 1 is back, but it fails too" in line
    assert "the pod todo-smoke could not be made" in line
    assert helm.ends() == ("deployed", "Rollback to 1")


def test_a_first_install_that_was_interrupted_says_how_to_go_on(helm: Helm, images: Path) -> None:
    helm.keep([{"revision": 1, "status": "pending-install", "description": "Initial install"}])
    line = last_line(helm.deploy(images, smoke=[]))
    assert "was interrupted: helm uninstall todo-app -n todo, then run this again" in line
    assert not (helm.folder / "calls").exists()


def test_values_and_policy_are_handed_to_helm(helm: Helm, images: Path) -> None:
    answer = helm.deploy(images, smoke=[0], HELM_VALUES="a: b", PULL_POLICY="Never")
    assert answer.returncode == 0, answer.stderr
    assert "image.pullPolicy=Never" in helm.calls()
    assert helm.calls().count("--values") == 2
