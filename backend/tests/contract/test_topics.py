"""The settings of the topics on a real broker."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.harness.system import eventually
from tests.harness.worlds import Cluster
from todo.domain.events import Topic
from todo.runtime.dapr.kafka_admin import apply_topics, log_ends

pytestmark = pytest.mark.stack


async def setting(admin: AIOKafkaAdminClient, topic: str, name: str) -> str:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, {name: None})
    (response,) = await admin.describe_configs([resource])
    return str(response.resources[0][4][0][1])


async def test_a_single_broker_writes_an_event_to_disk_before_it_acknowledges_it(
    around: Cluster,
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=around.brokers)
    await admin.start()
    try:

        async def flushed() -> bool:
            return await setting(admin, Topic.TASK_EVENTS, "flush.messages") == "1"

        assert await flushed()
        assert await setting(admin, Topic.TASK_UPDATES, "flush.messages") != "1"
        # As on a topic of an earlier version. The broker applies changes a moment later.
        older = {"retention.ms": await setting(admin, Topic.TASK_EVENTS, "retention.ms")}
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, Topic.TASK_EVENTS, older)]
        )
        await eventually(flushed, lambda yes: not yes)
        (changed,) = await apply_topics(around.settings)
        assert changed.startswith("task-events: ")
        await eventually(flushed)
    finally:
        await admin.close()
    assert await apply_topics(around.settings) == []


async def test_the_ends_of_the_logs_are_read_with_the_id_of_the_cluster(around: Cluster) -> None:
    cluster, before = await log_ends(around.settings, list(Topic))
    assert cluster in (around.folder / "kafka/log/meta.properties").read_text()
    assert before.keys() == set(Topic)
    assert {len(ends) for ends in before.values()} == {6}
    topic = await around.topic()
    assert (await log_ends(around.settings, [topic]))[1] == {topic: [0] * 6}
    assert (await log_ends(around.settings, ["missing"]))[1] == {}
