"""Map the TZIDs of a file to IANA time zones.

Tried in this order: the TZID as a known name, the name in its VTIMEZONE (X-LIC-LOCATION), the IANA zone with the
same clock changes as its VTIMEZONE. The offsets of the VTIMEZONE take precedence over a name (RFC 5545, 3.6.5).
If no zone fits, the instant is still computed from the VTIMEZONE, and the note says that the zone is lost.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo, available_timezones

from todo.calendars.ical.components import Component
from todo.calendars.ical.content_lines import Line
from todo.domain.errors import Invalid
from todo.domain.recurrence import Rule, Skip, matching, parse_rule, to_utc
from todo.domain.recurrence import local as local_time

# Limit of clock changes that are computed for one file: a few seconds of processor time.
MAX_ONSETS = 20_000
# Limit of VTIMEZONEs (per year) that are compared with all IANA zones; the others keep their instants only.
MAX_MATCHED = 50

# Preferred among zones with the same clock changes.
_WELL_KNOWN = (
    *(
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Sao_Paulo",
    ),
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "Africa/Lagos"),
    *("Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (`utc`) and its wall-clock time in `zone` (`local`, naive). `note` says what was lost."""

    utc: datetime
    local: datetime
    zone: str
    all_day: bool = False
    # Written in UTC, with a Z.
    absolute: bool = False
    note: str | None = None


_STAMP = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)?(?:\.\d+)?(Z)?)?", re.I)


def read_stamp(value: str) -> tuple[datetime, bool, bool]:
    """`20261130T090000Z` → naive wall-clock time, whether it is only a date, whether it is UTC. Raises
    Invalid."""
    match = _STAMP.fullmatch(value.strip())
    if match is None:
        raise Invalid(f"“{value[:40]}” is not a date.")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        # RFC 5545, 3.3.12 allows second 60 (a leap second); datetime does not.
        moment = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001
    except ValueError:
        raise Invalid(f"“{value[:40]}” is not a date of the calendar.") from None
    return moment, match[4] is None, match[7] is not None


def write_stamp(moment: datetime, is_date: bool = False, is_utc: bool = False) -> str:
    """The inverse of `read_stamp`. Not strftime: it leaves the year 999 unpadded."""
    text = moment.replace(microsecond=0, tzinfo=None).isoformat().translate({45: None, 58: None})
    return text[:8] if is_date else text + ("Z" if is_utc else "")


class Zones:
    """The time zones of one file. Times without a TZID are in `named_default` (X-WR-TIMEZONE) or `default`."""

    def __init__(
        self, timezones: Iterable[Component], default: str, *, named_default: str | None = None
    ) -> None:
        self.account = default
        self.named_default = named_default
        self.default = named_default or default
        self._defined = {c.text("TZID") or "": c for c in timezones if c.whole}
        self._observances: dict[str, list[_Observance]] = {}
        self._matched: dict[tuple[str, int], str | None] = {}
        self._budget = MAX_ONSETS

    def moment(self, line: Line, *, home: str | None = None) -> Moment:
        """Read a DATE or DATE-TIME value. `home` is the zone of a value without a TZID."""
        local, all_day, is_utc = read_stamp(line.value)
        tzid = line.params.get("TZID", "").strip()
        if all_day or line.params.get("VALUE", "").upper() == "DATE":
            zone = (tzid and self.named(tzid)) or home or self.default
            day = datetime.combine(local.date(), datetime.min.time())
            return Moment(to_utc(day, zone), day, zone, all_day=True)
        if is_utc:
            utc, zone = local.replace(tzinfo=UTC), home or self.default
            return Moment(utc, local_time(utc, zone), zone, absolute=True)
        if not tzid:
            zone = home or self.default
            return Moment(to_utc(local, zone), local, zone)
        return self._in_zone(local, tzid)

    def _in_zone(self, local: datetime, tzid: str) -> Moment:
        named = self.named(tzid)
        if named and self._agrees(named, tzid, local):
            return Moment(to_utc(local, named), local, named)
        if zone := self._by_clock_changes(tzid, local.year):
            note = f"The file defines “{tzid}” with the clock changes of {zone}." if named else None
            return Moment(to_utc(local, zone), local, zone, note=note)
        offset = self._offset(tzid, local)
        if offset is None:
            note = f"The time zone “{tzid}” is unknown; its times were read in {self.default}."
            return Moment(to_utc(local, self.default), local, self.default, note=note)
        utc = (local - offset).replace(tzinfo=UTC)
        note = f"The time zone “{tzid}” has no common name; the moment is kept, in {self.default}."
        return Moment(utc, local_time(utc, self.default), self.default, note=note)

    def _agrees(self, zone: str, tzid: str, local: datetime) -> bool:
        """Whether the file's VTIMEZONE, if it has one, shows the same time as `zone`.

        A region's name (Europe/Berlin) is compared at this time only: many files define just the offset they need.
        A name such as GMT or EST is compared over the whole year: programs use it for zones with summer time.
        """
        region = "/" in zone and not zone.startswith("Etc/")
        times = [local] if region else [local, *_samples(local.year)]
        offsets = [self._offset(tzid, time) for time in times]
        return None in offsets or all(
            _iana_offset(time, zone) == offset for time, offset in zip(times, offsets, strict=True)
        )

    def named(self, tzid: str) -> str | None:
        """The zone named by the TZID or by the X-LIC-LOCATION of its VTIMEZONE."""
        if found := known_zone(tzid):
            return found
        location = self._defined[tzid].text("X-LIC-LOCATION") if tzid in self._defined else None
        return known_zone(location) if location else None

    def _by_clock_changes(self, tzid: str, year: int) -> str | None:
        """The zone that has the same offsets as the VTIMEZONE in that year and the next."""
        key = (tzid, year)
        if key not in self._matched and len(self._matched) >= MAX_MATCHED:
            return None
        if key not in self._matched:
            wanted = _samples(year)
            offsets = [self._offset(tzid, local) for local in wanted]
            self._matched[key] = next(
                (
                    zone
                    for zone in _candidates(self.default)
                    if None not in offsets
                    and all(
                        _iana_offset(local, zone) == offset
                        for local, offset in zip(wanted, offsets, strict=True)
                    )
                ),
                None,
            )
        return self._matched[key]

    def _offset(self, tzid: str, local: datetime) -> timedelta | None:
        """The offset of the VTIMEZONE at a local time: that of the latest onset before it."""
        if tzid not in self._defined:
            return None
        if tzid not in self._observances:
            parts = map(_Observance.of, self._defined[tzid].children)
            self._observances[tzid] = [part for part in parts if part]
        observances = self._observances[tzid]
        self._budget -= len(observances)
        if not observances or self._budget < 0:
            return None
        onsets = [(o.onset_before(local), o) for o in observances]
        started = [(onset, o) for onset, o in onsets if onset]
        if started:
            return max(started, key=lambda pair: pair[0])[1].offset
        # Before the first onset: the offset that this onset changes from.
        return min(observances, key=lambda o: o.start).offset_from


@dataclass(frozen=True, slots=True)
class _Observance:
    """A STANDARD or DAYLIGHT part of a VTIMEZONE: its onsets and the offset from UTC after them."""

    start: datetime
    offset_from: timedelta
    offset: timedelta
    rule: Rule | None
    until: datetime | None
    more: tuple[datetime, ...]

    @classmethod
    def of(cls, part: Component) -> "_Observance | None":
        start, source, target = (
            part.text(name) for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
        )
        if not (start and source and target):
            return None
        try:
            rule, until = _yearly(part.text("RRULE"))
            dates = (stamp for line in part.every("RDATE") for stamp in line.value.split(","))
            return cls(
                read_stamp(start)[0],
                _offset(source),
                _offset(target),
                rule,
                until,
                tuple(read_stamp(stamp.split("/")[0])[0] for stamp in dates if stamp),
            )
        except (ValueError, Invalid):
            return None

    def onset_before(self, local: datetime) -> datetime | None:
        fixed = [onset for onset in (self.start, *self.more) if onset <= local]
        return max([*fixed, *self._repeated(local)], default=None)

    def _repeated(self, local: datetime) -> Iterator[datetime]:
        if not self.rule or self.start > local:
            return
        # Expand two years only: Outlook's rules start in 1601. The first year may have its onset before `begin`.
        year = max(self.start.year, min(local.year, self.until.year if self.until else 9998) - 2)
        try:
            begin = self.start.replace(year=year)
        except ValueError:  # 29 February
            return
        onsets = (due.replace(tzinfo=None) for due in matching(self.rule, begin, "UTC"))
        found = list(takewhile(lambda onset: onset <= local, onsets))
        if found and self.start <= found[-1] and (self.until is None or found[-1] <= self.until):
            yield found[-1]


def _yearly(text: str | None) -> tuple[Rule | None, datetime | None]:
    """Split a rule into the rule without UNTIL, and UNTIL. Only FREQ=YEARLY, so that expanding it is cheap."""
    if not text:
        return None, None
    parts = dict(part.upper().split("=", 1) for part in text.split(";") if "=" in part)
    until = parts.pop("UNTIL", None)
    finer = {"BYHOUR", "BYMINUTE", "BYSECOND", "COUNT"} & parts.keys()
    if parts.get("FREQ") != "YEARLY" or finer or parts.get("INTERVAL", "1") != "1":
        raise ValueError(text)
    rule = replace(parse_rule(";".join(f"{k}={v}" for k, v in parts.items())), skip=Skip.OMIT)
    return (rule if _has_dates(rule) else None), read_stamp(until)[0] if until else None


@lru_cache(maxsize=64)
def _has_dates(rule: Rule) -> bool:
    """Whether the rule ever names a date: 30 February does not."""
    return next(matching(rule, datetime(2000, 1, 1), "UTC"), None) is not None  # noqa: DTZ001


def _offset(text: str) -> timedelta:
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d):?(\d\d)?", text.strip())
    if match is None:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if offset >= timedelta(days=1):
        raise ValueError(text)
    return -offset if match[1] == "-" else offset


def _samples(year: int) -> list[datetime]:
    """Two noons a month, on days without clock changes."""
    days = (
        date(y, month, day)
        for y in (min(year, 9998), min(year, 9998) + 1)
        for month in range(1, 13)
        for day in (8, 23)
    )
    return [datetime(d.year, d.month, d.day, 12) for d in days]  # noqa: DTZ001


def _iana_offset(local: datetime, zone: str) -> timedelta | None:
    return local.replace(tzinfo=ZoneInfo(zone)).utcoffset()


def _candidates(default: str) -> Iterator[str]:
    """All zones: the user's own first, then the well-known ones."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    yield default
    yield from _WELL_KNOWN
    yield from sorted(set(WINDOWS_TO_OLSON.values()) & set(_names().values()))
    yield from sorted(_names().values())


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() - {"localtime", "Factory"}}


@cache
def _windows() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def known_zone(tzid: str) -> str | None:
    """The IANA name for a TZID: any case, with a vendor's prefix, a Windows name, or a fixed offset."""
    name = tzid.strip().strip('"').replace(" ", "_").lower()
    if name in {"utc", "z", "etc/utc", "tzone://microsoft/utc", "coordinated_universal_time"}:
        return "UTC"
    parts = name.strip("/").split("/")
    # The longest suffix that is a name: /freeassociation.sourceforge.net/Tzfile/Europe/Berlin. A suffix of one
    # part does not count, because "…/Custom/GMT" is not GMT.
    endings = ["/".join(parts[i:]) for i in range(max(1, len(parts) - 1))]
    if found := next((_names()[e] for e in endings if e in _names()), None):
        return found
    if windows := _windows().get(tzid.strip().strip('"').lower()):
        return "UTC" if windows == "Etc/UTC" else windows
    if fixed := re.fullmatch(r"(?:gmt|utc)([+-])(\d{1,2})(?::?00)?", name):
        hours = int(fixed[2])
        sign = "-" if fixed[1] == "+" else "+"  # the sign is inverted: Etc/GMT-1 is UTC+1
        return _names().get(f"etc/gmt{sign}{hours}") if hours else "UTC"
    return None
