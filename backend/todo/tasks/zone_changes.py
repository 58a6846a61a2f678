"""Move open tasks when the rules of their time zone have changed (a new tzdata), and remember the rules.

The wall-clock time of a task stays; its instant, its reminders and its place in the series move. A zone is one
transaction together with its new rules, so a killed run changes nothing and a second run finds nothing to do.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.accounts import queries as accounts
from todo.db.relations import ACCOUNTS
from todo.domain import task_changes as domain
from todo.domain.errors import Invalid
from todo.domain.reminder import ReminderSettings
from todo.domain.task import Task
from todo.domain.zone_rules import Rules, moved, rules_of
from todo.reminders.commands import ring_in_zone
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import Unit
from todo.runtime.observe import log
from todo.tasks import commands
from todo.tasks.store import COLUMNS, task_of

_EVERY_SECONDS = 86_400
_YEARS = timedelta(days=3660)

# Reads the whole table, once a day: an index would cost every write more than that.
_ZONES_IN_USE = f"""
    SELECT timezone FROM task WHERE NOT completed UNION SELECT timezone FROM ({ACCOUNTS}) a ORDER BY timezone
"""
_TASKS = f"""
    SELECT {COLUMNS} FROM task
    WHERE timezone = $1 AND NOT completed AND (due_date >= $2 OR slot >= $2 OR start_date >= $2)
    ORDER BY id FOR UPDATE
"""


async def follow_zone_changes(context: Context) -> None:
    """Background task of todo-backend: look after a start, and once a day."""
    while True:
        try:
            await move_tasks(context.db, context.db.clock.now())
        except UNREACHABLE as error:
            log.warning("the check of time zones waits for the database", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)


async def move_tasks(database: Database, now: datetime) -> int:
    """Compare the rules of each zone in use with those seen last; return how many tasks were moved."""
    zones = await zones_in_use(database.pool)
    return sum([await _follow(database, zone, now) for zone in zones])


async def zones_in_use(connection: asyncpg.Pool) -> list[str]:
    return [row["timezone"] for row in await connection.fetch(_ZONES_IN_USE)]


async def _follow(database: Database, zone: str, now: datetime) -> int:
    try:
        current = rules_of(zone, now, now + _YEARS)
    except Invalid:
        log.warning("this host does not know a time zone that tasks use", zone=zone)
        return 0
    async with database.unit("todo-backend") as unit:
        known = await unit.connection.fetchrow(
            "SELECT rules, seen_at FROM zone_rules WHERE timezone = $1 FOR UPDATE", zone
        )
        count = 0
        if known is not None and _differ(known["rules"], current, known["seen_at"] + _YEARS):
            count = await _move(zone, known["rules"], known["seen_at"] + _YEARS, unit, now)
            log.warning("the rules of a time zone have changed", zone=zone, moved_tasks=count)
        await unit.connection.execute(
            """INSERT INTO zone_rules (timezone, rules, seen_at) VALUES ($1, $2, $3)
               ON CONFLICT (timezone) DO UPDATE SET rules = excluded.rules, seen_at = excluded.seen_at""",
            zone, current, now,
        )  # fmt: skip
    return count


def _differ(known: Rules, current: Rules, until: datetime) -> bool:
    """Compared where both are known: `known` ends at `until`, and past changes do not matter."""
    # A clock that was set back begins before what is known.
    start, end = max(known[0][0], current[0][0]), until.timestamp()

    def changes(rules: Rules) -> list[tuple[int, int]]:
        return [(at, offset) for at, offset in rules if start < at < end]

    def at_start(rules: Rules) -> list[int]:
        return [offset for at, offset in rules if at <= start][-1:]

    return changes(known) != changes(current) or at_start(known) != at_start(current)


async def _move(zone: str, old: Rules, until: datetime, unit: Unit, now: datetime) -> int:
    tasks = [task_of(row) for row in await unit.connection.fetch(_TASKS, zone, now)]
    changed = [(task, after) for task in tasks if (after := _moved(task, old, until, now)) != task]
    settings = await _settings(unit.connection, (task.user_id for task, _ in changed))
    for before, after in changed:
        await commands.save_system_change(before, after, settings[before.user_id], unit, now)
    users = await accounts.users_in(unit.connection, zone)
    await ring_in_zone(zone, users, unit, now)
    return len(changed)


def _moved(task: Task, old: Rules, until: datetime, now: datetime) -> Task:
    return domain.move_by_system(task, lambda moment: moved(moment, task.timezone, old, until), now)


async def _settings(
    connection: PoolConnectionProxy, user_ids: Iterable[str]
) -> dict[str, ReminderSettings]:
    return {
        user_id: await accounts.reminder_settings(connection, user_id) for user_id in {*user_ids}
    }
