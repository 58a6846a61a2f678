"""Install, use, break, scale, upgrade, roll back. Each test uses the release that the test before it left."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.harness.chat import converse
from tests.k8s.cluster import CHART, HERE, ROOT, Cluster, eventually, run

pytestmark = pytest.mark.timeout(1500)

SERVICES = (
    "todo-backend",
    "todo-recurring-task",
    "todo-notification",
    "todo-audit",
    "todo-websocket",
    "todo-frontend",
)
PYTHON = SERVICES[:-1]
VALUES = ("-f", CHART / "values-local.yaml", "-f", HERE / "values.yaml")
# Lets a test kill the first process of a pod (see the script).
KILLABLE = ("--post-renderer", HERE / "share-processes")
# The images have no `kill`, so each service's own language does it.
KILL_PYTHON = r"""
import os
hit = [int(pid) for pid in filter(str.isdigit, os.listdir("/proc"))
       if b"\0serve\0" in open(f"/proc/{pid}/cmdline", "rb").read()]
for pid in hit:
    os.kill(pid, 9)
"""
KILL_NODE = """
const fs = require('fs')
const others = fs.readdirSync('/proc').map(Number).filter((pid) => pid && pid !== process.pid)
const hit = others.filter((pid) => fs.readFileSync(`/proc/${pid}/cmdline`).includes('next-server'))
for (const pid of hit) process.kill(pid, 'SIGKILL')
"""


def test_it_installs_and_every_pod_is_two_of_two(cluster: Cluster) -> None:
    began = time.monotonic()
    cluster.helm("install", "todo-app", CHART, *VALUES, *KILLABLE, "--wait", "--timeout", "5m")
    cluster.report["install_to_all_ready_seconds"] = round(time.monotonic() - began, 1)
    cluster.settled()
    assert {
        pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in cluster.pods()
    } == set(SERVICES)
    cluster.report["kubectl_get_pods"] = cluster.kubectl("get", "pods").splitlines()
    _edge(cluster)


def _edge(cluster: Cluster) -> None:
    """A small ingress controller, which reads the chart's Ingress."""
    ingress = json.dumps(cluster.get("ingress", "todo-app"))
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "edge"},
            "data": {"ingress.json": ingress},
        }
    )
    cluster.kubectl("apply", "-f", str(HERE / "edge.yaml"))
    cluster.kubectl("rollout", "status", "deployment/edge", "--timeout=60s")


def test_helm_test_is_green(cluster: Cluster) -> None:
    said = cluster.helm("test", "todo-app", "--logs")
    assert "3 passed, 0 failed" in said


def test_the_main_job_by_way_of_the_ingress(cluster: Cluster) -> None:
    seen = cluster.script("job", "job", within=120)
    cluster.report["main_job"] = seen
    assert seen["successors"] == 1
    assert seen["bell_rang"]
    assert seen["mails"], seen
    assert seen["reminder_late_seconds"] <= 2


def test_the_main_job_in_a_browser_by_way_of_the_ingress(cluster: Cluster) -> None:
    host = cluster.get("ingress", "todo-app")["spec"]["rules"][0]["host"]
    with cluster.forwarded("edge", 80) as edge, cluster.forwarded("smtp", 8025) as smtp:
        where = {
            "INGRESS_HOST": host,
            "EDGE_PORT": str(edge),
            "MAIL_SINK_URL": f"http://127.0.0.1:{smtp}",
        }
        playwright = (
            "npx",
            "--no-install",
            "playwright",
            "test",
            "-c",
            HERE / "playwright.config.ts",
        )
        began = time.monotonic()
        said = run(*playwright, "main-job", cwd=ROOT / "frontend", more=where, within=600)
    cluster.report["browser"] = {
        "seconds": round(time.monotonic() - began, 1),
        "said": said.strip().splitlines()[-1].strip(),
    }


def test_a_conversation_by_way_of_the_ingress(cluster: Cluster) -> None:
    host = cluster.get("ingress", "todo-app")["spec"]["rules"][0]["host"]

    async def talk(port: int) -> None:
        headers = {"Host": host, "Origin": f"http://{host}"}
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False
        ) as http:
            account = {"email": "chat@example.com", "password": "correct horse", "timezone": "UTC"}
            answer = await http.post("/api/auth/register", json=account)
            # The cookie is for the host of the Ingress.
            http.headers["Cookie"] = answer.raise_for_status().headers["set-cookie"].split(";")[0]
            await converse(http)

    with cluster.forwarded("edge", 80) as edge:
        asyncio.run(talk(edge))


def test_requests_are_near_what_is_used(cluster: Cluster) -> None:
    def measured() -> str:
        return cluster.kubectl("top", "pods", "--containers", "--no-headers")

    rows = [line.split() for line in eventually(measured, "metrics", 90, 5).splitlines()]
    asked = {}
    for pod in cluster.pods():
        for container in pod["spec"]["containers"]:
            requests = container["resources"]["requests"]
            asked[pod["metadata"]["name"], container["name"]] = requests
    found: dict[str, Any] = {}
    for name, container, cpu, memory in rows:
        if (name, container) in asked:
            service = next(each for each in SERVICES if name.startswith(each))
            found.setdefault(service, {})[container] = {
                "used": {"cpu": cpu, "memory": memory},
                "requested": asked[name, container],
            }
    cluster.report["requests_and_use"] = found
    assert set(found) == set(SERVICES)


def _restarts(cluster: Cluster, pod: str) -> int:
    statuses = cluster.get("pod", pod)["status"]["containerStatuses"]
    return next(int(each["restartCount"]) for each in statuses if each["name"] == "app")


def test_nothing_is_lost_when_everything_is_killed(cluster: Cluster) -> None:
    """500 completions while each service is killed by SIGKILL, then loses a pod, and Kafka is killed too."""
    cluster.start("storm", "complete", "500", "75")
    cluster.started("storm")
    restarts: dict[str, int] = {}
    for service in SERVICES:
        pod = cluster.pods(service)[0]["metadata"]["name"]
        restarts[pod] = _restarts(cluster, pod)
        kill = ("python", "-c", KILL_PYTHON) if service in PYTHON else ("node", "-e", KILL_NODE)
        # The container ends with its process, and with it perhaps the command that killed it.
        with suppress(AssertionError):
            cluster.kubectl("exec", pod, "-c", "app", "--", *kill)
    eventually(
        lambda: all(_restarts(cluster, pod) > before for pod, before in restarts.items()),
        "each killed app started again",
    )
    cluster.settled()
    kill_kafka = "kill -9 $(grep -l 'kafka[.]Kafka' /proc/[0-9]*/cmdline | head -1 | cut -d/ -f3)"
    cluster.kubectl("exec", "kafka-0", "--", "sh", "-c", kill_kafka)
    for service in SERVICES:
        pod = cluster.pods(service)[0]["metadata"]["name"]
        cluster.kubectl("delete", "pod", pod, "--wait=false")
    assert cluster.get("pod", "storm")["status"]["phase"] == "Running", "the storm came too late"
    storm = cluster.finish("storm", 300)
    cluster.settled()
    after = cluster.script("after", storm["email"], script="invariants.py")
    cluster.report["storm"] = {
        **storm,
        **after,
        "services_killed": len(restarts),
        "pods_deleted": len(SERVICES),
        "kafka_killed": 1,
    }
    assert storm["acknowledged"] == 500
    assert after["completed"] == 500
    assert after["without_exactly_one_successor"] == 0
    assert after["events_without_audit_row"] == 0
    assert after["unpublished"] == 0


def test_it_scales_out_under_load_and_back_in(cluster: Cluster) -> None:
    def pods() -> int:
        return int(cluster.get("deployment", "todo-backend")["status"].get("readyReplicas", 0))

    eventually(lambda: pods() == 2, "two pods at rest", 180)
    began = time.monotonic()
    with cluster.running("hammer", "hammer", "240", "24") as hammered:
        eventually(lambda: pods() > 2, "a third pod", 200)
        out = time.monotonic() - began
        time.sleep(15)
    began = time.monotonic()
    with cluster.running("calm", "steady", "240", "1") as calm:
        eventually(lambda: pods() == 2, "back to two pods", 240)
    cluster.report["scaling"] = {
        "out_seconds": round(out, 1),
        "in_seconds": round(time.monotonic() - began, 1),
        "load": {
            key: hammered[key] for key in ("requests", "failed", "p50_ms", "p99_ms", "errors")
        },
        "while_scaling_in": {key: calm[key] for key in ("requests", "failed", "errors")},
    }
    assert hammered["failed"] == 0, hammered["errors"]
    assert calm["failed"] == 0, calm["errors"]


def test_nobody_notices_an_upgrade_and_a_rollback(cluster: Cluster) -> None:
    """A new image with a migration, then back: the old code runs on the new schema."""
    cluster.start("window", "watch", "600")
    cluster.started("window")
    with cluster.running("upgrading", "steady", "600", "4") as upgraded:
        began = time.monotonic()
        cluster.helm(
            "upgrade",
            "todo-app",
            CHART,
            *VALUES,
            *KILLABLE,
            "--set",
            "image.backend.tag=next",
            "--wait",
            "--timeout",
            "5m",
        )
        upgrade = time.monotonic() - began
        time.sleep(5)
    assert "next" in cluster.pods("todo-backend")[0]["spec"]["containers"][0]["image"]
    with cluster.running("rolling-back", "steady", "600", "4") as rolled:
        began = time.monotonic()
        cluster.helm("rollback", "todo-app", "--wait", "--timeout", "5m")
        rollback = time.monotonic() - began
        time.sleep(5)
    assert "test" in cluster.pods("todo-backend")[0]["spec"]["containers"][0]["image"]
    cluster.settled()
    window = cluster.stop("window")
    lost = [
        cluster.script("after", each["email"], script="invariants.py")
        for each in (upgraded, rolled)
    ]
    cluster.report["upgrade"] = {"seconds": round(upgrade, 1), **upgraded, **lost[0]}
    cluster.report["rollback"] = {"seconds": round(rollback, 1), **rolled, **lost[1]}
    cluster.report["window"] = window
    assert upgraded["failed"] == 0, upgraded["errors"]
    assert rolled["failed"] == 0, rolled["errors"]
    for each in lost:
        assert not each["without_exactly_one_successor"]
        assert not each["events_without_audit_row"]
        assert not each["unpublished"]
    assert window["longest_gap_seconds"] <= 12
    assert window["connected_at_the_end"]


def test_nobody_notices_a_drain(cluster: Cluster) -> None:
    """Every pod is evicted once, as by the drain of a node, within the disruption budgets."""
    with cluster.running("draining", "steady", "600", "4") as seen:
        for service in SERVICES:
            if (
                len(cluster.pods(service)) > 1
            ):  # a service with one replica has none while its pod moves
                pod = cluster.pods(service)[0]["metadata"]["name"]
                eventually(partial(cluster.evicted, pod), f"{pod} may go", 60)
                eventually(partial(cluster.ready, service), f"{service} whole again", 120)
        time.sleep(10)
    cluster.report["drain"] = seen
    assert seen["failed"] == 0, seen["errors"]


BAD = (
    "--set",
    "services.todo-recurring-task=null,services.todo-notification=null,services.todo-websocket=null,services.todo-frontend=null,"
    "services.todo-backend.autoscaling.enabled=false,ingress.enabled=false,migrations.enabled=false,kafka.topics.apply=false",
)


@pytest.fixture
def bad(cluster: Cluster) -> Iterator[Cluster]:
    elsewhere = Cluster("todo-app-bad")
    yield elsewhere
    elsewhere.helm("uninstall", "todo-app", "--wait", "--timeout", "2m")


def _unready(bad: Cluster, *services: str) -> None:
    """No pod is ready, and none restarts faster than Kubernetes' backoff allows (10 s, 20 s, 40 s …)."""
    for pod in (pod for service in services for pod in bad.pods(service)):
        statuses = pod["status"].get("containerStatuses", [])
        assert not all(status["ready"] for status in statuses) or not statuses
        assert all(status["restartCount"] <= 5 for status in statuses)


def _elsewhere(*settings: str) -> list[str]:
    base = "database.url=postgres://todo:todo@postgres.todo-app:5432/todo,kafka.brokers={kafka.todo-app:9092}"
    return [str(part) for part in (*VALUES, *BAD, "--set", ",".join((base, *settings)))]


def test_a_missing_secret_is_named(bad: Cluster, cluster: Cluster) -> None:
    bad.helm(
        "install", "todo-app", CHART, *_elsewhere("app.existingSecret=not-there", "app.smtpUrl=")
    )
    said = eventually(
        lambda: [
            line
            for line in bad.kubectl("describe", "pods").splitlines()
            if 'secret "not-there" not found' in line
        ],
        "the reason",
    )
    _unready(bad, "todo-backend")  # the audit service does not use this secret
    cluster.report.setdefault("says_why", {})["missing secret"] = said[-1].strip()


def test_an_unreachable_database_is_named(bad: Cluster, cluster: Cluster) -> None:
    bad.helm(
        "install",
        "todo-app",
        CHART,
        *_elsewhere("database.url=postgres://todo:todo@nowhere.todo-app:5432/todo"),
    )
    said = eventually(
        lambda: [
            line
            for line in bad.kubectl("logs", "deploy/todo-audit", "-c", "app").splitlines()
            if "database" in line.lower()
        ],
        "the reason",
    )
    _unready(bad, "todo-backend", "todo-audit")
    cluster.report.setdefault("says_why", {})["unreachable database"] = said[-1].strip()


def test_a_wrong_broker_password_is_named(bad: Cluster, cluster: Cluster) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "wrong"},
        "stringData": {"username": "todo", "password": "wrong"},
    }
    bad.apply(secret)
    bad.helm(
        "install",
        "todo-app",
        CHART,
        *_elsewhere(
            "kafka.auth.type=scram",
            "kafka.auth.existingSecret=wrong",
            "kafka.brokers={kafka.todo-app:9094}",
        ),
    )

    def reason() -> list[str]:
        pod = bad.pods("todo-audit")[0]["metadata"]["name"]
        logs = ""
        for past in ([], ["--previous"]):
            try:
                logs += bad.kubectl("logs", pod, "-c", "daprd", *past)
            except AssertionError:
                continue
        return [line for line in logs.splitlines() if "SASL" in line or "uthentication" in line]

    said = eventually(reason, "the reason", 120)
    _unready(bad, "todo-backend", "todo-audit")
    # The reason is at the end of a long message.
    cluster.report.setdefault("says_why", {})["wrong broker password"] = json.loads(said[-1])[
        "msg"
    ][-160:]
