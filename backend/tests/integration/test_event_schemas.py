"""What the product emits fits the schemas that it publishes (specs/contracts)."""

import json
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from tests.harness.system import Person, System, eventually
from tests.integration.test_tools import Assistant
from todo.contracts.events import EVENTS
from todo.domain.events import ProjectChange, TaskChange, Topic
from todo.reminders.firing import fire_all_due
from todo.runtime import clock

PLAIN: dict[str, Any] = {
    "description": "from the list",
    "priority": 1,
    "tags": ["home"],
    "reminders": ["PT1H"],
}


async def emitted(system: System) -> list[tuple[Topic, dict[str, Any]]]:
    rows = await system.fetch("SELECT topic, envelope FROM outbox ORDER BY id")
    return [(Topic(row["topic"]), json.loads(row["envelope"])) for row in rows]


def types_of(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema()["properties"]["type"]
    return list(schema.get("enum", [schema.get("const")]))


def schema_of(topic: Topic, event: dict[str, Any]) -> type[BaseModel]:
    """The model of an event: that whose type it has."""
    (model,) = (model for model in EVENTS[topic] if event["type"] in types_of(model))
    return model


async def use_everything(system: System, ann: Person) -> None:
    """Each way in which an event is made."""
    weekly = await ann.add(due_date="2027-01-04T09:00:00Z", recurrence="weekly", **PLAIN)
    await ann.add("all day", due_date="2027-01-04", start_date="2027-01-02")
    await ann.http.patch(f"/api/tasks/{weekly['id']}", json={"title": "renamed"})
    await ann.do(weekly, "postpone", due_date="2027-01-05T09:00:00Z")
    await ann.do(weekly, "complete")
    await eventually(lambda: ann.tasks(status="open"))  # the successor
    await ann.do(weekly, "reopen")
    await ann.do(weekly, "skip")
    await ann.http.delete(f"/api/tasks/{weekly['id']}")
    await ann.do(weekly, "restore")
    await Assistant(system, ann).add("by an assistant")
    for name in ("Home", "Work"):
        made = (await ann.http.post("/api/projects", json={"name": name})).json()
    await ann.http.patch(f"/api/projects/{made['id']}", json={"icon": None, "colour": "red"})
    await ann.http.post("/api/projects/order", json={"ids": [made["id"]]})
    await ann.http.delete(f"/api/projects/{made['id']}")
    token = (await ann.http.post("/api/tokens", json={"name": "script"})).json()
    await ann.http.delete(f"/api/tokens/{token['id']}")


async def ring(system: System, ann: Person) -> None:
    """A digest of ten late reminders, and one in time."""
    soon = clock.now() + timedelta(milliseconds=400)
    await ann.add("rings", due_date=soon.isoformat(), reminders=["PT0S"])
    for number in range(10):
        await ann.add(f"late {number}", reminders=[])
    await system.context.db.pool.execute(
        """INSERT INTO reminder (user_id, task_id, spec, remind_at)
           SELECT user_id, id, 'PT0S', $1 FROM task WHERE title LIKE 'late %'""",
        clock.now() - timedelta(hours=1),
    )
    await fire_all_due(system.context)


async def test_every_event_that_the_product_emits_fits_its_schema(system: System) -> None:
    async with system.person() as ann:
        await use_everything(system, ann)
        await ring(system, ann)
        await eventually(
            lambda: ann.get("/api/notifications"), lambda seen: len(seen["items"]) == 2
        )
        events = await emitted(system)
    for topic, event in events:
        # A field that the schema does not have is a fault too.
        schema_of(topic, event).model_validate(event, extra="forbid")
    assert {(topic, event["type"]) for topic, event in events} == {
        (topic, type_)
        for topic, models in EVENTS.items()
        for model in models
        for type_ in types_of(model)
    }
    changes = {event["data"]["event_type"] for _, event in events if "event_type" in event["data"]}
    assert changes >= {*TaskChange, *ProjectChange}
    assert any(event["data"].get("items") for _, event in events), "one is a digest"
