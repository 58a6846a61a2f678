"""When a repeating task is due.

Wall-clock time in the task's zone repeats. The steps, each in its own module:

    text → Rule (rule) → periods (periods) → days (days) → wall times → instants (zones, occurrence)

`dates` answers questions about a rule and its anchor; `describe` says a rule in words. Series of tasks and their
modes are in `todo.domain.series`. Periods are found by arithmetic, so the next occurrence costs the same after
twenty years as after one day. dateutil's rrule walks from the start, skips short months and may search for
seconds: it is only the tests' oracle.

Sources: RFC 5545 3.3.10 (rules), RFC 7529 4.1 (days that a month lacks), PEP 495 (gaps and folds).
"""

from todo.domain.recurrence.dates import (
    day_of_until,
    last_period,
    matching,
    may_lack_a_day,
    number_before,
    occurrences,
    validate,
)
from todo.domain.recurrence.describe import describe
from todo.domain.recurrence.occurrence import Occurrence
from todo.domain.recurrence.periods import LONGEST_COUNTED_YEARS, with_days_of
from todo.domain.recurrence.rule import (
    FIRST_YEAR,
    LONGEST_INTERVAL,
    LONGEST_TEXT,
    MOST_PER_DAY,
    MOST_TIMES,
    Frequency,
    RecurrenceMode,
    Rule,
    Skip,
    Weekday,
    parse_rule,
)
from todo.domain.recurrence.zones import day_of, end_of_local_day, local, start_of_day, to_utc

__all__ = [
    "FIRST_YEAR",
    "LONGEST_COUNTED_YEARS",
    "LONGEST_INTERVAL",
    "LONGEST_TEXT",
    "MOST_PER_DAY",
    "MOST_TIMES",
    "Frequency",
    "Occurrence",
    "RecurrenceMode",
    "Rule",
    "Skip",
    "Weekday",
    "day_of",
    "day_of_until",
    "describe",
    "end_of_local_day",
    "last_period",
    "local",
    "matching",
    "may_lack_a_day",
    "number_before",
    "occurrences",
    "parse_rule",
    "start_of_day",
    "to_utc",
    "validate",
    "with_days_of",
]
