"""The UTC offsets of a time zone as plain values, to find changes of its rules (a new tzdata).

An open task means a time on the wall clock. Its instant is stored, so it has to move when the rules change.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from todo.domain.recurrence.zones import to_utc, zone_named

# The instants (Unix time) from which an offset (seconds) holds; the first one is the start of the period.
Rules = Sequence[Sequence[int]]

# The shortest known period between two changes is Ramadan in Morocco, about five weeks.
_STEP: Final = timedelta(days=14)


def rules_of(timezone: str, start: datetime, end: datetime) -> list[list[int]]:
    """The offsets between two instants, by the tzdata of this process."""
    zone = zone_named(timezone)

    def offset(at: int) -> int:
        found = datetime.fromtimestamp(at, zone).utcoffset() or timedelta()
        return int(found.total_seconds())

    first, last = int(start.timestamp()), int(end.timestamp())
    instants = [*range(first, last, int(_STEP.total_seconds())), last]
    rules = [[first, offset(first)]]
    for low, high in pairwise(instants):
        if offset(high) == offset(low):
            continue
        before = offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        rules.append([high, offset(high)])
    return rules


def moved(instant: datetime, timezone: str, old: Rules, until: datetime) -> datetime:
    """The instant at which the zone's clock now shows what it showed at `instant` by the old rules.

    An instant outside of the period of the old rules, which ends at `until`, stays as it is.
    """
    at = instant.timestamp()
    place = bisect_right([start for start, _ in old], at) - 1
    if place < 0 or instant >= until:
        return instant
    wall = instant.astimezone(UTC).replace(tzinfo=None) + timedelta(seconds=old[place][1])
    return to_utc(wall, timezone)
