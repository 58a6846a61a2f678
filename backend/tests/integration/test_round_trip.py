"""A feed that is imported into an empty account gives the same feed again, so no field of a task is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.system import Person, System, eventually
from todo.runtime import clock

CALENDAR = {"Content-Type": "text/calendar"}
YEAR = clock.now().year + 1
ODD = 'a;b, c\\n C:\\New\n\n"öl" – 漢字 🎉 : ; =20 \u2028 end \n'
# Not compared as fields: ids and times of the account, the defaults, which become the task's own reminders, and
# the text of a rule, whose words are compared instead.
OWN = {
    "id",
    "uid",
    "series_id",
    "occurrence",
    "created_at",
    "updated_at",
    "version",
    "reminders",
    "recurrence",
    "project_id",
    "position",
}


def on(text: str) -> str:
    return f"{YEAR}-{text}"


KINDS: dict[str, dict[str, Any]] = {
    "only a title": {},
    "a description with odd characters": {"title": " x; y, \\z ", "description": ODD},
    "tags and a priority": {"tags": ["home", "a,b", "c\\d;e", "Ünï"], "priority": 3},
    "timed in a zone with summer time": {
        "due_date": on("07-01T09:00"),
        "reminders": ["P1D", "PT1H30M"],
    },
    "timed in UTC": {"due_date": on("07-01T09:00"), "timezone": "Etc/UTC"},
    "in the second of two equal hours": {"due_date": "2027-10-31T01:30:00Z"},
    "in a zone of half an hour": {"due_date": on("04-04T02:00"), "timezone": "Australia/Lord_Howe"},
    "fixed reminders": {
        "due_date": on("07-01T09:00Z"),
        "reminders": [on("06-30T18:00:00Z"), on("07-01T09:00:00Z"), "PT60S", "PT1M"],
    },
    "a fixed reminder without a due date": {"reminders": [on("06-30T18:00:00Z")]},
    "no reminders": {"due_date": on("07-01T09:00"), "reminders": []},
    "an evening of an all-day task": {
        "due_date": on("03-28"),
        "reminders": ["-PT9H", "P1D", "PT0S"],
    },
    "the last day of the month": {"due_date": on("01-31T09:00"), "recurrence": "monthly"},
    "months without the day left out": {
        "due_date": on("01-31"),
        "recurrence": "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=OMIT",
    },
    "from completion": {
        "due_date": on("02-01T09:00"),
        "recurrence": "FREQ=DAILY;INTERVAL=3",
        "recurrence_mode": "from_completion",
    },
    "missed dates are skipped": {
        "due_date": on("02-01"),
        "recurrence": "FREQ=WEEKLY;BYDAY=MO,TH",
        "recurrence_mode": "skip_missed",
        "reminders": ["-PT9H"],
    },
    "until a moment": {
        "due_date": on("02-01T09:00"),
        "recurrence": f"FREQ=WEEKLY;UNTIL={YEAR}0701T070000Z",
    },
    "until a day": {"due_date": on("02-01"), "recurrence": f"FREQ=DAILY;UNTIL={YEAR}0301"},
    "a timed start": {"due_date": on("07-09T17:00"), "start_date": on("07-05T08:00")},
    "a whole-day start": {"due_date": on("07-09"), "start_date": on("07-05")},
    "only a start": {"start_date": on("07-05")},
    "only a timed start": {"start_date": on("07-05T08:00")},
    "starts when it is due": {"due_date": on("07-09"), "start_date": on("07-09")},
    "a weekly start": {
        "due_date": on("07-09T17:00"),
        "start_date": on("07-05T08:00"),
        "recurrence": "FREQ=WEEKLY;BYDAY=TU,FR",
    },
    "a start in another month": {
        "due_date": on("07-02"),
        "start_date": on("06-28"),
        "recurrence": "FREQ=MONTHLY;BYDAY=1FR",
    },
    "a daily start until a day": {
        "due_date": on("07-09"),
        "start_date": on("07-08"),
        "recurrence": f"FREQ=DAILY;UNTIL={YEAR}0801;INTERVAL=2",
    },
}


async def feed_of(person: Person) -> bytes:
    url = (await person.http.post("/api/calendar")).json()["url"]
    answer = await person.http.get(url[url.index("/api/") :])
    assert answer.status_code == 200, answer.text
    return answer.content


async def there_and_back(system: System, ann: Person, **account: Any) -> tuple[bytes, list[Any]]:
    """Import Ann's feed into an empty account, and compare the two."""
    feed = await feed_of(ann)
    async with system.person(**account) as bob:
        answer = await bob.http.post("/api/import", content=feed, headers=CALENDAR)
        result = answer.json()
        assert answer.status_code == 200, answer.text
        assert (result["unsupported"], result["updated"]) == ([], 0)
        assert (await feed_of(bob)).decode().split("\r\n") == feed.decode().split("\r\n")
        assert await feed_of(bob) == feed
        theirs = await bob.tasks(sleeping=True)
        # The same file again changes nothing.
        again = (await bob.http.post("/api/import", content=feed, headers=CALENDAR)).json()
        assert (again["created"], again["updated"]) == (0, 0)
    return feed, theirs


def carried(tasks: list[Any]) -> list[Any]:
    return [{name: value for name, value in task.items() if name not in OWN} for task in tasks]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_feed_comes_back_equal(system: System, kind: str) -> None:
    fields = {"title": kind, **KINDS[kind]}
    async with system.person() as ann:
        await ann.add(**fields)
        ours = await ann.tasks(sleeping=True)
        # A whole day is the same date in every zone, but its reminders ring in that of the account.
        whole_day = len(fields.get("due_date", "")) == len("2026-11-30")
        account = {} if whole_day else {"timezone": "America/New_York"}
        _, theirs = await there_and_back(system, ann, **account)
    if kind != "timed in UTC":  # by another name
        assert carried(theirs) == carried(ours)
    if fields.get("reminders") and "PT60S" not in fields["reminders"]:
        assert theirs[0]["reminders"] == ours[0]["reminders"]


async def test_a_postponed_occurrence_comes_back_with_the_dates_of_its_series(
    system: System,
) -> None:
    for due, later in ((on("07-09T17:00"), on("07-11T08:30")), (on("07-31"), on("08-03"))):
        async with system.person() as ann:
            task = await ann.add("walk", due_date=due, recurrence="monthly")
            await ann.do(task, "postpone", due_date=later)
            ours = await ann.get(f"/api/tasks/{task['id']}/next-dates")
            feed = await feed_of(ann)
            async with system.person() as bob:
                await there_and_back(system, ann)
                await bob.http.post("/api/import", content=feed, headers=CALENDAR)
                [copy] = await bob.tasks()
                assert await bob.get(f"/api/tasks/{copy['id']}/next-dates") == ours


def _other_than(task_id: int) -> Callable[[list[Any]], bool]:
    return lambda found: bool(found) and found[0]["id"] != task_id


async def test_a_series_comes_back_after_completed_and_skipped_occurrences(system: System) -> None:
    first = f"{clock.now() - timedelta(days=3):%Y-%m-%dT09:00}"
    async with system.person() as ann:
        task = await ann.add("pills", due_date=first, recurrence="FREQ=DAILY;COUNT=9")
        for action in ("complete", "skip", "complete"):
            await ann.do(task, action)
            [task] = await eventually(ann.tasks, _other_than(task["id"]))
        await ann.do(task, "postpone", due_date=f"{clock.now() + timedelta(days=1):%Y-%m-%dT11:00}")
        feed, [copy] = await there_and_back(system, ann)
        assert copy["recurrence"] == "FREQ=DAILY;COUNT=6"
        assert b"COUNT=6" in feed


async def test_a_series_with_closed_and_moved_dates_of_another_program_comes_back(
    system: System,
) -> None:
    def todo(*lines: str) -> str:
        return "\r\n".join(("BEGIN:VTODO", "UID:theirs, 1", "SUMMARY:bins", *lines, "END:VTODO"))

    file = "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            todo(
                f"DTSTART:{YEAR}0301T080000Z",
                f"DUE:{YEAR}0301T090000Z",
                "RRULE:FREQ=DAILY;COUNT=9",
                f"EXDATE:{YEAR}0302T080000Z",
                "SEQUENCE:7",
                f"LAST-MODIFIED:{YEAR - 2}0102T030405Z",
            ),
            todo(
                f"RECURRENCE-ID:{YEAR}0301T080000Z",
                "STATUS:COMPLETED",
                f"COMPLETED:{YEAR - 2}0101T000000Z",
            ),
            todo(f"RECURRENCE-ID:{YEAR}0303T080000Z", f"DUE:{YEAR}0303T170000Z"),
            "END:VCALENDAR",
            "",
        )
    )
    async with system.person() as ann:
        result = await ann.http.post("/api/import", content=file.encode(), headers=CALENDAR)
        assert result.json()["unsupported"] == []
        feed, [copy] = await there_and_back(system, ann)
        assert copy["due_date"] == f"{YEAR}-03-03T17:00:00Z"
        assert copy["start_date"] == f"{YEAR}-03-03T16:00:00Z"
        assert b"SEQUENCE:7" in feed


async def test_the_projects_of_a_feed_are_created_once_and_take_their_tasks(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        names = ["Work", "a;b, c\\n: “d” 漢字"]
        ids = [
            (await ann.http.post("/api/projects", json={"name": name})).json()["id"]
            for name in names
        ]
        for number, project_id in enumerate((*ids, *ids, None)):
            await ann.add(f"t{number}", project_id=project_id)
        await there_and_back(system, ann)
        work = (await bob.http.post("/api/projects", json={"name": "WORK"})).json()["id"]
        feed = (await feed_of(ann)).replace(b"task-", b"other-")
        await bob.http.post("/api/import", content=feed, headers=CALENDAR)
        found = (await bob.get("/api/projects"))["items"]
        assert [(one["name"], one["open"]["value"]) for one in found] == [
            ("WORK", 2),
            (names[1], 2),
        ]
        assert [one["title"] for one in await bob.tasks(project=work)] == ["t0", "t2"]
        # What was filed elsewhere in the meantime stays there; the file did not change.
        [first, *_] = await bob.tasks(project=work)
        await bob.http.patch(f"/api/tasks/{first['id']}", json={"project_id": found[1]["id"]})
        await bob.http.post("/api/import", content=feed, headers=CALENDAR)
        assert [one["title"] for one in await bob.tasks(project=work)] == ["t2"]
        exported = await bob.get("/api/export")
        assert [one["name"] for one in exported["projects"]] == ["WORK", names[1]]
        assert {one["project_id"] for one in exported["tasks"]} == {work, found[1]["id"], None}


async def test_a_task_of_an_archived_project_is_imported_into_the_inbox(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        work = (await ann.http.post("/api/projects", json={"name": "Work"})).json()["id"]
        await ann.add("t", project_id=work)
        old = (await bob.http.post("/api/projects", json={"name": "work"})).json()["id"]
        await bob.http.post(f"/api/projects/{old}/archive")
        feed = (await feed_of(ann)).replace(b"task-", b"other-")
        result = (await bob.http.post("/api/import", content=feed, headers=CALENDAR)).json()
        assert [one["property"] for one in result["unsupported"]] == ["X-TODO-PROJECT"]
        assert [one["title"] for one in await bob.tasks(project="inbox")] == ["t"]


async def test_all_kinds_come_back_in_one_file(system: System) -> None:
    async with system.person() as ann:
        for kind, fields in KINDS.items():
            await ann.add(**{"title": kind, **fields})
        await there_and_back(system, ann)


# ── Any task ──────────────────────────────────────────────────────────────────────────────────────────────────

_RULES = (
    *(
        "daily",
        "weekly",
        "monthly",
        "yearly",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE",
        "FREQ=MONTHLY;BYDAY=-1FR",
    ),
    *(
        "FREQ=WEEKLY;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYMONTHDAY=15,30",
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=DAILY;COUNT=5",
    ),
)
_ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "UTC",
    "Asia/Kolkata",
    "America/Santiago",
)
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)


@st.composite
def any_task(draw: st.DrawFn) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": draw(_texts.filter(lambda text: text.strip())),
        "description": draw(st.none() | _texts),
        "tags": draw(
            st.lists(_texts.filter(lambda text: text.strip("# \t\n").strip()), max_size=3)
        ),
        "priority": draw(st.integers(0, 9)),
        "timezone": draw(st.sampled_from(_ZONES)),
    }
    day = draw(st.dates(clock.now().date(), clock.now().date() + timedelta(days=900)))
    start = day - timedelta(days=draw(st.integers(0, 45)))
    timed = draw(st.booleans())
    if draw(st.booleans()):
        fields["due_date"] = f"{day}T{draw(st.integers(0, 23)):02}:30" if timed else f"{day}"
        if draw(st.booleans()):
            fields["recurrence"] = draw(st.sampled_from(_RULES))
            fields["recurrence_mode"] = draw(
                st.sampled_from(("from_due", "skip_missed", "from_completion"))
            )
        fields["reminders"] = draw(
            st.none()
            | st.lists(
                st.sampled_from(("PT0S", "PT15M", "P1D", "P1W", "PT26H", "P2DT3H")), max_size=4
            )
        )
    if draw(st.booleans()):
        early = timed and start < day
        fields["start_date"] = f"{start}T{draw(st.integers(0, 23)):02}:15" if early else f"{start}"
    return fields


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(any_task(), min_size=1, max_size=5))
async def test_any_feed_comes_back_equal(system: System, tasks: list[dict[str, Any]]) -> None:
    async with system.person() as ann:
        for fields in tasks:
            answer = await ann.http.post("/api/tasks", json=fields)
            assert answer.status_code in (201, 422), answer.text
        await there_and_back(system, ann)
