"""Fires reminders when they are due.

A timer sleeps until the next one is due; a poll every two seconds and the five-minute cron run in case it misses
one. Due reminders are locked row by row, and the new state, the event and its outbox row are one transaction. If a
process dies, its transaction is rolled back and another process fires the same reminders, so no lease is needed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from todo.db.relations import ACCOUNTS, TASKS
from todo.domain.events import REMINDER_DUE, SCHEMA_VERSION, Event, Topic, rfc3339
from todo.domain.recurrence import start_of_day
from todo.domain.reminder import DIGEST_FROM, DIGEST_LINE, LATE_AFTER, ReminderState
from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.observe import log
from todo.runtime.sampling import Sample

_BATCH = 500
# Also how soon a jump of the clock is noticed.
_POLL = timedelta(seconds=2)
_SOURCE = "todo-notification"

_NOT_AWAY = f"""EXISTS (
    SELECT FROM ({ACCOUNTS}) a
    WHERE a.id = r.user_id AND (a.away_from <= $1 AND a.away_until > $1) IS NOT TRUE)"""
_CLAIM = f"""
    WITH due AS (
        SELECT r.id FROM reminder r
        WHERE r.state = '{ReminderState.PLANNED}' AND r.remind_at <= $1 AND {_NOT_AWAY}
        ORDER BY r.remind_at LIMIT {_BATCH} FOR UPDATE SKIP LOCKED)
    UPDATE reminder r SET state = '{ReminderState.FIRED}', fired_at = $1 FROM due, ({TASKS}) t, ({ACCOUNTS}) a
    WHERE r.id = due.id AND t.id = r.task_id AND a.id = r.user_id
    RETURNING r.id, r.user_id, r.task_id, r.remind_at, r.spec, t.title, t.due_date, t.due_on, t.all_day,
        t.timezone,
        CASE WHEN r.remind_at >= a.away_from AND r.remind_at < a.away_until THEN a.away_until END AS held_until
"""
_SUPERSEDE = f"""
    UPDATE reminder r SET state = '{ReminderState.SUPERSEDED}', superseded_by = covered.by
    FROM unnest($1::bigint[], $2::bigint[]) AS covered(id, by) WHERE r.id = covered.id AND covered.id <> covered.by
"""
# The first one after $1, by the index alone. A due one is left only if another process has locked it. That
# process may die, so look again soon.
_NEXT = f"""
    SELECT least(
        (SELECT r.remind_at FROM reminder r WHERE r.state = '{ReminderState.PLANNED}' AND r.remind_at > $1
         ORDER BY r.remind_at LIMIT 1),
        (SELECT $1 + interval '1 second' FROM reminder r
         WHERE r.state = '{ReminderState.PLANNED}' AND r.remind_at <= $1 AND {_NOT_AWAY} LIMIT 1))
"""

_OVERDUE = f"""
    SELECT (SELECT count(*) FROM reminder WHERE state = '{ReminderState.PLANNED}'),
           (SELECT extract(epoch FROM clock_timestamp() - min(remind_at)) FROM (
                SELECT r.remind_at FROM reminder r WHERE r.state = '{ReminderState.PLANNED}'
                    AND r.remind_at <= now() AND {_NOT_AWAY.replace("$1", "now()")}
                ORDER BY r.remind_at LIMIT 1) due)
"""
SAMPLES = (Sample(_OVERDUE, (metrics.reminders_planned, metrics.reminders_oldest_due)),)


async def fire_due(database: Database, now: datetime) -> int:
    """Fire one batch of due reminders; return how many."""
    began = database.now()
    async with database.unit(_SOURCE) as unit:
        rows = await unit.connection.fetch(_CLAIM, now)
        now += unit.now() - began  # it may have waited for a connection or a lock
        covered_by: dict[int, int] = {}
        for user_rows in _by_user(rows):
            late = [row for row in user_rows if now - row["remind_at"] > LATE_AFTER]
            on_time = [row for row in user_rows if now - row["remind_at"] <= LATE_AFTER]
            newest = _newest_per_task(late)
            if len(newest) >= DIGEST_FROM:
                covering = dict.fromkeys((row["task_id"] for row in newest), newest[0]["id"])
                unit.emit(_event(newest[0], now, digest=newest))
                newest = []
            else:
                covering = {row["task_id"]: row["id"] for row in newest}
            covered_by |= {row["id"]: covering[row["task_id"]] for row in late}
            unit.emit(*(_event(row, now) for row in (*on_time, *newest)))
        if covered_by:
            await unit.connection.execute(_SUPERSEDE, list(covered_by), list(covered_by.values()))
    metrics.reminders_fired.inc(len(rows))
    return len(rows)


def _by_user(rows: Iterable[asyncpg.Record]) -> Iterable[list[asyncpg.Record]]:
    users: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        users[row["user_id"]].append(row)
    return users.values()


def _newest_per_task(late: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    """After an outage each task is reminded of once."""
    newest: dict[int, asyncpg.Record] = {}
    for row in sorted(late, key=lambda row: (row["remind_at"], row["id"])):
        newest[row["task_id"]] = row
    return list(newest.values())


def _event(row: asyncpg.Record, now: datetime, digest: Sequence[asyncpg.Record] = ()) -> Event:
    # A reminder that was held until its user returned is not late.
    late = int((now - (row["held_until"] or row["remind_at"])).total_seconds())
    data: dict[str, Any] = {
        "version": SCHEMA_VERSION,
        "reminder_id": row["id"],
        "task_id": row["task_id"],
        "title": row["title"],
        "due_at": _due_at(row),
        "all_day": row["all_day"],
        "timezone": row["timezone"],
        "remind_at": rfc3339(row["remind_at"]),
        "user_id": row["user_id"],
        "late_seconds": late if late > LATE_AFTER.total_seconds() else 0,
        # Each with its own task: some may be done before the notification is made.
        "items": [
            {
                "task_id": each["task_id"],
                "due_at": _due_at(each),
                "title": each["title"][:DIGEST_LINE],
            }
            for each in digest
        ],
    }
    return Event(Topic.REMINDERS, REMINDER_DUE, row["user_id"], data)


def _due_at(row: asyncpg.Record) -> str | None:
    """Of an all-day task, the start of its date in the zone of the event."""
    if row["due_on"] is not None:
        return rfc3339(start_of_day(row["due_on"], row["timezone"]))
    return rfc3339(row["due_date"]) if row["due_date"] else None


async def fire_all_due(context: Context) -> None:
    """The cron's job. It runs in every replica; each claims different rows."""
    await _fire_all(context.db)


async def _fire_all(database: Database) -> datetime:
    """Fire until none is due; returns the time of the last look."""
    while await fire_due(database, now := await database.clock.read()):
        continue
    return now


async def next_due(connection: PoolConnectionProxy, now: datetime) -> datetime | None:
    """The time at which the timer has to look again after firing everything due at `now`."""
    following: datetime | None = await connection.fetchval(_NEXT, now)
    return following


async def clock_reminders(context: Context) -> None:
    """Background task of todo-notification: fire each reminder when it is due."""
    woken = asyncio.Event()
    context.db.listen("reminders", woken.set)
    while True:
        woken.clear()
        try:
            now = await _fire_all(context.db)
            async with context.db.reading() as connection:
                following = await next_due(connection, now)
            metrics.round_done("clock_reminders")
        except UNREACHABLE as error:
            log.warning("reminders wait for the database", reason=str(error))
            await asyncio.sleep(1)
            continue
        left = following - context.db.clock.now() if following else _POLL
        wait = min(_POLL, max(left, timedelta()))
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await woken.wait()
        except TimeoutError:
            continue
