"""Prometheus and Alertmanager beside the product: a fault ends as a message in the webhook of the operator."""

import asyncio
import json
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from pydantic import SecretStr
from release.monitoring.alerts import Scale
from release.monitoring.rules import rule_groups
from release.tools import ensure

from tests.conftest import settings_for
from tests.harness.alert_drill import Operator
from tests.harness.system import eventually
from todo.launch import frontend, monitoring
from todo.launch.supervisor import Supervisor


async def test_an_alert_reaches_the_webhook_with_its_page_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(ensure, ["prometheus", "alertmanager"])
    registry = CollectorRegistry()
    gauge = Gauge("todo_dead_letters_open", "…", ["consumer"], registry=registry)
    gauge.labels("todo-audit").set(2)
    port = frontend.free_port()
    server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    operator = Operator()
    hook = await asyncio.start_server(operator.handle, "127.0.0.1", 0)
    address = SecretStr(f"http://127.0.0.1:{hook.sockets[0].getsockname()[1]}/")
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(rule_groups(Scale(waits=1 / 60))))
    monkeypatch.setattr(monitoring, "RULES", rules)
    monkeypatch.setattr(monitoring, "INTERVAL", "1s")
    keeper = Supervisor(print)
    try:
        line = await monitoring.start(
            settings_for("postgresql://unused", alert_webhook=address),
            tmp_path,
            tmp_path / "log",
            {"todo": [f"127.0.0.1:{port}"]},
            keeper,
            frontend.free_port,
        )
        assert "Prometheus http://127.0.0.1:" in line

        async def told() -> float | None:
            return operator.told.get("DeadLetters")

        await eventually(told, within=60)
        [alert] = [m for m in operator.messages if m["labels"]["alertname"] == "DeadLetters"]
        assert alert["annotations"] == {
            "summary": "todo-audit has given up on 2 events.",
            "runbook_url": "docs/runbooks/dead-letters.md",
        }
        gauge.labels("todo-audit").set(0)

        async def ended() -> float | None:
            return operator.ended.get("DeadLetters")

        await eventually(ended, within=60)
        configuration = tmp_path / "monitoring/alertmanager.yml"
        assert configuration.stat().st_mode & 0o077 == 0, "the address of a webhook is a secret"
        assert json.loads(configuration.read_text())["receivers"]
    finally:
        await keeper.stop()
        hook.close()
        server.shutdown()
        server.server_close()
        thread.join()


async def test_without_the_programs_one_line_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring, "program", lambda name: None)
    line = await monitoring.start(
        settings_for("postgresql://unused"),
        tmp_path,
        tmp_path,
        {},
        Supervisor(print),
        frontend.free_port,
    )
    assert line.startswith(
        "without prometheus and alertmanager: `scripts/release tools prometheus alertmanager`"
    )
