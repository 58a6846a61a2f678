"""`pipeline` from end to end: a real registry, and stubs of the engine, of cosign and of a cluster with Helm."""

import json
import sys
from pathlib import Path

import pytest
from release import tools
from release.programs import tools_folder

from tests.repository.commands import Done, last_line, release, stub

pytestmark = pytest.mark.timeout(600)  # the first run builds crane

# One program under five names, with its state in one folder. Its `helm upgrade` fails with the timeout that the
# rehearsal uses for the backend that dies, and the smoke test fails after the upgrade to the frontend that lies.
STUB = """
import json, os, pathlib, subprocess, sys, tarfile, time
name, *arguments = sys.argv[1:]
line = " ".join(arguments)
state = pathlib.Path({state!r})
(state / "log").open("a").write(name + " " + line + "\\n")

def read(file, default):
    path = state / file
    return json.loads(path.read_text()) if path.exists() else default

def write(file, value):
    (state / file).write_text(json.dumps(value))

if name == "docker" and arguments[0] == "push":
    layer = state / "layer.tar"
    (state / "program").write_text("program" * 100)
    with tarfile.open(layer, "w") as tar:
        tar.add(state / "program", arcname="program")
    subprocess.run(["crane", "append", "--new_layer", layer, "--new_tag", arguments[-1]], check=True)
if name == "docker" and arguments[0] == "save":
    pathlib.Path(arguments[-1]).write_text("archive")
if name == "cosign":
    signed = read("signed", [])
    if arguments[0] == "generate-key-pair":
        pathlib.Path("cosign.key").touch()
        pathlib.Path("cosign.pub").touch()
    if arguments[0] == "sign":
        write("signed", [*signed, arguments[-1]])
    if arguments[0].startswith("verify") and arguments[-1] not in signed and not os.environ.get("LAX"):
        sys.exit("Error: no signatures found")
history = read("history", [])
if name == "helm" and arguments[0] == "history":
    print(json.dumps(history) if "json" in line else history)
if name == "helm" and arguments[0] in ("upgrade", "rollback"):
    dies = arguments[0] == "upgrade" and "--timeout 90s" in line
    if dies:
        history.append(dict(revision=len(history) + 1, status="failed", description="failed"))
    for entry in history:
        entry["status"] = "superseded"
    back = dies or arguments[0] == "rollback"
    text = "Rollback to 1" if back else "complete"
    history.append(dict(revision=len(history) + 1, status="deployed", description=text))
    write("history", history)
    write("lies", len(history) > 3 and not back)
    if dies:
        sys.exit("Error: context deadline exceeded")
if name == "kubectl":
    if "get namespace" in line:
        sys.exit(1)
    if "apply" in line:
        sys.stdin.read()
    if "get pod todo-client" in line or "get pod todo-smoke" in line:
        failed = "todo-smoke" in line and read("lies", False)
        print(("1" if failed else "0") if "exitCode" in line else "Succeeded")
    if "logs todo-client" in line:
        print(json.dumps({{"errors": 0}}))
    if "get deployment" in line:
        images = pathlib.Path(os.environ["TMPDIR"]).glob("*/images/")
        print(next(images).joinpath(arguments[4].removeprefix("todo-")).read_text())
"""


def rehearse(tmp_path: Path, *arguments: str, **env: str) -> Done:
    tools.ensure(["crane"])
    programs, state, scratch = (tmp_path / name for name in ("programs", "state", "scratch"))
    for folder in (programs, state, scratch):
        folder.mkdir()
    (state / "stub.py").write_text(STUB.format(state=str(state)))
    for name in ("docker", "cosign", "kubectl", "helm", "loader"):
        stub(programs / name, f'exec {sys.executable} {state / "stub.py"} {name} "$@"')
    for name in ("crane", "crane.stamp"):
        (programs / name).symlink_to(tools_folder() / name)
    (programs / "cosign.stamp").write_text(tools.stamp("cosign"))
    wanted = {
        "TODO_TOOLS": str(programs),
        "TMPDIR": str(scratch),
        "SKIP_BUILD": "1",
        "IMAGE_LOADER": "loader",
        "PIPELINE_REPORT": str(tmp_path / "report.json"),
    }
    return release("pipeline", *arguments, env={**wanted, **env})


def test_a_rehearsal_installs_refuses_and_rolls_back(tmp_path: Path) -> None:
    answer = rehearse(tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "verify: backend is not signed by us" in answer.stdout
    assert answer.stdout.count("was rolled back; revision") == 2
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["client"] == {"errors": 0}
    assert list(report["steps"])[-2:] == [
        "a backend that dies at start is rolled back",
        "a frontend that lies is rolled back",
    ]
    log = (tmp_path / "state/log").read_text()
    loaded = [line for line in log.splitlines() if line.startswith("loader 127.0.0.1:")]
    assert len(loaded) == 6, "three releases of two images, by digest"
    assert all("@sha256:" in line for line in loaded)
    assert "helm uninstall todo-app --namespace todo-pipeline" in log
    assert "kubectl delete namespace todo-pipeline" in log
    assert [*(tmp_path / "scratch").iterdir()] == [], "nothing is left"


def test_the_half_without_a_cluster_asks_no_cluster(tmp_path: Path) -> None:
    answer = rehearse(tmp_path, "images")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    log = (tmp_path / "state/log").read_text()
    assert "kubectl" not in log
    assert "helm" not in log


def test_a_rehearsal_fails_when_a_tampered_image_is_accepted(tmp_path: Path) -> None:
    answer = rehearse(tmp_path, "images", LAX="1")
    line = last_line(answer)
    assert line.startswith("pipeline: verify must refuse this, but it was not refused")
