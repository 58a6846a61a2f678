"""The parsers of phrases for days. ValueError: the phrase is not a date after all."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from todo.domain.quick_add.lengths import length_of, number_of
from todo.domain.quick_add.patterns import compiled, find
from todo.domain.quick_add.values import Day, EndOfDay, Ends, Groups, Month, Reference, Value
from todo.domain.quick_add.vocabulary import MONTHS, NAMED_DAYS, WEEKDAYS, YEARS
from todo.domain.recurrence import local


def _due_or_end(groups: Groups, day: date) -> Day | Ends:
    if day.year not in YEARS:
        raise ValueError(day)
    by = groups.get("by")
    return Ends(until=day) if by and compiled("{until}").fullmatch(by) else Day(day)


def read_some_day(groups: Groups, ref: Reference) -> Value:
    day = _some_day(groups, ref)
    found = _due_or_end(groups, day)
    tonight = groups.get("day") in ("tonight", "tonite")
    return found._replace(part="night") if isinstance(found, Day) and tonight else found


def _some_day(groups: Groups, ref: Reference) -> date:
    """The day of the groups in the macro {some_day}."""
    if "day" in groups:
        return ref.today + timedelta(days=NAMED_DAYS[groups["day"]])
    if "weekday" in groups:
        return _weekday(groups, ref)
    if "iso" in groups:
        return _of_weekday(groups, date(*map(int, groups["iso"].split("-"))))
    month, day = month_and_day(groups["date"])
    return _of_weekday(groups, _calendar_day(day, month, _year(groups), ref))


def _weekday(groups: Groups, ref: Reference) -> date:
    """Alone it comes after today; with "this" it may be today; with "next" it is next week's."""
    wanted, today = WEEKDAYS[groups["weekday"]], ref.today.weekday()
    monday = ref.today - timedelta(days=today)
    match groups.get("week", "").split():
        case ["next", *_]:
            return monday + timedelta(weeks=1, days=wanted)
        case ["this", *_]:
            return _not_past(monday + timedelta(days=wanted), ref)
        case ["week"]:
            return _weekday({"weekday": groups["weekday"]}, ref) + timedelta(weeks=1)
        case [*_, "next"]:  # the week after next
            return monday + timedelta(weeks=2, days=wanted)
    match groups.get("which"):
        case "next":
            ahead = 7 - today + wanted
        case "this":
            ahead = (wanted - today) % 7
        case _:
            ahead = (wanted - today - 1) % 7 + 1
    return ref.today + timedelta(days=ahead)


def _not_past(day: date, ref: Reference) -> date:
    if day < ref.today:
        raise ValueError(day)
    return day


def _of_weekday(groups: Groups, day: date) -> date:
    """ValueError if the weekday beside a date is another one."""
    if "dow" in groups and WEEKDAYS[groups["dow"]] != day.weekday():
        raise ValueError(day)
    return day


def _year(groups: Groups) -> int | None:
    year = groups.get("year", "").lstrip("'’")
    return (2000 if len(year) == 2 else 0) + int(year) if year else None


def read_iso_moment(groups: Groups, ref: Reference) -> Value:
    """ "2026-12-13T08:15", in the zone of the user."""
    wall = datetime.fromisoformat(groups["iso"].upper())
    day = _due_or_end({}, wall.date())
    return day._replace(instant=ref.at(wall.date(), wall.time())) if isinstance(day, Day) else day


def read_weekday(groups: Groups, ref: Reference) -> Value:
    return _due_or_end(groups, _weekday(groups, ref))


def read_numeric_date(groups: Groups, ref: Reference) -> Value:
    """With a slash in the order of the user, unless only the other order is a date."""
    day, month = int(groups["d"]), int(groups["m"])
    if "slash" in groups and (month > 12 or (ref.day_first and day <= 12)):
        day, month = month, day
    found = _calendar_day(day, month, _year(groups), ref)
    return _due_or_end(groups, _of_weekday(groups, found))


def month_and_day(words: str) -> tuple[int, int]:
    return MONTHS[find("{month}", words)[-1]], int(find(r"\d+", words)[0])


def _calendar_day(day: int, month: int, year: int | None, ref: Reference) -> date:
    """Without a year the next such day, today included."""
    if year:
        return date(year, month, day)
    date(2000, month, day)  # refuses 31 June, accepts 29 February, which can be eight years off
    years = range(ref.today.year, ref.today.year + 9)
    days = (date(year, month, day) for year in years if day <= monthrange(year, month)[1])
    return next(day for day in days if day >= ref.today)


def read_day_of_month(groups: Groups, ref: Reference) -> Value:
    """The next such day: "the 31st". With "next month" that of the next month."""
    wanted, first = number_of(groups["nth"]), ref.today.replace(day=1)
    if groups.get("which") == "next":
        months = [first + relativedelta(months=1)]
    elif groups.get("which") == "this":
        months = [first]
    else:
        months = [first + relativedelta(months=ahead) for ahead in range(3)]
    days = (_in_month(month, wanted) for month in months if abs(wanted) <= _days_in(month))
    return _due_or_end(groups, _of_weekday(groups, next(day for day in days if day >= ref.today)))


def _in_month(month: date, wanted: int) -> date:
    return month.replace(day=wanted if wanted > 0 else _days_in(month))


def _days_in(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def read_nth_weekday(groups: Groups, ref: Reference) -> Value:
    """ "last friday of the month", "first monday in january", "last day of february"."""
    nth, wanted = number_of(groups["nth"]), groups["one"]
    days = (_nth_of(wanted, nth, month) for month in _months_meant(groups, ref))
    return _due_or_end(groups, next(day for day in days if day >= ref.today))


def _months_meant(groups: Groups, ref: Reference) -> list[date]:
    first = ref.today.replace(day=1)
    if "in_month" in groups:
        return _firsts(MONTHS[groups["in_month"]], _year(groups), ref)
    if groups.get("which") == "next":
        return [first + relativedelta(months=1)]
    return [first, first + relativedelta(months=1)]


def _firsts(month: int, year: int | None, ref: Reference) -> list[date]:
    """The first of the month in `year`, or in this year and the next one."""
    return [date(y, month, 1) for y in ([year] if year else [ref.today.year, ref.today.year + 1])]


def _nth_of(wanted: str, nth: int, month: date) -> date:
    days = [month.replace(day=day) for day in range(1, _days_in(month) + 1)]
    if wanted in WEEKDAYS:
        days = [day for day in days if day.weekday() == WEEKDAYS[wanted]]
    elif wanted != "day":  # weekday, workday
        days = [day for day in days if day.weekday() < 5]
    if nth > len(days):
        raise ValueError(nth)
    return days[nth if nth < 0 else nth - 1]


def read_month(groups: Groups, ref: Reference) -> Value:
    """ "in january": the first of the next one. "in july and august" limits a rule."""
    months = tuple(sorted({MONTHS[word] for word in find("{long_month}", groups["months"])}))
    month, year = MONTHS[find("{long_month}", groups["months"])[0]], _year(groups)
    first = next(
        day
        for day in _firsts(month, year, ref)
        if year or day >= ref.today or day == ref.today.replace(day=1)
    )
    by = groups.get("by")
    if by is None:
        if year and len(months) > 1:
            raise ValueError(groups["months"])
        return Month(max(first, ref.today) if not year else first, months)
    if len(months) > 1:
        raise ValueError(groups["months"])
    if by.startswith("thr"):  # "through march" includes all of it
        first = _in_month(first, -1)
    return _due_or_end(groups, first)


def read_from_now(groups: Groups, ref: Reference) -> Value:
    length = length_of(groups["length"])
    if length.has_time:
        if length.years or length.months:
            raise ValueError(length)
        days = length.weeks * 7 + length.days
        elapsed = timedelta(days=days, hours=length.hours, minutes=length.minutes)
        instant = ref.now + elapsed
        return Day(local(instant, ref.timezone).date(), instant=instant)
    return _due_or_end(groups, ref.today + length.delta)


def read_length_from_day(groups: Groups, ref: Reference) -> Value:
    """ "two weeks from monday", "a week on friday", "the day before dec 24"."""
    length = length_of(groups["length"])
    if length.has_time:
        raise ValueError(length)
    sign = -1 if groups.get("side") == "before" else 1
    return _due_or_end(groups, _some_day(groups, ref) + sign * length.delta)


def read_start_of(groups: Groups, ref: Reference) -> Value:
    return _due_or_end(groups, _period(groups, ref)[0])


def read_end_of(groups: Groups, ref: Reference) -> Value:
    return _due_or_end(groups, _period(groups, ref)[1])


def read_end_of_month(groups: Groups, ref: Reference) -> Value:
    months = _firsts(MONTHS[groups["in_month"]], _year(groups), ref)
    return _due_or_end(
        groups, next(d for d in (_in_month(m, -1) for m in months) if d >= ref.today)
    )


def read_start_of_month(groups: Groups, ref: Reference) -> Value:
    months = _firsts(MONTHS[groups["in_month"]], _year(groups), ref)
    return _due_or_end(groups, next(day for day in months if day >= ref.today))


def read_nth_of_month(groups: Groups, ref: Reference) -> Value:
    """ "first of january"."""
    number = number_of(groups["nth"])
    days = (
        _in_month(month, number)
        for month in _firsts(MONTHS[groups["in_month"]], _year(groups), ref)
    )
    return _due_or_end(groups, next(day for day in days if day >= ref.today))


def read_end_of_day(groups: Groups, ref: Reference) -> Value:
    return EndOfDay()


def read_weekend(groups: Groups, ref: Reference) -> Value:
    sunday = _period(groups, ref)[1]
    return _due_or_end(groups, max(sunday - timedelta(days=1), ref.today))


def _period(groups: Groups, ref: Reference) -> tuple[date, date]:
    """The first and the last day of this week, month, quarter or year, or of the next one."""
    ahead = {"next": 1, "after": 2}.get(groups.get("which", ""), 0)
    today, unit = ref.today, groups.get("unit") or groups.get("short", "month")
    if unit in ("week", "eow"):
        first = today + timedelta(weeks=ahead, days=-today.weekday())
        return first, first + timedelta(days=6)
    months = {"year": 12, "eoy": 12, "quarter": 3, "eoq": 3}.get(unit, 1)
    first = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    first += relativedelta(months=ahead * months)
    return first, first + relativedelta(months=months, days=-1)
