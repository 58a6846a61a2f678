"""A new tzdata: open tasks keep their time on the wall clock, and their reminders move with them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.harness.system import Person, System, eventually
from tests.integration.test_projects import LOCK, waiting_for
from todo.domain.zone_rules import rules_of
from todo.runtime import clock
from todo.tasks.zone_changes import _differ, move_tasks

ZONE = "Pacific/Norfolk"  # used by no other test


def in_days(days: int) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%dT09:00:00}"


async def old_rules_an_hour_ahead(system: System, zone: str = ZONE, hours: int = 1) -> None:
    """As if the offset of the zone had been an hour greater when the tasks were made."""
    await system.context.db.pool.execute(
        """UPDATE zone_rules SET rules = (
               SELECT jsonb_agg(jsonb_build_array(rule->0, (rule->1)::int + 3600 * $2::int))
               FROM jsonb_array_elements(rules) rule) WHERE timezone = $1""",
        zone,
        hours,
    )
    # The start of a series is a time on the wall clock.
    await system.context.db.pool.execute(
        "UPDATE task SET anchor = anchor + interval '1 hour' WHERE timezone = $1 AND NOT all_day",
        zone,
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


async def test_a_successor_that_only_the_system_moved_goes_when_its_predecessor_is_reopened(
    system: System,
) -> None:
    database = system.context.db
    values: dict[str, Any] = {
        "due_date": in_days(30),
        "recurrence": "weekly",
        "timezone": "Pacific/Noumea",
    }
    async with system.person() as ann:
        first = await ann.add("weekly", **values)
        edited = await ann.add("edited", **values)
        await move_tasks(database, clock.now())
        for task in (first, edited):
            await ann.do(task, "complete")
        following = await eventually(ann.tasks, lambda found: len(found) == 2)
        mine = next(task for task in following if task["title"] == "edited")
        await ann.http.patch(f"/api/tasks/{mine['id']}", json={"priority": 1})
        await old_rules_an_hour_ahead(system, "Pacific/Noumea")
        assert await move_tasks(database, clock.now()) == 2

        for task in (first, edited):
            await ann.do(task, "reopen")

        left = sorted((task["title"], task["occurrence"]) for task in await ann.tasks())
        assert left == [("edited", 1), ("edited", 2), ("weekly", 1)]


async def test_all_day_tasks_keep_their_dates_and_ring_at_nine_by_the_new_rules(
    system: System,
) -> None:
    database, zone = system.context.db, "Australia/Eucla"
    async with system.person(timezone=zone) as ann:
        values: dict[str, Any] = {"due_date": in_days(30)[:10], "reminders": ["PT0S"]}
        once, daily = await ann.add(**values), await ann.add(**values, recurrence="daily")
        # By rules that are an hour behind, all of it was an hour later.
        await move_tasks(database, clock.now())
        await old_rules_an_hour_ahead(system, zone, -1)
        hour = "interval '1 hour'"
        for statement in (
            f"UPDATE task SET due_date = due_date + {hour}, slot = slot + {hour} WHERE user_id = $1",
            f"UPDATE task_occurrence SET due_date = due_date + {hour} WHERE user_id = $1",
            f"UPDATE reminder SET due_date = due_date + {hour}, remind_at = remind_at + {hour} WHERE user_id = $1",
        ):
            await database.pool.execute(statement, ann.id)

        await move_tasks(database, clock.now())

        assert {task["due_date"] for task in await ann.tasks()} == {values["due_date"]}
        nine = datetime.fromisoformat(f"{values['due_date']}T09:00").replace(tzinfo=ZoneInfo(zone))
        planned = await system.fetch(
            "SELECT remind_at FROM reminder WHERE user_id = $1 AND state = 'planned'", ann.id
        )
        assert [row["remind_at"] for row in planned] == [nine, nine]
        following = (await ann.do(daily, "complete"))["next_due_date"]
        assert following == in_days(31)[:10]
        past = await ann.get(f"/api/tasks/{daily['id']}/occurrences")
        assert [row["due_date"] for row in past["items"]][-1] == values["due_date"]
        assert (await ann.get(f"/api/tasks/{once['id']}"))["version"] == 1


def test_a_clock_that_is_set_back_is_no_change_of_the_rules() -> None:
    now, year = clock.now(), timedelta(days=365)
    known, earlier = (
        rules_of("Europe/Berlin", start, now + year) for start in (now, now - timedelta(hours=1))
    )
    assert not _differ(known, earlier, now + year)
    assert _differ([[at, offset + 3600] for at, offset in known], earlier, now + year)


async def test_the_tasks_of_a_zone_are_locked_in_the_order_of_their_ids(system: System) -> None:
    database = system.context.db
    async with system.person() as ann:
        zone = "Pacific/Chatham"  # used by no other test
        first, second = [
            await ann.add(title, due_date=in_days(30), timezone=zone) for title in "ab"
        ]
        await move_tasks(database, clock.now())
        await old_rules_an_hour_ahead(system, zone)
        # Its row is now behind the other one.
        await ann.http.patch(f"/api/tasks/{first['id']}", json={"title": "c"})
        async with waiting_for(system, first, move_tasks(database, clock.now())) as connection:
            await connection.execute(LOCK, second["id"])
