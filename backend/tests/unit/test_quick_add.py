"""What each phrase means, typed on Tuesday 24 November 2026 at 10:00 in Berlin."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from todo.domain.quick_add import QuickAdd, Span, parse
from todo.domain.recurrence import RecurrenceMode

BERLIN = "Europe/Berlin"
TUESDAY_AT_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo(BERLIN))


def read(text: str, now: datetime = TUESDAY_AT_TEN, timezone: str = BERLIN) -> QuickAdd:
    return parse(text, now=now, timezone=timezone)


def due(task: QuickAdd) -> str | None:
    """As a person reads it: "2026-11-30" for a whole day, "2026-11-30 09:00" for a time."""
    if task.due_date is None:
        return None
    assert task.due_date.tzinfo is UTC
    wall = task.due_date.astimezone(ZoneInfo(task.timezone))
    return f"{wall:%Y-%m-%d}" if task.all_day else f"{wall:%Y-%m-%d %H:%M}"


def understood(task: QuickAdd) -> list[Span]:
    return [span for span in task.spans if span.kind != "unclear"]


DATES = [
    ("gym today", "gym", "2026-11-24"),
    ("gym tomorrow", "gym", "2026-11-25"),
    ("tomorrow buy milk", "buy milk", "2026-11-25"),
    ("TOMORROW buy milk", "buy milk", "2026-11-25"),
    ("buy milk tom", "buy milk", "2026-11-25"),
    ("buy milk tmr", "buy milk", "2026-11-25"),
    ("gym day after tomorrow", "gym", "2026-11-26"),
    ("gym tonight", "gym", "2026-11-24 20:00"),
    ("gym tonight at 8", "gym", "2026-11-24 20:00"),
    ("gym this evening", "gym", "2026-11-24 18:00"),
    ("report friday", "report", "2026-11-27"),
    ("report fri", "report", "2026-11-27"),
    ("report on friday", "report", "2026-11-27"),
    ("report by fri", "report", "2026-11-27"),
    ("report due friday", "report", "2026-11-27"),
    ("report tue", "report", "2026-12-01"),
    ("report this tue", "report", "2026-11-24"),
    ("report this fri", "report", "2026-11-27"),
    ("report next fri", "report", "2026-12-04"),
    ("report next monday", "report", "2026-11-30"),
    ("report on sat", "report", "2026-11-28"),
    ("report in 3 days", "report", "2026-11-27"),
    ("report in two weeks", "report", "2026-12-08"),
    ("report in a month", "report", "2026-12-24"),
    ("report in 3 months", "report", "2027-02-24"),
    ("report 2 weeks from now", "report", "2026-12-08"),
    ("report in 3 hours", "report", "2026-11-24 13:00"),
    ("report in 2h", "report", "2026-11-24 12:00"),
    ("report in 10 min", "report", "2026-11-24 10:10"),
    ("report in half an hour", "report", "2026-11-24 10:30"),
    ("tax 30 nov", "tax", "2026-11-30"),
    ("tax nov 30", "tax", "2026-11-30"),
    ("tax nov 30th", "tax", "2026-11-30"),
    ("tax 30th of november", "tax", "2026-11-30"),
    ("tax 30 nov 2027", "tax", "2027-11-30"),
    ("tax november 30, 2027", "tax", "2027-11-30"),
    ("tax Mon 30 Nov", "tax", "2026-11-30"),
    ("tax on Monday, 30 November 2026", "tax", "2026-11-30"),
    ("tax 24 nov", "tax", "2026-11-24"),
    ("tax 23 nov", "tax", "2027-11-23"),
    ("tax 29 feb", "tax", "2028-02-29"),
    ("tax 5 may", "tax", "2027-05-05"),
    ("tax 2026-11-30", "tax", "2026-11-30"),
    ("tax 2020-01-01", "tax", "2020-01-01"),
    ("tax 30.11.", "tax", "2026-11-30"),
    ("tax 30.11.2027", "tax", "2027-11-30"),
    ("tax 11/30", "tax", "2026-11-30"),
    ("tax 30/11", "tax", "2026-11-30"),
    ("tax 11/30/2027", "tax", "2027-11-30"),
    ("tax end of month", "tax", "2026-11-30"),
    ("tax by the end of next month", "tax", "2026-12-31"),
    ("tax end of the year", "tax", "2026-12-31"),
    ("tax next week", "tax", "2026-11-30"),
    ("tax next month", "tax", "2026-12-01"),
    ("tax next year", "tax", "2027-01-01"),
    ("tax this weekend", "tax", "2026-11-28"),
    ("tax next weekend", "tax", "2026-12-05"),
    ("tax the 30th", "tax", "2026-11-30"),
    ("tax on the 31st", "tax", "2026-12-31"),
    ("tax the 3rd", "tax", "2026-12-03"),
]

TIMES = [
    ("gym 9am", "gym", "2026-11-25 09:00"),
    ("gym 10am", "gym", "2026-11-24 10:00"),
    ("gym 5pm", "gym", "2026-11-24 17:00"),
    ("gym 5 p.m.", "gym", "2026-11-24 17:00"),
    ("gym 9:30", "gym", "2026-11-25 09:30"),
    ("gym 9.30am", "gym", "2026-11-25 09:30"),
    ("gym 17:00", "gym", "2026-11-24 17:00"),
    ("gym at 9", "gym", "2026-11-25 09:00"),
    ("gym at 11", "gym", "2026-11-24 11:00"),
    ("gym at 3", "gym", "2026-11-24 15:00"),
    ("gym at 3:00", "gym", "2026-11-25 03:00"),
    ("gym 9 o'clock", "gym", "2026-11-25 09:00"),
    ("gym noon", "gym", "2026-11-24 12:00"),
    ("gym at midnight", "gym", "2026-11-25 00:00"),
    ("gym today at midnight", "gym", "2026-11-25 00:00"),
    ("gym 12am", "gym", "2026-11-25 00:00"),
    ("gym 12pm", "gym", "2026-11-24 12:00"),
    ("gym 9 in the morning", "gym", "2026-11-25 09:00"),
    ("gym at 8:30 in the evening", "gym", "2026-11-24 20:30"),
    ("gym 10 at night", "gym", "2026-11-24 22:00"),
    ("gym in the evening", "gym", "2026-11-24 18:00"),
    ("gym today at 9am", "gym", "2026-11-24 09:00"),
    ("gym tomorrow 9", "gym", "2026-11-25 09:00"),
    ("gym tomorrow at 9", "gym", "2026-11-25 09:00"),
    ("gym tomorrow morning", "gym", "2026-11-25 09:00"),
    ("gym tomorrow morning at 7", "gym", "2026-11-25 07:00"),
    ("gym monday evening at 6", "gym", "2026-11-30 18:00"),
    ("at 9 call bob", "call bob", "2026-11-25 09:00"),
    ("tomorrow at 9 call bob", "call bob", "2026-11-25 09:00"),
    ("call bob at 11 about rent", "call bob about rent", "2026-11-24 11:00"),
    ("dinner at 7pm with ann on saturday", "dinner with ann", "2026-11-28 19:00"),
    ("brunch sat 10am", "brunch", "2026-11-28 10:00"),
    ("brunch 10am sat", "brunch", "2026-11-28 10:00"),
    ("lunch 2026-11-30 12:30", "lunch", "2026-11-30 12:30"),
    ("lunch 9:00\u202fPM tomorrow", "lunch", "2026-11-25 21:00"),
]


@pytest.mark.parametrize(("text", "title", "when"), DATES + TIMES)
def test_a_date_and_a_time_are_read(text: str, title: str, when: str) -> None:
    task = read(text)
    assert (task.title, due(task), task.recurrence) == (title, when, None)


REPETITIONS = [
    ("run daily", "2026-11-24", "daily"),
    ("run weekly", "2026-11-24", "weekly"),
    ("run monthly", "2026-11-24", "monthly"),
    ("run yearly", "2026-11-24", "yearly"),
    ("run every day", "2026-11-24", "daily"),
    ("run each week", "2026-11-24", "weekly"),
    ("run every month", "2026-11-24", "monthly"),
    ("run every year", "2026-11-24", "yearly"),
    ("run every quarter", "2026-11-24", "FREQ=MONTHLY;INTERVAL=3"),
    ("run fortnightly", "2026-11-24", "FREQ=WEEKLY;INTERVAL=2"),
    ("run every 2 weeks", "2026-11-24", "FREQ=WEEKLY;INTERVAL=2"),
    ("run every three days", "2026-11-24", "FREQ=DAILY;INTERVAL=3"),
    ("run every other day", "2026-11-24", "FREQ=DAILY;INTERVAL=2"),
    ("run every second day", "2026-11-24", "FREQ=DAILY;INTERVAL=2"),
    ("run every 3rd week", "2026-11-24", "FREQ=WEEKLY;INTERVAL=3"),
    ("run every hour", "2026-11-24 11:00", "FREQ=HOURLY"),
    ("run every 2 hours", "2026-11-24 11:00", "FREQ=HOURLY;INTERVAL=2"),
    ("run every 2 hours tomorrow", "2026-11-25 00:00", "FREQ=HOURLY;INTERVAL=2"),
    ("run every 3 hours at 8", "2026-11-25 08:00", "FREQ=HOURLY;INTERVAL=3"),
    ("run every day at 9", "2026-11-25 09:00", "daily"),
    ("run every morning", "2026-11-25 09:00", "daily"),
    ("run every evening at 8", "2026-11-24 20:00", "daily"),
    ("run every monday", "2026-11-30", "FREQ=WEEKLY;BYDAY=MO"),
    ("run every tuesday", "2026-11-24", "FREQ=WEEKLY;BYDAY=TU"),
    ("run every tuesday at 9", "2026-12-01 09:00", "FREQ=WEEKLY;BYDAY=TU"),
    ("run every monday 9:00", "2026-11-30 09:00", "FREQ=WEEKLY;BYDAY=MO"),
    ("run every monday and thursday", "2026-11-26", "FREQ=WEEKLY;BYDAY=MO,TH"),
    ("run every thursday and monday", "2026-11-26", "FREQ=WEEKLY;BYDAY=MO,TH"),
    ("run every mon, wed, fri at 9", "2026-11-25 09:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ("run every sat and sun", "2026-11-28", "FREQ=WEEKLY;BYDAY=SA,SU"),
    ("run every mon-wed", "2026-11-24", "FREQ=WEEKLY;BYDAY=MO,TU,WE"),
    ("run every fri to mon", "2026-11-27", "FREQ=WEEKLY;BYDAY=MO,FR,SA,SU"),
    ("run every other friday", "2026-11-27", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ("run every 2 weeks on mon and thu", "2026-11-26", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"),
    ("run every weekday", "2026-11-24", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("run every workday at 8", "2026-11-25 08:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("run weekdays", "2026-11-24", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("run every weekend", "2026-11-28", "FREQ=WEEKLY;BYDAY=SA,SU"),
    ("run on mondays and fridays at 18", "2026-11-27 18:00", "FREQ=WEEKLY;BYDAY=MO,FR"),
    ("run every month on the last day", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("run last day of every month", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("run on the last day of every month", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("run every last day of the month", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("run every month on the 31st", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=31"),
    ("run monthly on the 31st", "2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=31"),
    ("run every 2 months on the 15th", "2026-12-15", "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15"),
    ("run every 1st and 15th", "2026-12-01", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    ("run the 1st and 15th of every month", "2026-12-01", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    ("run every first day of the month", "2026-12-01", "FREQ=MONTHLY;BYMONTHDAY=1"),
    ("run every first monday", "2026-12-07", "FREQ=MONTHLY;BYDAY=1MO"),
    ("run every first monday of the month", "2026-12-07", "FREQ=MONTHLY;BYDAY=1MO"),
    ("run first monday of every month", "2026-12-07", "FREQ=MONTHLY;BYDAY=1MO"),
    ("run every month on the second tue at 10", "2026-12-08 10:00", "FREQ=MONTHLY;BYDAY=2TU"),
    ("run every last friday", "2026-11-27", "FREQ=MONTHLY;BYDAY=-1FR"),
    ("run every last workday", "2026-11-30", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ("run every year on 29 feb", "2027-02-28", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    ("run every 25 dec", "2026-12-25", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"),
    ("run yearly on may 3", "2027-05-03", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3"),
    ("run every fourth thursday of november", "2026-11-26", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
    ("run every day until 31 dec", "2026-11-24", "FREQ=DAILY;UNTIL=20261231"),
    ("run every friday until next month", "2026-11-27", "FREQ=WEEKLY;UNTIL=20261201;BYDAY=FR"),
    ("run every day for 10 times", "2026-11-24", "FREQ=DAILY;COUNT=10"),
    ("run every day 10 times", "2026-11-24", "FREQ=DAILY;COUNT=10"),
    ("run every day for 2 weeks", "2026-11-24", "FREQ=DAILY;UNTIL=20261207"),
    ("run every day at 8am and 8pm", "2026-11-24 20:00", "FREQ=DAILY;BYHOUR=8,20;BYMINUTE=0"),
    ("run daily at 8:30 and 20:30", "2026-11-24 20:30", "FREQ=DAILY;BYHOUR=8,20;BYMINUTE=30"),
    (
        "run every mon at 8, 12 and 16",
        "2026-11-30 08:00",
        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=8,12,16;BYMINUTE=0",
    ),
    ("run every monday starting 1 dec", "2026-12-07", "FREQ=WEEKLY;BYDAY=MO"),
    ("run every 2 weeks from next friday", "2026-12-04", "FREQ=WEEKLY;INTERVAL=2"),
    ("run daily tomorrow 9am", "2026-11-25 09:00", "daily"),
]


@pytest.mark.parametrize(("text", "when", "recurrence"), REPETITIONS)
def test_a_repetition_starts_with_its_first_occurrence(
    text: str, when: str, recurrence: str
) -> None:
    task = read(text)
    assert (task.title, due(task), task.recurrence) == ("run", when, recurrence)
    assert task.recurrence_mode is RecurrenceMode.FROM_DUE


@pytest.mark.parametrize(
    "text",
    [
        "run every! 3 days",
        "run every 3 days after completion",
        "run every 3 days when done",
        "run every 3 days from completion",
    ],
)
def test_a_repetition_can_count_from_completion(text: str) -> None:
    task = read(text)
    assert (task.title, task.recurrence) == ("run", "FREQ=DAILY;INTERVAL=3")
    assert task.recurrence_mode is RecurrenceMode.FROM_COMPLETION


REMINDERS = [
    ("remind 1 day and 1 hour before", ("P1D", "PT1H")),
    ("remind 1 week, 1 day and 1 hour before", ("P1W", "P1D", "PT1H")),
    ("remind 1 day before and 1 hour before", ("P1D", "PT1H")),
    ("remind me 10 min before", ("PT10M",)),
    ("remind me an hour before", ("PT1H",)),
    ("remind half an hour before", ("PT30M",)),
    ("with a reminder 30 minutes before", ("PT30M",)),
    ("reminder 2h", ("PT2H",)),
    ("remind 1 day before remind 1 day before", ("P1D",)),
    ("remind at 8am", ("2026-11-27T07:00:00Z",)),
    ("remind at 8am and 8:30", ("2026-11-27T07:00:00Z", "2026-11-27T07:30:00Z")),
    ("remind at 8pm", ("2026-11-26T19:00:00Z",)),
    ("remind me in 2 hours", ("2026-11-24T11:00:00Z",)),
]


@pytest.mark.parametrize(("words", "reminders"), REMINDERS)
def test_reminders_are_before_the_due_date(words: str, reminders: tuple[str, ...]) -> None:
    task = read(f"pay friday 9am {words}")
    assert (task.title, due(task), task.reminders) == ("pay", "2026-11-27 09:00", reminders)


def test_a_reminder_at_a_time_repeats_with_its_task() -> None:
    assert read("pay every friday 9am remind at 8am").reminders == ("PT1H",)
    assert read("pay every friday 9am remind at 8pm").reminders == ("PT13H",)


def test_a_reminder_at_a_time_moves_with_a_day_that_has_none() -> None:
    assert read("pay friday remind at 8am").reminders == ("PT1H",)  # all-day reminders count from 9
    assert read("pay friday remind at 6pm").reminders == ("2026-11-27T17:00:00Z",)


def test_remind_me_to_asks_for_the_due_time_itself() -> None:
    task = read("remind me to call bob at 17:00")
    assert (task.title, task.reminders) == ("call bob", ("PT0S",))


def test_a_reminder_can_do_without_a_due_date() -> None:
    task = read("remind me in 10 minutes to call bob")
    assert (task.title, task.due_date) == ("call bob", None)
    assert task.reminders == ("2026-11-24T09:10:00Z",)
    assert read("call bob remind at 8am").reminders == ("2026-11-25T07:00:00Z",)


@pytest.mark.parametrize(
    ("words", "priority"),
    [
        ("!high", 1), ("!medium", 5), ("!med", 5), ("!low", 9), ("!HIGH", 1),
        ("!!!", 1), ("!!", 5), ("!", 9), ("p1", 1), ("p2", 5), ("P3", 9), ("", 0),
    ],
)  # fmt: skip
def test_priorities(words: str, priority: int) -> None:
    task = read(f"call {words}")
    assert (task.title, task.priority) == ("call", priority)


@pytest.mark.parametrize(
    ("text", "title", "tags"),
    [
        ("call #home", "call", ("home",)),
        ("#Work call #home #work", "call", ("Work", "home")),
        ("call #über #हिन्दी #東京", "call", ("über", "हिन्दी", "東京")),
        ("call #node.js, #home/garden #q4-2026.", "call.", ("node.js", "home/garden", "q4-2026")),
        ("call #🏠", "call", ("🏠",)),
        ("fix #123 and C# and a#b", "fix #123 and C# and a#b", ()),
        ("see https://example.com/#home", "see https://example.com/#home", ()),
        (f"call #{'x' * 51}", f"call #{'x' * 51}", ()),
    ],
)
def test_tags(text: str, title: str, tags: tuple[str, ...]) -> None:
    assert (read(text).title, read(text).tags) == (title, tags)


def test_the_example_of_the_requirements() -> None:
    text = "pay rent every month on the last day at 9am remind 1 day and 1 hour before !high #home"
    task = read(text)
    assert task == QuickAdd(
        title="pay rent",
        due_date=datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
        all_day=False,
        start_date=None,
        timezone=BERLIN,
        recurrence="FREQ=MONTHLY;BYMONTHDAY=-1",
        recurrence_mode=RecurrenceMode.FROM_DUE,
        reminders=("P1D", "PT1H"),
        priority=1,
        tags=("home",),
        project=None,
        spans=task.spans,
    )
    assert [(text[span.start : span.end], span.kind) for span in task.spans] == [
        ("every month on the last day", "recurrence"),
        ("at 9am", "time"),
        ("remind 1 day and 1 hour before", "reminder"),
        ("!high", "priority"),
        ("#home", "tag"),
    ]


def test_one_text_asks_for_so_much_and_no_more() -> None:
    tags = [f"#t{number}" for number in range(60)]
    task = read(" ".join(["call", *tags]))
    assert task.tags == tuple(tag[1:] for tag in tags[10:])
    assert task.title == " ".join(["call", *tags[:10]])
    reminders = " ".join(f"remind {minutes} min before" for minutes in range(60))
    assert len(read(f"call tomorrow {reminders}").reminders) == 50


@pytest.mark.parametrize("words", ["1 ", "every mon and ", "remind 1 day and ", '"a ', "#a.", " "])
def test_a_text_of_ten_thousand_characters_is_read_too(words: str) -> None:
    text = f"buy milk {words * 10_000}"[:9_991] + " tomorrow"
    assert read(text).spans[-1].end == 10_000


def test_spans_count_code_points() -> None:
    assert read("𝒳😀 İ tomorrow").spans == (Span(5, 13, "date"),)


@pytest.mark.parametrize(
    ("now", "timezone", "text", "expected"),
    [
        # 2:30 does not exist: it moves on by the hour that is missing
        ("2027-03-27T12:00Z", "Europe/Berlin", "x tomorrow 2:30", "2027-03-28T01:30Z"),
        # 2:30 comes twice: the first one
        ("2027-10-30T12:00Z", "Europe/Berlin", "x tomorrow 2:30", "2027-10-31T00:30Z"),
        # the day is an hour shorter, the wall clock says 9 all the same
        ("2027-03-27T12:00Z", "Europe/Berlin", "x tomorrow 9:00", "2027-03-28T07:00Z"),
        ("2027-03-13T12:00Z", "America/New_York", "x daily at 2:30am", "2027-03-14T07:30Z"),
        ("2027-04-03T12:00Z", "Australia/Lord_Howe", "x tomorrow 1:45am", "2027-04-03T14:45Z"),
        # midnight itself is missing
        ("2018-11-03T15:00Z", "America/Sao_Paulo", "x tomorrow", "2018-11-04T03:00Z"),
        # elapsed time does not care
        ("2027-03-28T00:30Z", "Europe/Berlin", "x in 2 hours", "2027-03-28T02:30Z"),
        # today is the reader's today
        ("2026-11-24T23:30Z", "Pacific/Apia", "x today", "2026-11-24T11:00Z"),
        ("2026-11-24T05:00Z", "America/Los_Angeles", "x today", "2026-11-23T08:00Z"),
    ],
)
def test_wall_times_are_read_in_the_zone(now: str, timezone: str, text: str, expected: str) -> None:
    task = read(text, datetime.fromisoformat(now), timezone)
    assert task.due_date == datetime.fromisoformat(expected)


def test_leap_day_and_the_last_second_of_the_year() -> None:
    leap_day = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)
    assert due(read("x in 1 year", leap_day, "UTC")) == "2029-02-28"
    assert due(read("x every year on 29 feb", leap_day, "UTC")) == "2028-02-29"
    new_year = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert due(read("x tomorrow", new_year, "UTC")) == "2027-01-01"
    assert due(read("x 31 dec", new_year, "UTC")) == "2026-12-31"
    assert due(read("x 9am", new_year, "UTC")) == "2027-01-01 09:00"
    assert due(read("x end of month", new_year, "UTC")) == "2026-12-31"


# ── Start dates ─────────────────────────────────────────────────────────────────────────────────────────────────

SUNDAY = datetime(2026, 11, 29, 12, 30, tzinfo=ZoneInfo(BERLIN))
MONDAY, FRIDAY = date(2026, 11, 30), "2026-12-04"


@pytest.mark.parametrize(
    ("text", "title", "start", "due_text"),
    [
        ("call mom from monday", "call mom", MONDAY, None),
        ("report start monday", "report", MONDAY, None),
        ("report starting 3 jan", "report", date(2027, 1, 3), None),
        ("report beginning on jan 3rd", "report", date(2027, 1, 3), None),
        ("report from 3 May", "report", date(2027, 5, 3), None),
        ("not before monday call bob", "call bob", MONDAY, None),
        ("call bob no earlier than monday", "call bob", MONDAY, None),
        ("report from next week", "report", MONDAY, None),
        ("report from monday due friday", "report", MONDAY, FRIDAY),
        ("report due friday, from monday", "report", MONDAY, FRIDAY),
        ("write from monday at 9am", "write", "2026-11-30 09:00", None),
        ("write from monday morning", "write", "2026-11-30 09:00", None),
        ("write from monday due friday 5pm", "write", MONDAY, "2026-12-04 17:00"),
    ],
)
def test_a_start_date(text: str, title: str, start: date | str, due_text: str | None) -> None:
    task = read(text, SUNDAY)
    begins = task.start_date
    if isinstance(begins, datetime):
        begins = f"{begins.astimezone(ZoneInfo(task.timezone)):%Y-%m-%d %H:%M}"  # type: ignore[assignment]
    assert (task.title, begins, due(task)) == (title, start, due_text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "paint from monday to friday",
            "paint from dec 20 to jan 3",
            "write from monday 9am due friday",
            "notes from monday meeting",
            "Lessons from Monday",
            "read letter from march",
            "news from today",
            "pay taxes from march",
        ),
        *("late from friday due monday", "from friday or saturday", "x from monday from tuesday"),
        "x from monday 9am and 8pm",
    ],
)
def test_a_start_that_is_not_understood_as_a_whole_stays_in_the_title(text: str) -> None:
    task = read(text, SUNDAY)
    assert (task.start_date, task.due_date, task.title) == (None, None, text)
    assert {span.kind for span in task.spans} == {"unclear"}


def test_the_start_of_a_rule_is_its_first_date() -> None:
    task = read("water plants every 3 days from monday", SUNDAY)
    assert (task.start_date, due(task)) == (None, "2026-11-30")


def test_a_reminder_time_of_a_task_that_only_starts_is_on_the_day_of_its_start() -> None:
    task = read("pay taxes from friday remind me at 5pm", SUNDAY)
    assert task.reminders == ("2026-12-04T16:00:00Z",)


def test_a_reminder_before_a_due_date_needs_one_beside_the_start() -> None:
    assert read("call bob from monday at 9am remind 1 day before", SUNDAY).reminders == ()
