"""Check the database inside the cluster after a storm, by SQL only. Prints one line of JSON.

python invariants.py EMAIL     waits up to 60 s until all events of that user are handled
"""

import asyncio
import json
import os
import sys
import time

import asyncpg

SUCCESSORS = """
SELECT count(*) FILTER (WHERE made <> 1) AS wrong, coalesce(sum(made), 0) AS made, count(*) AS completed
FROM (SELECT t.id, (SELECT count(*) FROM task n
                    WHERE n.series_id = t.series_id AND n.occurrence = t.occurrence + 1) AS made
      FROM task t JOIN account a ON a.id = t.user_id WHERE a.email = $1 AND t.completed) per_task
"""
# The outbox keeps published rows. Each task event and reminder in it has one audit row, unique by event id.
AUDIT = """
SELECT count(*) FROM outbox o JOIN account a ON a.id = o.key
WHERE a.email = $1 AND o.topic IN ('task-events', 'reminders')
  AND NOT EXISTS (SELECT 1 FROM audit_log l WHERE l.event_id = o.event_id)
"""


async def main() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    began = time.monotonic()
    while True:
        (row,) = await connection.fetch(SUCCESSORS, sys.argv[1])
        seen = {
            "completed": row["completed"],
            "successors": int(row["made"]),
            "without_exactly_one_successor": row["wrong"],
            "events_without_audit_row": await connection.fetchval(AUDIT, sys.argv[1]),
            "unpublished": await connection.fetchval(
                "SELECT count(*) FROM outbox WHERE published_at IS NULL"
            ),
        }
        at_rest = not (
            seen["without_exactly_one_successor"]
            or seen["events_without_audit_row"]
            or seen["unpublished"]
        )
        if at_rest or time.monotonic() - began > 60:
            break
        await asyncio.sleep(0.5)
    seen["seconds_to_rest"] = round(time.monotonic() - began, 1)
    print(json.dumps(seen))


asyncio.run(main())
