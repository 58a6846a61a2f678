"""recurrent reads English dates by other means: where both understand a phrase, they agree.

Left out is what recurrent 0.4.1 gets wrong (noon in a repetition, a time behind "until", "every first
monday") and where the choice is ours: an interval starts with the first date that fits, not with today.
"""

from datetime import date, datetime
from itertools import islice, product
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from recurrent import RecurringEvent

from todo.domain.quick_add import parse
from todo.domain.recurrence import local, occurrences, parse_rule

pytestmark = pytest.mark.filterwarnings("ignore:Flag style will be deprecated")  # parsedatetime's

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 24, 10, 0)
COMPARED = 12

TIMES = ("", " at 11", " at 17:00", " at 5:30pm", " at 11am")
EARLY = (" at 9am", " at 8:15", " at 6am")
INTERVALS = (
    "every week", "weekly", "monthly", "every 2 days", "every other day", "every 3 weeks",
    "every other friday",
)  # fmt: skip
REPETITIONS = (
    "daily", "every day", "every weekday", "weekdays", "every weekend", "every monday", "mondays",
    "every tuesday", "every mon, wed and fri", "every monday and thursday", "every tue and sat",
    "last day of every month", "every month on the 3rd", "every month on the 15th",
    "every year on dec 25",
)  # fmt: skip
DATES = (
    "today", "tomorrow", "friday", "on friday", "next monday", "next friday", "this friday",
    "in 3 days", "in 2 weeks", "in a month", "nov 30", "30 nov", "dec 5th", "5 january",
    "nov 30 2027", "30 november 2027", "2026-11-30", "11/30", "11/30/2027", "next month",
)  # fmt: skip
ENDED = ("every day until dec 31", "every friday until jan 15", "every day for 10 times")
PHRASES = [
    "".join(words)
    for words in (
        *product(DATES, (*TIMES, *EARLY, " at noon")),
        *product(REPETITIONS, (*TIMES, *EARLY)),
        *product(INTERVALS, TIMES),
        *product(ENDED),
    )
]


@pytest.mark.parametrize("phrase", PHRASES)
def test_recurrent_agrees(phrase: str) -> None:
    all_day, ours = read(phrase)
    assert ours == recurrent_reads(phrase, all_day=all_day)


def read(phrase: str) -> tuple[bool, list[date]]:
    task = parse(phrase, now=NOW.replace(tzinfo=ZoneInfo(ZONE)), timezone=ZONE)
    assert task.due_date is not None
    first = local(task.due_date, ZONE)
    walls = [first]
    if task.recurrence:
        repeated = occurrences(parse_rule(task.recurrence), first, ZONE)
        walls = [local(occurrence.due, ZONE) for occurrence in islice(repeated, COMPARED)]
    return task.all_day, [wall.date() if task.all_day else wall for wall in walls]


def recurrent_reads(phrase: str, *, all_day: bool) -> list[date]:
    found = RecurringEvent(now_date=NOW).parse(phrase)
    if isinstance(found, datetime):
        return [found.date() if all_day else found]
    midnight = NOW.replace(hour=0)
    days = (day for day in rrulestr(found, dtstart=midnight) if all_day or day >= NOW)
    return [day.date() if all_day else day for day in islice(days, COMPARED)]
