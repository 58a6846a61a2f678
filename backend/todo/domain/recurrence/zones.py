"""Wall-clock times and instants (PEP 495: gaps and folds)."""

from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from todo.domain.errors import Invalid
from todo.domain.recurrence.days import DAY

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
# In zones west of UTC, the evening of 31 December 9999 is too late for a datetime in UTC.
LAST_DAY: Final = date(9999, 12, 30)
_HALF_A_DAY: Final = timedelta(hours=12)


def local(utc: datetime, timezone: str) -> datetime:
    """The wall time in the zone, naive."""
    try:
        return utc.astimezone(zone_named(timezone)).replace(tzinfo=None)
    except OverflowError:
        raise _too_far() from None


def to_utc(naive: datetime, timezone: str) -> datetime:
    """The instant of a wall time: in a gap, later by the gap; in a fold, the first."""
    try:
        return instant_of(naive, zone_named(timezone))
    except OverflowError:
        raise _too_far() from None


def _too_far() -> Invalid:
    return Invalid(f"The calendar ends in the years 1 and {MAXYEAR}.", field="due_date")


def instant_of(naive: datetime, zone: ZoneInfo) -> datetime:
    # fold=0 is the offset before the transition (PEP 495), which gives both results.
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


def zone_named(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        sentence = f"“{timezone[:40]}” is not a time zone; an example is Europe/London."
        raise Invalid(sentence, field="timezone") from None


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    if day > LAST_DAY:
        return FOREVER
    return instant_of(datetime.combine(day + DAY, time.min), zone) - timedelta.resolution


def start_of_day(day: date, timezone: str) -> datetime:
    """The first instant of a day in the zone."""
    return to_utc(datetime.combine(day, time.min), timezone)


def day_of(start: datetime, timezone: str) -> date:
    """The inverse of `start_of_day`, also if the rules of the zone have changed by some hours since."""
    return local(start + _HALF_A_DAY, timezone).date()


def end_of_local_day(day: date, timezone: str) -> datetime:
    """The last instant of a day in the zone."""
    return end_of_day(day, zone_named(timezone))


def offset_at(wall: datetime, zone: ZoneInfo) -> timedelta:
    return zone.utcoffset(wall) or timedelta(0)
