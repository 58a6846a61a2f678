"""P10 and P11: how late reminders are, at random moments and ten thousand at once."""

import asyncio
import json
from typing import Any

from bench.subject import Subject

ODD_MOMENTS = 200
STORM = 10_000

_PLAN = """
    WITH t AS (INSERT INTO task (user_id, title, due_date)
               SELECT $1, 'ring ' || n, now() + interval '1 day' FROM generate_series(1, $2::int) n
               RETURNING id, due_date)
    INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
    SELECT $1, id, 'PT1H', due_date, {when} FROM t
"""
_LATE = """
    SELECT json_build_object('sent', count(*), 'p50', percentile_cont(0.5) WITHIN GROUP (ORDER BY late),
        'p99', percentile_cont(0.99) WITHIN GROUP (ORDER BY late), 'max', max(late))
    FROM (SELECT extract(epoch FROM d.sent_at - r.remind_at) * 1000 AS late FROM delivery d
          JOIN reminder r ON r.id = d.reminder_id WHERE d.user_id = $1 AND d.channel = 'in-app') s
"""


async def lateness(subject: Subject) -> Any:
    """Reminders at random moments of the next 20 seconds, until all are sent."""
    person = await subject.sign_up()
    when = "clock_timestamp() + interval '1 second' + random() * interval '20 seconds'"
    await subject.execute(_PLAN.format(when=when), person.id, ODD_MOMENTS)
    await subject.execute("NOTIFY reminders")
    return await _until_sent(subject, person.id, ODD_MOMENTS)


async def storm(subject: Subject) -> Any:
    person = await subject.sign_up()
    await subject.execute(
        _PLAN.format(when="date_trunc('second', clock_timestamp()) + interval '4 seconds'"),
        person.id,
        STORM,
    )
    await subject.execute("NOTIFY reminders")
    found = await _until_sent(subject, person.id, STORM)
    twice = await subject.value(
        """SELECT count(*) FROM (SELECT FROM delivery WHERE user_id = $1
           GROUP BY reminder_id, channel HAVING count(*) > 1) s""",
        person.id,
    )
    return {**found, "twice": twice}


async def _until_sent(subject: Subject, user_id: str, number: int) -> dict[str, Any]:
    for _ in range(600):
        found = json.loads(await subject.value(_LATE, user_id))
        if found["sent"] >= number:
            return {k: round(v, 1) for k, v in found.items()}
        await asyncio.sleep(0.2)
    raise RuntimeError(f"only {found['sent']} of {number} reminders were sent within two minutes")
