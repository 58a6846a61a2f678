"""Whose a dead letter is, when the broker brings it and nobody has written it down."""

import base64
import json
from uuid import uuid4

from tests.harness.probe import an_event
from tests.harness.system import System
from todo.domain.events import Topic
from todo.runtime.envelope import encode
from todo.runtime.sidecar import Undertaker
from todo.services import BACKEND

[TASK_EVENTS] = [dead for dead in BACKEND.dead_letters if dead.topic == Topic.TASK_EVENTS]


async def consumers_of_a_letter_about(system: System, fate: str) -> set[str]:
    event_id = uuid4()
    data = {"version": "1.0", "task_id": 1, "user_id": "ann", "task_data": {"fate": fate}}
    wire = encode(an_event("ann", id=event_id, data=data))
    # As daprd hands over what it does not read: rawPayload.
    body = json.dumps({"data_base64": base64.b64encode(wire).decode()}).encode()
    await Undertaker(system.context, TASK_EVENTS).single(body)
    rows = await system.fetch(
        "DELETE FROM dead_letter WHERE event_id = $1 RETURNING consumer", str(event_id)
    )
    return {row["consumer"] for row in rows}


async def test_it_belongs_to_those_that_have_not_handled_it_and_had_to(system: System) -> None:
    assert await consumers_of_a_letter_about(system, "open") == {"todo-audit"}
    assert await consumers_of_a_letter_about(system, "done") == {
        "todo-audit",
        "todo-recurring-task",
    }
