"""Login at a Kafka broker with SCRAM, as in a cluster: a right and a wrong password."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.harness.probe import Probe, a_message, an_event
from tests.harness.worlds import Cluster
from todo.domain.events import Topic
from todo.launch import frontend, kafka, stack
from todo.launch.supervisor import Child, Command, plain_environment
from todo.runtime.dapr.kafka_admin import TOPICS, apply_topics
from todo.runtime.settings import Settings, SettingsInvalid

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

_PASSWORD = "a password of the test's"


async def _broker(folder: Path, port: int, inner: int, controller: int) -> Child:
    """The stack's broker with one more listener, which accepts SCRAM only."""
    settings = folder / "server.properties"
    text = kafka.properties(folder / "log", inner, controller)
    for name in ("listeners", "advertised.listeners"):
        text = text.replace(f"\n{name}=", f"\n{name}=SASL_PLAINTEXT://127.0.0.1:{port},")
    text = text.replace("protocol.map=", "protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,")
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    text += (
        "sasl.enabled.mechanisms=SCRAM-SHA-256\n"
        f"listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config={module}\n"
    )
    settings.write_text(text)
    scram = f"SCRAM-SHA-256=[name=todo,password={_PASSWORD}]"
    log, env = folder / "kafka.log", plain_environment()
    maker = await Child.start(
        Command(
            "storage",
            kafka._java(
                "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAA",
                "-c", settings, "--add-scram", scram,
            ),
            log, env,
        )
    )  # fmt: skip
    assert await maker.process.wait() == 0, log.read_text()
    return await Child.start(Command("kafka", kafka._java("kafka.Kafka", settings), log, env))


@pytest.fixture(scope="module")
async def guarded(
    around: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    port = around.port(None)
    broker = await _broker(
        tmp_path_factory.mktemp("guarded"), port, around.port(None), around.port(None)
    )
    try:
        await frontend.listening(broker, port)
        yield around.settings.model_copy(
            update={
                "kafka_brokers": f"127.0.0.1:{port}",
                "kafka_username": "todo",
                "kafka_password": SecretStr(_PASSWORD),
                "kafka_sasl_mechanism": "SCRAM-SHA-256",
                "kafka_tls": False,
            }
        )
    finally:
        await broker.stop()


async def test_the_right_password_connects_the_app_and_a_sidecar(
    around: Cluster, guarded: Settings, tmp_path: Path
) -> None:
    assert len(await apply_topics(guarded)) == len(TOPICS)
    parts = replace(around.parts, folder=tmp_path, brokers=str(guarded.kafka_brokers))
    stack._write_secrets(guarded, parts)
    there = replace(around, settings=guarded, parts=parts, brokers=parts.brokers, folder=tmp_path)
    probe = Probe()
    node = await there.node(probe.services()["todo-backend"])
    try:
        await node.runtime.publish(Topic.TASK_EVENTS, [a_message(an_event("somebody"))])
    finally:
        await node.stop()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kafka_password": SecretStr("guessed")}, "KAFKA_PASSWORD: the broker does not accept"),
        ({"kafka_sasl_mechanism": "SCRAM-SHA-512"}, "KAFKA_SASL_MECHANISM: the broker refused"),
        ({"kafka_username": None}, "KAFKA_BROKERS: "),
    ],
)
async def test_a_wrong_login_is_one_line_that_names_the_setting(
    guarded: Settings, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        await apply_topics(guarded.model_copy(update=changed))
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)
