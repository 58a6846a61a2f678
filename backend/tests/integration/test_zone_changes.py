"""A new tzdata: open tasks keep their time on the wall clock, and their reminders move with them."""

from datetime import datetime, timedelta
from typing import Any

from tests.harness.system import Person, System, eventually
from todo.domain.zone_rules import rules_of
from todo.runtime import clock
from todo.tasks.zone_changes import _differ, move_tasks

ZONE = "Pacific/Norfolk"  # used by no other test


def in_days(days: int) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%dT09:00:00}"


async def old_rules_an_hour_ahead(system: System) -> None:
    """As if the offset of the zone had been an hour greater when the tasks were made."""
    await system.context.db.pool.execute(
        """UPDATE zone_rules SET rules = (
               SELECT jsonb_agg(jsonb_build_array(rule->0, (rule->1)::int + 3600))
               FROM jsonb_array_elements(rules) rule) WHERE timezone = $1""",
        ZONE,
    )
    # The start of a series is a time on the wall clock.
    await system.context.db.pool.execute(
        "UPDATE task SET anchor = anchor + interval '1 hour' WHERE timezone = $1", ZONE
    )


async def due(ann: Person, task: dict[str, Any]) -> datetime:
    return datetime.fromisoformat((await ann.get(f"/api/tasks/{task['id']}"))["due_date"])


async def test_open_tasks_and_their_reminders_move_with_the_rules_of_their_zone(
    system: System,
) -> None:
    database = system.context.db
    async with system.person() as ann:
        values = {"timezone": ZONE, "reminders": ["PT1H"]}
        once = await ann.add("once", due_date=in_days(30), **values)
        weekly = await ann.add("weekly", due_date=in_days(30), recurrence="weekly", **values)
        past = await ann.add("past", due_date=in_days(-30), **values)
        elsewhere = await ann.add("elsewhere", due_date=in_days(30), timezone="Europe/Berlin")
        tasks = (once, weekly, past, elsewhere)
        before = [await due(ann, task) for task in tasks]
        # The first time, the rules are recorded.
        assert await move_tasks(database, clock.now()) == 0
        await old_rules_an_hour_ahead(system)

        assert await move_tasks(database, clock.now()) == 2

        hour = timedelta(hours=1)
        after = [await due(ann, task) for task in tasks]
        assert after == [before[0] + hour, before[1] + hour, before[2], before[3]]
        planned = await system.fetch(
            "SELECT remind_at FROM reminder WHERE task_id = $1 AND state = 'planned'", once["id"]
        )
        assert [row["remind_at"] for row in planned] == [after[0] - hour]

        async def changes() -> list[dict[str, Any]]:
            return list((await ann.get(f"/api/tasks/{once['id']}/history"))["items"])

        moved, _ = await eventually(changes, lambda entries: len(entries) == 2)
        assert moved["actor"]["kind"] == "system"
        assert "due_date" in moved["changes"]

        await ann.do(weekly, "complete")
        [following] = await eventually(lambda: ann.tasks(q="weekly"), lambda found: len(found) == 1)
        week_later = after[1] + timedelta(weeks=1)
        assert datetime.fromisoformat(following["due_date"]) == week_later

        assert await move_tasks(database, clock.now()) == 0  # each change is followed once


async def test_the_first_clock_changes_of_a_zone_are_followed(system: System) -> None:
    database = system.context.db
    year = clock.now().year + 3
    async with system.person() as ann:
        winter, summer = [
            await ann.add(month, due_date=f"{year}-{month}-15T09:00:00", timezone="America/Denver")
            for month in ("01", "07")
        ]
        before = [await due(ann, winter), await due(ann, summer)]
        await move_tasks(database, clock.now())
        # As if the zone had had no clock changes until the tzdata of now: the offset of today for ever.
        await database.pool.execute(
            """UPDATE zone_rules SET rules = jsonb_build_array(rules->0)
               WHERE timezone = 'America/Denver'"""
        )

        assert await move_tasks(database, clock.now()) == 1

        after = [await due(ann, winter), await due(ann, summer)]
        changes = [abs(new - old) for old, new in zip(before, after, strict=True)]
        assert sorted(changes) == [timedelta(0), timedelta(hours=1)]


def test_a_clock_that_is_set_back_is_no_change_of_the_rules() -> None:
    now, year = clock.now(), timedelta(days=365)
    known, earlier = (
        rules_of("Europe/Berlin", start, now + year) for start in (now, now - timedelta(hours=1))
    )
    assert not _differ(known, earlier, now + year)
    assert _differ([[at, offset + 3600] for at, offset in known], earlier, now + year)
