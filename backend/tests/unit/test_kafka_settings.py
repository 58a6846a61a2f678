"""An invalid broker setting is one line that names the setting."""

from pathlib import Path

import pytest

from todo.launch.frontend import free_port
from todo.runtime.dapr.kafka_admin import TOPICS, apply_topics
from todo.runtime.settings import Settings, SettingsInvalid


def settings(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("brokers", "said"),
    [
        (None, "KAFKA_BROKERS: is not set"),
        ("kafka", "KAFKA_BROKERS: “kafka” is not of the form host:port"),
        ("127.0.0.1:{port}", "KAFKA_BROKERS: 127.0.0.1:{port} does not answer"),
    ],
)
async def test_a_wrong_address_is_one_line(brokers: str | None, said: str) -> None:
    port = free_port()
    with pytest.raises(SettingsInvalid) as refused:
        await apply_topics(settings(kafka_brokers=brokers and brokers.format(port=port)))
    assert str(refused.value).startswith(said.format(port=port))
    assert "\n" not in str(refused.value)


async def test_a_user_without_a_password_is_one_line() -> None:
    with pytest.raises(SettingsInvalid, match="KAFKA_PASSWORD: is not set"):
        await apply_topics(settings(kafka_brokers="127.0.0.1:1", kafka_username="todo"))


@pytest.mark.parametrize("content", [None, "", "no certificate", "\x00\xff"])
async def test_authorities_that_cannot_be_read_are_one_line(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="latin-1")
    with pytest.raises(SettingsInvalid, match="KAFKA_CA: ") as refused:
        await apply_topics(
            settings(
                kafka_brokers="127.0.0.1:1",
                kafka_username="todo",
                kafka_password="secret",
                kafka_ca=path,
            )
        )
    assert "\n" not in str(refused.value)


def test_each_topic_that_is_consumed_has_its_dead_letters() -> None:
    from todo.services import SERVICES

    for service in SERVICES:
        for subscription in service.on:
            assert subscription.topic in TOPICS
            assert subscription.topic.dead_letter in TOPICS
