"""Events that come twice, late or in another order change nothing that was right."""

import random
from dataclasses import replace
from uuid import uuid4

from tests.harness.system import System, eventually
from todo.runtime.deliver import SUCCESS, deliver, open_envelope
from todo.services import RECURRING_TASK

CONSUMER = "todo-recurring-task"
(SUBSCRIPTION,) = RECURRING_TASK.on


async def test_whatever_the_order_and_however_often_one_successor_is_made(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00:00Z", recurrence="weekly")
        for _ in range(2):
            await ann.do(task, "complete")
            await ann.do(task, "reopen")
        await ann.do(task, "complete")
        await eventually(ann.tasks)
        rows = await system.fetch(
            "SELECT envelope FROM outbox WHERE key = $1 AND topic = 'task-events' ORDER BY id",
            ann.id,
        )
        known = [open_envelope(row["envelope"]) for row in rows]
        # The same events, and the same facts under ids that the inbox does not know.
        again = known * 2 + [replace(envelope, id=uuid4()) for envelope in known] * 2
        random.Random(5).shuffle(again)
        for envelope in again:
            assert await deliver(system.context.db, CONSUMER, SUBSCRIPTION, [envelope]) == SUCCESS
        assert await deliver(system.context.db, CONSUMER, SUBSCRIPTION, again) == SUCCESS
        occurrences = await system.fetch(
            "SELECT occurrence FROM task WHERE user_id = $1 ORDER BY occurrence", ann.id
        )
        assert [row["occurrence"] for row in occurrences] == [1, 2]


async def test_a_completion_that_is_told_after_it_was_undone_makes_nothing(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2026-11-02T09:00:00Z", recurrence="weekly")
        await ann.do(task, "complete")
        await eventually(ann.tasks)
        await ann.do(task, "reopen")
        [row] = await system.fetch(
            """SELECT envelope FROM outbox WHERE key = $1 AND topic = 'task-events'
               AND envelope LIKE '%task.completed%'""",
            ann.id,
        )
        late = replace(open_envelope(row["envelope"]), id=uuid4())
        assert await deliver(system.context.db, CONSUMER, SUBSCRIPTION, [late]) == SUCCESS
        assert [t["id"] for t in await ann.tasks()] == [task["id"]]
