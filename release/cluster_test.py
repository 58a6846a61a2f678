"""Test the chart on a real Kubernetes with Dapr: install, use, kill, scale, upgrade, roll back.

cluster-test ARGUMENT…    arguments go to pytest: cluster-test -k upgrade

KUBECONFIG      the cluster IMAGE_LOADER    command that brings an image into the nodes (REFERENCE ARCHIVE); a
kind cluster needs none E2E_IMAGES      0: the images are built and loaded already. load: built, but not loaded
E2E_KEEP=1      leave the release E2E_REUSE=1     go on with the release that a run with E2E_KEEP left (with -k
for the tests wanted) CHROMIUM        the browser
"""

import os
import shutil
import tempfile
from pathlib import Path

from release import images, tools
from release.engine import Engine, find_engine, load_into_nodes
from release.programs import ROOT, last_line, must, require, run, show
from release.report import Refused, say

LOADED = (
    *("todo-backend:test", "todo-backend:next", "todo-frontend:test"),
    *("todo-kafka:test", "todo-postgres:test", "todo-smtp:test", "todo-edge:test"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MIGRATIONS = ROOT / "backend/todo/db/migrations/versions"
# One more migration. It only adds, so that the previous code works on the new schema.
MIGRATION = '''"""one column more, which older code does not know"""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{head}"
branch_labels = None
depends_on = None
oldest_code = "{head}"


def upgrade() -> None:
    op.add_column("task", sa.Column("e2e_note", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("task", "e2e_note")
'''


def main(arguments: list[str]) -> None:
    if not os.environ.get("KUBECONFIG"):
        raise Refused("KUBECONFIG is not set: the cluster to test on")
    require("kubectl")
    check_cluster()
    tools.ensure(["helm"])
    os.environ["CHROMIUM"] = browser()
    drop_sidecar_capabilities()
    wanted = os.environ.get("E2E_IMAGES") or "1"
    if wanted != "0":
        engine = find_engine()
        if wanted != "load":
            images.build_images(engine, images.TEST)
            build_next(engine)
        with tempfile.TemporaryDirectory() as scratch:
            for image in LOADED:
                say(f"into the nodes: {image}")
                load_into_nodes(engine, f"localhost/{image}", Path(scratch) / "image.tar")
    must("the environment could not be made", ROOT / "scripts/bootstrap", "dev")
    code = show(
        *(".venv/bin/python", "-m", "pytest", "tests/k8s", "--confcutdir=tests/k8s", "-v", "-x"),
        *("--timeout=1500", "-p", "no:cacheprovider", *arguments),
        cwd=ROOT / "backend",
        env={"TODO_E2E_K8S": "1"},
    )
    if code:
        raise Refused(f"pytest ended with {code}")


def check_cluster() -> None:
    where = os.environ["KUBECONFIG"]
    must(f"the cluster of {where} does not answer", "kubectl", "get", "--raw", "/readyz")
    if run("kubectl", "get", "crd", "components.dapr.io").returncode:
        raise Refused("Dapr is not installed: see helm/dapr-values.yaml")


def drop_sidecar_capabilities() -> None:
    """Let sidecars pass Pod Security "restricted"; an installation by helm/dapr-values.yaml does so already."""
    injector = ("-n", "dapr-system")
    name, variable = "deployment/dapr-sidecar-injector", "SIDECAR_DROP_ALL_CAPABILITIES"
    path = f'{{.spec.template.spec.containers[0].env[?(@.name=="{variable}")].value}}'
    if "true" in run("kubectl", *injector, "get", name, "-o", f"jsonpath={path}").stdout:
        return
    say("the injector drops the sidecars' capabilities from now on")
    failed = "the sidecar injector could not be changed"
    must(failed, "kubectl", *injector, "set", "env", name, f"{variable}=true")
    must(failed, "kubectl", *injector, "rollout", "status", name, "--timeout=120s")


def build_next(engine: Engine) -> None:
    """todo-backend:next is the same code with one more migration: the next version, for an upgrade."""
    head = max(path.name.split("_")[0] for path in MIGRATIONS.glob("[0-9]*.py"))
    number = f"{int(head) + 1:04d}"
    site = engine.site_packages("localhost/todo-backend:test")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        migration = MIGRATION.format(number=number, head=head)
        (folder / f"{number}_one_column_more.py").write_text(migration)
        (folder / "Dockerfile").write_text(
            f"FROM localhost/todo-backend:test\nCOPY *.py {site}/db/migrations/versions/\n"
        )
        done = engine.build("localhost/todo-backend:next", folder)
    if done.returncode:
        raise Refused(f"the next version could not be built: {last_line(done)}")


def browser() -> str:
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if named is None:
        raise Refused("the browser test needs Chromium: install it, or set CHROMIUM to the program")
    return named
