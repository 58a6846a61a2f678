"""Lengths of time: "2 hours and 30 minutes", "an hour and a half", "1.5 hours", "a fortnight"."""

import re
from fractions import Fraction
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from todo.domain.quick_add.patterns import compiled, parts_of
from todo.domain.quick_add.vocabulary import NUMBERS, UNITS


class Length(NamedTuple):
    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0

    @property
    def has_time(self) -> bool:
        return bool(self.hours or self.minutes)

    @property
    def delta(self) -> relativedelta:
        return relativedelta(**self._asdict())

    def iso(self) -> str:
        """As an ISO 8601 duration; ValueError for months and years, which reminders do not have."""
        if self.months or self.years:
            raise ValueError(self)
        if self.weeks and not (self.days or self.has_time):
            return f"P{self.weeks}W"
        days = self.weeks * 7 + self.days
        clock = "".join(f"{n}{unit}" for n, unit in ((self.hours, "H"), (self.minutes, "M")) if n)
        if not days and not clock:
            return "PT0S"
        return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


_FRACTIONS = {"half": 30, "three": 45, "quarter": 15}


def number_of(word: str) -> int:
    """2 for "two", "2nd" and "2"."""
    found = re.match(r"[0-9]+", word)
    return int(found[0]) if found else NUMBERS[" ".join(word.split()).replace("ty ", "ty-")]


def length_of(words: str) -> Length:
    """ValueError for a part of a unit that has no exact length, such as "a month and a half"."""
    if found := compiled(r"(?:a )?(?P<part>half|quarter|three quarters) .*hour").fullmatch(words):
        return Length(minutes=_FRACTIONS[found["part"].split()[0]])
    if found := compiled(r"(?P<h>{n}) ?h[a-z]*(?: and)? ?(?P<m>{n})(?: ?m[a-z]*)?").fullmatch(
        words
    ):
        return Length(hours=number_of(found["h"]), minutes=number_of(found["m"]))
    if found := compiled(r"(?P<whole>\d+)[.,](?P<part>\d+) ?(?P<unit>[a-z]+)").fullmatch(words):
        part = Fraction(int(found["part"]), 10 ** len(found["part"]))
        return _length(int(found["whole"]) + part, found["unit"])
    if compiled("{lengths}").fullmatch(words):
        return _sum([length_of(each) for each in parts_of(words)])
    halves = compiled(
        r"(?P<n>{n}) ?(?P<unit>[a-z]+) and a half|(?P<n2>{n}) and a half (?P<unit2>[a-z]+)"
    )
    if found := halves.fullmatch(words):
        count, unit = found["n"] or found["n2"], found["unit"] or found["unit2"]
        return _length(number_of(count) + Fraction(1, 2), unit)
    if found := compiled(r"(?P<n>{n}) ?(?P<unit>[a-z]+)").fullmatch(words):
        return _length(Fraction(number_of(found["n"])), found["unit"])
    return _length(Fraction(1), words)  # "week from friday"


_SMALLER = {"hours": ("minutes", 60), "days": ("hours", 24), "years": ("months", 12)}


def _sum(parts: list[Length]) -> Length:
    """ValueError unless each unit is smaller than the one before."""
    units = [place for part in parts for place, number in enumerate(part) if number]
    if units != sorted(set(units)):
        raise ValueError(parts)
    return Length(*map(sum, zip(*parts, strict=True)))


def _length(count: Fraction, word: str) -> Length:
    unit = UNITS[word]
    if unit == "fortnights":
        unit, count = "weeks", count * 2
    whole, rest = divmod(count, 1)
    found = {unit: whole}
    if rest:
        if unit not in _SMALLER:
            raise ValueError(word)
        smaller, size = _SMALLER[unit]
        part = rest * size
        if part.denominator != 1:
            raise ValueError(word)
        found[smaller] = int(part)
    return Length(**found)
