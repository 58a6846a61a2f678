"""The chart's map of services is the same as `todo.services`."""

from tests.repository.chart import of_kind, values
from todo.runtime.dapr.kafka_admin import TOPICS
from todo.runtime.service import Service
from todo.services import SERVICES

CHARTED = {
    app_id: {**values()["serviceDefaults"], **own} for app_id, own in values()["services"].items()
}
PYTHON = {app_id: own for app_id, own in CHARTED.items() if own["image"] == "backend"}


def test_the_same_services() -> None:
    assert set(PYTHON) == {service.app_id for service in SERVICES}
    assert set(CHARTED) - set(PYTHON) == {"todo-frontend"}


def test_the_same_subscriptions() -> None:
    assert {app_id: set(own["subscribes"]) for app_id, own in PYTHON.items()} == {
        service.app_id: {str(subscription.topic) for subscription in service.on}
        for service in SERVICES
    }
    assert {app_id: set(own["fanOut"]) for app_id, own in PYTHON.items()} == {
        service.app_id: {str(fan_out.topic) for fan_out in service.fan_out} for service in SERVICES
    }


def test_the_same_crons() -> None:
    assert {app_id: own["crons"] for app_id, own in PYTHON.items()} == {
        service.app_id: {every.name: _schedule(service, every.name) for every in service.every}
        for service in SERVICES
    }


def _schedule(service: Service, name: str) -> str:
    (every,) = [every for every in service.every if every.name == name]
    minutes, rest = divmod(every.interval.total_seconds(), 60)
    assert not rest
    return f"@every {minutes:.0f}m"


def test_the_database_goes_to_those_who_use_it() -> None:
    assert {app_id: own["database"] for app_id, own in PYTHON.items()} == {
        service.app_id: service.database for service in SERVICES
    }


def test_only_the_relays_service_publishes() -> None:
    relays = {
        service.app_id
        for service in SERVICES
        if any(companion.__name__ == "relay" for companion in service.background_tasks)
    }
    assert {app_id for app_id, own in CHARTED.items() if own["publishes"]} == relays


def test_each_deployment_serves_its_own_name() -> None:
    for app_id, deployment in of_kind("local", "Deployment").items():
        pod = deployment["spec"]["template"]
        assert pod["metadata"]["annotations"]["dapr.io/app-id"] == app_id
        if app_id in PYTHON:
            assert pod["spec"]["containers"][0]["args"] == ["serve", app_id]


def test_strimzi_is_told_what_the_code_declares() -> None:
    assert values()["kafka"]["topics"]["declared"] == {
        str(name): {
            "partitions": topic.partitions,
            "retentionMs": round(topic.retention.total_seconds() * 1000),
        }
        for name, topic in TOPICS.items()
    }
