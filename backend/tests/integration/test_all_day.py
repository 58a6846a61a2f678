"""An all-day task is due on a date: the account's zone decides when it is today, and never which date it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.harness.clock import shift
from tests.harness.system import Person, System, eventually
from todo.reminders.firing import fire_all_due
from todo.runtime import clock

CALENDAR = {"Content-Type": "text/calendar"}
BERLIN, NEW_YORK, HONOLULU = "Europe/Berlin", "America/New_York", "Pacific/Honolulu"
AUCKLAND, KIRITIMATI = "Pacific/Auckland", "Pacific/Kiritimati"
FAR_ZONES = (AUCKLAND, KIRITIMATI, HONOLULU, NEW_YORK)


def at_utc(monkeypatch: pytest.MonkeyPatch, hour: int, minute: int = 30) -> datetime:
    """Move the clocks forward to the next such time of the day; returns the time."""
    seen = clock.now()
    wanted = seen.replace(hour=hour, minute=minute, second=0, microsecond=0)
    wanted += timedelta(days=wanted <= seen)
    shift(monkeypatch, wanted - datetime.now(UTC))
    return wanted


def today(zone: str, days: int = 0) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=days)


def start(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


async def move_to(ann: Person, zone: str) -> None:
    answer = await ann.http.patch("/api/me", json={"timezone": zone})
    assert answer.status_code == 200, answer.text


async def badges(ann: Person) -> dict[str, int]:
    counts = await ann.get("/api/tasks/counts")
    return {
        name: counts[name]["value"]
        for name in ("overdue", "today", "upcoming")
        if counts[name]["value"]
    }


async def view(ann: Person, name: str, zone: str) -> list[str]:
    """The titles of a list, asked for as the page does."""
    tomorrow = start(today(zone, 1), zone)
    query = {
        "today": {"due_to": (tomorrow - timedelta(seconds=1)).isoformat()},
        "upcoming": {"due_from": tomorrow.isoformat()},
    }[name]
    return [task["title"] for task in await ann.tasks(**query)]


async def planned(system: System, task: dict[str, Any]) -> dict[str, datetime]:
    rows = await system.fetch(
        "SELECT spec, remind_at FROM reminder WHERE task_id = $1 AND state = 'planned'", task["id"]
    )
    return {row["spec"]: row["remind_at"] for row in rows}


# --- views and counts ---------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [2, 11, 12, 23])
async def test_two_accounts_in_far_zones_each_have_their_own_today(
    system: System, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    at_utc(monkeypatch, hour)
    east = (AUCKLAND, KIRITIMATI)[hour % 2]
    async with system.person(timezone=east) as ann, system.person(timezone=HONOLULU) as bob:
        assert today(east) > today(HONOLULU)
        for person, zone in ((ann, east), (bob, HONOLULU)):
            for days in range(-1, 3):
                due = today(zone, days).isoformat()
                assert (await person.add(f"{days}", due_date=due))["due_date"] == due
        for person, zone in ((ann, east), (bob, HONOLULU)):
            assert await badges(person) == {"overdue": 1, "today": 1, "upcoming": 2}
            assert await view(person, "today", zone) == ["-1", "0"]
            assert await view(person, "upcoming", zone) == ["1", "2"]


async def test_an_account_that_moves_from_berlin_to_new_york_sees_todays_task_as_todays(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_utc(monkeypatch, 12)
    async with system.person(timezone=BERLIN) as ann:
        due = [today(BERLIN, days).isoformat() for days in (0, 1)]
        tasks = [await ann.add(day, due_date=day) for day in due]
        await move_to(ann, NEW_YORK)
        assert await badges(ann) == {"today": 1, "upcoming": 1}
        assert await view(ann, "today", NEW_YORK) == [due[0]]
        assert await view(ann, "upcoming", NEW_YORK) == [due[1]]
        seen = [(await ann.get(f"/api/tasks/{task['id']}"))["due_date"] for task in tasks]
        assert seen == due


@pytest.mark.parametrize("zone", FAR_ZONES)
async def test_pages_list_every_task_once_in_the_order_of_the_days_of_the_account(
    system: System, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    at_utc(monkeypatch, 11)
    async with system.person(timezone=zone) as ann:
        expected = []
        for days in (2, 0, 1, -1):
            midnight = start(today(zone, days), zone)
            for hours in (23, 0, 12):
                moment = midnight + timedelta(hours=hours)
                expected.append((moment, 1, await ann.add(due_date=moment.isoformat())))
            for _ in range(2):
                day = today(zone, days).isoformat()
                expected.append((midnight, 0, await ann.add(due_date=day, timezone=BERLIN)))
        for _ in range(2):
            expected.append((datetime.max.replace(tzinfo=UTC), 1, await ann.add()))
        wanted = [task["id"] for *_, task in sorted(expected, key=lambda e: (*e[:2], e[2]["id"]))]
        for status in ("open", "all"):
            for limit in (1, 3, 200):
                listed: list[int] = []
                cursor: dict[str, str] = {}
                while True:
                    page = (
                        await ann.http.get(
                            "/api/tasks", params={"limit": limit, "status": status, **cursor}
                        )
                    ).json()
                    listed += [task["id"] for task in page["items"]]
                    if page["next_cursor"] is None:
                        break
                    cursor = {"cursor": page["next_cursor"]}
                assert listed == wanted


async def test_completed_all_day_tasks_are_found_by_their_date(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_utc(monkeypatch, 12)
    async with system.person(timezone=HONOLULU) as ann:
        for days in range(3):
            day = today(HONOLULU, days).isoformat()
            await ann.do(await ann.add(str(days), due_date=day), "complete")
        bounds = {
            "due_from": start(today(HONOLULU, 1), HONOLULU).isoformat(),
            "due_to": start(today(HONOLULU, 2), HONOLULU).isoformat(),
        }
        assert [t["title"] for t in await ann.tasks(status="completed", **bounds)] == ["1"]


# --- the date stays -----------------------------------------------------------------------------


def many_zones() -> Iterator[str]:
    random = Random(16)
    known = (*FAR_ZONES, BERLIN, "Asia/Kathmandu", "Africa/Cairo", "America/St_Johns", "UTC")
    while True:
        yield random.choice(known)


async def test_no_move_of_the_account_changes_the_date_of_an_all_day_task(system: System) -> None:
    random, zones = Random(2026), many_zones()
    async with system.person() as ann:
        dates: dict[int, str] = {}
        for number in range(30):
            due = (date(2055, 1, 1) + timedelta(days=random.randrange(700))).isoformat()
            more: dict[str, Any] = {"recurrence": "daily"} if number % 3 == 0 else {}
            if number % 5 == 0:
                more["timezone"] = next(zones)
            dates[(await ann.add(due_date=due, **more))["id"]] = due
        for turn, zone in zip(range(15), zones, strict=False):
            await move_to(ann, zone)
            touched = random.choice(list(dates))
            path = f"/api/tasks/{touched}"
            await ann.http.patch(path, json={"title": f"turn {turn}", "timezone": next(zones)})
            await ann.http.delete(path)
            await ann.do({"id": touched}, "restore")
            assert {task["id"]: task["due_date"] for task in await ann.tasks(limit=200)} == dates
        following = {
            task_id: (await ann.do({"id": task_id}, "complete"))["next_due_date"]
            for task_id in list(dates)[::3]
        }
        assert following == {
            task_id: (date.fromisoformat(dates[task_id]) + timedelta(days=1)).isoformat()
            for task_id in following
        }


async def test_events_history_export_and_occurrences_have_the_date(system: System) -> None:
    async with system.person(timezone=HONOLULU) as ann, system.window(ann) as window:
        task = await ann.add(due_date="2055-11-30", recurrence="daily")
        path = f"/api/tasks/{task['id']}"
        heard = await window.hears(lambda message: message.get("task_id") == task["id"])
        assert (heard["task"]["due_date"], heard["task"]["all_day"]) == ("2055-11-30", True)
        await ann.http.patch(path, json={"due_date": "2055-12-01"})
        await ann.http.patch(path, json={"due_date": "2055-12-02T09:00", "all_day": False})
        await ann.http.patch(path, json={"due_date": "2055-12-02", "all_day": True})
        await move_to(ann, AUCKLAND)
        # No change of the task: it has no history.
        await ann.http.patch(path, json={"timezone": AUCKLAND, "title": "moved"})

        async def moves() -> list[Any]:
            items = (await ann.get(f"{path}/history"))["items"]
            return [item["changes"].get("due_date") for item in reversed(items)]

        assert await eventually(moves, lambda seen: len(seen) == 5) == [
            None,
            ["2055-11-30", "2055-12-01"],
            ["2055-12-01", "2055-12-02T19:00:00Z"],
            ["2055-12-02T19:00:00Z", "2055-12-02"],
            None,
        ]
        [exported] = (await ann.get("/api/export"))["tasks"]
        assert exported["due_date"] == "2055-12-02"
        dates = await ann.get(f"{path}/next-dates?count=2")
        assert [each["due_date"] for each in dates["occurrences"]] == ["2055-12-03", "2055-12-04"]
        assert [each["note"] for each in dates["occurrences"]] == [None, None]
        past = await ann.get(f"{path}/occurrences")
        assert [each["due_date"] for each in past["items"]] == ["2055-12-02"]


async def test_dates_have_no_notes_about_clocks_also_where_midnight_is_skipped(
    system: System,
) -> None:
    async with system.person(timezone="Africa/Cairo") as ann:
        # Clocks in Cairo skip the hour after midnight on the last Friday of April.
        wanted = {"due_date": "2027-04-29", "recurrence": "daily", "count": 3}
        preview = (await ann.http.post("/api/recurrence/preview", json=wanted)).json()
        assert preview["occurrences"] == [
            {"due_date": f"2027-04-{day}", "note": None} for day in ("29", "30")
        ] + [{"due_date": "2027-05-01", "note": None}]
        short = {"due_date": "2027-01-31", "recurrence": "monthly", "count": 2}
        preview = (await ann.http.post("/api/recurrence/preview", json=short)).json()
        assert preview["occurrences"][1] == {
            "due_date": "2027-02-28", "note": "28 Feb: February has no 31st",
        }  # fmt: skip
        parsed = (await ann.http.post("/api/tasks/parse", json={"text": "Rent 2027-04-30"})).json()
        assert (parsed["task"]["due_date"], parsed["task"]["all_day"]) == ("2027-04-30", True)


@pytest.mark.parametrize("zone", FAR_ZONES)
async def test_a_successor_counts_from_the_day_on_which_the_account_completed_it(
    system: System, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    at_utc(monkeypatch, 4)
    async with system.person(timezone=BERLIN) as ann:
        due = today(zone, -3).isoformat()
        values = {"recurrence": "FREQ=DAILY;INTERVAL=2", "recurrence_mode": "from_completion"}
        task = await ann.add(due_date=due, **values)
        await move_to(ann, zone)
        wanted = today(zone, 2).isoformat()
        assert (await ann.do(task, "complete"))["next_due_date"] == wanted
        [successor] = await eventually(ann.tasks)
        assert successor["due_date"] == wanted
        # Later changes of the closed task do not move its successor, wherever the account is.
        await move_to(ann, HONOLULU if zone != HONOLULU else AUCKLAND)
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"title": "renamed"})
        heard = """SELECT count(*) FROM inbox i JOIN outbox o USING (event_id)
                   WHERE o.key = $1 AND i.consumer = 'todo-recurring-task'"""
        await eventually(lambda: system.value(heard, ann.id), lambda n: n == 2)
        [same] = await ann.tasks()
        assert (same["id"], same["due_date"]) == (successor["id"], wanted)
        assert (await ann.do(task, "reopen"))["due_date"] == due


@pytest.mark.parametrize(
    "edit",
    [
        {"timezone": HONOLULU},
        {"timezone": AUCKLAND},
        {"all_day": False, "due_date": "2027-05-03T09:00"},
        {"all_day": False, "due_date": "2027-05-03T09:00", "timezone": HONOLULU},
    ],
)
async def test_an_edit_of_a_closed_date_leaves_its_successor(
    system: System, edit: dict[str, Any]
) -> None:
    async with system.person(timezone=BERLIN) as ann:
        task = await ann.add(due_date="2027-05-03", recurrence="weekly")
        await ann.do(task, "complete")
        [successor] = await eventually(ann.tasks)
        path = f"/api/tasks/{task['id']}"
        assert (await ann.http.patch(path, json=edit)).status_code == 200
        heard = """SELECT count(*) FROM inbox i JOIN outbox o USING (event_id)
                   WHERE o.key = $1 AND i.consumer = 'todo-recurring-task'"""
        await eventually(lambda: system.value(heard, ann.id), lambda n: n == 2)
        [same] = await ann.tasks()
        assert (same["id"], same["due_date"]) == (successor["id"], "2027-05-10")
        occurrences = (await ann.get(f"{path}/occurrences"))["items"]
        assert [one["status"] for one in occurrences] == ["open", "done"]
        assert occurrences[0]["due_date"] == "2027-05-10"


async def test_an_all_day_task_can_be_postponed_to_today_and_not_to_yesterday(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_utc(monkeypatch, 12)
    async with system.person(timezone=BERLIN) as ann:
        task = await ann.add(due_date=today(BERLIN, -2).isoformat(), recurrence="weekly")
        await move_to(ann, HONOLULU)
        moved = await ann.do(task, "postpone", due_date=today(HONOLULU).isoformat())
        assert moved["due_date"] == today(HONOLULU).isoformat()
        past = {"due_date": today(HONOLULU, -1).isoformat()}
        refused = await ann.http.post(f"/api/tasks/{task['id']}/postpone", json=past)
        assert refused.status_code == 422


async def test_an_instant_for_an_all_day_task_is_on_its_day_in_the_zone_of_the_account(
    system: System,
) -> None:
    instant = {"due_date": "2027-12-01T20:00:00-05:00"}
    async with system.person(timezone=BERLIN) as ann:
        task = await ann.add(due_date="2027-11-01", recurrence="weekly")
        await move_to(ann, NEW_YORK)
        assert (await ann.do(task, "postpone", **instant))["due_date"] == "2027-12-01"
        edited = await ann.http.patch(f"/api/tasks/{task['id']}", json=instant | {"all_day": True})
        assert edited.json()["due_date"] == "2027-12-01"


# --- reminders ----------------------------------------------------------------------------------


async def test_reminders_of_all_day_tasks_ring_in_the_zone_of_the_account_now(
    system: System,
) -> None:
    async with system.person(timezone=BERLIN) as ann:
        wanted = ["P1D", "PT0S", "-PT9H", "2055-11-30T10:00:00Z"]
        task = await ann.add(due_date="2055-11-30", reminders=wanted)
        usual = await ann.add(due_date="2055-11-30")
        timed = await ann.add(due_date="2055-11-30T09:00", reminders=["PT0S"])
        before = await planned(system, timed)
        for zone in (HONOLULU, AUCKLAND, BERLIN, HONOLULU):
            await move_to(ann, zone)
            nine = start(date(2055, 11, 30), zone) + timedelta(hours=9)
            day = timedelta(days=1)
            assert await planned(system, task) == {
                "P1D": nine - day,
                "PT0S": nine,
                "-PT9H": nine + timedelta(hours=9),
                "2055-11-30T10:00:00Z": datetime(2055, 11, 30, 10, tzinfo=UTC),
            }
            assert await planned(system, usual) == {"P1D": nine - day, "PT1H": nine - day / 24}
            assert await planned(system, timed) == before
        later = await ann.add(due_date="2055-11-30", timezone=BERLIN, reminders=["PT0S"])
        assert await planned(system, later) == {"PT0S": nine}


async def test_a_reminder_that_rang_before_the_move_does_not_ring_again_after_it(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_utc(monkeypatch, 4)
    async with system.person(timezone=BERLIN) as ann:
        task = await ann.add(due_date=today(BERLIN).isoformat(), reminders=["PT0S"])
        at_utc(monkeypatch, 10)  # past nine in Berlin, not yet nine in New York
        await fire_all_due(system.context)

        async def bell() -> list[Any]:
            return list((await ann.get("/api/notifications"))["items"])

        assert len(await eventually(bell)) == 1
        await move_to(ann, NEW_YORK)
        assert await planned(system, task) == {}


async def test_a_reminder_whose_new_time_has_passed_rings_once_and_at_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_utc(
        monkeypatch, 4
    )  # in Berlin 9:00 is to come; in Auckland it is the evening of the same day
    async with system.person(timezone=BERLIN) as ann:
        day = today(BERLIN).isoformat()
        wanted = {"reminders": ["PT0S", "-PT2H", "-PT14H"]}
        task = await ann.add("Call Ana", due_date=day, **wanted)
        assert len(await planned(system, task)) == 3
        await move_to(ann, AUCKLAND)
        await fire_all_due(system.context)

        async def bell() -> list[Any]:
            return list((await ann.get("/api/notifications"))["items"])

        [told] = await eventually(bell)
        assert (told["title"], told["late_seconds"]) == ("Call Ana", 0)
        assert list(await planned(system, task)) == ["-PT14H"]
        ledger = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
        assert {row["offset"]: row["reason"] for row in ledger} == {
            "PT0S": "In your new time zone its time had already passed; a later reminder was sent at once.",
            "-PT2H": None,
            "-PT14H": None,
        }


async def test_a_notification_of_an_all_day_task_is_relevant_after_the_account_has_moved(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_utc(monkeypatch, 12)
    async with system.person(timezone=AUCKLAND) as ann:
        task = await ann.add(due_date=today(AUCKLAND, 1).isoformat(), reminders=["P1D"])
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"timezone": BERLIN})
        assert await planned(system, task) != {}
        await system.context.db.pool.execute(
            "UPDATE reminder SET remind_at = now() WHERE task_id = $1 AND state = 'planned'",
            task["id"],
        )
        await fire_all_due(system.context)
        await eventually(lambda: ann.get("/api/notifications"), lambda found: found["items"])


# --- calendar files -----------------------------------------------------------------------------


def a_file(*lines: str) -> str:
    body = ("BEGIN:VTODO", "UID:day", "SUMMARY:a day", *lines, "END:VTODO")
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *body, "END:VCALENDAR", ""))


async def test_a_file_with_a_date_is_the_same_file_after_a_move(system: System) -> None:
    file = a_file("DUE;VALUE=DATE:20551130", "RRULE:FREQ=WEEKLY", "SEQUENCE:1")
    async with system.person(timezone=BERLIN) as ann:
        for zone in (BERLIN, HONOLULU, AUCKLAND):
            await move_to(ann, zone)
            answer = (await ann.http.post("/api/import", content=file, headers=CALENDAR)).json()
            created = int(zone == BERLIN)
            assert (answer["created"], answer["updated"]) == (created, 0), answer
            [task] = await ann.tasks()
            assert (task["due_date"], task["version"]) == ("2055-11-30", 1)


async def test_a_file_that_an_older_version_imported_is_recognised(system: System) -> None:
    file = a_file("DUE;VALUE=DATE:20551130", "SEQUENCE:1")
    async with system.person(timezone=BERLIN) as ann:
        await ann.http.post("/api/import", content=file, headers=CALENDAR)
        await system.context.db.pool.execute(
            """UPDATE imported_todo SET said = said || '{"due_date": "2055-11-29T23:00:00Z",
                   "timezone": "Europe/Berlin"}' WHERE user_id = $1""",
            ann.id,
        )
        await ann.http.patch(
            f"/api/tasks/{(await ann.tasks())[0]['id']}", json={"due_date": "2055-12-24"}
        )
        await move_to(ann, HONOLULU)
        answer = (await ann.http.post("/api/import", content=file, headers=CALENDAR)).json()
        assert (answer["unchanged"], answer["updated"]) == (1, 0)
        assert [task["due_date"] for task in await ann.tasks()] == ["2055-12-24"]


async def test_the_own_feed_read_after_a_move_changes_nothing(system: System) -> None:
    async with system.person(timezone=BERLIN) as ann:
        evening = ["P1D", "-PT11H"]
        await ann.add("day", due_date="2055-03-28", reminders=evening, recurrence="weekly")
        await move_to(ann, NEW_YORK)
        await ann.add("evening", due_date="2055-12-07", reminders=["2055-12-07T20:00:00-05:00"])
        address = (await ann.http.post("/api/calendar")).json()["url"]
        for zone in (NEW_YORK, AUCKLAND, HONOLULU):
            await move_to(ann, zone)
            before = await ann.tasks()
            feed = (await ann.http.get(address)).text
            assert "DUE;VALUE=DATE:20550328" in feed
            answer = (await ann.http.post("/api/import", content=feed, headers=CALENDAR)).json()
            assert (answer["updated"], answer["created"]) == (0, 0), answer
            assert await ann.tasks() == before
