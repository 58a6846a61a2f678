"""Dead letters that the broker delivers without a consumer and a reason: which consumers they belong to."""

import base64
import json
from uuid import uuid4

import pytest

from tests.harness.probe import an_event
from tests.harness.system import System
from todo.domain.events import Topic
from todo.runtime.dapr.subscriptions import DeadLetterReader, SidecarSubscription
from todo.runtime.envelope import encode
from todo.runtime.events import replay
from todo.runtime.events.dead_letters import event_id_of
from todo.runtime.retention import prune_once
from todo.services import AUDIT, BACKEND, RETENTION

[TASK_EVENTS] = [dead for dead in BACKEND.dead_letters if dead.topic == Topic.TASK_EVENTS]


async def consumers_of_a_letter_about(system: System, fate: str) -> set[str]:
    event_id = uuid4()
    data = {"version": "1.0", "task_id": 1, "user_id": "ann", "task_data": {"fate": fate}}
    wire = encode(an_event("ann", id=event_id, data=data))
    # The form in which daprd delivers a raw payload.
    body = json.dumps({"data_base64": base64.b64encode(wire).decode()}).encode()
    await DeadLetterReader(system.context, TASK_EVENTS).single(body)
    rows = await system.fetch(
        "DELETE FROM dead_letter WHERE event_id = $1 RETURNING consumer", str(event_id)
    )
    return {row["consumer"] for row in rows}


async def test_a_dead_letter_belongs_to_the_consumers_that_still_have_to_handle_it(
    system: System,
) -> None:
    assert await consumers_of_a_letter_about(system, "open") == {"todo-audit"}
    assert await consumers_of_a_letter_about(system, "done") == {
        "todo-audit",
        "todo-recurring-task",
    }


_STRANGE = {
    "an id with NUL": '{"specversion":"1.0","id":"a\\u0000b","type":"x","data":{}}',
    "a very long id": json.dumps({"specversion": "1.0", "id": "long" * 5000, "data": {}}),
    "an id that is a number": '{"specversion":"1.0","id":7,"data":{}}',
    "nested without end": '{"id":' + "[" * 5000 + "]" * 5000 + "}",
    "half of a surrogate": '{"specversion":"1.0","id":"\\ud800","data":{"a":"\\ud800"}}',
    "nothing": "",
}


@pytest.mark.parametrize("wire", _STRANGE.values(), ids=_STRANGE)
async def test_any_malformed_record_becomes_a_dead_letter_and_blocks_nothing(
    system: System, wire: str
) -> None:
    on = next(on for on in AUDIT.on if on.topic == Topic.TASK_EVENTS)
    consumer = SidecarSubscription(system.context, "todo-audit", on)
    letter = "SELECT reason FROM dead_letter WHERE event_id = $1 AND consumer = 'todo-audit'"
    assert await consumer.single(wire.encode()) == {"status": "DROP"}
    assert await system.value(letter, event_id_of(wire))
    await system.fetch("DELETE FROM dead_letter WHERE event_id = $1", event_id_of(wire))
    # The same from the dead-letter topic, for a record that its consumer never answered.
    body = json.dumps({"data_base64": base64.b64encode(wire.encode()).decode()}).encode()
    assert await DeadLetterReader(system.context, TASK_EVENTS).single(body) == {"status": "SUCCESS"}
    assert await system.value(letter, event_id_of(wire))


async def test_a_dead_letter_that_was_handled_later_stays_handled_after_pruning(
    system: System,
) -> None:
    event_id = uuid4()
    await system.fetch(
        """INSERT INTO dead_letter (topic, consumer, event_id, envelope, reason)
           VALUES ('task-events', 'todo-audit', $1, '{}', 'a mistake')""",
        str(event_id),
    )
    await system.fetch(
        """INSERT INTO inbox (consumer, event_id, received_at)
           VALUES ('todo-audit', $1, now() - interval '50 days')""",
        event_id,
    )

    async def listed() -> bool:
        found = await replay.dead_letters(system.context.db)
        return str(event_id) in {letter["event_id"] for letter in found}

    assert not await listed()
    await prune_once(system.context.db, RETENTION)
    inbox = "SELECT count(*) FROM inbox WHERE event_id = $1"
    assert await system.value(inbox, event_id) == 0
    assert not await listed()
