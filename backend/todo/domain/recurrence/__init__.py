"""When a repeating task comes due.

What repeats is wall-clock time in the task's zone. One pipeline serves the preview, the next occurrence and the
history alike, and there is a module for each step:

    text → Rule (rule) → periods (periods) → days (days) → wall times → instants (zones, moments)

`series` is what may be asked, `words` says a rule in words. Periods are reached by arithmetic, so the next
occurrence costs the same after twenty years as after one day. dateutil's rrule walks from the start, skips short
months and may search for seconds: here it is the tests' oracle.

Sources: RFC 5545 3.3.10 (rules), RFC 7529 4.1 (days a month lacks), PEP 495 (gaps and folds).
"""

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
from todo.domain.recurrence.series import (
    MOST_MISSED,
    may_lack_a_day,
    missed_between,
    number_before,
    occurrences,
    successor,
    validate,
)
from todo.domain.recurrence.zones import local, to_utc

__all__ = [
    "FIRST_YEAR",
    "LONGEST_COUNTED_YEARS",
    "LONGEST_INTERVAL",
    "LONGEST_TEXT",
    "MOST_MISSED",
    "MOST_PER_DAY",
    "MOST_TIMES",
    "Frequency",
    "Occurrence",
    "RecurrenceMode",
    "Rule",
    "Skip",
    "Weekday",
    "describe",
    "local",
    "may_lack_a_day",
    "missed_between",
    "number_before",
    "occurrences",
    "parse_rule",
    "successor",
    "to_utc",
    "validate",
    "with_days_of",
]
