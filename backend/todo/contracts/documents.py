"""Writes specs/contracts: OpenAPI, AsyncAPI, a JSON Schema per event, and the list of MCP tools."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from todo.contracts.events import EVENTS
from todo.domain.events import SCHEMA_VERSION, Topic
from todo.runtime.app import build_app
from todo.runtime.dapr.kafka_admin import TOPICS
from todo.runtime.service import Service
from todo.runtime.settings import Settings
from todo.services import BACKEND, SERVICES

Document = Mapping[str, Any]
_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def documents(settings: Settings) -> dict[str, str]:
    """The text of each file, by its path in the folder of contracts."""
    found: dict[str, Document] = {
        "openapi.json": build_app(SERVICES, settings).openapi(),
        "asyncapi.json": asyncapi(),
        "mcp-tools.json": mcp_tools(),
        **{file_of(model): schema(model) for models in EVENTS.values() for model in models},
    }
    return {name: written(document) for name, document in found.items()}


def written(document: Document) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def name_of(model: type[BaseModel]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", model.__name__).lower()


def file_of(model: type[BaseModel]) -> str:
    return f"events/{name_of(model)}.schema.json"


def schema(model: type[BaseModel]) -> Document:
    return {"$schema": _SCHEMA, **model.model_json_schema()}


def asyncapi() -> Document:
    """AsyncAPI 3: the topics with their events, and which service sends and receives each."""
    operations: dict[str, Any] = {}
    for topic in Topic:
        operations |= _operation(BACKEND, "send", topic)
    for service in SERVICES:
        for subscription in service.on:
            operations |= _operation(service, "receive", subscription.topic)
            operations |= _operation(service, "send", subscription.topic.dead_letter)
        for fan_out in service.fan_out:
            operations |= _operation(service, "receive", fan_out.topic)
        for letters in service.dead_letters:
            operations |= _operation(service, "receive", letters.topic.dead_letter)
    models = [model for models in EVENTS.values() for model in models]
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of Todo",
            "version": SCHEMA_VERSION,
            "description": "CloudEvents 1.0 as structured JSON. An event is delivered at least once, "
            "and the events of one key in order.",
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {name: _channel(name) for name in TOPICS},
        "operations": operations,
        "components": {
            "messages": {name_of(model): _message(model) for model in models},
            "schemas": schemas["$defs"],
        },
    }


def _channel(name: str) -> Document:
    topic = Topic(name.removesuffix(".dead-letter"))
    declared = TOPICS[name]
    purpose = "Events that a consumer has given up on." if name != topic else _PURPOSE[topic]
    names = map(name_of, EVENTS[topic])
    return {
        "address": name,
        "description": purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": name,
                "partitions": declared.partitions,
                "topicConfiguration": {
                    "retention.ms": int(declared.retention.total_seconds() * 1000)
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


_PURPOSE = {
    Topic.TASK_EVENTS: "Every change of a task, for the services.",
    Topic.REMINDERS: "Reminders that are due.",
    Topic.TASK_UPDATES: "Live updates for open windows.",
}


def _message(model: type[BaseModel]) -> Document:
    return {
        "name": name_of(model),
        "summary": model.__doc__,
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "the user's id"},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(service: Service, action: str, topic: str) -> Document:
    name = f"{service.app_id}-{action}s-{topic}".replace(".", "-")
    summary = f"{service.app_id} {action}s {topic}."
    channel = {"$ref": f"#/channels/{topic}"}
    return {name: {"action": action, "channel": channel, "summary": summary}}


def mcp_tools() -> Document:
    """The tools of the MCP server as `tools/list` describes them."""
    from todo.assistant.server import DESCRIBED

    tools = DESCRIBED.values()
    return {"tools": [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in tools]}
